"""One list of objects, kept current by a watch."""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from checks.base import CannotRead, Object
from checks.object_fields import text_at
from runner.words import phrase
from runner.world.api_client import ApiServer
from runner.world.api_discovery import Kind, is_name
from runner.world.bodies import Reply
from runner.world.field_managers import WITH_FIELDS, reduced
from runner.world.limits import TooMuch
from runner.world.refusals import ApiError, bare, in_words, not_an_api_server, refused
from runner.world.selected_objects import Place, Selection
from runner.world.watch_timing import Pauses, Timing

log = logging.getLogger(__name__)

MOST_MESSAGE = 2000
"""Characters of an error's message."""
MOST_VERSION = 200
"""Characters of a resource version; API servers have numbers of some ten digits."""
PAGE = 500
"""Objects in one answer to a list, as kubectl asks for them."""


class Expired(Exception):
    """The resource version is too old (410): list again."""


LISTING_SHARE = 10
"""A list is not asked for again before so many times as long as it took have passed: of the server's time, a tenth at most."""

_ids = itertools.count()


class WatchedList:
    """The objects of one list, as the API server last reported them.

    `narrowed` are parameters of list and watch (a fieldSelector, say). A list of more than `most` objects is given up
    on its first page: `too_long`. `changed` is called after every change, and when what `objects` says changes to or
    from CannotRead.
    """

    def __init__(
        self,
        server: ApiServer,
        kind: Kind,
        path: str,
        timing: Timing,
        changed: Callable[[], None],
        narrowed: Mapping[str, str] | None = None,
        most: int | None = None,
    ) -> None:
        self._server, self._kind, self._path, self._timing = server, kind, path, timing
        self._changed = changed
        within = re.search(r"/namespaces/([^/]+)/", path)
        self._namespace = within[1] if within else ""
        self._only = dict(narrowed or {})
        self._most = most
        self.too_long = False
        self.id = next(_ids)  # what a token of this list can't be taken for another's by
        self._objects: dict[Place, Object] = {}
        self._version = ""
        self._read_error: CannotRead | None = None
        self._read_error_since = 0.0
        self._ever_listed = False
        self._tried = asyncio.Event()
        self._can_watch = True
        self._in_pages = True
        self._listing_took = 0.0
        self._weight = 0  # of what is known, in the server's budget
        self._followers, self._resting, self._woken = 0, False, asyncio.Event()
        self._selections: dict[str, Selection] = {}
        self._task = asyncio.get_running_loop().create_task(self._run(), name=f"watch {path}")

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._server.budget.hold(self, 0)

    async def ready(self) -> None:
        """Wait for the first list, or after the grace period for the reason why there is none.

        A list that is older than the limits allow, and is not watched, is listed again.
        """
        if self._resting:
            self._version = ""
            self._tried.clear()
            self._woken.set()
        await self._tried.wait()

    @contextmanager
    def followed(self) -> Iterator[None]:
        """While the context is open, somebody waits for a change."""
        self._followers += 1
        self._woken.set()
        try:
            yield
        finally:
            self._followers -= 1

    def objects(self) -> Mapping[Place, Object]:
        """The objects as last reported; don't change them. Raises CannotRead if they are no longer known."""
        problem = self.problem()
        if problem is not None:
            raise problem.with_traceback(None)
        return self._objects

    def selection(self, selector: str) -> Selection:
        """The objects that a label selector takes (all of them with ""), worked out once between changes."""
        return self._selections.setdefault(selector, Selection(selector))

    def problem(self) -> CannotRead | None:
        """Why the objects can't be read; None if they can."""
        if self._read_error is None:
            return None
        age = asyncio.get_running_loop().time() - self._read_error_since
        if self._ever_listed and self._read_error.reason in _PASSING and age < self._timing.grace:
            return None
        return self._read_error

    async def _run(self) -> None:
        pauses = Pauses(self._timing)
        while True:
            began = asyncio.get_running_loop().time()
            listed = False
            try:
                if not self._version:
                    await self._list()
                    self._listing_took = asyncio.get_running_loop().time() - began
                    listed = True
                if self.too_long:
                    return
                if listed:
                    await self._rest()
                if not self._version:
                    continue
                await self._watch()
            except Expired:
                self._version = ""
            except TooMuch as error:
                self._give_up(error)
                return
            except CannotRead as error:
                # The server may come back as another one, whose versions mean something else: list again.
                self._version = ""
                self._lost(error)
            except Exception as error:
                log.exception("watch of %s", self._path)
                self._version = ""
                self._lost(CannotRead("server", phrase("The watch failed: {reason}", reason=repr(error))))
            lasted = asyncio.get_running_loop().time() - began
            pause = pauses.next(self._read_error, listed=listed, lasted=lasted)
            if not self._version and listed:
                pause = max(pause, self._listing_took * LISTING_SHARE)
            await asyncio.sleep(pause)

    async def _rest(self) -> None:
        """Until what was listed is no longer good enough, and somebody reads it (no version: list) or follows it (watch)."""
        if not self._server.limits.unwatched:
            return
        await asyncio.sleep(self._server.limits.unwatched)
        self._resting = True
        while self._version and not self._followers:
            self._woken.clear()
            await self._woken.wait()
        self._resting = False

    async def _list(self) -> None:
        with in_words(self._server.access):
            async with asyncio.timeout(self._server.limits.listing):
                listed = await self._pages()
        if listed is None:
            self.too_long = True
            self._tried.set()
            return
        objects, self._version, self._weight = listed
        different = _versions(objects) != _versions(self._objects)
        if different:
            for selection in self._selections.values():
                selection.replaced(self._objects, objects)
        self._objects = objects
        self._well(different or not self._ever_listed)

    async def _pages(self) -> tuple[dict[Place, Object], str, int] | None:
        """All objects, their version and what they weigh; None if there are more than `most`."""
        objects: dict[Place, Object] = {}
        limit = {"limit": str(self._most or PAGE)} if self._in_pages else {}
        params = {**self._only, **limit}
        weight = seen = 0
        while True:
            page = await self._ask(params)
            items = page.document["items"] or []
            weight, seen = weight + page.weight, seen + max(1, len(items))
            self._bounded(weight, seen)
            for item in items:
                self._take(objects, item)
            metadata = page.document.get("metadata")
            metadata = metadata if isinstance(metadata, dict) else {}
            onward = metadata.get("continue")
            if not isinstance(onward, str) or not onward:
                return objects, str(metadata.get("resourceVersion") or "0")[:MOST_VERSION], weight
            if self._most is not None:
                return None
            params = {**self._only, **limit, "continue": onward}

    def _bounded(self, weight: int, items: int) -> None:
        """Raises TooMuch."""
        most = self._server.limits.items
        if items > most:
            raise TooMuch(
                phrase(
                    "There are more objects than the limit ({most}): {path} of {server}",
                    most=most,
                    path=self._path,
                    server=self._server.access.server,
                )
            )
        self._server.budget.hold(self, weight)

    async def _ask(self, params: Mapping[str, str]) -> Reply:
        try:
            reply = await self._server.reply(self._path, params)
        except ApiError as error:
            if (
                error.code == 410
            ):  # the pages' snapshot is gone: next time all at once, as a slow server never gets through
                self._in_pages = "continue" not in params
                raise Expired from error
            if error.code == 404:
                raise CannotRead("unknown-kind", error.message) from error
            raise
        page = reply.document
        if (
            not isinstance(page, dict)
            or not isinstance(page.get("items", 0), list | None)
            or not str(page.get("kind", "")).endswith("List")
        ):
            # Some proxies answer everything with {}. That must not be taken for an empty list.
            raise CannotRead("server", not_an_api_server(self._server.access))
        return reply

    async def _watch(self) -> None:
        """Follow the list until the server ends the watch. Raises Expired and CannotRead."""
        if not self._can_watch:
            await asyncio.sleep(self._timing.poll)
            raise Expired
        lasts = self._timing.watch_lasts * random.uniform(1, 1.1)  # noqa: S311 - so that not all end at once
        wanted = int(lasts) or 1
        params = {
            **self._only,
            "watch": "true",
            "resourceVersion": self._version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(wanted),
        }
        clock = asyncio.get_running_loop().time
        began, going = clock(), False
        try:
            async with self._server.stream(self._path, params, self._timing.watch_silent) as events:
                going = True
                async for event in events:
                    self._happened(event)
        except ApiError as error:
            if error.code == 410:
                raise Expired from error
            if error.reason != "forbidden" or self._read_error is not None:
                raise
            self._can_watch = False  # list is allowed, watch is not: look again and again
            raise Expired from error
        except CannotRead as error:
            if not going or error.reason != "timeout":
                raise
            return  # silent for long: ask again from here on; where nobody answers that, we will know
        if clock() - began < wanted - 0.5:
            # Ended before its time: the server went down in good order, and may come back as another one.
            raise Expired

    def _happened(self, reply: Reply) -> None:
        event = reply.document
        kind, obj = (event.get("type"), event.get("object")) if isinstance(event, dict) else (None, None)
        if not isinstance(obj, dict):
            raise CannotRead("server", phrase("The API server sent an invalid watch event."))
        if kind == "ERROR":
            code = obj.get("code")
            if code == 410:
                raise Expired
            raise refused(
                code if isinstance(code, int) else 500,
                text_at(obj, "message")[:MOST_MESSAGE],
                self._server.access,
            )
        metadata = obj.get("metadata")
        if not isinstance(metadata, dict):
            return
        self._version = str(metadata.get("resourceVersion") or self._version)[:MOST_VERSION]
        if kind == "BOOKMARK":
            return
        self._weigh(reply.weight)
        before = self._objects.get(_place(metadata))
        if kind == "DELETED":
            self._objects.pop(_place(metadata), None)
        else:
            self._take(self._objects, obj)
        for selection in self._selections.values():
            selection.happened(before, obj)
        self._well(True)

    def _weigh(self, event: int) -> None:
        """What changed counts as new until all is listed again, which is done where that becomes too much."""
        self._weight += event
        try:
            self._server.budget.hold(self, self._weight)
        except TooMuch:
            raise Expired from None

    def _take(self, objects: dict[Place, Object], item: object) -> None:
        if not isinstance(item, dict) or not isinstance(item.get("metadata"), dict):
            return
        metadata = item["metadata"]
        if not is_name(metadata.get("name")) or self._namespace not in ("", metadata.get("namespace")):
            return  # no API server has it, and it would stand in commands that somebody copies
        for name in ("name", "namespace", "uid", "resourceVersion"):
            if not isinstance(metadata.get(name, ""), str):
                del metadata[name]
        changes = reduced(metadata.pop("managedFields", None), whole=self._kind.kind in WITH_FIELDS)
        if changes:
            metadata["managedFields"] = changes
        item.setdefault("apiVersion", self._kind.api_version)  # lists leave these out of their items
        item.setdefault("kind", self._kind.kind)
        objects[_place(metadata)] = item

    def _well(self, changed: bool) -> None:
        notify = changed or self._read_error is not None
        self._read_error = None
        self._ever_listed = True
        self._tried.set()
        if notify:
            self._changed()

    def _lost(self, error: CannotRead) -> None:
        loop = asyncio.get_running_loop()
        first = self._read_error is None
        if first:
            self._read_error_since = loop.time()
            loop.call_later(self._timing.grace + 0.01, self._grace_is_over)
        self._read_error = bare(error)
        if error.reason not in _PASSING:
            self._tried.set()
            self._changed()

    def _give_up(self, error: TooMuch) -> None:
        """Stop reading it and drop its data."""
        self._objects, self._selections, self._weight = {}, {}, 0
        self._server.budget.hold(self, 0)
        self._lost(error)

    def _grace_is_over(self) -> None:
        self._tried.set()
        self._changed()


_PASSING = ("unreachable", "timeout", "server")
"""Reasons that may pass in a moment: what was read before is shown a little longer."""


def _place(metadata: Mapping[str, Any]) -> Place:
    return str(metadata.get("namespace") or ""), str(metadata.get("name") or "")


def _versions(objects: Mapping[Place, Object]) -> dict[Place, object]:
    return {place: obj["metadata"].get("resourceVersion") for place, obj in objects.items()}
