"""Keeps the catalogues in step with the source: `python -m runner.locale.update [FRAGMENT.po …]`.

Collects every `phrase("…")` of checks/ and runner/ and the help of the command line, keeps the translations
there are, fills gaps from the fragments, drops what the source no longer says, and compiles. With `--check`
nothing is written. Exits with 1 where a sentence has no translation or is not as it should be. Needs Babel (a
development dependency).
"""

from __future__ import annotations

import ast
import string
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

from checks.particles import PAIR
from checks.phrase import LANGUAGES
from runner.cli import COMMANDS, cli
from runner.commands import help_texts

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SOURCES = ("checks", "runner")
TRANSLATED = tuple(language for language in LANGUAGES if language != "en")  # English is the source
_WHEN = datetime(2026, 1, 1, tzinfo=UTC)  # the header's dates would change at every run and say nothing
_HEAD = """\
# Labgate's own words. Written by runner/locale/update.py: change translations here, templates in the source.
# Apache-2.0, as all of Labgate."""


class NotLiteral(Exception):
    """A phrase whose template can't be collected."""


Id = str | tuple[str, str]
"""A template, or its singular and its plural."""


def templates(root: Path = ROOT) -> dict[Id, list[str]]:
    """Every template of the source and the files that use it. Raises NotLiteral."""
    found: dict[Id, list[str]] = {}
    for folder in SOURCES:
        for file in sorted((root / folder).rglob("*.py")):
            name = file.relative_to(root).as_posix()
            for template in _phrases(file, name):
                files = found.setdefault(template, [])
                if name not in files:
                    files.append(name)
    for text in (*(summary for _, summary in COMMANDS.values()), *help_texts.texts(cli)):
        found.setdefault(text, ["runner/cli.py"])
    return found


def _phrases(file: Path, name: str) -> Iterator[Id]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), name)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        if node.func.id == "phrase":
            yield _literal(node, 0, name)
        elif node.func.id == "count_phrase":
            yield _literal(node, 0, name), _literal(node, 1, name)


def _literal(call: ast.Call, index: int, name: str) -> str:
    argument = call.args[index] if index < len(call.args) else None
    if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
        raise NotLiteral(f"{name}:{call.lineno}: a phrase's template must be a plain string")
    return argument.value


def catalogue_path(language: str) -> Path:
    return HERE / language / "LC_MESSAGES" / "labgate.po"


def read(path: Path) -> dict[Id, str]:
    """The translations of a .po file."""
    with path.open("rb") as file:
        return _translations(message for message in read_po(file) if not message.fuzzy)


def _translations(messages: Iterable[Message]) -> dict[Id, str]:
    return {_id(each): string for each in messages if each.id and (string := _string(each))}


def _id(message: Message) -> Id:
    return message.id if isinstance(message.id, str) else (message.id[0], message.id[1])


def _string(message: Message) -> str:
    """The translation; the languages that there are have one form for all numbers."""
    return message.string if isinstance(message.string, str) else (message.string or ("",))[0]


def merged(language: str, fragments: Iterable[Path] = ()) -> Catalog:
    """The catalogue as it should be: the source's templates, with the translations there are."""
    known: dict[Id, str] = {}
    for path in (*fragments, catalogue_path(language)):
        if path.exists():
            known |= read(path)
    catalogue = Catalog(
        locale=language,
        project="Labgate",
        version="1",
        header_comment=_HEAD,
        msgid_bugs_address="-",
        last_translator="the Labgate authors",
        language_team="the Labgate authors",
        charset="utf-8",
        creation_date=_WHEN,
        revision_date=_WHEN,
        fuzzy=False,
    )
    for template, files in sorted(templates().items(), key=lambda item: str(item[0])):
        locations = [(file, 0) for file in files]
        if isinstance(template, tuple):
            catalogue.add(template, (known.get(template, ""),), locations=locations)
        else:
            output = known.get(template) or ("" if has_words(template) else template)
            catalogue.add(template, output, locations=locations)
    return catalogue


def problems(catalogue: Catalog) -> list[str]:
    """What is wrong with a catalogue's translations."""
    wrong = []
    for message in catalogue:
        template = message.id if isinstance(message.id, str) else message.id[1]
        translation = _string(message)
        if template and not translation:
            wrong.append(f"no translation: {template!r}")
        elif template and names(template) != names(translation):
            wrong.append(f"not the same {{names}}: {template!r} -> {translation!r}")
        elif template and _edges(template) != _edges(translation):
            wrong.append(f"not the same space at the ends: {template!r} -> {translation!r}")
    return wrong


def names(template: str) -> set[str]:
    """The `{names}` in a template, without the particles of Korean, which have no value."""
    return {name for _, name, _, _ in string.Formatter().parse(PAIR.sub("", template)) if name is not None}


def has_words(template: str) -> bool:
    """Whether there is anything to translate besides values and signs."""
    return any(sign.isalpha() for text, *_ in string.Formatter().parse(template) for sign in text)


def _edges(text: str) -> tuple[bool, bool]:
    return text[:1].isspace(), text[-1:].isspace()


def write(catalogue: Catalog, path: Path) -> None:
    """Write the .po file, and the compiled .mo file beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=110, sort_output=True, include_lineno=False)
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalogue)


def stale(catalogue: Catalog, path: Path) -> list[str]:
    """Which of the two files does not hold what the catalogue holds."""
    wanted = _translations(catalogue)
    with path.with_suffix(".mo").open("rb") as file:
        compiled = _translations(read_mo(file))
    held = {path: read(path), path.with_suffix(".mo"): compiled}
    words = "{file} is not fresh: run python -m runner.locale.update"
    return [words.format(file=file) for file, content in held.items() if content != wanted]


def main(arguments: list[str]) -> int:
    check = "--check" in arguments
    fragments = [Path(argument) for argument in arguments if argument != "--check"]
    failed = False
    for language in TRANSLATED:
        catalogue = merged(language, fragments)
        path = catalogue_path(language)
        wrong = problems(catalogue)
        if check:
            wrong += stale(catalogue, path)
        else:
            write(catalogue, path)
        for problem in wrong:
            print(f"{language}: {problem}")
        print(f"{language}: {len(catalogue)} sentences")
        failed = failed or bool(wrong)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
