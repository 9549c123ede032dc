"""The jars of every server: declared in jars.toml, locked with checksums in jars.lock, kept in one cache.

The cache is shared between clones (BROKERLAKE_CACHE, by default ~/.cache/brokerlake); a set's folder holds
exactly the jars that the lock names.
"""

import hashlib
import shutil
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from infra.errors import JarsDiffer
from infra.local.ivy import Coordinate, Tell, resolve_declared, resolve_locked
from lake.settings import cache_folder

HERE = Path(__file__).parent
DECLARED = HERE / "jars.toml"
LOCK = HERE / "jars.lock"
STAMP = ".verified"
LOCK_HEADER = "# Written by `python -m infra jars --lock` from jars.toml: set, coordinate, sha256, bytes.\n"


@dataclass(frozen=True)
class JarSet:
    """The jars that one server is declared to be made of."""

    name: str
    jars: tuple[Coordinate, ...]
    transitive: bool
    always: bool


@dataclass(frozen=True, order=True)
class LockedJar:
    jar_set: str
    coordinate: Coordinate
    sha256: str
    size: int

    @property
    def line(self) -> str:
        return f"{self.jar_set} {self.coordinate} {self.sha256} {self.size}"


def folder(jar_set: str) -> Path:
    return cache_folder() / jar_set


def declared() -> dict[str, JarSet]:
    return {name: _jar_set(name, table) for name, table in tomllib.loads(DECLARED.read_text()).items()}


def locked(jar_set: str, text: str | None = None) -> tuple[LockedJar, ...]:
    """The jars of one set in the committed lock, or in `text`."""
    lines = (LOCK.read_text() if text is None else text).splitlines()
    jars = (_parse(line) for line in lines if line and not line.startswith("#"))
    return tuple(jar for jar in jars if jar.jar_set == jar_set)


def require(jar_set: str) -> None:
    """Raises JarsDiffer, with what to do, unless the set is there in full and was verified."""
    jars = locked(jar_set)
    if not is_stamped(jars, folder(jar_set)):
        problems = differences(jars, folder(jar_set)) or ["not verified yet"]
        raise JarsDiffer(jar_set, problems[:3], f"run `python -m infra jars {jar_set}`")


def set_up(jar_set: str, tell: Tell = print) -> Path:
    """Makes the set's folder hold exactly the locked jars, each with its checksum; quick when it does."""
    jars, target = locked(jar_set), folder(jar_set)
    if is_stamped(jars, target):
        return target
    target.mkdir(parents=True, exist_ok=True)
    with FileLock(cache_folder() / f"{jar_set}.lock"):
        _fill(jar_set, jars, target, tell)
    return target


def is_stamped(jars: Iterable[LockedJar], target: Path) -> bool:
    """Whether these jars were verified before and have kept their sizes since."""
    stamp = target / STAMP
    return (
        stamp.is_file()
        and stamp.read_text() == _digest(jars)
        and all(_size(target / jar.coordinate.file) == jar.size for jar in jars)
    )


def differences(jars: Iterable[LockedJar], target: Path) -> list[str]:
    """One sentence for each jar that is missing or has other bytes than the lock says."""
    return [problem for jar in jars if (problem := _difference(jar, target / jar.coordinate.file))]


def write_lock(tell: Tell = print) -> None:
    """Resolves everything that is declared and writes the lock anew."""
    sets = [_resolve_set(jar_set, tell) for jar_set in declared().values()]
    LOCK.write_text(LOCK_HEADER + "".join(f"{jar.line}\n" for jars in sets for jar in jars))


def _jar_set(name: str, table: Mapping[str, object]) -> JarSet:
    jars = table["jars"]
    assert isinstance(jars, list)
    return JarSet(name, tuple(map(Coordinate.parse, jars)), bool(table["transitive"]), bool(table["always"]))


def _parse(line: str) -> LockedJar:
    jar_set, coordinate, sha256, size = line.split()
    return LockedJar(jar_set, Coordinate.parse(coordinate), sha256, int(size))


def _resolve_set(jar_set: JarSet, tell: Tell) -> list[LockedJar]:
    tell(f"jars of {jar_set.name}: resolving")
    with tempfile.TemporaryDirectory(prefix="brokerlake-ivy-") as work:
        files = resolve_declared(jar_set.name, jar_set.jars, jar_set.transitive, Path(work), tell)
        jars = sorted(
            LockedJar(jar_set.name, coordinate, _sha256(path), path.stat().st_size)
            for coordinate, path in files.items()
        )
    _refuse_equal_names(jar_set.name, jars)
    return jars


def _refuse_equal_names(jar_set: str, jars: list[LockedJar]) -> None:
    names = [jar.coordinate.file for jar in jars]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise JarsDiffer(jar_set, [f"two jars are named {name}" for name in twice], "change jars.toml")


def _fill(jar_set: str, jars: tuple[LockedJar, ...], target: Path, tell: Tell) -> None:
    lacking = [jar for jar in jars if _difference(jar, target / jar.coordinate.file)]
    if lacking:
        _fetch(jar_set, lacking, target, tell)
    for stranger in {path.name for path in target.glob("*.jar")} - {jar.coordinate.file for jar in jars}:
        (target / stranger).unlink()
    (target / STAMP).write_text(_digest(jars))
    tell(f"jars of {jar_set}: {len(jars)} verified in {target}")


def _fetch(jar_set: str, lacking: list[LockedJar], target: Path, tell: Tell) -> None:
    tell(f"jars of {jar_set}: fetching {len(lacking)}, {sum(j.size for j in lacking) / 1e6:.0f} MB")
    (target / STAMP).unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=cache_folder()) as work:
        files = resolve_locked(jar_set, [jar.coordinate for jar in lacking], Path(work), tell)
        problems = [p for jar in lacking if (p := _difference(jar, files.get(jar.coordinate)))]
        if problems:
            raise JarsDiffer(jar_set, problems, "what the repository gave is not what the lock names")
        for jar in lacking:
            shutil.move(files[jar.coordinate], target / jar.coordinate.file)


def _difference(jar: LockedJar, path: Path | None) -> str | None:
    if path is None or not path.is_file():
        return f"{jar.coordinate.file} is missing"
    if path.stat().st_size != jar.size or _sha256(path) != jar.sha256:
        return f"{jar.coordinate.file} is damaged: its checksum is not the lock's"
    return None


def _digest(jars: Iterable[LockedJar]) -> str:
    return hashlib.sha256("\n".join(jar.line for jar in jars).encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else -1
