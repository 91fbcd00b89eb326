"""Command lines of a learner, taken apart as far as it can be done without running them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_BEFORE = frozenset(["sudo", "env", "time", "exec", "command", "nohup"])
_ENDS = frozenset(["|", "||", "&&", ";", "&", "|&", "(", ")", ";;"])
_VALUED = frozenset(
    """-n --namespace --context --kubeconfig --cluster --user -s --server --token -f --filename -k --kustomize -o --output
    -l --selector -p --patch --patch-file --type --timeout --set -c --container --image --port --as --as-group
    --field-manager --request-timeout --istioNamespace -i --revision --values --version --field-selector
    """.split()  # noqa: SIM905  # a list of thirty quoted words reads worse
)
"""Options of kubectl, istioctl and helm whose value is the next word."""


@dataclass(frozen=True, slots=True)
class Part:
    """One program of a line, with its arguments and the variables that are set for it alone."""

    program: str
    arguments: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    wrapped: str = ""
    """`sudo` where that runs it."""

    @property
    def name(self) -> str:
        """The program without its folder; `k` is what many have kubectl called."""
        name = self.program.rpartition("/")[2]
        return "kubectl" if name == "k" else name

    def option(self, *names: str) -> str:
        """The value of an option, "" where it isn't given: `-n x`, `-nx`, `--namespace x`, `--namespace=x`."""
        values = self.options(*names)
        return values[-1] if values else ""

    def options(self, *names: str) -> list[str]:
        """All the values that an option was given."""
        found: list[str] = []
        for index, word in enumerate(self.arguments):
            if word in names:
                found += self.arguments[index + 1 : index + 2]
            for name in names:
                if name.startswith("--") and word.startswith(f"{name}="):
                    found.append(word[len(name) + 1 :])
                elif len(name) == 2 and word.startswith(name) and len(word) > 2 and word[1] != "-":
                    found.append(word[2:].removeprefix("="))
        return found

    @property
    def words(self) -> list[str]:
        """The arguments that are neither options nor their values: `edit`, `svc`, `kiali`."""
        found: list[str] = []
        skip = False
        for word in self.arguments:
            if skip:
                skip = False
            elif word.startswith("-") and word != "-":
                skip = word in _VALUED
            else:
                found.append(word)
        return found

    @property
    def verb(self) -> str:
        return next(iter(self.words), "")


def parts(line: str) -> list[Part]:
    """The programs that a line runs, in order. What can't be taken apart (an open quote) gives none."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    found: list[Part] = []
    words: list[str] = []
    try:
        for word in lexer:
            if word in _ENDS:
                found += _part(words)
                words = []
            else:
                words.append(word)
    except ValueError:
        return []
    return found + _part(words)


def _part(words: list[str]) -> list[Part]:
    variables: dict[str, str] = {}
    wrapped = ""
    words = list(words)
    while words:
        assignment = _ASSIGNMENT.fullmatch(words[0])
        if assignment:
            variables[assignment[1]] = assignment[2]
        elif words[0] in _BEFORE:
            wrapped = words[0] if words[0] == "sudo" else wrapped
        else:
            return [Part(words[0], tuple(words[1:]), variables, wrapped)]
        words.pop(0)
    return []
