"""Commands that should have changed the cluster, and the error of the server or the tool.

The messages are those of kubectl 1.20 to 1.33 and istioctl 1.11 to 1.20; where they differ, both are recognized.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from checks.base import CannotRead, Finding, Ran
from checks.diagnosis.command_lines import Part
from checks.diagnosis.question import Question, quoted
from checks.phrase import Phrase, phrase

_MAKING = frozenset(["apply", "create", "install", "replace", "upgrade", "manifest"])
"""Verbs that create objects: if one failed for an object that exists, it failed for another reason."""
_OF_WHAT_IS_THERE = frozenset(["exists-already", "install-timed-out"])
Cause = tuple[str, Phrase, Phrase]
"""A rule's name, the cause, the remedy."""
_Reader = Callable[[Question, Ran, Part, "re.Match[str]"], Awaitable[Cause | None]]


async def refused(question: Question) -> Finding | None:
    """The last change of the checked object failed with an error that explains why."""
    change = await question.change()
    if change is None:
        return None
    ran, part = change
    for pattern, read in _MEANINGS:
        found = re.search(pattern, ran.output, re.MULTILINE)
        message = await read(question, ran, part, found) if found else None
        if message is not None:
            rule, cause, remedy = message
            evidence = quoted(ran.output, pattern)
            if part.verb in _MAKING and rule not in _OF_WHAT_IS_THERE and await _made(question, evidence):
                continue
            return Finding(rule, cause, remedy, evidence=evidence, source=ran.line)
    return None


async def _made(question: Question, evidence: str) -> bool:
    """Whether the object exists anyway and the error is not about it."""
    wanted = question.wanted
    named = wanted is not None and any(f'"{name}"' in evidence for name in wanted.names)
    return not named and await question.found() is not None


async def _old_kind(question: Question, ran: Ran, part: Part, found: re.Match[str]) -> Cause | None:
    """Kinds that Kubernetes removed: PodDisruptionBudget of policy/v1beta1 in 1.25."""
    gone = _GONE.get((found[1], found[2]))
    try:
        version = await question.world.cluster.version()
    except CannotRead:
        version = ""
    if gone is None or not version or _minor(version) < gone:
        return None
    if part.name == "istioctl":
        return (
            "istio-too-old",
            phrase(
                "This Istio is too old for the cluster: Kubernetes {version} no longer has {kind} in {api}",
                version=version,
                kind=found[1],
                api=found[2],
            ),
            phrase(
                "Istio 1.11 to 1.13 need Kubernetes 1.24 or earlier. Use such a cluster (the "
                "practice cluster is one), or a later Istio."
            ),
        )
    return (
        "api-removed",
        phrase(
            "Kubernetes {version} no longer has {kind} in {api}",
            version=version,
            kind=found[1],
            api=found[2],
        ),
        phrase("Use manifests for this version of Kubernetes."),
    )


async def _unknown_kind(question: Question, ran: Ran, part: Part, found: re.Match[str]) -> Cause | None:
    return (
        "kind-not-there-yet",
        phrase(
            "The cluster did not have the kind {kind} ({api}) when the object was to be created",
            kind=found[1],
            api=found[2],
        ),
        phrase(
            "If its CRD is in the same files, apply them once more; otherwise install what provides "
            "the CRD: {command}",
            command=ran.line,
        ),
    )


async def _not_ready(question: Question, ran: Ran, part: Part, found: re.Match[str]) -> Cause | None:
    message = re.search(
        r"^\s*Deployment/[\w.-]+/([\w.-]+) \(([^:()]+)(?:: ([\w-]*))?(.*)\)\s*$", ran.output, re.M
    )
    if message is None:
        return (
            "install-timed-out",
            phrase("The installation waited {time} for its pods, and gave up", time=found[1]),
            phrase(
                "Check what the pods are waiting for: {command}", command="kubectl get pods -n istio-system"
            ),
        )
    name, reason = message[1], (message[3] or message[2]).strip()
    return (
        "install-timed-out",
        phrase(
            "The installation waited {time} for {name}, and gave up: {reason}",
            time=found[1],
            name=name,
            reason=reason,
        ),
        phrase(
            "Fix the cause and run the installation again (this is safe). The pod says more: {command}",
            command=f"kubectl describe pods -n istio-system -l app={name}",
        ),
    )


async def _forbidden(question: Question, ran: Ran, part: Part, found: re.Match[str]) -> Cause | None:
    return (
        "command-forbidden",
        phrase("You are not allowed to do that in this cluster"),
        phrase(
            "Use an account with cluster-admin permissions. What you are allowed to do: {command}",
            command="kubectl auth can-i --list",
        ),
    )


async def _no_namespace(question: Question, ran: Ran, part: Part, found: re.Match[str]) -> Cause | None:
    """No longer reported once the namespace exists: then it is time to apply again."""
    name, wanted = found[1], question.wanted
    if wanted is not None and wanted.namespace not in ("", name):
        return _mistyped_namespace(ran, part, name, wanted.namespace)
    try:
        there = await question.world.cluster.get("v1", "Namespace", name) is not None
    except CannotRead:
        there = False
    if there:
        return (
            "apply-again",
            phrase(
                "The namespace {namespace} did not exist yet when that was applied; now it does",
                namespace=name,
            ),
            phrase("Apply it again: {command}", command=ran.line),
        )
    return (
        "namespace-missing",
        phrase("There is no namespace {namespace} to create it in", namespace=name),
        phrase("Install Istio first, then apply again.")
        if name == "istio-system"
        else phrase("Create it first, then try again: {command}", command=f"kubectl create namespace {name}"),
    )


def _mistyped_namespace(ran: Ran, part: Part, name: str, wanted: str) -> Cause:
    """The command went to another namespace than the check reads: creating that one would not help."""
    named = part.option("-n", "--namespace") == name
    return (
        "namespace-mistyped",
        phrase(
            "There is no namespace {namespace}; this step works in {wanted}",
            namespace=name,
            wanted=wanted,
        ),
        phrase("Specify the namespace: {command}", command=_with_namespace(ran.line, name, wanted))
        if named
        else phrase("Correct the namespace in the manifest, and apply it again: {command}", command=ran.line),
    )


async def _not_found(question: Question, ran: Ran, part: Part, found: re.Match[str]) -> Cause | None:
    """The object exists, but in another namespace than kubectl looked in."""
    wanted = question.wanted
    if wanted is None or found[2] not in wanted.names or not wanted.namespace:
        return None
    looked = part.option("-n", "--namespace")
    if looked == wanted.namespace or await question.found() is None:
        return None
    return (
        "namespace-not-named",
        phrase(
            "kubectl looked for {name} in the namespace {looked}, but it is in {namespace}",
            name=found[2],
            looked=looked or "default",
            namespace=wanted.namespace,
        ),
        phrase(
            "Specify the namespace: {command}", command=_with_namespace(ran.line, looked, wanted.namespace)
        ),
    )


async def _exists(question: Question, ran: Ran, part: Part, found: re.Match[str]) -> Cause | None:
    """AlreadyExists is the cause only if the check wants the object changed."""
    wanted = question.wanted
    if wanted is None or found[1] not in wanted.names or part.verb != "create":
        return None
    return (
        "exists-already",
        phrase("{name} already exists, and create does not change existing objects", name=found[1]),
        phrase("Change it with kubectl apply or kubectl edit, or delete it first."),
    )


async def _terminating(question: Question, ran: Ran, part: Part, found: re.Match[str]) -> Cause | None:
    return (
        "namespace-terminating",
        phrase(
            "The namespace {namespace} was still being deleted, so nothing could be created in it",
            namespace=found[1],
        ),
        phrase(
            "Wait until it is gone, then run the command again: {command}",
            command=f"kubectl wait --for=delete namespace/{found[1]} --timeout=2m",
        ),
    )


async def _unknown_field(question: Question, ran: Ran, part: Part, found: re.Match[str]) -> Cause | None:
    return (
        "unknown-field",
        phrase("The manifest has a field that this kind does not have: {field}", field=found[1]),
        phrase("Correct its name or its place (indentation), and apply again: {command}", command=ran.line),
    )


async def _not_yaml(question: Question, ran: Ran, part: Part, found: re.Match[str]) -> Cause | None:
    return (
        "not-yaml",
        phrase("{file} can't be read: something is wrong near line {line}", file=found[1], line=found[2]),
        phrase(
            "Check that line and the one before it (indentation, colons, tabs), and apply again: {command}",
            command=ran.line,
        ),
    )


async def _invalid(question: Question, ran: Ran, part: Part, found: re.Match[str]) -> Cause | None:
    return (
        "value-refused",
        phrase("The server rejected {field} of {name}", field=found[3], name=found[2]),
        phrase("Correct that value, and run the command again: {command}", command=ran.line),
    )


async def _no_such_type(question: Question, ran: Ran, part: Part, found: re.Match[str]) -> Cause | None:
    return (
        "kind-typo",
        phrase("The cluster has no resource type {kind}", kind=found[1]),
        phrase(
            "Check the names of the kinds, and run the command again: {command}",
            command="kubectl api-resources",
        ),
    )


_MEANINGS: tuple[tuple[str, _Reader], ...] = (
    (r"unable to create new content in namespace ([\w.-]+) because it is being terminated", _terminating),
    (r'no matches for kind "(\w+)" in version "([^"]+)"', _old_kind),
    (r"resources not ready after (\w+)", _not_ready),
    (r"\(Forbidden\)|\bis forbidden: User |IST0141", _forbidden),
    (r'namespaces "([^"]+)" not found', _no_namespace),
    (r'no matches for kind "(\w+)" in version "([^"]+)"', _unknown_kind),
    (r'\(NotFound\): ([\w.]+) "([^"]+)" not found', _not_found),
    (r'\(AlreadyExists\): (?:error when creating [^:]*: )?[\w.]+ "([^"]+)" already exists', _exists),
    (r'(?:unknown field|strict decoding error: unknown field) "([^"]+)"', _unknown_field),
    (r"error parsing ([^:]+): error converting YAML to JSON: yaml: line (\d+)", _not_yaml),
    (r'^The (\w+) "([^"]+)" is invalid: (?:\* )?([\w.\[\]]+): ', _invalid),
    (r'the server doesn\'t have a resource type "([^"]+)"', _no_such_type),
)
"""Messages and their parsers; the first that gives a finding is reported."""

_GONE = {
    ("PodDisruptionBudget", "policy/v1beta1"): 25,
    ("HorizontalPodAutoscaler", "autoscaling/v2beta1"): 25,
    ("HorizontalPodAutoscaler", "autoscaling/v2beta2"): 26,
    ("CronJob", "batch/v1beta1"): 25,
    ("PodSecurityPolicy", "policy/v1beta1"): 25,
    ("CustomResourceDefinition", "apiextensions.k8s.io/v1beta1"): 22,
    ("MutatingWebhookConfiguration", "admissionregistration.k8s.io/v1beta1"): 22,
    ("ValidatingWebhookConfiguration", "admissionregistration.k8s.io/v1beta1"): 22,
    ("ClusterRole", "rbac.authorization.k8s.io/v1beta1"): 22,
    ("ClusterRoleBinding", "rbac.authorization.k8s.io/v1beta1"): 22,
    ("Ingress", "networking.k8s.io/v1beta1"): 22,
    ("Ingress", "extensions/v1beta1"): 22,
    ("Deployment", "extensions/v1beta1"): 16,
}
"""The Kubernetes minor version from which a kind is no longer served in that version (from the deprecation guide)."""


def _minor(version: str) -> int:
    found = re.match(r"v?1\.(\d{1,9})", version)
    return int(found[1]) if found else 0


def _with_namespace(line: str, before: str, namespace: str) -> str:
    if before:
        return re.sub(rf"(-n\s*|--namespace[ =]){re.escape(before)}\b", rf"\g<1>{namespace}", line)
    return f"{line.rstrip()} -n {namespace}"
