"""Faults of a mesh that routes: the requests really fail, and the diagnosis names the object that is the cause."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from checks.base import Check, Object, Outcome
from checks.registry import look
from runner.practice.containers.mesh.envoy_process import installed_envoy
from runner.session.lab_environment import ISTIO_PROGRAMS
from runner.world.web_requests import Web
from runner.world.world import LiveWorld
from tests.faults.proof import rules
from tests.faults.scene import WAIT, Scene, check, on_practice

pytestmark = [
    pytest.mark.skipif(installed_envoy() is None, reason="Envoy (labgate[mesh]) is not installed"),
    pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl"),
    pytest.mark.asyncio(loop_scope="module"),
]
VERSION = "1.11.3"
NETWORKING, SECURITY = "networking.istio.io/v1beta1", "security.istio.io/v1beta1"
GATE: dict[str, Any] = {
    "selector": {"istio": "ingressgateway"},
    "servers": [{"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": ["*"]}],
}
ABORT: dict[str, Any] = {"fault": {"abort": {"httpStatus": 500, "percentage": {"value": 100}}}}


def of(kind: str, name: str, spec: Any, namespace: str = "default") -> Object:
    group = SECURITY if kind == "PeerAuthentication" else NETWORKING
    return {
        "apiVersion": group,
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }


def route(host: str, subset: str = "", **more: Any) -> Any:
    destination = {"host": host, **({"subset": subset} if subset else {})}
    return {"route": [{"destination": destination}], **more}


def rules_for(host: str, *routes: Any, name: str = "", namespace: str = "default", **more: Any) -> Object:
    spec = {"hosts": [host], "http": list(routes), **more}
    return of("VirtualService", name or host, spec, namespace)


def entry(**more: Any) -> Object:
    """The VirtualService behind the gateway."""
    match = [{"uri": {"exact": "/details/0"}}]
    spec = {"hosts": ["*"], "gateways": ["gate"], "http": [route("details", match=match)], **more}
    return of("VirtualService", "entry", spec)


def within(url: str, client: str = "default", **more: Any) -> Any:
    return {
        "traffic": {"url": url},
        "from": {"selector": "app=sleep", "in": client, "container": "sleep"},
        "requests": 3,
        **more,
    }


def through(path: str = "/details/0", **more: Any) -> Any:
    page = {"service": "istio-ingressgateway", "in": "istio-system", "port": 80, "path": path}
    return {"traffic": page, "requests": 3, **more}


DETAILS, RATINGS = "http://details:9080/details/0", "http://ratings:9080/ratings/0"
ABORTED: dict[str, Any] = {"status": {"500": "100%"}}
STRICT = of("PeerAuthentication", "default", {"mtls": {"mode": "STRICT"}})
TLS_OFF = of("DestinationRule", "details", {"host": "details", "trafficPolicy": {"tls": {"mode": "DISABLE"}}})
V7 = {"name": "v7", "labels": {"version": "v7"}}
NO_PODS = of("DestinationRule", "ratings", {"host": "ratings", "subsets": [V7]})
NOT_HTTP: Object = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "facts", "namespace": "default"},
    "spec": {
        "selector": {"app": "details"},
        "ports": [{"name": "tcp-facts", "port": 9080, "targetPort": 9080}],
    },
}


@dataclass(frozen=True)
class Fault:
    rule: str
    check: Any
    """Fails while the fault is there."""
    objects: Sequence[Object]
    about: str
    """Part of the object that the finding names."""
    evidence: str = ""


FAULTS = [
    Fault("subset-unknown", within(DETAILS), [rules_for("details", route("details", "v9"))], "details", "v9"),
    Fault("route-to-no-service", within(DETAILS), [rules_for("details", route("detials"))], "details", "detials"),
    Fault("subset-without-pods", within(RATINGS),
          [NO_PODS, rules_for("ratings", route("ratings", "v7"))], "ratings", "version=v7"),
    Fault("mtls-mismatch", within(DETAILS), [STRICT, TLS_OFF], "details", "DISABLE"),
    Fault("plaintext-refused", within("http://details.default:9080/details/0", "outside"), [STRICT], "default", "STRICT"),
    Fault("client-outside-mesh", within("http://details.default:9080/details/0", "outside", **ABORTED),
          [rules_for("details", route("details", **ABORT))], "sleep", "no istio-proxy"),
    Fault("virtual-service-elsewhere", within(DETAILS, **ABORTED),
          [rules_for("details", route("details", **ABORT), namespace="outside")], "details"),
    Fault("virtual-service-for-gateways", within(DETAILS, **ABORTED),
          [rules_for("details", route("details", **ABORT), gateways=["gate"])], "details", "default/gate"),
    Fault("route-behind-catch-all", within(DETAILS, **ABORTED),
          [rules_for("details", route("details"), route("details", **ABORT))], "details", "spec.http[0]"),
    Fault("port-not-http", within("http://facts:9080/details/0", **ABORTED),
          [NOT_HTTP, rules_for("facts", route("facts", **ABORT))], "facts", "tcp-facts"),
    Fault("virtual-service-shadowed", within(DETAILS, **ABORTED),
          [rules_for("details", route("details")), rules_for("details", route("details", **ABORT), name="details-too")],
          "details-too"),
    Fault("gateway-selects-nothing", through(),
          [of("Gateway", "gate", {**GATE, "selector": {"istio": "ingress"}})], "gate", "istio=ingress"),
    Fault("gateway-unknown", through(), [entry(gateways=["gaet"])], "entry", "gaet"),
    Fault("host-wanted", through(), [entry(hosts=["shop.example.com"])], "entry", "shop.example.com"),
    Fault("other-host", through(headers={"Host": "b.example.com"}),
          [entry(hosts=["shop.example.com"])], "entry", "shop.example.com"),
    Fault("other-path", through(), [entry(http=[route("details", match=[{"uri": {"exact": "/detail"}}])])], "entry", "/detail"),
    Fault("subset-unknown", through(), [entry(http=[route("details", "v9")])], "entry", "v9"),
]  # fmt: skip
HEALTHY = [of("Gateway", "gate", GATE), entry()]


def _names(objects: Sequence[Object]) -> set[tuple[str, str]]:
    return {(each["kind"], each["metadata"]["name"]) for each in objects}


async def until(scene: Scene, asked: Check, holds: Callable[[Outcome], bool]) -> Outcome:
    """Each look is of a world of its own: one world does not send requests again for five seconds."""
    outcome = None
    try:
        async with asyncio.timeout(WAIT):
            while True:
                world = LiveWorld(scene.cluster, scene.workspace, Web(scene.cluster), {})
                outcome = await look(asked, world.look())
                if holds(outcome):
                    return outcome
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise AssertionError(f"waited in vain; last seen: {outcome}") from None


async def faulty(scene: Scene, fault: Fault) -> None:
    """Bring it, see it named, take it away, see it named no longer."""
    asked = check(fault.check)
    await scene.apply(*fault.objects)
    outcome = await until(scene, asked, lambda seen: bool(seen.findings))
    assert not outcome.passed
    assert rules(outcome) == [fault.rule]
    (finding,) = outcome.findings
    assert fault.about in finding.object, finding.object
    assert fault.evidence in finding.evidence, finding.evidence
    own = [each for each in fault.objects if not _names([each]) & _names(HEALTHY)]
    if own:
        manifest = json.dumps({"apiVersion": "v1", "kind": "List", "items": own})
        await scene.kubectl("delete", "-f", "-", stdin=manifest)
    await scene.apply(*HEALTHY)
    await until(scene, asked, lambda seen: not seen.findings and (seen.passed or "status" in fault.check))


def install(folder: Path, kubeconfig: Path) -> Path:
    """Istio and bookinfo's pods, as the stand-in for the download has them; gives its folder."""
    environment = {
        **os.environ,
        "KUBECONFIG": str(kubeconfig),
        "LABGATE_ISTIO": str(ISTIO_PROGRAMS),
        "PATH": f"{ISTIO_PROGRAMS}{os.pathsep}{os.environ['PATH']}",
    }
    script = (
        f'sh "{ISTIO_PROGRAMS}/curl" -sL https://istio.io/downloadIstio | ISTIO_VERSION={VERSION} sh - && '
        f"istio-{VERSION}/bin/istioctl install --set profile=demo -y"
    )
    subprocess.run(["sh", "-c", script], cwd=folder, env=environment, check=True, capture_output=True)
    return folder / f"istio-{VERSION}" / "samples"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    folder = tmp_path_factory.mktemp("mesh")
    async with on_practice(folder, containers=True) as made:
        samples = await asyncio.to_thread(install, folder, made.kubeconfig)
        await made.kubectl("label", "namespace", "default", "istio-injection=enabled")
        await made.kubectl("create", "namespace", "outside")
        sleep = str(samples / "sleep" / "sleep.yaml")
        bookinfo = str(samples / "bookinfo" / "platform" / "kube" / "bookinfo.yaml")
        await made.kubectl("apply", "-f", sleep, "-f", bookinfo)
        await made.kubectl("apply", "-n", "outside", "-f", sleep)
        await made.apply(*HEALTHY)
        for namespace in ("default", "outside"):
            await made.kubectl(
                "wait", "deployment", "--all", "--for=condition=Available", "--timeout=120s", "-n", namespace
            )
        yield made


@pytest.mark.parametrize("asked", [within(DETAILS), within(RATINGS), through()], ids=str)
async def test_a_healthy_mesh_has_no_finding(scene: Scene, asked: Any) -> None:
    outcome = await until(scene, check(asked), lambda seen: seen.passed)
    assert outcome.findings == ()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.rule}-{fault.about}")
async def test_a_fault_of_a_mesh_is_named(scene: Scene, fault: Fault) -> None:
    await faulty(scene, fault)
