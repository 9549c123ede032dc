"""What the lake refuses, each in one sentence."""


class LakeError(Exception):
    """The lake cannot do what was asked; the message says what, which value, and what to do."""


class SettingsError(LakeError):
    """An environment variable has a value that cannot be used."""


class SessionError(LakeError):
    """A day is no session of the book calendar, or a range is empty."""


class JobError(LakeError):
    """A job is declared wrongly, or its result does not conform to the table that it writes."""


class TableError(LakeError):
    """A table that is there does not fit its declaration."""


class LogError(LakeError):
    """A table's log is damaged: what it held cannot be known from it."""


class CheckpointError(LakeError):
    """A stream's checkpoint does not belong to the tables that it would write."""


class LeaseError(LakeError):
    """Somebody else holds the lease."""


class RaceLost(LakeError):
    """Another writer came first, and nothing was written."""


class StorageError(LakeError):
    """The lake's file system does not serve now."""


class QueryError(LakeError):
    """SQL that the lake does not answer: it is no query, names what is not there, or fails on the data."""


class OlderTable(QueryError):
    """A table that is there without columns that were declared since."""


class UnknownTable(QueryError):
    """A name that is no table of the lake, with the names that come close."""
