"""pg_dump, pg_dumpall, createdb, dropdb and createuser."""

from __future__ import annotations

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.image_programs.postgres_copy import line_of
from runner.practice.containers.image_programs.postgres_server import (
    PostgresError,
    PostgresServer,
    PostgresSession,
)
from runner.practice.containers.image_programs.psql import connected, read_options

SETTINGS = (
    "SET statement_timeout = 0;\nSET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\n"
)


async def _session(
    call: Invocation, options: dict[str, str], database: str
) -> tuple[PostgresServer, PostgresSession]:
    """Raises PostgresError."""
    server, is_own = await connected(call, options)
    user = options.get("username", call.env.get("PGUSER", call.container.user_name))
    password = options.get("password") or call.env.get("PGPASSWORD", "")
    try:
        return server, server.log_in(user, password, database, local=is_own)
    except PostgresError as error:
        where = f'at "{options.get("host", "")}"' if not is_own else "on socket"
        raise PostgresError(f"connection to server {where} failed: FATAL:  {error}") from None


async def pg_dump(call: Invocation) -> int:
    """As text; its rows are those of COPY, or of INSERT with --inserts."""
    options, _, others = read_options(list(call.argv[1:]))
    every = call.name == "pg_dumpall"
    user = options.get("username", call.env.get("PGUSER", call.container.user_name))
    database = options.get("dbname", others[0] if others else call.env.get("PGDATABASE", user))
    try:
        server, session = await _session(call, options, "postgres" if every else database)
        names = [each for each in server.databases.names if each != "postgres"] if every else [database]
        parts = [await _database(server, session, each, options, made=every) for each in names]
    except PostgresError as error:
        await call.error(f"{call.name}: error: {error}\n")
        return 1
    title = "cluster dump" if every else "dump"
    text = (
        f"--\n-- PostgreSQL database {title}\n--\n\n-- Dumped from database version {server.version}\n\n{SETTINGS}\n"
        + "".join(parts)
        + f"--\n-- PostgreSQL database {title} complete\n--\n\n"
    )
    if name := options.get("file"):
        ContainerFiles(call.container, call.cwd).write(name, text.encode())
    else:
        await call.out(text)
    return 0


async def _database(
    server: PostgresServer, session: PostgresSession, name: str, options: dict[str, str], *, made: bool
) -> str:
    """Raises PostgresError."""
    session.database = name
    text = f"CREATE DATABASE {name};\n\\connect {name}\n\n" if made else ""
    for table in server.databases.tables(name):
        columns = server.databases.columns(name, table)
        if not {"a", "data-only"} & options.keys():
            lines = ",\n".join(f"    {_column(*each)}" for each in columns)
            text += (
                f"--\n-- Name: {table}; Type: TABLE; Schema: public; Owner: {session.user}\n--\n\n"
                f"CREATE TABLE public.{table} (\n{lines}\n);\n\n"
            )
        if {"s", "schema-only"} & options.keys():
            continue
        rows = (await server.run(session, f'select * from "{table}"')).rows  # noqa: S608 (its own)
        names = ", ".join(each[1] for each in columns)
        text += (
            f"--\n-- Data for Name: {table}; Type: TABLE DATA; Schema: public; Owner: {session.user}\n--\n\n"
        )
        text += f"COPY public.{table} ({names}) FROM stdin;\n"
        text += "".join(f"{line_of(list(row))}\n" for row in rows) + "\\.\n\n\n"
    return text


def _column(_id: int, name: str, kind: str, needed: int, default: str | None, key: int) -> str:
    if key and kind.upper() == "INTEGER":
        return f"{name} serial PRIMARY KEY"
    more = " PRIMARY KEY" if key else " NOT NULL" if needed else ""
    return f"{name} {kind.lower() or 'text'}{f' DEFAULT {default}' if default is not None else ''}{more}"


async def manage(call: Invocation) -> int:
    """createdb, dropdb, createuser, dropuser NAME."""
    options, _, others = read_options(list(call.argv[1:]))
    what = "DATABASE" if call.name.endswith("db") else "ROLE"
    verb = "CREATE" if call.name.startswith("create") else "DROP"
    user = options.get("username", call.env.get("PGUSER", call.container.user_name))
    try:
        server, session = await _session(call, options, "postgres")
        only_if = "IF EXISTS " if "if-exists" in options else ""
        await server.run(session, f'{verb} {what} {only_if}"{others[0] if others else user}"')
    except PostgresError as error:
        failed = f"{what.lower()} {'creation' if verb == 'CREATE' else 'removal'} failed: ERROR:  "
        shown = (
            str(error)
            if "connection to server" in str(error) or "translate" in str(error)
            else f"{failed}{error}"
        )
        await call.error(f"{call.name}: error: {shown}\n")
        return 1
    return 0
