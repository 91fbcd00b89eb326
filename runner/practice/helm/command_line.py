"""The stand-in's command line: helm 3's commands for releases, repositories and charts."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from runner.practice.helm import release_commands as releases
from runner.practice.helm import repository_commands as charts
from runner.practice.helm.helm_error import HelmError

VERSION = "v3.14.4"
_UNITS = {"h": 3600, "m": 60, "s": 1}
Run = Callable[[argparse.Namespace], None]


def main(arguments: Sequence[str]) -> int:
    """Gives helm's exit code."""
    parser = _parser()
    try:
        options = parser.parse_args(arguments)
        if not hasattr(options, "run"):
            parser.print_help()
            return 0
        run: Run = options.run
        run(options)
    except HelmError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 1
    return 0


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise HelmError(message.replace("unrecognized arguments", "unknown flag or argument"))


class _Commands:
    """A group of commands, each with the options that all have."""

    def __init__(self, parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
        self._common = common
        self._made: Any = parser.add_subparsers(metavar="COMMAND", parser_class=_Parser)

    def add(self, name: str, run: Run, *arguments: str, **more: Any) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = self._made.add_parser(
            name, parents=[self._common], allow_abbrev=False, **more
        )
        made.set_defaults(run=run)
        for each in arguments:
            made.add_argument(each)
        return made

    def group(self, name: str, **more: Any) -> _Commands:
        return _Commands(self._made.add_parser(name, **more), self._common)


def _parser() -> argparse.ArgumentParser:
    common = _Parser(add_help=False, allow_abbrev=False)
    common.add_argument("-n", "--namespace", default="")
    common.add_argument("--kubeconfig", default="")
    common.add_argument("--kube-context", default="")
    parser = _Parser(
        prog="helm",
        allow_abbrev=False,
        description="A stand-in for helm on Labgate's practice cluster. It downloads nothing: it has the charts "
        "ingress-nginx/ingress-nginx, metrics-server/metrics-server and bitnami/nginx.",
    )
    commands = _Commands(parser, common)
    _add_changes(commands)
    _add_looks(commands)
    _add_charts(commands)
    made = commands.add("version", _print_version, help="the stand-in's version")
    made.add_argument("--short", action="store_true")
    return parser


def _add_changes(commands: _Commands) -> None:
    for name, run in (
        ("install", releases.run_install),
        ("upgrade", releases.run_upgrade),
        ("template", releases.run_template),
    ):
        made = commands.add(name, run, help=f"{name} a chart")
        made.add_argument("names", nargs="+", metavar="[NAME] CHART")
        _add_values(made)
        for flag in ("--create-namespace", "--wait", "--atomic", "--generate-name"):
            made.add_argument(flag, action="store_true")
        made.add_argument("--timeout", type=_seconds, default=300.0)
        made.add_argument("--dry-run", nargs="?", const="client", default="")
        if name == "upgrade":
            made.add_argument("-i", "--install", action="store_true")
            made.add_argument("--reuse-values", action="store_true")
            made.add_argument("--reset-values", action="store_true")
    made = commands.add(
        "uninstall", releases.run_uninstall, help="uninstall a release", aliases=["delete", "del", "un"]
    )
    made.add_argument("names", nargs="+", metavar="NAME")
    made.add_argument("--keep-history", action="store_true")
    made.add_argument("--wait", action="store_true")
    made = commands.add("rollback", releases.run_rollback, "name", help="go back to an earlier revision")
    made.add_argument("revision", nargs="?", type=int, default=0)
    made.add_argument("--wait", action="store_true")
    made.add_argument("--timeout", type=_seconds, default=300.0)


def _add_looks(commands: _Commands) -> None:
    made = commands.add("list", releases.run_list, help="list releases", aliases=["ls"])
    made.add_argument("-A", "--all-namespaces", action="store_true")
    made.add_argument("-a", "--all", action="store_true")
    made.add_argument("-q", "--short", action="store_true")
    made.add_argument("-o", "--output", choices=("table", "json", "yaml"), default="table")
    commands.add("status", releases.run_status, "name", help="the status of a release")
    commands.add("history", releases.run_history, "name", help="the revisions of a release", aliases=["hist"])
    get = commands.group("get", help="values, manifest or notes of a release")
    get.add("values", releases.run_get_values, "name").add_argument("-a", "--all", action="store_true")
    get.add("manifest", releases.run_get_manifest, "name")
    get.add("notes", releases.run_get_notes, "name")


def _add_charts(commands: _Commands) -> None:
    show = commands.group("show", help="what a chart has", aliases=["inspect"])
    for name, run in (("values", charts.run_show_values), ("chart", charts.run_show_chart)):
        made = show.add(name, run, "chart")
        made.add_argument("--repo", default="")
        made.add_argument("--version", default="")
    repo = commands.group("repo", help="chart repositories")
    repo.add("add", charts.run_repo_add, "name", "url").add_argument("--force-update", action="store_true")
    repo.add("update", charts.run_repo_update, aliases=["up"]).add_argument("names", nargs="*")
    repo.add("list", charts.run_repo_list, aliases=["ls"])
    repo.add("remove", charts.run_repo_remove, aliases=["rm"]).add_argument("names", nargs="+")
    search = commands.group("search", help="charts of the repositories")
    search.add("repo", charts.run_search).add_argument("word", nargs="?", default="")


def _add_values(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-f", "--values", action="append", default=[])
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--set-string", action="append", default=[])
    parser.add_argument("--repo", default="")
    parser.add_argument("--version", default="")


def _seconds(text: str) -> float:
    parts = re.findall(r"(\d+)([hms])", text)
    if "".join(number + unit for number, unit in parts) != text or not parts:
        raise argparse.ArgumentTypeError(f'time: invalid duration "{text}"')
    return float(sum(int(number) * _UNITS[unit] for number, unit in parts))


def _print_version(options: argparse.Namespace) -> None:
    print(VERSION if options.short else f'version.BuildInfo{{Version:"{VERSION}"}} (stand-in)')
