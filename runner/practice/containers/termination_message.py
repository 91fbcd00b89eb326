"""What a container leaves behind of why it ended: the file of its terminationMessagePath, or the end of its log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.running_container import RunningContainer
from runner.practice.containers.volume_content import empty_files

if TYPE_CHECKING:
    from bashkit import FileSystem


MOST_BYTES = 4096
MOST_LOG_LINES, MOST_LOG_BYTES = 80, 2048
HIDDEN = "/dev/.termination"
"""Where the file is, if the root can't be written to."""


def termination_message(container: RunningContainer, code: int) -> str:
    """Of a container that ended with that code; the log only after a failure, and only with FallbackToLogsOnError."""
    config = container.config
    try:
        written = ContainerFiles(container).read(config.termination_message_path)[:MOST_BYTES]
    except OSError:
        written = b""
    if written or code == 0 or not config.termination_message_from_log:
        return written.decode("utf-8", "replace")
    lines = [line.text for line in container.log.lines()[-MOST_LOG_LINES:]]
    return "".join(f"{line}\n" for line in lines)[-MOST_LOG_BYTES:]


def termination_files(container: RunningContainer) -> FileSystem | None:
    """Have the empty file in the container; gives what is to be mounted at HIDDEN where its root can't be written to."""
    path = container.config.termination_message_path
    if not container.root.exists(folder := path.rpartition("/")[0] or "/"):
        container.root.mkdir(folder, recursive=True)
    if not container.config.read_only_root:
        container.root.write_file(path, b"")
        return None
    files = empty_files()
    files.write_file("/message", b"")
    if container.root.exists(path):
        container.root.remove(path)
    container.root.symlink(f"{HIDDEN}/message", path)
    return files
