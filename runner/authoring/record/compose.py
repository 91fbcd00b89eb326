"""A recording into a draft of a lab."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence, Set
from pathlib import Path
from typing import Any

from runner.authoring.imports.ids import free
from runner.authoring.imports.kubectl import calls
from runner.authoring.lab_draft import Draft, DraftCommand, DraftStep
from runner.authoring.lint.unsafe_commands import slow
from runner.authoring.record.draft_texts import both, text_of, title_of
from runner.authoring.record.fleeting import in_every_run, typed_in
from runner.authoring.record.judging import Judge
from runner.authoring.record.proposed_checks import WITHIN, proposed, takes_time
from runner.authoring.record.recorded_cleanup import cleanup_of, patch_of
from runner.authoring.record.recording import Moment, Ran, Recording
from runner.authoring.record.stretches import Stretch, difference, failed, looking, stretches_of, why_left_out
from runner.labs.model import Lab
from runner.labs.text import escaped
from runner.shell.redact import MASK
from runner.words import Phrase, phrase, translate

LONG = 40.0
"""Seconds after which a command is given more time than a command has by itself."""
FEW_LINES = 4
"""Lines that may be typed into an editor before that is worth a note."""
UNSEEN = "not_shown"
"""The variable that stands for what was typed and not shown."""
_UTILITIES = frozenset(
    """
    alias awk bash basename bg bind break builtin case cat cd chmod chown clear command continue cp cut date declare diff
    dirname do done du echo else env eval exec exit export false fg fi file find for function grep head hash help history
    if jobs kill less let ln local ls man mkdir more mv nano popd printenv printf ps pushd pwd read readonly return rm
    rmdir sed seq set sh shift shopt sleep sort source stat sudo tail tee test then time touch tr trap true type ulimit
    umask unalias uniq unset until vi vim wait wc which while xargs yes [ [[ { } . :
    """.split()  # noqa: SIM905  # a list of a hundred quoted words reads worse
)
_CLUSTER_WIDE = {
    ("", "Namespace"): "namespaces",
    ("", "PersistentVolume"): "persistentvolumes",
    ("rbac.authorization.k8s.io", "ClusterRole"): "clusterroles.rbac.authorization.k8s.io",
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): "clusterrolebindings.rbac.authorization.k8s.io",
    ("apiextensions.k8s.io", "CustomResourceDefinition"): "customresourcedefinitions.apiextensions.k8s.io",
    (
        "admissionregistration.k8s.io",
        "MutatingWebhookConfiguration",
    ): "mutatingwebhookconfigurations.admissionregistration.k8s.io",
    (
        "admissionregistration.k8s.io",
        "ValidatingWebhookConfiguration",
    ): "validatingwebhookconfigurations.admissionregistration.k8s.io",
    ("storage.k8s.io", "StorageClass"): "storageclasses.storage.k8s.io",
}
_EDIT = re.compile(r"kubectl\s+(\S+\s+)*?edit\s")
_SIGNS = re.compile(r"([\\.^$*+?{}\[\]|()])")


async def compose(recording: Recording, name: str, language: str, lab: Lab | None = None) -> Draft:
    """The draft. `lab`: the one whose stand-ins were used; `language` is that of the notes."""
    moments = recording.moments
    judge, taken = Judge(moments), set[str]()
    steps = []
    for stretch in stretches_of(recording):
        step = await _step(recording, stretch, judge, taken, language)
        taken.add(step.id)
        steps.append(step)
    what = difference(moments[0], moments[-1])
    cleanup, notes = cleanup_of(moments[0], moments[-1], what)
    more: dict[str, Any] = {"after": recording.beginning.after}
    more["requires"] = _requires(recording, steps, lab)
    if any(moment.ran and _unseen(moment.ran) for moment in moments):
        more["variables"] = {
            UNSEEN: {"description": both(_UNSEEN_IS), "default": "change-me", "pattern": r"\S+"}
        }
    if recording.beginning.practice:
        more["practice"] = {"kubernetes": _minor(recording.beginning.version)}
    if cleanup:
        more["cleanup"] = cleanup
    return Draft(
        title=both(phrase("TODO: a title for {name}", name=name)),
        summary=both(phrase("TODO: describe in one or two sentences what the learner will do.")),
        steps=steps,
        minutes=max(5, 4 * len(steps)),
        more={key: value for key, value in more.items() if value},
        notes=[translate(each, language) for each in (_RECORDED, *notes)],
    )


_RECORDED = phrase(
    "Recorded. TODO: write the texts, review the checks of each step, and prove the lab: labgate prove ."
)
_UNSEEN_IS = phrase("The value to type where the recording had hidden input.")


async def _step(
    recording: Recording, stretch: Stretch, judge: Judge, taken: set[str], language: str
) -> DraftStep:
    moments = recording.moments
    what = in_every_run(stretch.what, moments[stretch.first], moments[stretch.last], typed_in(recording))
    title, word = title_of(what, moments[stretch.first], moments[stretch.last])
    checks = await proposed(recording, stretch, judge)
    lines = {moment.ran.line for moment in moments if moment.ran}
    notes = [*_notes(stretch, lines), *_names_of_this_run(stretch, moments[stretch.first])]
    if not checks:
        notes.append(phrase("TODO: nothing can be checked after this step; ask a question (quiz)?"))
    commands = [command_of(ran, recording.beginning.workspace) for ran in stretch.ran]
    text = {each: escaped(words) for each, words in text_of(stretch.ran, what).items()}
    step = DraftStep(
        id=free(word.replace("-…", ""), f"step-{len(taken) + 1}", taken),
        title={each: escaped(words) for each, words in both(title).items()},
        text=text,
        run=commands,
        checks=list(checks),
        within=WITHIN if takes_time(checks) else "",
        notes=[translate(note, language) for note in notes],
    )
    _without_editor(step, stretch, moments)
    return step


def _without_editor(step: DraftStep, stretch: Stretch, moments: Sequence[Moment]) -> None:
    """What was done by `kubectl edit`, as a patch for those who have no vi, and as the solution."""
    edits = [command for command in step.run if command.keys and _EDIT.match(command.command)]
    what = stretch.what
    if len(edits) != 1 or len(what.changed) != 1 or what.made or what.gone:
        return
    key = what.changed[0]
    patched = patch_of(
        key, moments[stretch.first].cluster.objects[key], moments[stretch.last].cluster.objects[key]
    )
    if patched:
        edits[0].otherwise = patched
        edited = edits[0]
        step.solution = [
            DraftCommand(patched) if command is edited else command
            for command in step.run
            if command is edited or not looking(command.command)
        ]


def _notes(stretch: Stretch, lines: Set[str]) -> Iterator[Phrase]:
    """`lines`: all that ran, for what was typed ahead is no answer."""
    yield from (why_left_out(ran) for ran in stretch.left_out)
    for ran in stretch.ran:
        if failed(ran):
            yield phrase(
                "TODO: this failed (exit code {code}) but changed something: {command}",
                code=ran.exit_code or "-",
                command=ran.line,
            )
        if ran.masked or ran.typed.masked:
            yield phrase(
                "TODO: a secret was removed; say where the learner gets it: {command}", command=ran.line
            )
        if ran.typed.hidden:
            yield phrase(
                "TODO: the hidden input was replaced by the variable {name}: {command}",
                name=UNSEEN,
                command=ran.line,
            )
        if set(ran.typed.unasked) - lines - {""}:
            yield phrase(
                "TODO: lines were typed without a question; write them as a here-document: {command}",
                command=ran.line,
            )
        if ran.typed.lost:
            yield phrase(
                "TODO: some keys have no name, and the mouse is not recorded: {command}", command=ran.line
            )
        if ran.typed.keys.count("enter") > FEW_LINES:
            yield phrase(
                "TODO: the effect of these keys depends on the editor's settings; a here-document is "
                "more reliable: {command}",
                command=ran.line,
            )
        if ran.typed.keys and (ran.typed.answers or ran.typed.hidden):
            yield phrase(
                "TODO: it asked questions and opened an editor; only the keys are kept: {command}",
                command=ran.line,
            )


def _names_of_this_run(stretch: Stretch, before: Moment) -> Iterator[Phrase]:
    """Names of pods and the like that were copied into a command: the next run has others."""
    generated = {
        key.name: key
        for key, obj in before.cluster.objects.items()
        if (obj.get("metadata") or {}).get("generateName") and key.kind != "Node"
    }
    for ran in stretch.ran:
        for name in sorted(set(re.findall(r"[a-z0-9][a-z0-9.-]*[a-z0-9]", ran.line)) & generated.keys()):
            yield phrase(
                "TODO: {object} has a different name in each run: use its owner or a label (-l): {command}",
                object=str(generated[name]),
                command=ran.line,
            )


def _unseen(ran: Ran) -> bool:
    return bool(ran.typed.hidden) or ran.masked or ran.typed.masked


def _filled(text: str) -> str:
    """Text for a lab, with the variable for what was taken out."""
    return escaped(text).replace(MASK, f"{{{{{UNSEEN}}}}}")


def command_of(ran: Ran, workspace: Path) -> DraftCommand:
    """The command as a lab has it."""
    line = _filled(_anywhere(ran.line, str(workspace)))
    if not all(map(expected, ran.typed.hidden)):
        line = f"{line} <<< '{{{{{UNSEEN}}}}}'"  # it reads without asking: there is no question to wait for
    if failed(ran):
        line = f"{line} || true"
    command = DraftCommand(line, timeout=_timeout(ran))
    if ran.typed.keys:
        command.keys = [_filled(key) for key in ran.typed.keys]
        return command
    for question, answer in ran.typed.answers:
        pair = escaped(expected(question)), _filled(answer)
        if pair[0] and pair not in command.answers:
            command.answers.append(pair)
    command.answers += [
        (escaped(expected(question)), f"{{{{{UNSEEN}}}}}")
        for question in ran.typed.hidden
        if expected(question)
    ]
    return command


def _anywhere(line: str, workspace: str) -> str:
    """The line with the workspace by its variable: every learner has one of their own. What is in single quotes stays."""
    parts = re.split(r"('[^']*')", line)
    return "".join(
        part if part.startswith("'") else part.replace(workspace, "$LABGATE_WORKSPACE") for part in parts
    )


def expected(question: str) -> str:
    """A regular expression for a question: its last sentence, all of it where it is short."""
    sentence = re.split(r"(?<=[.!:])\s+(?=\S)", question.strip())[-1]
    return _SIGNS.sub(r"\\\1", sentence[-100:])


def _timeout(ran: Ran) -> str:
    if ran.seconds > LONG:
        return f"{max(5, round(ran.seconds * 4 / 60))}m"
    return "5m" if slow(ran.line) else ""


def _requires(recording: Recording, steps: list[DraftStep], lab: Lab | None) -> dict[str, Any]:
    first = recording.moments[0].places.environment.get("PATH", os.defpath)
    used = {
        words[0]
        for step in steps
        for command in step.run
        for words in calls(command.command)
        if words[0] not in _UTILITIES and "/" not in words[0] and shutil.which(words[0], path=first)
    }
    requires: dict[str, Any] = {}
    if lab is not None and lab.requires.kubernetes:
        requires["kubernetes"] = str(lab.requires.kubernetes)
    requires["tools"] = dict.fromkeys(sorted(used | {"kubectl"}), "*")
    made = difference(recording.moments[0], recording.moments[-1]).made
    wide = [
        resource
        for kind, resource in _CLUSTER_WIDE.items()
        if any((key.group, key.kind) == kind for key in made)
    ]
    if wide:
        requires["access"] = [{"verb": "create", "resource": resource} for resource in wide]
    return requires


def _minor(version: str) -> str:
    found = re.match(r"v?(\d+\.\d+)", version)
    return found[1] if found else "1.32"
