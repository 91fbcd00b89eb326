"""What webhooks are asked, and what they answered so far.

Admission is synchronous, because the store is; a webhook takes time. So a write that needs an answer which is not there
yet breaks off with `Unanswered`; who began it fetches the answer without holding anything up, and begins it again.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any

from runner.practice.machinery.webhook_requests import WebhookAnswer, WebhookCall, post

Object = dict[str, Any]
Key = tuple[str, ...]

MOST_CALLS = 200
"""Of one write: a configuration may have many webhooks, but not without end."""


def write_key(operation: str, resource: str, meta: Object) -> Key:
    """The key under which the answers of one write are kept; `meta` is the object's metadata."""
    owners = meta.get("ownerReferences") or ()
    owner = next((each.get("uid", "") for each in owners if each.get("controller")), "")
    name = meta.get("generateName") or meta.get("name") or ""
    return operation, resource, str(meta.get("namespace") or ""), str(owner), str(name)


class Unanswered(Exception):
    """A write needs the answer of a webhook that is being asked."""

    def __init__(self, url: str, asking: asyncio.Task[None]) -> None:
        super().__init__(f"{url} has not answered yet")
        self._asking = asking

    async def fetch(self) -> None:
        """Wait until the answer is kept for the next try. Who stops waiting doesn't end it for others."""
        await asyncio.shield(self._asking)


@dataclass(slots=True)
class WebhookAnswers:
    """The webhooks' answers so far, by request."""

    known: dict[Key, WebhookAnswer] = field(default_factory=dict)
    _asking: dict[Key, asyncio.Task[None]] = field(default_factory=dict)

    def get(self, key: Key, call: WebhookCall) -> WebhookAnswer:
        """Raises Unanswered if there is no answer yet; it is asked at most once, however many tries wait for it."""
        found = self.known.get(key)
        if found is not None:
            return found
        if len(self.known) >= MOST_CALLS:
            return WebhookAnswer(problem="context deadline exceeded")
        # Begun here and not by who waits: between the two another try could have been answered and made the write.
        if key not in self._asking:
            self._asking[key] = asyncio.get_running_loop().create_task(self._ask(key, call))
        raise Unanswered(call.url, self._asking[key])

    async def _ask(self, key: Key, call: WebhookCall) -> None:
        try:
            self.known[key] = replace(await post(call), uid=call.body["request"]["uid"])
        finally:
            del self._asking[key]

    def forget(self, prefix: Key) -> None:
        """Drop the answers of a finished write, whose keys have this prefix."""
        for key in [key for key in self.known if key[: len(prefix)] == prefix]:
            del self.known[key]
