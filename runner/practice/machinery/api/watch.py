"""Watches: the changes since a revision, one JSON line each, until the client or its timeout ends them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator
from typing import Any

from runner.practice.machinery.api.backend import Backend
from runner.practice.machinery.api.call import Call
from runner.practice.machinery.api.output import Form, draw_object, encode
from runner.practice.machinery.api.read import check_revision, matcher
from runner.practice.machinery.errors import ApiError, Cause, bad_request, gone, invalid
from runner.practice.machinery.store import Change

Object = dict[str, Any]

WATCH_LIST_SINCE = 32
"""The minor from which a server sends the initial state in a watch (feature WatchList)."""
BOOKMARK_SECONDS = 60.0
LONGEST_QUEUE = 10_000


class Watch:
    """One client's watch. `async for line in watch` gives the encoded events."""

    def __init__(self, backend: Backend, call: Call, form: Form) -> None:
        self._backend, self._call, self._form = backend, call, form
        self._matches = matcher(call)
        self._columns_sent = False
        self._initial = call.flag("sendInitialEvents")
        if "sendInitialEvents" in call.query:
            self._check_initial_events()
        self._since = _revision(call)
        check_revision(backend, self._since)
        self._timeout = _timeout(call)
        self._bookmarks = call.flag("allowWatchBookmarks")

    def _check_initial_events(self) -> None:
        if self._backend.minor < WATCH_LIST_SINCE:
            message = "Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled"
            cause = Cause("sendInitialEvents", message, "FieldValueForbidden")
            raise invalid("ListOptions", "", [cause], "meta.k8s.io")

    async def lines(self) -> AsyncGenerator[bytes, None]:
        """Every event as a line. Ends at the timeout, when the cluster closes, or after an ERROR event."""
        queue: asyncio.Queue[Change] = asyncio.Queue(LONGEST_QUEUE)
        overflow = asyncio.Event()

        def listen(change: Change) -> None:
            if change.key.resource == self._call.resource.storage_key:
                try:
                    queue.put_nowait(change)
                except asyncio.QueueFull:
                    overflow.set()

        unsubscribe = self._backend.store.subscribe(listen)
        try:
            try:
                backlog = self._backlog()
            except ApiError as error:
                yield self._error(error)
                return
            for line in backlog:
                yield line
            async for line in self._follow(queue, overflow):
                yield line
        finally:
            unsubscribe()

    def _backlog(self) -> list[bytes]:
        """What happened before the watch began: the current state, or the changes since its revision."""
        store, call = self._backend.store, self._call
        if self._since and not self._initial:
            changes = [c for c in store.changes(self._since) if c.key.resource == call.resource.storage_key]
            return [line for change in changes if (line := self._line(change))]
        state = store.list(call.resource.storage_key, call.namespace or None)
        lines = [self._event("ADDED", obj) for obj in state if self._matches(obj)]
        if self._initial and self._bookmarks:
            lines.append(self._bookmark(initial=True))
        return lines

    async def _follow(
        self, queue: asyncio.Queue[Change], overflow: asyncio.Event
    ) -> AsyncGenerator[bytes, None]:
        loop = asyncio.get_running_loop()
        ends = loop.time() + self._timeout
        next_bookmark = loop.time() + BOOKMARK_SECONDS
        closing = asyncio.ensure_future(self._backend.closing.wait())
        getting = asyncio.ensure_future(queue.get())
        try:
            while not closing.done() and loop.time() < ends and not overflow.is_set():
                wait = max(min(ends, next_bookmark) - loop.time(), 0)
                await asyncio.wait({getting, closing}, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
                if getting.done():
                    line = self._line(getting.result())
                    getting = asyncio.ensure_future(queue.get())
                    if line:
                        yield line
                elif loop.time() >= next_bookmark:
                    next_bookmark = loop.time() + BOOKMARK_SECONDS
                    if self._bookmarks:
                        yield self._bookmark()
            if overflow.is_set():
                yield self._error(gone("too old resource version: the watch fell behind"))
            elif self._bookmarks and queue.empty() and not getting.done():
                yield self._bookmark()
        finally:
            closing.cancel()
            getting.cancel()

    def _line(self, change: Change) -> bytes | None:
        """The event of a change as this watch's selectors see it; None if it is none of theirs."""
        if self._call.namespace and change.key.namespace != self._call.namespace:
            return None
        before = change.previous is not None and self._matches(change.previous)
        if change.type == "DELETED":
            return self._event("DELETED", change.object) if before else None
        now = self._matches(change.object)
        if now:
            return self._event("MODIFIED" if before else "ADDED", change.object)
        if before and change.previous is not None:
            # It left the selection: its last state that was selected, with the revision at which it left.
            version = change.object["metadata"]["resourceVersion"]
            last = {
                **change.previous,
                "metadata": {**change.previous["metadata"], "resourceVersion": version},
            }
            return self._event("DELETED", last)
        return None

    def _event(self, kind: str, stored: Object) -> bytes:
        drawn = draw_object(self._backend, self._call, stored, self._form)
        if self._form.shape == "table":
            if self._columns_sent:
                drawn["columnDefinitions"] = None
            self._columns_sent = True
        return encode({"type": kind, "object": drawn})

    def _bookmark(self, *, initial: bool = False) -> bytes:
        meta: Object = {"resourceVersion": str(self._backend.store.revision), "creationTimestamp": None}
        if initial:
            meta["annotations"] = {"k8s.io/initial-events-end": "true"}
        call = self._call
        message: Object = {"kind": call.resource.kind, "apiVersion": call.api_version, "metadata": meta}
        if self._form.shape == "metadata":
            message |= {"kind": "PartialObjectMetadata", "apiVersion": f"meta.k8s.io/{self._form.version}"}
        if self._form.shape == "table":
            table = {"kind": "Table", "apiVersion": f"meta.k8s.io/{self._form.version}"}
            message = {**table, "metadata": meta, "columnDefinitions": None, "rows": []}
        return encode({"type": "BOOKMARK", "object": message})

    def _error(self, error: ApiError) -> bytes:
        return encode({"type": "ERROR", "object": error.status()})


def _revision(call: Call) -> int:
    text = call.query.get("resourceVersion") or "0"
    try:
        return int(text)
    except ValueError:
        cause = Cause(
            "resourceVersion", f'Invalid value: "{text}": strconv.ParseUint: parsing "{text}": invalid syntax'
        )
        raise invalid("ListOptions", "", [cause], "meta.k8s.io") from None


def _timeout(call: Call) -> float:
    """Seconds: what the client asks for, else half an hour to an hour as the real server picks."""
    text = call.query.get("timeoutSeconds", "")
    if not text:
        return random.uniform(1800, 3600)  # noqa: S311 - spreads load, hides nothing
    try:
        return float(int(text)) or random.uniform(1800, 3600)  # noqa: S311
    except ValueError:
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax') from None
