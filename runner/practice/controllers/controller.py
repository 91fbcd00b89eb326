"""What all controllers share: the store, time, and one queue of keys that wait to be looked at."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from pathlib import Path
from typing import ClassVar

from runner.practice.authentication.authority import Authority
from runner.practice.cluster_shape import DEFAULT_ADDRESSES, DEFAULT_NODES
from runner.practice.controllers.event_recorder import Recorder
from runner.practice.faults.active_faults import Troubles
from runner.practice.machinery.errors import ApiError
from runner.practice.machinery.served_resources import Registry
from runner.practice.machinery.store import Change, Key, Object, Store
from runner.practice.machinery.webhook_calls import Unanswered

log = logging.getLogger(__name__)

EVERY_RESOURCE = "*"
AT_A_TIME = 20
"""Keys that are worked off before the loop gets to answer requests again."""
RETRY_FIRST, RETRY_LAST = 0.02, 10.0


@dataclass(frozen=True, slots=True)
class Settings:
    """How a cluster lives. `speed` divides every delay; `balancers` False opens no ports."""

    speed: float = 1.0
    version: str = "1.32"
    pages: Sequence[Path] = ()
    balancers: bool = True
    authority: Authority | None = None
    """What certificates and tokens are signed with; None where nobody asks for any."""
    nodes: int = DEFAULT_NODES
    """How many a new cluster gets."""
    service_cidr: IPv4Network = DEFAULT_ADDRESSES

    @property
    def ca_certificate(self) -> str:
        """PEM, for the ConfigMap kube-root-ca.crt."""
        return self.authority.certificate if self.authority else ""


@dataclass(slots=True)
class Life:
    """What a controller works with."""

    store: Store
    registry: Registry
    settings: Settings
    recorder: Recorder
    troubles: Troubles
    prepare: Callable[[str, Object], Object]
    """Defaults and admission for an object that a controller creates; raises ApiError."""

    @property
    def minor(self) -> int:
        return self.registry.minor

    def seconds(self, real: float) -> float:
        """How long `real` seconds of a real cluster take here."""
        return real / self.settings.speed


class Controller:
    """Brings the world nearer to what one object asks for."""

    watches: ClassVar[frozenset[str]] = frozenset()
    """Resources whose changes `keys` is told of; EVERY_RESOURCE for all."""

    def __init__(self, life: Life, work: Work) -> None:
        self.life = life
        self.store = life.store
        self.work = work

    def keys(self, change: Change) -> Iterable[Key]:
        """The keys that must be looked at because of a change."""
        raise NotImplementedError

    def reconcile(self, key: Key) -> None:
        """One look at a key; the object may be gone. May raise ApiError: then it is tried again."""
        raise NotImplementedError

    def later(self, key: Key, seconds: float) -> None:
        """Look at `key` again in `seconds` of a real cluster."""
        self.work.add_later(self, key, self.life.seconds(seconds))


Item = tuple[Controller, Key]


@dataclass(slots=True)
class Work:
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
        """Follow the store, and look at everything that is in it already."""
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
        """Look in `delay` seconds; of several wishes for one key the earliest counts."""
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
        """A webhook must be asked before the key can be worked off; others go on meanwhile."""
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
