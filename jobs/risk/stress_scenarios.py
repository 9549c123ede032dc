"""The stress scenarios: what each does, read from `stress_scenarios.toml` and refused where it does not fit.

A shock is what a scenario does. Moves are fractions of one over the whole scenario, -0.2 for a fall by a fifth.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

FILE = Path(__file__).with_name("stress_scenarios.toml")
_ID = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_COMMON = {"id": str, "name": str, "defined": date, "author": str}


class ScenarioError(ValueError):
    """A scenario is not defined as it must be; the message names it, the value and the rule."""


@dataclass(frozen=True)
class Episode:
    """Each instrument does what it did from the close of one session to the close of a later one."""

    first: date
    last: date
    kind: ClassVar[str] = "historical"

    def problems(self) -> Iterator[str]:
        if not self.first < self.last:
            yield f"first is {self.first} and last {self.last}: the first session comes before the last"


@dataclass(frozen=True)
class IndexMove:
    """The mean of the stocks moves, and each instrument by its beta against it."""

    move_ratio: float
    kind: ClassVar[str] = "hypothetical"

    def problems(self) -> Iterator[str]:
        yield from _move(self.move_ratio)


@dataclass(frozen=True)
class CurrencyMove:
    """Currencies other than the book's move against it."""

    move_ratio: float
    kind: ClassVar[str] = "hypothetical"

    def problems(self) -> Iterator[str]:
        yield from _move(self.move_ratio)


@dataclass(frozen=True)
class StressedCovariances:
    """A normal loss at a confidence, deviations times a factor; correlations all the same, or as they are."""

    confidence_ratio: float
    volatility_factor: float = 1.0
    correlation: float | None = None
    kind: ClassVar[str] = "hypothetical"

    def problems(self) -> Iterator[str]:
        if not 0 < self.confidence_ratio < 1:
            yield f"confidence_ratio is {self.confidence_ratio}: it lies between 0 and 1"
        if self.volatility_factor <= 0:
            yield f"volatility_factor is {self.volatility_factor}: it is above 0"
        if self.correlation is not None and not 0 <= self.correlation <= 1:
            yield f"correlation is {self.correlation}: the same for all pairs it lies between 0 and 1"


@dataclass(frozen=True)
class LargestName:
    """The name that most of a portfolio lies in moves, and nothing else does."""

    move_ratio: float
    kind: ClassVar[str] = "hypothetical"

    def problems(self) -> Iterator[str]:
        yield from _move(self.move_ratio)


@dataclass(frozen=True)
class LimitDown:
    """Every stock falls by the daily limit, day after day."""

    daily_limit_ratio: float
    n_days: int
    kind: ClassVar[str] = "hypothetical"

    def problems(self) -> Iterator[str]:
        if not 0 < self.daily_limit_ratio < 1:
            yield f"daily_limit_ratio is {self.daily_limit_ratio}: it lies between 0 and 1"
        if self.n_days < 1:
            yield f"n_days is {self.n_days}: at least one"


@dataclass(frozen=True)
class RateMove:
    """All yields move by so many hundredths of a percent."""

    move_bps: float
    kind: ClassVar[str] = "hypothetical"

    def problems(self) -> Iterator[str]:
        if self.move_bps == 0:
            yield "move_bps is 0: nothing moves"


@dataclass(frozen=True)
class LeastFall:
    """The index falls just so far that a share of the margin accounts that owe something stands at a line."""

    share_ratio: float
    line_ratio: float
    kind: ClassVar[str] = "reverse"

    def problems(self) -> Iterator[str]:
        if not 0 < self.share_ratio <= 1:
            yield f"share_ratio is {self.share_ratio}: above 0 and at most 1"
        if self.line_ratio <= 0:
            yield f"line_ratio is {self.line_ratio}: it is above 0"


Move = Episode | IndexMove | CurrencyMove | StressedCovariances | LargestName | LimitDown | RateMove
Shock = Move | LeastFall
_SHOCKS: Mapping[str, type[Shock]] = {
    "episode": Episode,
    "index": IndexMove,
    "currency": CurrencyMove,
    "covariance": StressedCovariances,
    "largest_name": LargestName,
    "limit_down": LimitDown,
    "rates": RateMove,
    "least_fall": LeastFall,
}


@dataclass(frozen=True)
class Scenario:
    """id: never reused. defined, author: when and by whom it was written down."""

    id: str
    name: str
    defined: date
    author: str
    shock: Shock


def scenarios(text: str) -> tuple[Scenario, ...]:
    """The scenarios of a TOML text, in its order, those of a kind together.

    Raises ScenarioError with every problem found, one a line.
    """
    found: list[Scenario] = []
    problems: list[str] = []
    for kind, tables in tomllib.loads(text).items():
        shock = _SHOCKS.get(kind)
        if shock is None:
            problems.append(f"[[{kind}]]: there are {', '.join(_SHOCKS)}")
            continue
        for table in tables:
            broken = list(_problems(shock, table))
            problems += [f"[[{kind}]] {table.get('id', '?')}: {each}" for each in broken]
            if not broken:
                found.append(_scenario(shock, table))
    problems += _repeated([each.id for each in found])
    if problems:
        raise ScenarioError("\n".join(problems))
    return tuple(found)


def _problems(shock: type[Shock], table: Mapping[str, Any]) -> Iterator[str]:
    own = {field.name: field for field in fields(shock)}
    wanted = [*_COMMON, *(name for name, field in own.items() if field.default is MISSING)]
    missing = [name for name in wanted if name not in table]
    strange = [name for name in table if name not in _COMMON and name not in own]
    if missing or strange:
        said = (
            f"{', '.join(names)} {verb}"
            for names, verb in ((missing, "missing"), (strange, "not known"))
            if names
        )
        yield "; ".join(said)
        return
    wrong = [name for name in table if type(table[name]) not in _types(own, name)]
    for name in wrong:
        yield f"{name} is {table[name]!r}: it is {_words(_types(own, name))}"
    if wrong:
        return
    if not _ID.fullmatch(table["id"]):
        yield "its id is small letters and digits, words joined by _"
    if not table["name"].strip() or not table["author"].strip():
        yield "it has a name and an author"
    yield from _shock(shock, table).problems()


def _types(own: Mapping[str, Any], name: str) -> tuple[type, ...]:
    if name in _COMMON:
        return (_COMMON[name],)
    said = str(own[name].type)
    return (date,) if said == "date" else (int,) if said == "int" else (int, float)


def _words(kinds: tuple[type, ...]) -> str:
    return {str: "a text", date: "a day", int: "a whole number"}[kinds[0]] if len(kinds) == 1 else "a number"


def _scenario(shock: type[Shock], table: Mapping[str, Any]) -> Scenario:
    return Scenario(**{name: table[name] for name in _COMMON}, shock=_shock(shock, table))


def _shock(shock: type[Shock], table: Mapping[str, Any]) -> Shock:
    return shock(**{name: value for name, value in table.items() if name not in _COMMON})


def _repeated(ids: Sequence[str]) -> list[str]:
    return [
        f"{each}: two scenarios have this id"
        for each in sorted({each for each in ids if ids.count(each) > 1})
    ]


def _move(move_ratio: float) -> Iterator[str]:
    if move_ratio < -1 or move_ratio == 0:
        yield f"move_ratio is {move_ratio}: not 0, and nothing falls by more than all of it"


SCENARIOS = scenarios(FILE.read_text(encoding="utf-8"))
