"""Where things are: read once from the environment into a frozen value."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlparse

from lake.errors import SettingsError

PARAM_SETS = ("standard", "small")
PARAMS_FILE = "params"
HOME = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """`lake` is a URI (file: or hdfs:); `root` holds everything else that runs leave behind.

    `journals` is where producers on this machine write down what they sent, and how it ended. `books_close_after` is
    the number of sessions after which what is added to a session spreads by itself no more.
    """

    lake: str
    root: Path
    journals: Path
    brokers: str
    params: str
    jars: Path
    hash_key: str
    cores: int
    driver_memory: str
    books_close_after: int = 5

    def table_path(self, name: str) -> str:
        """Where a table of the lake lives: `gold.cash_daily` is `<lake>/gold/cash_daily`."""
        return f"{self.lake}/{name.replace('.', '/')}"

    @property
    def is_shared(self) -> bool:
        """Whether other machines may write to the lake too, which no lease on this one keeps out."""
        return urlparse(self.lake).scheme == "hdfs"

    @property
    def checkpoints(self) -> str:
        return f"{self.lake}/_checkpoints"

    @property
    def leases(self) -> Path:
        return self.root / "leases"

    @property
    def spools(self) -> Path:
        """Where producers keep what a broker that is away cannot take."""
        return self.root / "spools"

    @property
    def data_docs(self) -> Path:
        return self.root / "data_docs"

    @staticmethod
    def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
        """Every setting has a default that is safe on a laptop. Raises SettingsError naming variable and value."""
        env = os.environ if environment is None else environment
        root = Path(env.get("BROKERLAKE_ROOT", HOME / "var")).absolute()
        lake = (env.get("BROKERLAKE_LAKE") or _default_lake(env, root)).rstrip("/")
        if urlparse(lake).scheme not in ("file", "hdfs"):
            raise SettingsError(f"BROKERLAKE_LAKE is {lake!r}: give a file: or an hdfs: address")
        params = env.get("BROKERLAKE_PARAMS") or kept_params(root)
        if params not in PARAM_SETS:
            raise SettingsError(f"BROKERLAKE_PARAMS is {params!r}: give one of {', '.join(PARAM_SETS)}")
        return Settings(
            lake=lake,
            root=root,
            journals=Path(env.get("BROKERLAKE_JOURNALS", root / "journals")).absolute(),
            brokers=env.get("BROKERLAKE_BROKERS", "127.0.0.1:9092"),
            params=params,
            jars=Path(env.get("BROKERLAKE_JARS", cache_folder(env) / "spark")).expanduser(),
            # Hashes only have to hide laptop test data; a deployment sets its own key.
            hash_key=env.get("BROKERLAKE_HASH_KEY", "local-development"),
            cores=int(env.get("BROKERLAKE_CORES", "2")),
            driver_memory=env.get("BROKERLAKE_DRIVER_MEMORY", "2500m"),
            books_close_after=_count(env, "BROKERLAKE_BOOKS_CLOSE_AFTER", 5),
        )


def _count(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name) or str(default)
    if not text.isdecimal():
        raise SettingsError(f"{name} is {text!r}: give a number of sessions, 0 or more")
    return int(text)


def cache_folder(environment: Mapping[str, str] | None = None) -> Path:
    """Where verified jars are kept, for all clones."""
    env = os.environ if environment is None else environment
    return Path(env.get("BROKERLAKE_CACHE", "~/.cache/brokerlake")).expanduser()


def kept_params(root: Path) -> str:
    """The set of params that the data under a root was made with; `standard` where nothing says so."""
    path = root / PARAMS_FILE
    return path.read_text().strip() if path.is_file() else "standard"


def _default_lake(env: Mapping[str, str], root: Path) -> str:
    """Beside everything else, or on the local HDFS where LAKE says so."""
    if env.get("LAKE") == "hdfs":
        return f"hdfs://127.0.0.1:{env.get('BROKERLAKE_PORT_NAMENODE') or 9820}/lake"
    return root.joinpath("lake").as_uri()
