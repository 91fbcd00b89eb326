"""A small lab, a practice cluster in this process, and a learner who goes through the lab on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp

from runner.labs.model import Lab
from runner.practice.cluster import PracticeCluster
from runner.session.events import Event
from runner.session.lab_places import Place
from runner.session.learner_run import LearnerRun
from runner.session.visit import Visit
from runner.words import translate

TITLE = {"en": "…", "ko": "…"}


def holds(name: str, **more: Any) -> dict[str, Any]:
    """A check that the ConfigMap of this name is there."""
    return {"resource": "ConfigMap", "api": "v1", "name": name, "in": "default", **more}


def step(step_id: str, *run: str | dict[str, Any], **more: Any) -> dict[str, Any]:
    """A step that is done when the ConfigMap of its own name is there, unless `checks` say otherwise."""
    return {"id": step_id, "title": TITLE, "text": TITLE, "run": run, "checks": [holds(step_id)], **more}


QUIZ = {
    "quiz": {"en": "Which?"},
    "id": "which",
    "choices": [
        {"id": "a", "text": {"en": "A"}, "correct": True},
        {"id": "b", "text": {"en": "B"}},
    ],
}


def lab_of(folder: Path, *steps: dict[str, Any], **more: Any) -> Lab:
    """A lab of these steps."""
    return Lab.model_validate(
        {
            "id": "small",
            "folder": folder,
            "title": TITLE,
            "summary": TITLE,
            "minutes": 5,
            "level": "beginner",
            "steps": steps,
            **more,
        }
    )


class Cluster:
    """The practice cluster, changed from outside the lab."""

    def __init__(self, practice: PracticeCluster, kubeconfig: Path) -> None:
        self.practice, self.kubeconfig = practice, kubeconfig

    @property
    def place(self) -> Place:
        return Place("test", self.practice.server, self.practice.context, self.kubeconfig, False, True)

    async def _ask(self, method: str, path: str, body: object = None) -> None:
        headers = {"Authorization": f"Bearer {self.practice.token}"}
        connector = aiohttp.TCPConnector(ssl=False)
        async with (
            aiohttp.ClientSession(self.practice.server, headers=headers, connector=connector) as http,
            http.request(method, f"/api/v1/namespaces/default/configmaps{path}", json=body) as answer,
        ):
            assert answer.status < 300, await answer.text()

    async def make(self, *names: str) -> None:
        for name in names:
            await self._ask("POST", "", {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": name}})

    async def take(self, *names: str) -> None:
        for name in names:
            await self._ask("DELETE", f"/{name}")


class Learner:
    """Somebody at a lab, and what they were reported since."""

    def __init__(self, visit: Visit, run: LearnerRun) -> None:
        self.visit, self.run = visit, run
        self.reported: list[Event] = []
        self.shown = bytearray()
        self._listening = asyncio.create_task(self._listen())
        run.shell.subscribe(self.shown.extend)

    @classmethod
    async def at(cls, lab: Lab, place: Place, *, fresh: bool = False) -> Learner:
        visit = Visit(lab, place, fresh=fresh)
        return cls(visit, await visit.enter((100, 30)))

    async def _listen(self) -> None:
        async for event in self.run.events():
            self.reported.append(event)

    def heard(self, kind: type[Event], **fields: object) -> list[Event]:
        """The events of a kind, with these fields; those of a command's end, too."""

        def has(event: Event, name: str, value: object) -> bool:
            of = event if hasattr(event, name) else getattr(event, "end")  # noqa: B009
            return bool(getattr(of, name) == value)

        return [
            event
            for event in self.reported
            if type(event) is kind and all(has(event, name, value) for name, value in fields.items())
        ]

    async def hears(self, kind: type[Event], **fields: object) -> Any:
        """Wait for such an event; the first."""
        await until(lambda: self.heard(kind, **fields), lambda: [kind, fields, self.reported])
        return self.heard(kind, **fields)[0]

    async def sees(self, text: str) -> None:
        """Wait until the terminal shows it."""
        await until(lambda: text in self.shown.decode("utf-8", "replace"), lambda: bytes(self.shown))

    async def types(self, line: str) -> None:
        """Type a line at the prompt, as a person does."""
        await until(lambda: self.run.shell.ready, lambda: bytes(self.shown))
        self.run.shell.type(line.encode() + b"\r")

    async def leaves(self) -> None:
        self._listening.cancel()
        await self.visit.close()


async def until(
    what: Callable[[], object], otherwise: Callable[[], object] = str, seconds: float = 60
) -> None:
    """Poll until it is so."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while not what():
        assert loop.time() < deadline, otherwise()
        await asyncio.sleep(0.01)


def words(problem: Any) -> str:
    """What a UserError says, in English."""
    return translate(problem.value.message, "en")
