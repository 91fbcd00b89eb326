"""Durations, selectors, version ranges: the small languages of a lab."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from checks.durations import Duration
from checks.selectors import matches
from checks.versions import Range, find_version

LABELS = {"app": "istiod", "tier": "a", "istio.io/rev": "default"}


@pytest.mark.parametrize(
    ("written", "seconds"), [("90s", 90), ("5m", 300), ("1h", 3600), (2, 2), ("1.5m", 90)]
)
def test_durations(written, seconds):
    assert TypeAdapter(Duration).validate_python(written) == seconds


@pytest.mark.parametrize("written", ["5", "5 minutes", "-1s", 0, -1, "25h", "", None])
def test_what_is_no_duration(written):
    with pytest.raises(ValidationError):
        TypeAdapter(Duration).validate_python(written)


@pytest.mark.parametrize(
    ("selector", "holds"),
    [
        ("", True),
        ("app=istiod", True),
        ("app==istiod,tier=a", True),
        ("app=istiod,tier=b", False),
        ("app!=kiali", True),
        ("none!=kiali", True),
        ("tier in (a, b)", True),
        ("tier notin (a, b)", False),
        ("none notin (a)", True),
        ("istio.io/rev", True),
        ("!istio.io/rev", False),
        ("!none", True),
        ("none=", False),
    ],
)
def test_selectors(selector, holds):
    assert matches(selector, LABELS) is holds


@pytest.mark.parametrize("selector", ["=", "a=b=c", "a in b", "a,,b", "a in (b", "-a=b"])
def test_what_is_no_selector(selector):
    with pytest.raises(ValueError, match="not a label selector"):
        matches(selector, LABELS)


def test_labels_that_are_no_labels_match_nothing():
    assert not matches("a=b", None)
    assert not matches("a=b", [1])


@pytest.mark.parametrize(
    ("wanted", "version", "inside"),
    [
        (">=1.18,<1.23", "1.22.0", True),
        (">=1.18,<1.23", "1.23.0", False),
        (">=1.18,<1.23", "v1.22.9-gke.100", True),
        ("1.11", "1.11.3", True),
        ("1.11.3", "1.11.4", False),
        ("*", "0.1", True),
        (">1.22", "1.22.4", False),
        ("<=1.22", "1.22.4", True),
        ("!=1.22.4", "1.22.4", False),
        (">=1.9", "1.10", True),
        (">=2.0.1", "2", False),
    ],
)
def test_version_ranges(wanted, version, inside):
    assert (version in Range.parse(wanted)) is inside


@pytest.mark.parametrize("wanted", ["", "about 2", ">=1.a", "1.2.3.4", ">=1,,<2"])
def test_what_is_no_version_range(wanted):
    with pytest.raises(ValueError, match="not a version range"):
        Range.parse(wanted)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("client version: 1.11.3\ncontrol plane version: 1.12", "1.11.3"),
        ('Client Version: version.Info{Major:"1", GitVersion:"v1.20.2"}', "1.20.2"),
        ("curl 7.88.1 (x86_64-pc-linux-gnu)", "7.88.1"),
        ("GNU bash, version 5.2.15(1)-release", "5.2.15"),
        ('"1.32+"', "1.32"),
        ("nothing", None),
    ],
)
def test_finding_a_version(text, version):
    assert find_version(text) == version
