"""Lines of a web server's access log (Apache combined format), as Flume forwards them."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lake.messages import MESSAGE
from schemas.declaration import Event

# Client, identity, user, instant, request, status, size, and in the combined format referrer and agent. Real servers cut
# an agent that is too long for their line, and with it the closing quote: all that stands before it is whole.
_QUOTED = r'"((?:[^"\\]++|\\.)*+)"'
LINE = rf"^(\S+) (\S+) (\S+) \[([^\]]+)\] {_QUOTED} (\d{{3}}) (\d+|-)(?: {_QUOTED} {_QUOTED}?)?$"
# What a rotation adds to a file's name. The file is then read again, and its lines are known by the name that it had.
_ROTATED = r"(\.log)[.-]\d+$"
_GROUPS = ("ip_address", "identity", "user_name", "requested_at", "request", "status_code", "response_bytes",
           "referrer", "user_agent")  # fmt: skip


def parse(messages: DataFrame, event: Event) -> DataFrame:
    """Adds the text of every column of the event, as envelopes give them, `envelope_reasons`, and no `undeclared_fields`.

    A line is known by host, file, offset and hash, never by its content alone: real logs hold equal lines.
    """
    line = F.expr("rtrim('\r\n', try_validate_utf8(CAST(raw AS string)))")
    groups = [F.regexp_extract("line", LINE, i + 1).alias(name) for i, name in enumerate(_GROUPS)]
    split = messages.select(*MESSAGE, line.alias("line")).select(
        *MESSAGE, "line", F.struct(*groups).alias("part")
    )
    instant = F.expr("try_to_timestamp(part.requested_at, 'dd/MMM/yyyy:HH:mm:ss Z')")
    timed = split.withColumn("instant", instant)
    texts = {
        "request_date": F.date_format("instant", "yyyy-MM-dd"),
        "log_host": _header("host"),
        "log_file": F.regexp_replace(F.substring_index(_header("file"), "/", -1), _ROTATED, "$1"),
        "byte_offset": _header("byteoffset"),
        "line_hash": F.sha2("raw", 256),
        "requested_at": F.date_format("instant", "yyyy-MM-dd'T'HH:mm:ss'Z'"),
        "http_method": F.substring_index("part.request", " ", 1),
        "request_path": F.expr("get(split(part.request, ' ', 3), 1)"),
        "protocol_name": F.expr("get(split(part.request, ' ', 3), 2)"),
        **{name: _dashed(name) for name in ("user_name", "response_bytes", "referrer", "user_agent")},
        **{name: F.col(f"part.{name}") for name in ("ip_address", "status_code")},
    }
    matched = F.coalesce(F.col("line").rlike(LINE) & F.col("instant").isNotNull(), F.lit(False))
    malformed = F.array(F.struct(F.lit("malformed").alias("code"), F.lit("raw").alias("subject")))
    nothing = F.expr("CAST(array() AS array<struct<code:string,subject:string>>)")
    return timed.select(
        *MESSAGE,
        F.lit("web-server").alias("source_name"),
        F.concat_ws(":", texts["log_host"], texts["log_file"], texts["byte_offset"]).alias("event_id"),
        F.lit(None).cast("bigint").alias("sequence"),
        F.when(matched, nothing).otherwise(malformed).alias("envelope_reasons"),
        F.expr("CAST(array() AS array<string>)").alias("undeclared_fields"),
        *[texts[column.name].alias(f"text_{column.name}") for column in event.columns],
    )


def _header(key: str) -> Column:
    return F.expr(f"CAST(get(filter(headers, h -> h.key = '{key}'), 0).value AS string)")


def _dashed(name: str) -> Column:
    """The text of a field in which the server writes a dash for nothing."""
    return F.expr(f"nullif(nullif(part.{name}, '-'), '')")
