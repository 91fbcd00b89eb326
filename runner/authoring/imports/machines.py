"""What commands assume of a platform's machine, and how they are adapted to the learner's.

There the learner is root, on a machine of the cluster that is thrown away afterwards: `k` is kubectl, `sudo` does nothing,
`ssh node01` reaches the other node, every context is there, /etc/kubernetes is the cluster. Here it is the learner's own
machine. What can be made to work is; what would change or ask the machine itself is left out and reported, never run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from runner.words import Phrase, phrase

_ALIAS = re.compile(
    r"(?P<before>^|[;&|({]\s*|\$\(\s*|`|\bwatch\s+|\btime\s+|\bdo\s+|\bthen\s+)k(?=[ \t]+[\w-])", re.MULTILINE
)
_SUDO = re.compile(
    r"(?P<before>^|[;&|({]\s*|\$\(\s*|\bdo\s+|\bthen\s+)sudo\s+(?:-E\s+)?"
    r"(?=(?:kubectl|k|helm|istioctl|docker|podman|nerdctl|kind|minikube|k3d|curl|wget|cat|ls|grep|head|tail|echo|jq|yq|git|vi|vim|nano|"
    r"kustomize|openssl|base64|sed|awk|diff|find|wc|clear)\s)",
    re.MULTILINE,
)
_LEFT_SUDO = re.compile(r"(?:^|[;&|({]\s*|\$\(\s*|\bdo\s+|\bthen\s+)sudo\b", re.MULTILINE)
SSH = re.compile(r"^\s*(?:sudo\s+)?(?:ssh|sshpass)\s+(?P<words>.*)$", re.DOTALL)
OWN_HOSTS = frozenset({"controlplane", "control-plane", "master", "localhost", "host01", "127.0.0.1"})
"""Machines on which the learner is anyway: going there leads nowhere else."""
_CONTEXT = re.compile(
    r"\bkubectl\s+config\s+(?:use-context|delete-context|delete-cluster|unset)\b|\bkubectx\s+[\w@-]"
    r"|\bkubectl\b.*\s--context[ =]"
)
_KUBECONFIG = re.compile(
    r"\bexport\s+KUBECONFIG=|\bKUBECONFIG=\S+\s|\bcp\s.*\s(?:~|\$HOME|/root)/\.kube/config\b|--kubeconfig[ =]"
)
_NODE = re.compile(
    r"(?<![\w./-])(?:controlplane|node0\d|node-?\d|minikube|docker-desktop|cluster\d-\w+)(?![\w./-])"
)
_STARTS = r"(?:^|[;&|({]\s*|\$\(\s*|\bsudo\s+(?:-\w+\s+)*|\bxargs\s+|\bdo\s+|\bthen\s+)"
_LEFT_OUT: tuple[tuple[re.Pattern[str], Phrase], ...] = (
    (
        re.compile(rf"{_STARTS}(?:scp|sftp|rsync)\s.*:", re.MULTILINE),
        phrase("this connects to another machine, but a lab has only the learner's own"),
    ),
    (
        re.compile(
            rf"{_STARTS}(?:\w+=\S+\s+)*(?:systemctl|service\s+\w|journalctl|crictl|ctr\s|etcdctl|etcdutl|kubeadm|kubelet\b|containerd\b|"
            r"iptables|nft\s|ipvsadm|modprobe|sysctl|swapoff|mount\s|umount\s|useradd|userdel|usermod|adduser|groupadd|chown|apparmor_parser|"
            r"aa-status|aa-\w+|falco\b|ufw\s|reboot|shutdown|poweroff|hostnamectl|update-alternatives|dpkg|insmod|launch\.sh|kube-bench)",
            re.MULTILINE,
        ),
        phrase("this reads or changes the machine as root, which is the learner's own in a lab"),
    ),
    (
        re.compile(
            rf"{_STARTS}(?:apt|apt-get|yum|dnf|apk|snap|brew)\s+(?:-\S+\s+)*(?:install|update|upgrade|remove|add|reinstall|mark)\b",
            re.MULTILINE,
        ),
        phrase("this installs software on the learner's own machine: prefer requires.tools"),
    ),
    (
        re.compile(
            r"(?<![\w.:])/(?:etc/(?:kubernetes|systemd|containerd|cni|killercoda|apparmor\.d|falco|default)|var/lib/(?:kubelet|etcd|containerd|docker)|"
            r"var/log|opt/(?:katacoda|cni)|usr/local/bin/(?:launch|start)|sys/|proc/sys)"
        ),
        phrase("this exists only on the platform's machines"),
    ),
    (
        re.compile(
            r"(?:>{1,2}|\btee\s+(?:-\w+\s+)*)\s*[\"']?/(?!dev/|tmp/|proc/self)\w"
            r"|\b(?:cp|mv|install|ln)\s+[^;&|\n]*\s/(?!tmp\b|dev\b)[\w./-]+[\"']?\s*(?:$|[;&|])"
            r"|\b(?:mkdir|touch|rm|chmod|rmdir)\s+(?:-\S+\s+|\d+\s+|[+\w=]+\s+)*/(?!tmp\b|dev\b)\w",
            re.MULTILINE,
        ),
        phrase(
            "this writes to a system path, which can be different or protected on the learner's own machine"
        ),
    ),
)
_EXPORTED = re.compile(r"(?:^|[;&|]\s*)(?:export\s+)?(?P<name>do|now)=", re.MULTILINE)
_SHORT = re.compile(r"\$\{?(?P<name>do|now)\b\}?")
SHORT_WORDS = {"do": "--dry-run=client -o yaml", "now": "--grace-period=0 --force"}
"""Variables that those who prepare for an examination set in their shell: `kubectl run x --image=nginx $do`."""


@dataclass(slots=True)
class Fitted:
    """A command as it is to be run here; `command` is None if it is left out. `why` is reported in either case."""

    command: str | None
    why: list[Phrase] = field(default_factory=list)
    alias: bool = False
    """Whether it calls kubectl by its alias."""


def fitted(command: str) -> Fitted:
    """What a command is on the learner's machine."""
    plain = _outside_heredocs(command)
    changed, without_sudo = _SUDO.subn(r"\g<before>", command)
    changed, alias = _ALIAS.subn(r"\g<before>kubectl", changed)
    if re.search(r"<<", command):  # what is in a here-document is no command
        changed, alias, without_sudo = _in_first_line(command)
    found = Fitted(changed, alias=bool(alias))
    if _LEFT_SUDO.search(_outside_heredocs(changed)):
        return Fitted(None, [phrase("this needs root (sudo) on the learner's own machine")])
    for pattern, why in _LEFT_OUT:
        if pattern.search(plain):
            return Fitted(None, [why])
    if _CONTEXT.search(plain) or _CONTEXT.search(_outside_heredocs(changed)):
        return Fitted(
            None, [phrase("another context is selected, but a lab has only the one of the learner's cluster")]
        )
    if _KUBECONFIG.search(plain):
        return Fitted(
            None, [phrase("another kubeconfig is used, but a lab has only the one of the learner's cluster")]
        )
    if without_sudo:
        found.why.append(phrase("removed sudo: the learner's own user is sufficient"))
    node = _NODE.search(plain)
    if node and re.search(r"\bkubectl\b|\bhelm\b", changed):
        found.why.append(
            phrase(
                "a node of the platform's cluster, which the learner's cluster does not have: {node}",
                node=node[0],
            )
        )
    return found


def short_words(commands: str) -> list[str]:
    """The names of SHORT_WORDS that the commands use and nobody sets."""
    names = dict.fromkeys(found["name"] for found in _SHORT.finditer(commands))
    return [name for name in names if name not in {found["name"] for found in _EXPORTED.finditer(commands)}]


def _outside_heredocs(command: str) -> str:
    """The command without what its here-documents hold."""
    first, here, _ = command.partition("<<")
    return first + (here + command.split("\n", 1)[0].partition("<<")[2] if here else "")


def _in_first_line(command: str) -> tuple[str, int, int]:
    line, end, rest = command.partition("\n")
    line, without_sudo = _SUDO.subn(r"\g<before>", line)
    line, alias = _ALIAS.subn(r"\g<before>kubectl", line)
    return line + end + rest, alias, without_sudo
