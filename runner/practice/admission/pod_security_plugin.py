"""PodSecurity: a namespace's labels say which of the Pod Security Standards its pods must keep to.

As k8s.io/pod-security-admission does it: `enforce` refuses pods, `warn` warns of pods and of workloads whose
template would make such pods; `audit` would be written to an audit log, which there is none of here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from runner.practice.admission.admission_chain import Plugin, enter
from runner.practice.admission.pod_security_standards import findings
from runner.practice.machinery.admission_request import Request
from runner.practice.machinery.errors import Cause, invalid

Object = dict[str, Any]

SINCE = 23
LABEL = "pod-security.kubernetes.io/"
LEVELS = ("privileged", "baseline", "restricted")
TEMPLATES = frozenset(
    {"replicationcontrollers", "podtemplates", "replicasets.apps", "deployments.apps", "statefulsets.apps"}
    | {"daemonsets.apps", "jobs.batch", "cronjobs.batch"}
)
_VERSION = re.compile(r"v1\.(\d|[1-9]\d*)")


@dataclass(frozen=True, slots=True)
class Standard:
    """A level of the standards at a version; `version` None is the latest."""

    level: str = "privileged"
    version: int | None = None

    def __str__(self) -> str:
        return f"{self.level}:{'latest' if self.version is None else f'v1.{self.version}'}"

    def findings(self, meta: Object, spec: Object, minor: int) -> list[tuple[str, str]]:
        version = minor if self.version is None else min(self.version, minor)
        return findings(self.level, version, spec, meta.get("annotations") or {})


@enter
class PodSecurity(Plugin):
    """Looks at pods, at workloads' templates, and at the labels of namespaces."""

    name = "PodSecurity"
    resources = frozenset({"pods", "namespaces", *TEMPLATES})

    def check(self, request: Request) -> None:
        if request.minor < SINCE or request.operation == "DELETE" or request.subresource:
            return
        if request.resource == "namespaces":
            _check_namespace(request)
        elif request.resource == "pods":
            if request.old is None or _images(request.object) != _images(request.old):
                _enforce(request)
                _warn(request, request.object["metadata"], request.object["spec"])
        else:
            template = _template(request)
            if template:
                _warn(request, template.get("metadata") or {}, template.get("spec") or {})


def standard_of(labels: Object, mode: str) -> tuple[Standard, list[Cause]]:
    """What the labels ask for in a mode (enforce, audit, warn), and what is wrong with them.

    A level that can't be read is taken for restricted where it enforces, for privileged elsewhere.
    """
    causes: list[Cause] = []
    level = labels.get(f"{LABEL}{mode}", "privileged")
    if level not in LEVELS:
        causes.append(_wrong(f"{LABEL}{mode}", level, f"must be one of {', '.join(LEVELS)}"))
        level = "restricted" if mode == "enforce" else "privileged"
    message = labels.get(f"{LABEL}{mode}-version", "latest")
    found = _VERSION.fullmatch(message)
    if not found and message != "latest":
        causes.append(_wrong(f"{LABEL}{mode}-version", message, 'must be "latest" or "v1.x"'))
    return Standard(level, int(found[1]) if found else None), causes


def _wrong(label: str, value: str, why: str) -> Cause:
    return Cause(f"metadata.labels[{label}]", f'Invalid value: "{value}": {why}')


def _labels(namespace: Object) -> Object:
    found: Object = (namespace.get("metadata") or {}).get("labels") or {}
    return found


def _details(found: list[tuple[str, str]]) -> str:
    return ", ".join(f"{reason} ({detail})" if detail else reason for reason, detail in found)


def _enforce(request: Request) -> None:
    standard, _ = standard_of(_labels(request.home()), "enforce")
    found = standard.findings(request.object["metadata"], request.object["spec"], request.minor)
    if found:
        raise request.forbidden(f'violates PodSecurity "{standard}": {_details(found)}')


def _warn(request: Request, meta: Object, spec: Object) -> None:
    standard, _ = standard_of(_labels(request.home()), "warn")
    found = standard.findings(meta, spec, request.minor)
    if found:
        request.warnings.append(f'would violate PodSecurity "{standard}": {_details(found)}')


def _template(request: Request) -> Object:
    if request.resource == "podtemplates":
        return request.object.get("template") or {}
    spec = request.object.get("spec") or {}
    if request.resource == "cronjobs.batch":
        spec = (spec.get("jobTemplate") or {}).get("spec") or {}
    return spec.get("template") or {}


def _images(pod: Object) -> list[Any]:
    """What of a pod can be changed and is of any weight here."""
    spec = pod["spec"]
    fields = ("initContainers", "containers", "ephemeralContainers")
    return [[(each["name"], each.get("image")) for each in spec.get(field) or ()] for field in fields]


def _check_namespace(request: Request) -> None:
    causes = [
        c for mode in ("enforce", "audit", "warn") for c in standard_of(_labels(request.object), mode)[1]
    ]
    old = [
        c for mode in ("enforce", "audit", "warn") for c in standard_of(_labels(request.old or {}), mode)[1]
    ]
    if causes and causes != old:
        raise invalid("Namespace", request.name, causes)
    if request.old is None:
        return
    new, _ = standard_of(_labels(request.object), "enforce")
    before, _ = standard_of(_labels(request.old), "enforce")
    relaxed = new.version == before.version and LEVELS.index(new.level) <= LEVELS.index(before.level)
    if new == before or relaxed:
        return
    names: dict[str, list[str]] = {}
    for pod in request.store.list("pods", request.name):
        found = new.findings(pod["metadata"], pod["spec"], request.minor)
        if found:
            names.setdefault(", ".join(reason for reason, _ in found), []).append(pod["metadata"]["name"])
    if names:
        message = (
            f'existing pods in namespace "{request.name}" violate the new PodSecurity enforce level "{new}"'
        )
        request.warnings += [message, *sorted(f"{_counted(pods)}: {why}" for why, pods in names.items())]


def _counted(pods: list[str]) -> str:
    first, others = min(pods), len(pods) - 1
    return f"{first} (and {others} other pod{'s' if others > 1 else ''})" if others else first
