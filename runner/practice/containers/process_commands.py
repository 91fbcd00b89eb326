"""ps, pidof, pgrep, kill and killall: the processes of the container, the main one being number 1."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Sequence

from runner.practice.containers.container_process import Process
from runner.practice.containers.container_program import Invocation, Program
from runner.practice.containers.network_programs.image_tools import is_busybox
from runner.practice.containers.node_machine import MEMORY
from runner.practice.containers.running_container import RunningContainer
from runner.practice.containers.signal_names import signal_number

NOT_A_PROCESS = 253
"""What `kill` gives for process ids that it does not know: a script's background jobs have numbers of bashkit's."""
FIRST_OF_A_SHELL = 1000
"""From here on bashkit numbers the background jobs of a script."""


def command_line(process: Process) -> str:
    return " ".join(process.argv)


def short_name(process: Process) -> str:
    """What /proc/PID/comm has."""
    return process.argv[0].rpartition("/")[2][:15]


def processes(call: Invocation) -> list[Process]:
    return [process for _, process in sorted(call.container.processes.items())]


def _terminal(process: Process) -> str:
    return "pts/0" if process.streams.terminal else "?"


def _clock(process: Process) -> str:
    started = time.gmtime(process.started)
    return time.strftime("%H:%M" if time.time() - process.started < 86400 else "%b%d", started)


def _elapsed(process: Process) -> str:
    seconds = int(time.time() - process.started)
    hours = f"{seconds // 3600:02d}:" if seconds >= 3600 else ""
    return f"{hours}{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _memory(container: RunningContainer, process: Process) -> int:
    """KiB of resident memory; that of the virtual one is the same, since nobody counts more."""
    return container.resources.memory_of(process) // 1024


def _memory_share(container: RunningContainer, process: Process) -> str:
    return f"{container.resources.memory_of(process) * 100 / MEMORY:.1f}"


def _cpu_share(container: RunningContainer, process: Process) -> str:
    """Percent of a processor since its start."""
    ran = max(time.time() - process.started, 1e-3)
    share = container.resources.seconds_of(process) / ran * 100
    return f"{share:.1f}" if share < 99.95 else f"{share:.0f}"


def minutes(seconds: float) -> str:
    """0:05, 12:00: minutes and seconds of a processor."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def _minutes(container: RunningContainer, process: Process) -> str:
    return minutes(container.resources.seconds_of(process))


def _hours(container: RunningContainer, process: Process) -> str:
    seconds = int(container.resources.seconds_of(process))
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def state(call: Invocation, process: Process) -> str:
    """R where it uses a processor now, as what asks does; s leads a session, + has the terminal."""
    if process.stopped.is_set():
        return "T"
    running = process is call.process or call.container.resources.is_busy(process)
    leads = "s" if process.pid == 1 or not process.parent else ""
    return ("R" if running else "S") + leads + ("+" if process.streams.terminal else "")


def _brief_state(container: RunningContainer, process: Process) -> str:
    return "T" if process.stopped.is_set() else "R" if container.resources.is_busy(process) else "S"


_COLUMNS: dict[str, tuple[str, Callable[[RunningContainer, Process], object]]] = {
    "pid": ("PID", lambda _, process: process.pid),
    "ppid": ("PPID", lambda _, process: process.parent),
    "user": ("USER", lambda container, _: container.user_name),
    "uid": ("UID", lambda container, _: container.user),
    "comm": ("COMMAND", lambda _, process: short_name(process)),
    "args": ("COMMAND", lambda _, process: command_line(process)),
    "cmd": ("CMD", lambda _, process: command_line(process)),
    "command": ("COMMAND", lambda _, process: command_line(process)),
    "time": ("TIME", _minutes),
    "etime": ("ELAPSED", lambda _, process: _elapsed(process)),
    "tty": ("TT", lambda _, process: _terminal(process)),
    "stat": ("STAT", _brief_state),
    "rss": ("RSS", _memory),
    "vsz": ("VSZ", _memory),
    "nice": ("NI", lambda _, __: 0),
    "pcpu": ("%CPU", _cpu_share),
    "pmem": ("%MEM", _memory_share),
}
_ALIASES = {"%cpu": "pcpu", "%mem": "pmem", "ucmd": "comm", "tt": "tty", "s": "stat", "ni": "nice"}
_TO_THE_LEFT = {"user", "comm", "args", "cmd", "command", "tty", "stat"}


async def ps(call: Invocation) -> int:
    words = list(call.argv[1:])
    chosen = _chosen(words)
    if chosen is not None:
        wrong = [name for name in chosen if name not in _COLUMNS]
        if wrong:
            message = (
                f"ps: bad -o argument '{wrong[0]}'"
                if is_busybox(call)
                else "error: unknown user-defined format specifier"
            )
            await call.error(f'{message} "{wrong[0]}"\n' if not is_busybox(call) else f"{message}\n")
            return 1
        await call.out(_table(call, processes(call), chosen))
        return 0
    if is_busybox(call):
        lines = [
            f"{process.pid:5d} {call.container.user_name[:8]:<8} {_minutes(call.container, process):>5} {command_line(process)}"
            for process in processes(call)
        ]
        await call.out("\n".join(["PID   USER     TIME  COMMAND", *lines]) + "\n")
        return 0
    letters = "".join(word.lstrip("-") for word in words if not word.isdigit())
    if "u" in letters and "f" not in letters:
        await call.out("\n".join(_bsd(call)) + "\n")
    elif "f" in letters:
        await call.out("\n".join(_full(call)) + "\n")
    else:
        shown = (
            processes(call)
            if set(letters) & set("eAax")
            else [process for process in processes(call) if process.streams.terminal] or [_own(call)]
        )
        lines = [
            f"{process.pid:7d} {_terminal(process):<8} {_hours(call.container, process)} {short_name(process)}"
            for process in shown
        ]
        await call.out("\n".join(["    PID TTY          TIME CMD", *lines]) + "\n")
    return 0


def _own(call: Invocation) -> Process:
    return call.process or call.container.processes[max(call.container.processes)]


def _chosen(words: Sequence[str]) -> list[str] | None:
    """The columns of -o; None without it."""
    found: list[str] = []
    for index, word in enumerate(words):
        if word.startswith("-") and word.endswith("o") and index + 1 < len(words):
            found += words[index + 1].split(",")
        elif word.startswith("-o") and len(word) > 2:
            found += word[2:].split(",")
    names = [name.partition("=")[0].lower() for name in found]
    return [_ALIASES.get(name, name) for name in names] or None


def _table(call: Invocation, shown: Sequence[Process], chosen: Sequence[str]) -> str:
    rows = [[_COLUMNS[name][0] for name in chosen]]
    rows += [[str(_COLUMNS[name][1](call.container, process)) for name in chosen] for process in shown]
    widths = [max(len(row[column]) for row in rows) for column in range(len(chosen))]
    lines = []
    for row in rows:
        cells = [
            text.ljust(width) if name in _TO_THE_LEFT else text.rjust(width)
            for text, width, name in zip(row, widths, chosen, strict=True)
        ]
        lines.append(" ".join(cells).rstrip())
    return "\n".join(lines) + "\n"


def _bsd(call: Invocation) -> Iterator[str]:
    """ps aux"""
    yield "USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND"
    for process in processes(call):
        container = call.container
        memory = _memory(container, process)
        yield (
            f"{container.user_name[:8]:<8} {process.pid:7d} {_cpu_share(container, process):>4} "
            f"{_memory_share(container, process):>4} {memory:6d} {memory:5d} {_terminal(process):<8} "
            f"{state(call, process):<4} {_clock(process)} {_minutes(container, process):>6} {command_line(process)}"
        )


def _full(call: Invocation) -> Iterator[str]:
    """ps -ef"""
    yield "UID          PID    PPID  C STIME TTY          TIME CMD"
    for process in processes(call):
        share = float(_cpu_share(call.container, process))
        yield (
            f"{call.container.user_name[:8]:<8} {process.pid:7d} {process.parent:7d} {share:2.0f} {_clock(process)} "
            f"{_terminal(process):<8} {_hours(call.container, process)} {command_line(process)}"
        )


def _named(call: Invocation, name: str) -> list[Process]:
    return [
        each
        for each in processes(call)
        if name in (short_name(each), each.argv[0]) and each is not call.process
    ]


async def pidof(call: Invocation) -> int:
    found = [
        str(each.pid)
        for name in call.argv[1:]
        if not name.startswith("-")
        for each in reversed(_named(call, name))
    ]
    if found:
        await call.out(" ".join(found) + "\n")
    return 0 if found else 1


async def pgrep(call: Invocation) -> int:
    """pgrep [-f] [-l] [-a] PATTERN"""
    letters = "".join(word[1:] for word in call.argv[1:] if word.startswith("-"))
    patterns = [word for word in call.argv[1:] if not word.startswith("-")]
    found = [each for each in processes(call) if each is not call.process and any(
        pattern in (command_line(each) if "f" in letters else short_name(each)) for pattern in patterns)]  # fmt: skip
    if call.name == "pkill":
        number = signal_number(letters) or signal.SIGTERM
        for process in found:
            send(process, number)
        return 0 if found else 1
    for process in found:
        text = (
            f" {command_line(process)}"
            if "a" in letters
            else f" {short_name(process)}"
            if "l" in letters
            else ""
        )
        await call.out(f"{process.pid}{text}\n")
    return 0 if found else 1


def send(process: Process, number: int) -> None:
    """A signal from within the container: the kernel keeps even SIGKILL from its PID 1."""
    if process.pid == 1 and number in (signal.SIGKILL, signal.SIGSTOP):
        return
    process.send(number)


async def kill(call: Invocation) -> int:
    """kill [-SIGNAL | -s SIGNAL | -n NUMBER] PID…, kill -l. Gives NOT_A_PROCESS for jobs that only the shell knows."""
    words, number = list(call.argv[1:]), int(signal.SIGTERM)
    if words[:1] in (["-l"], ["-L"]):
        names = [each.name.removeprefix("SIG") for each in signal.Signals if each < 32]
        await call.out("\n".join(f"{index:2d}) {name}" for index, name in enumerate(names, 1)) + "\n")
        return 0
    if words and words[0].startswith("-") and len(words[0]) > 1 and words[0] != "--":
        option = words.pop(0)
        name = words.pop(0) if option in ("-s", "-n") and words else option[1:]
        number = signal_number(name)
        if not number and name != "0":
            await call.error(f"sh: kill: {name}: invalid signal specification\n")
            return 1
    words = [word for word in words if word != "--"]
    if not words:
        await call.error(
            "sh: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]\n"
        )
        return 2
    if any(
        word.startswith("%")
        or (word.isdigit() and int(word) >= FIRST_OF_A_SHELL and int(word) not in call.container.processes)
        for word in words
    ):
        return NOT_A_PROCESS
    code = 0
    for word in words:
        chosen = _meant(call, word)
        if not chosen:
            why = "No such process" if word.lstrip("-").isdigit() else "arguments must be process or job IDs"
            await call.error(
                f"sh: kill: ({word}) - {why}\n"
                if word.lstrip("-").isdigit()
                else f"sh: kill: {word}: {why}\n"
            )
            code = 1
        for process in chosen:
            send(process, number)
    return code


def _meant(call: Invocation, word: str) -> list[Process]:
    if word == "-1":
        return [each for each in processes(call) if each.pid != 1 and each is not call.process]
    if not word.lstrip("-").isdigit():
        return []
    process = call.container.processes.get(abs(int(word)))
    return [process] if process else []


async def killall(call: Invocation) -> int:
    words = [word for word in call.argv[1:] if not word.startswith("-")]
    number = (
        next((signal_number(word[1:]) for word in call.argv[1:] if word.startswith("-")), 0) or signal.SIGTERM
    )
    code = 0
    for name in words:
        found = _named(call, name)
        if not found:
            await call.error(
                f"killall: {name}: no process killed\n" if is_busybox(call) else f"{name}: no process found\n"
            )
            code = 1
        for process in found:
            send(process, number)
    return code


PROGRAMS: dict[str, Program] = {
    "ps": ps, "pidof": pidof, "pgrep": pgrep, "pkill": pgrep, "kill": kill, "killall": killall,
}  # fmt: skip
