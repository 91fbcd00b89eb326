"""mysql and mariadb: their environment, what they answer, and where they keep it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from runner.practice.containers.container_config import Mount, StartError, VolumeConfig
from runner.practice.containers.image_programs import mysql_daemon
from tests.practice.containers.container_room import ContainerRoom, Started

ENV = {"MYSQL_ROOT_PASSWORD": "admin"}


@pytest.fixture(autouse=True)
def quick_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mysql_daemon, "SECONDS_OF_FIRST_START", 0.01)
    monkeypatch.setattr(mysql_daemon, "SECONDS_OF_A_START", 0.01)


async def server(
    room: ContainerRoom, image: str = "mysql:8.0", name: str = "mysql", **config: Any
) -> Started:
    started = await room.run(image, name=name, **{"env": ENV, **config})
    await room.until(lambda: room.runtime.container(started.id).pod.listener(3306))
    return started


async def ask(room: ContainerRoom, mysql: Started, statement: str, *options: str) -> str:
    code, said = await room.exec(mysql, "mysql", "-uroot", "-padmin", *options, "-e", statement)
    said = said.removeprefix(
        "mysql: [Warning] Using a password on the command line interface can be insecure.\n"
    )
    return said if code == 0 or said.startswith("ERROR") else f"exit {code}: {said}"


@pytest.mark.parametrize("image", ["mysql", "mariadb"])
async def test_without_a_password_it_ends_and_says_what_it_needs(room: ContainerRoom, image: str) -> None:
    started = await room.run(image)
    assert (await room.exit_of(started)).code == 1
    log = await room.log(started)
    assert "[ERROR] [Entrypoint]: Database is uninitialized and password option is not specified" in log
    assert "ROOT_PASSWORD" in log


async def test_the_course_s_lines(room: ContainerRoom) -> None:
    mysql = await server(room)
    shown = await ask(room, mysql, "create database orderdb; show databases;", "-t")
    assert shown == (
        "+--------------------+\n| Database           |\n+--------------------+\n| information_schema |\n"
        "| mysql              |\n"
        "| orderdb            |\n| performance_schema |\n| sys                |\n+--------------------+\n"
    )
    assert (await ask(room, mysql, "show databases")).startswith("Database\ninformation_schema\n")
    assert "ready for connections" in await room.log(mysql)


async def test_tables_rows_and_errors(room: ContainerRoom) -> None:
    mysql = await server(room)
    await ask(room, mysql, "create database shop")
    made = (
        "create table items (id int not null auto_increment, name varchar(20) comment 'x', price decimal(10,2) unsigned, "
        "primary key (id), key by_name (name)) engine=InnoDB default charset=utf8mb4;"
        "insert into items (name, price) values ('TV', 10000), ('MASK', null); insert into items set name='a=b', price=1"
    )
    assert await ask(room, mysql, made, "shop") == ""
    assert (
        await ask(room, mysql, "select * from shop.items")
        == "id\tname\tprice\n1\tTV\t10000\n2\tMASK\tNULL\n3\ta=b\t1\n"
    )
    assert await ask(room, mysql, "select count(*) from items", "-D", "shop", "-N") == "3\n"
    assert "id\tint\tNO\tPRI\tNULL\tauto_increment\n" in await ask(room, mysql, "use shop; desc items")
    assert await ask(room, mysql, "select name from items where id = 1\\G", "shop") == (
        "*************************** 1. row ***************************\nname: TV\n"
    )
    assert await ask(room, mysql, "show tables", "shop") == "Tables_in_shop\nitems\n"
    for statement, error in {
        "use nothing": "ERROR 1049 (42000) at line 1: Unknown database 'nothing'\n",
        "select * from shop.nowhere": "ERROR 1146 (42S02) at line 1: Table 'shop.nowhere' doesn't exist\n",
        "create database shop": "ERROR 1007 (HY000) at line 1: Can't create database 'shop'; database exists\n",
        "select * from items": "ERROR 1046 (3D000) at line 1: No database selected\n",
    }.items():
        assert await ask(room, mysql, statement) == error
    assert "ERROR 1064 (42000) at line 1: You have an error in your SQL syntax" in await ask(
        room, mysql, "selct 1", "shop"
    )


async def test_who_may_log_in(room: ContainerRoom) -> None:
    env = {**ENV, "MYSQL_USER": "app", "MYSQL_PASSWORD": "secret", "MYSQL_DATABASE": "shop"}
    mysql = await server(room, env=env)
    code, said = await room.exec(mysql, "mysql", "--user=root", "--password=wrong", "-e", "select 1")
    assert code == 1
    assert said.endswith(
        "ERROR 1045 (28000): Access denied for user 'root'@'localhost' (using password: YES)\n"
    )
    assert (await room.exec(mysql, "mysql", "-uapp", "-psecret", "shop", "-e", "select database()"))[0] == 0
    await ask(
        room,
        mysql,
        "create user 'eve'@'%' identified by 'pw'; grant all on *.* to 'eve'@'%'; flush privileges",
    )
    assert (await room.exec(mysql, "mysql", "-ueve", "-ppw", "-e", "select 1"))[0] == 0


async def test_statements_from_standard_input(room: ContainerRoom) -> None:
    mysql = await server(room)
    script = "create database d;\nuse d;\ncreate table t (a int);\ninsert into t\n values (1),(2); -- two\n"
    script += "select sum(a) from t;\n"
    code, said = await room.exec(mysql, "mysql", "-uroot", "-padmin", stdin=script)
    assert (code, said.splitlines()[1:]) == (0, ["sum(a)", "3"])


async def test_another_pod_finds_it_by_its_service(room: ContainerRoom) -> None:
    mysql = await server(room)
    client = await room.run("mysql:8.0", name="client", command=["sleep", "1000"])
    room.serve([3306], db=mysql)
    assert (await room.exec(client, "mysql", "-hdb", "-uroot", "-padmin", "-N", "-e", "select 6 * 7"))[
        1
    ].endswith("42\n")
    for host, error in {
        "nobody": "ERROR 2005 (HY000): Unknown MySQL server host 'nobody' (-2)\n",
        "localhost": "ERROR 2002 (HY000): Can't connect to local MySQL server through "
        "socket '/var/run/mysqld/mysqld.sock' (2)\n",
        client.ip: f"ERROR 2003 (HY000): Can't connect to MySQL server on '{client.ip}:3306' (111)\n",
    }.items():
        assert (await room.exec(client, "mysql", "-h", host, "-uroot", "-padmin"))[1].endswith(error)
    assert await room.exec(mysql, "mysqladmin", "ping") == (0, "mysqld is alive\n")


async def test_a_volume_that_stays_remembers_and_the_container_s_own_files_forget(
    room: ContainerRoom, tmp_path: Path
) -> None:
    kept = {
        "volumes": [VolumeConfig("pvc", folder=str(tmp_path))],
        "mounts": [Mount("pvc", "/var/lib/mysql")],
    }
    for config, stays in ((kept, True), ({}, False)):
        first = await server(room, **config)
        await ask(
            room,
            first,
            "create database orderdb; create table orderdb.t (a int); insert into orderdb.t values (7)",
        )
        await room.stop(first)
        second = await server(room, **config)
        assert ("orderdb" in await ask(room, second, "show databases")) == stays
        if stays:
            assert await ask(room, second, "select a from orderdb.t", "-N") == "7\n"
        await room.stop(second)


async def test_a_script_of_the_first_start_is_run(room: ContainerRoom) -> None:
    volumes = [VolumeConfig("init", {"a.sql": b"create database made;\ncreate table made.t (a int);"})]
    mysql = await server(
        room, "mariadb:11", volumes=volumes, mounts=[Mount("init", "/docker-entrypoint-initdb.d")]
    )
    assert "made" in await ask(room, mysql, "show databases")


@pytest.mark.parametrize(
    "statement",
    [
        "attach database '/etc/passwd' as p",
        "vacuum into '{folder}/x'",
        "pragma writable_schema = on",
        "select load_extension('{folder}/x')",
        "with recursive r(n) as (select 1 union all select n + 1 from r) select count(*) from r",
        "select length(zeroblob(900000000))",
    ],
)
async def test_statements_reach_nothing_else_and_end(
    room: ContainerRoom, statement: str, tmp_path: Path
) -> None:
    mysql = await server(room)
    await ask(room, mysql, "create database d")
    assert (await ask(room, mysql, statement.format(folder=tmp_path), "d")).startswith("ERROR ")
    assert list(tmp_path.iterdir()) == []


async def test_mysql_is_not_there_in_other_images(room: ContainerRoom) -> None:
    other = await room.run("nginx")
    with pytest.raises(StartError):
        await room.exec(other, "mysql")
