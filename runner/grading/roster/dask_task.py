"""A learner's grading on another machine: what it takes goes along as data, and nothing of it stays there."""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path, PurePosixPath
from typing import Any

from checks.path_state import beginning, inside
from runner.grading.roster.grading_job import LearnerJob
from runner.grading.roster.one import grade_one
from runner.paths import scratch, write_private
from runner.session.running_files import MOST_FILES
from runner.world import strangers

MOST_BYTES = 50_000_000
"""Of a lab's folder."""


class CannotSend(Exception):
    """A lab's folder that is larger than one ever is."""


def packed(lab: Path) -> bytes:
    """A lab's folder as it is sent. Links within it stay links, and those that lead out of it are left out.

    Raises CannotSend, and OSError.
    """
    written = io.BytesIO()
    total, root = 0, lab.resolve()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for count, path in enumerate(inside(lab, MOST_FILES + 1), 1):
            name = str(path.relative_to(lab))
            if path.is_symlink():
                to = path.readlink()
                if not to.is_absolute() and path.resolve().is_relative_to(root):
                    link = zipfile.ZipInfo(name)
                    link.external_attr = (stat.S_IFLNK | 0o777) << 16
                    archive.writestr(link, str(to))
            elif path.is_file():
                total += path.stat().st_size
                if total > MOST_BYTES or count > MOST_FILES:
                    raise CannotSend(f"{lab}: > {MOST_BYTES} bytes, > {MOST_FILES} files")
                archive.write(path, name)
    return written.getvalue()


def sent(job: LearnerJob) -> dict[str, Any]:
    """The job with its kubeconfig's content instead of a path of this machine. Raises OSError."""
    return {**job.as_data(), "kubeconfig": beginning(Path(job.learner.kubeconfig), strangers.MOST_BYTES + 1)}


def graded(data: Mapping[str, Any], lab: bytes) -> dict[str, Any]:
    """Grade the learner here; gives a Graded as data. This is what runs on a worker."""
    with scratch() as folder:
        kubeconfig = folder / "kubeconfig"
        write_private(kubeconfig, data["kubeconfig"])
        job = LearnerJob.of({name: value for name, value in data.items() if name != "kubeconfig"})
        learner = replace(job.learner, kubeconfig=str(kubeconfig), workspace="")  # its folder is not here
        job = replace(job, lab=str(_unpacked(lab, Path(job.lab).name)), learner=learner)
        return asdict(asyncio.run(grade_one(job)))


def _unpacked(lab: bytes, name: str) -> Path:
    """The lab's folder on this machine, unpacked once for all learners; another worker may do it at the same time.

    Raises ValueError, also if somebody else's folder is in its place: what is in that would be judged by.
    """
    root = Path(tempfile.gettempdir()) / f"labgate-lab-{os.getuid()}-{hashlib.sha256(lab).hexdigest()[:24]}"
    folder = root / name
    if not os.path.lexists(root):
        _unpack(lab, name, root)
    there = root.lstat()
    if not stat.S_ISDIR(there.st_mode) or there.st_uid != os.getuid() or there.st_mode & 0o022:
        raise ValueError(f"{root} is not this user's own")
    return folder


def _unpack(lab: bytes, name: str, root: Path) -> None:
    fresh = Path(tempfile.mkdtemp(prefix="labgate-lab-"))
    with zipfile.ZipFile(io.BytesIO(lab)) as archive:
        if sum(info.file_size for info in archive.infolist()) > MOST_BYTES:
            raise ValueError("the lab is too large")
        links = []
        for info in archive.infolist():
            path = PurePosixPath(info.filename)
            if path.is_absolute() or ".." in path.parts:
                raise ValueError(f"a path that leads out of the lab: {info.filename}")
            target = fresh / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if stat.S_ISLNK(info.external_attr >> 16):
                links.append((target, archive.read(info).decode()))
                continue
            target.write_bytes(archive.read(info))
            target.chmod((info.external_attr >> 16) & 0o755 | 0o600)
    for target, to in links:  # at last, so that nothing is written through one
        target.symlink_to(to)
    try:
        fresh.replace(root)
    except OSError:  # somebody else was first
        shutil.rmtree(fresh, ignore_errors=True)
