"""What the kubelet asks the runtime to run: plain data, as it crosses between their processes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PodConfig:
    """The sandbox that the containers of a pod share."""

    uid: str
    namespace: str
    name: str
    ip: str
    host_ip: str = ""
    node: str = ""
    hostname: str = ""
    subdomain: str = ""
    """The headless Service with which `hostname` makes a full name."""
    host_network: bool = False
    resolv_conf: str = ""
    """The content of /etc/resolv.conf; "": as with dnsPolicy ClusterFirst."""
    host_aliases: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Names by address, for /etc/hosts."""


@dataclass(frozen=True, slots=True)
class VolumeConfig:
    """Files that containers share; `id` is unique in the runtime.

    With `content` they are written by the kubelet and read-only (ConfigMap, Secret, projected, downward API); with
    `folder` they are kept there on this machine (a PersistentVolume, a node's hostPath); else they are in memory (emptyDir).
    """

    id: str
    content: Mapping[str, bytes] | None = None
    """Bytes by path below the volume's root, as in "config/app.yaml"."""
    modes: Mapping[str, int] = field(default_factory=dict)
    folder: str = ""
    in_memory: bool = False
    """A tmpfs: what is in it counts as memory of the containers that mount it (an emptyDir with the medium Memory)."""
    capacity: int | None = None
    """Bytes that it has room for; None: as its node has, on its disk or in its memory."""


@dataclass(frozen=True, slots=True)
class Mount:
    """Where a container sees a volume."""

    volume: str
    path: str
    read_only: bool = False
    sub_path: str = ""
    """A folder or a file of the volume; "": all of it."""


@dataclass(frozen=True, slots=True)
class ContainerConfig:
    """One start of a container; a restart is another one, with an id of its own."""

    id: str
    name: str
    pod: PodConfig
    image: str
    """In full, as in docker.io/library/nginx:1.25."""
    command: Sequence[str] | None = None
    """None: the image's entry point."""
    args: Sequence[str] | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    working_dir: str = ""
    mounts: Sequence[Mount] = ()
    user: int | None = None
    group: int | None = None
    groups: Sequence[int] = ()
    """Further groups: the pod's supplementalGroups and fsGroup."""
    run_as_non_root: bool = False
    """Whether it must not run as root: it is refused then."""
    read_only_root: bool = False
    termination_message_path: str = "/dev/termination-log"
    termination_message_from_log: bool = False
    """Whether the end of its log is its message, if it fails and writes none."""
    memory_limit: int | None = None
    """Bytes."""
    cpu_limit: int | None = None
    """Thousandths of a processor."""
    ports: Sequence[int] = ()
    """The containerPorts that it declares."""
    runs_once: bool = False
    """Whether it is expected to end by itself: that of a Job."""
    stdin: bool = False
    stdin_once: bool = False
    tty: bool = False


@dataclass(frozen=True, slots=True)
class Exit:
    """How a container's main process ended."""

    code: int
    reason: str = ""
    """"": Completed or Error, by the code. Else OOMKilled, StartError, ContainerCannotRun …"""
    message: str = ""


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of a container's log."""

    time: float
    """Seconds since 1970."""
    text: str
    """Without its newline."""
    stream: str = "stdout"
    complete: bool = True
    """False for the beginning of a line that is not over yet."""


class StartError(Exception):
    """A container can't be started, with the message that its status gets. `reason` is that of the status."""

    def __init__(self, message: str, reason: str = "StartError", code: int = 128) -> None:
        super().__init__(message)
        self.message, self.reason, self.code = message, reason, code


class NoSuchContainer(LookupError):
    """The runtime has no running container of that id."""
