"""The program as its users start it: a process, on a data folder of the test's own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass
class Program:
    home: Path
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LABGATE")}
        kept.pop("KUBECONFIG", None)
        return kept | {
            "LABGATE_HOME": str(self.home),
            "HOME": str(self.folder),
            "CI": "true",
            "LANG": "C.UTF-8",
            "LABGATE_TOUR": "0",
        }

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "runner", *arguments]

    def run(
        self, *arguments: str, timeout: float = 100, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            env=self.environment | {"PYTHONPATH": str(Path.cwd())} | environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments),
            env=self.environment | {"PYTHONPATH": str(Path.cwd())},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    folder = tmp_path / "person"
    folder.mkdir()
    made = Program(tmp_path / "home", folder)
    yield made
    made.run("practice", "stop", "istio-install")
    made.run("practice", "stop", "kubernetes-basics")
