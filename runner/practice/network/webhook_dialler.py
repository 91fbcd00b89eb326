"""Connections of the API server to webhooks in pods."""

from __future__ import annotations

import asyncio
import errno
import os
import socket

from runner.practice.containers.network_messages import ConnectError, Place
from runner.practice.machinery.webhook_services import NothingKnown
from runner.practice.network.outside_access import OutsideAccess
from runner.practice.node.pod_connection import PodConnection, carry

REFUSED_SECONDS, AGAIN_SECONDS = 0.3, 0.03
ERRORS = {"reset": errno.ECONNRESET, "no route": errno.EHOSTUNREACH}


class WebhookDialler:
    """Connects from the control plane through Services."""

    def __init__(self) -> None:
        self.access: OutsideAccess | None = None
        """Of what runs in the pods; the pipeline is there before it."""
        self._carrying: set[asyncio.Task[None]] = set()

    async def dial(self, namespace: str, service: str, port: int) -> socket.socket:
        """One end of a connection to a ready pod of the Service. Raises OSError, and NothingKnown where a program of which
        nothing is known would have to answer."""
        if self.access is None:
            raise NothingKnown
        connection = await self._connected(self.access, Place("service", service, port, namespace))
        if connection.stand_in:
            connection.close()
            raise NothingKnown
        ours, theirs = socket.socketpair()
        reader, writer = await asyncio.open_connection(sock=theirs)
        task = asyncio.get_running_loop().create_task(carry(connection, reader, writer))
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)
        return ours

    async def _connected(self, access: OutsideAccess, place: Place) -> PodConnection:
        """Who refuses is asked again for a moment: what the API knows to be ready reaches the pods' network a little later."""
        until = asyncio.get_running_loop().time() + REFUSED_SECONDS
        while True:
            try:
                return await access.dial(place)
            except ConnectError as error:
                if error.stand_in:
                    raise NothingKnown from None
                if error.failure != "refused" or asyncio.get_running_loop().time() > until:
                    raise _os_error(error) from None
            await asyncio.sleep(AGAIN_SECONDS)


def _os_error(error: ConnectError) -> OSError:
    if error.failure == "timed out":
        return TimeoutError()
    number = ERRORS.get(error.failure, errno.ECONNREFUSED)
    return OSError(number, os.strerror(number).lower())
