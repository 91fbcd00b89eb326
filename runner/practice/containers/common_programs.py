"""Programs that every image has besides what bash has built in."""

from __future__ import annotations

import asyncio
import re

from runner.practice.containers import (
    disk_commands,
    file_owner_commands,
    file_status_commands,
    load_commands,
    ls_command,
    package_commands,
    process_commands,
    screen_programs,
    socket_commands,
    system_commands,
    tail_command,
    tar_command,
    terminal_commands,
)
from runner.practice.containers.container_program import Invocation, Program
from runner.practice.containers.identity_programs import IDENTITY_PROGRAMS
from runner.practice.containers.network_programs.client_programs import CLIENTS

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
LONGEST = 10 * 365 * 86400.0


async def sleep(call: Invocation) -> int:
    """sleep NUMBER[smhd]…, or infinity."""
    if len(call.argv) < 2:
        await call.error("sleep: missing operand\nTry 'sleep --help' for more information.\n")
        return 1
    seconds = 0.0
    for text in call.argv[1:]:
        found = re.fullmatch(r"(\d*\.?\d+)([smhd]?)", text)
        if text in ("inf", "infinity"):
            seconds = LONGEST
        elif found is None:
            await call.error(f"sleep: invalid time interval '{text}'\n")
            return 1
        else:
            seconds += float(found[1]) * _UNITS[found[2]]
    await asyncio.sleep(min(seconds, LONGEST))
    return 0


COMMON: dict[str, Program] = {
    "sleep": sleep,
    **IDENTITY_PROGRAMS,
    **CLIENTS,
    **disk_commands.PROGRAMS,
    **load_commands.PROGRAMS,
    **file_owner_commands.PROGRAMS,
    **file_status_commands.PROGRAMS,
    **ls_command.PROGRAMS,
    **package_commands.PROGRAMS,
    **process_commands.PROGRAMS,
    **screen_programs.PROGRAMS,
    **socket_commands.PROGRAMS,
    **system_commands.PROGRAMS,
    **tail_command.PROGRAMS,
    **tar_command.PROGRAMS,
    **terminal_commands.PROGRAMS,
}
READ_INPUT = frozenset(
    {
        "curl",
        "http",
        "https",
        "nc",
        "ncat",
        "netcat",
        "telnet",
        "tail",
        "tar",
        "vi",
        "vim",
        "watch",
        "top",
        "less",
        "more",
    }
)
"""Those that may read standard input."""
READ_NOTHING = frozenset(COMMON.keys() - READ_INPUT - CLIENTS.keys())
"""Those whose input is for the commands after them."""
