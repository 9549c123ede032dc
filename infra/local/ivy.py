"""Runs the Apache Ivy that PySpark carries: jars by name, from the resolver's default repository."""

import importlib.util
import re
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import quoteattr

from infra.errors import JarsUnresolved
from infra.local.java import find_java

Tell = Callable[[str], None]

# A folder a part, so that the coordinate can be read from where Ivy puts the jar.
RETRIEVED = "[organisation]/[module]/[revision]/[artifact]-[revision](-[classifier]).[ext]"
SECONDS_BETWEEN_WORDS = 4.0


@dataclass(frozen=True, order=True)
class Coordinate:
    group: str
    artifact: str
    version: str
    classifier: str = ""

    @classmethod
    def parse(cls, text: str) -> "Coordinate":
        parts = text.split(":")
        if len(parts) not in (3, 4) or not all(parts):
            raise ValueError(f"{text!r} is not group:artifact:version[:classifier]")
        return cls(*parts)

    def __str__(self) -> str:
        return ":".join(filter(None, (self.group, self.artifact, self.version, self.classifier)))

    @property
    def file(self) -> str:
        return "-".join(filter(None, (self.artifact, self.version, self.classifier))) + ".jar"


def resolve_declared(
    jar_set: str, declared: Iterable[Coordinate], transitive: bool, work: Path, tell: Tell
) -> dict[Coordinate, Path]:
    """The declared jars, and what they need if `transitive`, as files under `work`."""
    return _resolve(jar_set, "".join(_declared(c, transitive) for c in declared), True, work, tell)


def resolve_locked(
    jar_set: str, locked: Iterable[Coordinate], work: Path, tell: Tell
) -> dict[Coordinate, Path]:
    """Exactly these jars. No project descriptions are read, which makes it about ten times quicker."""
    modules = groupby(sorted(locked), key=lambda c: (c.group, c.artifact, c.version))
    dependencies = "".join(_locked(*module, [c.classifier for c in jars]) for module, jars in modules)
    return _resolve(jar_set, dependencies, False, work, tell)


def _declared(jar: Coordinate, transitive: bool) -> str:
    # `runtime` alone leaves the artifact itself out.
    configuration = "default->runtime,master" if transitive else "default->master"
    return (
        f"<dependency org={quoteattr(jar.group)} name={quoteattr(jar.artifact)} rev={quoteattr(jar.version)}"
        f' transitive="{str(transitive).lower()}" conf="{configuration}"/>'
    )


def _locked(group: str, artifact: str, version: str, classifiers: list[str]) -> str:
    return (
        f"<dependency org={quoteattr(group)} name={quoteattr(artifact)} rev={quoteattr(version)}"
        f' transitive="false" conf="default->*">'
        + "".join(_artifact(artifact, classifier) for classifier in classifiers)
        + "</dependency>"
    )


def _artifact(name: str, classifier: str) -> str:
    extra = f" m:classifier={quoteattr(classifier)}" if classifier else ""
    return f'<artifact name={quoteattr(name)} type="jar" ext="jar"{extra}/>'


def _resolve(
    jar_set: str, dependencies: str, use_poms: bool, work: Path, tell: Tell
) -> dict[Coordinate, Path]:
    (work / "settings.xml").write_text(_settings(work, use_poms))
    (work / "ivy.xml").write_text(_module(jar_set, dependencies))
    _run(jar_set, work, tell)
    jars = sorted((work / "retrieved").rglob("*.jar"))
    return {_coordinate_of(jar, work / "retrieved"): jar for jar in jars}


def _settings(work: Path, use_poms: bool) -> str:
    # Ivy's own checksums are left out: every jar is compared with the lock's sha256.
    return (
        '<ivysettings><property name="ivy.checksums" value=""/><settings defaultResolver="default"/>'
        f"<caches defaultCacheDir={quoteattr(str(work / 'cache'))}/><resolvers>"
        f'<ibiblio name="default" m2compatible="true" usepoms="{str(use_poms).lower()}"/>'
        "</resolvers></ivysettings>"
    )


def _module(jar_set: str, dependencies: str) -> str:
    return (
        '<ivy-module version="2.0" xmlns:m="http://ant.apache.org/ivy/maven">'
        f'<info organisation="brokerlake" module="{jar_set}"/>'
        '<configurations><conf name="default"/></configurations>'
        f"<dependencies>{dependencies}</dependencies></ivy-module>"
    )


def _run(jar_set: str, work: Path, tell: Tell) -> None:
    ivy = subprocess.Popen(_command(work), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert ivy.stdout is not None
    problems = list(_problems(_watched(jar_set, ivy.stdout, tell)))
    if ivy.wait() != 0 or problems:
        raise JarsUnresolved(jar_set, problems[:5] or [f"Ivy ended with status {ivy.returncode}"])


def _command(work: Path) -> list[str]:
    return [
        *(find_java().binary, "-cp", str(_ivy_jar()), "org.apache.ivy.Main"),
        *("-settings", str(work / "settings.xml"), "-ivy", str(work / "ivy.xml")),
        *("-confs", "default", "-types", "jar", "bundle"),
        *("-retrieve", str(work / "retrieved" / RETRIEVED)),
    ]


def _ivy_jar() -> Path:
    pyspark = importlib.util.find_spec("pyspark")
    assert pyspark is not None
    assert pyspark.submodule_search_locations is not None
    return next(Path(pyspark.submodule_search_locations[0]).glob("jars/ivy-*.jar"))


def _watched(jar_set: str, lines: Iterable[str], tell: Tell) -> Iterator[str]:
    """The lines as they come, with a word about how far it is every few seconds."""
    n_found = n_fetched = 0
    spoken_at = time.monotonic()
    for line in lines:
        n_found += line.startswith("\tfound ")
        n_fetched += "[SUCCESSFUL ]" in line
        if time.monotonic() - spoken_at > SECONDS_BETWEEN_WORDS:
            spoken_at = time.monotonic()
            tell(f"jars of {jar_set}: {n_found} found, {n_fetched} fetched …")
        yield line


def _problems(lines: Iterable[str]) -> Iterator[str]:
    pattern = re.compile(r"^\s*(?::: (\S+#\S+: .*)|\[FAILED\s+\] (.*)|(Server access error.*))$")
    for line in lines:
        if found := pattern.match(line.rstrip()):
            yield next(filter(None, found.groups()))


def _coordinate_of(jar: Path, root: Path) -> Coordinate:
    group, artifact, version, file = jar.relative_to(root).parts
    classifier = file.removeprefix(f"{artifact}-{version}").removesuffix(".jar").lstrip("-")
    return Coordinate(group, artifact, version, classifier)
