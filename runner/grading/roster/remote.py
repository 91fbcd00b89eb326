"""A learner's grading on another machine: what it takes goes along as data, and nothing of it stays there."""

from __future__ import annotations

import asyncio
import hashlib
import io
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path, PurePosixPath
from typing import Any

from checks.paths import beginning
from runner.grading.roster.job import LearnerJob
from runner.grading.roster.one import grade_one
from runner.paths import scratch, write_private
from runner.world import strangers

MOST_BYTES = 50_000_000
"""Of a lab's folder."""


def packed(lab: Path) -> bytes:
    """A lab's folder as it is sent. Raises ValueError where it is larger than one ever is."""
    written = io.BytesIO()
    total = 0
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(path for path in lab.rglob("*") if path.is_file() and not path.is_symlink()):
            total += path.stat().st_size
            if total > MOST_BYTES:
                raise ValueError(f"{lab}: {total} bytes")
            archive.write(path, path.relative_to(lab))
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
    """The lab's folder on this machine, unpacked once for all learners; another worker may do it at the same time."""
    root = Path(tempfile.gettempdir()) / f"labgate-lab-{hashlib.sha256(lab).hexdigest()[:24]}"
    folder = root / name
    if folder.is_dir():
        return folder
    fresh = Path(tempfile.mkdtemp(prefix="labgate-lab-"))
    with zipfile.ZipFile(io.BytesIO(lab)) as archive:
        if sum(info.file_size for info in archive.infolist()) > MOST_BYTES:
            raise ValueError("the lab is too large")
        for info in archive.infolist():
            path = PurePosixPath(info.filename)
            if path.is_absolute() or ".." in path.parts:
                raise ValueError(f"a path that leads out of the lab: {info.filename}")
            target = fresh / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.read(info))
            target.chmod((info.external_attr >> 16) & 0o755 | 0o600)
    try:
        fresh.replace(root)
    except OSError:  # somebody else was first
        shutil.rmtree(fresh, ignore_errors=True)
    return folder
