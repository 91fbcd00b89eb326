"""apt-get, apt, apk, yum and dnf: they install nothing, as nothing outside the cluster is reached.

A package whose program the image has anyway is there already; so `apt-get update && apt-get install -y curl` goes well.
"""

from __future__ import annotations

from runner.practice.containers.container_program import Invocation, Program

PROGRAMS_OF = {
    "curl": "curl", "wget": "wget", "iputils-ping": "ping", "iputils": "ping", "dnsutils": "nslookup", "bind-tools": "nslookup",
    "bind-utils": "nslookup", "bind9-dnsutils": "nslookup", "procps": "ps", "procps-ng": "ps", "net-tools": "netstat",
    "iproute2": "ss", "iproute": "ss", "netcat": "nc", "netcat-openbsd": "nc", "netcat-traditional": "nc", "nmap-ncat": "nc",
    "telnet": "telnet", "vim": "vi", "vim-tiny": "vi", "bash": "bash", "coreutils": "ls", "tar": "tar", "stress": "stress",
    "mysql-client": "mysql", "default-mysql-client": "mysql", "mariadb-client": "mysql", "postgresql-client": "psql",
    "redis-tools": "redis-cli", "redis": "redis-cli", "httpie": "http", "siege": "siege", "apache2-utils": "ab",
    "busybox-extras": "telnet", "traceroute": "traceroute",
}  # fmt: skip
_FREE = ("ca-certificates", "gnupg", "apt-transport-https", "lsb-release", "tzdata")


def _packages(call: Invocation) -> tuple[str, list[str]]:
    words = [word for word in call.argv[1:] if not word.startswith("-")]
    return (words[0], words[1:]) if words else ("", [])


def _there(call: Invocation, package: str) -> bool:
    name = package.partition("=")[0]
    return name in _FREE or PROGRAMS_OF.get(name, name) in call.container.command_names


async def apt(call: Invocation) -> int:
    action, packages = _packages(call)
    if action == "update":
        await call.out("Hit:1 http://deb.debian.org/debian stable InRelease\nReading package lists... Done\n")
    elif action == "install":
        await call.out(
            "Reading package lists... Done\nBuilding dependency tree... Done\nReading state information... Done\n"
        )
        missing = [each for each in packages if not _there(call, each)]
        if missing:
            await call.error("".join(f"E: Unable to locate package {each}\n" for each in missing))
            return 100
        for each in packages:
            await call.out(f"{each} is already the newest version.\n")
        await call.out("0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n")
    return 0


async def apk(call: Invocation) -> int:
    action, packages = _packages(call)
    if action == "add":
        missing = [each for each in packages if not _there(call, each)]
        if missing:
            lines = [f"  {each} (no such package):\n    required by: world[{each}]\n" for each in missing]
            await call.error("ERROR: unable to select packages:\n" + "".join(lines))
            return len(missing)
        await call.out("OK: 8 MiB in 15 packages\n")
    elif action == "update":
        await call.out("OK: 24172 distinct packages available\n")
    return 0


async def yum(call: Invocation) -> int:
    action, packages = _packages(call)
    if action == "install":
        for each in packages:
            if not _there(call, each):
                await call.error(f"No match for argument: {each}\nError: Unable to find a match: {each}\n")
                return 1
            await call.out(f"Package {each} is already installed.\n")
        await call.out("Dependencies resolved.\nNothing to do.\nComplete!\n")
    return 0


PROGRAMS: dict[str, Program] = {
    "apt-get": apt, "apt": apt, "apk": apk, "yum": yum, "dnf": yum, "microdnf": yum,
}  # fmt: skip
