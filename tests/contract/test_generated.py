"""What is generated is current, and released events only grew. tests/schemas shows the rules failing."""

from schemas import generation
from tests.contract.source import ROOT


def test_generated_files_are_current() -> None:
    stale = generation.stale(ROOT)
    assert not stale, "\n".join(stale)


def test_released_events_only_grew() -> None:
    broken = generation.broken_releases(ROOT)
    assert not broken, "\n".join(broken)


def test_every_event_has_a_released_schema() -> None:
    released = {path.stem for path in (ROOT / generation.RELEASED).glob("*.json")}
    assert released == {event.topic for event in generation.JSON_EVENTS}, "run `python -m schemas release`"
