"""Injection: a pod as it is asked for -> the pod with its proxy. Pure (istio 1.11.3, pkg/kube/inject/webhook.go: injectPod)."""

from __future__ import annotations

import copy
import json
from typing import Any

from runner.practice.containers.istiod.injected_containers import (
    INIT,
    PROXY,
    VALIDATION,
    init_container,
    is_native,
    proxy_container,
)
from runner.practice.containers.istiod.injected_metadata import (
    added_annotations,
    added_labels,
    scraping_annotations,
    status_annotation,
)
from runner.practice.containers.istiod.injected_owner import Owner, owner_of
from runner.practice.containers.istiod.injected_probes import as_text, rewrite_probes
from runner.practice.containers.istiod.injected_volumes import mounts, volumes
from runner.practice.containers.istiod.injection_policy import STATUS
from runner.practice.containers.istiod.injection_settings import InjectionSettings, merged

Json = dict[str, Any]

TEMPLATES = "inject.istio.io/templates"
OVERRIDES = "proxy.istio.io/overrides"
KNOWN_TEMPLATES = ("gateway", "grpc-agent", "grpc-simple", "sidecar")
BY = {"env": "name", "volumeMounts": "mountPath", "ports": "containerPort"}
"""By which field the lists of a container are merged."""


def injected(pod: Json, settings: InjectionSettings, namespace: str, owner: Owner | None = None) -> Json:
    """The pod with its proxy. Raises ValueError where an annotation of it is wrong."""
    made = copy.deepcopy(pod)
    meta, spec = made.setdefault("metadata", {}), made["spec"]
    own_labels, own = dict(meta.get("labels") or {}), dict(meta.get("annotations") or {})
    settings = settings.for_pod(own)
    template = _template(made, settings, namespace, owner or owner_of(pod))
    laid = template["metadata"]
    meta["labels"] = {**own_labels, **laid["labels"]}
    meta["annotations"] = {**own, **laid["annotations"]}
    overrides = _merge(spec, template["spec"])
    if overrides and STATUS not in own:
        meta["annotations"][OVERRIDES] = json.dumps(overrides, separators=(",", ":"))
    scraping, before = scraping_annotations(own, settings)
    meta["annotations"].update(scraping)
    proxy = _proxy_of(spec)
    if proxy is not None:
        if before is not None:
            _set_variable(proxy, "ISTIO_PROMETHEUS_ANNOTATIONS", json.dumps(before, separators=(",", ":")))
        if asked := rewrite_probes(spec, own, settings):
            _set_variable(proxy, "ISTIO_KUBE_APP_PROBERS", as_text(asked))
    meta["annotations"].update(status_annotation(template, settings))
    meta["annotations"].update(settings.config.get("injectedAnnotations") or {})
    _order(spec, settings)
    return made


def patch_of(before: Json, after: Json) -> list[Json]:
    """The JSON patch of an injection."""
    found: list[Json] = []
    for part in ("metadata", "spec"):
        old, new = before.get(part) or {}, after[part]
        found += [
            {"op": "add", "path": f"/{part}/{key}", "value": value}
            for key, value in new.items()
            if old.get(key) != value
        ]
    return found


def _template(pod: Json, settings: InjectionSettings, namespace: str, owner: Owner) -> Json:
    """What is laid over the pod."""
    meta, spec = pod["metadata"], pod["spec"]
    own = meta.get("annotations") or {}
    names = [name.strip() for name in str(own.get(TEMPLATES) or "sidecar").split(",")]
    for name in names:
        if name not in KNOWN_TEMPLATES:
            known = ", ".join(KNOWN_TEMPLATES)
            raise ValueError(f'requested template "{name}" not found; have {known}')
    gateway = "gateway" in names
    containers = [each["name"] for each in spec.get("containers") or () if each["name"] != PROXY]
    proxy = proxy_container(pod, namespace, owner, containers, settings, gateway=gateway)
    proxy["volumeMounts"] = mounts(own, settings)
    native = is_native(own, settings) and not gateway
    begun = None if gateway else init_container(own, settings)
    laid: Json = {
        "initContainers": [each for each in (begun, proxy if native else None) if each],
        "containers": [] if native else [proxy],
        "volumes": volumes(own, settings),
    }
    if settings.version < (1, 18):
        laid["securityContext"] = {"fsGroup": 1337}
    if secrets := settings.value("global", "imagePullSecrets"):
        laid["imagePullSecrets"] = [{"name": each} for each in secrets]
    labels = added_labels(meta.get("labels") or {}, owner, settings, gateway=gateway)
    return {
        "metadata": {"labels": labels, "annotations": added_annotations(own, containers, settings)},
        "spec": laid,
    }


def _merge(spec: Json, laid: Json) -> Json:
    """Lay the template over a pod's spec; gives the containers in which the pod says otherwise itself."""
    overrides: Json = {}
    for field in ("initContainers", "containers"):
        own = {each["name"]: each for each in spec.get(field) or ()}
        for container in laid[field]:
            given = own.get(container["name"])
            if given is None:
                spec.setdefault(field, []).append(container)
                continue
            kept = {key: value for key, value in given.items() if (key, value) != ("image", "auto")}
            overrides.setdefault(field, []).append(kept)
            spec[field] = [_over(container, kept) if each is given else each for each in spec[field]]
    names = {each["name"] for each in laid["volumes"]}
    spec["volumes"] = [
        *laid["volumes"],
        *(each for each in spec.get("volumes") or () if each["name"] not in names),
    ]
    if "securityContext" in laid:
        spec["securityContext"] = {**(spec.get("securityContext") or {}), **laid["securityContext"]}
    if secrets := laid.get("imagePullSecrets"):
        spec["imagePullSecrets"] = [*(spec.get("imagePullSecrets") or ()), *secrets]
    return overrides


def _over(template: Json, own: Json) -> Json:
    """A container of the template with the pod's own fields above."""
    result = dict(template)
    for key, value in own.items():
        below = result.get(key)
        if key in BY and isinstance(below, list):
            mine = {each[BY[key]]: each for each in value}
            kept = [mine.pop(each[BY[key]], each) for each in below]
            result[key] = [*kept, *mine.values()]
        elif isinstance(below, dict) and isinstance(value, dict):
            result[key] = merged(below, value)
        else:
            result[key] = value
    return result


def _order(spec: Json, settings: InjectionSettings) -> None:
    """The proxy last, or first where applications wait for it; istio-init after the other init containers."""
    native = any(each["name"] == PROXY for each in spec.get("initContainers") or ())
    first = settings.holds_application
    spec["containers"] = _moved(spec["containers"], PROXY, first=first)
    begun = spec.get("initContainers") or []
    if native:  # the application's own init containers come after the proxy then, and may use the network
        begun = _moved(begun, PROXY, first=True)
    begun = _moved(begun, VALIDATION, first=True)
    begun = _moved(begun, INIT, first=native)
    if begun:
        spec["initContainers"] = begun


def _moved(containers: list[Json], name: str, *, first: bool) -> list[Json]:
    found = [each for each in containers if each["name"] == name]
    rest = [each for each in containers if each["name"] != name]
    return found + rest if first else rest + found


def _proxy_of(spec: Json) -> Json | None:
    every = [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]
    return next((each for each in every if each["name"] == PROXY), None)


def _set_variable(container: Json, name: str, value: str) -> None:
    kept = [each for each in container.get("env") or () if each["name"] != name]
    container["env"] = [*kept, {"name": name, "value": value}]
