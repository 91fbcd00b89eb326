"""Practice clusters as processes of their own: started, found, stopped and reset by name."""

from __future__ import annotations

import fcntl
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from runner.paths import data_folder, import_path
from runner.plain_text import command
from runner.practice.cluster_shape import Shape, ShapeOptions
from runner.words import NOT_JUDGED, Phrase, UserError, phrase

FEW_ARENAS = {"MALLOC_ARENA_MAX": "2"}
"""For glibc: more of them, one for each thread that was busy once, keep 6 MB that nobody uses."""
START_SECONDS = 30.0
"""How long a start may take before it is given up; half a second is usual."""
STOP_SECONDS = 10.0
LOCK, USERS, RUNNING, SETTINGS, LOG, KUBECONFIG, STATE = (
    "lock",
    "users",
    "running.json",
    "settings.json",
    "practice.log",
    "kubeconfig",
    "state",
)
_owned: dict[
    str, subprocess.Popen[bytes]
] = {}  # their standard input stays open as long as this program lives


class PracticeError(UserError):
    """A practice cluster can't be started, stopped or reset; `message` says why and what to do."""

    exit_code = NOT_JUDGED


class PracticeInUse(PracticeError):
    """A program works on the practice cluster that was to be reset."""


@dataclass(frozen=True, slots=True)
class Running:
    """A practice cluster that runs: where its API is, and the kubeconfig file that reaches it."""

    name: str
    server: str
    kubeconfig: Path
    context: str
    pid: int
    version: str


def folder_of(name: str) -> Path:
    """Where the cluster of that name keeps its state. Raises PracticeError if the name can't be one."""
    if not re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", name):
        raise PracticeError(
            phrase(
                "{name} can't be a practice cluster's name: use small letters, digits and '-', as in istio-install.",
                name=name,
            )
        )
    return data_folder() / "practice" / name


def start(
    name: str,
    version: str | None = None,
    pages: Sequence[Path] = (),
    metrics_server: bool = False,
    images: Sequence[Mapping[str, Any]] = (),
    owner: bool = False,
    options: ShapeOptions | None = None,
) -> Running:
    """The running cluster of that name, started where it wasn't.

    `version` is the Kubernetes version that a lab wants, `pages` the folders of its stand-in pages; None and none
    mean as it was started last. With `metrics_server` a new one has one; `images` are those of labs.
    `options` are a person's, go before the lab's,
    and are refused where there is such a cluster already that is otherwise. An owned one ends with this program,
    however that ends. Raises PracticeError.
    """
    folder = folder_of(name)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        settings = _settings(folder, version, pages, options, metrics_server=metrics_server, images=images)
        log = (folder / LOG).open("ab")
    except OSError as error:
        raise PracticeError(_needs_folder(folder, error)) from error
    running = status(name)
    if running is not None:
        return running
    with log:
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", "runner.practice", name, *(["--owned"] if owner else [])],
            stdin=subprocess.PIPE if owner else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            env={**FEW_ARENAS, **os.environ, "PYTHONPATH": import_path()},
            start_new_session=True,  # a Ctrl-C in the terminal is not meant for it
        )
    assert child.stdout is not None
    first_line = _first_line(child.stdout.fileno(), START_SECONDS)
    child.stdout.close()
    if first_line != b"ready\n":
        late = child.poll() is None and not first_line
        child.kill()
        child.wait()
        raise PracticeError(_why_not(name, folder, first_line, settings, late=late))
    if owner:
        _owned[name] = child
    running = status(name)
    if running is None:
        raise PracticeError(_why_not(name, folder, b"", settings, late=False))
    return running


def status(name: str) -> Running | None:
    """The cluster of that name if it runs, else None. A record that a killed process left behind doesn't count."""
    folder = folder_of(name)
    if not _locked(folder):
        return None
    try:
        known = json.loads((folder / RUNNING).read_text())
        return Running(
            name, known["server"], folder / KUBECONFIG, known["context"], known["pid"], known["version"]
        )
    except (OSError, ValueError, KeyError):
        return None  # it has the lock and is on its way up


def all_running() -> list[Running]:
    """Every practice cluster that runs, by name."""
    folder = data_folder() / "practice"
    names = sorted(each.name for each in folder.iterdir() if each.is_dir()) if folder.is_dir() else []
    return [running for name in names if (running := status(name))]


def stop(name: str) -> None:
    """End the cluster of that name, if it runs; its state is kept."""
    running = status(name)
    if running is None:
        return
    folder = folder_of(name)
    _signal(running.pid, signal.SIGTERM)
    if not _until_free(folder, STOP_SECONDS):
        _signal(running.pid, signal.SIGKILL)
        _until_free(folder, STOP_SECONDS)
    child = _owned.pop(name, None)
    if child is not None:
        if child.stdin is not None:
            child.stdin.close()
        child.wait()


def reset(name: str, options: ShapeOptions | None = None) -> None:
    """Bring the cluster of that name back to new, as it was made or as `options` say. One that runs is started again.

    Raises PracticeInUse if a program works on it (`used`), before anything is changed.
    """
    folder = folder_of(name)
    with _users(folder, fcntl.LOCK_EX | fcntl.LOCK_NB):
        running = status(name)
        owned = name in _owned
        stop(name)
        shutil.rmtree(folder / STATE, ignore_errors=True)
        (folder / KUBECONFIG).unlink(missing_ok=True)
        if running is not None:
            start(name, owner=owned, options=options)
        elif options is not None:
            _settings(folder, None, (), options)


@contextmanager
def used(name: str) -> Iterator[None]:
    """Work on the cluster of that name: meanwhile nobody resets it. Waits for a reset that is under way."""
    with _users(folder_of(name), fcntl.LOCK_SH):
        yield


@contextmanager
def _users(folder: Path, how: int) -> Iterator[None]:
    """The lock of those who work on a cluster. The kernel frees it when a process ends, however it ends."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(folder / USERS, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise PracticeError(_needs_folder(folder, error)) from error
    try:
        try:
            fcntl.flock(descriptor, how)
        except BlockingIOError:
            raise PracticeInUse(
                phrase(
                    "The practice cluster {name} is in use by another Labgate (process {pid}), and nothing was changed. "
                    "Close that one first, then try again.",
                    name=folder.name,
                    pid=os.read(descriptor, 32).decode(errors="replace").strip() or "?",
                )
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _settings(
    folder: Path,
    version: str | None,
    pages: Sequence[Path],
    options: ShapeOptions | None,
    *,
    metrics_server: bool = False,
    images: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """What the cluster is started with, kept in its folder. Raises PracticeError if it exists and is otherwise."""
    path = folder / SETTINGS
    known = _known_settings(folder)
    if not isinstance(known["pages"], list):  # as older versions wrote it: one folder, or null
        known["pages"] = [known["pages"]] if known["pages"] else []
    if version is not None and not known.get("chosen"):
        known["version"] = version
    if metrics_server:
        known["metrics_server"] = True
    if options is not None:
        shape = Shape.of(known)
        wanted = shape.with_options(options)
        if wanted != shape and (folder / STATE).exists():
            raise PracticeError(_made_otherwise(folder.name, shape, options))
        known |= asdict(wanted)
        known["chosen"] = known.get("chosen", False) or options.version is not None
    if pages:
        known["pages"] = [str(folder.resolve()) for folder in pages]
    if images:
        known["images"] = [dict(image) for image in images]
    path.write_text(json.dumps(known))
    return dict(known)


def _known_settings(folder: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((folder / SETTINGS).read_text()))
    except (OSError, ValueError):
        return {"version": Shape().version, "pages": []}


def shape_of(name: str) -> Shape:
    """As what the cluster of that name was made, or would be."""
    return Shape.of(_known_settings(folder_of(name)))


def _made_otherwise(name: str, shape: Shape, options: ShapeOptions) -> Phrase:
    return phrase(
        "The practice cluster {name} exists already, with {shape}. That can't be changed, and nothing was. To start over "
        "with what you asked for (everything in the cluster is lost): {command}",
        name=name,
        shape=shape.summary(),
        command=command(["labgate", "practice", "reset", name, *options.arguments()]),
    )


def _needs_folder(folder: Path, error: OSError) -> Phrase:
    return phrase(
        "The practice cluster needs a folder that can be written to: {folder} ({reason}). "
        "Free it, or name another place in LABGATE_HOME.",
        folder=folder,
        reason=error.strerror or str(error),
    )


def _locked(folder: Path) -> bool:
    """Whether a process holds the cluster's lock. The kernel frees it when the process ends, however it ends."""
    try:
        descriptor = os.open(folder / LOCK, os.O_RDWR)
    except (FileNotFoundError, NotADirectoryError):
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _until_free(folder: Path, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while _locked(folder):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return  # it ended by itself in the meantime


def _first_line(descriptor: int, seconds: float) -> bytes:
    """What the new process says first; less than a line where it died or time was up."""
    first_line, end = b"", time.monotonic() + seconds
    while not first_line.endswith(b"\n") and time.monotonic() < end:
        if select.select([descriptor], [], [], 0.1)[0]:
            piece = os.read(descriptor, 4096)
            if not piece:
                break
            first_line += piece
    return first_line


def _why_not(name: str, folder: Path, first_line: bytes, settings: dict[str, Any], *, late: bool) -> Phrase:
    if first_line == b"locked\n":
        return phrase(
            "The practice cluster {name} is being started by another Labgate right now. Try again in a moment.",
            name=name,
        )
    lines = (
        [first_line.decode(errors="replace").removeprefix("failed: ").strip()]
        if first_line.startswith(b"failed: ")
        else []
    )
    lines = lines or (folder / LOG).read_text(errors="replace").strip().splitlines()
    silent = phrase("it said nothing for {seconds} s", seconds=START_SECONDS)
    return phrase(
        "The practice cluster {name} (Kubernetes {version}) did not start: {reason}\nIts log: {log}",
        name=name,
        version=settings["version"],
        reason=lines[-1] if lines else silent if late else phrase("it ended without a word"),
        log=folder / LOG,
    )
