"""Containers that run but whose probes fail. The messages are those of the kubelet's prober."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from checks.base import Finding, Object, World
from checks.diagnosis.evidence import Container, commanded, containers, events_about, ref, times, when
from checks.object_fields import at, condition, mappings_at, number_at, text_at
from checks.patterns import quotation
from checks.phrase import Phrase, phrase

FAILURES = 3
"""How often a probe may fail by default (failureThreshold)."""
ISTIO_PROXY = "istio-proxy"
_SECOND = timedelta(seconds=1)


async def probe_fails(world: World, pod: Object) -> Finding | None:
    """From the kubelet's event Unhealthy. Not while the container may still be starting: probes fail then, too."""
    if text_at(pod, "status", "phase") != "Running":
        return None
    for event in await events_about(world, pod, "Unhealthy"):
        message = text_at(event, "message")
        kind = "liveness" if message.startswith("Liveness") else "readiness"
        if message.startswith("Startup") or not _counts(pod, event, kind):
            continue
        rule, cause, remedy = _read(pod, kind, message)
        return Finding(rule, cause, remedy, ref(pod), quotation(message), source="event Unhealthy")
    return None


async def liveness_kills(world: World, pod: Object) -> Finding | None:
    """For a killed container: whether its liveness or startup probe was the reason."""
    for event in await events_about(world, pod, "Unhealthy"):
        message = text_at(event, "message")
        kind = message.partition(" ")[0].lower()
        if kind in ("liveness", "startup"):
            rule, cause, remedy = _read(pod, kind, message)
            return Finding(rule, cause, remedy, ref(pod), quotation(message), source="event Unhealthy")
    return None


async def killed_by_probe(world: World, pod: Object, container: Container) -> Finding | None:
    """For a container that ended well when it was told to: whether the kubelet told it so, after a probe of its own."""
    began = text_at(container.ended, "startedAt")
    for event in await events_about(world, pod, "Killing", kind="Normal"):
        words = re.fullmatch(r"Container (\S+) failed (liveness|startup) probe.*", text_at(event, "message"))
        if words is None or words[1] != container.name or when(event) < began:
            continue
        for failed in await events_about(world, pod, "Unhealthy"):
            message = text_at(failed, "message")
            if message.lower().startswith(words[2]):
                rule, cause, remedy = _read(pod, words[2], message)
                return Finding(rule, cause, remedy, ref(pod), quotation(message), source="event Unhealthy")
    return None


def _counts(pod: Object, event: Object, kind: str) -> bool:
    """Whether this is not just a slow start: it failed as often as the probe allows, or the pod was ready before."""
    started = max((text_at(c.status, "state", "running", "startedAt") for c in containers(pod)), default="")
    words = _moment(when(event))
    if words is None or (_moment(started) or words) > words + _SECOND:  # of the previous container
        return kind == "liveness" and any(_restarts(pod))
    became_unready = _moment(text_at(condition(pod, "Ready"), "lastTransitionTime"))
    begun = _moment(started)
    was_ready = bool(became_unready and begun and became_unready > begun + _SECOND)
    return was_ready or times(event) >= _threshold(pod, kind)


def _restarts(pod: Object) -> list[int]:
    return [number_at(container.status, "restartCount") or 0 for container in containers(pod)]


def _threshold(pod: Object, kind: str) -> int:
    probes = [container.get(f"{kind}Probe") for container in mappings_at(pod, "spec", "containers")]
    wanted = [number_at(probe, "failureThreshold") or FAILURES for probe in probes if probe]
    return max(wanted, default=FAILURES)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None


def _read(pod: Object, kind: str, message: str) -> tuple[str, Phrase, Phrase]:
    if kind == "liveness":
        return (
            "liveness-fails",
            phrase(
                "The liveness probe fails, so the container is killed and restarted: {how}",
                how=_how(message, pod, kind),
            ),
            phrase(
                "Correct the probe's path, port or delays in the manifest, or find out why the "
                "program does not respond: {command}",
                command=_logs(pod),
            ),
        )
    if kind == "startup":
        return (
            "startup-fails",
            phrase(
                "The startup probe fails, so the container is killed and restarted: {how}",
                how=_how(message, pod, kind),
            ),
            phrase(
                "Allow the program more time (failureThreshold), or correct the probe; its log: {command}",
                command=_logs(pod),
            ),
        )
    gateway = any(text_at(each, "name") == ISTIO_PROXY for each in mappings_at(pod, "spec", "containers"))
    if gateway and "503" in message:
        return (
            "proxy-without-istiod",
            phrase("The proxy is not ready (503): it has no configuration from istiod yet"),
            phrase(
                "Check that istiod is running and reachable on port 15012 (network policies, "
                "security groups, DNS): {command}",
                command=_logs(pod),
            ),
        )
    return (
        "probe-fails",
        phrase(
            "The container is running, but its readiness probe fails: {how}", how=_how(message, pod, kind)
        ),
        phrase(
            "Compare the probe's port and path with those of the program, and read its log: {command}",
            command=_logs(pod),
        ),
    )


def _how(message: str, pod: Object, kind: str) -> Phrase:
    if match := re.search(r"statuscode: (\d+)", message):
        return phrase("HTTP status {status}", status=match[1])
    if "connection refused" in message:
        return phrase("nothing listens on the port")
    if re.search(r"Client\.Timeout|i/o timeout|timed out|deadline exceeded", message):
        return phrase("no answer in time")
    if any(at(each, f"{kind}Probe", "exec") for each in mappings_at(pod, "spec", "containers")):
        return phrase("its command fails")
    return phrase("unexpected response")


def _logs(pod: Object) -> str:
    return f"kubectl logs {commanded(pod)} -n {text_at(pod, 'metadata', 'namespace')} --all-containers"
