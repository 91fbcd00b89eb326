"""What answering a request needs of nginx at work; see `nginx_server.py`."""

from __future__ import annotations

from typing import Protocol

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.image_programs.nginx_output import NginxLogs


class NginxState(Protocol):
    """Its files, its logs, and what it is called as."""

    call: Invocation
    files: ContainerFiles
    logs: NginxLogs
    version: str
