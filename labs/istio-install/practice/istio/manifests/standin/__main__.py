"""Practice stand-in for istioctl 1.11.3: the commands of the course, on a practice cluster.

It creates the objects that the real one creates, and says what the real one says. No proxy
of Istio runs on a practice cluster, so everything that would talk to one is unknown here.
"""

from __future__ import annotations

import argparse
import re
import sys
from io import TextIOWrapper
from typing import Callable, Dict, List, NoReturn

import install
import look
from cluster import Cluster, Failed

COMMANDS: Dict[str, Callable[[Cluster, argparse.Namespace], int]] = {
    "install": install.install,
    "version": look.version,
    "verify-install": look.verify_install,
    "analyze": look.analyze,
    "proxy-status": look.proxy_status,
    "profile": look.profile,
}
EXPERIMENTAL: Dict[str, Callable[[Cluster, argparse.Namespace], int]] = {
    "precheck": look.precheck,
    "uninstall": install.uninstall,
}
OTHER_NAMES = {"ps": "proxy-status", "x": "experimental", "exp": "experimental"}
HELP = """Istio configuration command line utility: practice stand-in of version 1.11.3, written for Labgate.

Usage:
  istioctl [command]

Available Commands:
  analyze                 Analyze Istio configuration and print validation messages
  experimental (x)        precheck, uninstall
  install                 Applies an Istio manifest, installing or reconfiguring Istio on a cluster
  profile                 list, dump
  proxy-status (ps)       Retrieves the synchronization status of each Envoy in the mesh
  verify-install          Verifies Istio Installation Status
  version                 Prints out build version information

The real istioctl has more commands; they need a real cluster.
"""


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Failed(message)


def duration(text: str) -> str:
    if not re.fullmatch(r"(\d+h)?(\d+m)?(\d+s)?", text) or not text:
        raise argparse.ArgumentTypeError(f'time: invalid duration "{text}"')
    return text


def truth(text: str) -> bool:
    return text.lower() in ("true", "1", "t")


def parser(command: str) -> Parser:
    """The options of one command, as far as the stand-in knows them."""
    made = Parser(prog=f"istioctl {command}", allow_abbrev=False)
    made.add_argument("--kubeconfig", "-c")
    made.add_argument("--context")
    made.add_argument("--namespace", "-n")
    if command in ("install", "uninstall"):
        made.add_argument("--skip-confirmation", "-y", action="store_true")
    if command == "install":
        made.add_argument("--set", "-s", action="append", default=[])
        made.add_argument("--readiness-timeout", type=duration, default="5m0s")
    if command == "uninstall":
        made.add_argument("--purge", action="store_true")
    if command == "version":
        made.add_argument("--remote", nargs="?", const=True, default=True, type=truth)
        made.add_argument("--short", "-s", action="store_true")
    if command == "analyze":
        made.add_argument("--all-namespaces", "-A", action="store_true")
    if command == "profile":
        made.add_argument("what", choices=["list", "dump"])
        made.add_argument("name", nargs="?")
    return made


def unknown(command: str, parent: str) -> Failed:
    hint = ""
    if command in EXPERIMENTAL:
        hint = f"\n(in Istio 1.11 it is: istioctl x {command})"
    return Failed(
        f'unknown command "{command}" for "{parent}"{hint}\n'
        "(practice stand-in: it knows the commands that `istioctl --help` lists, and no others)"
    )


def run(arguments: List[str]) -> int:
    if not arguments or arguments[0] in ("help", "-h", "--help"):
        print(HELP, end="")
        return 0
    command, rest = OTHER_NAMES.get(arguments[0], arguments[0]), arguments[1:]
    commands, parent = COMMANDS, "istioctl"
    if command == "experimental":
        if not rest:
            raise Failed("istioctl x needs a command: precheck or uninstall")
        commands, parent, command, rest = EXPERIMENTAL, "istioctl experimental", rest[0], rest[1:]
    if command not in commands:
        raise unknown(command, parent)
    asked = parser(command).parse_args(rest)
    options = [f"--{name}={value}" for name in ("kubeconfig", "context") if (value := getattr(asked, name))]
    return commands[command](Cluster(options), asked)


def main() -> int:
    for stream in (sys.stdout, sys.stderr):  # ✔ must not fail where the locale is C
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        return run(sys.argv[1:])
    except Failed as failure:
        print(f"Error: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 141


if __name__ == "__main__":
    sys.exit(main())
