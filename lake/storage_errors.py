"""HDFS that does not serve, as one sentence: Spark, Delta and the reader without a JVM each say it in words of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlparse

from lake.errors import StorageError
from lake.settings import Settings

_SAFE_MODE = re.compile(r"SafeModeException|[Nn]ame ?node is in safe mode")
_NO_NAMENODE = re.compile(
    # Hadoop's client: refused, cut, or answered by a server that is not up yet.
    r"Call From \S+ to \S+ failed on|on local exception: java\.io\.IOException|End of File Exception between"
    r"|NameNode still not started|org\.apache\.hadoop\.ipc\.StandbyException"
    # The client without a JVM.
    r"|communicating with HDFS"
)
_NO_DATANODE = re.compile(
    r"could only be written to \d+ of the \d+ minReplication|BlockMissingException|Could not obtain block"
    r"|[Aa]ll datanodes .{0,300}are bad|All DataNodes failed|data transfer error|Unable to create new block"
)
_START = "start it (`make up LAKE=hdfs` does so on this machine)"
_LEAVE = "wait for its DataNodes to report, or leave it (`hdfs dfsadmin -safemode leave`) where somebody entered it"
_STATES = (
    (_SAFE_MODE, f"is in safe mode and takes no writes: {_LEAVE}"),
    (_NO_NAMENODE, f"has no NameNode that answers: {_START}"),
    (_NO_DATANODE, f"has no DataNode that gives or takes a block: {_START}"),
)


def storage_error(error: BaseException, settings: Settings) -> StorageError | None:
    """What is the matter with HDFS where that is why something failed; None where it is not."""
    server = urlparse(settings.lake)
    if server.scheme != "hdfs":
        return None
    text = "\n".join(str(each) for each in _chain(error))
    for sign, state in _STATES:
        if sign.search(text):
            return StorageError(f"HDFS at hdfs://{server.netloc} {state}; then run the same command again")
    return None


@contextmanager
def plain_storage_errors(settings: Settings) -> Iterator[None]:
    """Raises StorageError for whatever failed because HDFS does not serve."""
    try:
        yield
    except StorageError:
        raise
    except Exception as error:  # each library has its own, and plain ones too
        found = storage_error(error, settings)
        if found is None:
            raise
        raise found from error


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error, and what it was raised from."""
    each: BaseException | None = error
    while each is not None:
        yield each
        each = each.__cause__
