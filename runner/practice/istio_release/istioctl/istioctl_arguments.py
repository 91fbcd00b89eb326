"""The command line of istioctl's stand-in: which commands there are, and their options."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from io import TextIOWrapper
from typing import NoReturn

from runner.practice.istio_release.analysis.analysis_messages import LEVELS
from runner.practice.istio_release.istioctl import install_command, looking_commands, manifest_command
from runner.practice.istio_release.istioctl.analyze_command import analyze
from runner.practice.istio_release.istioctl.dashboard_command import dashboard
from runner.practice.istio_release.istioctl.describe_command import describe
from runner.practice.istio_release.istioctl.kube_inject_command import kube_inject
from runner.practice.istio_release.istioctl.kubectl_cluster import SYSTEM, Cluster, Failed
from runner.practice.istio_release.istioctl.proxy_config_command import proxy_config
from runner.practice.istio_release.istioctl.proxy_status_command import proxy_status

Command = Callable[[Cluster, argparse.Namespace], int]

COMMANDS: dict[str, tuple[Command, str]] = {
    "analyze": (analyze, "Analyze Istio configuration and print validation messages"),
    "dashboard": (dashboard, "Access to Istio web UIs: kiali, jaeger, prometheus, grafana, zipkin, envoy"),
    "proxy-config": (proxy_config, "Retrieve information about proxy configuration from Envoy"),
    "proxy-status": (proxy_status, "Retrieves the synchronization status of each Envoy in the mesh"),
    "install": (
        install_command.install,
        "Applies an Istio manifest, installing or reconfiguring Istio on a cluster",
    ),
    "kube-inject": (kube_inject, "Inject Istio sidecar into Kubernetes pod resources"),
    "manifest": (manifest_command.manifest, "generate"),
    "profile": (looking_commands.profile, "list, dump"),
    "tag": (manifest_command.tag, "list, set, remove"),
    "uninstall": (install_command.uninstall, "Uninstall Istio from a cluster"),
    "upgrade": (install_command.install, "Upgrade Istio control plane in-place"),
    "verify-install": (looking_commands.verify_install, "Verifies Istio Installation Status"),
    "version": (looking_commands.version, "Prints out build version information"),
}
EXPERIMENTAL: dict[str, tuple[Command, str]] = {
    "describe": (describe, "Describe a pod or service and the configuration that concerns it"),
    "precheck": (looking_commands.precheck, "Check whether Istio can safely be installed or upgrade"),
    "uninstall": (install_command.uninstall, "Uninstall Istio from a cluster"),
}
MOVED_SINCE = {"describe": 20}
"""From which version a command of `experimental` is one of its own, too."""
UNINSTALL_SINCE = 17
"""Before it was below experimental only."""
OTHER_NAMES = {
    "d": "dashboard",
    "dash": "dashboard",
    "exp": "experimental",
    "pc": "proxy-config",
    "ps": "proxy-status",
    "x": "experimental",
}
HERE_ONLY = (
    "bug-report",
    "admin",
    "operator",
    "remote-secret",
    "create-remote-secret",
    "waypoint",
    "ztunnel-config",
    "ambient",
)


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
    made.add_argument("--istioNamespace", "-i", default=SYSTEM)
    made.add_argument("--revision", "-r", default="")
    if (more := OPTIONS.get(command)) is not None:
        more(made)
    return made


def _install(made: Parser) -> None:
    made.add_argument("--skip-confirmation", "-y", action="store_true")
    made.add_argument("--dry-run", action="store_true")
    made.add_argument("--set", "-s", action="append", default=[])
    made.add_argument("--filename", "-f", action="append", default=[])
    made.add_argument("--readiness-timeout", type=duration, default="5m0s")
    made.add_argument("--manifests", "--charts", "-d")
    made.add_argument("--verify", action="store_true")
    made.add_argument("--force", action="store_true")


def _uninstall(made: Parser) -> None:
    made.add_argument("--skip-confirmation", "-y", action="store_true")
    made.add_argument("--purge", action="store_true")
    made.add_argument("--filename", "-f", action="append", default=[])


def _version(made: Parser) -> None:
    made.add_argument("--remote", nargs="?", const=True, default=True, type=truth)
    made.add_argument("--short", "-s", action="store_true")


def _manifest(made: Parser) -> None:
    made.add_argument("what")
    _install(made)


def _profile(made: Parser) -> None:
    made.add_argument("what", choices=["list", "dump"])
    made.add_argument("name", nargs="?")


def _tag(made: Parser) -> None:
    made.add_argument("what", choices=["list", "set", "remove"])
    made.add_argument("name", nargs="?")
    made.add_argument("--overwrite", action="store_true")
    made.add_argument("--skip-confirmation", "-y", action="store_true")


def _kube_inject(made: Parser) -> None:
    made.add_argument("--filename", "-f", action="append", default=[])
    made.add_argument("--output", "-o")


def _analyze(made: Parser) -> None:
    made.add_argument("files", nargs="*")
    made.add_argument("--all-namespaces", "-A", action="store_true")
    made.add_argument("--use-kube", "-k", nargs="?", const="true", default="true")
    made.add_argument("--recursive", "-R", action="store_true")
    made.add_argument("--output", "-o", default="log")
    made.add_argument("--suppress", "-S", action="append", default=[])
    made.add_argument("--color", nargs="?")
    made.add_argument("--failure-threshold", default="Error", type=_level)
    made.add_argument("--output-threshold", default="Info", type=_level)


def _level(text: str) -> str:
    if text.title() not in LEVELS:
        raise argparse.ArgumentTypeError(
            f"{text} not a valid option, please choose from: [Info Warning Error]"
        )
    return text


def _proxy_status(made: Parser) -> None:
    made.add_argument("pod", nargs="?", default="")


def _proxy_config(made: Parser) -> None:
    made.add_argument("what")
    made.add_argument("pod", nargs="?", default="")
    made.add_argument("--output", "-o", default="short")
    made.add_argument("--file", "-f")
    made.add_argument("--port", type=int, default=0)
    for name in ("address", "cluster", "direction", "fqdn", "level", "name", "status", "subset", "type"):
        made.add_argument(f"--{name}", default="")
    made.add_argument("--verbose", nargs="?")


def _dashboard(made: Parser) -> None:
    made.add_argument("what")
    made.add_argument("pod", nargs="?", default="")
    made.add_argument("--address", default="localhost")
    made.add_argument("--port", "-p", type=int, default=0)
    made.add_argument("--browser", nargs="?", const=True, default=True, type=truth)


def _describe(made: Parser) -> None:
    made.add_argument("what")
    made.add_argument("name")


OPTIONS: dict[str, Callable[[Parser], None]] = {
    "install": _install,
    "upgrade": _install,
    "uninstall": _uninstall,
    "version": _version,
    "manifest": _manifest,
    "profile": _profile,
    "tag": _tag,
    "kube-inject": _kube_inject,
    "analyze": _analyze,
    "describe": _describe,
    "proxy-config": _proxy_config,
    "dashboard": _dashboard,
    "proxy-status": _proxy_status,
}


def help_text(version: str) -> str:
    lines = [f"  {name:<15} {text}" for name, (_, text) in sorted(COMMANDS.items())]
    below = ", ".join(sorted(EXPERIMENTAL))
    return (
        f"Istio configuration command line utility: practice stand-in of version {version}, written for Labgate.\n\n"
        "Usage:\n  istioctl [command]\n\nAvailable Commands:\n" + "\n".join(lines)
        + f"\n  {'experimental (x)':<15} {below}\n\nThe real istioctl has more commands; they need a real cluster.\n"
    )  # fmt: skip


def unknown(command: str, parent: str) -> Failed:
    if command in HERE_ONLY:
        return Failed(
            f'"{command}" is not supported by the practice stand-in of istioctl: it needs a real cluster'
        )
    hint = f"\n(it is: istioctl x {command})" if command in EXPERIMENTAL else ""
    return Failed(
        f'unknown command "{command}" for "{parent}"{hint}\n'
        "(practice stand-in: it knows the commands that `istioctl --help` lists, and no others)"
    )


def run(version: str, arguments: Sequence[str]) -> int:
    """Raises Failed."""
    if not arguments or arguments[0] in ("help", "-h", "--help"):
        print(help_text(version), end="")
        return 0
    command, rest = OTHER_NAMES.get(arguments[0], arguments[0]), list(arguments[1:])
    commands, parent = COMMANDS, "istioctl"
    if command == "experimental":
        if not rest:
            raise Failed(f"istioctl x needs a command: {', '.join(sorted(EXPERIMENTAL))}")
        commands, parent, command, rest = EXPERIMENTAL, "istioctl experimental", rest[0], rest[1:]
    minor = int(version.split(".")[1])
    if parent == "istioctl" and minor >= MOVED_SINCE.get(command, 99):
        commands = EXPERIMENTAL
    early = command == "uninstall" and parent == "istioctl" and minor < UNINSTALL_SINCE
    if command not in commands or early:
        raise unknown(command, parent)
    asked = parser(command).parse_args(rest)
    options = [f"--{name}={value}" for name in ("kubeconfig", "context") if (value := getattr(asked, name))]
    return commands[command][0](Cluster(options, version, asked.istioNamespace), asked)


def main(version: str, arguments: Sequence[str]) -> int:
    """The exit code."""
    for stream in (sys.stdout, sys.stderr):  # ✔ must not fail where the locale is C
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        return run(version, arguments)
    except Failed as failure:
        print(f"Error: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 141
