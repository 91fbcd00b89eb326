"""What a script in a container can do to the process in which all of them run: nothing but end itself."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from runner.practice.containers import container_limits as limits
from runner.practice.containers.memory_watch import MemoryWatch
from tests.practice.containers.container_room import ContainerRoom, container_room
from tests.practice.containers.runtime_process import RuntimeProcess, runtime_process

pytestmark = pytest.mark.asyncio(loop_scope="module")

ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="stacks are watched on Linux only")
SELF = "chmod +x /tmp/a; /tmp/a"
SEGFAULT = 139

RECURSION = {
    "eval": """x='eval "$x"'; eval "$x\"""",
    "eval in the depth": "x='" + "{ " * 60 + 'eval "$x"' + "; }" * 60 + '\'; eval "$x"',
    "a script": f"echo /tmp/a > /tmp/a; {SELF}",
    "a program in PATH": "echo zz > /tmp/zz; chmod +x /tmp/zz; PATH=/tmp:$PATH; zz",
    "find": f"echo 'find /tmp/a -exec /tmp/a \\;' > /tmp/a; {SELF}",
    "xargs": f"echo 'echo x | xargs /tmp/a' > /tmp/a; {SELF}",
    "an alias": 'shopt -s expand_aliases\nalias a="eval b"\nalias b="eval a"\na',
}
"""Forms that bashkit does not bound."""

BOUNDED = {
    "a function": ("f() { f; }; f", "function depth"),
    "a function in $()": ("f() { echo $(f); }; f", "function depth"),
    "a function in the background": ("f() { f & wait; }; f", "fork: retry: Resource temporarily unavailable"),
    "source": ("echo . /tmp/s > /tmp/s; . /tmp/s", "source depth"),
    "sh -c": ("""export x='sh -c "$x"'; sh -c "$x\"""", "nesting depth"),
    "sh FILE": ("echo sh /tmp/a > /tmp/a; sh /tmp/a", "nesting depth"),
    "$(…)": (f"echo {'$(' * 10_000}true{')' * 10_000}", "nesting too deep"),
    "{": ("{ " * 10_000 + "true;" + " }" * 10_000, "nesting too deep"),
    "if": ("if true; then " * 5000 + "true" + "; fi" * 5000, "nesting too deep"),
    "((": (f"echo $(({'(' * 10_000}1{')' * 10_000}))", "recursion level"),
    "${:-": (f"echo {'${x:-' * 10_000}1{'}' * 10_000}", "nesting too deep"),
    "a variable of itself": ("a=b; b=a; echo $((a))", "recursion level"),
    "awk": ("awk 'function f(x) { return f(x) } BEGIN { f(1) }'", "depth limit"),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def process() -> AsyncIterator[RuntimeProcess]:
    async with runtime_process() as made:
        await made.start("attacked", "sleep", "1000")
        await made.start("other", "sleep", "1000")
        yield made


async def _others_live(process: RuntimeProcess) -> None:
    assert await process.sh("other", "echo here") == (0, "here\n")
    assert not process.lost


@ON_LINUX
@pytest.mark.parametrize("form", RECURSION)
async def test_recursion_without_a_bound_of_its_own_ends_itself(process: RuntimeProcess, form: str) -> None:
    assert (await process.sh("attacked", RECURSION[form]))[0] == SEGFAULT
    await _others_live(process)


@pytest.mark.parametrize("form", BOUNDED)
async def test_recursion_that_is_bounded(process: RuntimeProcess, form: str) -> None:
    script, said = BOUNDED[form]
    assert said in (await process.sh("attacked", script))[1]
    await _others_live(process)


@ON_LINUX
async def test_a_main_process_that_recurses_ends_as_by_a_signal(process: RuntimeProcess) -> None:
    await process.start("main", "sh", "-c", RECURSION["eval"])
    async with asyncio.timeout(20):
        while "main" not in process.exits:
            await asyncio.sleep(0.02)
    assert process.exits["main"].code == SEGFAULT
    await _others_live(process)


@ON_LINUX
async def test_the_memory_of_a_deep_stack_is_given_back(process: RuntimeProcess) -> None:
    await process.sh("attacked", RECURSION["a script"])  # what the allocator keeps for itself, it has then
    before = process.memory
    for _ in range(3):
        await process.sh("attacked", RECURSION["a script"])
    async with asyncio.timeout(20):
        while process.memory > before + limits.DEEPEST_STACK:  # kept, they would be three
            await asyncio.sleep(0.1)


HOGS = [
    "yes > /tmp/f",
    "dd if=/dev/zero of=/tmp/f bs=1M count=10240",
    "cat /dev/zero | wc -c; cat /dev/zero > /tmp/f; x=$(cat /dev/zero)",
    "x=aaaaaaaaaa; while true; do x=$x$x$x$x || break; done",
    "fallocate -l 10G /tmp/f; truncate -s 10G /tmp/f",
    "awk 'BEGIN { x = \"aaaaaaaaaa\"; while (1) x = x x }'",
    "i=0; while [ $i -lt 100 ]; do i=$((i+1)); sleep 0.3 & done; wait",
    "echo {1..1000000000} | wc -c; seq 1 1000000000 | tail -1",
]


async def test_what_takes_all_that_it_can_get_is_bounded(process: RuntimeProcess) -> None:
    """Together they take a fraction of the machine, and others are answered at once."""
    before = process.memory
    hogs = [asyncio.ensure_future(process.sh("attacked", hog)) for hog in HOGS]
    loops = [asyncio.ensure_future(process.sh("attacked", "while true; do :; done")) for _ in range(10)]
    bomb = asyncio.ensure_future(process.sh("attacked", ":(){ :|:& };:"))
    slowest = 0.0
    try:
        async with asyncio.timeout(60):
            while not all(each.done() for each in hogs):
                began = time.monotonic()
                await _others_live(process)
                slowest = max(slowest, time.monotonic() - began)
                assert process.memory < before + limits.MOST_MEMORY // 2
    finally:
        for each in (*loops, bomb):
            each.cancel()
    assert slowest < 5


async def test_an_argument_that_linux_does_not_take(process: RuntimeProcess) -> None:
    from runner.practice.containers.container_config import StartError

    with pytest.raises(StartError, match="exec sh: argument list too long"):
        await process.sh("attacked", f"echo {'x' * limits.LONGEST_ARGUMENT}")
    assert await process.sh("attacked", f"echo {'x' * 100_000} | wc -c") == (0, "100001\n")


async def test_the_container_with_most_in_memory_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    async with container_room() as room:
        await _fill(room, monkeypatch)


async def _fill(room: ContainerRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    full, small = await room.run("busybox", "sleep", "1000"), await room.run("busybox", "sleep", "1000")
    await room.sh(full, "dd if=/dev/zero of=/tmp/a bs=1M count=9; cp /tmp/a /tmp/b")
    watch = MemoryWatch(room.runtime.containers, most=100 * limits.MIB)
    memory = iter([50 * limits.MIB, 200 * limits.MIB, 200 * limits.MIB, 201 * limits.MIB])
    monkeypatch.setattr("runner.practice.containers.runtime_memory.resident", lambda: next(memory))
    watch.look()
    assert room.exits == {}
    watch.look()
    exit_ = await room.exit_of(full)
    assert (exit_.code, exit_.reason) == (137, "OOMKilled")
    watch.look()
    assert (await room.exec(small, "echo", "here")) == (0, "here\n")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("f() { [ $1 -gt 0 ] && f $(($1 - 1)) || echo $?; }; f " + str(limits.FUNCTION_DEPTH - 1), "1\n"),
        (f"yes | head -n {limits.LINES_OF_YES + 1} | wc -l", str(limits.LINES_OF_YES)),
        ("cat /dev/zero | wc -c", str(limits.BYTES_OF_ZERO)),
        (f"truncate -s {limits.LARGEST_FILE_IN_MEMORY} /tmp/l; stat -c %s /tmp/l", str(limits.LARGEST_FILE_IN_MEMORY)),
        (f"truncate -s {limits.LARGEST_FILE_IN_MEMORY + 1} /tmp/l2", str(limits.LARGEST_FILE_IN_MEMORY)),
        ("x=aaaaaaaaaa; while true; do x=$x$x; done", f"variable byte limit ({limits.VARIABLE_BYTES})"),
        ("i=0; while [ $i -le 64 ]; do i=$((i+1)); sleep 1 & done; kill $(jobs -p)", "fork: retry: "),
    ],
)  # fmt: skip
async def test_the_limits_of_a_shell_are_what_the_page_says(
    process: RuntimeProcess, script: str, said: str
) -> None:
    assert said in (await process.sh("attacked", script))[1]
