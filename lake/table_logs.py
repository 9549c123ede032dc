"""Whether a table's log is whole: a commit that is missing, emptied or cut takes rows with it, and not every reader says so.

An emptied commit reads as one that changed nothing, and a last one that is missing as if it had never been.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlparse

import pyarrow.fs as pafs
from deltalake.fs import DeltaStorageHandler

from lake.errors import LogError
from lake.settings import Settings
from schemas.declaration import Table

_COMMIT = re.compile(r"(\d{20})\.json")
_CHECKPOINT = re.compile(r"(\d{20})\.checkpoint\..*parquet")
_SUM = re.compile(r"(\d{20})\.crc|\.(\d{20})\.json\.crc")


@dataclass(frozen=True)
class Damage:
    """The first version that is not what was committed, and what is the matter with its file."""

    version: int
    what: str


def refuse_damage(settings: Settings, table: Table) -> None:
    """Raises LogError where the listing of a table's log shows that a commit is missing or empty. One request."""
    found = _Log(settings, table).damage()
    # A listing that is made while somebody commits may show the later file and not the earlier one.
    if found is not None and (log := _Log(settings, table)).damage() == found:
        raise log.error(found)


def damage_of(settings: Settings, table: Table) -> LogError | None:
    """What is the matter with a log that cannot be read, as an error; None where each commit is whole. Reads them all."""
    log = _Log(settings, table)
    found = log.damage() or next(log.cut(), None)
    return None if found is None else log.error(found)


class _Log:
    """The files of a log, from its last checkpoint on: nobody reads what is older."""

    def __init__(self, settings: Settings, table: Table) -> None:
        self.table = table
        self.address = f"{settings.table_path(table.name)}/_delta_log"
        self.files, self.folder = _opened(self.address)
        listed = self.files.get_file_info(pafs.FileSelector(self.folder, allow_not_found=True))
        names = {each.base_name: each.size or 0 for each in listed}
        self.checkpoint = max(_versions(_CHECKPOINT, names), default=-1)
        self.sizes = {
            int(found[1]): size
            for name, size in names.items()
            if (found := _COMMIT.fullmatch(name)) and int(found[1]) > self.checkpoint
        }
        self.summed = _versions(_SUM, names)

    def damage(self) -> Damage | None:
        """What the listing shows. Spark leaves sums beside each commit, which tell of one that is gone from the end."""
        last = max([self.checkpoint, *self.sizes, *self.summed], default=-1)
        for version in range(self.checkpoint + 1, last + 1):
            if version not in self.sizes:
                return Damage(version, "is missing")
            if self.sizes[version] == 0:
                return Damage(version, "is empty")
        return None

    def cut(self) -> Iterator[Damage]:
        """The commits that are not JSON line by line."""
        for version in sorted(self.sizes):
            with self.files.open_input_stream(f"{self.folder}/{version:020}.json") as file:
                if not _is_whole(file.read()):
                    yield Damage(version, "is cut or overwritten")

    def error(self, found: Damage) -> LogError:
        return LogError(
            f"the log of {self.table.name} is damaged at version {found.version} ({self.address}/{found.version:020}.json "
            f"{found.what}): put that file back from a backup, or the whole table where there is none of the file alone, "
            "and run the same command again"
        )


def _opened(address: str) -> tuple[pafs.FileSystem, str]:
    """The file system of a folder, and its path there. Every open of a table asks, and Arrow's own is the quickest."""
    url = urlparse(address)
    if url.scheme == "file":
        return pafs.LocalFileSystem(), unquote(url.path)
    folder, _, name = address.rpartition("/")
    return pafs.PyFileSystem(DeltaStorageHandler(folder)), name


def _versions(pattern: re.Pattern[str], names: Sequence[str] | dict[str, int]) -> set[int]:
    matches = (pattern.fullmatch(name) for name in names)
    return {int(next(filter(None, found.groups()))) for found in matches if found}


def _is_whole(content: bytes) -> bool:
    try:
        return all(isinstance(json.loads(line), dict) for line in content.splitlines() if line.strip())
    except ValueError:
        return False
