"""A stream's checkpoint as files: whether Spark can read where it was, and putting one aside that it cannot.

Spark finds out only when the stream runs, and says so in its own words.
"""

from __future__ import annotations

import json
import re
from typing import Any

from py4j.protocol import Py4JJavaError

from lake.errors import CheckpointError
from lake.store import Store

_LOGS = ("offsets", "commits")
_VERSION = re.compile(r"v\d+")
_ABSENT = "-"
DAMAGED = "damaged"


def refuse_damage(store: Store, stream: str, what_to_do: str) -> None:
    """Raises CheckpointError where the checkpoint's last files are empty or cut short; `what_to_do` ends its sentence."""
    found = damage(store, stream)
    if found is not None:
        folder = f"{store.settings.checkpoints}/{stream}"
        raise CheckpointError(f"the checkpoint of {stream} ({folder}) is damaged, {found}: {what_to_do}")


def damage(store: Store, stream: str) -> str | None:
    """What is wrong with the checkpoint of a stream; None where nothing is, or where there is none."""
    files = _Files(store, f"{store.settings.checkpoints}/{stream}")
    if files.exists("metadata") and not _is_object(files.text("metadata")):
        return "its file metadata is no JSON"
    newest = {log: max(files.numbers(log), default=None) for log in _LOGS}
    for log, number in newest.items():
        if number is not None and not _is_log(files.text(f"{log}/{number}")):
            return f"its file {log}/{number} is empty or cut"
    offsets, commits = newest["offsets"], newest["commits"]
    if commits is not None and (offsets is None or offsets < commits):
        return f"its offsets end at {offsets} and its commits at {commits}"
    return None


def clear_beginning(store: Store, stream: str) -> None:
    """Removes what a driver left that died while it noted the offsets of the very first batch.

    Nothing was read then, and Spark would not start: it wants the folder empty before batch 0.
    """
    files = _Files(store, f"{store.settings.checkpoints}/{stream}")
    if files.exists("offsets") and not any(files.numbers(log) for log in _LOGS):
        files.delete("offsets")


def put_aside(store: Store, stream: str, why: str = DAMAGED) -> None:
    """Renames the folder of a checkpoint, where there is one, which keeps it for a look."""
    files = _Files(store, store.settings.checkpoints)
    number = 1
    while files.exists(f"{stream}.{why}-{number}"):
        number += 1
    if files.exists(stream):
        files.rename(stream, f"{stream}.{why}-{number}")


class _Files:
    """A folder of the lake by Spark's own file systems, `file:` or `hdfs:`."""

    def __init__(self, store: Store, folder: str) -> None:
        self.jvm: Any = store.spark._jvm
        self.folder = folder
        configuration = store.spark._jsc.hadoopConfiguration()
        self.system = self._path("").getFileSystem(configuration)

    def _path(self, name: str) -> Any:
        return self.jvm.org.apache.hadoop.fs.Path(f"{self.folder}/{name}" if name else self.folder)

    def exists(self, name: str) -> bool:
        return bool(self.system.exists(self._path(name)))

    def numbers(self, name: str) -> list[int]:
        if not self.exists(name):
            return []
        names = [each.getPath().getName() for each in self.system.listStatus(self._path(name))]
        return [int(each) for each in names if each.isdecimal()]

    def text(self, name: str) -> str:
        """What a file holds; nothing where its checksum is another one."""
        stream = self.system.open(self._path(name))
        try:
            return str(self.jvm.org.apache.commons.io.IOUtils.toString(stream, "UTF-8"))
        except Py4JJavaError as error:
            if "ChecksumException" in str(error.java_exception.getClass().getName()):
                return ""
            raise
        finally:
            stream.close()

    def delete(self, name: str) -> None:
        self.system.delete(self._path(name), True)

    def rename(self, name: str, new: str) -> None:
        self.system.rename(self._path(name), self._path(new))


def _is_log(text: str) -> bool:
    """A version, and then JSON in each line, or a dash for a source without an offset."""
    first, *lines = text.split("\n")
    is_whole = all(line == _ABSENT or _is_object(line) for line in lines)
    return bool(_VERSION.fullmatch(first) and lines and is_whole)


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
