"""The files that the kubelet writes into a volume, laid out as its atomic writer does it.

The files are in a folder with the time in its name, `..data` is a link to it, and each name at the top is a link into
`..data`: new content is there all at once, when `..data` is another link (kubernetes: pkg/volume/util/atomic_writer.go).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bashkit import FileSystem

DATA = "/..data"
DEFAULT_MODE = 0o644
_numbers = count(100_000_000)


def empty_files() -> FileSystem:
    """In memory, with nothing in it (a new one of bashkit's has folders that a container's root has)."""
    from bashkit import FileSystem

    files = FileSystem()
    for entry in files.read_dir("/"):
        files.remove(f"/{entry['name']}", recursive=True)
    return files


def write_content(files: FileSystem, content: Mapping[str, bytes], modes: Mapping[str, int]) -> None:
    """Replace what is there by files by their paths, as in "config/app.yaml"."""
    before = files.read_link(DATA) if files.exists(DATA) else ""
    now = datetime.now(UTC).strftime(f"..%Y_%m_%d_%H_%M_%S.{next(_numbers)}")
    files.mkdir(f"/{now}")
    for path, data in content.items():
        folder = path.rpartition("/")[0]
        if folder and not files.exists(f"/{now}/{folder}"):
            files.mkdir(f"/{now}/{folder}", recursive=True)
        files.write_file(f"/{now}/{path}", data)
        files.chmod(f"/{now}/{path}", modes.get(path, DEFAULT_MODE))
    files.symlink(now, "/..data_tmp")
    files.rename("/..data_tmp", DATA)
    wanted = {path.partition("/")[0] for path in content}
    there = {entry["name"] for entry in files.read_dir("/") if not entry["name"].startswith("..")}
    for name in wanted - there:
        files.symlink(f"..data/{name}", f"/{name}")
    for name in there - wanted:
        files.remove(f"/{name}")
    if before:
        files.remove(f"/{before}", recursive=True)


def tree_size(files: FileSystem, folder: str = "") -> int:
    """Bytes of all files below a folder; links count nothing."""
    total = 0
    for entry in files.read_dir(folder or "/"):
        info = entry["metadata"]
        if info["file_type"] == "directory":
            total += tree_size(files, f"{folder}/{entry['name']}")
        elif info["file_type"] == "file":
            total += int(info["size"])
    return total
