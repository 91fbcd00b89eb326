"""What keeps the practice cluster's parts apart."""

from __future__ import annotations

import ast
import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner import practice
from runner.practice import kinds
from runner.practice.kinds import KINDS
from runner.practice.machinery.kind import Kind

ROOT = Path(practice.__file__).parent
NAMES = {kind.name for kind in KINDS} | {kind.plural for kind in KINDS} | {kind.key for kind in KINDS}


def texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, text) of every string that is not a docstring."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    notes = {
        id(statement.value)
        for node in ast.walk(tree)
        if isinstance(node, documented)
        for statement in node.body
        if isinstance(statement, ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in notes:
            yield node.lineno, node.value


def named_kinds(text: str) -> set[str]:
    """The kinds, plurals and resource keys that a text is made of: "pods", "pods/log", "deployments.apps"."""
    return {word for word in re.split(r"[/\s]", text) if word in NAMES}


@pytest.mark.parametrize("text", ["Pod", "deployments.apps", "pods/log", "namespaces"])
def test_names_of_kinds_are_found(text: str) -> None:
    assert named_kinds(text)


def test_the_machinery_names_no_kind() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text!r}"
        for path in sorted((ROOT / "machinery").rglob("*.py"))
        for line, text in texts(ast.parse(path.read_text(encoding="utf-8")))
        if named_kinds(text)
    ]
    assert not found, "a kind's own behaviour belongs to its file in practice/kinds"


def test_each_kind_has_a_file_of_its_own() -> None:
    for path in sorted((ROOT / "kinds").glob("*_kind.py")):
        module = importlib.import_module(f"{kinds.__name__}.{path.stem}")
        made = [
            target.id
            for node in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name) and isinstance(vars(module)[target.id], Kind)
        ]
        assert len(made) == 1, path.name
    assert len({kind.key for kind in KINDS}) == len(KINDS)


def test_the_fields_of_each_kind_are_in_the_table() -> None:
    table = json.loads((ROOT / "machinery" / "validation" / "fields.json").read_text(encoding="utf-8"))[
        "kinds"
    ]
    without = {
        kind.key
        for kind in KINDS
        if not any(f"{kind.api_version(version.name)}/{kind.name}" in table for version in kind.versions)
    }
    assert without == {"ingresses.extensions", "podsecuritypolicies.policy"}, "run: make schemas"


def test_no_import_within_a_function_hides_a_circle() -> None:
    """Libraries that are slow to import may come late; parts of the practice cluster may not."""
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        top = {id(node) for node in tree.body}
        found += [
            f"{path.relative_to(ROOT)}:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            and id(node) not in top
            and (node.module or "").startswith("runner.practice")
        ]
    assert not found


def test_modules_import_each_other_in_no_circle() -> None:
    modules = {
        ".".join(("runner.practice", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(
            ".__init__"
        ): path
        for path in ROOT.rglob("*.py")
    }
    imports = {name: set(_imported(path, modules)) - {name} for name, path in modules.items()}
    while free := [name for name, needed in imports.items() if not needed & imports.keys()]:
        for name in free:
            del imports[name]
    assert not imports, {name: sorted(needed & imports.keys()) for name, needed in imports.items()}


def _imported(path: Path, modules: dict[str, Path]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                if inner in modules:
                    yield inner
                elif node.module in modules:
                    yield node.module


def test_no_file_is_long() -> None:
    long = {p.name: n for p in ROOT.rglob("*.py") if (n := len(p.read_text().splitlines())) > 400}
    assert not long


OWN_STORAGE = {
    "machinery/write_pipeline.py",
    "initial_objects.py",  # what is there before anything can be written: the server's own objects
    "authorization/reconciliation.py",  # the same for its roles
    "faults/active_faults.py",  # no object of the API
}
"""Who writes to the store itself."""


def test_everything_else_is_written_through_the_pipeline() -> None:
    written = re.compile(r"\b_?store\.(create|update)\(")
    found = {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.rglob("*.py")
        if written.search(path.read_text(encoding="utf-8"))
    }
    assert found == OWN_STORAGE
