"""Words found in a page as it is folded."""

from __future__ import annotations

import unicodedata

from textual.content import Content

from runner.tui.widgets.page_search import contains, find


def lines(*texts: str) -> list[Content]:
    return [Content(text) for text in texts]


def test_every_place_from_top_to_bottom_whatever_the_case():
    page = lines("Kubectl get pods", "then KUBECTL", "")
    assert find(page, "kubectl") == [((0, 0, 7),), ((1, 5, 12),)]


def test_what_is_folded_is_found_in_pieces():
    assert find(lines("kubectl get", "    pods -A"), "get pods") == [((0, 8, 11), (1, 4, 8))]


def test_hangul_is_composed_and_spaces_count_once():
    page = lines("사이드카  프록시")
    assert find(page, unicodedata.normalize("NFD", "사이드카 프록시")) == [((0, 0, 9),)]
    assert find(page, "드카") == [((0, 2, 4),)]


def test_nothing_is_found_where_nothing_is_looked_for():
    assert find(lines("a b"), "") == []
    assert find(lines("a b"), "   ") == []


def test_letters_that_grow_when_small_stay_where_they_are():
    assert find(lines("İİ kiali"), "kiali") == [((0, 3, 8),)]


def test_a_text_that_is_not_shown():
    assert contains("one\ntwo", "ONE TWO")
    assert not contains("one", "two")
