"""Every key that works on a page, made of the bindings: what the help page lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen

from runner.tui.key_labels import OURS, shown
from runner.words import Phrase, phrase


@dataclass(frozen=True, slots=True)
class Part:
    """What has keys of its own: the page, a part of it that can have the focus, or the whole program."""

    title: Phrase
    keys: Sequence[tuple[str, Phrase]]
    """The keys as they are printed (`↑  k`), and what they do."""


def parts(screen: Screen[object]) -> list[Part]:
    """The page's own keys, those of its parts, and those that work everywhere. What can't be done just now is listed, too."""
    found = [Part(phrase("On this page"), listed([type(screen)]))]
    by_title: dict[str, list[DOMNode]] = {}
    titles: dict[str, Phrase] = {}
    for node in screen.walk_children():
        title = getattr(node, "PART", None)
        if title is not None:
            titles[title.template] = title
            by_title.setdefault(title.template, []).append(node)
    found += [Part(titles[each], listed(map(type, nodes))) for each, nodes in by_title.items()]
    found.append(Part(phrase("Everywhere"), listed([type(screen.app)])))
    return [part for part in found if part.keys]


def bindings(kind: type[DOMNode]) -> Iterator[Binding]:
    """The bindings of ours that a class has: Textual's own, of what it is made of, are nobody's concern."""
    for base in kind.__mro__:
        for each in base.__dict__.get("BINDINGS", ()):
            if isinstance(each, Binding) and each.description in OURS:
                yield each
        if base is kind and not getattr(kind, "_inherit_bindings", True):
            return


def listed(kinds: Iterable[type[DOMNode]]) -> list[tuple[str, Phrase]]:
    """One line for each action: its keys as they are printed, with two spaces between them, and what it does."""
    keys: dict[str, list[str]] = {}
    words: dict[str, Phrase] = {}
    for kind in dict.fromkeys(kinds):
        for binding in bindings(kind):
            words.setdefault(binding.action, Phrase(binding.description))
            latin = (each for each in binding.key.split(",") if each.isascii())
            keys.setdefault(binding.action, []).extend(map(shown, latin))
        for action, (names, does) in enumerate(getattr(kind, "TAKEN_KEYS", ())):
            words[f"taken {action}"] = does
            keys[f"taken {action}"] = [shown(each) for each in names]
    return [("  ".join(dict.fromkeys(keys[action])), words[action]) for action in keys]
