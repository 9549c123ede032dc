"""A name that is unknown is found when a DAG is parsed."""

import json

import pytest

from dags.catalog import Catalog, CatalogError
from tests.dags.conftest import CATALOG


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        pytest.param(
            "postions_daily",
            "there is no job 'postions_daily' in jobs/catalog.json: did you mean positions_daily?",
            id="a typing error",
        ),
        pytest.param(
            "xyz", "there is no job 'xyz' in jobs/catalog.json: there are a, b, positions_daily", id="unknown"
        ),
    ],
)
def test_an_unknown_job_is_refused(name, sentence):
    catalog = Catalog(frozenset({"a", "b", "positions_daily"}), {})
    with pytest.raises(CatalogError) as caught:
        catalog.refuse_unknown_jobs(["a", name])
    assert str(caught.value) == sentence


def test_an_unknown_command_is_refused():
    with pytest.raises(CatalogError, match=r"no command 'setle' .* did you mean settle\?"):
        Catalog.read(CATALOG).command("setle")


def test_the_catalog_is_the_one_of_the_platforms_home(home):
    (home / "jobs" / "catalog.json").write_text(
        json.dumps(
            {
                "jobs": [{"name": "a", "writes": "gold.a", "reads": ["silver.b"], "sentence": "Makes a."}],
                "commands": [{"name": "ledger", "run": "ingestion ledger", "sentence": "Accounts."}],
            }
        )
    )
    assert Catalog.read() == Catalog(frozenset({"a"}), {"ledger": ("ingestion", "ledger")})
