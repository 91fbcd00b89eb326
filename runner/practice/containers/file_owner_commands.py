"""chown and chgrp: whose the files of a container are."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation, Program
from runner.practice.containers.network_programs.command_options import OptionError, Options
from runner.practice.containers.network_programs.image_tools import is_busybox

_OPTIONS = Options("R/recursive v/verbose c/changes f/silent h/no-dereference H L P reference=")


async def chown(call: Invocation) -> int:
    """chown [-R] USER[:GROUP]|:GROUP FILE…, chgrp [-R] GROUP FILE…; only root may."""
    name = call.name
    try:
        given, operands = _OPTIONS.parse(list(call.argv[1:]))
    except OptionError as error:
        await call.error(f"{name}: invalid option -- '{error.option.lstrip('-')}'\n")
        return 1
    if len(operands) < 2:
        await call.error(f"{name}: missing operand{f' after ‘{operands[0]}’' if operands else ''}\n")
        return 1
    files = ContainerFiles(call.container, call.cwd)
    user, colon, group = ("", ":", operands[0]) if name == "chgrp" else operands[0].partition(":")
    user_id, group_id = _number(files, "passwd", user), _number(files, "group", group)
    for kind, text, number in (("user", user, user_id), ("group", group, group_id)):
        if text and number is None:
            await call.error(
                f"{name}: unknown {'user/group' if kind == 'user' and colon else kind} {operands[0]}\n"
                if is_busybox(call)
                else f"{name}: invalid {kind}: '{operands[0]}'\n"
            )
            return 1
    code = 0
    for operand in operands[1:]:
        if not files.exists(operand):
            await call.error(
                f"{name}: {operand}: No such file or directory\n"
                if is_busybox(call)
                else f"{name}: cannot access '{operand}': No such file or directory\n"
            )
            code = 1
            continue
        everything = any(option == "recursive" for option, _ in given)
        for path in _below(files, operand) if everything else [operand]:
            if call.container.user != 0:
                await call.error(
                    f"{name}: {path}: Operation not permitted\n"
                    if is_busybox(call)
                    else f"{name}: changing {'group' if name == 'chgrp' else 'ownership'} of '{path}': "
                    "Operation not permitted\n"
                )
                code = 1
                continue
            at = files.place_of_link(path) if everything else files.resolved(path)
            before = call.container.owners.get(at, (0, 0))
            call.container.owners[at] = (
                before[0] if user_id is None else user_id,
                before[1] if group_id is None else group_id,
            )
    return code


def _below(files: ContainerFiles, path: str) -> Iterator[str]:
    yield path
    if files.is_folder(path):
        for name in files.names(path):
            yield from _below(files, posixpath.join(path, name))


def _number(files: ContainerFiles, database: str, name: str) -> int | None:
    """The number of a user or group, by /etc/passwd or /etc/group."""
    if name.isdigit():
        return int(name)
    for line in files.read_text(f"/etc/{database}").splitlines() if files.exists(f"/etc/{database}") else ():
        fields = line.split(":")
        if name and fields[0] == name and len(fields) > 2 and fields[2].isdigit():
            return int(fields[2])
    return None


PROGRAMS: dict[str, Program] = {"chown": chown, "chgrp": chown}
