"""Repositories fetched by git itself: one commit, without its history, whole or not at all."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from runner.labs.sources.kept import SourceProblem
from runner.labs.sources.urls import SCHEMES, checked, checked_ref
from runner.words import phrase

FETCHED_WITHIN = 300.0
"""Seconds that a repository may take."""
_SAFE = (
    "core.hooksPath=/dev/null",  # what runs on this machine is what a person has said yes to
    "core.fsmonitor=false",
    "core.symlinks=false",  # a lab needs none, and none leads out of its folder
    "submodule.recurse=false",
    "protocol.ext.allow=never",
    "fetch.recurseSubmodules=false",
    "http.followRedirects=initial",
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=60",
    "gc.auto=0",
    "maintenance.auto=false",
    "advice.detachedHead=false",
)
_OURS = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_NAMESPACE",
    "GIT_CONFIG_PARAMETERS",
)
"""What another git program that started us may have set for itself."""


def fetch(url: str, ref: str, into: Path) -> str:
    """Put the commit that `ref` names (the repository's own choice where "") into a new folder; returns its id.

    Raises SourceProblem, and leaves nothing behind then.
    """
    checked(url)
    if ref:
        checked_ref(ref)
    if shutil.which("git") is None:
        raise SourceProblem(
            phrase("Labs in repositories are fetched by git, and there is no git on the PATH. Install it.")
        )
    try:
        into.mkdir(parents=True, mode=0o700)
        _git(into, ["init", "--quiet", "--template="], url)
        _git(
            into,
            [
                "fetch",
                "--quiet",
                "--depth=1",
                "--no-tags",
                "--no-recurse-submodules",
                "--",
                url,
                ref or "HEAD",
            ],
            url,
        )
        _git(into, ["checkout", "--quiet", "--detach", "FETCH_HEAD"], url)
        commit = _git(into, ["rev-parse", "HEAD"], url).strip()
        shutil.rmtree(into / ".git")
        return commit
    except BaseException as error:
        shutil.rmtree(into, ignore_errors=True)
        if isinstance(error, OSError):
            raise SourceProblem(
                phrase("{folder} can't be written: {reason}", folder=into, reason=error)
            ) from error
        raise


def _git(folder: Path, arguments: Sequence[str], url: str) -> str:
    settings = [part for each in _SAFE for part in ("-c", each)]
    try:
        done = subprocess.run(
            ["git", *settings, *arguments],
            cwd=folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=FETCHED_WITHIN,
            check=False,
        )
    except subprocess.TimeoutExpired:
        seconds = round(FETCHED_WITHIN)
        raise SourceProblem(
            phrase("git was not done after {seconds} s: {url}", seconds=seconds, url=url)
        ) from None
    if done.returncode != 0:
        text = [line for line in done.stderr.decode(errors="replace").splitlines() if line.strip()]
        reason = " / ".join(line.strip() for line in text[:3])[:500]
        raise SourceProblem(
            phrase("git can't fetch {url}: {reason}", url=url, reason=reason or done.returncode)
        )
    return done.stdout.decode(errors="replace")


def _environment() -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name not in _OURS}
    environment["GIT_ALLOW_PROTOCOL"] = ":".join(SCHEMES)
    environment["GIT_TERMINAL_PROMPT"] = "0"  # nobody is asked behind the screen: it fails, and says so
    environment["GIT_LFS_SKIP_SMUDGE"] = "1"
    environment["LC_ALL"] = "C"
    return environment
