"""`labgate practice`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from runner.commands.classes import class_
from runner.commands.common import Stop, complain, language_option, report
from runner.commands.fault import fault, former_fault
from runner.practice import cluster_shape, process
from runner.words import phrase

if TYPE_CHECKING:
    from runner.session.target import PracticeWants

Given = TypeVar("Given", str, int)


def _checked(_context: click.Context, _option: click.Parameter, name: str) -> str:
    """The name, where it can be a practice cluster's."""
    try:
        process.folder_of(name)
    except process.PracticeError as error:
        raise Stop(error.message) from error
    return name


NAME = click.argument("name", default="default", callback=_checked)


def _read(reader: Callable[[Given], Given]) -> Callable[..., Given | None]:
    """An option's callback that lets `reader` say what is wrong with what was given."""

    def checked(_context: click.Context, _option: click.Parameter, given: Given | None) -> Given | None:
        try:
            return None if given is None else reader(given)
        except cluster_shape.ShapeError as error:
            raise Stop(error.message) from error

    return checked


def _shape_options(command: Callable[..., int]) -> Callable[..., int]:
    """The options that say what a new cluster is made as; the command gets them as `options`."""

    @click.option(
        "--kubernetes",
        metavar="VERSION",
        callback=_read(cluster_shape.read_version),
        help="Kubernetes version of a new cluster, such as 1.28 (default: the lab's, or 1.32).",
    )
    @click.option(
        "--nodes",
        metavar="N",
        type=int,
        callback=_read(cluster_shape.read_nodes),
        help="Number of nodes of a new cluster, the control plane among them (default: 2). With 0 no pod can run.",
    )
    @click.option(
        "--service-cidr",
        metavar="RANGE",
        callback=_read(cluster_shape.read_service_cidr),
        help="IPv4 address range for the Services of a new cluster (default: 10.96.0.0/12).",
    )
    @click.option(
        "--metrics-server/--no-metrics-server",
        default=None,
        help="Whether a new cluster has a metrics server, for kubectl top and autoscaling (default: as the lab says, or no).",
    )
    @wraps(command)
    def with_options(
        kubernetes: str | None,
        nodes: int | None,
        service_cidr: str | None,
        metrics_server: bool | None,
        **more: Any,
    ) -> int:
        options = cluster_shape.ShapeOptions(kubernetes, nodes, service_cidr, metrics_server)
        return command(options=options if options.arguments() else None, **more)

    return with_options


@click.group()
def practice() -> None:
    """Manage practice clusters.

    You choose the NAME of a cluster (default: default). If it is the name of a lab, the cluster has the lab's
    Kubernetes version and console pages.
    """


@practice.command()
@NAME
@_shape_options
@language_option
def start(name: str, options: cluster_shape.ShapeOptions | None) -> int:
    """Start the practice cluster NAME with the state that it was stopped with.

    A new one is created with the options; they cannot be changed later, except by a reset.
    """
    running = process.start(name, *_of_lab(name), options=options)
    _report_running(name, running)
    report(phrase("To use it in this shell: {command}", command=f"export KUBECONFIG={running.kubeconfig}"))
    return 0


@practice.command()
@NAME
@language_option
def stop(name: str) -> int:
    """Stop the practice cluster NAME. Its state is kept."""
    if process.status(name) is None:
        report(phrase("The practice cluster {name} is not running.", name=name))
        return 0
    process.stop(name)
    report(
        phrase(
            "Stopped. Its state is kept. To start over: {command}", command=f"labgate practice reset {name}"
        )
    )
    return 0


@practice.command()
@NAME
@_shape_options
@language_option
def reset(name: str, options: cluster_shape.ShapeOptions | None) -> int:
    """Reset the practice cluster NAME. Everything in it is lost.

    It is made as it was, or as the options say.
    """
    process.reset(name, options)
    report(phrase("The practice cluster {name} has been reset.", name=name))
    return 0


@practice.command()
@NAME
@language_option
def status(name: str) -> int:
    """Show whether the practice cluster NAME is running. Exits with 1 if it is not."""
    running = process.status(name)
    if running is None:
        report(phrase("The practice cluster {name} is not running.", name=name))
        report(phrase("To start it: {command}", command=f"labgate practice start {name}"))
        return 1
    _report_running(name, running)
    return 0


@practice.command()
@NAME
@language_option
def kubeconfig(name: str) -> int:
    """Print the path of the kubeconfig of the practice cluster NAME."""
    running = process.status(name)
    if running is None:
        complain(phrase("The practice cluster {name} is not running.", name=name))
        complain(phrase("To start it: {command}", command=f"labgate practice start {name}"))
        return 1
    click.echo(running.kubeconfig)
    return 0


practice.add_command(class_)
practice.add_command(fault)
practice.add_command(former_fault, "trouble")


def _of_lab(name: str) -> PracticeWants:
    """What a lab wants of its practice cluster; nothing where the name is no lab's."""
    from runner.labs import library
    from runner.labs.load import load
    from runner.session.target import PracticeWants, practice_wants

    if name not in {entry.id for entry in library.available()}:
        return PracticeWants()
    return practice_wants(load(library.find(name)))


def _report_running(name: str, running: process.Running) -> None:
    report(phrase("The practice cluster {name} is running: {server}", name=name, server=running.server))
    report(process.shape_of(name).summary())
    report(phrase("Its kubeconfig: {path}", path=running.kubeconfig))
