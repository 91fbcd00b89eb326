"""Clients of databases as labs use them from another pod: dumps, administration, what is counted."""

from __future__ import annotations

import re

import pytest

from runner.practice.containers.image_programs import mysql_daemon, postgres_server
from tests.practice.containers.container_room import ContainerRoom, Started

ROOT = ("-h", "mysql", "-P", "3306", "-uroot")


@pytest.fixture(autouse=True)
def quick_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    for daemon in (mysql_daemon, postgres_server):
        monkeypatch.setattr(daemon, "SECONDS_OF_FIRST_START", 0.01)
        monkeypatch.setattr(daemon, "SECONDS_OF_A_START", 0.01)


async def pair(room: ContainerRoom, image: str, name: str, port: int, **env: str) -> tuple[Started, Started]:
    """(a server behind the Service of that name, a client of its image)."""
    server = await room.run(image, name=name, env=env)
    await room.until(lambda: room.runtime.container(server.id).pod.listener(port))
    room.serve([port], **{name: server})
    password = {"MYSQL_PWD": "secret", "PGPASSWORD": "secret", "PGUSER": "postgres", "PGHOST": name}
    client = await room.run(image, name="client", command=["sleep", "infinity"], env=password)
    return server, client


async def test_mysqldump_makes_a_database_again(room: ContainerRoom) -> None:
    _, client = await pair(
        room, "mysql:8.0", "mysql", 3306, MYSQL_ROOT_PASSWORD="secret", MYSQL_DATABASE="shop"
    )

    async def ask(database: str, statement: str) -> str:
        return (await room.exec(client, "mysql", *ROOT, "-N", database, "-e", statement))[1]

    made = "create table t (id int primary key auto_increment, name varchar(20) not null, at date)"
    await ask("shop", f"{made}; insert into t (name) values ('a'), ('it''s'); create table empty (x int)")
    code, dump = await room.exec(client, "mysqldump", *ROOT, "shop")
    assert code == 0
    assert dump.startswith(
        "-- MySQL dump 10.13  Distrib 8.0.40, for Linux (x86_64)\n--\n-- Host: mysql    Database: shop\n"
    )
    assert "  `id` int NOT NULL AUTO_INCREMENT,\n  `name` varchar(20) NOT NULL,\n" in dump
    assert "INSERT INTO `t` VALUES (1,'a',NULL),(2,'it''s',NULL);\n" in dump
    assert re.search(r"-- Dump completed on \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n$", dump)
    restore = "mysqldump -h mysql -uroot shop > /tmp/d.sql; mysql -h mysql -uroot copy < /tmp/d.sql"
    assert await room.exec(client, "mysqladmin", *ROOT, "create", "copy") == (0, "")
    assert await room.sh(client, restore) == ""
    assert await ask("copy", "select id, name from t") == "1\ta\n2\tit's\n"
    await ask("copy", "insert into t (name) values ('c')")
    assert await ask("copy", "select max(id) from t") == "3\n"
    only = (await room.exec(client, "mysqldump", *ROOT, "--no-data", "shop", "t"))[1]
    assert ("INSERT" in only, "CREATE TABLE `t`" in only, "`empty`" in only) == (False, True, False)
    everything = (await room.exec(client, "mysqldump", *ROOT, "--all-databases"))[1]
    assert everything.count("\nUSE `") == 2
    assert await room.exec(client, "mysqldump", *ROOT, "nowhere") == (
        2,
        "mysqldump: Got error: 1049: Unknown database 'nowhere' when selecting the database\n",
    )


async def test_mysqladmin_says_what_is_counted(room: ContainerRoom) -> None:
    server, client = await pair(room, "mysql:8.0", "mysql", 3306, MYSQL_ROOT_PASSWORD="secret")
    assert await room.exec(client, "mysqladmin", *ROOT, "ping") == (0, "mysqld is alive\n")
    assert await room.exec(client, "mysqladmin", *ROOT, "--silent", "ping") == (0, "")
    listener = room.runtime.container(server.id).pod.listener(3306)
    assert listener is not None
    listener.server.started -= 65  # type: ignore[attr-defined]
    for _ in range(3):
        await room.exec(client, "mysql", *ROOT, "-e", "select 1")
    status = (await room.exec(client, "mysqladmin", *ROOT, "status"))[1]
    assert re.match(r"Uptime: 6\d  Threads: 1  Questions: 3  Slow queries: 0  Opens: 0 ", status)
    assert "Uptime:                 1 min " in (await room.exec(client, "mysqladmin", *ROOT, "version"))[1]
    like = "show status like 'Uptime'"
    assert re.fullmatch(r"Uptime\t6\d\n", (await room.exec(client, "mysql", *ROOT, "-N", "-e", like))[1])
    assert "SHOW" in (await room.exec(client, "mysqladmin", *ROOT, "processlist"))[1].upper()
    code, said = await room.exec(client, "mysqladmin", "-h", "nowhere", "ping")
    assert code == 1
    assert said.endswith("Check that mysqld is running on nowhere and that the port is 3306.\n")


async def test_pg_dump_makes_a_database_again(room: ContainerRoom) -> None:
    _, client = await pair(room, "postgres:16", "pg", 5432, POSTGRES_PASSWORD="secret", POSTGRES_DB="shop")
    made = "create table t (id serial primary key, name text not null, note text)"
    await room.exec(client, "psql", "shop", "-c", made)
    await room.exec(client, "psql", "shop", "-c", "insert into t (name) values ('a'), ('it''s\ttab')")
    code, dump = await room.exec(client, "pg_dump", "shop")
    assert code == 0
    assert "CREATE TABLE public.t (\n    id serial PRIMARY KEY,\n    name text NOT NULL,\n" in dump
    assert "COPY public.t (id, name, note) FROM stdin;\n1\ta\t\\N\n2\tit's\\ttab\t\\N\n\\.\n" in dump
    assert await room.exec(client, "createdb", "copy") == (0, "")
    assert await room.exec(client, "createdb", "copy") == (
        1,
        'createdb: error: database creation failed: ERROR:  database "copy" already exists\n',
    )
    await room.sh(client, "pg_dump shop > /tmp/d.sql; psql -q copy < /tmp/d.sql")
    assert (await room.exec(client, "psql", "copy", "-At", "-c", "select * from t"))[
        1
    ] == "1|a|\n2|it's\ttab|\n"
    assert await room.exec(client, "createdb", "again") == (0, "")
    await room.exec(client, "psql", "-q", "again", "-f", "/tmp/d.sql")
    assert (await room.exec(client, "psql", "again", "-At", "-c", "select count(*) from t"))[1] == "2\n"
    assert await room.exec(client, "dropdb", "again") == (0, "")
    words = "host=pg user=postgres dbname=copy password=secret"
    assert (await room.exec(client, "psql", words, "-At", "-c", "select count(*) from t"))[1] == "2\n"
    assert await room.exec(client, "pg_isready", "-q") == (0, "")
    assert (await room.exec(client, "pg_dumpall"))[1].count("\\connect ") == 2


async def test_redis_cli_from_another_pod(room: ContainerRoom) -> None:
    _, client = await pair(room, "redis:7", "redis", 6379)

    async def ask(*words: str) -> str:
        return (await room.exec(client, "redis-cli", "-h", "redis", *words))[1]

    assert await ask("-r", "3", "incr", "c") == "1\n2\n3\n"
    assert (await room.exec(client, "redis-cli", "-u", "redis://redis:6379/1", "set", "k", "v"))[1] == "OK\n"
    assert await ask("-n", "1", "--scan", "--pattern", "k*") == "k\n"
    assert re.fullmatch(r"# Stats\r\ntotal_commands_processed:6\r\n", await ask("info", "stats"))
    assert "# Server" in await ask("info")
    assert len((await ask("time")).split()) == 2
