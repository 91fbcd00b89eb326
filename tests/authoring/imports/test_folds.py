"""What a page folds away: it is never seen at once, and never lost."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.authoring.imports.accounting import unaccounted, visible
from tests.authoring.imports.scenarios import hints_of, imported, lab_of, scenario, solution_of

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: one}\nspec: {containers: [{name: c, image: 'nginx:1.27'}]}"


def fold(inside: str, summary: str = "Solution") -> str:
    return f"<details><summary>{summary}</summary>\n\n{inside}\n\n</details>"


@pytest.mark.parametrize("mark", ["", "{{exec}}", "{{copy}}", "{{execute}}"])
@pytest.mark.parametrize("language", ["bash", "sh", "shell", "console", ""])
def test_commands_in_a_solution_are_the_solution(tmp_path, language, mark):
    block = (
        f"```{language}\nkubectl create namespace blue\nkubectl run one -n blue --image=nginx:1.27\n```{mark}"
    )
    lab, notes = lab_of(tmp_path, f"Make it.\n\n{fold(block)}\n")
    assert solution_of(lab) == ["kubectl create namespace blue", "kubectl run one -n blue --image=nginx:1.27"]
    assert lab.steps[0].run == ()
    assert lab.steps[0].text["en"] == "Make it.\n"
    assert any("a collapsed solution (Solution)" in note for note in notes)


@pytest.mark.parametrize(
    "summary",
    [
        "Solution",
        "정답 보기",
        "풀이",
        "Click to expand",
        "Klick mich",
        "解答",
        "Show commands / answers",
        "",
        "💡",
    ],
)
def test_a_fold_is_folded_whatever_stands_on_it(tmp_path, summary):
    block = "```bash\nkubectl create namespace blue\n```\n\nSECRET words."
    lab, _ = lab_of(tmp_path, f"Task.\n\n{fold(block, summary)}\n")
    assert "SECRET" not in lab.steps[0].text["en"] and "kubectl" not in lab.steps[0].text["en"]
    assert solution_of(lab) == ["kubectl create namespace blue"]
    assert "SECRET words." in hints_of(lab)


def test_what_prompts_show_is_no_part_of_the_commands(tmp_path):
    block = "\n".join(
        [
            "```console",
            "$ kubectl create ns blue",
            "namespace/blue created",
            "$ kubectl get ns blue",
            "NAME   STATUS",
            "```",
        ]
    )
    lab, _ = lab_of(tmp_path, fold(block))
    assert solution_of(lab) == ["kubectl create ns blue", "kubectl get ns blue"]
    assert "namespace/blue created" in hints_of(lab)


def test_comments_of_commands_are_a_hint(tmp_path):
    block = "```bash\n# the label that counts\nkubectl create ns blue\n```{{exec}}"
    lab, _ = lab_of(tmp_path, fold(block))
    assert hints_of(lab) == "- the label that counts"


def test_a_manifest_to_copy_is_a_hint(tmp_path):
    lab, notes = lab_of(tmp_path, f"Write it.\n\n{fold(f'```yaml{chr(10)}{POD}{chr(10)}```{{{{copy}}}}')}")
    assert "kind: Pod" in hints_of(lab)
    assert "kind: Pod" not in lab.steps[0].text["en"]
    assert any("collapsed text (Solution): it became hint 1" in note for note in notes)


@pytest.mark.parametrize("editor", ["vi pod.yaml", "nano pod.yaml", "vim ./pod.yaml", "cat > pod.yaml"])
def test_text_for_an_editor_is_written_by_a_command(tmp_path, editor):
    page = fold(
        f"```bash\n{editor}\n```{{{{exec}}}}\n\nPaste:\n\n```yaml\n{POD}\n```\n\n```bash\nkubectl apply -f pod.yaml\n```"
    )
    lab, notes = lab_of(tmp_path, page)
    assert solution_of(lab) == [f"cat > pod.yaml <<'EOF'\n{POD}\nEOF", "kubectl apply -f pod.yaml"]
    assert any("a command writes the file pod.yaml instead" in note for note in notes)
    assert [check.subject for check in lab.steps[0].checks] == ["file", "resource"]


def test_a_manifest_that_is_applied_next_is_written(tmp_path):
    page = fold(f"```yaml\n{POD}\n```\n\n```bash\nkubectl apply -f pod.yaml\n```")
    lab, _ = lab_of(tmp_path, page)
    assert solution_of(lab)[0].startswith("cat > pod.yaml <<'EOF'")


def test_what_a_manifest_brought_and_took_away_again_is_gone(tmp_path):
    commands = f"cat > pod.yaml <<'EOF'\n{POD}\nEOF\nkubectl apply -f pod.yaml\nkubectl delete -f pod.yaml"
    page = f"```bash\n{commands}\n```{{{{exec}}}}"
    lab, _ = lab_of(tmp_path, page)
    (pod,) = [check for check in lab.steps[0].checks if check.subject == "resource"]
    assert (pod.name, pod.absent) == ("one", True)


@pytest.mark.parametrize("command", ["vi pod.yaml", "kubectl edit deployment web", "nano /etc/hosts"])
def test_an_editor_without_keys_is_never_opened(tmp_path, command):
    lab, notes = lab_of(tmp_path, fold(f"```bash\n{command}\nkubectl get pods\n```"))
    assert solution_of(lab) == ["kubectl get pods"]
    assert command in hints_of(lab)
    assert any("what is typed into it is unknown" in note for note in notes)


def test_folds_within_folds_stay_folded(tmp_path):
    inner = fold("`kubectl create namespace blue`", "Imperative")
    lab, _ = lab_of(
        tmp_path,
        f"Make it.\n\n{fold(f'One:{chr(10)}{chr(10)}{inner}{chr(10)}{chr(10)}SECRET after.')}\n\nNext.\n",
    )
    assert lab.steps[0].text["en"] == "Make it.\n\nNext.\n"
    assert "SECRET after." in hints_of(lab)
    assert solution_of(lab) == ["kubectl create namespace blue"]


def test_of_several_ways_the_first_is_taken(tmp_path):
    page = "\n\n".join(
        [
            fold("```bash\nkubectl create ns blue\n```", "Imperative"),
            fold("```bash\nkubectl apply -f ns.yaml\n```", "YAML alternative"),
        ]
    )
    lab, notes = lab_of(tmp_path, page)
    assert solution_of(lab) == ["kubectl create ns blue"]
    assert "kubectl apply -f ns.yaml" in hints_of(lab)
    assert any("an alternative solution" in note for note in notes)


def test_another_way_within_a_fold_stays_in_the_hint(tmp_path):
    inside = (
        "```bash\nkubectl create ns blue\n```\n\nOr with a file:\n\n```bash\nkubectl apply -f ns.yaml\n```"
    )
    lab, _ = lab_of(tmp_path, fold(inside))
    assert solution_of(lab) == ["kubectl create ns blue"]
    assert "kubectl apply -f ns.yaml" in hints_of(lab)


def test_a_hint_beside_a_solution_is_only_a_hint(tmp_path):
    page = (
        fold("```bash\nkubectl create -h\n```", "Hint")
        + "\n\n"
        + fold("```bash\nkubectl create ns blue\n```")
    )
    lab, _ = lab_of(tmp_path, page)
    assert solution_of(lab) == ["kubectl create ns blue"]
    assert "kubectl create -h" in hints_of(lab)


def test_what_the_page_runs_comes_before_its_challenge(tmp_path):
    page = "`kubectl create ns blue`{{exec}}\n\nNow label it.\n\n" + fold(
        "```bash\nkubectl label ns blue team=a\n```"
    )
    lab, notes = lab_of(tmp_path, page)
    first, step = lab.steps
    assert [each.command for each in first.run] == ["kubectl create ns blue"]
    assert (step.run, solution_of(lab, 1)) == ((), ["kubectl label ns blue team=a"])
    assert any("a separate step" in note for note in notes)


def test_what_only_looks_stays_in_the_text(tmp_path):
    page = "`kubectl get ns`{{exec}}\n\n" + fold("```bash\nkubectl create ns blue\n```")
    lab, _ = lab_of(tmp_path, page)
    assert [step.run for step in lab.steps] == [()]
    assert "kubectl get ns" in lab.steps[0].text["en"]


def test_a_fold_that_nothing_closes_is_reported(tmp_path):
    lab, notes = lab_of(tmp_path, "Task.\n\n<details><summary>Solution</summary>\n\nSECRET\n")
    assert "SECRET" not in lab.steps[0].text["en"]
    assert any(note.startswith("1.md:3: this <details> is never closed") for note in notes)


def test_the_end_of_a_fold_behind_a_block(tmp_path):
    page = "Task.\n\n<details><summary>Solution</summary>\n\n```bash\nkubectl create ns blue\n```</details>\n\nAfter.\n"
    lab, _ = lab_of(tmp_path, page)
    assert lab.steps[0].text["en"] == "Task.\n\nAfter.\n"
    assert solution_of(lab) == ["kubectl create ns blue"]


def test_tags_in_code_fold_nothing(tmp_path):
    page = "Write `<details>` and\n\n```html\n<details>\nshown\n</details>\n```\n\nSeen.\n"
    lab, _ = lab_of(tmp_path, page)
    assert "shown" in lab.steps[0].text["en"] and "Seen." in lab.steps[0].text["en"]


def test_a_comment_is_reported_and_runs_nothing(tmp_path):
    lab, notes = lab_of(
        tmp_path, "Text.\n\n<!-- later: `kubectl delete ns blue`{{exec}}\nand more -->\n\nEnd.\n"
    )
    assert lab.steps[0].run == ()
    assert "later" not in lab.steps[0].text["en"]
    assert any(note.startswith("1.md:3: removed a comment") and "and more" in note for note in notes)


def test_a_block_that_never_began_is_one(tmp_path):
    lab, _ = lab_of(tmp_path, fold("cat <<EOF | kubectl apply -f -\nkind: Pod\nEOF\n```{{exec}}"))
    assert solution_of(lab) == ["cat <<EOF | kubectl apply -f -\nkind: Pod\nEOF"]


def test_without_any_mark_blocks_of_commands_are_run(tmp_path):
    page = "Make it:\n\n```bash\nkubectl create ns blue\n```\n\nYou see:\n\n```yaml\nkind: Namespace\n```\n"
    lab, notes = lab_of(tmp_path, page)
    assert [each.command for each in lab.steps[0].run] == ["kubectl create ns blue"]
    assert any("nothing marks the commands to run" in note for note in notes)


WORDS = st.text(alphabet="abcdefghij 가나다라漢字éß", min_size=3, max_size=30).filter(
    lambda text: text.strip()
)
PROSE = WORDS.map(lambda text: f"w{text.strip()}")
COMMANDS = st.lists(
    st.sampled_from(
        [
            "kubectl create ns {}",
            "kubectl get pod {}",
            "# note {}",
            "echo {} > file.txt",
            "k get ns {}",
            "helm list -n {}",
        ]
    ),
    min_size=1,
    max_size=4,
)
NAMES = st.text(alphabet="abcdefgh", min_size=4, max_size=9)


@st.composite
def block(draw):
    language = draw(st.sampled_from(["bash", "sh", "console", "yaml", "json", "", "text", "python"]))
    mark = draw(st.sampled_from(["", "{{exec}}", "{{copy}}", "{{execute T1}}", "{{exec interrupt}}"]))
    if language in ("yaml", "json", "text", "python"):
        lines = [f"{draw(NAMES)}: {draw(NAMES)}" for _ in range(draw(st.integers(1, 3)))]
    else:
        lines = [each.format(draw(NAMES)) for each in draw(COMMANDS)]
    if language == "console":
        lines = [f"$ {lines[0]}", draw(PROSE)]
    return "\n".join([f"```{language}", *lines, f"```{mark}"])


PIECES = st.one_of(
    PROSE,
    block(),
    PROSE.map(lambda text: f"- {text}\n- **{text}** second"),
    PROSE.map(lambda text: f"| {text} | b |\n|---|---|\n| {text} | d |"),
    PROSE.map(lambda text: f"<p>{text} <b>bold</b><br>next</p>"),
    NAMES.map(lambda name: f"Run `kubectl get ns {name}`{{{{exec}}}} now"),
    NAMES.map(lambda name: f"<!-- {name} said -->"),
    NAMES.map(lambda name: f"<pre class='file' data-filename='{name}.txt'>{name} in it</pre>"),
)


@st.composite
def folds(draw, depth: int = 0):
    inside = draw(
        st.lists(PIECES if depth > 1 else st.one_of(PIECES, folds(depth=depth + 1)), min_size=1, max_size=4)
    )
    summary = draw(st.one_of(st.sampled_from(["Solution", "힌트", "Method 2", ""]), PROSE))
    return fold("\n\n".join(inside), summary)


PAGES = st.lists(st.one_of(PIECES, folds()), min_size=1, max_size=6).map("\n\n".join)


@settings(max_examples=60, deadline=None)
@given(st.lists(PAGES, min_size=1, max_size=2))
def test_no_line_is_lost_and_none_that_is_folded_is_seen(pages):
    with tempfile.TemporaryDirectory() as temporary:
        source = scenario(Path(temporary) / "source", *pages)
        lab, notes = imported(source, Path(temporary) / "to")
        assert unaccounted(source, lab.folder, notes) == []
        assert visible(source, lab.folder) == []
