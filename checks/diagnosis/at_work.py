"""Whether the command that runs in the learner's shell may be fixing what an earlier command left wrong."""

from __future__ import annotations

from checks.diagnosis.command_lines import parts

LOOKING = frozenset(
    """bat cat emacs grep head htop journalctl k9s less man more mcedit micro most nano nvim ping sleep tail top vi view vim
    vimdiff watch alias cd clear date echo env exit file find history id jq ls printenv printf ps pwd stat tput tree true type
    uname wc whatis which who whoami yq""".split()  # noqa: SIM905
)
"""Programs that only show something or wait: they change nothing, and the learner may be reading about the cause."""
LOOKING_AT_A_CLUSTER = frozenset(
    """api-resources api-versions auth cluster-info completion config describe diff events explain get help logs plugin
    port-forward proxy top version analyze dashboard proxy-config proxy-status ps list status""".split()  # noqa: SIM905
)
"""The same for subcommands of kubectl, istioctl and helm."""
CLIENTS = ("kubectl", "istioctl", "helm")


def changes_something(running: str) -> bool:
    """Whether a command (as a line, or as the words of its process) may change the cluster or the workspace."""
    return any(_changes([part.name, *part.words]) for part in parts(running))


def _changes(words: list[str]) -> bool:
    names = [word.rpartition("/")[2] for word in words]
    client = next(
        (at for at, name in enumerate(names[:3]) if name in CLIENTS), None
    )  # behind the script's interpreter
    if client is not None:
        verb = next(iter(words[client + 1 :]), "")
        return bool(verb) and verb not in LOOKING_AT_A_CLUSTER
    return names[0] not in LOOKING
