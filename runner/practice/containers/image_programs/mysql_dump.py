"""mysqldump (mariadb-dump): tables as statements that make them again."""

from __future__ import annotations

import time
from typing import Any

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.image_programs.mysql_client import find_server, options
from runner.practice.containers.image_programs.mysql_dialect import MysqlError
from runner.practice.containers.image_programs.mysql_server import MysqlServer, MysqlSession

USAGE = (
    "Usage: mysqldump [OPTIONS] database [tables]\n"
    "OR     mysqldump [OPTIONS] --databases [OPTIONS] DB1 [DB2 DB3...]\n"
    "OR     mysqldump [OPTIONS] --all-databases [OPTIONS]\n"
    "For more options, use mysqldump --help\n"
)


async def mysqldump(call: Invocation) -> int:
    given = options(list(call.argv[1:]))
    on = given.values.keys()
    everything, several = bool({"A", "all-databases"} & on), bool({"B", "databases"} & on)
    names = [each for each in (given.values.get("databases"), *given.words) if each]
    if not names and not everything:
        await call.error(USAGE)
        return 1
    if given.is_password_shown:
        await call.error(
            "mysqldump: [Warning] Using a password on the command line interface can be insecure.\n"
        )
    try:
        server, client = await find_server(call, given)
        password = given.values.get("password", call.env.get("MYSQL_PWD", ""))
        session = server.log_in(given.values.get("user", "root"), password, client)
        wanted = server.databases.names if everything else names if several else names[:1]
        head = _head(given.values.get("host", "localhost"), "" if everything else wanted[0], server)
        dump = _Dump(server, session, data=not {"d", "no-data"} & on, tables=not {"t", "no-create-info"} & on)
        text = "".join([await dump.database(each, made=everything or several) for each in wanted])
        if not everything and not several and names[1:]:
            text = "".join([await dump.table(wanted[0], each) for each in names[1:]])
    except MysqlError as error:
        doing = "when trying to connect" if error.number != 1049 else "when selecting the database"
        await call.error(f"mysqldump: Got error: {error.number}: {error.message} {doing}\n")
        return 2
    text = f"{head}{text}-- Dump completed on {time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())}\n"
    if name := given.values.get("result-file", given.values.get("r", "")):
        ContainerFiles(call.container, call.cwd).write(name, text.encode())
    else:
        await call.out(text)
    return 0


def _head(host: str, database: str, server: MysqlServer) -> str:
    return (
        f"-- MySQL dump 10.13  Distrib {server.version}, for Linux (x86_64)\n--\n"
        f"-- Host: {host}    Database: {database}\n"
        "-- ------------------------------------------------------\n"
        f"-- Server version\t{server.version}\n\n"
    )


class _Dump:
    def __init__(self, server: MysqlServer, session: MysqlSession, *, data: bool, tables: bool) -> None:
        self._server, self._session, self._data, self._tables = server, session, data, tables

    async def database(self, name: str, *, made: bool) -> str:
        """Raises MysqlError."""
        await self._server.run(self._session, f"use `{name}`")
        text = ""
        if made:
            text = (
                f"--\n-- Current Database: `{name}`\n--\n\n"
                f"CREATE DATABASE /*!32312 IF NOT EXISTS*/ `{name}`;\n\nUSE `{name}`;\n\n"
            )
        return text + "".join([await self.table(name, each) for each in self._server.databases.tables(name)])

    async def table(self, database: str, name: str) -> str:
        """Raises MysqlError."""
        await self._server.run(self._session, f"use `{database}`")
        text = ""
        if self._tables:
            made = (await self._server.run(self._session, f"show create table `{name}`")).rows[0][1]
            text = f"--\n-- Table structure for table `{name}`\n--\n\nDROP TABLE IF EXISTS `{name}`;\n{made};\n\n"
        if not self._data:
            return text
        rows = (await self._server.run(self._session, f"select * from `{name}`")).rows  # noqa: S608 (its own)
        values = ",".join(f"({','.join(map(literal, row))})" for row in rows)
        insert = f"INSERT INTO `{name}` VALUES {values};\n" if values else ""  # noqa: S608 (a text)
        return (
            f"{text}--\n-- Dumping data for table `{name}`\n--\n\n"
            f"LOCK TABLES `{name}` WRITE;\n{insert}UNLOCK TABLES;\n\n"
        )


def literal(value: Any) -> str:
    """A value as SQL has it."""
    if value is None:
        return "NULL"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, bytes):
        return f"x'{value.hex()}'"
    return "'" + str(value).replace("'", "''") + "'"
