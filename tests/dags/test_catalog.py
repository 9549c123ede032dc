"""Arrows follow from what jobs read and write; a name that is unknown is found when a DAG is parsed."""

import json

import pytest

from dags.catalog import Catalog, CatalogError, Job
from tests.dags.conftest import CATALOG


def catalog(**reads: str) -> Catalog:
    """A catalog in which each job writes the table of its name and reads the tables of a line of words."""
    return Catalog({name: Job(name, name, frozenset(line.split())) for name, line in reads.items()}, {})


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        pytest.param({"late": ["c"], "early": ["a"]}, {"early": set(), "late": {"early"}}, id="by what is read"),
        pytest.param({"one": ["a"], "two": ["d"]}, {"one": set(), "two": set()}, id="apart"),
        pytest.param({"all": ["c", "a"]}, {"all": set()}, id="inside one stage"),
        pytest.param({"own": ["b"]}, {"own": set()}, id="its own table and a table of nobody"),
        pytest.param(
            {"z": ["a"], "y": ["c"], "x": ["e"]}, {"z": set(), "y": {"z"}, "x": {"y", "z"}}, id="a chain"
        ),
    ],
)  # fmt: skip
def test_arrows_follow_from_reads_and_writes(stages, expected):
    jobs = catalog(a="", b="b elsewhere", c="a", d="", e="c a")
    arrows = jobs.arrows(stages)
    assert arrows == expected
    assert list(arrows) == list(expected)


@pytest.mark.parametrize(
    ("stages", "sentence"),
    [
        pytest.param(
            {"s": ["postions_daily"]},
            "there is no job 'postions_daily' in jobs/catalog.json: did you mean positions_daily?",
            id="a typing error",
        ),
        pytest.param(
            {"s": ["xyz"]}, "there is no job 'xyz' in jobs/catalog.json: there are a, b, positions_daily", id="unknown"
        ),
        pytest.param({"s": ["a"], "t": ["a"]}, "job a is in the stages s and t: leave it in one", id="twice"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(stages, sentence):
    jobs = catalog(a="b", b="", positions_daily="")
    with pytest.raises(CatalogError) as caught:
        jobs.arrows(stages)
    assert str(caught.value) == sentence


def test_stages_that_need_each_other_are_refused_with_the_circle():
    jobs = catalog(a="d", b="", c="b", d="c")
    with pytest.raises(CatalogError, match=r"(s needs t needs s|t needs s needs t); move a job"):
        jobs.arrows({"s": ["a", "b"], "t": ["c", "d"]})


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
    assert Catalog.read() == Catalog(
        {"a": Job("a", "gold.a", frozenset({"silver.b"}))}, {"ledger": ("ingestion", "ledger")}
    )
