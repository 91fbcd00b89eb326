"""Folded parts of a text: the commands that solve the step, and hints.

None of it is for the eye at once, so none of it becomes the step's text. Where a fold says that it is a solution (or a hint),
it is one; where it says nothing, its commands count as a solution on a page whose text runs none. Of several ways to the same
end the first is taken: the others stay in the hint.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from runner.authoring.imports import code_blocks as fences
from runner.authoring.imports.acting import Acting, shown_as_run
from runner.authoring.imports.logical import Logical
from runner.authoring.imports.markup import Action, Page, Part, joined
from runner.authoring.imports.pieces import Fold
from runner.authoring.imports.placeholders import ReportNote
from runner.authoring.imports.transcript import signs
from runner.authoring.imports.written_files import write_command
from runner.authoring.lab_draft import DraftCommand
from runner.words import phrase

_OTHER_WAY = re.compile(
    r"\balternativ\w*|\b(?:option|method|way|approach|variante?|opci[oó]n|m[eé]todo)\s*(?:#\s*)?(?:[2-9]|two|three|b|c)\b|^\W*or\b"
    r"|\b(?:another|other|second|third)\s+(?:way|option|method|approach)\b|\bdeclarative|(?:방법|방식|옵션|풀이)\s*(?:[2-9]|둘)|다른\s*방법|또는|대안",
    re.IGNORECASE,
)
_WAY = re.compile(
    r"imperative|declarative|ya?ml|manifest|\b(?:option|method|way|approach|variante?)\b|alternativ|명령형|선언형|매니페스트|방법|방식",
    re.IGNORECASE,
)
_HEADING = re.compile(r"^\s*(?:#{1,6}\s|\*\*[^*]+\*\*\s*:?\s*$)")
_NO_TASK = re.compile(
    r"\b(?:problem|question|task|statement|setup|set up|prepar|prerequisit|output|expected)\w*|문제|과제|준비|출력",
    re.IGNORECASE,
)
_LOOKS = re.compile(
    r"^\s*(?:sudo\s+)?(?:(?:kubectl|k)\s+(?:\S+\s+)*?(?:get|describe|logs|explain|top|version|api-resources|cluster-info|auth\s+can-i|config\s+view)\b"
    r"|(?:ls|cat|echo|pwd|grep|head|tail|which|curl|watch|man)\b(?![^|]*>)|\S+\s+(?:--help|-h)\b)"
)


@dataclass(slots=True)
class Opened:
    """The result: `run` solves the step, `alias`: it calls kubectl `k`."""

    run: list[DraftCommand] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    alias: bool = False


@dataclass(slots=True)
class _Way:
    """A part of a fold whose code may be run: `other`, where it is a further way to the same end."""

    part: Part
    actions: list[Action]
    other: bool


def opened(page: Page, report: ReportNote, before: Acting | None = None) -> Opened:
    """What the page folds away; `before` knows the files that its own commands wrote."""
    found, chosen = Opened(), _chosen(page)
    ways = {id(way.part): way for _, parts in page.folds for way in _ways(parts)}
    acting = Acting(report, files=set(before.files) if before else set())
    acting.take(_sequence(page, ways, chosen))
    found.run, found.alias = acting.run, acting.alias
    solving = {id(each) for each in acting.used} if found.run else set()
    for fold, parts in page.folds:
        whole = {
            id(part) for part in parts if any(id(each) in acting.whole for each in ways[id(part)].actions)
        }
        hint = _hint(
            fold,
            parts,
            {id(part) for part in parts if id(part) in whole and _all_of_it(part, ways[id(part)])},
        )
        found.hints += [hint] if hint else []
        run = [each for part in parts for each in ways[id(part)].actions if id(each) in solving]
        _report(fold, parts, report, run=run, hint=len(found.hints) if hint else 0)
        for part in parts:
            way = ways[id(part)]
            if way.other and id(part) in chosen and any(each.executed for each in way.actions):
                title = part.fold.summary if part.fold else ""
                what = phrase("an alternative solution, kept in the hint only: {title}", title=title or "…")
                report(part.line, what, None)
    return found


def solves(page: Page) -> bool:
    """Whether something that is folded away solves the step."""
    return bool(_chosen(page))


def _all_of_it(part: Part, way: _Way) -> bool:
    """Whether the commands are all that the part says, but for comments: then the solution has it."""
    if part.file is not None:
        return True
    if not part.code or not part.code[0].block:
        return False
    if not way.actions[0].executed:
        return True  # a file's content
    kept = {line.strip() for each in _commands(way.actions[0]) for line in each.text.split("\n")}
    others = [line.strip() for line in part.code[0].text.split("\n") if line.strip() not in kept]
    return all(not line or line.startswith("#") for line in others)


def _report(
    fold: Fold, parts: Sequence[Part], report: ReportNote, *, run: Sequence[Action], hint: int
) -> None:
    summaries = dict.fromkeys(part.fold.summary for part in parts if part.fold and part.fold.summary)
    title = " / ".join(summaries) or "…"
    if run and hint:
        what = phrase(
            "a collapsed solution ({title}): its commands became the step's solution, its text "
            "became hint {number}",
            title=title,
            number=hint,
        )
    elif run:
        what = phrase("a collapsed solution ({title}): its commands became the step's solution", title=title)
    elif hint:
        what = phrase("collapsed text ({title}): it became hint {number}", title=title, number=hint)
    else:
        what = phrase("collapsed text ({title}): it is empty", title=title)
    report(run[0].line if run else fold.line, what, None)


def _hint(fold: Fold, parts: Sequence[Part], whole: set[int]) -> str:
    """The hint from a fold: all of it except the commands in the solution, of which only comments are kept."""
    output = []
    for part in parts:
        if id(part) in whole:
            commands = bool(part.code) and bool(_commands(part.code[0]))
            output.append(_comments(part.code[0]) if commands else "")
        else:
            output.append(part.markdown)
    text = joined(output)
    if not re.search(r"\w", text):
        return ""
    title = " ".join(fold.summary.replace("**", "").replace("<b>", "").replace("</b>", "").split())
    return f"**{title}**\n\n{text}" if title and fold.kind == "aside" else text


def _comments(action: Action) -> str:
    """The comments of commands, as a list."""
    found = [
        line.strip().lstrip("#").strip()
        for line in action.text.split("\n")
        if line.lstrip().startswith("#") and not line.lstrip().startswith("#!")
    ]
    return "\n" + "\n".join(f"- {each}" for each in found if each) + "\n" if any(found) else ""


def _chosen(page: Page) -> set[int]:
    """The parts whose code solves the step (their ids)."""
    by_kind: dict[str, list[tuple[Fold, Part]]] = {"solution": [], "aside": [], "hint": []}
    for fold, parts in page.folds:
        for part in parts:
            if part.fold is not None:
                by_kind[part.fold.kind].append((fold, part))
    if any(_does(part) for _, part in by_kind["solution"]):
        return {id(part) for _, part in by_kind["solution"]}
    if page.executed:
        return set()
    for kind in ("aside", "hint"):
        of_kind = [(fold, part) for fold, part in by_kind[kind] if not _NO_TASK.search(fold.summary)]
        if any(_changes(part) for _, part in of_kind):
            return {id(part) for _, part in of_kind}
    return set()


def _does(part: Part) -> bool:
    return bool(part.file) or any(_run_of(part, alone=True))


def _changes(part: Part) -> bool:
    return bool(part.file) or any(
        not _LOOKS.search(each.text) for action in _run_of(part, alone=False) for each in _commands(action)
    )


def looks(command: str) -> bool:
    """Whether a command changes nothing."""
    return _LOOKS.search(command) is not None


def _commands(action: Action) -> list[Logical]:
    return fences.commands_of(action.info or "bash", action.text, action.line)


def _run_of(part: Part, *, alone: bool) -> Iterator[Action]:
    """The code of a part that has commands: what a click runs, blocks of a shell, and a sentence that is nothing but one."""
    for action in part.code:
        if (
            action.executed
            or (action.block and any(fences.runnable(each.text) for each in _commands(action)))
            or (alone and not action.block and _stands_alone(part, action))
        ):
            yield shown_as_run(action)


def _stands_alone(part: Part, action: Action) -> bool:
    """Whether code within prose has a line of its own and begins with a program that is known."""
    lines = [line.strip().lstrip("-*0123456789. ").strip("`").strip() for line in part.markdown.split("\n")]
    return (
        signs.starts_a_program(action.text)
        and action.text.strip() in lines
        and "\n" not in action.text.strip()
    )


def _ways(parts: Sequence[Part]) -> Iterator[_Way]:
    """The code of the parts of a fold, and whether words before it say that it is another way."""
    other, ways_seen = False, False
    first_way: Fold | None = None
    for part in parts:
        actions = list(_run_of(part, alone=True)) or [each for each in part.code if each.block]
        runs = any(each.executed for each in actions)
        if not part.code or not any(each.block for each in part.code):
            other = _is_other(part, other)
        named = (
            part.fold
            if part.fold is not None and part.fold.within is not None and _WAY.search(part.fold.summary)
            else None
        )
        if named is not None and runs and first_way is None:
            first_way = named
        elsewhere = named is not None and first_way is not None and named is not first_way
        ways_seen = ways_seen or runs
        yield _Way(part, actions, ways_seen and (other or elsewhere))


def _is_other(part: Part, before: bool) -> bool:
    """Whether what follows these words is another way; `before`: whether what was before them is one."""
    lines = [line for line in part.markdown.split("\n") if line.strip()]
    headings = [line for line in lines if _HEADING.match(line)]
    if headings:
        return bool(_OTHER_WAY.search(headings[-1])) or bool(lines and _OTHER_WAY.search(lines[-1]))
    return before or bool(lines and _OTHER_WAY.search(lines[-1]))


def _sequence(page: Page, ways: dict[int, _Way], chosen: set[int]) -> list[Action]:
    """The code that solves the step, in the order of the text."""
    found, first = list[Action](), None
    for fold, parts in page.folds:
        named = bool(_WAY.search(fold.summary))
        mine = [part for part in parts if id(part) in chosen]
        if (
            named
            and first is not None
            and any(each.executed for part in mine for each in ways[id(part)].actions)
        ):
            for part in mine:
                ways[id(part)].other = True
        for part in mine:
            way = ways[id(part)]
            if way.other:
                continue
            if part.file is not None and part.file.name:
                found.append(
                    Action(
                        write_command(part.file.name, part.file.content), part.file.line, frozenset({"exec"})
                    )
                )
            found += way.actions
            if named and any(each.executed for each in way.actions):
                first = fold
    return found
