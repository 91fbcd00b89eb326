"""Lines that kubectl, istioctl or helm did not understand. The words are those of kubectl 1.20 to 1.34."""

from __future__ import annotations

import re

from runner.session.lessons.lesson import Lesson, Typed, nearest
from runner.session.lessons.object_types import PLURALS, plural_of
from runner.words import phrase

_VERBS = """annotate api-resources api-versions apply attach auth autoscale certificate cluster-info completion config cordon
    cp create debug delete describe diff drain edit exec explain expose get kustomize label logs patch plugin port-forward proxy
    replace rollout run scale set taint top uncordon version wait
    analyze dashboard install manifest operator profile proxy-config proxy-status tag uninstall upgrade verify-install
    list repo status template""".split()  # noqa: SIM905
_FLAGS = """--all --all-namespaces --address --as --cascade --container --context --dry-run --field-selector --filename
    --follow --force --from-literal --grace-period --help --image --kubeconfig --kustomize --labels --namespace --output
    --overwrite --port
    --previous --recursive --replicas --restart --selector --server-side --set --show-labels --sort-by --tail --timeout --type
    --validate --wait --watch --client --short --skip-confirmation --revision""".split()  # noqa: SIM905


def unknown_verb(typed: Typed) -> Lesson | None:
    """`kubectl gte pods`."""
    found = typed.search(r'^[Ee]rror: unknown command "([^"]+)" for "(\w+)')
    if found is None:
        return None
    word, program = found[1], found[2]
    suggested = re.search(r"Did you mean this\?\s*\n((?:\s+\S+\n?)+)", typed.output)
    meant = nearest(word, [*_VERBS, *(suggested[1].split() if suggested else ())], 0.6)
    words = phrase("{program} has no command {word}.", program=program, word=word)
    return Lesson(words, typed.corrected(word, meant) if meant else f"{program} --help")


def unknown_flag(typed: Typed) -> Lesson | None:
    """`kubectl get pods --namespce shop`."""
    found = typed.search(r"^[Ee]rror: unknown (?:shorthand )?flag: (?:'(\w)' in )?(-\S+)")
    if found is None:
        return None
    flag = found[2]
    meant = "" if found[1] else nearest(flag, _FLAGS)
    if not meant and found[1] and f"-{flag}" in _FLAGS:  # -namespace
        meant = f"-{flag}"
    words = phrase("There is no option {flag}.", flag=flag)
    corrected = re.sub(rf"(?<!\S){re.escape(flag)}(?=[\s=]|$)", meant, typed.line, count=1) if meant else ""
    return Lesson(words, corrected)


def single_dash(typed: Typed) -> Lesson | None:
    """`-namespace shop` is `-n amespace shop` to kubectl."""
    found = re.search(r"(?<!\S)-([a-z][a-z-]{2,})(?=[\s=]|$)", typed.line)
    if typed.ran.exit_code == 0 or found is None or f"--{found[1]}" not in _FLAGS:
        return None
    if typed.last("kubectl", "istioctl", "helm") is None:
        return None
    words = phrase("A long option has two dashes: {flag}", flag=f"--{found[1]}")
    return Lesson(words, f"{typed.line[: found.start()]}-{typed.line[found.start() :]}")


def option_without_value(typed: Typed) -> Lesson | None:
    """`kubectl get pods -n`."""
    found = typed.search(r"^[Ee]rror: flag needs an argument: (?:'(\w)' in )?(-\S+)")
    if found is None:
        return None
    part = typed.last("kubectl", "istioctl", "helm")
    words = phrase("{flag} needs a value after it.", flag=found[2])
    if part is None or found[2] not in ("-n", "--namespace"):
        return Lesson(words)
    places = typed.mentioned.namespaces_for(next(iter(part.words[1:]), ""))
    return Lesson(words, re.sub(r"\s*--namespace\s*$", "", typed.with_namespace(places[0])) if places else "")


def unknown_type(typed: Typed) -> Lesson | None:
    """`kubectl get svcs`, and a name where the type belongs: `kubectl get kiali`."""
    found = typed.search(r'the server doesn\'t have a resource type "([^"]+)"')
    if found is None:
        return None
    word = found[1]
    types = typed.mentioned.types_of(word)
    if types:
        words = phrase("{word} is a name. Write the type before it: {type}", word=word, type=types[0])
        return Lesson(words, typed.corrected(word, f"{types[0]} {word}"))
    meant = nearest(word, PLURALS)
    if meant:
        words = phrase("There is no type {word}: it is called {meant}.", word=word, meant=plural_of(meant))
        return Lesson(words, typed.corrected(word, meant))
    return Lesson(phrase("The cluster has no resource type {kind}", kind=word), "kubectl api-resources")


def file_without_option(typed: Typed) -> Lesson | None:
    """`kubectl apply shop.yaml`."""
    part = typed.last("kubectl")
    if part is None or not typed.search(r"^error: (?:must specify one of -f and -k|Unexpected args: )"):
        return None
    words = phrase("Specify the file with -f.")
    if len(part.words) < 2:
        return Lesson(phrase("Which file? Specify it with -f."))
    file = part.words[1]
    return Lesson(words, re.sub(rf"(?<!\S){re.escape(file)}(?!\S)", f"-f {file}", typed.line, count=1))


def no_name(typed: Typed) -> Lesson | None:
    """`kubectl edit svc -n istio-system`: of which?"""
    part = typed.last("kubectl")
    if part is None or not typed.search(
        r"resource\(s\) were provided, but no name|^error: You must provide one or more resources by argument"
    ):
        return None
    kind = next(iter(part.words[1:]), "")
    names = typed.mentioned.names_of(kind) if kind else []
    words = phrase("Which one? Write its name after the type.")
    if not names:
        return Lesson(words)
    return Lesson(words, typed.corrected(kind, f"{kind} {names[0]}"))


def no_type(typed: Typed) -> Lesson | None:
    """`kubectl get` alone."""
    if not typed.search(
        r"You must specify the type of resource to (?:get|describe)|Required resource not specified"
    ):
        return None
    return Lesson(phrase("Which type? Write it after the verb: pods, services, deployments."))


def option_missing(typed: Typed) -> Lesson | None:
    """`kubectl create deployment web`."""
    found = typed.search(r'^[Ee]rror: required flag\(s\) "([^"]+)"')
    if found is None:
        return None
    return Lesson(phrase("The option {flag} is required.", flag=f"--{found[1]}"))


def type_twice(typed: Typed) -> Lesson | None:
    """`kubectl get svc svc/kiali`."""
    part = typed.last("kubectl")
    if part is None or "no need to specify a resource type as a separate argument" not in typed.output:
        return None
    words = phrase("The type is given twice. Remove one.")
    return Lesson(words, re.sub(rf"\s{re.escape(part.words[1])}(?=\s)", "", typed.line, count=1))


def which_container(typed: Typed) -> Lesson | None:
    """A pod of several containers: `kubectl logs productpage-…`."""
    found = typed.search(r"a container name must be specified for pod \S+, choose one of: \[([^\]]+)\]")
    if found is None:
        return None
    names = found[1].split()
    name = next((each for each in names if not each.startswith("istio-")), names[0])
    words = phrase(
        "The pod has several containers: {names}. Add -c {name}", names=", ".join(names), name=name
    )
    head, dashes, rest = typed.line.partition(" -- ")
    return Lesson(words, f"{head.rstrip()} -c {name}{dashes}{rest}")


def port_taken(typed: Typed) -> Lesson | None:
    """A port-forward to a port that is in use on this machine."""
    found = typed.search(
        r"[Uu]nable to listen on port (\d+)|bind: address already in use|Address already in use"
    )
    if found is None or not found[1]:
        return None
    port = found[1]
    other = str(int(port) + 1)
    words = phrase("Port {port} of this machine is in use. Use another: {other}", port=port, other=other)
    line = re.sub(
        rf"(?<![\d:]){port}(:\d+)?(?!\d)", lambda m: f"{other}{m[1] or ':' + port}", typed.line, count=1
    )
    return Lesson(words, line if line != typed.line else "")
