"""Finds all errors in a lab's folder, and suggests improvements."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from checks.path_state import beginning
from runner.authoring.lint import (
    answers,
    changing_checks,
    characters,
    endless,
    idle_checks,
    metrics_server_rule,
    missing_pictures,
    object_checks,
    other_labs,
    texts,
    to_do,
    traffic_rules,
    unpinned_images,
    unquoted_variables,
    unsafe_commands,
    unused_files,
    wide_diagrams,
)
from runner.authoring.lint.lint_context import Advice, Draft, Rule
from runner.labs.lab_files import read_text
from runner.labs.lab_problems import Problem, nearest
from runner.labs.load import FILE, load, shown
from runner.labs.model import LabFile
from runner.labs.shape import Shaper, TextAt
from runner.labs.source import read_nodes
from runner.labs.yaml_nodes import Node, locate
from runner.words import phrase

MOST_READ = 1024 * 1024
"""Bytes of a file of the lab's own in which words for lint are looked for."""

RULES: Mapping[str, Rule] = {
    rule.__name__.replace("_", "-"): rule
    for rule in (
        idle_checks.check_cannot_fail,
        idle_checks.step_without_check,
        idle_checks.nothing_new,
        idle_checks.absent_from_the_start,
        idle_checks.looks_at_output,
        idle_checks.matches_without_title,
        changing_checks.check_changes_cluster,
        changing_checks.check_changes_container,
        object_checks.unknown_kind,
        object_checks.zero_left_out,
        texts.missing_language,
        texts.not_translated,
        texts.repeated_hint,
        texts.hint_says_nothing,
        to_do.to_do,
        answers.answer_in_text,
        unpinned_images.unpinned_image,
        unpinned_images.unpinned_download,
        unsafe_commands.unquoted_variable,
        unquoted_variables.unsafe_variable,
        endless.endless_command,
        characters.odd_characters,
        unsafe_commands.no_timeout,
        unsafe_commands.asks_in_vain,
        unsafe_commands.empty_solution,
        missing_pictures.missing_picture,
        wide_diagrams.wide_diagram,
        unused_files.stray_file,
        other_labs.after_no_lab,
        other_labs.practice_version,
        metrics_server_rule.no_metrics_server,
        traffic_rules.traffic_without_answers,
        traffic_rules.too_few_requests,
    )
}
"""Every rule by the name that its advice carries, and by which a comment in the lab can switch it off."""

ERRORS = frozenset({"after-no-lab", "traffic-without-answers"})
"""Rules that are errors rather than advice: the lab can't work as declared."""

_ALLOW = re.compile(r"#\s*lint:\s*allow\s+([-a-z0-9, ]+)")


def lint(folder: Path) -> list[Problem]:
    """What could be better, in the order of the lines. Raises LabErrors if the lab can't be read at all.

    `# lint: allow RULE` at the end of a line, or alone on the line above, keeps a rule quiet there.
    """
    lab = load(folder)
    file = shown(folder) / FILE
    problems: list[Problem] = []
    written = read_text(folder / FILE, folder, file, problems) or ""
    root = read_nodes(written, file, problems)
    assert root is not None and not problems, "it was loaded just now"
    draft = Draft(lab, folder, _texts(root, file), root, written)
    found = [_placed(name, advice, root, file) for name, rule in RULES.items() for advice in rule(draft)]
    found = _not_allowed(found, {file: written})
    found += _unknown_names(written, file)
    return sorted(found, key=lambda each: (str(each.file), each.line or 0, each.col or 0, each.rule))


def _not_allowed(found: list[Problem], known: dict[Path, str]) -> list[Problem]:
    """Without findings that comments in the files suppress; `known` are texts of files that were read."""
    allowed: dict[Path, dict[int, set[str]]] = {}
    for problem in found:
        file = problem.file
        if file not in allowed:
            text = known.get(file)
            allowed[file] = _allowed(_content(file) if text is None else text)
    return [each for each in found if each.rule not in allowed[each.file].get(each.line or 0, ())]


def _content(file: Path) -> str:
    try:
        if file.suffix in (".yaml", ".yml", ".sh"):
            return beginning(file, MOST_READ).decode(errors="replace")
    except OSError:
        pass
    return ""


def _texts(root: Node, file: Path) -> tuple[TextAt, ...]:
    shaper = Shaper(file, [], {}, {})
    shaper.model(root, LabFile)
    return tuple(shaper.texts)


def _placed(name: str, advice: Advice, root: Node, file: Path) -> Problem:
    if advice.file is not None:
        return Problem(shown(advice.file), advice.line, None, advice.message, advice.hint, name)
    place = locate(root, advice.path)
    return Problem(file, place.line, place.col, advice.message, advice.hint, name)


def _comments(written: str) -> Iterator[tuple[int, bool, list[str]]]:
    """The line, whether the comment stands alone on it, and the rules that it names."""
    for number, line in enumerate(written.splitlines(), start=1):
        match = _ALLOW.search(line)
        if match:
            yield number, not line[: match.start()].strip(), re.split(r"[,\s]+", match[1].strip())


def _allowed(written: str) -> dict[int, set[str]]:
    """The suppressed rules by line."""
    found: dict[int, set[str]] = {}
    for number, alone, names in _comments(written):
        found.setdefault(number + 1 if alone else number, set()).update(names)
    return found


def _unknown_names(written: str, file: Path) -> Iterator[Problem]:
    for number, _, names in _comments(written):
        for name in names:
            if name not in RULES:
                message = phrase("unknown rule: {name}", name=name)
                yield Problem(file, number, 1, message, nearest(name, RULES), "unknown-rule")
