"""memcached, WordPress, MongoDB; a password that a terminal does not show."""

from __future__ import annotations

import asyncio

import pytest

from runner.practice.containers.byte_streams import Pipe
from runner.practice.containers.image_programs import mysql_daemon
from runner.practice.containers.standard_streams import Streams, Terminal
from tests.practice.containers.container_room import ContainerRoom


async def test_memcached_speaks_its_protocol(room: ContainerRoom) -> None:
    started = await room.run("memcached", "-p", "11300")
    listener = room.runtime.container(started.id).pod.listener(11300)
    assert listener is not None
    assert listener.stream is not None
    source, heard = Pipe(), bytearray()

    async def hear(data: bytes) -> None:
        heard.extend(data)

    for piece in (
        b"set a 0 0 2\r\nh",
        b"i\r\nget a b\r\n",
        b"set n 0 0 1\r\n1\r\nincr n 4\r\ndelete a\r\nget a\r\nnonsense\r\nquit\r\n",
    ):
        await source.write(piece)
    await source.close()
    await listener.stream(source, hear)
    assert bytes(heard) == b"STORED\r\nVALUE a 0 2\r\nhi\r\nEND\r\nSTORED\r\n5\r\nDELETED\r\nEND\r\nERROR\r\n"


async def test_wordpress_needs_its_database(room: ContainerRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mysql_daemon, "SECONDS_OF_FIRST_START", 0.01)
    env = {
        "WORDPRESS_DB_HOST": "db",
        "WORDPRESS_DB_USER": "wp",
        "WORDPRESS_DB_PASSWORD": "pw",
        "WORDPRESS_DB_NAME": "blog",
    }
    page = await room.run("wordpress:6", env=env)
    answer = await room.request(page)
    assert (answer.status, b"Error establishing a database connection" in answer.body) == (500, True)
    env = {"MYSQL_ROOT_PASSWORD": "x", "MYSQL_USER": "wp", "MYSQL_PASSWORD": "pw", "MYSQL_DATABASE": "blog"}
    mysql = await room.run("mysql:8.0", name="mysql", env=env)
    await room.until(lambda: room.runtime.container(mysql.id).pod.listener(3306))
    room.serve([3306], db=mysql)
    answer = await room.request(page)
    assert (answer.status, answer.header("location")) == (302, "http://web/wp-admin/install.php")
    assert b"Installation" in (await room.request(page, "/wp-admin/install.php")).body


async def test_mongodb_listens_and_says_that_its_shell_is_not_there(room: ContainerRoom) -> None:
    mongo = await room.run("mongo:7")
    assert room.runtime.container(mongo.id).pod.listener(27017)
    code, said = await room.exec(mongo, "mongosh")
    assert code == 1
    assert "need a real cluster" in said


async def test_a_password_is_asked_for_without_showing_it_and_then_the_prompt(
    room: ContainerRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mysql_daemon, "SECONDS_OF_FIRST_START", 0.01)
    mysql = await room.run("mysql:8.0", name="mysql", env={"MYSQL_ROOT_PASSWORD": "admin"})
    await room.until(lambda: room.runtime.container(mysql.id).pod.listener(3306))
    keys, shown = Pipe(), bytearray()

    async def show(data: bytes) -> None:
        shown.extend(data)

    running = asyncio.ensure_future(
        room.runtime.exec(mysql.id, ["mysql", "-uroot", "-p"], Streams(keys, show, show, Terminal()))
    )
    await room.until(lambda: b"Enter password: " in shown)
    await keys.write(b"admin\r")
    await room.until(lambda: b"mysql> " in shown)
    for line, until in (
        (b"create database d;\r", b"Query OK, 1 row affected"),
        (b"select 1\r", b"    -> "),
        (b"as one;\r", b"1 row in set"),
    ):
        await keys.write(line)
        await room.until(lambda until=until: until in shown)
    await keys.write(b"exit\r")
    assert await running == 0
    assert b"admin" not in shown
    assert b"| one |\r\n" in shown
    assert bytes(shown).endswith(b"Bye\r\n")
