"""Lint's rules of what is run: what never ends, what changes the cluster by looking, what bash makes of a variable."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runner.authoring.lint.bash_syntax import here_documents, statements
from runner.authoring.lint.changing_checks import changes, changes_container
from runner.authoring.lint.endless import endless
from runner.authoring.lint.linter import ERRORS, lint
from runner.authoring.lint.unpinned_images import pinned
from runner.authoring.lint.unquoted_variables import let_through, uses
from runner.labs.model import Variable
from tests.authoring.test_lint import LAB, rules, with_check, with_run, write

ENDLESS = """\
kubectl get pods -n case -w
kubectl get pods -wn case
kubectl get po --watch=true
kubectl get po --watch | grep web
kubectl create ns x && kubectl get po -w
kubectl get pods -w; echo done
k get po -w
tail -f /dev/null
tail -100f x
tail -fn 20 x
sudo tail --follow x
kubectl port-forward -n case deploy/web 8099:80
kubectl proxy --port=8080
kubectl run -it sh --image=busybox:1.36 -n case -- sh
kubectl run sh -i --tty --image=busybox:1.36
kubectl debug -it web --image=busybox:1.36
kubectl logs -f web
kubectl -n x logs deploy/web --follow
kubectl exec -it web -- /bin/bash
kubectl exec -ti web -c x -- bash -l
kubectl exec -it web bash
kubectl attach web -it
watch -n 2 kubectl get po
top
while true; do curl x; sleep 1; done
ping example.org
istioctl dashboard kiali
docker exec -it x bash
cat > x.yaml
less x
psql
"""
ENDS = """\
kubectl get pods -ow
kubectl get -nweb pods
kubectl get po -w=false
kubectl get pods -w &
kubectl get pods -w | head -3
kubectl get pods -w | grep -m1 Running
timeout 10 kubectl get pods -w
timeout -k 1 10s kubectl port-forward svc/x 80
kubectl port-forward svc/x 80:80 > /dev/null 2>&1 &
kubectl port-forward svc/x 80:80 &> x &
(kubectl port-forward svc/x 80:80 &)
( kubectl port-forward svc/x 80:80 ) &
nohup kubectl proxy &
kubectl top pods
kubectl run -it --rm x --image=busybox:1.36 -- wget -qO- web
kubectl run load --image=busybox:1.36 -- sh -c "while true; do wget -qO- web; done"
kubectl exec -it web -- ls /
kubectl exec -it web -- sh -c "ls"
echo ls | kubectl exec -i web -- sh
kubectl logs -l app=web --tail=5
kubectl logs -p web
kubectl apply -f x.yaml
kubectl rollout status deploy/web -w
tail -n 5 x
top -bn1
ping -c 3 x
while true; do kubectl get x && break; sleep 1; done
bash install.sh
sh -x run.sh
curl -sL x | bash
echo "tail -f x"
# kubectl get -w
kubectl create -f - <<< '{}'
mysql -e "select 1"
watch -g kubectl get po
"""


@pytest.mark.parametrize("line", ENDLESS.splitlines())
def test_what_does_not_end_by_itself(line):
    assert len(list(endless(line))) == 1


@pytest.mark.parametrize("line", ENDS.splitlines())
def test_what_ends(line):
    assert list(endless(line)) == []


def test_a_shell_that_is_given_something_to_read_ends(tmp_path):
    assert list(endless("kubectl exec -i web -- sh <<EOF\nls\nEOF\n")) == []
    assert list(endless("cat <<EOF | kubectl apply -f -\nargs: while true; do x; done\nEOF")) == []
    typed = "{command: 'kubectl exec -it web -- sh', answers: [{expect: '#', send: exit}]}"
    assert rules(write(tmp_path, with_run(typed))) == []


def test_a_command_is_taken_apart_as_bash_does():
    text = (
        "A=1 sudo kubectl get po 2>&1 | grep -v 'a; b' && (cd x; ls) # and; more\necho \"$(date; ls)\" > f &"
    )
    found = statements(text)
    assert [each.words for each in found] == [
        ("kubectl", "get", "po"),
        ("grep", "-v", "a; b"),
        ("cd", "x"),
        ("ls",),
        ("echo", "$(date; ls)"),
    ]
    assert found[0].piped_to == ("grep", "-v", "a; b")
    assert [each.background for each in found] == [False, False, False, False, True]
    rest, (document,) = here_documents("cat <<-'EOF' > f\n\ta $B\n\tEOF\nls")
    assert (rest, document.body, document.plain) == ("cat <<-'EOF' > f\n\n\nls", "\ta $B", True)


@pytest.mark.parametrize(
    "line",
    [
        "kubectl apply -f x.yaml",
        "kubectl -n shop delete pod x",
        "kubectl get po && kubectl scale deploy web --replicas=2",
        "kubectl rollout restart deploy/web",
        "kubectl run tmp --rm -i --image=busybox:1.36 -- wget -qO- web",
        "kubectl label ns shop a=b --dry-run=none",
        "helm upgrade web ./web",
        "istioctl install -y",
    ],
)
def test_what_changes_the_cluster(line):
    assert any(changes(each) for each in statements(line))


@pytest.mark.parametrize(
    "line",
    [
        "kubectl get po | grep create",
        "kubectl apply --dry-run=server -f x.yaml",
        "kubectl create ns x --dry-run=client -o yaml",
        "kubectl auth can-i create pods",
        "kubectl rollout status deploy/web",
        "kubectl diff -f x.yaml",
        "kubectl create token robot",
        "kubectl label --list ns shop",
        "helm list",
        "istioctl analyze",
        'echo "kubectl delete ns shop"',
    ],
)
def test_what_only_looks(line):
    assert not any(changes(each) for each in statements(line))


def test_a_check_whose_script_changes_the_cluster(tmp_path):
    folder = write(tmp_path, with_check("""{command: 'bash "$LABGATE_LAB_FOLDER"/verify.sh'}"""))
    (folder / "verify.sh").write_text("kubectl get ns shop\n")
    assert rules(folder) == []
    (folder / "verify.sh").write_text("kubectl get ns shop || kubectl create ns shop\n")
    assert rules(folder) == ["check-changes-cluster"]


@pytest.mark.parametrize(
    ("pattern", "signs"),
    [
        ("[a-z0-9]([-a-z0-9]{0,40}[a-z0-9])?", ""),
        (r"[A-Za-z0-9._:/@+-]+", ""),
        (r"[a-z ]+", " "),
        (r"\S+", ";&|<>$`\"'()*?[]{}#~\\!"),
        (r"[^x]+", " ;&|<>$`\"'()*?[]{}#~\\!"),
        (r"v\d+[$]?", "$"),
        (None, ""),
    ],
)
def test_what_a_pattern_lets_through(pattern, signs):
    default = {"v\\d+[$]?": "v1"}.get(pattern, "a")
    assert set(let_through(Variable(default=default, pattern=pattern))) == set(signs)


def test_what_choices_let_through():
    assert let_through(Variable(choices=("a b", "c"))) == " "


def test_what_a_variable_stands_in():
    command = (
        "a {{a}} \"b {{b}} $(c '{{c}}')\" '{{d}}' \\\"{{e}} <<EOF <<'END' \\{{f}}\n{{g}}\nEOF\n{{h}}\nEND\n"
    )
    found = {each.name: each.quote for each in uses(command)}
    assert found == {"a": "", "b": '"', "c": '"', "d": "'", "e": "", "g": "<<", "h": "<<'"}


@pytest.mark.parametrize(
    ("command", "pattern", "reported"),
    [
        ("echo {{x}}", "[a-z ]+", True),
        ('echo "{{x}}"', "[a-z ]+", False),
        ('echo "{{x}}"', "[a-z$]+", True),
        ("echo '{{x}}'", "[a-z$]+", False),
        ("echo '{{x}}'", "[a-z']+", True),
        ("echo {{x}}", "[a-z]+", False),
    ],
)
def test_a_variable_that_bash_would_act_on(tmp_path, command, pattern, reported):
    lab = LAB.replace("    run: [kubectl create namespace shop]", f"    run:\n      - |\n        {command}")
    lab += f'variables: {{x: {{default: a, pattern: "{pattern}"}}}}\n'
    assert ("unsafe-variable" in rules(write(tmp_path, lab))) is reported


@pytest.mark.parametrize(
    "image",
    ["nginx:1.27", "a/b@sha256:0", "$IMAGE", "web:{{tag}}", "nginx:no-such-tag", "localhost:5000/a:1"],
)
def test_an_image_that_stays_what_it_is(image):
    assert pinned(image)


@pytest.mark.parametrize(
    "image", ["nginx", "nginx:latest", "nginx:stable", "httpd:alpine", "localhost:5000/a", "a/b:main"]
)
def test_an_image_that_moves(image):
    assert not pinned(image)


def images(folder: Path) -> list[tuple[str, int]]:
    return [(each.file.name, each.line or 0) for each in lint(folder) if each.rule == "unpinned-image"]


@pytest.mark.parametrize(
    "command",
    [
        "kubectl set image deployment/web a=nginx:1.27 b=nginx:stable -n case",
        "kubectl apply -f - <<EOF\nspec: {containers: [{name: q, image: nginx}]}\nEOF",
        "kubectl apply -f - <<'EOF'\nspec:\n  containers:\n  - image: \"nginx:latest\"\nEOF",
        """kubectl patch pod p -p '{"spec": {"containers": [{"name": "q", "image": "nginx"}]}}'""",
    ],
)
def test_an_image_without_a_version_wherever_it_is_named(tmp_path, command):
    lines = "".join(f"        {line}\n" for line in command.split("\n"))
    lab = LAB.replace("    run: [kubectl create namespace shop]\n", f"    run:\n      - |\n{lines}")
    assert images(write(tmp_path, lab)) == [("lab.yaml", 11)]


def test_images_in_the_files_of_a_lab(tmp_path):
    folder = write(tmp_path, with_run("kubectl apply -f $LABGATE_LAB_FOLDER/pods.yaml"))
    pod = "kind: Pod\n# image: old\nspec:\n  containers:\n  - image: nginx\n  - image: busybox:1.36\n"
    (folder / "pods.yaml").write_text(pod)
    (folder / "run.sh").write_text("set -e\nkubectl run a --image=nginx:stable\n")
    (folder / "practice").mkdir()
    (folder / "practice" / "pods.yaml").write_text("image: nginx\n")
    assert images(folder) == [("pods.yaml", 5), ("run.sh", 2)]
    (folder / "pods.yaml").write_text(
        pod.replace("image: nginx\n", "image: nginx  # lint: allow unpinned-image\n")
    )
    assert images(folder) == [("run.sh", 2)]


@pytest.mark.parametrize(
    ("command", "reported"),
    [
        ("curl -fsSL https://example.org/install.sh | bash", True),
        ("wget -qO- https://example.org/get | sudo sh -", True),
        ("bash <(curl -s https://example.org/get)", True),
        ('sh -c "$(curl -fsSL https://example.org/get)"', True),
        ("kubectl apply -k github.com/a/b?ref=main https://github.com/a/b?ref=main", True),
        ("curl -L https://istio.io/downloadIstio | ISTIO_VERSION=1.11.3 sh -", False),
        ("curl -L https://example.org/v1.2.3/install.sh | bash", False),
        ("curl -s http://web | grep sh", False),
        ("curl -LO https://example.org/tool-1.2.tar.gz", False),
    ],
)
def test_a_download_that_is_another_next_year(tmp_path, command, reported):
    lab = LAB.replace(
        "[kubectl create namespace shop]", f"\n      - timeout: 5m\n        command: |\n          {command}"
    )
    assert ("unpinned-download" in rules(write(tmp_path, lab))) is reported


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("kubectl get pods\u00a0-n shop", "U+00A0"),
        ("kubectl get pods\u200b -n shop", "U+200B"),
        ("kubectl get pods \u2014all-namespaces", "U+2014"),
        ("kubectl get pods -l \u2018app=web\u2019", "U+2018"),
        ('echo "It\u2019s done \u2013 now"', ""),
        ("echo a # it\u2019s a comment", ""),
    ],
)
def test_characters_that_bash_does_not_take_for_what_they_look_like(tmp_path, text, reported):
    lab = LAB.replace("[kubectl create namespace shop]", f"\n      - |\n        {text}")
    found = [each.render() for each in lint(write(tmp_path, lab)) if each.rule == "odd-characters"]
    assert bool(found) is bool(reported)
    assert reported in "".join(found)


def test_characters_in_what_a_learner_copies(tmp_path):
    folder = write(tmp_path, LAB.replace("{en: Do it., ko: 해 보세요.}", "text/first"))
    (folder / "text").mkdir()
    words = "It\u2019s so:\n\n```\nkubectl get pods \u2013n shop\nNAME  \u2018x\u2019\n```\n"
    (folder / "text" / "first.en.md").write_text(words)
    (folder / "text" / "first.ko.md").write_text("이렇게 하세요.\n")
    assert [(each.file.name, each.line, each.rule) for each in lint(folder)] == [
        ("first.en.md", 4, "odd-characters")
    ]


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("echo hello > /data/x", True),
        ("rm -rf /data/x", True),
        ("ls && touch /tmp/x", True),
        ('mysql -e "INSERT INTO t VALUES (1)"', True),
        ("psql -c 'drop table t'", True),
        ("kill 1", True),
        ("echo a >>$FILE", True),
        ("cat /data/x 2>/dev/null", False),
        ("curl -s http://x/ >/dev/null 2>&1", False),
        ('mysql -e "SELECT * FROM t WHERE a > 5"', False),
        ("test 3 -gt 2 && ls", False),
        ("echo 'a > b'", False),
        ("exec 3<>/dev/tcp/web/80", False),
    ],
)
def test_a_look_into_a_container_leaves_it_as_it_is(tmp_path, line, wrong):
    assert changes_container(line) is wrong
    check = json.dumps({"exec": line, "in": "shop", "pod": "web"})
    assert ("check-changes-container" in rules(write(tmp_path, with_check(check)))) is wrong


def test_a_command_in_a_container_ends_by_itself(tmp_path):
    assert "endless-command" in rules(write(tmp_path, with_check("{exec: tail -f /x, pod: web}")))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"status": {500: "none"}}, {"traffic-without-answers"}),
        ({"availability": {"max": "80%"}}, {"traffic-without-answers"}),
        ({"share": {"v2": "10%"}, "requests": 50}, {"too-few-requests"}),
        ({"status": {500: "50%"}, "requests": 300}, {"too-few-requests"}),
        ({"share": {"v2": "10%"}}, set()),
        ({"share": {"v2": "all"}, "requests": 5}, set()),
    ],
)
def test_traffic_that_could_pass_though_nothing_is_right(tmp_path, asked, found):
    folder = write(tmp_path, with_check(json.dumps({"traffic": {"service": "web", "port": 80}, **asked})))
    assert set(rules(folder)) == found
    assert "traffic-without-answers" in ERRORS
