"""Brings a whole platform up: servers, topics, then what reads and writes them."""

from __future__ import annotations

from infra.local import catalog, servers
from infra.local.server_profile import Profile
from infra.local.servers import Tell
from ingestion import topics


def start(profile: Profile, tell: Tell) -> None:
    """Starts everything that is not running yet; raises an InfraError with nothing left of what it started."""
    start_storage(profile, tell)
    servers.start(profile, catalog.READERS, tell)


def start_storage(profile: Profile, tell: Tell) -> None:
    """Starts what keeps events and tables, with its topics: sources may send from then on."""
    servers.start(profile, catalog.STORAGE[profile.lake], tell)
    for sentence in topics.reconcile(profile.brokers).sentences:
        tell(sentence)
