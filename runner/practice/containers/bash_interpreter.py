"""An interpreter of bashkit's with a container's files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from runner.practice.containers.running_container import RunningContainer

if TYPE_CHECKING:
    from bashkit import Bash

NO_LIMIT = 2**31 - 1
"""Of commands and of rounds in a loop: a main process may run for days."""


def interpreter(container: RunningContainer, env: Mapping[str, str], cwd: str) -> Bash:
    from bashkit import Bash, ExecutionProfile

    bash = Bash(
        username=container.user_name,
        hostname=container.pod.hostname,
        cwd=cwd,
        env=dict(env),
        max_commands=NO_LIMIT,
        max_loop_iterations=NO_LIMIT,
        profile=ExecutionProfile.Interactive,
    )
    for path, files, read_only in container.filesystems():
        bash.mount(path, files, read_only=read_only)
    return bash
