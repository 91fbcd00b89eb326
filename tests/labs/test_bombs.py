"""Small lab files made to keep Labgate busy end soon: in words, or read as any other."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from checks.durations import Duration
from checks.image_names import image_fits
from checks.patterns import Regex
from checks.selectors import Selector, parse
from checks.versions import VersionRange, find_version
from runner.labs.lab_problems import LabErrors
from runner.labs.load import load
from runner.labs.model import LabFile
from runner.labs.scalars import plain_value, surprise
from runner.labs.source import read_nodes
from runner.labs.text import substituted, unknown_variables
from tests.labs.bombs import BOMBS, CHECK, HEAD, STEP

pytestmark = pytest.mark.timeout(120)


def seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def loaded(folder: Path, text: str) -> LabErrors | None:
    folder.mkdir(exist_ok=True)
    (folder / "lab.yaml").write_text(text)
    try:
        load(folder)
    except LabErrors as errors:
        return errors
    return None


def plain(size: int) -> str:
    """A lab of about this many bytes that is right."""
    hints = "".join(f"      - Hint number {number} says what to do.\n" for number in range(size // 42 + 1))
    return f"{HEAD}{STEP}    hints:\n{hints}{CHECK}"


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_takes_no_longer_than_some_plain_files_of_its_size(name: str, tmp_path: Path) -> None:
    bomb = BOMBS[name]()
    usual = seconds(lambda: loaded(tmp_path / "plain", plain(len(bomb))))
    errors: list[LabErrors | None] = []
    taken = seconds(lambda: errors.append(loaded(tmp_path / "bomb", bomb)))
    assert taken < 40 * usual + 5
    if errors[0] is not None:
        assert len(errors[0].problems) <= 101
        assert len(str(errors[0])) < 300_000


def test_of_very_many_problems_the_first_are_told_and_how_many_more(tmp_path: Path) -> None:
    errors = loaded(tmp_path / "few", HEAD + "".join(f"unknown{i}: 1\n" for i in range(150)) + STEP + CHECK)
    assert errors is not None
    assert errors.problems[0].line == 6
    assert errors.problems[-1].render().endswith("… and 50 more")


def grows_like_a_line(work: Callable[[str], object], prefix: str, piece: str, suffix: str) -> None:
    """Four times the text takes hardly more than four times as long; what is squared takes sixteen times."""
    size = 60_000 // len(piece)
    short, long = (prefix + piece * (size * times) + suffix for times in (1, 4))
    once = min(seconds(lambda: work(short)) for _ in range(2))
    assert seconds(lambda: work(long)) < 9 * once + 0.5


def judged(kind: object) -> Callable[[str], object]:
    adapter = TypeAdapter(kind)

    def judge(text: str) -> object:
        try:
            return adapter.validate_python(text)
        except ValidationError as error:
            return error.errors()

    return judge


def selected(text: str) -> object:
    parse.cache_clear()
    try:
        return parse(text)
    except ValueError:
        return None


PARSERS: dict[str, Callable[[str], object]] = {
    "selector": judged(Selector),
    "a selector of the cluster": selected,
    "version": judged(VersionRange),
    "a version in a text": find_version,
    "duration": judged(Duration),
    "pattern": judged(Regex),
    "number": lambda text: (plain_value(text), surprise(text)),
    "variables": lambda text: (list(unknown_variables(text, {})), substituted(text, {})),
    "image": lambda text: image_fits("nginx", text),
    "yaml": lambda text: read_nodes(text, Path("x"), []),
}
PIECES = (
    "a",
    "1",
    ".",
    "-",
    "_",
    ",",
    " ",
    "(",
    ")",
    "{{",
    "}}",
    "{{a",
    "1:",
    "1_",
    "a,",
    ">=1,",
    "!",
    "=",
    "\\",
    "a/",
)


@pytest.mark.parametrize("parser", PARSERS)
@settings(max_examples=25)
@given(
    prefix=st.sampled_from(["", "a", "a in (", "1", "{{", ">=", "a="]),
    piece=st.sampled_from(PIECES),
    suffix=st.sampled_from(["", "!", ")", "x", "}}", "\x01"]),
)
def test_what_is_read_of_a_text_grows_with_its_length(
    parser: str, prefix: str, piece: str, suffix: str
) -> None:
    grows_like_a_line(PARSERS[parser], prefix, piece, suffix)


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(),
            st.text(max_size=20),
            st.sampled_from(sorted(LabFile.model_fields)),
        ),
        lambda inner: st.one_of(
            st.lists(inner, max_size=5),
            st.dictionaries(
                st.sampled_from([*LabFile.model_fields, "run", "checks", "quiz", "where"]), inner, max_size=6
            ),
        ),
        max_leaves=60,
    )
)
def test_whatever_is_written_it_is_loaded_or_told(written: object) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        text = yaml.safe_dump(written, allow_unicode=True)
        errors = loaded(Path(folder) / "lab", text)
    assert errors is not None, "a lab needs five keys and a step"
    assert all(problem.message.template and problem.render("ko") for problem in errors.problems)


def test_a_class_of_thirty_thousand_is_read() -> None:
    learner = "- id: s{i}\n  name: 김민준\n  kubeconfig: c.yaml\n  context: one\n  namespace: one\n  variables: {{v: 1.11.3}}\n"
    from runner.grading.roster.roster import MOST_BYTES, MOST_NODES

    text = "".join(learner.format(i=i) for i in range(30_000))
    problems: list[object] = []
    root = read_nodes(text, Path("roster.yaml"), problems, MOST_NODES)  # type: ignore[arg-type]
    assert not problems
    assert len(root.items) == 30_000  # type: ignore[union-attr]
    assert len(text.encode()) < MOST_BYTES


def test_two_hundred_steps_of_twenty_checks_are_read(tmp_path: Path) -> None:
    checks = "".join(
        f"      - {{deployment: web{number}, in: default, ready: true, replicas: 2}}\n"
        for number in range(20)
    )
    steps = "".join(
        f'  - id: s{number}\n    title: t\n    text: "t t"\n    checks:\n{checks}' for number in range(200)
    )
    folder = tmp_path / "large"
    assert loaded(folder, f"{HEAD}steps:\n{steps}") is None
    assert sum(len(step.checks) for step in load(folder).steps) == 4000
