"""The repository's Python, read and not run: which modules there are, what they import, which words they use."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("schemas", "lake", "ingestion", "models", "jobs", "dags", "infra", "evaluation")


@dataclass(frozen=True)
class Module:
    """One file: its path in the checkout, with slashes, and its syntax tree."""

    path: str
    tree: ast.Module

    @staticmethod
    def of(path: str, text: str) -> Module:
        return Module(path, ast.parse(text, path))

    @property
    def package(self) -> str:
        return self.path.split("/")[0]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its folders and, last, its own."""
        return tuple(self.path.removesuffix(".py").split("/"))


def modules(*folders: str) -> list[Module]:
    """The modules under some folders of the checkout; a folder that does not exist yet has none."""
    paths = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return [Module.of(path.relative_to(ROOT).as_posix(), path.read_text()) for path in paths]


def imports(tree: ast.AST) -> set[str]:
    """The dotted names of all that is imported anywhere in a tree, in functions and by `import_module` too."""
    return {name for node in ast.walk(tree) for name in _imported(node)}


def imports_when_loaded(tree: ast.Module) -> set[str]:
    """The dotted names of what a module imports as soon as it is imported itself."""
    found: set[str] = set()
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        found.update(_imported(node))
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))
    return found


def words(tree: ast.AST) -> set[str]:
    """The words of all identifiers, imports and texts in a tree, docstrings apart: `truth_root` has `truth` and `root`."""
    prose = {id(text) for node in ast.walk(tree) for text in _docstrings(node)}
    texts = (text for node in ast.walk(tree) if id(node) not in prose for text in _texts(node))
    return {word for text in texts for word in re.findall(r"[a-z]+", text.lower())}


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module is not None:
        yield node.module
    elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called in ("import_module", "__import__"):
            yield str(node.args[0].value)


def _docstrings(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        yield from (line.value for line in node.body[:1] if isinstance(line, ast.Expr))


def _texts(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.Name(id=text) | ast.Attribute(attr=text) | ast.arg(arg=text) | ast.keyword(arg=str(text)):
            yield text
        case ast.FunctionDef(name=text) | ast.AsyncFunctionDef(name=text) | ast.ClassDef(name=text):
            yield text
        case ast.alias(name=text):
            yield text
        case ast.ImportFrom(module=str(text)):
            yield text
