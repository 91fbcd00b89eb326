"""The program as a person calls it: a process of its own, with a home of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-c", "from runner.cli import main; main()"]
Labgate = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment in which nothing of the person's own is seen or touched."""
    keep = {name: os.environ[name] for name in ("PATH",) if name in os.environ}
    home = tmp_path / "home"
    home.mkdir()
    return {
        **keep,
        "HOME": str(home),
        "LABGATE_HOME": str(tmp_path / "data"),
        "LABGATE_LABS": str(tmp_path / "labs"),
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "TERM": "xterm-256color",
        "COLUMNS": "120",
    }


@pytest.fixture
def labgate(environment: dict[str, str], tmp_path: Path) -> Labgate:
    """Run `labgate …` to its end, which comes within `seconds`; further keyword arguments are environment variables."""

    def run(
        *arguments: str, message: str = "", seconds: float = 100, **more: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*PROGRAM, *arguments],
            env={**environment, **more},
            cwd=tmp_path,
            input=message,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    return run


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """A lab from elsewhere that needs no cluster."""
    folder = tmp_path / "labs" / "letters"
    folder.mkdir(parents=True)
    (folder / "lab.yaml").write_text(LAB, encoding="utf-8")
    return folder


LAB = """\
format: 1
title: {en: Letters, ko: 편지}
summary: {en: A file., ko: 파일 하나.}
minutes: 1
level: beginner
variables:
  word: {default: hello, pattern: '[a-z]+'}
steps:
  - id: write
    title: {en: Write, ko: 쓰기}
    text: {en: Write a letter., ko: 편지를 씁니다.}
    run:
      - echo {{word}} > letter
    checks:
      - file: letter
        contains: "{{word}}"
    within: 5s
  - id: look
    title: {en: Look, ko: 보기}
    text: {en: Look at the letter., ko: 편지를 봅니다.}
    checks:
      - file: letter
      - namespace: default
    within: 5s
"""


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Callable[..., Path]:
    """A kubeconfig with contexts of these names; their server refuses connections."""

    def write(*names: str) -> Path:
        contexts = "".join(f"- {{name: {n}, context: {{cluster: c, user: u}}}}\n" for n in names)
        path = tmp_path / "kubeconfig"
        path.write_text(
            "apiVersion: v1\nkind: Config\n"
            "clusters:\n- {name: c, cluster: {server: 'http://127.0.0.1:9'}}\n"
            "users:\n- {name: u, user: {token: very-secret}}\n"
            f"contexts:\n{contexts}"
        )
        return path

    return write
