"""The long-lived Spark process that lands, refines and raises alerts: `python -m infra streams`."""

import sys

from infra.local import spark
from infra.local.process import NotReady, Process, Server
from infra.local.server_profile import REPOSITORY, Profile

READY_FILE = "BROKERLAKE_READY_FILE"


def server(profile: Profile) -> Server:
    """The process writes the file that READY_FILE names once its queries run."""
    ready = profile.ready_file_of("streams")
    environment = {**profile.environment(), **spark.environment(), READY_FILE: str(ready)}
    process = Process(
        "streams",
        (sys.executable, "-m", "infra", "streams"),
        environment,
        seconds_to_stop=60,
        directory=REPOSITORY,
    )
    return Server("streams", (process,), (), check=lambda: _check(profile), seconds_to_start=120.0)


def _check(profile: Profile) -> None:
    if not profile.ready_file_of("streams").is_file():
        raise NotReady("the queries do not run yet")
