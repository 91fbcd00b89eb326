"""`labgate practice fault …`: faults added to a practice cluster and cleared again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from difflib import get_close_matches

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from runner.commands.common import Stop, language, language_option, report
from runner.practice import process
from runner.practice.fault_client import Active, RemoteFaults
from runner.practice.faults.fault_kinds import KINDS, FaultScope, Kind
from runner.words import count_phrase, phrase, translate

RESOURCES = {
    "deployment": "deployments.apps", "deploy": "deployments.apps",
    "statefulset": "statefulsets.apps", "sts": "statefulsets.apps",
    "daemonset": "daemonsets.apps", "ds": "daemonsets.apps",
    "replicaset": "replicasets.apps", "rs": "replicasets.apps",
    "job": "jobs.batch", "pod": "pods", "po": "pods", "service": "services", "svc": "services",
    "node": "nodes", "no": "nodes",
}  # fmt: skip
"""What may stand before the slash of a target, as kubectl takes it."""

CLUSTER = click.option(
    "--name", "cluster", metavar="CLUSTER", help="The practice cluster (default: the only one that runs)."
)


class Faults(click.Group):
    """`fault KIND …` adds one; `list`, `kinds` and `clear` are commands beside it."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            return "KIND", switch_on, args
        return super().resolve_command(ctx, args)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Kinds"):
            formatter.write_dl([(kind.name, kind.what.render()) for kind in KINDS.values()])


@click.group(cls=Faults, name="fault", subcommand_metavar="KIND [TARGET] | list | kinds | clear")
def fault() -> None:
    """Inject a fault into a practice cluster: what goes wrong in real ones.

    \b
    labgate practice fault image-pull --in istio-system deployment/kiali
    labgate practice fault clear
    """


@click.command()
@click.argument("kind")
@click.argument("target", default="")
@click.option("--in", "namespace", metavar="NAMESPACE", help="The target's namespace (default: default).")
@click.option(
    "--option", "options", metavar="KEY=VALUE", multiple=True, help="See: labgate practice fault kinds"
)
@CLUSTER
@language_option
def switch_on(
    kind: str, target: str, namespace: str | None, options: Sequence[str], cluster: str | None
) -> int:
    """Add the fault KIND to TARGET: deployment/kiali, service/kiali, pod/…, node/…, or a plain name.

    Without a target, everything that can have the fault has it.
    """
    known = _kind(kind)
    faults = _of(cluster)
    chosen = _options(known, options)
    resource, name = _split(target, known)
    where = (
        ""
        if known.scope in (FaultScope.NODE, FaultScope.RESOURCE, FaultScope.CLUSTER)
        else namespace or "default"
    )
    if name and resource and (known.scope in (FaultScope.PODS, FaultScope.SERVICE, FaultScope.NODE)):
        _must_be_there(faults, resource, name, where)
    full = f"{where}/{name or '*'}" if where and (name or namespace) else name
    made = faults.add(known.name, full, chosen)
    report(phrase("Fault: {kind} {target}. {what}", kind=made.kind, target=_shown(made), what=known.what))
    if name and not made.affected and known.scope is not FaultScope.RESOURCE:
        report(phrase("There is no object of that name yet. When it is created, it will have the fault."))
    report(phrase("To clear it, type: {command}", command=f"labgate practice fault clear {made.kind}"))
    return 0


@fault.command()
@click.argument("kind", default="")
@click.argument("target", default="")
@click.option("--in", "namespace", metavar="NAMESPACE", help="The target's namespace (default: default).")
@CLUSTER
@language_option
def clear(kind: str, target: str, namespace: str | None, cluster: str | None) -> int:
    """Clear all faults, those of a KIND, or the one of a TARGET."""
    faults = _of(cluster)
    if not target and namespace is None:
        gone = faults.clear(_kind(kind).name if kind else "")
    else:
        known = _kind(kind)
        name = _split(target, known)[1]
        gone = faults.clear(known.name, f"{namespace or 'default'}/{name or '*'}")
        gone = gone or faults.clear(known.name, name)
    report(count_phrase("{count} fault cleared.", "{count} faults cleared.", count=gone))
    return 0


@fault.command("list")
@CLUSTER
@language_option
def list_active(cluster: str | None) -> int:
    """List the active faults."""
    active = _of(cluster).active()
    if not active:
        report(phrase("No fault is active."))
    for each in active:
        options = " ".join(f"--option {key}={value}" for key, value in each.options.items() if key != "until")
        click.echo(f"{each.kind}  {_shown(each)}  {options}".rstrip())
    return 0


@fault.command()
@language_option
def kinds() -> int:
    """List the kinds of faults and their options."""
    table = Table.grid(padding=(0, 2, 0, 0))
    for kind in KINDS.values():
        message = Text(translate(kind.what, language()))
        for option in _described(kind):
            message.append(f"\n{option}", "dim")
        table.add_row(Text(kind.name, "bold"), message)
    Console(highlight=False, markup=False, emoji=False).print(table)
    report(phrase("What stands below a kind is given as: {option}", option="--option KEY=VALUE"))
    return 0


def _described(kind: Kind) -> Iterator[str]:
    for name, values in kind.options.items():
        yield f"{name}={'|'.join(values) or '…'}"


def _kind(name: str) -> Kind:
    if name in KINDS:
        return KINDS[name]
    near = get_close_matches(name, KINDS, 1)
    if near:
        raise Stop(
            phrase("There is no fault of this kind: {kind}. Did you mean {near}?", kind=name, near=near[0])
        )
    raise Stop(
        phrase("There is no fault of this kind: {kind}. There are: {kinds}", kind=name, kinds=tuple(KINDS))
    )


def _options(kind: Kind, written: Sequence[str]) -> dict[str, str | list[str]]:
    chosen: dict[str, str | list[str]] = {}
    for each in written:
        name, equals, value = each.partition("=")
        if not equals or name not in kind.options:
            there = tuple(_described(kind)) or phrase("none")
            raise Stop(
                phrase(
                    "--option {option}: {kind} has these: {options}",
                    option=each,
                    kind=kind.name,
                    options=there,
                )
            )
        if kind.options[name] and value not in kind.options[name]:
            raise Stop(
                phrase("--option {option}: one of these: {values}", option=each, values=kind.options[name])
            )
        if name == "seconds" and not value.replace(".", "", 1).isdigit():
            raise Stop(phrase("--option {option}: seconds are a number, as in seconds=30", option=each))
        chosen[name] = value.split(",") if name == "verbs" else value
    return chosen


def _split(target: str, kind: Kind) -> tuple[str, str]:
    """The resource and the name of `deployment/kiali`; no resource for a plain name. Raises Stop."""
    if kind.scope is FaultScope.CLUSTER and target:
        raise Stop(phrase("{kind} affects the whole cluster: leave the target out.", kind=kind.name))
    word, slash, name = target.rpartition("/")
    if not slash or (kind.name in ("image-pull", "pull-rate-limit") and word not in RESOURCES):
        return "", target  # an image's name has slashes, too
    if word not in RESOURCES:
        raise Stop(
            phrase("A target is written as in deployment/kiali, or as a plain name: {target}", target=target)
        )
    return RESOURCES[word], name


def _must_be_there(faults: RemoteFaults, resource: str, name: str, namespace: str) -> None:
    """A target that was named with its kind and is not there is usually a mistake. Raises Stop."""
    if any(sign in name for sign in "*?["):
        return
    names = faults.names(resource, "" if resource == "nodes" else namespace)
    if name in names:
        return
    what = resource.partition(".")[0]
    near = get_close_matches(name, names, 1)
    if near:
        raise Stop(
            phrase("There is no {name} among the {what} in {namespace}. Did you mean {near}?", name=name, what=what,
                   namespace=namespace or "-", near=near[0])
        )  # fmt: skip
    raise Stop(
        phrase("There is no {name} among the {what} in {namespace}. There are: {names}", name=name, what=what,
               namespace=namespace or "-", names=tuple(names) or "-")
    )  # fmt: skip


def _of(cluster: str | None) -> RemoteFaults:
    """The faults of the practice cluster that was named, or of the only one that runs. Raises Stop."""
    running = process.all_running()
    if cluster is not None:
        found = process.status(cluster)
        if found is None:
            raise Stop(
                phrase(
                    "The practice cluster {name} is not running. Running: {names}. To start it, type: {command}",
                    name=cluster,
                    names=tuple(each.name for each in running) or "-",
                    command=f"labgate practice start {cluster}",
                )
            )
        return RemoteFaults(found.kubeconfig)
    if len(running) == 1:
        return RemoteFaults(running[0].kubeconfig)
    if not running:
        raise Stop(
            phrase(
                "No practice cluster is running. To start one, type: {command}",
                command="labgate practice start",
            )
        )
    raise Stop(
        phrase("Several practice clusters are running: {names}. Say which one: --name NAME",
               names=tuple(each.name for each in running))
    )  # fmt: skip


def _shown(made: Active) -> str:
    return made.target or "*"


former_fault = copy(fault)
"""`practice trouble`, the former name, works for another release."""
former_fault.hidden = True
