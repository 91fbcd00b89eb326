"""Real objects of clusters with faults, with parts of them replaced by what no API server gives: looked at by every check
that could be about them. Whatever is there, a look gives an outcome that can be reported; no check and no rule breaks."""

from __future__ import annotations

import asyncio
import copy
import json
import logging
import random
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "checks"))

from fake_world import FakeCluster, FakeWeb, FakeWorkspace, FakeWorld

from checks.base import CannotRead, Object, Ran, Reply
from checks.phrase import phrase
from checks.registry import look
from runner.words import LANGUAGES, translate
from runner.world.everything import everything
from runner.world.kubeconfig_access import Access
from tests.faults.cases import CASES
from tests.faults.scene import check, on_practice

CHOSEN = (
    "no-subnet-SyncLoadBalancerFailed",
    "balancer-port-taken-k3s",
    "configmap-missing",
    "crash-loop",
    "quota-exceeded",
    "selector-matches-nothing-typo",
    "port-name-differs",
    "wrong-service-opened-same-pods",
    "image-not-found",
    "nobody-in-the-mesh",
    "tracing-not-configured",
    "node-not-ready",
    "probe-fails-503",
    "no-room-cpu",
    "claim-missing",
    "wrong-path",
    "job-deadline",
    "istio-too-old",
)
OF_THE_SYSTEM = ("kube-system", "kube-public", "kube-node-lease")
SILENT = ("Secret", "ServiceAccount", "Role", "RoleBinding", "EndpointSlice", "StorageClass")
"""Kinds that few checks and rules look into."""
ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    3,
    2**70,
    10**4000,
    1.5,
    1e308,
    "",
    " ",
    "3",
    "-3",
    "²",
    "x" * 100_000,
    "a" * 300 + "!",
    "%s{}{0}{name}%",
    "\x1b[2J\x1b]0;x\x07",
    "\u202eweb\u200b",
    "\ud800",
    "a\nb\n",
    "9999-99-99T99:99:99Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59+23:59",
    "[" * 1000,
    "a=b,c in (d",
    "http://[::1",
    [],
    [None],
    [[], {}, 3, "x"],
    [{}] * 300,
    {},
    {"a": {"b": [1]}},
    {"": None},
    {f"label-{n}": f"value-{n}" for n in range(2000)},
)


@dataclass(frozen=True)
class Seen:
    """A cluster with a fault: its objects, and the check that does not hold."""

    name: str
    check: dict[str, Any]
    objects: list[Object]


async def _seen(case: Any) -> Seen:
    with tempfile.TemporaryDirectory() as folder:
        async with on_practice(Path(folder), case.version) as scene:
            of = check(case.check)
            await case.before(scene)
            await case.bring(scene)
            await scene.until(of, lambda outcome: bool(outcome.findings))
            state = await everything(Access.from_kubeconfig(scene.kubeconfig))
            events = await scene.cluster.list("v1", "Event")
    kept = [
        obj
        for obj in [*state.objects.values(), *events]
        if obj["metadata"].get("namespace") not in OF_THE_SYSTEM
        and obj["kind"] not in ("CustomResourceDefinition", "APIService", "ClusterRole", "ClusterRoleBinding")
    ]
    return Seen(case.id, dict(case.check), kept)


@pytest.fixture(scope="module")
def seen() -> list[Seen]:
    async def all_of() -> list[Seen]:
        return [await _seen(case) for case in CASES if case.id in CHOSEN]

    found = asyncio.run(all_of())
    assert len(found) == len(CHOSEN)
    return found


class Later(FakeWorld):
    """The objects are some time old."""

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(minutes=20)


def checks_of(case: Seen) -> list[dict[str, Any]]:
    """What a lab could ask of these objects."""
    found = [case.check]
    for obj in case.objects:
        kind, name = obj["kind"], obj["metadata"]["name"]
        there = {"in": obj["metadata"].get("namespace", "default")}
        match kind:
            case "Deployment" | "StatefulSet" | "DaemonSet" | "Job":
                found += [{kind.lower(): name, "ready": True, **there}]
                found += [{kind.lower(): name, "image": "other", **there}] if kind != "Job" else []
            case "Service":
                found += [
                    {"service": name, "endpoints": True, "external": True, "or_forwarded": True, **there},
                    {"service": name, "type": "LoadBalancer", "ports": ["http:80"], **there},
                    {"service": name, "type": "ClusterIP", **there},
                    {"http": {"service": name, "port": 80, **there}, "contains": "x"},
                ]
            case "Namespace":
                found += [{"namespace": name, "labels": {"a": "b"}}, {"namespace": name, "absent": True}]
                found += [{"pods": {"min": 20}, "in": name, "containers": 2, "ready": True}]
            case "ConfigMap" | "PersistentVolumeClaim" | "ReplicaSet" | "Node" | "Event" | "Pod":
                named = {} if kind == "Node" else there
                found += [
                    {"resource": kind, "api": obj["apiVersion"], "name": name, "matches": {"data": {"a": "b"}}, **named},
                    {"resource": kind, "api": obj["apiVersion"], "where": "status.x > `3`", "count": 3, **named},
                ]  # fmt: skip
    return found


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in an object, itself left out; names and kinds stay what they are."""
    if path and path not in (("kind",), ("metadata",), ("metadata", "name"), ("metadata", "namespace")):
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from places(each, (*path, key))


def mutate(obj: Object, chance: random.Random) -> None:
    """One part of the object is no longer what it should be."""
    at = chance.choice(list(places(obj)))
    for key in at[:-1]:
        obj = obj[key]
    match chance.randrange(8):
        case 0:
            del obj[at[-1]]
        case 1:
            obj[at[-1]] = [obj[at[-1]]]
        case 2:
            obj[at[-1]] = {"value": obj[at[-1]]}
        case 3:
            obj[at[-1]] = str(obj[at[-1]])
        case 4 if isinstance(obj[at[-1]], list):
            obj[at[-1]] = obj[at[-1]] * 50
        case _:
            obj[at[-1]] = copy.deepcopy(chance.choice(ODD))


def odd_world(case: Seen, chance: random.Random) -> FakeWorld:
    objects = copy.deepcopy(case.objects)
    emitting = [obj for obj in objects if obj["kind"] not in SILENT] or objects
    for _ in range(chance.choice((1, 2, 5, 20, 60))):
        try:
            mutate(chance.choice(emitting), chance)
        except (KeyError, IndexError, TypeError):
            continue  # what was to be replaced has been replaced
    cluster = FakeCluster(objects)
    cluster.kinds |= {"PersistentVolumeClaim", "StorageClass", "ServiceAccount", "Secret", "ResourceQuota"}
    unread = CannotRead(chance.choice(("forbidden", "unreachable", "limit")), phrase("Not told"))
    cluster.error_of = {kind: unread for kind in cluster.kinds if chance.random() < 0.03}
    for obj in objects:
        if obj.get("kind") == "Pod":
            for container in ("web", "app", "first", "istiod"):
                cluster.written[obj["metadata"]["name"], container] = chance.choice(TOLD)
    answers = [
        CannotRead("unreachable", phrase("Refused"), stage="refused", addresses=("1.2.3.4", "x")),
        *[
            Reply(status, text, "http://x.test/", "external")
            for status in (200, 302, 404, 503)
            for text in TOLD
        ],
    ]
    workspace = FakeWorkspace(Path("/nonexistent"))
    workspace.history = [
        Ran(
            f"kubectl {chance.choice(('apply -f x', 'edit svc kiali', 'get pods'))}",
            1,
            chance.choice(TOLD),
            Path("/"),
        )
    ]
    return Later(cluster=cluster, workspace=workspace, web=FakeWeb(chance.choice(answers)))


TOLD = (
    "",
    "\x1b[31mpanic: out of memory\x1b[0m\n" * 3,
    "Error from server (Forbidden): " + "x" * 5000,
    "error: \ufffd{}%s\n",
    'unable to recognize "x.yaml": no matches for kind "A" in version "b/v1"\n',
    "a " * 20_000,
    "\n" * 5000,
)


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(number=st.integers(0, 2**32))
def test_no_object_breaks_a_look(seen: list[Seen], caplog: pytest.LogCaptureFixture, number: int) -> None:
    chance = random.Random(number)
    case = chance.choice(seen)
    caplog.clear()
    world = odd_world(case, chance)
    asked = checks_of(case)

    async def all_of() -> list[Any]:
        return [
            await look(check(each), world) for each in [case.check, *chance.sample(asked, min(7, len(asked)))]
        ]

    with caplog.at_level(logging.ERROR):
        outcomes = asyncio.run(all_of())
    assert not caplog.records, caplog.text[-6000:]
    for outcome in outcomes:
        message = [
            translate(sentence, language)
            for sentence in (outcome.expected, outcome.found)
            for language in LANGUAGES
        ]
        for finding in outcome.findings:
            message += [
                translate(finding.cause, "ko"),
                translate(finding.remedy, "ko"),
                finding.evidence,
                finding.object,
            ]
        assert all(len(each) < 200_000 for each in message)
        json.dumps(message, ensure_ascii=False).encode()
