"""The nginx program: its options, its start, -s reload and the other signals."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import replace
from weakref import WeakKeyDictionary

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation, Program
from runner.practice.containers.image_programs.nginx_config import ConfigError, Directive, read_config
from runner.practice.containers.image_programs.nginx_folders import make_folders
from runner.practice.containers.image_programs.nginx_output import NginxLogs
from runner.practice.containers.image_programs.nginx_server import NginxServer
from runner.practice.containers.network_messages import Listener, Request, Response
from runner.practice.containers.pod_sandbox import AddressInUse
from runner.practice.containers.running_container import RunningContainer

CONF = "/etc/nginx/nginx.conf"
_running: WeakKeyDictionary[RunningContainer, _Master] = WeakKeyDictionary()


class _Master:
    """The master process of a container: keeps its ports over a change of configuration."""

    def __init__(self, call: Invocation, server: NginxServer) -> None:
        self.call, self.server = call, server
        self.over = asyncio.Event()
        self._ports: set[int] = set()

    async def answer(self, request: Request) -> Response:
        return await self.server.answer(request)

    async def listen(self) -> None:
        """Have exactly the configuration's ports. Raises ConfigError where one is taken."""
        pod = self.call.container.pod
        wanted = self.server.ports
        for port in list(self._ports):
            if port not in wanted or wanted[port]:  # another certificate, maybe
                pod.unlisten(port)
                self._ports.discard(port)
        for port, tls in wanted.items():
            if port not in self._ports:
                try:
                    certificate = self.server.certificate(port) if tls else b""
                    listener = Listener(http=self.answer, tls=tls, program="nginx", certificate=certificate)
                    pod.listen(self.call.container, port, listener)
                except AddressInUse:
                    raise ConfigError(
                        f"bind() to 0.0.0.0:{port} failed (98: Address already in use)"
                    ) from None
        self._ports = set(wanted)

    def close(self) -> None:
        for port in self._ports:
            self.call.container.pod.unlisten(port)


def nginx(version: str) -> Program:
    """The program of that version."""

    async def run(call: Invocation) -> int:
        options = _options(list(call.argv[1:]))
        if isinstance(options, str):
            await call.error(f'nginx: invalid option: "{options}"\n')
            return 1
        if "v" in options or "V" in options:
            await call.error(f"nginx version: nginx/{version}\n")
            return 0
        if "h" in options or "?" in options:
            await call.error(
                f"nginx version: nginx/{version}\nUsage: nginx [-?hvVtTq] [-s signal] [-c filename] [-g directives]\n"
            )
            return 0
        if "s" in options:
            return await _signal(call, options["s"], version)
        return await _with_configuration(call, options, version)

    return run


async def _with_configuration(call: Invocation, options: dict[str, str], version: str) -> int:
    path = options.get("c", CONF)
    is_test = "t" in options or "T" in options
    try:
        server, files = await _configured(call, path, options.get("g", ""), version)
        if is_test:
            await call.error(f"nginx: the configuration file {path} syntax is ok\n")
            await call.error(f"nginx: configuration file {path} test is successful\n")
            if "T" in options:
                for file in dict.fromkeys(files):
                    await call.out(
                        f"# configuration file {file}:\n{ContainerFiles(call.container).read_text(file)}\n"
                    )
            return 0
        make_folders(call.container)
        master = _Master(call, server)
        await master.listen()
    except ConfigError as error:
        await call.error(f"nginx: [emerg] {error}\n")
        if is_test:
            await call.error(f"nginx: configuration file {path} test failed\n")
        return 1
    return await _serve(master, version)


async def _configured(call: Invocation, path: str, more: str, version: str) -> tuple[NginxServer, list[str]]:
    files = ContainerFiles(call.container)
    main, read = read_config(files, path, more)
    _check_files(files, main)
    server = NginxServer(call, main, NginxLogs(call, main), version)
    await server.upstreams.check()
    return server, read


def _check_files(files: ContainerFiles, block: Directive) -> None:
    """Raises ConfigError for a certificate or a key that is not there, or is none."""
    for each in block.block or ():
        if each.name in ("ssl_certificate", "ssl_certificate_key") and "$" not in each.args[0]:
            is_key = each.name == "ssl_certificate_key"
            cannot = f'cannot load certificate {"key " if is_key else ""}"{each.args[0]}"'
            if not files.exists(each.args[0]):
                raise ConfigError(
                    f"{cannot}: BIO_new_file() failed (SSL: error:80000002:system library::No such "
                    f"file or directory:calling fopen({each.args[0]}, r) error:10000080:BIO routines::no such file)"
                )
            marks = (b"PRIVATE KEY-----", "PEM_read_bio_PrivateKey", "ANY PRIVATE KEY") if is_key else (
                b"CERTIFICATE-----", "PEM_read_bio_X509_AUX", "TRUSTED CERTIFICATE")  # fmt: skip
            if marks[0] not in files.read(each.args[0]):
                raise ConfigError(
                    f"{cannot}: {marks[1]}() failed (SSL: error:0480006C:PEM routines::no start line:Expecting: {marks[2]})"
                )
        _check_files(files, each)


async def _serve(master: _Master, version: str) -> int:
    call = master.call
    _running[call.container] = master
    logs = master.server.logs
    for line in (
        'using the "epoll" event method',
        f"nginx/{version}",
        "start worker processes",
        "start worker process 29",
    ):
        await logs.say("notice", line)
    ended = [asyncio.ensure_future(call.terminated.wait()), asyncio.ensure_future(master.over.wait())]
    try:
        await asyncio.wait(ended, return_when=asyncio.FIRST_COMPLETED)
        signal = (
            "signal 15 (SIGTERM) received, exiting"
            if call.terminated.is_set()
            else "signal 3 (SIGQUIT) received, shutting down"
        )
        await master.server.logs.say("notice", signal)
        await master.server.logs.say("notice", "exit")
    finally:
        for each in ended:
            each.cancel()
        master.close()
        _running.pop(call.container, None)
    return 0


async def _signal(call: Invocation, name: str, version: str) -> int:
    if name not in ("stop", "quit", "reload", "reopen"):
        await call.error(f'nginx: invalid option: "-s {name}"\n')
        return 1
    master = _running.get(call.container)
    try:
        if master is None:
            raise ConfigError('invalid PID number "" in "/run/nginx.pid"')
        if name in ("stop", "quit"):
            master.over.set()
        elif name == "reload":
            server, _ = await _configured(master.call, CONF, "", version)
            before, master.server = master.server, server
            server.requests = before.requests
            await master.listen()
            await server.logs.say("notice", "signal 1 (SIGHUP) received, reconfiguring")
        stamp = time.strftime("%Y/%m/%d %H:%M:%S", time.gmtime())
        await call.error(f"{stamp} [notice] {len(call.container.processes)}#1: signal process started\n")
    except ConfigError as error:
        await call.error(f"nginx: [{'error' if master is None else 'emerg'}] {error}\n")
        return 1
    return 0


def _options(words: list[str]) -> dict[str, str] | str:
    """Options by their letter; the text of one that nginx does not know."""
    found: dict[str, str] = {}
    while words:
        word = words.pop(0)
        if not word.startswith("-") or len(word) < 2:
            return word
        letters = word[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            if letter in "csgpe":
                found[letter] = letters or (words.pop(0) if words else "")
                letters = ""
            elif letter in "?hvVtTq":
                found[letter] = ""
            else:
                return word
    return found


_REFERENCE = re.compile(r"\$\{(\w+)\}|\$(\w+)")


async def entrypoint(call: Invocation) -> int:
    """docker-entrypoint.sh of the image: says what it does, fills in templates, and starts what follows."""
    files = ContainerFiles(call.container)
    await call.out(
        "/docker-entrypoint.sh: /docker-entrypoint.d/ is not empty, will attempt to perform configuration\n"
    )
    if files.is_folder("/etc/nginx/templates"):
        for name in files.names("/etc/nginx/templates"):
            if name.endswith(".template"):
                text = files.read_text(f"/etc/nginx/templates/{name}")
                filled = _REFERENCE.sub(lambda found: call.env.get(found[1] or found[2], found[0]), text)
                to = f"/etc/nginx/conf.d/{name.removesuffix('.template')}"
                files.write(to, filled.encode())
                await call.out(
                    f"20-envsubst-on-templates.sh: Running envsubst on /etc/nginx/templates/{name} to {to}\n"
                )
    await call.out("/docker-entrypoint.sh: Configuration complete; ready for start up\n")
    return await call.container.programs["nginx"](replace(call, argv=call.argv[1:]))
