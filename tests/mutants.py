"""Do the tests notice? `make mutants` changes the source in one small place at a time and runs the tests that reach it.

    python -m tests.mutants                      # the functions that differ from main, committed or not, and new files
    python -m tests.mutants checks/pods.py       # a file
    python -m tests.mutants checks               # a package: 2,300 changes, at about one a second

On main itself, where nothing differs, it is the last commit. Every run asks anew.

mutmut makes the changes, keeps them in mutants/ and finds out which tests reach which function. It does not change what
has a decorator (but for classmethod and staticmethod), nor what is evaluated when a module is imported. Of its changes
those to the logic are made: comparisons, `and`/`or`/`not`, `in`/`is`, numbers, booleans, arithmetic, the branches of a
conditional expression, the cases of a match. Not those to texts and arguments: words have tests of their own, and mypy
notices most wrong arguments.

Changes that change nothing are in tests/mutants.md, each with the reason. Ends with 1 where less than 90 % of an area's
changes are noticed.
"""

from __future__ import annotations

import ast
import fnmatch
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mutmut import __main__ as mutmut_run
from mutmut import configuration
from mutmut.mutation import mutators
from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code

_ATTEMPT = (
    "tests/session/test_reducer.py",
    "tests/session/test_attempt_times.py",
    "tests/session/test_attempt_view.py",
)
AREAS = {
    "checks": ("tests/checks",),
    "runner/labs": ("tests/labs",),
    "runner/practice/machinery/patch": (
        "tests/practice/core/test_patches.py",
        "tests/practice/core/test_patch_rules.py",
        "tests/practice/core/test_owned_fields.py",
        "tests/practice/core/test_managed.py",
    ),
    "runner/practice/machinery/list_selectors.py": ("tests/practice/core/test_selectors.py",),
    "runner/session/score.py": ("tests/session/test_attempt_view.py",),
    "runner/session/reducer.py": _ATTEMPT,
    "runner/session/attempt_state.py": _ATTEMPT,
    "runner/session/attempt_view.py": ("tests/session/test_attempt_view.py",),
}
"""What is measured, and the tests that should notice."""
TOO_SLOW = ("tests/checks/test_expressions.py::test_a_bomb_is_told_and_no_failure",)
"""Two million steps, each of them counted by mutmut."""
TIMEOUT = 150.0
"""Seconds of a change's tests, and fifteen times what they take without it: beyond that it is noticed. Seconds of the clock,
and on a machine that has other work to do little happens in one of them."""
WANTED = 0.9
LEFT_OUT = {"operator_string", "operator_arg_removal", "operator_dict_arguments", "operator_assignment",
            "operator_augmented_assignment", "operator_symmetric_string_methods_swap",
            "operator_unsymmetrical_string_methods_swap", "operator_lambda"}  # fmt: skip
EQUAL = Path(__file__).with_suffix(".md")
NOTICED = ("killed", "timeout", "caught by type check", "segfault")


@dataclass(slots=True)
class Tally:
    """What became of an area's changes."""

    noticed: int = 0
    equal: int = 0
    unnoticed: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        judged = self.noticed + len(self.unnoticed)
        return self.noticed / judged if judged else 1.0


def main(arguments: Sequence[str]) -> int:
    files = [file for path in arguments for file in _files(Path(path))] or _changed()
    names = [f"{_module(file)}.*" for file in files] if arguments else sorted(_functions(files))
    touched = {area for area in AREAS if any(_is_in(file, area) for file in files)}
    if not touched or not names:
        print("nothing that is measured differs:", ", ".join(AREAS))
        return 0
    _configure(files, [test for area in touched for test in AREAS[area]])
    shutil.rmtree("mutants", ignore_errors=True)  # which tests reach what was asked of that run's files alone
    try:
        mutmut_run._run(names, int(os.environ.get("MUTANTS_AT_ONCE", "2")))
    except SystemExit as stopped:  # tests fail as it is, or none of these functions can be changed
        return int(stopped.code or 0)
    return _report(files, names)


def _files(path: Path) -> list[str]:
    found = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return [str(file) for file in found if any(_is_in(str(file), area) for area in AREAS)]


def _is_in(file: str, area: str) -> bool:
    return file == area or file.startswith(f"{area}/")


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout


def _base() -> str:
    """What the change is compared with."""
    base = _git("merge-base", "main", "HEAD").strip()
    same = base == _git("rev-parse", "HEAD").strip()
    return "HEAD~" if same and not _git("diff", "HEAD") and not _new() else base


def _changed() -> list[str]:
    """Files that differ, committed or not; also those that git does not know yet."""
    differ = _git("diff", "--name-only", "--diff-filter=d", _base(), "--", "*.py").split()
    return [file for file in sorted({*differ, *_new()}) if any(_is_in(file, area) for area in AREAS)]


def _new() -> list[str]:
    return _git("ls-files", "--others", "--exclude-standard", "--", "*.py").split()


def _module(file: str) -> str:
    """As mutmut calls it."""
    return file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")


def _changed_lines(file: str) -> set[int]:
    """Those that are new, and the one before lines that are gone."""
    changes = _git("diff", "-U0", _base(), "--", file)
    return {
        line
        for begin, count in re.findall(r"^@@ \S+ \+(\d+)(?:,(\d+))? @@", changes, re.MULTILINE)
        for line in range(int(begin), int(begin) + max(int(count or "1"), 1))
    }


def _functions(files: Sequence[str]) -> Iterator[str]:
    """mutmut's names of the mutants of functions that have a changed line."""
    new = set(_new())
    for file in files:
        if file in new:
            yield f"{_module(file)}.*"
            continue
        lines = _changed_lines(file)
        for name, node in _defined(ast.parse(Path(file).read_text())):
            if lines & set(range(node.lineno, (node.end_lineno or node.lineno) + 1)):
                yield f"{_module(file)}.{name}__mutmut_*"


def _defined(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"x_{node.name}", node
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield f"xǁ{node.name}ǁ{inner.name}", inner


def _configure(files: Sequence[str], tests: Sequence[str]) -> None:
    mutators.mutation_operators[:] = [  # type: ignore[index]
        (node, operator)
        for node, operator in mutators.mutation_operators
        if operator.__name__ not in LEFT_OUT
    ]
    made = configuration.config()
    made.only_mutate = list(files)
    made.process_isolation = (
        configuration.ProcessIsolation.FORKSERVER
    )  # no cache of another run answers a change
    made.timeout_constant = TIMEOUT / made.timeout_multiplier
    made.pytest_add_cli_args = [
        "-p",
        "no:cacheprovider",
        "-o",
        "timeout=900",
        *(f"--deselect={each}" for each in TOO_SLOW),
    ]
    made.pytest_add_cli_args_test_selection = sorted(set(tests))


def _report(files: Sequence[str], names: Sequence[str]) -> int:
    tallies = {area: Tally() for area in AREAS}
    equal = _equal()
    for file in files:
        data = SourceFileMutationData(path=file)
        data.load()
        tally = tallies[next(area for area in AREAS if _is_in(file, area))]
        for name, code in data.exit_code_by_key.items():
            if code is None or (names and not any(fnmatch.fnmatch(name, each) for each in names)):
                continue
            if status_by_exit_code[code] in NOTICED:
                tally.noticed += 1
                continue
            function, line = _reported(name, file)
            if (function, line) in equal:
                tally.equal += 1
            else:
                tally.unnoticed.append(f"{function} `{line}`{' (no test)' if code == 33 else ''}")
    return _print(tallies)


def _print(tallies: dict[str, Tally]) -> int:
    for tally in tallies.values():
        print(*tally.unnoticed, sep="\n", end="\n" if tally.unnoticed else "")
    for area, tally in tallies.items():
        if tally.noticed or tally.unnoticed:
            judged = tally.noticed + len(tally.unnoticed)
            print(
                f"{area}: {tally.noticed} of {judged} noticed ({tally.rate:.1%}); {tally.equal} change nothing"
            )
    return int(any(tally.rate < WANTED for tally in tallies.values()))


def _reported(name: str, file: str) -> tuple[str, str]:
    """The function, as `checks.pods.Pods.diagnose`, and the line as it was changed to."""
    function = re.sub(r"__mutmut_\d+$", "", name).replace(".x_", ".").replace(".xǁ", ".").replace("ǁ", ".")
    added = [line[1:].strip() for line in get_diff_for_mutant(name, path=Path(file)).splitlines()
             if line.startswith("+") and not line.startswith("+++")]  # fmt: skip
    return function, " ".join(added)


def _equal() -> set[tuple[str, str]]:
    """Those that tests/mutants.md lists, as "- function `line`: why"."""
    return (
        set(re.findall(r"^- (\S+) `(.+?)`: \S", EQUAL.read_text(), re.MULTILINE)) if EQUAL.exists() else set()
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
