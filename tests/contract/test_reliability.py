"""docs/reliability.md says what the committed record says, and of no fault that is not declared."""

from tests.faults import page, summary
from tests.faults.declared import FAULTS


def test_the_page_is_what_the_record_makes_of_it() -> None:
    assert page.FILE.read_text() == page.page(FAULTS, summary.read()), (
        "run `python -m tests.faults render`, and do not edit the page"
    )


def test_the_record_is_of_declared_faults() -> None:
    unknown = summary.read().keys() - {fault.name for fault in FAULTS}
    assert not unknown, f"docs/reliability.json has {sorted(unknown)}: run `python -m tests.faults render`"
