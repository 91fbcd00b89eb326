"""As whom a container's processes run, and what its securityContext keeps it from."""

from __future__ import annotations

from typing import Any

import pytest

from runner.practice.containers.container_config import Mount, StartError, VolumeConfig
from tests.practice.containers.container_room import ContainerRoom, Started


async def shell(room: ContainerRoom, image: str = "busybox", **config: Any) -> Started:
    return await room.run(image, command=["sleep", "infinity"], **config)


async def test_the_course_of_the_documentation(room: ContainerRoom) -> None:
    web = await shell(room, user=1000, group=3000, groups=[4000, 2000])
    assert await room.sh(web, "id") == "uid=1000 gid=3000 groups=2000,3000,4000\n"
    assert await room.sh(web, "id -u; id -g; id -G") == "1000\n3000\n2000 3000 4000\n"
    assert await room.exec(web, "whoami") == (1, "whoami: unknown uid 1000\n")


async def test_root_by_its_name(room: ContainerRoom) -> None:
    web = await shell(room, "ubuntu")
    assert await room.sh(web, "id; whoami; id -un") == "uid=0(root) gid=0(root) groups=0(root)\nroot\nroot\n"


async def test_a_group_of_its_own_comes_first_in_coreutils(room: ContainerRoom) -> None:
    web = await shell(room, "debian", user=1001, groups=[0])
    assert await room.sh(web, "id") == "uid=1001 gid=0(root) groups=0(root)\n"
    web = await shell(room, "debian", user=1001, group=3000, groups=[2000])
    assert await room.sh(web, "id; groups") == "uid=1001 gid=3000 groups=3000,2000\n3000 2000\n"


@pytest.mark.parametrize(
    ("user", "words"),
    [
        (
            None,
            'container has runAsNonRoot and image will run as root (pod: "web_default(web-1)", container: web)',
        ),
        (0, 'container\'s runAsUser breaks non-root policy (pod: "web_default(web-1)", container: web)'),
    ],
)
async def test_root_is_refused(room: ContainerRoom, user: int | None, words: str) -> None:
    with pytest.raises(StartError) as raised:
        await shell(room, run_as_non_root=True, user=user)
    assert (raised.value.reason, raised.value.message) == ("CreateContainerConfigError", words)
    await shell(room, run_as_non_root=True, user=1000)


async def test_a_root_that_can_not_be_written_to(room: ContainerRoom) -> None:
    web = await shell(
        room,
        read_only_root=True,
        mounts=[Mount("cache", "/tmp")],
        volumes=[VolumeConfig("cache")],
    )
    assert "read-only" in (await room.sh(web, "echo x > /etc/file")).lower()
    assert await room.sh(web, "echo x > /tmp/file; cat /tmp/file") == "x\n"
    assert await room.sh(web, "echo why > /dev/termination-log; cat /dev/termination-log") == "why\n"


@pytest.mark.parametrize("read_only", [False, True])
async def test_what_a_container_leaves_behind(room: ContainerRoom, read_only: bool) -> None:
    config: dict[str, Any] = {"read_only_root": read_only}
    ended = await room.run(
        "busybox", command=["sh", "-c", "echo -n bye > /dev/termination-log; exit 3"], **config
    )
    assert ((await room.exit_of(ended)).code, (await room.exit_of(ended)).message) == (3, "bye")
    path = "/tmp/my/log"
    ended = await room.run(
        "busybox", command=["sh", "-c", f"echo mine > {path}"], termination_message_path=path, **config
    )
    assert (await room.exit_of(ended)).message == "mine\n"


async def test_the_end_of_the_log_after_a_failure(room: ContainerRoom) -> None:
    script = "i=0; while [ $i -lt 100 ]; do echo line $i; i=$((i+1)); done; exit"
    failed = await room.run("busybox", command=["sh", "-c", f"{script} 1"], termination_message_from_log=True)
    message = (await room.exit_of(failed)).message
    assert message.splitlines()[0] == "line 20"
    assert message.splitlines()[-1] == "line 99"
    for more in ({"termination_message_from_log": True}, {}):
        code = 0 if more else 1
        ended = await room.run("busybox", command=["sh", "-c", f"{script} {code}"], **more)
        assert (await room.exit_of(ended)).message == ""


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({"read_only_root": True}, "30: Read-only file system"),
        ({"user": 1000}, "13: Permission denied"),
    ],
)
async def test_nginx_needs_its_folders(room: ContainerRoom, config: dict[str, Any], why: str) -> None:
    refused = await room.run("nginx", **config)
    assert (await room.exit_of(refused)).code == 1
    assert f'nginx: [emerg] mkdir() "/var/cache/nginx/client_temp" failed ({why})\n' in await room.log(
        refused
    )
    volumes = [VolumeConfig("cache"), VolumeConfig("run")]
    mounts = [Mount("cache", "/var/cache/nginx"), Mount("run", "/var/run")]
    web = await room.run("nginx", mounts=mounts, volumes=volumes, **config)
    assert (await room.request(web)).status == 200
    assert (
        await room.request(await room.run("nginxinc/nginx-unprivileged", **config), port=8080)
    ).status == 200
