"""docker-entrypoint.sh mysqld of mysql and mariadb: the rules of the environment, the first start and later ones."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation, Program
from runner.practice.containers.image_programs.mysql_dialect import MysqlError
from runner.practice.containers.image_programs.mysql_server import (
    ACCOUNTS,
    PORT,
    SOCKET,
    MysqlServer,
    MysqlSession,
)
from runner.practice.containers.image_programs.statement_reader import split_statements
from runner.practice.containers.network_messages import Listener

SECONDS_OF_FIRST_START, SECONDS_OF_A_START = 4.0, 1.5
SCRIPTS = "/docker-entrypoint-initdb.d"
_PASSWORDS = (
    "ROOT_PASSWORD",
    "ROOT_PASSWORD_HASH",
    "ALLOW_EMPTY_PASSWORD",
    "ALLOW_EMPTY_ROOT_PASSWORD",
    "RANDOM_ROOT_PASSWORD",
)
_ONE_OF = {
    "MySQL": (
        "You need to specify one of the following as an environment variable:\n"
        "    - MYSQL_ROOT_PASSWORD\n    - MYSQL_ALLOW_EMPTY_PASSWORD\n    - MYSQL_RANDOM_ROOT_PASSWORD"
    ),
    "MariaDB": (
        "You need to specify one of MARIADB_ROOT_PASSWORD, MARIADB_ROOT_PASSWORD_HASH, MARIADB_ALLOW_EMPTY_ROOT_PASSWORD "
        "and MARIADB_RANDOM_ROOT_PASSWORD"
    ),
}


@dataclass(slots=True)
class _Start:
    call: Invocation
    name: str
    version: str
    files: ContainerFiles

    def value(self, key: str) -> str:
        """Of MYSQL_key or MARIADB_key, or of the file that …_FILE names."""
        for prefix in ("MARIADB_", "MYSQL_") if self.name == "MariaDB" else ("MYSQL_",):
            if given := self.call.env.get(prefix + key):
                return given
            path = self.call.env.get(f"{prefix}{key}_FILE")
            if path and self.files.exists(path):
                return self.files.read_text(path).rstrip("\n")
        return ""

    async def say(self, text: str, kind: str = "Note") -> None:
        stamp = time.strftime("%Y-%m-%d %H:%M:%S+00:00", time.gmtime())
        write = self.call.error if kind == "ERROR" else self.call.out
        await write(f"{stamp} [{kind}] [Entrypoint]: {text}\n")

    async def system(self, number: str, text: str) -> None:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime())
        await self.call.error(f"{stamp} 0 [System] [{number}] [Server] /usr/sbin/mysqld: {text}\n")

    async def run(self) -> int:
        await self.say(f"Entrypoint script for {self.name} Server {self.version} started.")
        is_new = not self.files.exists(ACCOUNTS)
        if is_new and not any(self.value(key) for key in _PASSWORDS):
            what = "Database is uninitialized and password option is not specified"
            await self.say(f"{what}\n    {_ONE_OF[self.name]}", "ERROR")
            return 1
        if self.value("USER") == "root":
            why = 'MYSQL_USER="root", MYSQL_USER and MYSQL_PASSWORD are for configuring a regular user'
            await self.say(f"{why} and cannot be used for the root user", "ERROR")
            return 1
        server = MysqlServer(self.call, self.version)
        if is_new:
            await self._initialize(server)
        else:
            server.accounts = json.loads(self.files.read_text(ACCOUNTS))
        if await self._ended_within(SECONDS_OF_FIRST_START if is_new else SECONDS_OF_A_START):
            return 0
        return await self._serve(server)

    async def _initialize(self, server: MysqlServer) -> None:
        await self.say("Initializing database files")
        server.accounts = {"root": self.value("ROOT_PASSWORD")}
        if self.value("USER"):
            server.accounts[self.value("USER")] = self.value("PASSWORD")
        database = self.value("DATABASE")
        if database:
            await self.say(f"Creating database {database}")
            server.databases.create(database)
        server.save_accounts()
        for script in self.files.names(SCRIPTS) if self.files.is_folder(SCRIPTS) else []:
            if script.endswith(".sql"):
                await self.say(f"/usr/local/bin/docker-entrypoint.sh: running {SCRIPTS}/{script}")
                await self._run_script(server, self.files.read_text(f"{SCRIPTS}/{script}"), database)
        await self.say(f"{self.name} init process done. Ready for start up.")

    async def _run_script(self, server: MysqlServer, script: str, database: str) -> None:
        session = MysqlSession("root", "localhost", database)
        found, left, _ = split_statements(script)
        for statement in [*(each for each, _ in found), *([left.strip()] if left else [])]:
            try:
                await server.run(session, statement)
            except MysqlError as error:
                await self.call.error(f"ERROR {error.number} ({error.state}): {error.message}\n")

    async def _serve(self, server: MysqlServer) -> int:
        call = self.call
        pod = call.container.pod
        pod.listen(call.container, PORT, Listener(stream=server.greet, program="mysqld", server=server))
        ready = f"ready for connections. Version: '{self.version}'  socket: '{SOCKET}'  port: {PORT}"
        await self.system("MY-010931", f"{ready}  {self.name} Community Server - GPL.")
        try:
            await call.terminated.wait()
        finally:
            pod.unlisten(PORT)
        await self.system(
            "MY-010910", f"Shutdown complete (mysqld {self.version})  {self.name} Community Server - GPL."
        )
        return 0

    async def _ended_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await self.call.terminated.wait()
        except TimeoutError:
            return False


def mysqld(version: str, name: str) -> Program:
    """`name` is MySQL or MariaDB."""

    async def run(call: Invocation) -> int:
        return await _Start(call, name, version, ContainerFiles(call.container)).run()

    return run
