"""An object of the cluster as YAML, with the line marked that a finding rests on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content

from checks.base import ObjectRef
from runner.session.manifest import Place, manifest, place
from runner.session.seen import Seen
from runner.tui.screen_text import safe
from runner.tui.spoken import Spoken
from runner.tui.widgets.block_page import Page
from runner.tui.widgets.rows import Block, Row
from runner.words import phrase


class ObjectView(Spoken, Vertical):
    """`turn_to` an object, then `show` what is seen of it. Of one that is gone the last that was seen stays."""

    DEFAULT_CSS = """
    ObjectView #where { padding: 0 1; background: $panel; }
    ObjectView #source { height: 1fr; padding: 0 1 0 0; }
    ObjectView #source:focus { background-tint: $foreground 3%; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._about: ObjectRef | None = None
        self._field = ""
        self._seen: Seen | None = None
        self._text = ""
        self._place: Place | None = None

    def compose(self) -> ComposeResult:
        yield Page(id="where")
        with VerticalScroll(id="source"):
            yield Page(id="yaml")

    def turn_to(self, about: ObjectRef, field: str) -> None:
        """Another object, or another field of it."""
        if about != self._about:
            self._seen, self._text = None, ""
        self._about, self._field, self._place = about, field, None
        self.respeak()

    def show(self, seen: Seen) -> None:
        """The object as it is now."""
        before, self._seen = self._place, seen
        if seen.object is not None:
            self._text = manifest(seen.object)
        self._place = place(self._text, self._field or "status")
        self.respeak()
        if before is None or self._place is None or before.start != self._place.start:
            self.call_after_refresh(self._to_the_place)

    def _to_the_place(self) -> None:
        """The marked line in the middle; where an event or a log was quoted, the status at the top."""
        source, at = self.query_one("#source", VerticalScroll), self._place
        if at is None:
            source.scroll_home(animate=False)
            return
        width = self.query_one("#yaml", Page).content_size.width
        row = sum(len(row.lines(width)) for row in list(self._rows())[: at.start])
        above = source.size.height // 2 - 1 if self._field else 0
        source.scroll_to(y=max(0, row - above), animate=False)

    def respeak(self) -> None:
        self.query_one("#where", Page).show(self._head())
        self.query_one("#yaml", Page).show(self._rows())

    def _head(self) -> Iterator[Block]:
        """Which object it is, how one sees it oneself, and what is the matter with it now."""
        about, seen = self._about, self._seen
        if about is None:
            return
        yield Row(Content.styled(safe(command(about)), "bold"), Content.styled("$ ", "$foreground 50%"))
        if seen is None:
            yield _note(self.translate(phrase("Reading it…")), "$foreground 65%")
        elif seen.problem is not None:
            words = phrase("It can't be read: {why}", why=seen.problem)
            yield _note(safe(self.translate(words)), "bold $warning")
        elif seen.object is None:
            words = (
                phrase("It no longer exists. This is its last known state.")
                if self._text
                else phrase("It no longer exists.")
            )
            yield _note(self.translate(words), "bold $warning")
        elif self._field and (self._place is None or not self._place.whole):
            words = phrase("It has no such field now: {field}", field=self._field)
            yield _note(safe(self.translate(words)), "bold $warning")

    def _rows(self) -> Iterator[Row]:
        marked = self._place if self._field and self._place and self._place.whole else None
        gone = self._seen is not None and self._seen.object is None
        for number, line in enumerate(self._text.rstrip("\n").split("\n") if self._text else ()):
            here = marked is not None and marked.start <= number < marked.end
            first = marked is not None and number == marked.start
            yield _line(safe(line), here, first, gone)


def command(about: ObjectRef) -> str:
    """The kubectl command that shows the object."""
    group, _, _ = about.api_version.rpartition("/")
    kind = (
        f"{about.kind.lower()}.{group}"
        if "." in group and not group.endswith("k8s.io")
        else about.kind.lower()
    )
    namespace = f" -n {about.namespace}" if about.namespace else ""
    return f"kubectl get {kind} {about.name}{namespace} -o yaml"


_KEY = re.compile(r'(?P<indent>(?: |- )*)(?P<key>(?:"[^"]*"|[^\s:"]+):)?(?P<value>.*)', re.DOTALL)


def _line(line: str, here: bool, first: bool, gone: bool) -> Row:
    found = _KEY.fullmatch(line)
    indent, name, value = found.group("indent", "key", "value") if found else ("", "", line)
    mark = Content.styled("▸ " if first else "  ", "bold $accent")
    head = mark + Content(indent)
    rest = Content(" " * (len(indent) + 4))
    if here:
        return Row(Content.styled((name or "") + value, "bold $accent"), head, rest, "on $accent 15%")
    if gone:
        return Row(Content.styled((name or "") + value, "$foreground 50%"), head, rest)
    return Row(Content.assemble((name or "", "$primary"), (value, "$foreground 85%")), head, rest)


def _note(words: str, style: str) -> Row:
    return Row(Content.styled(words, style), Content("  "))
