"""What commands say of files, the kernel and the machine; and that nothing which an image has is without an answer."""

from __future__ import annotations

import pytest

from tests.practice.containers.container_room import ContainerRoom


async def test_stat_and_chown(room: ContainerRoom) -> None:
    ubuntu = await room.run("ubuntu", "sleep", "1000")
    await room.sh(ubuntu, "mkdir -p /srv/x; printf abc > /srv/x/f; ln -s f /srv/x/l; chmod 640 /srv/x/f")
    assert (
        await room.sh(ubuntu, "stat -c '%a %A %U:%G %s %F' /srv/x/f")
        == "640 -rw-r----- root:root 3 regular file\n"
    )
    assert "Uid: (    0/    root)" in await room.sh(ubuntu, "stat /srv/x/f")
    assert await room.exec(ubuntu, "stat", "-c", "%N", "/srv/x/l") == (0, "'/srv/x/l' -> 'f'\n")
    assert await room.exec(ubuntu, "stat", "/none") == (
        1, "stat: cannot statx '/none': No such file or directory\n",
    )  # fmt: skip
    assert await room.sh(ubuntu, "chown -R 1000:nogroup /srv/x; cd /srv; ls -l x | tail -n +2 | cut -d' ' -f3,4") == (
        "1000 nogroup\n1000 nogroup\n"
    )  # fmt: skip
    assert await room.sh(ubuntu, "chgrp root /srv/x/f; stat -c %u:%g /srv/x/f") == "1000:0\n"
    assert await room.exec(ubuntu, "chown", "nosuch", "/srv") == (1, "chown: invalid user: 'nosuch'\n")
    other = await room.run("busybox", "sleep", "1000", user=1000)
    assert await room.exec(other, "chown", "root", "/tmp") == (1, "chown: /tmp: Operation not permitted\n")


async def test_how_much_room_files_take(room: ContainerRoom) -> None:
    busybox = await room.run("busybox", "sleep", "1000")
    await room.sh(busybox, "mkdir -p /srv/a/b; fallocate -l 1M /srv/a/b/f")
    assert await room.sh(busybox, "du -sh /srv; du /srv/a; du -s /none") == (
        "1.0M\t/srv\n1028\t/srv/a/b\n1032\t/srv/a\ndu: /none: No such file or directory\n"
    )


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("grep -c ^processor /proc/cpuinfo", "4\n"),
        ("head -n 1 /proc/meminfo", "MemTotal:        8148356 kB\n"),
        ("tr '\\0' ' ' < /proc/1/cmdline", "sleep 1000 "),
        ("cat /proc/self/cgroup", "0::/\n"),
        ("echo x > /proc/version", "sh: can't create /proc/version: Read-only file system\n"),
        ("dmesg", "dmesg: klogctl: Operation not permitted\n"),
        ("/bin/dmesg", "dmesg: klogctl: Operation not permitted\n"),
        ("umount /proc", "umount: can't unmount /proc: Operation not permitted\n"),
        ("ash -c 'echo in ash'", "in ash\n"),
        ("echo text | gzip | zcat", "text\n"),
    ],
)
async def test_the_kernel_and_small_things(room: ContainerRoom, command: str, said: str) -> None:
    assert await room.sh(await room.run("busybox", "sleep", "1000"), command) == said


@pytest.mark.parametrize(
    "before", ["sleep 0.01", "wait", "kill -0 1", "true", "ss >/dev/null", "df >/dev/null"]
)
async def test_a_command_leaves_the_input_to_those_after_it(room: ContainerRoom, before: str) -> None:
    nginx = await room.run("nginx")
    assert await room.exec(nginx, "sh", "-c", f"{before}; cat", stdin="a\nb\n") == (0, "a\nb\n")
    script = f"while read x; do {before}; echo got $x; done"
    assert await room.exec(nginx, "sh", "-c", script, stdin="a\nb\n") == (0, "got a\ngot b\n")
