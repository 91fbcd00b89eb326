"""A container that runs: its files, its main process, and those that exec adds."""

from __future__ import annotations

import asyncio
import secrets
import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from runner.practice.containers.common_programs import COMMON
from runner.practice.containers.container_config import ContainerConfig, Exit, StartError
from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_image import Image
from runner.practice.containers.container_log import ContainerLog
from runner.practice.containers.container_process import AT_WORK, Process
from runner.practice.containers.container_program import Program
from runner.practice.containers.container_usage import PROCESS_MEMORY, ContainerUsage
from runner.practice.containers.identity_programs import Identity
from runner.practice.containers.image_catalogue import find
from runner.practice.containers.main_streams import MainStreams
from runner.practice.containers.pod_sandbox import PodSandbox
from runner.practice.containers.proc_files import proc_files
from runner.practice.containers.process_arguments import ArgumentsTooLong, run_arguments
from runner.practice.containers.root_files import BIN_FOLDERS, bin_files, command_names, root_files
from runner.practice.containers.standard_streams import Streams
from runner.practice.containers.terminal_line_discipline import LineDiscipline
from runner.practice.containers.termination_message import HIDDEN, termination_files, termination_message
from runner.practice.containers.volume_content import tree_size
from runner.practice.containers.volume_mounts import VolumeMounts

if TYPE_CHECKING:
    from bashkit import FileSystem

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Container:
    """One start of a container. `exited` is set once its main process has ended."""

    def __init__(self, config: ContainerConfig, pod: PodSandbox, image: Image | None = None) -> None:
        self.config, self.pod = config, pod
        self.image = image or find(config.image)
        self.log = ContainerLog()
        self.main_streams = MainStreams(config, self.log)
        self.resources = ContainerUsage(
            config, self.image, pod.node, self._memory_besides, self.out_of_memory
        )
        self.exited: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()
        self.processes: dict[int, Process] = {}
        self.command_names = command_names(self.image, COMMON)
        """What can be run by its name: the image's commands, its programs, and its shells."""
        self.programs: Mapping[str, Program] = {
            name: program
            for name, program in {**COMMON, **self.image.programs}.items()
            if name.startswith("__") or name in self.command_names
        }
        self.owners: dict[str, tuple[int, int]] = {}
        self.root: FileSystem = root_files(self, self.image)
        self._proc = proc_files(self.argv, self.env, self.user, pod.node)
        self._mounts = VolumeMounts(self.root, list(config.mounts), pod.volumes)
        self._mounts.make_folder(self.cwd)
        self._termination = termination_files(self)
        self._tmpfs = sorted(
            {mount.volume for mount in config.mounts if pod.volumes[mount.volume].config.in_memory}
        )
        self._pids = 0
        self._main: asyncio.Task[None] | None = None

    @property
    def argv(self) -> list[str]:
        """command and args over the image's ENTRYPOINT and CMD: a command of the pod's leaves out the image's CMD."""
        config = self.config
        if config.command:
            return [*config.command, *(config.args or ())]
        arguments = self.image.cmd if config.args is None else config.args
        if self.image.entrypoint_script is not None:
            return [*self.image.entrypoint_script(arguments)]
        return [*self.image.entrypoint, *arguments]

    @property
    def user(self) -> int:
        return self.image.user if self.config.user is None else self.config.user

    @property
    def user_name(self) -> str:
        return "root" if self.user == 0 else str(self.user)

    @property
    def env(self) -> dict[str, str]:
        """What its processes have in their environment."""
        home = "/root" if self.user == 0 else "/"
        return {
            "PATH": PATH,
            "HOSTNAME": self.pod.hostname,
            "HOME": home,
            **self.image.env,
            **self.config.env,
        }

    @property
    def cwd(self) -> str:
        return self.config.working_dir or self.image.working_dir

    def filesystems(self) -> Iterator[tuple[str, FileSystem, bool]]:
        """(path, files, read-only) of everything that is mounted."""
        yield "/", self.root, self.config.read_only_root
        for folder in BIN_FOLDERS:
            yield folder, bin_files(self.command_names, self.programs), True
        yield "/proc", self._proc, True
        yield from self._mounts
        if self._termination is not None:
            yield HIDDEN, self._termination, False

    def command_name(self, program: str) -> str:
        """`ls` of /bin/ls: programs are found by their name in the usual folders. Other paths stay as they are."""
        folder, _, name = program.rpartition("/")
        return name if folder in BIN_FOLDERS else program

    def owner(self, path: str, *, numeric: bool = False) -> tuple[str, str]:
        """Whose a file is, by its path from the root: root's, where chown gave it to nobody else."""
        user, group = self.owners.get(path, (0, 0))
        if numeric or path not in self.owners:
            return (str(user), str(group)) if numeric else ("root", "root")
        known = Identity.of(self)
        return known.users.get(user, str(user)), known.group_names.get(group, str(group))

    def find_file(self, name: str, cwd: str = "/") -> None:
        """Raises FileNotFoundError or PermissionError, as execve does, where that is no program."""
        if self.command_name(name) in self.command_names:
            return
        if "/" not in name:
            folders = self.env.get("PATH", PATH).split(":")
            if not any(ContainerFiles(self).exists(f"{folder}/{name}") for folder in folders):
                raise FileNotFoundError(name)
            return
        files = ContainerFiles(self, cwd)
        if not files.exists(name):
            raise FileNotFoundError(name)
        if files.is_folder(name) or not files.stat(name)["mode"] & 0o111:
            raise PermissionError(name)

    def child(self, argv: Sequence[str], parent: Process) -> Process:
        """A process that another one has started; whoever started it takes it out of `processes` at its end."""
        return self._process(argv, parent.streams, parent.pid)

    async def start(self) -> None:
        """Start the main process. Raises StartError, as the kubelet words it."""
        if self.config.run_as_non_root and self.user == 0:
            raise StartError(_runs_as_root(self.config), "CreateContainerConfigError")
        if not self.argv:
            raise StartError(
                "failed to generate container spec: failed to generate spec: no command specified",
                "CreateContainerError",
                128,
            )
        process = self._process(self.argv, self.main_streams.streams)
        self.pod.node.add(self)
        self.exited.add_done_callback(lambda _exited: self.pod.node.remove(self))
        self._main = asyncio.get_running_loop().create_task(self._run_main(process))
        begun = asyncio.ensure_future(process.begun.wait())
        await asyncio.wait([self._main, begun], return_when=asyncio.FIRST_COMPLETED)
        begun.cancel()
        if not process.begun.is_set():
            self._main.result()
        self.resources.check()
        if self._tmpfs and self.config.memory_limit:
            watching = asyncio.get_running_loop().create_task(self.resources.watch())
            self.exited.add_done_callback(lambda _exited: watching.cancel())

    async def exec(self, argv: Sequence[str], streams: Streams) -> int:
        """Run a command in it; gives the exit code. Raises StartError where there is no such program."""
        process = self._process(argv, streams)
        discipline = _put_on_terminal(process)
        try:
            return await run_arguments(self, process, self.env, self.cwd)
        except (FileNotFoundError, PermissionError, ArgumentsTooLong) as error:
            raise StartError(_exec_failed(error)) from None
        except asyncio.CancelledError:
            process.send(signal.SIGKILL)
            raise
        finally:
            self.processes.pop(process.pid, None)
            if discipline is not None:
                discipline.stop()

    async def attach(self, streams: Streams) -> None:
        """Take part in the main process's streams until it has ended."""
        await self.main_streams.attach(streams, asyncio.shield(self.exited))

    async def stop(self, grace: float) -> Exit:
        """SIGTERM, and SIGKILL once `grace` seconds are over; gives how it ended."""
        if 1 in self.processes:
            self.processes[1].send(signal.SIGTERM)
            done, _ = await asyncio.wait([self.exited], timeout=grace)
            if not done:
                self.kill()
        return await self.exited

    def kill(self) -> None:
        for process in list(self.processes.values()):
            process.send(signal.SIGKILL)

    def end(self, exit_: Exit) -> None:
        """It is over, however its process stands."""
        if not self.exited.done():
            if not exit_.message:
                exit_ = replace(exit_, message=termination_message(self, exit_.code))
            self.exited.set_result(exit_)
            self.log.close()
            self.pod.close_listeners(self)
            self.kill()

    async def work(self, seconds: float) -> None:
        """A program says that it used a processor so long; waits where the container is throttled by its limit."""
        process = AT_WORK.get()
        if process is None or self.processes.get(process.pid) is not process:
            process = self.processes.get(1)  # one of its servers, which a client calls
        if process is not None:
            process.worked += seconds
        await self.resources.work(seconds)

    @property
    def memory(self) -> int:
        """Bytes that its programs hold besides what its image takes anyway; more than its limit ends the container."""
        return self.resources.held

    @memory.setter
    def memory(self, amount: int) -> None:
        self.resources.hold(amount)

    def usage(self) -> tuple[float, int]:
        """(seconds of a processor since its start, bytes of memory now)."""
        return self.resources.processor_seconds(), self.resources.memory()

    def wanted(self) -> list[tuple[float, float]]:
        """(seconds until now, share of a processor that it has used all that time), of what is not over."""
        return self.resources.wanted()

    def busy_processes(self) -> dict[Process, float]:
        """Shells that are interpreting just now, and for how many seconds they have."""
        return self.resources.busy_for()

    def bytes_in_memory(self) -> int:
        """Of its own files, and of its volumes that are in the memory of this process."""
        volumes = {mount.volume: self.pod.volumes[mount.volume] for mount in self.config.mounts}
        return tree_size(self.root) + sum(each.size() for each in volumes.values() if not each.config.folder)

    def tmpfs_sizes(self) -> dict[str, int]:
        """Bytes in the volumes that are in memory, by their ids."""
        return self.pod.volumes.sizes(self._tmpfs)

    def disk_sizes(self) -> dict[str, int]:
        """Bytes of its own files, and of its volumes on the node's disk, by their ids."""
        volumes = {mount.volume: self.pod.volumes[mount.volume].config for mount in self.config.mounts}
        there = [id_ for id_, volume in volumes.items() if not volume.in_memory and volume.capacity is None]
        return {self.config.id: tree_size(self.root), **self.pod.volumes.sizes(there)}

    def _memory_besides(self) -> int:
        """Bytes of the processes besides the main one, and of the files in memory."""
        files = sum(self.tmpfs_sizes().values())
        return PROCESS_MEMORY * max(0, len(self.processes) - 1) + files

    def out_of_memory(self) -> None:
        """It takes more than there is."""
        self.end(Exit(137, "OOMKilled"))

    def _process(self, argv: Sequence[str], streams: Streams, parent: int = 0) -> Process:
        self._pids += 1
        process = self.processes[self._pids] = Process(self._pids, argv, streams, parent)
        return process

    async def _run_stand_in_or(self, process: Process) -> int:
        """What the arguments say; in an image that nothing is known of also a program that it may well have."""
        try:
            return await run_arguments(self, process, self.env, self.cwd)
        except FileNotFoundError:
            if not self.image.is_stand_in:
                raise
            process.argv = tuple(self.image.entrypoint)
            return await run_arguments(self, process, self.env, self.cwd)

    async def _run_main(self, process: Process) -> None:
        """Raises StartError where there is no such program."""
        discipline = _put_on_terminal(process)
        try:
            code = await self._run_stand_in_or(process)
        except (FileNotFoundError, PermissionError, ArgumentsTooLong) as error:
            if not process.begun.is_set():
                raise StartError(_start_failed(error)) from None
            code = 127
        finally:
            self.processes.pop(process.pid, None)
            if discipline is not None:
                discipline.stop()
        self.end(Exit(code))


def _runs_as_root(config: ContainerConfig) -> str:
    """As kubernetes: pkg/kubelet/kuberuntime/security_context.go words it."""
    pod = config.pod
    where = f'(pod: "{pod.name}_{pod.namespace}({pod.uid})", container: {config.name})'
    if config.user == 0:
        return f"container's runAsUser breaks non-root policy {where}"
    return f"container has runAsNonRoot and image will run as root {where}"


def _put_on_terminal(process: Process) -> LineDiscipline | None:
    """Have the process's streams go through a terminal, where it has one."""
    streams = process.streams
    if streams.terminal is None:
        return None

    def signalled(number: int) -> None:
        if number != signal.SIGTSTP:  # nobody is there who could have it go on
            process.send(number)

    discipline = streams.terminal.discipline = LineDiscipline(streams.stdin, streams.stdout, signalled)
    process.streams = Streams(discipline, discipline.write, discipline.write, streams.terminal)
    discipline.start()
    return discipline


def _lookup(error: OSError) -> str:
    """What runc says of a program that it cannot start."""
    program = str(error)
    if isinstance(error, ArgumentsTooLong):
        return f"exec {program}: argument list too long"
    if isinstance(error, PermissionError):
        return f'exec: "{program}": permission denied'
    if "/" in program:
        return f'exec: "{program}": stat {program}: no such file or directory'
    return f'exec: "{program}": executable file not found in $PATH'


def _start_failed(error: OSError) -> str:
    return (
        "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: "
        f"unable to start container process: {_lookup(error)}: unknown"
    )


def _exec_failed(error: OSError) -> str:
    return (
        f'failed to exec in container: failed to start exec "{secrets.token_hex(32)}": OCI runtime exec failed: '
        f"exec failed: unable to start container process: {_lookup(error)}: unknown"
    )
