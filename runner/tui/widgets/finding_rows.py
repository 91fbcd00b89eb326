"""A finding in rows: the cause, the object that shows it, the evidence quoted, and the way out with its command."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from textual.content import Content
from textual.style import Style

from checks.base import Finding
from runner.session.finding_text import Mention, read_in, remedy, whose
from runner.tui.screen_text import safe
from runner.tui.spoken import Spoken
from runner.tui.widgets.rows import Block, OneLine, Row
from runner.words import Phrase, phrase

MOST = 400
"""Characters shown of one thing in a list; all of it is on the page that explains the check."""
QUOTED = 200
"""Characters quoted in a list, so that the remedy below is still on the screen."""
_NAMES = (
    phrase("expected"),
    phrase("found"),
    phrase("cause"),
    phrase("object"),
    phrase("seen in"),
    phrase("remedy"),
    phrase("hint"),
    phrase("see"),
    phrase("compared"),
    phrase("next"),
)


def named(reader: Spoken, name: Phrase | None, words: str, style: str = "$foreground 80%") -> Row:
    """What is shown, beside its name; without one below what was shown last."""
    return Row(Content.styled(words, style), first=_name(reader, name))


def _name(reader: Spoken, name: Phrase | None) -> Content:
    widest = max(cell_len(reader.translate(each)) for each in _NAMES)
    label = reader.translate(name) if name else ""
    return Content.assemble("  ", (label, "$primary"), " " * (widest - cell_len(label) + 2))


def mention_rows(reader: Spoken, mention: Mention) -> Iterator[Block]:
    """A finding in a list of checks: whole at the first that has it, in a line at the others."""
    if mention.here:
        yield from rows(reader, mention.finding, MOST)
        return
    words = phrase("same as above: {cause}", cause=mention.finding.cause)
    first = _name(reader, phrase("cause"))
    yield OneLine(Content.styled(_line(safe(reader.translate(words))), "$foreground 65%"), first)


def rows(reader: Spoken, finding: Finding, most: int = 0) -> Iterator[Block]:
    """The whole finding; of what is longer than `most` characters the beginning."""
    yield named(reader, phrase("cause"), cut(safe(reader.translate(finding.cause)), most), "bold")
    who = whose(finding)
    if who:
        yield named(reader, phrase("object"), cut(safe(reader.translate(who)), most))
    yield from _evidence(reader, finding, most)
    words, command = remedy(finding, reader.language)
    yield named(reader, phrase("remedy"), cut(safe(words), most), "$foreground")
    if command:
        yield command_row(reader, command)


def _evidence(reader: Spoken, finding: Finding, most: int) -> Iterator[Block]:
    where = read_in(finding)
    if where:
        yield named(reader, phrase("seen in"), safe(reader.translate(where)), "$foreground 65%")
    if finding.evidence:
        indent = _name(reader, None if where else phrase("seen in"))
        for line in cut(safe(finding.evidence.rstrip("\n")), min(most, QUOTED)).split("\n"):
            yield Row(Content.styled(line, "$foreground 80%"), _bar(indent), _bar(_name(reader, None)))


def _bar(indent: Content) -> Content:
    return Content.assemble(indent, ("│ ", "$accent"))


def command_row(reader: Spoken, command: str) -> Row:
    """A command alone on its line, as it would be typed."""
    first = Content.assemble(_name(reader, None), ("$ ", "$foreground 50%"))
    return Row(Content.styled(safe(command), "bold $secondary"), first)


def offers(reader: Spoken, *what: tuple[str, str, Phrase]) -> Row:
    """What keys do with what stands above."""
    return Row(offered(reader, *what), first=_name(reader, None))


def offered(reader: Spoken, *what: tuple[str, str, Phrase]) -> Content:
    """Keys, each with what it does; each can be clicked, and bears its action's name."""
    return Content("   ").join(
        Content.assemble((sign, "bold $accent"), " ", reader.translate(words)).stylize(
            Style.from_meta({"act": action})
        )
        for sign, action, words in what
    )


def cut(words: str, most: int = MOST) -> str:
    """The words, or their beginning; all of them where `most` is 0."""
    return words if not most or len(words) <= most else words[: most - 1] + "…"


def _line(words: str) -> str:
    return " ".join(words.split())
