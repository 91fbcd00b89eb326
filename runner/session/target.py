"""Where a lab runs: a practice cluster, or one context of the person's kubeconfig, confirmed by name."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from runner.labs.model import Lab
from runner.labs.prerequisites import EarlierProblem, earlier
from runner.paths import data_folder


@dataclass(frozen=True, slots=True)
class Target:
    """One cluster. `kubeconfig` holds that cluster's context alone, for everything the lab runs."""

    name: str  # "practice/istio-install", or the context's name
    server: str
    kubeconfig: Path
    context: str
    practice: bool


class PracticeWants(NamedTuple):
    """What a lab wants of its practice cluster: a Kubernetes version (None: any), pages, a metrics server, images."""

    version: str | None = None
    pages: tuple[Path, ...] = ()
    metrics_server: bool = False
    images: tuple[dict[str, Any], ...] = ()
    """As practice/images.yaml has them, those of the labs before it behind its own."""


def practice_wants(lab: Lab) -> PracticeWants:
    """What the lab says itself.

    The pages of the labs before it are among them, behind its own: their work is done on the same cluster.
    """
    try:
        before = earlier(lab)
    except EarlierProblem:  # reported where they are worked through
        before = []
    folders = (each.folder / "practice" / "pages" for each in (lab, *reversed(before)))
    pages = tuple(each for each in folders if each.is_dir())
    images = tuple(
        image.model_dump(mode="json") for each in (lab, *reversed(before)) for image in each.images
    )
    if lab.practice is None:
        return PracticeWants(pages=pages, images=images)
    return PracticeWants(lab.practice.kubernetes, pages, lab.practice.metrics_server, images)


def attempt_folder(lab: Lab, target_name: str) -> Path:
    """Where the attempt at this lab on this cluster is kept: record, transcript, shell state, workspace."""
    readable = re.sub(r"[^A-Za-z0-9._-]+", "-", target_name)[:40].strip("-.")
    digest = hashlib.sha256(target_name.encode()).hexdigest()[:8]
    return data_folder() / "attempts" / lab.id / f"{readable}-{digest}"
