"""docs/reliability.md, made from recorded trials: faults, what they came to, the bound that they allow, what other tests
prove, open holes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from infra.local.server_profile import REPOSITORY
from tests.faults.elsewhere import PROOFS, Proof
from tests.faults.fault import THE_LIST, Fault
from tests.faults.summary import Summary

FILE = REPOSITORY / "docs" / "reliability.md"
_HEAD = """# What was broken on purpose, and what became of it

Made by `python -m tests.faults render` from recorded trials (`docs/reliability.json`); do not edit. `make faults` tries every fault
again, `make faults ONLY=…` a group or one of them, `make faults DEEP=1` with more seeds.

Lost and doubled are rows by a count of their own: what was sent against what bronze, silver, duplicates and quarantine
hold, message by message; money is silver's sum less what was sent. The ledger must agree. Zero failures in N trials leave a rate of about
3/N possible: that is the bound, and no more is claimed. A fault that is refused publishes nothing and says what to do.
"""


def page(faults: Sequence[Fault], found: Mapping[str, Summary], proofs: Sequence[Proof] = PROOFS) -> str:
    """The whole page."""
    groups = dict.fromkeys(each.group for each in faults)
    parts = [_HEAD, *(_group(name, [f for f in faults if f.group == name], found) for name in groups)]
    return "\n".join([*parts, _elsewhere(proofs), _holes(faults, found, proofs)])


def _group(name: str, faults: Sequence[Fault], found: Mapping[str, Summary]) -> str:
    rows = [_row(each, found[each.name]) for each in faults if each.name in found]
    if not rows:
        return ""
    titles = "| fault | on the list | what happens | trials | failures | lost | doubled | money | at most | recovered in s, half / most | code |"
    return "\n".join([f"## {name}\n", titles, "|---|---|---|---|---|---|---|---|---|---|---|", *rows, ""])


def _row(fault: Fault, of: Summary) -> str:
    bound = "-" if of.bound is None else f"{of.bound:.0%}"
    cells = [f"`{fault.name}`", ", ".join(map(str, fault.numbers)), fault.sentence, of.n_trials, len(of.failures),
             of.lost, of.doubled, of.money_difference, bound, of.recovered, f"`{of.code_version}`"]  # fmt: skip
    return f"| {' | '.join(map(str, cells))} |"


def _elsewhere(proofs: Sequence[Proof]) -> str:
    """Those that leave nothing open; there is no bound, as nothing was counted."""
    proven = [
        f"- {each.number}: {THE_LIST[each.number]}. {_shown(each)}." for each in proofs if not each.missing
    ]
    return "\n".join(["## Proven by other tests\n", *proven, ""])


def _holes(faults: Sequence[Fault], found: Mapping[str, Summary], proofs: Sequence[Proof]) -> str:
    tried = {number for each in faults if each.name in found for number in each.numbers}
    by_number = {each.number: each for each in proofs}
    closed = tried | {each.number for each in proofs if not each.missing}
    open_holes = [_hole(number, by_number.get(number)) for number in THE_LIST if number not in closed]
    untried = [each.name for each in faults if each.name not in found]
    waiting = (
        [f"\nDeclared and not recorded yet: {', '.join(f'`{name}`' for name in untried)}."] if untried else []
    )
    return "\n".join(
        [
            "## Open holes\n",
            "Faults of the list without a recorded trial, that other tests do not prove as a whole:\n",
            *open_holes,
            *waiting,
            "",
        ]
    )


def _hole(number: int, proof: Proof | None) -> str:
    if proof is None:
        return f"- {number}: {THE_LIST[number]}"
    return f"- {number}: {THE_LIST[number]}. Open is: {proof.missing}. {_shown(proof)}."


def _shown(proof: Proof) -> str:
    return f"Tests show: {proof.shows} ({', '.join(f'`{each}`' for each in proof.tests)})"
