"""Every fault that is tried, in one place."""

from tests.faults import (
    alert_checkpoints,
    alerts,
    away,
    brokers,
    checkpoints,
    compacting,
    everything,
    hdfs,
    inputs,
    jobs,
    kills,
    leases,
    load,
    network,
    retention,
    table_logs,
    tailed_logs,
    workers,
)
from tests.faults.fault import Fault

FAULTS: tuple[Fault, ...] = (
    *kills.FAULTS,
    *workers.FAULTS,
    *alerts.FAULTS,
    *checkpoints.FAULTS,
    *alert_checkpoints.FAULTS,
    *leases.FAULTS,
    *inputs.FAULTS,
    *brokers.FAULTS,
    *hdfs.FAULTS,
    *away.FAULTS,
    *network.FAULTS,
    *retention.FAULTS,
    *tailed_logs.FAULTS,
    *jobs.FAULTS,
    *load.FAULTS,
    *table_logs.FAULTS,
    *compacting.FAULTS,
    *everything.FAULTS,
)
GROUPS = tuple(dict.fromkeys(each.group for each in FAULTS))


def chosen(word: str | None) -> list[Fault]:
    """The faults of a group, or one by its name; all without a word. Raises ValueError with what there is."""
    found = [each for each in FAULTS if word in (None, "", each.group, each.name)]
    if not found:
        raise ValueError(f"no fault or group is called {word!r}; groups are {', '.join(GROUPS)}")
    return found
