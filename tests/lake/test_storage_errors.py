"""HDFS that does not serve is named in one sentence, whichever library met it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ingestion.errors import StreamFailed
from lake.errors import StorageError
from lake.settings import HOME, Settings
from lake.storage_errors import plain_storage_errors, storage_error

ON_HDFS = Settings.from_environment({"BROKERLAKE_LAKE": "hdfs://127.0.0.1:9820/lake"})
IN_FILES = Settings.from_environment({"BROKERLAKE_LAKE": "file:///lake"})

SAFE_MODE = "HDFS at hdfs://127.0.0.1:9820 is in safe mode and takes no writes: "
NO_NAMENODE = "HDFS at hdfs://127.0.0.1:9820 has no NameNode that answers: start it "
NO_DATANODE = "HDFS at hdfs://127.0.0.1:9820 has no DataNode that gives or takes a block: start it "

# As the libraries said it to a lake on a real HDFS; of stack traces the line that counts.
SAID = [
    (
        (
            "Failed to parse parquet: External: Generic HdfsObjectStore error: RPC error: "
            "org.apache.hadoop.hdfs.server.namenode.SafeModeException Cannot create file/lake/x. Name node is in safe mode."
        ),
        SAFE_MODE,
    ),
    (
        "Lost task 1.0 in stage 8.0: org.apache.hadoop.hdfs.server.namenode.SafeModeException: Cannot create file/lake/x.",
        SAFE_MODE,
    ),
    (
        (
            "Kernel error -> Generic HdfsObjectStore error\n ↳ IO error occurred while communicating with HDFS\n"
            " ↳ Connection refused (os error 111)"
        ),
        NO_NAMENODE,
    ),
    (
        (
            ": java.net.ConnectException: Call From vm/127.0.0.1 to localhost:1 failed on connection exception: "
            "java.net.ConnectException: Connection refused"
        ),
        NO_NAMENODE,
    ),
    (
        ": java.io.EOFException: End of File Exception between local host is: vm; destination host is: localhost:39055",
        NO_NAMENODE,
    ),
    (
        "Kernel error -> Generic HdfsObjectStore error\n ↳ data transfer error\n ↳ All DataNodes failed",
        NO_DATANODE,
    ),
    (
        "File /lake/x could only be written to 0 of the 1 minReplication nodes. There are 1 datanode(s) running",
        NO_DATANODE,
    ),
    ("org.apache.hadoop.hdfs.BlockMissingException: Could not obtain block: BP-1", NO_DATANODE),
]


@pytest.mark.parametrize(("text", "beginning"), SAID)
def test_what_a_library_says_becomes_a_sentence(text: str, beginning: str) -> None:
    found = str(storage_error(OSError(text), ON_HDFS))
    assert found.startswith(beginning)
    assert found.endswith("then run the same command again")
    assert "\n" not in found


@pytest.mark.parametrize("text", [text for text, _ in SAID])
def test_a_lake_in_files_has_no_hdfs_to_blame(text: str) -> None:
    assert storage_error(OSError(text), IN_FILES) is None


@pytest.mark.parametrize("text", ["Connection refused", "no Kafka broker answers", "Cannot cast 'x' to INT"])
def test_other_errors_stay_as_they_are(text: str) -> None:
    with pytest.raises(ValueError, match=text), plain_storage_errors(ON_HDFS):
        raise ValueError(text)


def test_the_error_that_ended_a_stream_counts_too() -> None:
    with pytest.raises(StorageError, match="is in safe mode"), plain_storage_errors(ON_HDFS):
        raise StreamFailed("land", "the query ended") from OSError(SAID[0][0])


@pytest.mark.parametrize(
    "words",
    [
        ("ingestion", "land", "--once"),
        ("ingestion", "refine", "--once"),
        ("ingestion", "ledger"),
        ("lake", "sql", "select count(*) from silver.fills"),
        ("lake", "compact"),
        ("jobs", "run", "cash_daily", "--pending", "--to", "2022-12-23"),
    ],
    ids=" ".join,
)
def test_a_command_without_a_namenode_ends_with_one_sentence(words: tuple[str, ...], tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        address = f"hdfs://127.0.0.1:{nobody.getsockname()[1]}"
        environment = {
            **os.environ,
            "BROKERLAKE_ROOT": str(tmp_path),
            "BROKERLAKE_LAKE": f"{address}/lake",
        }
        done = subprocess.run(
            [sys.executable, "-m", *words],
            cwd=HOME,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith(f"HDFS at {address} has no NameNode that answers: ")
    assert done.stderr.count("\n") == 1
