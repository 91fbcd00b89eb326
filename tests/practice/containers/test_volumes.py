"""What containers see of the volumes of their pods."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.practice.containers.container_config import Mount, StartError, VolumeConfig
from tests.practice.containers.container_room import ContainerRoom, Started

SETTINGS = VolumeConfig("settings", {"key": b"value", "conf/app.yaml": b"color: red\n"}, {"key": 0o400})


async def busybox(
    room: ContainerRoom,
    *mounts: Mount,
    volumes: tuple[VolumeConfig, ...] = (),
    name: str = "web",
    **more: object,
) -> Started:
    return await room.run(
        "busybox", name=name, command=["sleep", "infinity"], mounts=mounts, volumes=volumes, **more
    )


async def test_files_of_the_kubelet_are_links_into_the_folder_of_now(room: ContainerRoom) -> None:
    web = await busybox(room, Mount("settings", "/etc/config"), volumes=(SETTINGS,))
    assert await room.sh(web, "cat /etc/config/key /etc/config/conf/app.yaml") == "valuecolor: red\n"
    assert await room.sh(web, "ls /etc/config; readlink /etc/config/key") == "conf\nkey\n..data/key\n"
    assert (await room.sh(web, "readlink /etc/config/..data")).startswith("..2")
    assert "r--------" in await room.sh(web, "ls -l /etc/config/..data/key")
    assert "read-only" in (await room.sh(web, "echo x > /etc/config/key")).lower()
    assert "etc" in (await room.sh(web, "ls /")).split()


async def test_new_content_is_seen_at_once_and_a_sub_path_keeps_its_own(room: ContainerRoom) -> None:
    mounts = (
        Mount("settings", "/etc/config"),
        Mount("settings", "/etc/app/app.yaml", sub_path="conf/app.yaml"),
        Mount("settings", "/etc/conf", sub_path="conf"),
    )
    web = await busybox(room, *mounts, volumes=(SETTINGS,))
    room.runtime.put_volume(VolumeConfig("settings", {"conf/app.yaml": b"color: blue\n", "new": b"1"}))
    assert await room.sh(web, "ls /etc/config; cat /etc/config/conf/app.yaml") == "conf\nnew\ncolor: blue\n"
    assert await room.sh(web, "cat /etc/app/app.yaml /etc/conf/app.yaml") == "color: red\ncolor: red\n"
    assert await room.sh(web, "ls /etc/app") == "app.yaml\n"
    other = await busybox(room, *mounts, name="other")
    assert await room.sh(other, "cat /etc/app/app.yaml") == "color: blue\n"


async def test_a_key_that_is_not_there_is_an_empty_folder_as_a_sub_path(room: ContainerRoom) -> None:
    web = await busybox(room, Mount("settings", "/etc/none", sub_path="none"), volumes=(SETTINGS,))
    assert await room.sh(web, "[ -d /etc/none ] && ls /etc/none") == ""


async def test_a_volume_in_memory_is_shared_and_outlives_a_container(room: ContainerRoom) -> None:
    cache = VolumeConfig("cache")
    one = await busybox(room, Mount("cache", "/cache"), volumes=(cache,))
    await room.sh(one, "echo kept > /cache/file; ln -s /etc/passwd /cache/link")
    await room.stop(one, 0)
    two = await busybox(
        room, Mount("cache", "/deep/er/cache"), Mount("cache", "/only", read_only=True), volumes=(cache,)
    )
    assert await room.sh(two, "ls /deep/er/cache; cat /only/file") == "file\nlink\nkept\n"
    assert "read-only" in (await room.sh(two, "echo x > /only/new")).lower()
    await room.sh(two, "echo more >> /deep/er/cache/file")
    assert await room.sh(two, "cat /only/file") == "kept\nmore\n"


@pytest.mark.parametrize("kept", [False, True])
async def test_a_sub_path_is_the_same_folder_in_every_container(
    room: ContainerRoom, tmp_path: Path, kept: bool
) -> None:
    data = VolumeConfig("data", folder=str(tmp_path / "data") if kept else "")
    first = await busybox(room, Mount("data", "/data"), volumes=(data,))
    await room.sh(first, "mkdir -p /data/mysql; echo old > /data/mysql/table; echo single > /data/one.conf")
    mounts = (
        Mount("data", "/var/lib/mysql", sub_path="mysql"),
        Mount("data", "/etc/one.conf", sub_path="one.conf"),
    )
    second = await busybox(room, *mounts, volumes=(data,))
    assert await room.sh(second, "cat /var/lib/mysql/table /etc/one.conf") == "old\nsingle\n"
    await room.sh(second, "echo new > /var/lib/mysql/table; echo changed > /etc/one.conf")
    third = await busybox(room, Mount("data", "/data"), Mount("data", "/x", sub_path="mysql"))
    assert await room.sh(third, "cat /data/mysql/table /x/table /data/one.conf") == "new\nnew\nchanged\n"
    assert await room.sh(first, "cat /data/one.conf /data/mysql/table") == "changed\nnew\n"


async def test_a_mount_in_another_one_is_seen_in_it(room: ContainerRoom) -> None:
    web = await busybox(
        room,
        Mount("settings", "/data/config"),
        Mount("settings", "/data/key", sub_path="key"),
        Mount("cache", "/data"),
        volumes=(VolumeConfig("cache"), SETTINGS),
    )
    assert await room.sh(web, "ls /data /data/config; cat /data/key") == (
        "/data:\nconfig\nkey\n\n/data/config:\nconf\nkey\nvalue"
    )


async def test_a_kept_volume_stays_and_goes_with_its_folder(room: ContainerRoom, tmp_path: Path) -> None:
    config = VolumeConfig("persistent/fs", folder=str(tmp_path / "fs"))
    web = await busybox(room, Mount(config.id, "/data"), volumes=(config,))
    await room.sh(web, "echo here > /data/file")
    assert (tmp_path / "fs/file").read_text() == "here\n"
    assert room.runtime.volume_sizes([config.id, "unknown"]) == {config.id: 5}


async def test_nothing_leads_out_of_a_kept_volume(room: ContainerRoom, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("of this machine")
    folder = tmp_path / "fs"
    folder.mkdir()
    (folder / "out").symlink_to(tmp_path / "secret")
    config = VolumeConfig("persistent/fs", folder=str(folder))
    web = await busybox(room, Mount(config.id, "/data"), volumes=(config,))
    script = (
        "cat /data/out /data/../secret /data/../../secret; cd /data; cat ../secret;"
        f" ln -s {tmp_path}/secret /data/l; cat /data/l"
    )
    assert "of this machine" not in await room.sh(web, script)
    with pytest.raises(StartError, match="failed to prepare subPath"):
        await busybox(room, Mount(config.id, "/x", sub_path="../.."), volumes=(config,))


async def test_the_working_folder_is_made_where_it_is_missing(room: ContainerRoom) -> None:
    web = await busybox(
        room, Mount("cache", "/cache"), volumes=(VolumeConfig("cache"),), working_dir="/cache/a/b"
    )
    assert await room.sh(web, "pwd; ls /cache") == "/cache/a/b\na\n"


@pytest.mark.parametrize("path", ["/data/", "data", "/var/../data", "//data"])
async def test_paths_of_mounts_as_people_write_them(room: ContainerRoom, path: str) -> None:
    web = await busybox(room, Mount("settings", path), volumes=(SETTINGS,))
    assert await room.sh(web, "cat /data/key; cd /data; ls") == "valueconf\nkey\n"
