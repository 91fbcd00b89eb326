"""The log of a container that is only played: a note that it writes nothing, or the last words of its fault."""

from __future__ import annotations

from datetime import UTC, datetime

from runner.practice.controllers.object_helpers import parse_time
from runner.practice.faults.active_faults import Faults
from runner.practice.machinery.store import Object
from runner.practice.node.fault_messages import last_words
from runner.practice.node.log_options import LogOptions
from runner.practice.node.pod_containers import container_status


def simulated_log(faults: Faults, pod: Object, container: str, options: LogOptions) -> str:
    """What is shown of it."""
    return chosen(
        options, _lines(faults, pod, container), _written_at(container_status(pod, container) or {})
    )


def _written_at(state: Object) -> datetime | None:
    """When the container wrote its lines: at its start."""
    for part in ("state", "lastState"):
        for one in (state.get(part) or {}).values():
            if one.get("startedAt"):
                return parse_time(one["startedAt"])
    return None


def chosen(options: LogOptions, lines: list[str], written: datetime | None) -> str:
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
