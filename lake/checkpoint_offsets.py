"""What a stream's checkpoint says that it has done, read from its files without a JVM."""

from __future__ import annotations

import json

import pyarrow.fs as pafs
from deltalake.fs import DeltaStorageHandler

from lake.settings import Settings

_SOURCE_LINE = 2  # after the format's version and the batch's metadata


def committed_offsets(settings: Settings, stream: str) -> dict[tuple[str, int], int]:
    """Of a stream that reads Kafka, the offset of each (topic, partition) that comes after its last committed batch.

    Empty where nothing was committed, where the checkpoint is not there, or where its files cannot be read as such:
    what to do about a damaged checkpoint is for the stream to say.
    """
    files = pafs.PyFileSystem(DeltaStorageHandler(settings.lake))
    folder = f"{settings.checkpoints.removeprefix(settings.lake)}/{stream}".lstrip("/")
    last = _last_committed(files, folder)
    if last is None:
        return {}
    try:
        with files.open_input_stream(f"{folder}/offsets/{last}") as file:
            source = json.loads(file.read().decode().splitlines()[_SOURCE_LINE])
    except (OSError, ValueError, IndexError):
        return {}
    return {
        (topic, int(partition)): offset
        for topic, partitions in source.items()
        for partition, offset in partitions.items()
    }


def _last_committed(files: pafs.FileSystem, folder: str) -> int | None:
    commits = files.get_file_info(pafs.FileSelector(f"{folder}/commits", allow_not_found=True))
    return max((int(each.base_name) for each in commits if each.base_name.isdigit()), default=None)
