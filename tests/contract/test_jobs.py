"""Jobs and tables: one writer a table, a writer or a topic behind every read, no cycle, a test beside every job."""

import ast
from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from typing import Any

import pytest

from schemas.catalog import TABLES
from schemas.declaration import Table
from schemas.lineage import PIPELINE_WRITERS, JobEntry
from tests.contract.source import ROOT, Module, modules

BY_NAME = {table.name: table for table in TABLES}
# What streams and the runner write, which no job does.
WRITTEN_ELSEWHERE = frozenset(
    {*PIPELINE_WRITERS, *(table.name for table in TABLES if table.event is not None)}
)


@pytest.fixture(scope="module")
def jobs() -> tuple[JobEntry, ...]:
    """The jobs of the catalog. A job's reading of its own opening is no dependency, so it is left out."""
    if not (ROOT / "jobs/catalog.py").exists():
        pytest.skip("jobs/catalog.py does not exist yet: there is no list of jobs to hold against the rules")
    from jobs.catalog import JOBS

    return tuple(
        JobEntry(
            job.name,
            job.writes.name,
            tuple(read.table.name for read in job.inputs if not _own(job, read)),
            "",
        )
        for job in JOBS
    )


def _own(job: Any, read: Any) -> bool:
    return read.table.name == job.writes.name and read.parameter == f"opening_{job.writes.short_name}"


def not_one_writer(jobs: Iterable[JobEntry], tables: Iterable[str], elsewhere: frozenset[str]) -> list[str]:
    """Tables that nobody writes, or more than one: jobs, or a stream beside a job."""
    writers = [*(job.writes for job in jobs), *elsewhere]
    return [f"{table} has {writers.count(table)} writers" for table in tables if writers.count(table) != 1]


def reads_of_nothing(jobs: Iterable[JobEntry], elsewhere: frozenset[str]) -> list[str]:
    """Reads of tables that neither a job nor a stream writes."""
    jobs = tuple(jobs)
    written = {job.writes for job in jobs} | elsewhere
    return [
        f"{job.name} reads {table}, which nobody writes"
        for job in jobs
        for table in job.reads
        if table not in written
    ]


def cycle(jobs: Iterable[JobEntry]) -> list[str]:
    """Tables that are made from each other, in a circle; empty where there is an order."""
    graph = TopologicalSorter({job.writes: job.reads for job in jobs})
    try:
        graph.prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def misplaced(module: Module, tables: dict[str, Table]) -> list[str]:
    """A module that declares a job and is not called jobs/<domain>/<table>.py, or has no test of the same path."""
    domain, name = module.names[-2:]
    fits = any(table.short_name == name and table.domain == domain for table in tables.values())
    wrong = (
        [] if fits and len(module.names) == 3 else [f"{module.path}: no table {name} in the domain {domain}"]
    )
    test = f"tests/jobs/{domain}/test_{name}.py"
    return wrong if (ROOT / test).exists() else [*wrong, f"{module.path} has no test at {test}"]


def declares_a_job(module: Module) -> bool:
    targets = [target for node in module.tree.body if isinstance(node, ast.Assign) for target in node.targets]
    targets += [node.target for node in module.tree.body if isinstance(node, ast.AnnAssign)]
    return any(isinstance(target, ast.Name) and target.id == "JOB" for target in targets)


def test_a_table_has_one_writer(jobs: tuple[JobEntry, ...]) -> None:
    found = not_one_writer(jobs, BY_NAME, WRITTEN_ELSEWHERE)
    assert not found, "\n".join(found)


def test_a_read_has_a_writer_or_a_topic(jobs: tuple[JobEntry, ...]) -> None:
    found = reads_of_nothing(jobs, WRITTEN_ELSEWHERE)
    assert not found, "\n".join(found)


def test_tables_have_an_order(jobs: tuple[JobEntry, ...]) -> None:
    assert cycle(jobs) == []


def test_a_job_is_named_for_its_table(jobs: tuple[JobEntry, ...]) -> None:
    assert {job.name: BY_NAME[job.writes].short_name for job in jobs} == {job.name: job.name for job in jobs}


def test_every_declared_job_is_in_the_catalog(jobs: tuple[JobEntry, ...]) -> None:
    declared = {module.names[-1] for module in modules("jobs") if declares_a_job(module)}
    assert declared == {job.name for job in jobs}


def test_a_job_lies_with_its_domain_and_has_a_test() -> None:
    found = [
        wrong for module in modules("jobs") if declares_a_job(module) for wrong in misplaced(module, BY_NAME)
    ]
    assert not found, "\n".join(found)


def test_streams_write_tables_that_exist() -> None:
    assert BY_NAME.keys() >= PIPELINE_WRITERS.keys()


A_FROM_B = JobEntry("a", "gold.a", ("gold.b",), "")
B_FROM_A = JobEntry("b", "gold.b", ("gold.a",), "")
B_FROM_SILVER = JobEntry("b", "gold.b", ("silver.s",), "")
SILVER = frozenset({"silver.s"})


def test_the_rule_of_one_writer() -> None:
    assert not_one_writer([A_FROM_B], ["gold.a"], frozenset()) == []
    assert not_one_writer([A_FROM_B, A_FROM_B], ["gold.a"], frozenset()) == ["gold.a has 2 writers"]
    assert not_one_writer([], ["gold.a"], frozenset()) == ["gold.a has 0 writers"]
    assert not_one_writer([A_FROM_B], ["gold.a"], frozenset({"gold.a"})) == ["gold.a has 2 writers"]


def test_the_rule_of_reads() -> None:
    assert reads_of_nothing([A_FROM_B, B_FROM_SILVER], SILVER) == []
    assert reads_of_nothing([A_FROM_B], SILVER) == ["a reads gold.b, which nobody writes"]


def test_the_rule_of_order() -> None:
    assert cycle([A_FROM_B, B_FROM_SILVER]) == []
    assert sorted(set(cycle([A_FROM_B, B_FROM_A]))) == ["gold.a", "gold.b"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("jobs/risk/fills.py", ["jobs/risk/fills.py: no table fills in the domain risk", "jobs/risk/fills.py has no test at tests/jobs/risk/test_fills.py"]),
        ("jobs/churn/scores.py", ["jobs/churn/scores.py: no table scores in the domain churn", "jobs/churn/scores.py has no test at tests/jobs/churn/test_scores.py"]),
    ],
)  # fmt: skip
def test_the_rule_of_places(path: str, expected: list[str]) -> None:
    assert misplaced(Module.of(path, "JOB = 1"), BY_NAME) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("JOB = 1", True), ("JOB: int = 1", True), ("def f():\n    JOB = 1", False)]
)
def test_what_declares_a_job(text: str, expected: bool) -> None:
    assert declares_a_job(Module.of("jobs/risk/x.py", text)) is expected
