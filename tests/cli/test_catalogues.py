"""Everything that is said can be said in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.locale import update
from runner.words import count_phrase, phrase, translate


@pytest.mark.parametrize("language", update.TRANSLATED)
def test_every_sentence_is_translated_with_the_same_names(language):
    assert update.problems(update.merged(language)) == []


@pytest.mark.parametrize("language", update.TRANSLATED)
def test_catalogues_hold_what_the_source_says_and_nothing_else(language):
    assert update.stale(update.merged(language), update.catalogue_path(language)) == []


def test_a_sentence_is_reported_in_korean():
    assert translate(phrase("{minutes} min {seconds} s", minutes=1, seconds=2), "ko") == "1분 2초"
    assert translate(phrase("", x=1), "ko") == ""


def test_a_number_chooses_the_form():
    for count, english, korean in (
        (1, "… 1 more line", "… 그 밖에 1줄"),
        (4801, "… 4801 more lines", "… 그 밖에 4801줄"),
    ):
        sentence = count_phrase("… {count} more line", "… {count} more lines", count=count)
        assert translate(sentence, "en") == sentence.render() == english
        assert translate(sentence, "ko") == korean
        assert translate(phrase("{reason}", reason=sentence), "ko") == korean


def test_a_template_that_is_no_literal_is_refused(tmp_path: Path):
    (tmp_path / "checks").mkdir()
    (tmp_path / "runner").mkdir()
    (tmp_path / "runner" / "bad.py").write_text('phrase("good")\nphrase(f"bad {x}")\n')
    with pytest.raises(update.NotLiteral, match=r"runner/bad\.py:2"):
        update.templates(tmp_path)


def test_wrong_translations_are_found():
    catalogue = update.merged("ko")
    catalogue.add("gone {name}", "{nome} 없음")
    catalogue.add("bare", "")
    found = "\n".join(update.problems(catalogue))
    assert "not the same {names}: 'gone {name}'" in found
    assert "no translation: 'bare'" in found
