"""`./setup` on a small project of its own: it says "ready" only of a .venv from which labgate runs."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "labgate"
version = "9.0"
"""
BACKEND = '''\
"""The smallest build backend: an editable wheel with one console script."""
import zipfile
from pathlib import Path

def build_editable(folder, settings=None, metadata=None):
    name = "labgate-9.0-py3-none-any.whl"
    info = "labgate-9.0.dist-info"
    with zipfile.ZipFile(Path(folder) / name, "w") as wheel:
        wheel.writestr("_labgate.pth", str(Path.cwd()))
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: labgate\\nVersion: 9.0\\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/entry_points.txt", "[console_scripts]\\nlabgate = runner.cli:main\\n")
        wheel.writestr(f"{info}/RECORD", "")
    return name
'''


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one dependency, which comes from a folder beside it: no network is used. Nothing is set up yet."""
    folder = tmp_path_factory.mktemp("setup")
    wheels, place = folder / "wheels", folder / "a"
    wheels.mkdir()
    (place / "runner").mkdir(parents=True)
    shutil.copy(ROOT / "setup", place)
    (place / "pyproject.toml").write_text(PROJECT)
    (place / "backend.py").write_text(BACKEND)
    (place / "runner" / "__init__.py").touch()
    (place / "runner" / "cli.py").write_text("def main():\n    import part\n    print('labgate 9.0')\n")
    digest = _wheel(wheels / "part-1.0-py3-none-any.whl")
    (place / "requirements.lock").write_text(f"part==1.0 \\\n    --hash=sha256:{digest}\n")
    return place


@pytest.fixture(scope="module")
def kept(made: Path) -> Path:
    """A copy of what `./setup` made; it works in the folder that it was made in only, and is put back there."""
    assert setup(made).returncode == 0
    return Path(shutil.copytree(made, made.with_name("kept"), symlinks=True))


@pytest.fixture
def ready(kept: Path) -> Iterator[Path]:
    """The project, set up."""
    place = kept.with_name("a")
    shutil.rmtree(place, ignore_errors=True)
    yield Path(shutil.copytree(kept, place, symlinks=True))
    shutil.rmtree(kept.with_name("b"), ignore_errors=True)


@pytest.fixture
def new(ready: Path) -> Path:
    """The project as it came."""
    shutil.rmtree(ready / ".venv")
    return ready


def _wheel(file: Path) -> str:
    info = "part-1.0.dist-info"
    with zipfile.ZipFile(file, "w") as wheel:
        wheel.writestr("part/__init__.py", "")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: part\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(
            f"{info}/RECORD", f"part/__init__.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n"
        )
    return hashlib.sha256(file.read_bytes()).hexdigest()


def setup(place: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [place / "setup"],
        env=os.environ
        | {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(place.parent / "wheels"), "PIP_CONFIG_FILE": os.devnull}
        | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def runs(place: Path) -> bool:
    try:
        done = subprocess.run([place / ".venv/bin/labgate"], capture_output=True, text=True, check=False)
    except OSError:
        return False  # it is not there, or the Python in its first line is not
    return done.stdout == "labgate 9.0\n"


def moved(place: Path) -> Path:
    return place.rename(place.with_name("b"))


def python_gone(place: Path) -> Path:
    for name in ("python", "python3", f"python3.{sys.version_info.minor}"):
        link = place / ".venv" / "bin" / name
        link.unlink()
        link.symlink_to("/usr/bin/python-gone")
    return place


def without_pip(place: Path) -> Path:
    shutil.rmtree(place / ".venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place / ".venv"], check=True)
    return place


def program_gone(place: Path) -> Path:
    (place / ".venv" / "bin" / "labgate").unlink()
    return place


def package_gone(place: Path) -> Path:
    (part,) = place.glob(".venv/lib/python*/site-packages/part")
    shutil.rmtree(part)
    return place


BROKEN = (moved, python_gone, without_pip, program_gone, package_gone)


@pytest.mark.parametrize("breaks", BROKEN, ids=lambda each: each.__name__)
def test_a_broken_venv_is_mended(ready, breaks):
    assert runs(ready)
    place = breaks(ready)
    assert not runs(place)
    done = setup(place)
    assert done.stderr.endswith("setup: ready: .venv/bin/labgate --help\n"), done.stderr
    assert done.returncode == 0
    assert runs(place)
    assert (place / ".venv/bin/labgate").read_text().startswith(f"#!{place}/.venv/bin/python")


def test_nothing_is_done_twice(ready):
    again = setup(ready, PIP_FIND_LINKS="/nowhere")
    assert again.stderr == "setup: ready: .venv/bin/labgate --help\n"
    assert again.returncode == 0


def test_another_lock_is_installed_into_the_venv_there_is(ready):
    added = ready / ".venv" / "added"
    added.touch()
    (ready / "requirements.lock").write_text((ready / "requirements.lock").read_text() + "# newer\n")
    assert setup(ready).returncode == 0
    assert added.exists()


def test_where_the_packages_cannot_be_had_it_does_not_say_ready(new):
    done = setup(new, PIP_FIND_LINKS="/nowhere")
    assert done.returncode == 1
    assert "ready" not in done.stderr
    assert "run ./setup again" in done.stderr
    assert setup(new).returncode == 0
    assert runs(new)


def test_a_program_that_does_not_run_is_reported(ready):
    (ready / "runner" / "cli.py").write_text("def main():\n    raise SystemExit('no such thing')\n")
    done = setup(ready)
    assert done.returncode == 1
    assert "ready" not in done.stderr
    assert "no such thing" in done.stderr
