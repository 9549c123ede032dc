"""Only evaluation reads what the simulator meant: nothing that computes may even name it.

The simulator writes it, and the demo passes its path on.
"""

import pytest

from tests.contract.source import PACKAGES, Module, modules, words

MAY_NAME_IT = ("evaluation/", "ingestion/simulator/", "infra/demo")


def names_the_truth(module: Module) -> bool:
    """Whether a module that may not does name the truth, in code or in a text."""
    return not module.path.startswith(MAY_NAME_IT) and "truth" in words(module.tree)


def test_nothing_but_evaluation_reads_the_truth() -> None:
    found = [module.path for module in modules(*PACKAGES) if names_the_truth(module)]
    assert not found, "these name the truth: " + ", ".join(found)


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        pytest.param("jobs/churn/x.py", "path = root / 'truth' / 'leavers.json'", True, id="a path"),
        pytest.param("jobs/churn/x.py", "from ingestion.simulator.truth import read", True, id="an import"),
        pytest.param("lake/settings.py", "class Settings:\n    truth_root: str", True, id="a setting"),
        pytest.param(
            "jobs/churn/x.py", "def f():\n    'The truth is elsewhere.'\n    return 1", False, id="prose"
        ),
        pytest.param("jobs/churn/x.py", "truthful = 1", False, id="another word"),
        pytest.param("evaluation/churn.py", "truth = read()", False, id="evaluation"),
        pytest.param("ingestion/simulator/play.py", "truth.write()", False, id="the simulator"),
        pytest.param("ingestion/publish.py", "truth.write()", True, id="beside the simulator"),
        pytest.param("infra/demo.py", "simulate(truth_root)", False, id="the demo"),
    ],
)
def test_the_rule_itself(path: str, text: str, expected: bool) -> None:
    assert names_the_truth(Module.of(path, text)) is expected
