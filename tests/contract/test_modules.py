"""Names of folders and modules: none says nothing, none hides a standard one."""

import sys

import pytest

from tests.contract.source import PACKAGES, Module, modules

EMPTY_WORDS = frozenset({"utils", "util", "common", "core", "helpers", "helper", "misc"})


def misnamed(module: Module) -> list[str]:
    """What is wrong with the names in a module's path, a sentence each."""
    empty = [f"{module.path}: {name} names no idea" for name in module.names if name in EMPTY_WORDS]
    own = module.names[-2] if module.names[-1] == "__init__" else module.names[-1]
    hidden = own in sys.stdlib_module_names
    return empty + ([f"{module.path} takes the name of the standard module {own}"] if hidden else [])


def test_names_of_modules() -> None:
    found = [
        sentence for module in modules(*PACKAGES, "tests", "benchmarks") for sentence in misnamed(module)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("lake/utils.py", ["lake/utils.py: utils names no idea"]),
        ("jobs/common/sums.py", ["jobs/common/sums.py: common names no idea"]),
        ("models/statistics.py", ["models/statistics.py takes the name of the standard module statistics"]),
        (
            "infra/signal/__init__.py",
            ["infra/signal/__init__.py takes the name of the standard module signal"],
        ),
        ("infra/__main__.py", []),
        ("lake/structs.py", []),
    ],
)
def test_the_rule_itself(path: str, expected: list[str]) -> None:
    assert misnamed(Module.of(path, "")) == expected
