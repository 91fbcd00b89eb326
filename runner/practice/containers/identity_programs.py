"""id, whoami and groups: as whom a container's processes run, by its securityContext and the image's /etc/passwd."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation, Program
from runner.practice.containers.running_container import RunningContainer


@dataclass(frozen=True, slots=True)
class Identity:
    """Numbers of a process's user and groups, and the names that the container knows for them."""

    user: int
    group: int
    groups: tuple[int, ...]
    """All of them, `group` too, in ascending order as the kernel keeps them."""
    users: Mapping[int, str]
    group_names: Mapping[int, str]

    @classmethod
    def of(cls, container: RunningContainer) -> Identity:
        """A user without an entry in /etc/passwd has the group 0, as containerd has it."""
        users = _entries(container, "/etc/passwd")
        groups = _entries(container, "/etc/group")
        user, config = container.user, container.config
        mine: list[str] = next((fields for fields in users if fields[2] == str(user)), [])
        group = config.group
        if group is None:
            group = int(mine[3]) if len(mine) > 3 and mine[3].isdigit() else 0
        name = mine[0] if mine else ""
        member = [
            int(fields[2]) for fields in groups if len(fields) > 3 and name in fields[3].split(",") and name
        ]
        return cls(
            user,
            group,
            tuple(sorted({group, *member, *config.groups})),
            {int(fields[2]): fields[0] for fields in users},
            {int(fields[2]): fields[0] for fields in groups},
        )


async def show_id(call: Invocation) -> int:
    """id [-u|-g|-G] [-n]."""
    identity = Identity.of(call.container)
    letters = "".join(word[1:] for word in call.argv[1:] if word.startswith("-"))
    groups = _ordered(call.container, identity)
    if not set(letters) & set("ugG"):
        shown = ",".join(_named(group, identity.group_names) for group in groups)
        await call.out(
            f"uid={_named(identity.user, identity.users)} gid={_named(identity.group, identity.group_names)}"
            f" groups={shown}\n"
        )
        return 0
    numbers = [identity.user] if "u" in letters else [identity.group] if "g" in letters else groups
    names = identity.users if "u" in letters else identity.group_names
    if "n" not in letters:
        await call.out(" ".join(map(str, numbers)) + "\n")
        return 0
    for number in numbers:
        if number not in names:
            word = "user" if "u" in letters else "group"
            await call.error(f"id: cannot find name for {word} ID {number}\n")
    await call.out(" ".join(names.get(number, str(number)) for number in numbers) + "\n")
    return 0 if all(number in names for number in numbers) else 1


async def whoami(call: Invocation) -> int:
    identity = Identity.of(call.container)
    name = identity.users.get(identity.user)
    if name is None:
        small = call.container.image.shell == "sh"
        why = "unknown uid" if small else "cannot find name for user ID"
        await call.error(f"whoami: {why} {identity.user}\n")
        return 1
    await call.out(f"{name}\n")
    return 0


async def show_groups(call: Invocation) -> int:
    identity = Identity.of(call.container)
    await call.out(
        " ".join(identity.group_names.get(group, str(group)) for group in _ordered(call.container, identity))
        + "\n"
    )
    return 0


IDENTITY_PROGRAMS: dict[str, Program] = {"id": show_id, "whoami": whoami, "groups": show_groups}


def _ordered(container: RunningContainer, identity: Identity) -> list[int]:
    """As the image's program shows them: coreutils puts the process's own group first, busybox leaves the kernel's order."""
    if container.image.shell == "sh":
        return list(identity.groups)
    return [identity.group, *(group for group in identity.groups if group != identity.group)]


def _named(number: int, names: Mapping[int, str]) -> str:
    return f"{number}({names[number]})" if number in names else str(number)


def _entries(container: RunningContainer, path: str) -> list[list[str]]:
    """The fields of the lines of /etc/passwd or /etc/group whose third one is a number."""
    try:
        text = ContainerFiles(container).read_text(path)
    except OSError:
        return []
    lines = [line.split(":") for line in text.splitlines()]
    return [fields for fields in lines if len(fields) > 2 and fields[2].isdigit()]
