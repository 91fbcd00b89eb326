"""/metrics: what the server counts, in Prometheus' text format. As much as is true here: objects, version, process."""

from __future__ import annotations

import resource
import time

from runner.practice.machinery.api.backend import Backend

MEDIA = "text/plain; version=0.0.4; charset=utf-8"
RENAMED_SINCE = 23
"""The minor from which the objects are counted under the newer name."""
_STARTED = time.time()


def text(backend: Backend, version: dict[str, str]) -> str:
    """All metrics; `version` is that of /version."""
    names = ("major", "minor", "gitVersion", "platform")
    message = ",".join(f'{_snake(name)}="{version[name]}"' for name in names)
    counted = "etcd_object_counts" if backend.minor < RENAMED_SINCE else "apiserver_storage_objects"
    used = resource.getrusage(resource.RUSAGE_SELF)
    lines = [
        *_head(counted, "gauge", "Number of stored objects at the time of last check split by kind."),
        *(
            f'{counted}{{resource="{name}"}} {len(backend.store.list(name))}'
            for name in sorted(backend.store.resources())
        ),
        *_head("kubernetes_build_info", "gauge", "A metric with a constant '1' value labeled by version."),
        f"kubernetes_build_info{{{message}}} 1",
        *_head("process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds."),
        f"process_cpu_seconds_total {used.ru_utime + used.ru_stime:.2f}",
        *_head(
            "process_start_time_seconds",
            "gauge",
            "Start time of the process since unix epoch in seconds.",
        ),
        f"process_start_time_seconds {_STARTED:.2f}",
    ]
    return "\n".join(lines) + "\n"


def _head(name: str, kind: str, help_text: str) -> tuple[str, str]:
    return f"# HELP {name} {help_text}", f"# TYPE {name} {kind}"


def _snake(name: str) -> str:
    return "git_version" if name == "gitVersion" else name
