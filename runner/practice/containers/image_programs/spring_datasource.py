"""The database of a Spring service, where its environment names one: it must be found, and take connections."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass

from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_messages import ConnectError

PATIENCE = 30.0
_URL = re.compile(r"jdbc:(?:mysql|mariadb|postgresql)://([^:/?]+)(?::(\d+))?")


class DatasourceError(Exception):
    """The database can't be had. `trace` is what Java writes of it."""

    def __init__(self, message: str, trace: str) -> None:
        super().__init__(message)
        self.trace = trace


@dataclass(frozen=True, slots=True)
class Datasource:
    host: str
    port: int = 3306

    @classmethod
    def of(cls, env: Mapping[str, str]) -> Datasource | None:
        """By _DATASOURCE_ADDRESS (host or host:port) or SPRING_DATASOURCE_URL; None: it has one in its own memory."""
        if address := env.get("_DATASOURCE_ADDRESS"):
            host, _, port = address.partition(":")
            return cls(host, int(port) if port.isdigit() else 3306)
        found = _URL.match(env.get("SPRING_DATASOURCE_URL", ""))
        if found is None:
            return None
        return cls(found[1], int(found[2] or (5432 if "postgresql" in found[0] else 3306)))

    async def check(self, call: Invocation) -> None:
        """Raises DatasourceError."""
        pod = call.container.pod
        try:
            async with asyncio.timeout(PATIENCE):
                await pod.network.connect(pod, self.host, self.port)
        except (ConnectError, TimeoutError) as error:
            failure = error.failure if isinstance(error, ConnectError) else "timed out"
            cause = {
                "unknown host": f"java.net.UnknownHostException: {self.host}",
                "refused": "java.net.ConnectException: Connection refused (Connection refused)",
            }.get(failure, "java.net.SocketTimeoutException: connect timed out")
            raise DatasourceError(
                cause,
                "\ncom.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure\n\n"
                "The driver has not received any packets from the server.\n"
                f"Caused by: {cause}: Name or service not known\n"
                if failure == "unknown host"
                else "\ncom.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure\n"
                f"Caused by: {cause}\n",
            ) from None
