"""Questions to the consoles of a cluster (Prometheus, Jaeger, Tempo, Zipkin), asked over their HTTP interfaces."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from checks.base import CannotRead, Finding, Verdict, World
from checks.diagnosis.endpoint_causes import nobody_behind
from checks.http import NOT_READY_YET, Page, fetch, unservable
from checks.patterns import excerpt
from checks.phrase import Phrase, phrase

TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class Unanswered:
    """There is no answer to judge: why, and whether waiting may help."""

    verdict: Verdict
    found: Phrase


async def ask(world: World, at: Page, path: str, query: dict[str, str]) -> Any | Unanswered:
    """The JSON that the console answers. Raises CannotRead if the cluster can't be read, or the answer is too long."""
    if wrong := await unservable(at, world):
        return Unanswered(Verdict.FAILED, wrong)
    try:
        reply = await fetch(_below(at, f"{path}?{urlencode(query)}"), world, TIMEOUT)
    except CannotRead as error:
        if error.reason not in ("unreachable", "timeout"):
            raise
        return Unanswered(Verdict.PENDING, error.message)
    if reply.cut:
        raise CannotRead("limit", phrase("The answer is longer than the check reads: {url}", url=reply.url))
    if reply.status != 200:
        verdict = Verdict.PENDING if reply.status in NOT_READY_YET else Verdict.FAILED
        words = excerpt(reply.body, 200) or phrase("nothing")
        found = phrase("status {status} from {url}: {body}", status=reply.status, url=reply.url, body=words)
        return Unanswered(verdict, found)
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError):
        message = phrase("What answers is not the interface that the check asks: {url}", url=reply.url)
        return Unanswered(Verdict.FAILED, message)


async def why_unanswered(world: World, at: Page) -> tuple[Finding, ...]:
    """Why nobody answers behind the console's Service."""
    if at.service is None or await unservable(at, world):
        return ()
    service = await world.cluster.get("v1", "Service", at.service, at.namespace)
    return await nobody_behind(world, service) if service is not None else ()


def _below(at: Page, path: str) -> Page:
    if at.url is not None:
        return at.model_copy(update={"url": at.url.rstrip("/") + path})
    return at.model_copy(update={"path": at.path.rstrip("/") + path})
