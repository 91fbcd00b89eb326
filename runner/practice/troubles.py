"""Troubles on demand: what goes wrong in real clusters, switched on and off.

A trouble only says what is wrong and with what; kubelet, scheduler, balancers and the API ask here and then
show the fields and events that a real cluster shows. Troubles are kept in the store, under a resource that
no API serves, so that they outlive a restart and vanish with a reset.
"""

from __future__ import annotations

import fnmatch
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from runner.practice.errors import ApiError, forbidden, service_unavailable
from runner.practice.store import Key, Object, Store

RESOURCE = "troubles.practice.labgate.dev"

TroubleKind = Literal[
    "image-pull",
    "pull-rate-limit",
    "crash-loop",
    "unschedulable",
    "load-balancer-pending",
    "slow-start",
    "api-unavailable",
    "forbidden",
    "not-ready",
]
KINDS: tuple[TroubleKind, ...] = get_args(TroubleKind)

OF_IMAGES = ("image-pull", "pull-rate-limit")
WRITES = ("create", "update", "patch", "delete", "deletecollection")

UNAVAILABLE = "the server is currently unable to handle the request"


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong.

    `target` is a pattern (`*`, `?`): the name of the workload, pod, service or image, or namespace/name of
    it; of a forbidden one the resource (`deployments.apps`, `pods`); "" is everything. `options`, by kind:
    slow-start `seconds` until ready (60), api-unavailable `seconds` until it ends (0: until cleared),
    unschedulable `resource` (cpu), forbidden `verbs` (all writes), crash-loop `exit_code` (1) and `reason`
    (such as OOMKilled), image-pull `message` (the runtime's error), load-balancer-pending `message` (none: no
    event, as where nothing provides load balancers).
    """

    kind: TroubleKind
    target: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.target}"

    def number(self, option: str, default: float) -> float:
        return float(self.options.get(option, default))

    def means(self, *names: str) -> bool:
        """Whether its target is one of `names`."""
        return not self.target or any(fnmatch.fnmatchcase(name, self.target) for name in names)


class UnknownTroubleError(ValueError):
    """A kind that is none of KINDS."""


class Troubles:
    """The active troubles of one cluster."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, kind: str, target: str = "", **options: Any) -> Trouble:
        """Switch a trouble on; the same kind and target again replaces its options.

        Raises UnknownTroubleError.
        """
        if kind not in KINDS:
            raise UnknownTroubleError(kind)
        if kind == "api-unavailable" and options.get("seconds"):
            options["until"] = time.time() + float(options["seconds"])
        trouble = Trouble(kind, target, options)
        key = Key(RESOURCE, "", trouble.id)
        if self._store.get(key):
            self._store.delete(key)
        spec = {"kind": kind, "target": target, "options": dict(options)}
        self._store.create(RESOURCE, {"metadata": {"name": trouble.id}, "spec": spec})
        return trouble

    def clear(self, kind: str = "", target: str | None = None) -> int:
        """Switch off all of them, those of a kind, or one; gives how many."""
        gone = [
            trouble
            for trouble in self.active()
            if (not kind or trouble.kind == kind) and (target is None or trouble.target == target)
        ]
        for trouble in gone:
            self._store.delete(Key(RESOURCE, "", trouble.id))
        return len(gone)

    def active(self) -> list[Trouble]:
        """Those that are on, by kind and target."""
        return [_trouble(obj) for obj in self._store.list(RESOURCE)]

    def of_image(self, image: str, pod: Object) -> Trouble | None:
        """Why `image` can't be pulled for a pod."""
        names = (image, *_names(pod))
        return next((t for t in self.active() if t.kind in OF_IMAGES and t.means(*names)), None)

    def of_pod(self, kind: TroubleKind, pod: Object) -> Trouble | None:
        """The trouble of `kind` that a pod has, by its own name or its workload's."""
        return next((t for t in self.active() if t.kind == kind and t.means(*_names(pod))), None)

    def of_service(self, service: Object) -> Trouble | None:
        """Why a load balancer gets no address."""
        meta = service["metadata"]
        names = (meta["name"], f"{meta['namespace']}/{meta['name']}")
        wanted = (t for t in self.active() if t.kind == "load-balancer-pending")
        return next((t for t in wanted if t.means(*names)), None)

    def refusal(self, verb: str, resource: str, namespace: str, name: str, user: str) -> ApiError | None:
        """Why the API refuses a request; None where it does not. `resource` "" is discovery."""
        for trouble in self.active():
            if trouble.kind == "api-unavailable" and _lasts(trouble):
                return service_unavailable(UNAVAILABLE)
            if trouble.kind == "forbidden" and resource and _forbids(trouble, verb, resource):
                return forbidden(resource, name, _denial(verb, resource, namespace, user))
        return None


def _trouble(obj: Object) -> Trouble:
    spec = obj["spec"]
    return Trouble(spec["kind"], spec["target"], spec["options"])


def _lasts(trouble: Trouble) -> bool:
    return time.time() < trouble.number("until", math.inf)


def _forbids(trouble: Trouble, verb: str, resource: str) -> bool:
    verbs = trouble.options.get("verbs") or WRITES
    return verb in verbs and trouble.means(resource, resource.partition(".")[0])


def _denial(verb: str, resource: str, namespace: str, user: str) -> str:
    """The words of an RBAC denial."""
    plural, _, group = resource.partition(".")
    where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
    return f'User "{user}" cannot {verb} resource "{plural}" in API group "{group}" {where}'


def _names(pod: Object) -> list[str]:
    """What a pod's trouble may be told by: the pod, and the workload that its name begins with."""
    meta = pod["metadata"]
    names = [meta["name"]]
    for owner in meta.get("ownerReferences") or ():
        names.append(owner["name"])
        template = (meta.get("labels") or {}).get("pod-template-hash")
        if template and owner["name"].endswith(f"-{template}"):
            names.append(owner["name"].removesuffix(f"-{template}"))
    return names + [f"{meta.get('namespace', '')}/{name}" for name in names]
