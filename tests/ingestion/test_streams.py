"""A stream that ends says why in one sentence, whoever's error it was."""

from __future__ import annotations

import pytest
from pyspark.errors import StreamingQueryException

from ingestion.errors import StreamFailed
from ingestion.streams import until_ended

TRACEBACK = """[FOREACH_BATCH_USER_FUNCTION_ERROR] An error occurred. Return Message: Traceback (most recent call last):
  File "refine.py", line 7, in __call__
    raise KeyError
KeyError: 'first'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "refine.py", line 9, in __call__
    work()
{error}

\tat py4j.Protocol.getReturnValue(Protocol.java:476)
Caused by: java.lang.RuntimeException: something of the JVM
"""


class Ended:
    """A query that has ended with an error, as far as waiting for it goes."""

    name = "refine"

    def __init__(self, text: str) -> None:
        self.text = text

    def awaitTermination(self) -> None:
        raise StreamingQueryException(self.text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TRACEBACK.format(error="lake.errors.LogError: the log is damaged"), "the log is damaged"),
        (TRACEBACK.format(error="_internal.CommitFailedError: no lock"), "CommitFailedError: no lock"),
        (TRACEBACK.format(error="ValueError: 7 is none of: 8, 9"), "ValueError: 7 is none of: 8, 9"),
        (
            TRACEBACK.format(
                error="py4j.protocol.Py4JJavaError: An error occurred while calling o7.save.\n"
                ": java.io.FileNotFoundException: part-0 (No space left on device)\n\tat java.base/java.io.X.open(X.java:1)"
            ),
            "FileNotFoundException: part-0 (No space left on device)",
        ),
        ("Job aborted\nat a.b.c", "Job aborted"),
        ("", "no reason given"),
    ],
)
def test_the_reason_is_the_error_and_not_where_it_was_found(text: str, said: str) -> None:
    with pytest.raises(StreamFailed) as failed:
        until_ended(Ended(text))  # type: ignore[arg-type]
    assert str(failed.value) == f"the stream refine ended: {said}"
