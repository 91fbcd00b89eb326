"""Somebody who writes a lab: the preview on a practice cluster in this process, and the files to save."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from runner.practice.cluster import PracticeCluster
from runner.tui.preview_app import PreviewApp
from runner.tui.screens.preview_screen import PreviewScreen
from tests.tui.learning import SMALL, WIDE, Learner, Outside


class Author(Learner):
    """Sees what a learner sees, and saves files."""

    folder: Path

    @property
    def screen(self) -> PreviewScreen:
        assert isinstance(self.app.screen, PreviewScreen), self.app.screen
        return self.app.screen

    def saves(self, before: str, after: str, file: str = "lab.yaml") -> None:
        """Replace words of a file, and save it."""
        save(self.folder / file, before, after)


@asynccontextmanager
async def writing(
    tmp_path: Path,
    size: tuple[int, int] = WIDE,
    *,
    language: str = "en",
    step: str = "",
    values: Mapping[str, str] | None = None,
    edits: Mapping[str, str] | None = None,
    opens: bool = True,
) -> AsyncIterator[Author]:
    """At the preview of a copy of the small lab, with `edits` made to it. `opens`: it can be read from the start."""
    folder = tmp_path / "small"
    shutil.copytree(SMALL, folder)
    for before, after in (edits or {}).items():
        save(folder / "lab.yaml", before, after)
    async with PracticeCluster("test", "1.32", folder=tmp_path / "state", speed=50) as practice:
        outside = Outside(practice, practice.kubeconfig(tmp_path / "kubeconfig"))
        app = PreviewApp(folder, values or {}, lambda _: outside.place, step=step, language=language)
        async with app.run_test(size=size) as pilot:
            author = Author(app, pilot, outside)
            author.folder = folder
            try:
                if opens:
                    await author.until(lambda: isinstance(app.screen, PreviewScreen))
                    await author.prompt()
                yield author
            finally:
                await app.close_lab()


def save(path: Path, before: str, after: str) -> None:
    """Replace words of a file, as an editor does that puts a new file in the old one's place."""
    text = path.read_text(encoding="utf-8")
    assert before in text
    new = path.with_name(f".{path.name}.new")
    new.write_text(text.replace(before, after), encoding="utf-8")
    new.replace(path)
