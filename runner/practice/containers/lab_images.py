"""The images that a lab brings itself, by plain data of its practice/images.yaml, and the program that stands in for them."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runner.practice.containers.container_config import Exit
from runner.practice.containers.container_image import Image
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.image_catalogue import split
from runner.practice.containers.network_messages import Request, Response
from runner.practice.containers.server_program import serve

_MARK = re.compile(r"\{\{\s*([\w.-]+)\s*\}\}")
MOST_BODY = 1024 * 1024
"""Bytes of an answer, whatever is put in for its marks."""


@dataclass(frozen=True, slots=True)
class LabAnswer:
    path: str = "/"
    method: str | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    delay: float = 0.0
    failures: float = 0.0

    def fits(self, request: Request) -> bool:
        if self.method is not None and self.method != request.method:
            return False
        return request.path == self.path or (self.path.endswith("/") and request.path.startswith(self.path))


@dataclass(frozen=True, slots=True)
class LabImage:
    """See runner/labs/practice_images.py for what the fields mean; `repository` is the name in full."""

    repository: str
    starts_in: float = 0.0
    listens: Sequence[int] = ()
    answers: Sequence[LabAnswer] = ()
    logs: Sequence[str] = ()
    unhealthy_after: float | None = None
    exits_after: float | None = None
    exit_code: int = 0
    memory: int = 16
    cpu_per_request: float = 0.001

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> LabImage:
        """Of what came from the kubelet's process."""
        return cls(**{**plain, "answers": [LabAnswer(**each) for each in plain.get("answers", ())]})

    def image(self) -> Image:
        return Image(
            names=(self.repository,),
            entrypoint=("/app",),
            programs={"/app": self._run},
            memory=self.memory * 2**20,
        )

    async def _run(self, call: Invocation) -> int:
        began = time.monotonic()
        for line in self.logs:
            await call.out(_filled(line, call, None) + "\n")
        running = asyncio.ensure_future(self._serve(call, began))
        left = None if self.exits_after is None else max(0.0, self.exits_after)
        done, _ = await asyncio.wait([running], timeout=left)
        if done:
            return running.result()
        running.cancel()
        call.container.end(Exit(self.exit_code))
        return self.exit_code

    async def _serve(self, call: Invocation, began: float) -> int:
        try:
            async with asyncio.timeout(self.starts_in):
                await call.terminated.wait()
            return 0
        except TimeoutError:
            pass
        by_path = sorted(self.answers, key=lambda answer: -len(answer.path))

        async def answer(request: Request) -> Response:
            await call.container.work(self.cpu_per_request)
            found = next((each for each in by_path if each.fits(request)), None)
            if found is None:
                return Response(404, [("Content-Type", "text/plain; charset=utf-8")], b"404 page not found\n")
            if found.delay:
                await asyncio.sleep(found.delay)
            is_unhealthy = (
                self.unhealthy_after is not None and time.monotonic() - began > self.unhealthy_after
            )
            if is_unhealthy or random.random() < found.failures:  # noqa: S311 - a share of failures, no secret
                return Response(
                    500, [("Content-Type", "text/plain; charset=utf-8")], b"Internal Server Error\n"
                )
            headers = {"Content-Type": "text/plain; charset=utf-8"} | {
                key: _filled(value, call, request).replace("\r", " ").replace("\n", " ")
                for key, value in found.headers.items()
            }
            return Response(
                found.status, [*headers.items()], _filled(found.body, call, request).encode()[:MOST_BODY]
            )

        return await serve(call, dict.fromkeys(self.listens, answer))


def _filled(text: str, call: Invocation, request: Request | None) -> str:
    """With what its marks stand for; one that stands for nothing stays."""
    pod = call.container.pod

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name.startswith("env."):
            return call.env.get(name[4:], "")
        known = {"hostname": pod.hostname, "ip": pod.config.ip}
        if request is not None:
            known |= {
                "request.path": request.path,
                "request.method": request.method,
                "request.query": request.query,
                "request.body": request.body.decode("utf-8", "replace"),
                "request.host": request.header("host"),
            }
            if name.startswith("request.headers."):
                return request.header(name.removeprefix("request.headers."))
        return known.get(name, found[0])

    return _MARK.sub(value, text)


class LabImages:
    """Those of the labs of a cluster."""

    def __init__(self) -> None:
        self._images: dict[str, Image] = {}

    def put(self, images: Sequence[LabImage]) -> None:
        self._images = {image.repository: image.image() for image in reversed(images)}

    def find(self, reference: str) -> Image | None:
        """What a lab has for an image given in full."""
        return self._images.get(split(reference)[0])
