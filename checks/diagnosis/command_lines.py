"""Parses a learner's command lines as far as possible without running them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_BEFORE = frozenset(["sudo", "env", "time", "exec", "command", "nohup", "builtin", "xargs", "watch"])
_KEYWORDS = frozenset(["do", "then", "else", "if", "elif", "while", "until", "!", "{"])
"""Words of bash behind which a command begins."""
_KUBECTL = frozenset(["k", "kubecolor", "kubectl.exe", "oc"])
"""Common aliases and replacements for kubectl."""
_CARRIERS = frozenset(["minikube", "k3s", "microk8s", "rke2", "k0s"])
"""Programs with kubectl as a subcommand: `minikube kubectl -- get pods`."""
_HEREDOC = re.compile(r"(?<!<)<<(?!<)(-?)\s*(['\"]?)([A-Za-z_]\w*)\2")
_ENDS = frozenset(["", "|", "||", "&&", ";", "&", "|&", "(", ")", ";;"])
_VALUED = frozenset(
    """-n --namespace --context --kubeconfig --cluster --user -s --server --token -f --filename -k --kustomize -o --output
    -l --selector -p --patch --patch-file --type --timeout --set -c --container --image --port --as --as-group
    --field-manager --request-timeout --istioNamespace -i --revision --values --version --field-selector
    --replicas --current-replicas --target-port --name --protocol --from-literal --from-file --from-env-file --tcp --udp
    --external-name --clusterip --node-port --schedule --labels --env --restart --overrides --grace-period --cascade
    --min --max --cpu-percent --clusterrole --role --serviceaccount --verb --resource --group --class --rule --hard
    --limits --requests --subresource --to-revision --for --resource-version --template --sort-by --docker-server
    --docker-username --docker-password --docker-email --cert --key --record-to
    """.split()  # noqa: SIM905  # a list of thirty quoted words reads worse
)
"""Options of kubectl, istioctl and helm whose value is the next word."""


@dataclass(frozen=True, slots=True)
class Part:
    """One program of a command line, with its arguments and the variables that are set for it alone."""

    program: str
    arguments: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    wrapped: str = ""
    """`sudo` if it runs the program."""

    @property
    def name(self) -> str:
        """The program without its folder; aliases of kubectl are kubectl."""
        name = self.program.rpartition("/")[2]
        return "kubectl" if name in _KUBECTL else name

    def option(self, *names: str) -> str:
        """The value of an option, "" if it isn't given: `-n x`, `-nx`, `--namespace x`, `--namespace=x`."""
        values = self.options(*names)
        return values[-1] if values else ""

    def options(self, *names: str) -> list[str]:
        """All values of an option."""
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


def without_heredocs(line: str) -> str:
    """The line without its here-documents (<<EOF …), quoted or not."""
    kept: list[str] = []
    ends: list[tuple[str, bool]] = []
    for each in line.split("\n"):
        if ends:
            end, tabs = ends[0]
            if (each.lstrip("\t") if tabs else each) == end:
                ends.pop(0)
            continue
        ends += [(found[3], bool(found[1])) for found in _HEREDOC.finditer(each)]
        kept.append(_HEREDOC.sub("", each))
    return "\n".join(kept)


def parts(line: str) -> list[Part]:
    """The programs that a line runs, in order. A line that can't be parsed (an open quote) gives none."""
    written = without_heredocs(line).replace("\\\n", " ")
    lexer = shlex.shlex(written, posix=True, punctuation_chars="();<>|&\n")
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    lexer.commenters = ""
    found: list[Part] = []
    words: list[str] = []
    try:
        for word in lexer:
            if word and word.strip("\n") in _ENDS:
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
        elif words[0] in _BEFORE or words[0] in _KEYWORDS:
            wrapped = words[0] if words[0] == "sudo" else wrapped
            while len(words) > 1 and (words[1].startswith("-") or words[1].isdigit()):  # the wrapper's own
                words.pop(1)
        else:
            return [_called(words, variables, wrapped)]
        words.pop(0)
    return []


def _called(words: list[str], variables: Mapping[str, str], wrapped: str) -> Part:
    if words[0].rpartition("/")[2] in _CARRIERS and words[1:2] == ["kubectl"]:
        words = [word for at, word in enumerate(words[1:]) if not (at == 1 and word == "--")]
    return Part(words[0], tuple(words[1:]), variables, wrapped)
