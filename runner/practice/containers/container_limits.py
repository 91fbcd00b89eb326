"""How much containers may take of the machine, and what happens beyond that. The page of the practice cluster shows LIMITS.

Those of one shell are bashkit's own, which its Python interface does not let us choose: `test_container_limits.py`
measures that they are what is said here.
"""

from __future__ import annotations

from dataclasses import dataclass

KIB, MIB, GIB = 2**10, 2**20, 2**30

MOST_MEMORY = GIB
"""Bytes of the process in which all containers run."""
STACK = 512 * MIB
"""Bytes of address space, not of memory, for the stack of each of its threads: the deepest recursion grows into it so slowly
that it is noticed before it is through (measured: at most 350 MB/s at first, less and less the deeper it is)."""
DEEPEST_STACK = 32 * MIB
"""Of what runs: some 1,000 levels of `eval` or of scripts."""
PARSER_STACK = 120 * MIB
"""Of the main thread, which reads scripts before they run. Linux leaves 128 MiB for it."""
LONGEST_ARGUMENT = 128 * KIB
"""Bytes, as Linux has it (MAX_ARG_STRLEN)."""
LOOK_EVERY = 0.05
"""Seconds between two looks at them."""
NICENESS = 5
"""The API, and whatever else the person does, comes before what runs in containers."""

LARGEST_FILE_ON_DISK = 256 * MIB
"""Bytes of one file on this machine: what a container writes beyond that is refused ("File too large")."""
MOST_ON_DISK = GIB
"""Bytes that a PersistentVolume, or all hostPaths of a node, may hold on this machine."""
LARGEST_FILE_IN_MEMORY = 10_000_000
MOST_FILES_IN_MEMORY = 100_000_000
"""Bytes of a container's own files, and of each emptyDir."""
MOST_IN_AN_ARCHIVE = 128 * MIB
"""Bytes that `tar`, and so `kubectl cp`, takes at once."""

LOG_LINES = 10_000
LOG_BYTES = 4 * MIB
"""Of one container; a kubelet keeps 10 MiB."""
LOG_LINE = 16 * KIB
"""Bytes; a longer line is cut into several, as containerd does it."""
LOGS_OF_A_POD = 12
"""Of containers that have ended: their logs are kept for `kubectl logs --previous`."""
PROBE_OUTPUT = 10 * KIB
"""Bytes of what an exec probe writes, or of a page, that are kept."""
MOST_INPUT = 64 * MIB
"""Bytes that a program reads of its standard input before it does its work, as `curl -d @-`."""

FUNCTION_DEPTH = 16
SHELL_DEPTH = 8
"""`sh -c` in `sh -c`."""
BACKGROUND_JOBS = 64
"""Of a shell, and of a container."""
VARIABLE_BYTES = 10_000_000
"""Of all variables of a shell together."""
READ_BYTES = 100_000_000
"""That the commands of one script read of files and pipes, as long as it runs."""
LINES_OF_YES = 10_000
BYTES_OF_ZERO = MIB
"""That /dev/zero has, and /dev/urandom."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A row of the page."""

    of: str
    most: str
    beyond: str


LIMITS = (
    Limit("memory of all containers together", f"{MOST_MEMORY // MIB} MiB", "the container that holds most is OOMKilled (137)"),
    Limit("recursion (scripts, `eval`, `find -exec` that run themselves)", f"{DEEPEST_STACK // MIB} MiB of stack",
          "the process ends with SIGSEGV (139)"),
    Limit("an argument of a command that is started, as a script behind `sh -c`", f"{LONGEST_ARGUMENT // KIB} KiB",
          "`argument list too long`"),
    Limit("functions within functions", str(FUNCTION_DEPTH), "`maximum function depth exceeded`"),
    Limit("`sh -c` within `sh -c`", str(SHELL_DEPTH), "`maximum nesting depth exceeded`"),
    Limit("background jobs of a container", str(BACKGROUND_JOBS), "`fork: retry: Resource temporarily unavailable`"),
    Limit("variables of a shell", f"{VARIABLE_BYTES:,} bytes", "`variable byte limit exceeded`, the script ends"),
    Limit("what a script's commands read in all", f"{READ_BYTES:,} bytes", "`execution budget exhausted`, the script ends"),
    Limit("a file in a container, or in an emptyDir", f"{LARGEST_FILE_IN_MEMORY:,} bytes", "`file too large`"),
    Limit("all files of a container, or of an emptyDir", f"{MOST_FILES_IN_MEMORY:,} bytes", "the write fails"),
    Limit("what `kubectl cp` and `tar` copy at once", f"{MOST_IN_AN_ARCHIVE // MIB} MiB", "`tar` says so, and copies nothing"),
    Limit("a file in a PersistentVolume or hostPath", f"{LARGEST_FILE_ON_DISK // MIB} MiB", "`File too large`"),
    Limit("all files of a PersistentVolume, or of a node's hostPaths", f"{MOST_ON_DISK // GIB} GiB", "the pod is evicted"),
    Limit("output of `yes`", f"{LINES_OF_YES:,} lines", "it ends"),
    Limit("/dev/zero and /dev/urandom", f"{BYTES_OF_ZERO // MIB} MiB each time they are read", "they end"),
    Limit("log of a container", f"{LOG_LINES:,} lines, {LOG_BYTES // MIB} MiB", "the oldest lines go"),
    Limit("a line of a log", f"{LOG_LINE // KIB} KiB", "it is cut into several"),
    Limit("logs of ended containers that are kept", f"{LOGS_OF_A_POD} of a pod", "the oldest go"),
    Limit("what a probe's command writes", f"{PROBE_OUTPUT // KIB} KiB", "the rest is left out of the event"),
)  # fmt: skip
