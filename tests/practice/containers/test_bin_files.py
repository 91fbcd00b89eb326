"""Every file in /bin of every image is answered by something else than itself."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

from runner.practice.containers import images
from runner.practice.containers.common_programs import COMMON
from runner.practice.containers.container_image import Image
from runner.practice.containers.image_catalogue import find
from runner.practice.containers.root_files import bin_files, command_names
from runner.practice.containers.shell_command_names import BASHKIT_COMMANDS, SHELL_BUILTINS
from runner.practice.containers.unknown_image import UNKNOWN
from tests.practice.containers.container_room import ContainerRoom

SHELLS = {"sh", "bash"}


def _images() -> list[Image]:
    modules = [
        importlib.import_module(f"{images.__name__}.{each.name}")
        for each in pkgutil.iter_modules(images.__path__)
    ]
    plain = [image for module in modules for image in module.IMAGES]
    tagged = [find(f"{image.names[0].rstrip('*')}:{tag}") for image in plain for tag in ("latest", "1", "8")]
    return [UNKNOWN, *plain, *tagged]


def test_no_file_calls_itself() -> None:
    called = 0
    for image in _images():
        names, programs = command_names(image, COMMON), {**COMMON, **image.programs}
        files = bin_files(names, programs)
        for entry in files.read_dir("/"):
            first = files.read_file(f"/{entry['name']}").decode().splitlines()[1].split()[0]
            program = first.removeprefix("__") if first.startswith("__") else first
            assert program in programs or first in BASHKIT_COMMANDS | SHELL_BUILTINS | SHELLS, (
                image.names,
                entry["name"],
            )
            called += 1
        assert {name for name in names if "/" not in name} == {each["name"] for each in files.read_dir("/")}
    assert called > 1000


@pytest.mark.parametrize("image", ["busybox", "ubuntu"])
async def test_every_file_runs(room: ContainerRoom, image: str) -> None:
    container = await room.run(image, "sleep", "1000")
    names = sorted(room.runtime.container(container.id).command_names)
    script = "\n".join(f"/bin/{name} --help </dev/null >/dev/null; echo {name} $?" for name in names)
    said = await room.sh(container, f"exec 2>/dev/null\n{script}")
    codes = dict(line.split(" ") for line in said.splitlines())
    assert sorted(codes) == names
    assert [name for name, code in codes.items() if code in ("126", "127")] == []


@pytest.mark.parametrize("command", ["ash", "vim", "zcat", "/bin/ls", "/bin/sleep", "/bin/df", "/bin/id"])
async def test_a_script_by_its_path_has_the_same_commands(room: ContainerRoom, command: str) -> None:
    """Nothing of a shell's functions is left there."""
    container = await room.run("busybox", "sleep", "1000")
    await room.sh(container, f"echo '{command} --nonsense </dev/null' > /tmp/a; chmod +x /tmp/a")
    here = await room.exec(container, "sh", "-c", f"{command} --nonsense </dev/null")
    code, said = await room.exec(container, "/tmp/a")
    assert (code, said.replace("/tmp/a: line 1:", "sh:").replace("/tmp/a:", "sh:")) == here
