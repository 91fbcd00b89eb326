"""The glossary of a lab: words that its texts use, and what they mean."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from checks.base import Text
from runner.words import text

FILE = "glossary.yaml"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Term(_Model):
    """A word that texts use, and what it means."""

    name: Annotated[Text, Field(description="The word, by language, or one for all: as the texts write it.")]
    aliases: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=100)], ...],
        Field(description="Other words for it, in any language. An English plural needs none."),
    ] = ()
    definition: Annotated[Text, Field(description="What it means, in Markdown: one to three sentences.")]

    @property
    def key(self) -> str:
        """What names the term whatever the language."""
        return text(self.name, "en")


class GlossaryFile(_Model):
    """A glossary, as it is written."""

    format: Annotated[Literal[1], Field(description="The version of this format.")]
    terms: Annotated[tuple[Term, ...], Field(min_length=1, max_length=1000, description="The words.")]


class Glossary(_Model):
    """The words of a lab: its own, and those of its course that it does not explain itself."""

    terms: tuple[Term, ...] = ()

    def names(self, language: str) -> dict[str, str]:
        """The key of the term that a word stands for, by the word: the names in that language, and all aliases."""
        by_alias = {alias: term.key for term in self.terms for alias in term.aliases}
        return {**by_alias, **{text(term.name, language): term.key for term in self.terms}}

    def term(self, key: str) -> Term | None:
        """The term of that key."""
        return next((term for term in self.terms if term.key == key), None)
