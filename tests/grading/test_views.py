"""Progress and summary as people see them."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from runner.grading.live_progress import LiveView
from runner.grading.plain import MOST_LINES, PlainView
from runner.grading.summary import print_summary
from runner.session.events import CheckUpdated, OutputReceived, PromptAnswered, StepFailed


def console(width: int = 80, *, terminal: bool = False, height: int = 24) -> Console:
    return Console(
        file=io.StringIO(),
        width=width,
        height=height,
        force_terminal=terminal,
        no_color=not terminal,
        highlight=False,
    )


def reported(screen: Console) -> str:
    assert isinstance(screen.file, io.StringIO)
    return screen.file.getvalue()


def played(view, result, events):
    with view:
        for event in events:
            result.apply(event)
            view.show(event, result)


@pytest.mark.parametrize("name", ["passed", "not-passed", "unreadable"])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_plain_output_has_no_control_sequence(result_of, streams, name, language):
    screen, result = console(), result_of([])
    played(PlainView(screen, language), result, streams[name])
    print_summary(screen, result, language)
    assert all(sign == "\n" or ord(sign) >= 32 for sign in reported(screen))


def test_plain_output_reports_the_run_line_by_line(result_of, streams):
    screen = console()
    events = streams["passed"]
    events.insert(4, PromptAnswered("install", 0, r"\(y/N\)", "y"))
    played(PlainView(screen, "en"), result_of([]), events)
    lines = reported(screen).splitlines()
    assert "Cluster: practice/mesh" in lines[0]
    for line in (
        "[1/3] install: Install Istio",
        "  $ istioctl install",
        "    | ✔ Istiod installed",
        "    answered: y",
        "    succeeded · 12 s",
        "✓ install: passed (26 s)",
        "✗ bonus: not passed (1.0 s)",
    ):
        assert line in lines


def test_a_flood_of_output_is_cut(result_of, streams):
    screen = console()
    events = streams["passed"]
    events.insert(3, OutputReceived("install", "again\r\n" * 5000))
    played(PlainView(screen, "en"), result_of([]), events)
    assert reported(screen).count("| again") == MOST_LINES
    assert "4801 more lines" in reported(screen)


def test_summary_says_why_and_what_to_do(result_of, streams):
    screen = console(120)
    print_summary(screen, result_of(streams["not-passed"]), "en")
    words = reported(screen)
    for part in (
        "install  Install Istio",
        "not judged, needs: install",
        "$ istioctl install",
        "exit code 1",
        "replicas: 2",
        "can't be pulled",
        "correct the image",
        "Look at the image.",
        "a hidden check",
        "Not passed. Steps: 0 of 2. Points: 1 of 6.",
    ):
        assert part in words
    assert "top-secret" not in words


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_summary_keeps_within_the_width(result_of, streams, width, language):
    screen = console(width)
    print_summary(screen, result_of(streams["not-passed"]), language)
    assert max(cell_len(line) for line in reported(screen).splitlines()) <= width


@pytest.mark.parametrize("height", [10, 24])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_live_frames_fit_the_terminal_at_every_moment(result_of, streams, height, language):
    screen, result = console(terminal=True, height=height), result_of([])
    view = LiveView(screen, language)
    long = OutputReceived("install", "설치하는 중입니다 " * 20 + "\r\n" + "more\r\n" * 20 + "Proceed? (y/N) ")
    events = streams["passed"]
    events.insert(4, long)
    for event in events:
        result.apply(event)
        view.show(event, result)
        frame = screen.render_lines(view, screen.options, pad=False)
        assert len(frame) < height
        for line in frame:
            assert sum(segment.cell_length for segment in line) <= 80


def test_live_shows_command_output_and_checks(result_of, streams):
    screen, result = console(terminal=True), result_of([])
    view = LiveView(screen, "en")
    for event in streams["passed"][:5]:
        result.apply(event)
        view.show(event, result)
    frame = "\n".join("".join(part.text for part in line) for line in screen.render_lines(view))
    for part in ("1/3  Install Istio", "$ istioctl install", "✔ Istiod installed", "a hidden check"):
        assert part in frame


def test_live_leaves_a_line_for_each_step_and_shows_the_cursor_again(result_of, streams):
    screen = console(terminal=True)
    played(LiveView(screen, "en"), result_of([]), streams["not-passed"])
    words = reported(screen)
    assert words.endswith("\x1b[?25h") or "\x1b[?25h" in words.rpartition("\x1b[?25l")[2]
    for title in ("Install Istio", "Expose Kiali", "Grafana"):
        assert title in words


@pytest.fixture
def same(streams, absent):
    """A run in which two checks that are shown fail for one cause."""
    outcomes = (absent, absent, absent)
    reported = [CheckUpdated("install", at, each) for at, each in enumerate(outcomes)]
    return [*streams["not-passed"][:5], *reported, StepFailed("install", 60.0, outcomes, False)]


def test_plain_output_reports_a_cause_once(result_of, same):
    screen = console()
    played(PlainView(screen, "en"), result_of([]), same)
    lines = reported(screen).splitlines()
    at = lines.index("      cause: the image istio/pilot:0.0 can't be pulled")
    assert lines[at + 1 : at + 4] == [
        "      object: pod/istiod-abc in istio-system",
        "      seen in: | ErrImagePull",
        "      remedy: correct the image",
    ]
    assert reported(screen).count("can't be pulled") == 1


def test_summary_reports_a_cause_once_and_names_it_at_the_others(result_of, same):
    screen = console(120)
    print_summary(screen, result_of(same), "en")
    assert reported(screen).count("correct the image") == 1
    assert reported(screen).count("same as above: the image istio/pilot:0.0 can't be pulled") == 1


@pytest.mark.parametrize(("height", "there"), [(30, True), (10, False)])
def test_live_reports_why_where_there_is_room(result_of, same, height, there):
    screen, result = console(terminal=True, height=height), result_of([])
    view = LiveView(screen, "en")
    for event in same[:-1]:
        result.apply(event)
        view.show(event, result)
    frame = ["".join(part.text for part in line) for line in screen.render_lines(view, screen.options)]
    assert len(frame) < height
    assert ("correct the image" in "\n".join(frame)) is there
    assert sum("↳" in line for line in frame) == there
