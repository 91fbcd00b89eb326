"""ls and tar in containers."""

from __future__ import annotations

import re

from tests.practice.containers.container_room import ContainerRoom


async def test_ls_shows_modes_owners_sizes_times_and_links(room: ContainerRoom) -> None:
    started = await room.run("ubuntu", "sleep", "3600")
    await room.sh(
        started, "mkdir -p /d/sub; printf 12345 > /d/f; ln -s f /d/l; touch /d/.hidden; chmod 600 /d/f"
    )
    assert await room.sh(started, "ls /d") == "f\nl\nsub\n"
    assert await room.sh(started, "ls -a /d") == ".\n..\nf\n.hidden\nl\nsub\n"
    said = await room.sh(started, "ls -l /d")
    lines = said.splitlines()
    assert lines[0] == "total 8"
    assert re.fullmatch(r"-rw------- 1 root root    5 \w{3} [ \d]\d \d\d:\d\d f", lines[1])
    assert re.fullmatch(r"lrwxrwxrwx 1 root root    1 \w{3} [ \d]\d \d\d:\d\d l -> f", lines[2])
    assert re.fullmatch(r"drwxr-xr-x 2 root root 4096 \w{3} [ \d]\d \d\d:\d\d sub", lines[3])
    assert " 1 0 0 5 " in await room.sh(started, "ls -ln /d/f")
    assert await room.exec(started, "ls", "/no") == (
        2,
        "ls: cannot access '/no': No such file or directory\n",
    )
    assert (await room.sh(started, "ls -R /d")).startswith("/d:\nf\nl\nsub\n\n/d/sub:\n")


async def test_tar_packs_and_unpacks_as_kubectl_cp_asks_it_to(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")
    await room.sh(started, "mkdir -p /a/b; echo one > /a/one; echo two > /a/b/two; ln -s one /a/link")
    assert await room.sh(
        started, "mkdir /out; tar cf - -C / a | tar xmf - -C /out; cat /out/a/one /out/a/b/two /out/a/link"
    ) == ("one\ntwo\none\n")
    assert (
        await room.sh(started, "tar czf /x.tgz /a 2>/dev/null; tar tzf /x.tgz")
        == "a/\na/b/\na/b/two\na/link\na/one\n"
    )
    code, said = await room.exec(started, "tar", "cf", "-", "/nowhere")
    assert code == 2
    assert "tar: /nowhere: Cannot stat: No such file or directory\n" in said
