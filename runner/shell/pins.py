"""Settings that the lab needs in its shell, whatever start-up files, hooks and earlier shells do.

Kept at every prompt: KUBECONFIG and the variables that lead to the lab's own files (`_KEPT`), the stand-ins before
other programs of their names, and no alias or function in the place of a program that reaches the cluster. Set after
the start-up files, and the learner's from then on: their editor and kubectl's preferences (`_FIRST`).
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runner.inherited import LEADING_ASTRAY

_KEPT = ("KUBECONFIG", "KUBECACHEDIR")
_KEPT_PREFIX = "LABGATE_"
PROMPT_CHOICE = "LABGATE_PROMPT"
"""Says whose prompt is shown (`own`, `lab`): the learner's to change, and kept as they left it."""
_FIRST = ("KUBE_EDITOR", "KUBERC", "KUBECTL_KUBERC")
CLUSTER_PROGRAMS = ("kubectl", "istioctl", "helm", "kustomize", "oc", "curl")
"""Programs that no alias or function stands for in a lab: they reach the cluster, or a lab brings its own."""
_FREED = ("PROMPT_COMMAND", "PS0", "PS1", "PS2", "PATH", "HISTCONTROL", "HISTTIMEFORMAT")
"""What the lab's shell must change besides: read-only, they are made again."""


@dataclass(frozen=True, slots=True)
class Uses:
    """What a lab uses: `programs` that it requires or checks, and all that its commands begin with (`typed`)."""

    programs: frozenset[str] = frozenset()
    typed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Pins:
    """`values`: kept. `first`: set after the start-up files. `front`: a folder whose programs, `standins`, come before
    others of their names; "" for none. `programs`: what no alias and no function may be called. `typed`: what none may be
    called that asks (`rm -i`) or names another cluster.
    """

    values: Mapping[str, str]
    first: Mapping[str, str]
    front: str
    standins: tuple[str, ...]
    programs: tuple[str, ...]
    typed: tuple[str, ...]

    @classmethod
    def of(cls, environment: Mapping[str, str], uses: Uses = Uses()) -> Pins:  # frozen
        """The settings that the lab makes in its shell's `environment`."""
        kept = {
            name: value
            for name, value in environment.items()
            if name in _KEPT or (name.startswith(_KEPT_PREFIX) and name != PROMPT_CHOICE)
        }
        front = Path(environment["LABGATE_STANDINS"], "bin") if environment.get("LABGATE_STANDINS") else None
        standins = _programs_in(front) if front else ()
        return cls(
            kept,
            {name: environment[name] for name in _FIRST if name in environment},
            str(front) if standins else "",
            standins,
            tuple(sorted({*CLUSTER_PROGRAMS, *standins, *uses.programs})),
            tuple(sorted({"k", *uses.typed} - {*CLUSTER_PROGRAMS, *standins, *uses.programs})),
        )

    def filled(self, marks: str) -> dict[str, str]:
        """The placeholders of the shell's scripts, by name. `marks`: the line that puts the marks back."""
        guard = ""
        if "KUBECONFIG" in self.values:
            wanted = shlex.quote(self.values["KUBECONFIG"])
            back = f"{{ \\builtin export KUBECONFIG={wanted} && __labgate_first+=' KUBECONFIG'; }}"
            guard = f"[[ ${{KUBECONFIG-}} == {wanted} || -n ${{__labgate_free-}} ]] || {back}"
        on_return = f"{guard}\n{marks}"
        freed = (*_FREED, *self.values, *self.first, *LEADING_ASTRAY)
        return {
            "VALUES": "\n".join(_kept(name, value) for name, value in self.values.items()),
            "FIRST": "\n".join(_set(name, value) for name, value in self.first.items()),
            "WITHOUT": " ".join(LEADING_ASTRAY),
            "PROGRAMS": " ".join(map(shlex.quote, self.programs)),
            "TYPED": " ".join(map(shlex.quote, self.typed)),
            "FRONT": shlex.quote(self.front),
            "STANDINS": " ".join(map(shlex.quote, self.standins)),
            "FREED": shlex.quote(" ".join(freed)),
            "KUBECONFIG": shlex.quote(self.values.get("KUBECONFIG", "")),
            "GUARD": shlex.quote(guard),
            "GUARD_QUOTED": shlex.quote(guard.replace("'", "'\\''")),
            "RETURN_QUOTED": shlex.quote(on_return.replace("'", "'\\''")),
            "RETURN_ALONE": shlex.quote("\\builtin trap -- " + shlex.quote(on_return) + " RETURN"),
        }


def _programs_in(folder: Path) -> tuple[str, ...]:
    try:
        return tuple(sorted(each.name for each in folder.iterdir() if os.access(each, os.X_OK)))
    except OSError:
        return ()


def _set(name: str, value: str) -> str:
    return f"\\builtin export {name}={shlex.quote(value)} 2> /dev/null || \\builtin :"


def _kept(name: str, value: str) -> str:
    """The lines that keep one variable. Its attributes too: an array or an unexported one is not for programs."""
    wanted = shlex.quote(value)
    holds = (
        f"[[ ${{{name}-}} == {wanted} && ${{{name}@a}} == *x* && ${{{name}@a}} != *[aA]* && ! -R {name} ]]"
    )
    return (
        f"if ! {holds}; then\n"
        f"  \\builtin unset -n {name} || \\builtin :\n"
        f"  \\builtin unset -v {name} || \\builtin :\n"
        f"  \\builtin export {name}={wanted} || \\builtin :\n"
        f"  {holds} && __labgate_kept+=' {name}' || __labgate_lost+=' {name}'\n"
        "fi"
    )
