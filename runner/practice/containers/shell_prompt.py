"""The prompts of the shells of images."""

from __future__ import annotations

import re
from typing import Any

from runner.practice.containers.container_process import Process
from runner.practice.containers.running_container import RunningContainer


def prompt(container: RunningContainer, process: Process, state: Any) -> str:
    """PS1, with what stands for it in the image's shell: `/ # `, `root@web-1:/# `, `# ` …"""
    image = container.image
    variables: dict[str, str] = {**state.env, **state.variables}
    home, cwd = variables.get("HOME", "/root"), str(state.cwd)
    shown = "~" + cwd[len(home) :] if home != "/" and (cwd == home or cwd.startswith(f"{home}/")) else cwd
    mark = "#" if container.user == 0 else "$"
    is_bash = process.argv[0].rpartition("/")[2] == "bash"
    red_hat = "rhel" in image.os_release
    name = container.user_name if not container.user_name.isdigit() else "I have no name!"
    host = container.pod.hostname.partition(".")[0]
    if variables.get("PS1"):
        values = {
            "u": name, "h": host, "H": container.pod.hostname, "w": shown, "W": shown.rpartition("/")[2] or shown,
            "$": mark, "s": process.argv[0], "n": "\n", "e": "\x1b", "[": "", "]": "",
        }  # fmt: skip
        return re.sub(
            r"\\(0[0-7]{2}|.)",
            lambda found: chr(int(found[1], 8)) if len(found[1]) == 3 else values.get(found[1], found[1]),
            variables["PS1"],
        )
    if image.shell == "sh":
        return f"{shown} {mark} "
    if is_bash and "alpine" in image.os_release:
        return f"bash-5.2{mark} "
    if red_hat:
        folder = shown if shown == "~" else shown.rpartition("/")[2] or "/"
        return f"[{name}@{host} {folder}]{mark} " if is_bash else f"sh-5.1{mark} "
    return f"{name}@{host}:{shown}{mark} " if is_bash else f"{mark} "


def size_variables(process: Process) -> str:
    """What sets COLUMNS and LINES before a command of bash's at a terminal."""
    terminal = process.streams.terminal
    if terminal is None or process.argv[0].rpartition("/")[2] != "bash":
        return ""
    return f"COLUMNS={terminal.columns} LINES={terminal.rows}; "
