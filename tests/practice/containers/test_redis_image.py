"""redis: its commands by redis-cli and by the bytes of its protocol, its password, and what it saves."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.practice.containers.byte_streams import Pipe
from runner.practice.containers.container_config import Mount, VolumeConfig
from tests.practice.containers.container_room import ContainerRoom, Started
from tests.practice.containers.terminal_person import person_at


async def ask(room: ContainerRoom, redis: Started, *words: str) -> str:
    return (await room.exec(redis, "redis-cli", *words))[1]


@pytest.mark.parametrize(
    ("commands", "says"),
    [
        (["ping"], "PONG\n"),
        (["set a 1", "incr a", "get a"], "2\n"),
        (["get nothing"], "\n"),
        (["--no-raw get nothing"], "(nil)\n"),
        (["--no-raw incr a"], "(integer) 1\n"),
        (["rpush l x y", "--no-raw lrange l 0 -1"], '1) "x"\n2) "y"\n'),
        (["hset h a 1 b 2", "hgetall h"], "a\n1\nb\n2\n"),
        (["set a x", "incr a"], "ERR value is not an integer or out of range\n\n"),
        (
            ["rpush l x", "--no-raw get l"],
            "(error) WRONGTYPE Operation against a key holding the wrong kind of value\n",
        ),
        (["zadd z 2 b 1 a", "zrange z 0 -1 withscores"], "a\n1\nb\n2\n"),
        (["set a 1 ex 100", "ttl a"], "100\n"),
        (["mset a 1 b 2", "dbsize"], "2\n"),
        (["nonsense x"], "ERR unknown command 'nonsense', with args beginning with: 'x' \n\n"),
        (["get"], "ERR wrong number of arguments for 'get' command\n\n"),
    ],
)
async def test_commands(room: ContainerRoom, commands: list[str], says: str) -> None:
    redis = await room.run("redis:7")
    assert [await ask(room, redis, *command.split()) for command in commands][-1] == says


async def test_another_pod_asks_by_the_service_and_with_its_password(room: ContainerRoom) -> None:
    redis = await room.run("redis:7-alpine", "--requirepass", "secret")
    client = await room.run("redis", name="client", command=["sleep", "1000"])
    room.serve([6379], cache=redis)
    assert await ask(room, client, "-h", "cache", "ping") == "NOAUTH Authentication required.\n\n"
    assert await ask(room, client, "-h", "cache", "-a", "secret", "--no-auth-warning", "ping") == "PONG\n"
    assert (
        await ask(room, client, "ping")
        == "Could not connect to Redis at 127.0.0.1:6379: Connection refused\n"
    )
    assert "Name or service not known" in await ask(room, client, "-h", "nobody", "ping")
    code, said = await room.exec(
        redis, "redis-cli", "-a", "secret", "--no-auth-warning", stdin="set a 1\nget a\n"
    )
    assert (code, said) == (0, "OK\n1\n")


async def test_its_protocol(room: ContainerRoom) -> None:
    redis = await room.run("redis")
    listener = room.runtime.container(redis.id).pod.listener(6379)
    assert listener is not None
    assert listener.stream is not None
    source, heard = Pipe(), bytearray()

    async def hear(data: bytes) -> None:
        heard.extend(data)

    for piece in (
        b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$2\r\n",
        b"hi\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n",
        b"PING\r\n",
        b"*1\r\n$1\r\nx\r\n",
    ):
        await source.write(piece)
    await source.close()
    await listener.stream(source, hear)
    assert bytes(heard).startswith(b"+OK\r\n$2\r\nhi\r\n+PONG\r\n-ERR unknown command 'x'")


async def test_what_is_in_a_volume_that_stays_is_there_again(room: ContainerRoom, tmp_path: Path) -> None:
    volumes, mounts = [VolumeConfig("pvc", folder=str(tmp_path))], [Mount("pvc", "/data")]
    first = await room.run("redis", volumes=volumes, mounts=mounts)
    for command in ("set a 1", "rpush l x", "sadd s m", "hset h k v", "zadd z 1 m"):
        await ask(room, first, *command.split())
    assert (await room.stop(first)).code == 0
    assert "DB saved on disk" in await room.log(first)
    second = await room.run("redis", volumes=volumes, mounts=mounts)
    found = [
        await ask(room, second, *command.split())
        for command in ("get a", "lrange l 0 -1", "smembers s", "hget h k", "zscore z m")
    ]
    assert found == ["1\n", "x\n", "m\n", "v\n", "1\n"]


async def test_its_configuration_is_read(room: ContainerRoom) -> None:
    volumes = [VolumeConfig("conf", {"redis.conf": b'port 6380\nrequirepass "pw"\nmaxmemory 2mb\n'})]
    redis = await room.run(
        "redis", "redis-server", "/conf/redis.conf", volumes=volumes, mounts=[Mount("conf", "/conf")]
    )
    assert (
        await ask(room, redis, "-p", "6380", "-a", "pw", "--no-auth-warning", "config", "get", "maxmemory")
        == "maxmemory\n2mb\n"
    )
    missing = await room.run("redis", "redis-server", "/nothing.conf")
    assert (await room.exit_of(missing)).code == 1


async def test_info_counts_the_clients(room: ContainerRoom) -> None:
    redis = await room.run("redis")
    assert "connected_clients:1" in await ask(room, redis, "info", "clients")
    async with person_at(room, redis, ["redis-cli"]) as person:
        await person.sees("127.0.0.1:6379>")
        assert "connected_clients:2" in await ask(room, redis, "info", "clients")
    assert "connected_clients:1" in await ask(room, redis, "info", "clients")
