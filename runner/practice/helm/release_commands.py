"""The commands about releases."""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import replace

import yaml

from runner.practice.helm.chart_repositories import find_chart
from runner.practice.helm.chart_values import given_values, merged_values
from runner.practice.helm.cluster_access import Cluster
from runner.practice.helm.helm_error import HelmError
from runner.practice.helm.release import Release, Releases
from runner.practice.helm.release_actions import Options, install, planned, roll_back, uninstall, upgrade
from runner.practice.helm.release_output import history, listed, status

_NAME = re.compile(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")


def cluster_of(options: argparse.Namespace) -> Cluster:
    given = (("--kubeconfig", options.kubeconfig), ("--context", options.kube_context))
    return Cluster([f"{name}={value}" for name, value in given if value])


def _where(options: argparse.Namespace, cluster: Cluster) -> str:
    return options.namespace or cluster.namespace()


def _plan(options: argparse.Namespace, cluster: Cluster, config: dict[str, object] | None = None) -> Release:
    names = list(options.names)
    reference = names.pop()
    chart = find_chart(reference, options.repo, options.version)
    if len(names) > 1:
        raise HelmError(f'"helm" requires at most 2 arguments: {" ".join(options.names)}')
    if not names and not options.generate_name and options.run is not run_template:
        raise HelmError("must either provide a name or specify --generate-name")
    name = names[0] if names else ("release-name" if options.run is run_template else f"{chart.name}-1")
    if not _NAME.match(name) or len(name) > 53:
        raise HelmError(
            f'release name "{name}": invalid release name, must match regex {_NAME.pattern} '
            "and the length must not be longer than 53"
        )
    given = given_values(options.values, options.set, options.set_string)
    return planned(name, _where(options, cluster), chart, merged_values(config or {}, given))


def _how(options: argparse.Namespace) -> Options:
    wait = options.wait or getattr(options, "atomic", False)
    return Options(getattr(options, "create_namespace", False), wait, options.timeout)


def run_install(options: argparse.Namespace) -> None:
    try:
        cluster = cluster_of(options)
        release = _plan(options, cluster)
        if options.dry_run not in ("", "none"):
            _print_planned(release)
            return
        print(status(install(cluster, release, _how(options))))
    except HelmError as error:
        raise HelmError(f"INSTALLATION FAILED: {error}") from None


def run_upgrade(options: argparse.Namespace) -> None:
    cluster = cluster_of(options)
    try:
        if len(options.names) != 2:
            raise HelmError(
                '"helm upgrade" requires 2 arguments\n\nUsage:  helm upgrade [RELEASE] [CHART] [flags]'
            )
        known = Releases(cluster).all(_where(options, cluster), options.names[0])
        if not known or known[-1].status == "uninstalled":
            if options.install:
                print(f'Release "{options.names[0]}" does not exist. Installing it now.')
                run_install(options)
                return
            raise HelmError(f'"{options.names[0]}" has no deployed releases')
        nothing_given = not (options.values or options.set or options.set_string)
        reused = options.reuse_values or (nothing_given and not options.reset_values)
        release = _plan(options, cluster, dict(known[-1].config) if reused else None)
        if options.dry_run not in ("", "none"):
            _print_planned(replace(release, revision=known[-1].revision + 1))
            return
        done = upgrade(cluster, known[-1], release, _how(options))
    except HelmError as error:
        raise (
            error if str(error).startswith("INSTALLATION") else HelmError(f"UPGRADE FAILED: {error}")
        ) from None
    print(f'Release "{done.name}" has been upgraded. Happy Helming!\n{status(done)}')


def _print_planned(release: Release) -> None:
    print(status(replace(release, status="pending-install", notes="")))
    print(f"HOOKS:\nMANIFEST:\n{release.manifest}\nNOTES:\n{release.notes}", end="")


def run_template(options: argparse.Namespace) -> None:
    print(_plan(options, cluster_of(options)).manifest, end="")


def run_uninstall(options: argparse.Namespace) -> None:
    cluster = cluster_of(options)
    for name in options.names:
        uninstall(cluster, name, _where(options, cluster), keep_history=options.keep_history)
        print(f'release "{name}" uninstalled')


def run_rollback(options: argparse.Namespace) -> None:
    cluster = cluster_of(options)
    roll_back(cluster, options.name, _where(options, cluster), options.revision, _how(options))
    print("Rollback was a success! Happy Helming!")


def run_list(options: argparse.Namespace) -> None:
    cluster = cluster_of(options)
    namespace = None if options.all_namespaces else _where(options, cluster)
    newest = {(each.namespace, each.name): each for each in Releases(cluster).all(namespace)}
    shown = [each for each in newest.values() if options.all or each.status in ("deployed", "failed")]
    if options.short:
        print("\n".join(each.name for each in shown))
    elif options.output == "table":
        print(listed(shown))
    else:
        rows = [
            {"name": each.name, "namespace": each.namespace, "revision": str(each.revision), "updated": each.changed,
             "status": each.status, "chart": each.chart_name, "app_version": each.chart.get("appVersion", "")}
            for each in shown
        ]  # fmt: skip
        print(
            json.dumps(rows) if options.output == "json" else yaml.safe_dump(rows),
            end="" if options.output == "yaml" else "\n",
        )


def last_release(options: argparse.Namespace) -> Release:
    cluster = cluster_of(options)
    return Releases(cluster).last(options.name, _where(options, cluster))


def run_history(options: argparse.Namespace) -> None:
    cluster = cluster_of(options)
    known = Releases(cluster).all(_where(options, cluster), options.name)
    if not known:
        raise HelmError("release: not found")
    print(history(known))


def run_get_values(options: argparse.Namespace) -> None:
    release = last_release(options)
    values = merged_values(release.values, release.config) if options.all else dict(release.config)
    print("COMPUTED VALUES:" if options.all else "USER-SUPPLIED VALUES:")
    print(yaml.safe_dump(values) if values else "null\n", end="")


def run_status(options: argparse.Namespace) -> None:
    print(status(last_release(options)))


def run_get_manifest(options: argparse.Namespace) -> None:
    print(last_release(options).manifest, end="")


def run_get_notes(options: argparse.Namespace) -> None:
    print(f"NOTES:\n{last_release(options).notes}", end="")
