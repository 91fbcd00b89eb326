"""tty and stty: what a process's terminal is."""

from __future__ import annotations

from runner.practice.containers.container_program import Invocation, Program


async def tty(call: Invocation) -> int:
    await call.out("/dev/pts/0\n" if call.terminal else "not a tty\n")
    return 0 if call.terminal else 1


async def stty(call: Invocation) -> int:
    """stty size, stty -a; settings of the terminal are taken and change nothing."""
    if call.terminal is None:
        await call.error("stty: 'standard input': Inappropriate ioctl for device\n")
        return 1
    if "size" in call.argv[1:]:
        await call.out(f"{call.terminal.rows} {call.terminal.columns}\n")
    elif call.argv[1:] in ([], ["-a"]):
        await call.out(
            f"speed 38400 baud; rows {call.terminal.rows}; columns {call.terminal.columns}; line = 0;\n"
        )
    return 0


PROGRAMS: dict[str, Program] = {"tty": tty, "stty": stty}
