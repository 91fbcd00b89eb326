"""Lines that went wrong before any program read them: copied prompts and dashes, the Korean keyboard, mistyped programs."""

from __future__ import annotations

import re

from checks.diagnosis.command_lines import Part
from checks.diagnosis.programs import KNOWN
from runner.session.lessons.hangul_keys import typed_keys
from runner.session.lessons.lesson import Lesson, Typed, nearest
from runner.words import phrase

_NOT_FOUND = r"(?:command not found|명령어를 찾을 수 없음|명령을 찾을 수 없음)"
_USUAL = (
    "cat",
    "cd",
    "clear",
    "cp",
    "echo",
    "exit",
    "grep",
    "ls",
    "mkdir",
    "mv",
    "pwd",
    "rm",
    "tar",
    "unset",
    "vi",
    "vim",
    "watch",
)
_PROMPT = re.compile(r"^(?:[(~/\w][^❯$%]*)?[❯$%]\s+(?=[A-Za-z])")
_DASH = re.compile(r"(?<=\s)[–—−](?=[A-Za-z])")
_QUOTES = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'"})


def copied_signs(typed: Typed) -> Lesson | None:
    """Dashes and quotes that a document made of the typewriter's."""
    line = _DASH.sub(
        lambda found: "-" if re.match(r".\w(?:\s|$|=)", found.string[found.start() :]) else "--", typed.line
    )
    line = line.translate(_QUOTES)
    if line == typed.line or typed.ran.exit_code == 0:
        return None
    return Lesson(phrase('The dash or the quotes were copied from a document. Type - and " instead.'), line)


def copied_prompt(typed: Typed) -> Lesson | None:
    """`$ kubectl get pods`: the prompt of a document, or of this terminal, stands before the command."""
    line = _PROMPT.sub("", typed.line)
    if line == typed.line or typed.ran.exit_code not in (126, 127):
        return None
    return Lesson(phrase("The prompt was copied with the command. Remove it."), line)


def not_a_program(typed: Typed) -> Lesson | None:
    """bash did not find the program: mistyped, typed in Korean, not on the PATH, not installed."""
    part = _missing(typed)
    if part is None:
        return None
    word = part.program
    if re.search(r"[ㄱ-ㅎㅏ-ㅣ가-힣]", word):
        line = typed_keys(typed.line)
        if line.split()[0] in {*KNOWN, *_USUAL, *typed.mentioned.programs}:
            return Lesson(phrase("The keyboard was set to Korean. Switch it with the 한/영 key."), line)
    if re.search(r"[\u00a0\u3000\u2000-\u200b]", typed.line):
        line = re.sub(r"[\u00a0\u3000\u2000-\u200b]+", " ", typed.line)
        return Lesson(phrase("The space was copied from a document. Type it again."), line)
    known = (*KNOWN, *typed.mentioned.programs, *_USUAL)
    if word in known:
        return _not_on_the_path(typed, word)
    for program in KNOWN:  # kubectlget
        if word.startswith(program) and word[len(program) :].isalpha():
            meant = f"{program} {word[len(program) :]}"
            return Lesson(phrase("A space is missing: {meant}", meant=meant), typed.corrected(word, meant))
    meant = nearest(word, known)
    if meant:
        return Lesson(
            phrase("There is no command {typed}: the name is {meant}", typed=word, meant=meant),
            typed.corrected(word, meant),
        )
    return Lesson(phrase("There is no program called {program}", program=word))


def _missing(typed: Typed) -> Part | None:
    """The program that was not found: bash names it, or the line has no other."""
    for part in typed.parts:
        if typed.search(rf"^-?bash: (?:\S+ \d+: )?{re.escape(part.program)}: {_NOT_FOUND}"):
            return part
    return typed.parts[0] if len(typed.parts) == 1 and typed.ran.exit_code == 127 else None


def _not_on_the_path(typed: Typed, program: str) -> Lesson:
    """A program of the lab's: where the lab itself puts it on the PATH, that is the line."""
    exports = (line for line in typed.mentioned.commands if re.match(r"\s*export\s+PATH=", line))
    line = next(exports, "") if program not in ("kubectl", "curl") else ""
    if line:
        return Lesson(phrase("{program} is not on the PATH of this shell.", program=program), line.strip())
    return Lesson(phrase("{program} is not installed, or not on the PATH", program=program))


def not_executable(typed: Typed) -> Lesson | None:
    """A file without the permission, and a folder in a program's place."""
    part = next(iter(typed.parts), None)
    if typed.ran.exit_code != 126 or part is None:
        return None
    if re.search(r": (?:Is a directory|디렉터리입니다|디렉토리입니다)", typed.output):
        words = phrase("{name} is a folder. To go there: cd", name=part.program)
        return Lesson(words, f"cd {part.program}")
    words = phrase("{name} is not executable. Make it executable first.", name=part.program)
    return Lesson(words, f"chmod +x {part.program}")
