"""A pod as the network sees it: its addresses, and what listens in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from runner.practice.containers.container_config import PodConfig
from runner.practice.containers.network_messages import Listener


class PodOnNetwork(Protocol):
    """See `pod_sandbox.py`."""

    @property
    def config(self) -> PodConfig: ...

    @property
    def containers(self) -> Mapping[str, object]: ...

    @property
    def full_hostname(self) -> str: ...

    @property
    def resolv_conf(self) -> str: ...

    @property
    def stands_in(self) -> bool: ...

    def listening(self) -> Mapping[int, Listener]: ...

    def listener(self, port: int, *, udp: bool = False) -> Listener | None: ...
