"""Adding, updating and removing sources of labs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from checks.path_state import exists, is_dir, is_file
from runner.labs import library
from runner.labs.lab_problems import LabErrors
from runner.labs.load import FILE
from runner.labs.sources import index, kept, urls
from runner.labs.sources.git import fetch
from runner.labs.sources.kept import Checkout, Source, SourceProblem
from runner.words import Phrase, phrase


@dataclass(frozen=True, slots=True)
class Changed:
    """A source that was added or updated. `problems`: what of an index could not be had; the rest is there."""

    source: Source
    before: Source | None
    problems: tuple[Phrase, ...] = ()


def add(location: str, *, name: str = "", ref: str = "", folder: str = "") -> Changed:
    """Remember a folder, a repository or an index, and fetch what is elsewhere. Raises SourceProblem, LabErrors."""
    source = _planned(location, name, ref, folder)
    with kept.changing():
        listed = kept.known()
        for each in listed:
            if (each.location, each.ref, each.folder) == (source.location, source.ref, source.folder):
                raise SourceProblem(phrase("This was added already, as {name}.", name=each.name))
        for each in listed:
            if each.name == source.name:
                raise SourceProblem(
                    phrase(
                        "There is a source of this name already: {name} ({location}). Choose another with --name.",
                        name=each.name,
                        location=each.location_text,
                    )
                )
        changed = _fetched(source, None)
        kept.save([*listed, changed.source])
        return changed


def update(names: Sequence[str]) -> Iterator[Changed | tuple[Source, SourceProblem | LabErrors]]:
    """Fetch these sources (all of them where none is named) again; one that fails stays as it was, and is reported with why.

    Raises SourceProblem if there is none of such a name.
    """
    for name in names:
        kept.find(name)
    for source in kept.known():
        if names and source.name not in names:
            continue
        with kept.changing():
            try:
                changed = _fetched(_planned_again(source), source)
            except (SourceProblem, LabErrors) as problem:
                yield source, problem
                continue
            kept.save([changed.source if each.name == source.name else each for each in kept.known()])
        yield changed


def remove(name: str) -> Source:
    """Forget a source, and remove what was fetched of it. Folders of the person's stay. Raises SourceProblem."""
    with kept.changing():
        source = kept.find(name)
        kept.save([each for each in kept.known() if each.name != name])
        shutil.rmtree(kept.home() / name, ignore_errors=True)
        return source


# what a source is -------------------------------------------------------------------------------------------


def _planned(location: str, name: str, ref: str, folder: str) -> Source:
    """The source that a location means, nothing of it fetched yet."""
    source = _kind(location, ref, folder)
    chosen = name or urls.name_of(source.location)
    if not kept.NAME.fullmatch(chosen):
        raise SourceProblem(
            phrase(
                "A source's name has small letters, digits and dashes, 40 at most: {name}. Choose one with --name.",
                name=chosen or "-",
            )
        )
    inside = Path(folder)
    if inside.is_absolute() or ".." in inside.parts:
        raise SourceProblem(phrase("The folder is one inside the repository: {folder}", folder=folder))
    return _planned_again(replace(source, name=chosen))


def _kind(location: str, ref: str, folder: str) -> Source:
    path = Path(location).expanduser()
    if urls.is_web_index(location):
        return Source("", "index", location)
    if urls.is_git(location) and not exists(path):
        url, at = urls.with_ref(location, ref)
        return Source("", "git", url, at, folder)
    if ref or folder:
        raise SourceProblem(phrase("--ref and --folder are for repositories: {location}", location=location))
    if is_file(path) and path.name == FILE:
        path = path.parent
    if is_dir(path):
        return Source("", "folder", str(path.resolve()))
    if is_file(path) and path.suffix.lower() in urls.INDEX_ENDINGS:
        return Source("", "index", str(path.resolve()))
    raise SourceProblem(
        phrase(
            "There is nothing here: {location}. A source of labs is a folder, a repository (https://…, ssh://…, "
            "user@host:path, file://…, with @ and a branch or tag behind it), or an index (a file or https address "
            "that ends in .yaml or .json).",
            location=location,
        )
    )


def _planned_again(source: Source) -> Source:
    """With its checkouts as they are wanted now: an index may have changed."""
    if source.kind == "git":
        return replace(source, checkouts=(Checkout(source.name, source.location, source.ref, source.folder),))
    if source.kind == "index":
        web = urls.is_web_index(source.location)
        entries = index.of_web(source.location) if web else index.of_file(Path(source.location))
        checkouts = []
        for entry in entries:
            if entry.git:
                url, ref = urls.with_ref(entry.git, entry.ref)
                checkouts.append(Checkout(entry.name, url, ref, entry.folder))
        paths = tuple(str(Path(entry.path) / entry.folder) for entry in entries if entry.path)
        return replace(source, checkouts=tuple(checkouts), paths=paths)
    return source


# fetching ---------------------------------------------------------------------------------------------------


def _fetched(source: Source, before: Source | None) -> Changed:
    """Everything again beside what is there, then put in its place. Raises SourceProblem if nothing could be had."""
    own = kept.home() / source.name
    new, old = (own.with_name(f".{source.name}.{part}") for part in ("new", "old"))
    if old.exists() and not own.exists():
        old.rename(own)  # an update that was killed in between
    for left in (new, old):
        shutil.rmtree(left, ignore_errors=True)
    done: list[Checkout] = []
    problems: list[Phrase] = []
    try:
        for each in source.checkouts:
            try:
                done.append(replace(each, commit=fetch(each.url, each.ref, new / each.name)))
            except SourceProblem as problem:
                if source.kind == "git":
                    raise
                problems.append(problem.message)
                done += _as_before(each, before, own, new)
        _put_in_place(new, own, old)
    finally:
        for left in (new, old):
            shutil.rmtree(left, ignore_errors=True)
    changed = replace(source, checkouts=tuple(done))
    if not any(library.labs_near(shelf) for shelf in changed.shelves):
        if before is None:
            shutil.rmtree(own, ignore_errors=True)
        raise SourceProblem(problems[0] if problems else _no_lab(source))
    return Changed(changed, before, tuple(problems))


def _as_before(wanted: Checkout, before: Source | None, own: Path, new: Path) -> list[Checkout]:
    """What was fetched of it earlier, kept."""
    for each in before.checkouts if before else ():
        if (each.name, each.url) == (wanted.name, wanted.url) and (own / each.name).is_dir():
            shutil.copytree(own / each.name, new / each.name)
            return [each]
    return []


def _put_in_place(new: Path, own: Path, old: Path) -> None:
    if own.exists():
        own.rename(old)
    if new.exists():
        new.rename(own)


def _no_lab(source: Source) -> Phrase:
    return phrase(
        "There is no lab here: {location}. A lab is a folder with a {file}; it is looked for three folders deep.",
        location=source.location_text,
        file=FILE,
    )
