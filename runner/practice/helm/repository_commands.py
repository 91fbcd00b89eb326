"""The commands about repositories and their charts."""

from __future__ import annotations

import argparse

import yaml

from runner.practice.helm.chart_repositories import charts_at, find_chart, keep, repositories
from runner.practice.helm.helm_error import HelmError
from runner.practice.helm.release_output import table


def run_show_values(options: argparse.Namespace) -> None:
    print(yaml.safe_dump(dict(find_chart(options.chart, options.repo, options.version).values)), end="")


def run_show_chart(options: argparse.Namespace) -> None:
    chart = find_chart(options.chart, options.repo, options.version)
    print(f"apiVersion: v2\nappVersion: {chart.app_version}\ndescription: {chart.description}")
    print(f"name: {chart.name}\nversion: {chart.version}")


def run_repo_add(options: argparse.Namespace) -> None:
    known, url = repositories(), options.url.rstrip("/")
    if known.get(options.name) == url and not options.force_update:
        print(f'"{options.name}" already exists with the same configuration, skipping')
        return
    if options.name in known and not options.force_update:
        raise HelmError(f"repository name ({options.name}) already exists, please specify a different name")
    if not charts_at(url):
        raise HelmError(
            f'looks like "{options.url}" is not a valid chart repository or cannot be reached: the stand-in for helm on the '
            "practice cluster downloads nothing, and has no charts of it (helm --help lists those that it has)"
        )
    keep({**known, options.name: url})
    print(f'"{options.name}" has been added to your repositories')


def run_repo_update(options: argparse.Namespace) -> None:
    known = repositories()
    if not known:
        raise HelmError("no repositories found. You must add one before updating")
    for name in options.names:
        if name not in known:
            raise HelmError(f"no repositories found matching '{name}'.  Nothing will be updated")
    print("Hang tight while we grab the latest from your chart repositories...")
    for name in options.names or known:
        print(f'...Successfully got an update from the "{name}" chart repository')
    print("Update Complete. ⎈Happy Helming!⎈")


def run_repo_list(_options: argparse.Namespace) -> None:
    known = repositories()
    if not known:
        raise HelmError("no repositories to show")
    print(table(("NAME", "URL"), list(known.items())))


def run_repo_remove(options: argparse.Namespace) -> None:
    known = repositories()
    for name in options.names:
        if name not in known:
            raise HelmError(f'no repo named "{name}" found')
        del known[name]
        print(f'"{name}" has been removed from your repositories')
    keep(known)


def run_search(options: argparse.Namespace) -> None:
    rows = [
        (f"{name}/{chart.name}", chart.version, chart.app_version, chart.description[:50])
        for name, url in repositories().items()
        for chart in charts_at(url)
        if options.word.lower() in f"{name}/{chart.name} {chart.description}".lower()
    ]
    print(
        table(("NAME", "CHART VERSION", "APP VERSION", "DESCRIPTION"), rows) if rows else "No results found"
    )
