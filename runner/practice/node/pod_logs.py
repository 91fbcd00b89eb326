"""Logs of pods: the lines that a practice pod has, and which of them were asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from runner.practice.controllers.object_helpers import parse_time
from runner.practice.faults.active_faults import Faults
from runner.practice.machinery.api.backend import Backend
from runner.practice.machinery.api.call import Call
from runner.practice.machinery.api.write import current_of
from runner.practice.machinery.errors import Cause, bad_request, invalid
from runner.practice.node.fault_messages import last_words

Object = dict[str, Any]

ONE_OF_BOTH = "at most one of `sinceTime` or `sinceSeconds` may be specified"


@dataclass(frozen=True, slots=True)
class LogOptions:
    """What of a log is wanted; None: no bound."""

    since: datetime | None = None
    tail: int | None = None
    limit_bytes: int | None = None
    timestamps: bool = False


def log(backend: Backend, call: Call, faults: Faults) -> str:
    """A pod's log: the lines that a practice pod has. Raises ApiError (400, 422) as the real server words it."""
    options = _options(call)
    pod = current_of(backend, call)
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    names = [container["name"] for container in spec.get("containers") or ()]
    first = [container["name"] for container in spec.get("initContainers") or ()]
    added = [container["name"] for container in spec.get("ephemeralContainers") or ()]
    container = call.query.get("container", "")
    if not container:
        if len(names) + len(first) > 1:
            message = (
                f"a container name must be specified for pod {call.name}, choose one of: [{' '.join(names)}]"
            )
            if first:
                message += f" or one of the init containers: [{' '.join(first)}]"
            raise bad_request(message)
        container = names[0] if names else ""
    if container not in (*names, *first, *added):
        raise bad_request(f"container {container} is not valid for pod {call.name}")
    states = [*(status.get("containerStatuses") or ()), *(status.get("initContainerStatuses") or ())]
    states += status.get("ephemeralContainerStatuses") or ()
    state = next((s for s in states if s["name"] == container), None)
    waiting = ((state or {}).get("state") or {}).get("waiting")
    if state is None or (waiting and not state.get("lastState")):
        reason = (waiting or {}).get("reason") or "ContainerCreating"
        message = f'container "{container}" in pod "{call.name}" is waiting to start: {reason}'
        if "Image" in reason:
            message = f'container "{container}" in pod "{call.name}" is waiting to start: trying and failing to pull image'
        raise bad_request(message)
    return _chosen(options, _lines(faults, pod, container), _written_at(state))


def _options(call: Call) -> LogOptions:
    """PodLogOptions of the query. Raises ApiError: 400 where one can't be read, 422 where one is out of bounds."""
    numbers = {name: _number(call, name) for name in ("sinceSeconds", "tailLines", "limitBytes")}
    causes: list[Cause] = []
    for name, least, why in (
        ("tailLines", 0, "must be greater than or equal to 0"),
        ("limitBytes", 1, "must be greater than 0"),
        ("sinceSeconds", 1, "must be greater than 0"),
    ):
        value = numbers[name]
        if value is not None and value < least:
            causes.append(Cause(name, f"Invalid value: {value}: {why}"))
    since, seconds = _time(call, "sinceTime"), numbers["sinceSeconds"]
    if since is not None and seconds is not None:
        causes = [Cause("[]", f"Forbidden: {ONE_OF_BOTH}", "FieldValueForbidden")]
    if causes:
        raise invalid("PodLogOptions", call.name, causes)
    if seconds is not None:
        since = datetime.now(UTC) - timedelta(seconds=seconds)
    return LogOptions(
        since, numbers["tailLines"], numbers["limitBytes"], call.query.get("timestamps") in ("true", "1")
    )


def _number(call: Call, name: str) -> int | None:
    given = call.query.get(name, "")
    if not given:
        return None
    try:
        return int(given)
    except ValueError:
        raise bad_request(f'strconv.ParseInt: parsing "{given}": invalid syntax') from None


def _time(call: Call, name: str) -> datetime | None:
    given = call.query.get(name, "")
    try:
        return parse_time(given) if given else None
    except ValueError:
        why = f'parsing time "{given}" as "2006-01-02T15:04:05Z07:00": cannot parse "{given}" as "2006"'
        raise bad_request(why) from None


def _written_at(state: Object) -> datetime | None:
    """When the container wrote its lines: at its start."""
    for part in ("state", "lastState"):
        for one in (state.get(part) or {}).values():
            if one.get("startedAt"):
                return parse_time(one["startedAt"])
    return None


def _chosen(options: LogOptions, lines: list[str], written: datetime | None) -> str:
    if options.since is not None and written is not None and written < options.since.replace(microsecond=0):
        lines = []  # times of states are whole seconds
    if options.tail is not None:
        lines = lines[len(lines) - min(options.tail, len(lines)) :]
    if options.timestamps and written is not None:
        lines = [f"{written.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%S.%f000Z')} {line}" for line in lines]
    text = "".join(f"{line}\n" for line in lines)
    if options.limit_bytes is None:
        return text
    return text.encode()[: options.limit_bytes].decode(errors="ignore")


def _lines(faults: Faults, pod: Object, container: str) -> list[str]:
    """The container's log: that of its fault, else a note that it writes nothing."""
    fault = faults.of_pod("crash-loop", pod)
    if fault is not None:
        return last_words(fault).splitlines()
    images = [c["image"] for c in pod["spec"].get("containers") or () if c["name"] == container]
    message = f"{container} ({images[0]})" if images else container
    return [f"This is a practice pod: {message} is simulated and writes no log of its own."]
