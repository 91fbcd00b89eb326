"""mysqladmin (mariadb-admin): ping, status, version, processlist, variables, extended-status, create, drop."""

from __future__ import annotations

from runner.practice.containers.container_program import Invocation
from runner.practice.containers.image_programs.mysql_client import Options, find_server, options
from runner.practice.containers.image_programs.mysql_dialect import MysqlError
from runner.practice.containers.image_programs.mysql_server import (
    PORT,
    SOCKET,
    MysqlServer,
    MysqlSession,
)
from runner.practice.containers.image_programs.text_tables import mysql_table

_TABLES = {
    "processlist": "show processlist",
    "variables": "show variables",
    "extended-status": "show status",
}


async def mysqladmin(call: Invocation) -> int:
    given = options(list(call.argv[1:]))
    command, *rest = given.words or ["help"]
    if given.is_password_shown:
        await call.error(
            "mysqladmin: [Warning] Using a password on the command line interface can be insecure.\n"
        )
    try:
        server, client = await find_server(call, given)
        if command == "ping":  # it is alive, too, for those whom it does not let in
            if not {"silent", "s"} & given.values.keys():
                await call.out("mysqld is alive\n")
            return 0
        password = given.values.get("password", call.env.get("MYSQL_PWD", ""))
        session = server.log_in(given.values.get("user", "root"), password, client)
        await call.out(await _answer(server, session, given, command, rest))
    except MysqlError as error:
        await call.error(_failed(given, error))
        return 1
    return 0


async def _answer(
    server: MysqlServer, session: MysqlSession, given: Options, command: str, rest: list[str]
) -> str:
    """Raises MysqlError."""
    if command in ("create", "drop") and rest:
        await server.run(session, f"{command} database `{rest[0]}`")
        return f'Database "{rest[0]}" dropped\n' if command == "drop" else ""
    if command in _TABLES:
        found = await server.run(session, _TABLES[command])
        return mysql_table(found.columns or (), found.rows)
    if command == "version":
        host = given.values.get("host", "localhost")
        is_local = host == "localhost"
        way = ("UNIX socket", SOCKET) if is_local else ("TCP port", given.values.get("port", str(PORT)))
        rows = (
            ("Server version", server.version),
            ("Protocol version", "10"),
            ("Connection", "Localhost via UNIX socket" if is_local else f"{host} via TCP/IP"),
            way,
            ("Uptime:", _span(server.status["Uptime"])),
        )
        head = f"mysqladmin  Ver {server.version} for Linux on x86_64 (MySQL Community Server - GPL)\n\n"
        return head + "".join(f"{name:<24}{value}\n" for name, value in rows) + f"\n{_counts(server)}\n"
    if command == "status":
        return f"Uptime: {server.status['Uptime']}  {_counts(server)}\n"
    return ""


def _counts(server: MysqlServer) -> str:
    status = server.status
    rate = status["Questions"] / max(status["Uptime"], 1)
    return (
        f"Threads: {status['Threads_connected']}  Questions: {status['Questions']}  Slow queries: {status['Slow_queries']}  "
        f"Opens: {status['Open_tables']}  Flush tables: 0  Open tables: {status['Open_tables']}  "
        f"Queries per second avg: {rate:.3f}"
    )


def _span(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "hour"), (minutes, "min"), (rest, "sec"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number or unit == "sec")


def _failed(given: Options, error: MysqlError) -> str:
    host = given.values.get("host", "localhost")
    hint = (
        f"Check that mysqld is running and that the socket: '{SOCKET}' exists!\n"
        if error.number == 2002
        else f"Check that mysqld is running on {host} and that the port is {given.values.get('port', PORT)}.\n"
        if error.number in (2003, 2005)
        else ""
    )
    return f"mysqladmin: connect to server at '{host}' failed\nerror: '{error.message}'\n{hint}"
