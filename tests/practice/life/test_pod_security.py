"""Pod Security by the labels of a namespace."""

from __future__ import annotations

from typing import Any

import pytest

from runner.practice.admission.pod_security_standards import findings
from runner.practice.machinery.errors import ApiError

Object = dict[str, Any]
SECURE = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
GOOD: Object = {
    "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [{"name": "c", "image": "nginx", "securityContext": SECURE}],
}


def container(name: str = "c", **security: Any) -> Object:
    return {"name": name, "image": "nginx", "securityContext": security}


BASELINE: dict[str, tuple[Object, str]] = {
    "non-default capabilities": (
        {"containers": [container(capabilities={"add": ["SYS_TIME", "NET_ADMIN", "CHOWN"]})]},
        'container "c" must not include "NET_ADMIN", "SYS_TIME" in securityContext.capabilities.add',
    ),
    "host namespaces": ({"hostNetwork": True, "hostIPC": True}, "hostNetwork=true, hostIPC=true"),
    "hostPath volumes": ({"volumes": [{"name": "h", "hostPath": {}}]}, 'volume "h"'),
    "hostPort": (
        {"containers": [{"name": n, "ports": [{"hostPort": 80}]} for n in "ab"]},
        'containers "a", "b" use hostPort 80',
    ),
    "privileged": (
        {"initContainers": [container("i", privileged=True)]},
        'container "i" must not set securityContext.privileged=true',
    ),
    "procMount": (
        {"containers": [container(procMount="Unmasked")]},
        'container "c" must not set securityContext.procMount to "Unmasked"',
    ),
    "seLinuxOptions": (
        {"securityContext": {"seLinuxOptions": {"type": "spc_t", "user": "u"}}},
        'pod set forbidden securityContext.seLinuxOptions: type "spc_t"; user may not be set',
    ),
    "seccompProfile": (
        {"containers": [container(seccompProfile={"type": "Unconfined"})]},
        'container "c" must not set securityContext.seccompProfile.type to "Unconfined"',
    ),
    "forbidden sysctls": ({"securityContext": {"sysctls": [{"name": "kernel.msgmax"}]}}, "kernel.msgmax"),
    "hostProcess": (
        {"securityContext": {"windowsOptions": {"hostProcess": True}}},
        "pod must not set securityContext.windowsOptions.hostProcess=true",
    ),
    "forbidden AppArmor profile": (
        {"securityContext": {"appArmorProfile": {"type": "Unconfined"}}},
        'pod must not set AppArmor profile type to "Unconfined"',
    ),
}


@pytest.mark.parametrize("reason", BASELINE)
def test_baseline(reason: str) -> None:
    spec, detail = BASELINE[reason]
    assert findings("baseline", 32, spec, {}) == [(reason, detail)]
    assert findings("privileged", 32, spec, {}) == []


RESTRICTED: dict[str, tuple[Object, str]] = {
    "allowPrivilegeEscalation != false": (
        {"containers": [container(capabilities={"drop": ["ALL"]})]},
        'container "c" must set securityContext.allowPrivilegeEscalation=false',
    ),
    "unrestricted capabilities": (
        {"containers": [container(allowPrivilegeEscalation=False, capabilities={"add": ["CHOWN"]})]},
        'container "c" must set securityContext.capabilities.drop=["ALL"]; container "c" must not include "CHOWN"'
        " in securityContext.capabilities.add",
    ),
    "restricted volume types": (
        {"volumes": [{"name": "h", "hostPath": {}}, {"name": "e", "emptyDir": {}}]},
        'volume "h" uses restricted volume type "hostPath"',
    ),
    "runAsNonRoot != true": (
        {"securityContext": {"seccompProfile": {"type": "Localhost"}}},
        'pod or container "c" must set securityContext.runAsNonRoot=true',
    ),
    "runAsUser=0": (
        {"securityContext": {**GOOD["securityContext"], "runAsUser": 0}},
        "pod must not set runAsUser=0",
    ),
    "seccompProfile": (
        {"securityContext": {"runAsNonRoot": True}},
        'pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"',
    ),
}


@pytest.mark.parametrize("reason", RESTRICTED)
def test_restricted(reason: str) -> None:
    spec, detail = RESTRICTED[reason]
    assert findings("restricted", 32, {**GOOD, **spec}, {}) == [(reason, detail)]
    assert findings("restricted", 32, GOOD, {}) == []


def test_what_a_version_of_the_standards_does_not_know_yet() -> None:
    tcp = {"securityContext": {"sysctls": [{"name": "net.ipv4.tcp_rmem"}]}}
    assert findings("baseline", 31, tcp, {}) and not findings("baseline", 32, tcp, {})
    probe = {"containers": [{"name": "c", "livenessProbe": {"httpGet": {"host": "a.b"}}}]}
    assert findings("baseline", 34, probe, {}) == [
        ("probe or lifecycle host", 'container "c" uses probe or lifecycle host "a.b"')
    ]
    assert not findings("baseline", 33, probe, {})
    windows = {**GOOD, "os": {"name": "windows"}, "containers": [{"name": "c"}]}
    assert not findings("restricted", 25, windows, {})


def namespace(world: Any, **labels: str) -> None:
    named = {f"pod-security.kubernetes.io/{mode.replace('_', '-')}": level for mode, level in labels.items()}
    meta = {"name": "secured", "labels": named}
    world.create("namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": meta})
    account = {"name": "default", "namespace": "secured"}
    if world.find("serviceaccounts", "default", "secured") is None:
        world.create("serviceaccounts", {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account})


def pod(**spec: Any) -> Object:
    meta = {"name": "p", "namespace": "secured"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {**GOOD, **spec}}


async def test_enforce_refuses_pods(world: Any) -> None:
    namespace(world, enforce="baseline", enforce_version="v1.24")
    with pytest.raises(ApiError) as caught:
        world.create("pods", pod(hostNetwork=True))
    assert caught.value.message == (
        'pods "p" is forbidden: violates PodSecurity "baseline:v1.24": host namespaces (hostNetwork=true)'
    )
    world.create("pods", pod())


async def test_a_refused_pod_is_tried_again_in_a_while(world: Any) -> None:
    """Each refusal names another pod; that must not make the ReplicaSet look again at once."""
    namespace(world, enforce="restricted")
    labels = {"app": "web"}
    spec = {
        "selector": {"matchLabels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {"containers": [{"name": "c", "image": "nginx"}]},
        },
    }
    kind = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "r", "namespace": "secured"}}
    world.create("replicasets.apps", {**kind, "spec": {"replicas": 1, **spec}})
    await world.until(lambda: len(world.events("FailedCreate", "secured")) >= 3)
    seen = world.get("replicasets.apps", "r", "secured")["metadata"]["resourceVersion"]
    await world.until(lambda: len(world.events("FailedCreate", "secured")) >= 6)
    assert world.get("replicasets.apps", "r", "secured")["metadata"]["resourceVersion"] == seen


@pytest.mark.parametrize("version", ["1.22"])
async def test_older_clusters_know_nothing_of_it(alive: Any, version: str) -> None:
    async with alive(version=version) as world:
        namespace(world, enforce="restricted")
        created = world.create("pods", pod(hostNetwork=True))
        assert created["spec"]["hostNetwork"] is True


async def test_labels_that_can_not_be_read(world: Any) -> None:
    with pytest.raises(ApiError) as caught:
        namespace(world, enforce="strict", warn_version="1.24")
    assert caught.value.message == (
        'Namespace "secured" is invalid: [metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: '
        '"strict": must be one of privileged, baseline, restricted, '
        "metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: "
        '"1.24": must be "latest" or "v1.x"]'
    )
