"""What there is to read in a step: its text, the hints shown so far, the solution, and what was learnt."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Markdown

from runner.labs.model import Step
from runner.tui.spoken import Spoken
from runner.words import Phrase, phrase


class Reading(Spoken, Vertical):
    DEFAULT_CSS = """
    Reading { height: auto; }
    Reading Markdown { padding: 0; margin: 0; background: transparent; }
    Reading MarkdownH2 { margin: 0 0 1 0; text-style: bold; color: $primary; }
    Reading MarkdownH3, Reading MarkdownH4 { margin: 1 0 0 0; text-style: bold; }
    Reading MarkdownFence { margin: 0 0 1 0; background: $surface; color: $foreground; }
    Reading MarkdownFence > Label { padding: 0 1; width: 100%; }
    Reading #help { display: none; border-left: thick $accent; padding: 0 1; margin-bottom: 1; }
    Reading #learnt { display: none; border-left: thick $success; padding: 0 1; margin-bottom: 1; }
    """

    class Link(Message):
        """A link was clicked."""

        def __init__(self, url: str) -> None:
            super().__init__()
            self.url = url

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._step: Step | None = None
        self._hints, self._solution, self._learnt = 0, "", False
        self._drawn: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        yield Markdown(id="page", open_links=False)
        yield Markdown(id="help", open_links=False)
        yield Markdown(id="learnt", open_links=False)

    def show(self, step: Step, hints: int, solution: str, learnt: bool) -> None:
        """`hints`: how many are shown. `solution`: "", "shown" or "typed". `learnt`: the step is done."""
        self._step, self._hints, self._solution, self._learnt = step, hints, solution, learnt
        self.respeak()

    def respeak(self) -> None:
        step = self._step
        if step is None:
            return
        self._put("page", f"## {self.text(step.title)}\n\n{self.text(step.text)}")
        self._put("help", self._help(step))
        learnt = self.text(step.learnt) if self._learnt and step.learnt else ""
        self._put("learnt", f"**✓ {self.say(phrase('Learnt'))}** {learnt}" if learnt else "")

    def _help(self, step: Step) -> str:
        parts = [
            f"**{self.say(self._numbered(number, len(step.hints)))}** {self.text(hint)}"
            for number, hint in enumerate(step.hints[: self._hints], 1)
        ]
        if self._solution:
            commands = step.run if step.solution is None else step.solution
            lines = "\n".join(command.command for command in commands)
            parts.append(f"**{self.say(phrase('Solution'))}**\n\n```\n{lines}\n```")
        return "\n\n".join(parts)

    def _numbered(self, number: int, of: int) -> Phrase:
        return phrase("Hint {number} of {of}:", number=number, of=of)

    def _put(self, part: str, words: str) -> None:
        """Only what changed is drawn anew."""
        if self._drawn.get(part) != words:
            self._drawn[part] = words
            page = self.query_one(f"#{part}", Markdown)
            page.display = bool(words)
            page.update(words)

    def on_markdown_link_clicked(self, event: Markdown.LinkClicked) -> None:
        event.stop()
        self.post_message(self.Link(event.href))
