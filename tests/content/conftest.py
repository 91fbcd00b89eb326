"""The labs as they are in the repository, and their stand-ins set up as the practice runner does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from runner.practice.istio_release.stand_in_download import make_download
from runner.session.lab_environment import ISTIO_PROGRAMS

LABS = Path(__file__).parents[2] / "labs"
LAB_NAMES = tuple(sorted(file.parent.name for file in LABS.glob("*/lab.yaml")))
STANDINS = LABS / "istio-install" / "practice"
VERSION = "1.11.3"


def read_lab(name: str) -> dict[str, Any]:
    lab = yaml.safe_load((LABS / name / "lab.yaml").read_text(encoding="utf-8"))
    assert isinstance(lab, dict)
    return lab


def documents(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


@dataclass
class Workspace:
    """A learner's folder and the environment that the practice runner gives their shell."""

    folder: Path
    extra_path: list[Path] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, command: str, typed: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a bash command line; what it prints is decoded, what it asks for is read from `typed`."""
        path = os.pathsep.join(map(str, [*self.extra_path, STANDINS / "bin", os.environ["PATH"]]))
        mine = {"PATH": path, "LABGATE_STANDINS": str(STANDINS), "LABGATE_PYTHON": sys.executable}
        mine["LABGATE_ISTIO"] = str(ISTIO_PROGRAMS)
        return subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=os.environ | mine | self.environment | variables,
            input=typed,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )

    def only_tools(self, *names: str) -> Path:
        """A folder that holds these programs of the machine and nothing else, for a PATH of its own."""
        folder = self.folder / "only-tools"
        folder.mkdir(exist_ok=True)
        for name in names:
            found = shutil.which(name)
            assert found, name
            (folder / name).symlink_to(found)
        return folder

    def program(self, name: str, script: str) -> None:
        """Put a program of the test's own before all others on the PATH."""
        folder = self.folder / "own-bin"
        folder.mkdir(exist_ok=True)
        path = folder / name
        path.write_text(script, encoding="utf-8")
        path.chmod(0o755)
        if folder not in self.extra_path:
            self.extra_path.insert(0, folder)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path, environment={"HOME": str(tmp_path), "KUBECONFIG": str(tmp_path / "none")})


@pytest.fixture
def with_istioctl(workspace: Workspace) -> Workspace:
    """A workspace in which Istio has been downloaded, and istioctl is on the PATH."""
    folder = workspace.folder / f"istio-{VERSION}"
    make_download(VERSION, folder)
    workspace.extra_path.append(folder / "bin")
    return workspace
