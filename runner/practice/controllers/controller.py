"""The base class of controllers, and the one work queue."""

from __future__ import annotations

import asyncio
import importlib
import logging
import pkgutil
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import ModuleType
from typing import ClassVar

from runner.practice.controllers.cluster_context import ClusterContext, controller_user
from runner.practice.machinery.errors import ApiError
from runner.practice.machinery.store import Change, Key, Store
from runner.practice.machinery.webhook_calls import Unanswered

log = logging.getLogger(__name__)

EVERY_RESOURCE = "*"
AT_A_TIME = 20
"""Keys that are reconciled before the loop answers requests again."""
RETRY_FIRST, RETRY_LAST = 0.02, 10.0


class Controller:
    """Reconciles one object at a time."""

    account: ClassVar[str] = ""
    """The ServiceAccount of kube-system as which it writes, as a real controller manager's has one; "": the manager itself.
    One that is no part of the controller manager says its whole name, "system:…"."""

    watches: ClassVar[frozenset[str]] = frozenset()
    """Resources whose changes `keys` gets; EVERY_RESOURCE for all."""

    order: ClassVar[int] = 50
    """Priority in the queue: controllers that create objects before those that act on them."""

    def __init__(self, cluster: ClusterContext, queue: WorkQueue) -> None:
        self.cluster = cluster.acting_as(controller_user(self.account))
        self.store = cluster.store
        self.queue = queue

    def keys(self, change: Change) -> Iterable[Key]:
        """The keys to reconcile because of a change."""
        raise NotImplementedError

    def reconcile(self, key: Key) -> None:
        """Reconcile a key; the object may be gone. May raise ApiError: then it is retried."""
        raise NotImplementedError

    def later(self, key: Key, seconds: float) -> None:
        """Reconcile `key` again after `seconds` of a real cluster."""
        self.queue.add_later(self, key, self.cluster.seconds(seconds))


_ENTERED: list[type[Controller]] = []


def enter(controller: type[Controller]) -> type[Controller]:
    """Class decorator that registers a controller."""
    _ENTERED.append(controller)
    return controller


def controllers_in(*packages: ModuleType) -> tuple[type[Controller], ...]:
    """The controllers that the modules of these packages enter."""
    for package in packages:
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    return tuple(sorted(_ENTERED, key=lambda entered: entered.order))


Item = tuple[Controller, Key]


@dataclass(slots=True)
class WorkQueue:
    """The queue: a key waits in it once, however many changes asked for it. No task runs while it is empty."""

    store: Store
    controllers: list[Controller] = field(default_factory=list)
    _waiting: dict[Item, None] = field(default_factory=dict)
    _timers: dict[Item, asyncio.TimerHandle] = field(default_factory=dict)
    _failures: dict[Item, int] = field(default_factory=dict)
    _by_resource: dict[str, list[Controller]] = field(default_factory=dict)
    _next: asyncio.Handle | None = None
    _asking: set[asyncio.Task[None]] = field(default_factory=set)
    _unsubscribe: Callable[[], None] | None = None

    def start(self) -> None:
        """Watch the store, and reconcile everything in it."""
        by_resource: dict[str, list[Controller]] = defaultdict(list)
        for controller in self.controllers:
            for resource in controller.watches:
                by_resource[resource].append(controller)
        self._by_resource = dict(by_resource)
        self._unsubscribe = self.store.subscribe(self._changed)
        for resource in list(self.store.resources()):
            for obj in self.store.list(resource):
                meta = obj["metadata"]
                key = Key(resource, meta.get("namespace", ""), meta["name"])
                self._changed(Change(self.store.revision, "ADDED", key, obj, None))

    def stop(self) -> None:
        if self._unsubscribe:
            self._unsubscribe()
        if self._next:
            self._next.cancel()
            self._next = None
        for timer in self._timers.values():
            timer.cancel()
        for task in self._asking:
            task.cancel()
        self._timers.clear()
        self._waiting.clear()

    @property
    def idle(self) -> bool:
        """Whether nothing waits to be looked at now (timers aside)."""
        return not self._waiting

    def add(self, controller: Controller, key: Key) -> None:
        self._waiting.setdefault((controller, key))
        if self._next is None:
            self._next = asyncio.get_running_loop().call_soon(self._drain)

    def add_later(self, controller: Controller, key: Key, delay: float) -> None:
        """Reconcile after `delay` seconds; of several requests for one key the earliest counts."""
        item = (controller, key)
        loop = asyncio.get_running_loop()
        kept = self._timers.get(item)
        if kept is not None:
            if kept.when() <= loop.time() + delay:
                return
            kept.cancel()
        self._timers[item] = loop.call_later(delay, self._due, item)

    def _due(self, item: Item) -> None:
        self._timers.pop(item, None)
        self.add(*item)

    def _changed(self, change: Change) -> None:
        for resource in (change.key.resource, EVERY_RESOURCE):
            for controller in self._by_resource.get(resource, ()):
                for key in controller.keys(change):
                    self.add(controller, key)

    def _drain(self) -> None:
        self._next = None
        for item in list(self._waiting)[:AT_A_TIME]:
            del self._waiting[item]
            self._look(item)
        if self._waiting and self._next is None:
            self._next = asyncio.get_running_loop().call_soon(self._drain)

    def _look(self, item: Item) -> None:
        controller, key = item
        try:
            controller.reconcile(key)
        except Unanswered as waiting:
            self._ask(item, waiting)
        except ApiError as error:
            log.debug("%s of %s: %s", type(controller).__name__, key, error.message)
            self._again(item)
        except Exception:
            if item not in self._failures:  # once, not at every try
                log.exception("%s failed at %s", type(controller).__name__, key)
            self._again(item)
        else:
            self._failures.pop(item, None)

    def _ask(self, item: Item, waiting: Unanswered) -> None:
        """A webhook must be asked before the key can be reconciled; others go on meanwhile."""
        task = asyncio.get_running_loop().create_task(waiting.fetch())
        self._asking.add(task)

        def asked(done: asyncio.Task[None]) -> None:
            self._asking.discard(done)
            if not done.cancelled():
                self.add(*item)

        task.add_done_callback(asked)

    def _again(self, item: Item) -> None:
        failed = self._failures[item] = self._failures.get(item, 0) + 1
        self.add_later(*item, min(RETRY_FIRST * 2**failed, RETRY_LAST))
