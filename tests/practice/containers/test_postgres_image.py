"""postgres: its environment, psql, and where it keeps its data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from runner.practice.containers.container_config import Mount, VolumeConfig
from runner.practice.containers.image_programs import postgres_server
from tests.practice.containers.container_room import ContainerRoom, Started

ENV = {"POSTGRES_PASSWORD": "secret"}


@pytest.fixture(autouse=True)
def quick_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_server, "SECONDS_OF_FIRST_START", 0.01)
    monkeypatch.setattr(postgres_server, "SECONDS_OF_A_START", 0.01)


async def server(room: ContainerRoom, **config: Any) -> Started:
    started = await room.run("postgres:16", name="postgres", **{"env": ENV, **config})
    await room.until(lambda: room.runtime.container(started.id).pod.listener(5432))
    return started


async def test_without_a_password_it_ends_and_says_what_it_needs(room: ContainerRoom) -> None:
    started = await room.run("postgres")
    assert (await room.exit_of(started)).code == 1
    assert (await room.log(started)).startswith(
        "Error: Database is uninitialized and superuser password is not specified."
    )


async def test_statements_their_tables_and_errors(room: ContainerRoom) -> None:
    postgres = await server(room)

    async def ask(*words: str) -> tuple[int, str]:
        return await room.exec(postgres, "psql", "-U", "postgres", *words)

    assert await ask("-c", "create database shop") == (0, "CREATE DATABASE\n")
    assert await ask(
        "-d", "shop", "-c", "create table t (id serial primary key, name varchar(20) not null)"
    ) == (0, "CREATE TABLE\n")
    assert await ask("-d", "shop", "-c", "insert into t (name) values ('TV'), ('MASK')") == (
        0,
        "INSERT 0 2\n",
    )
    assert await ask("shop", "-c", "select * from t") == (
        0,
        " id | name \n----+------\n  1 | TV\n  2 | MASK\n(2 rows)\n\n",
    )
    assert await ask("-d", "shop", "-tAc", "select count(*) from t") == (0, "2\n")
    assert "List of relations" in (await ask("-d", "shop", "-c", "\\dt"))[1]
    assert "shop " in (await ask("-c", "\\l"))[1]
    code, said = await ask("-d", "shop", "-c", "select * from nowhere")
    assert (code, said.splitlines()[0]) == (1, 'ERROR:  relation "nowhere" does not exist')
    assert (await ask("-d", "none"))[1].endswith('failed: FATAL:  database "none" does not exist\n')
    assert (await room.exec(postgres, "psql"))[1].endswith('FATAL:  role "root" does not exist\n')
    assert await room.exec(postgres, "pg_isready") == (
        0,
        "/var/run/postgresql:5432 - accepting connections\n",
    )
    script = "\\c shop\nselect max(id)\nfrom t;\n"
    code, said = await room.exec(postgres, "psql", "-U", "postgres", stdin=script)
    assert said.splitlines()[0] == 'You are now connected to database "shop" as user "postgres".'
    assert said.splitlines()[3] == "       2"


async def test_another_pod_needs_the_password(room: ContainerRoom) -> None:
    env = {**ENV, "POSTGRES_USER": "app", "POSTGRES_DB": "shop"}
    postgres = await server(room, env=env)
    room.serve([5432], db=postgres)
    for given, code in (("secret", 0), ("wrong", 2)):
        client = await room.run(
            "postgres", name="client", command=["sleep", "1000"], env={"PGPASSWORD": given}
        )
        assert (await room.exec(client, "psql", "-h", "db", "-U", "app", "-d", "shop", "-c", "select 1"))[
            0
        ] == code
    assert (
        "could not translate host name" in (await room.exec(client, "psql", "-h", "nobody", "-U", "app"))[1]
    )


async def test_a_volume_that_stays_remembers(room: ContainerRoom, tmp_path: Path) -> None:
    kept = {
        "volumes": [VolumeConfig("pvc", folder=str(tmp_path))],
        "mounts": [Mount("pvc", "/var/lib/postgresql/data")],
    }
    first = await server(room, **kept)
    await room.exec(first, "psql", "-U", "postgres", "-c", "create table t (a int); insert into t values (7)")
    assert (await room.stop(first)).code == 0
    second = await server(room, **kept)
    assert await room.exec(second, "psql", "-U", "postgres", "-tAc", "select a from t") == (0, "7\n")
    assert "Skipping initialization" in await room.log(second)
