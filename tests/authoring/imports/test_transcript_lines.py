"""Transcripts of strangers: commands are whole in any language, and what can't be run again is reported and proves nothing."""

from __future__ import annotations

import pytest

from runner.authoring.imports.transcript import signs
from runner.authoring.imports.unfilled import unfilled
from tests.authoring.imports.scenarios import run_of, transcript


@pytest.mark.parametrize(
    "command",
    [
        'kubectl create configmap hi --from-literal=GREETING="안녕 세계"',
        'kubectl annotate namespace blue note="이미지 변경" --overwrite',
        'echo "안녕하세요" > hello.txt',
        "echo 안녕하세요 > hello.txt",
        "echo '設定を変更する' > a.txt",
        "echo 你好 > a.txt",
        "kubectl annotate pod web owner='Jürgen Müller' city=\"São Paulo\"",
        "echo '✅ done 🎉'",
        "mkdir 실습",
    ],
)
@pytest.mark.parametrize("around", ["```\n{}\n```", "```bash\n$ {}\n```", "$ {}"])
def test_commands_are_whole(tmp_path, command, around):
    lab, _ = transcript(tmp_path, "# 연습\n\n" + around.format(command) + "\n")
    assert run_of(lab) == [command]


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("kubectl get pods 명령으로 파드를 확인합니다.", "kubectl get pods"),
        ("kubectl edit svc web -n shop   기본 타입을 바꿉니다", "kubectl edit svc web -n shop"),
        ("kubectl get svc -n shop  ← 외부 주소", "kubectl get svc -n shop"),
    ],
)
def test_words_behind_a_command_are_words(line, command):
    found = signs.bare_command(line)
    assert found is not None and found[0] == command


@pytest.mark.parametrize(
    "line",
    [
        "docker host에는 docker-proxy 라는 프로세스가 생성되게 된다.**",
        "docker swarm 같은 툴을 도입해 사용해야 한다**",
        "git is a program that keeps versions.",
        "make sure that your cluster's network provider supports it",
        "kubectl is the tool for the cluster",
    ],
)
def test_sentences_are_no_commands(line):
    assert signs.bare_command(line) is None


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("$kubectl get ns", "kubectl get ns"),
        ("root@host:~#kubectl get ns", "kubectl get ns"),
        ("[root@master ~]$kubectl get ns", "kubectl get ns"),
        ("controlplane:~$ kubectl get ns", "kubectl get ns"),
        ("(⎈|minikube:default) ~ $ kubectl get ns", "kubectl get ns"),
        ("➜  lab git:(main) ✗ kubectl get ns", "kubectl get ns"),
        ("me@mac lab % kubectl get ns", "kubectl get ns"),
        ("PS C:\\Users\\me> kubectl get ns", "kubectl get ns"),
        ("C:\\Users\\me>kubectl get ns", "kubectl get ns"),
        ("[12:01:02] me@host:~$ kubectl get ns", "kubectl get ns"),
    ],
)
def test_prompts_of_all_kinds(line, command):
    found = signs.prompt(line, in_code=False)
    assert found is not None and found.command == command


@pytest.mark.parametrize("line", ["$HOME/bin is on the PATH", "$kube", "a@b.com: kubectl", "5$kubectl"])
def test_what_is_no_prompt(line):
    assert signs.prompt(line, in_code=False) is None


@pytest.mark.parametrize(
    ("command", "placeholder"),
    [
        ("kubectl delete pod <POD_NAME> -n blue", "<POD_NAME>"),
        ("kubectl describe pod (Pod 이름) -n blue", "(Pod 이름)"),
        ("kubectl logs [POD 이름] -n blue", "[POD 이름]"),
        ("kubectl logs [pod-name]", "[pod-name]"),
        ("kubectl describe pod {pod-name}", "{pod-name}"),
        ("kubectl describe pod 파드이름", "파드이름"),
        ("kubectl logs ＜Pod名＞", "＜Pod名＞"),
        ("kubectl exec web-xxxxx-yyyyy -- env", "xxxxx"),
        ("kubectl create secret generic a --from-literal=token=YOUR_TOKEN", "YOUR_TOKEN"),
        ("kubectl describe pod POD_NAME", "POD_NAME"),
        ("kubectl apply -f ...", "..."),
        ("curl http://10.x.x.x:80", "10.x.x.x"),
        ('kubectl annotate pod web owner="<your-name>"', "<your-name>"),
    ],
)
def test_placeholders(tmp_path, command, placeholder):
    assert unfilled(command) == placeholder
    lab, notes = transcript(tmp_path, f"```\n$ kubectl create namespace blue\n$ {command}\n```\n")
    assert run_of(lab) == ["kubectl create namespace blue"]
    assert [check.subject for check in lab.steps[0].checks] == ["namespace"]
    assert command in lab.steps[0].text["en"]
    assert any(note.startswith("t.md:3: ") and placeholder in note for note in notes)


@pytest.mark.parametrize(
    "command",
    [
        "kubectl get pods -o jsonpath='{.items[0].metadata.name}'",
        "kubectl get pods -o=jsonpath='{range .items[*]}{.metadata.name}{end}'",
        "for pod in $(kubectl get pods -o name); do echo ${pod}; done",
        "cp a.yaml{,.bak}",
        "find . -name '*.yaml' -exec cat {} +",
        "[ -f a.yaml ] && echo yes",
        "(cd lab && ls)",
        "cat < in.txt > out.txt",
        "sort <in.txt >out.txt",
        "echo '<h1>Hello</h1>' > index.html",
        "mktemp /tmp/a.XXXXXX",
        "kubectl get pod $POD_NAME",
        "export POD_NAME=web",
        "kubectl get pods --selector 'app in (web,api)'",
        "diff <(echo a) <(echo b)",
        "cat <<EOF > a.html\n<name>x</name>\nEOF",
        "go test ./...",
        "kubectl get pods # the pods of <your> namespace",
        'kubectl annotate ns blue note="이미지 변경"',
    ],
)
def test_what_is_no_placeholder(command):
    assert unfilled(command) is None


@pytest.mark.parametrize(
    ("command", "output"),
    [
        ("kubectl get pods --as-user", "error: unknown flag: --as-user\nSee 'kubectl get --help' for usage."),
        ("kubectl get pod gone", 'Error from server (NotFound): pods "gone" not found'),
        (
            "kubectl get pods",
            "The connection to the server localhost:8080 was refused - did you specify the right host or port?",
        ),
        ("kubctll get pods", "bash: kubctll: command not found"),
        ("cat gone.yaml", "cat: gone.yaml: No such file or directory"),
        ("kubectl create ns blue", 'Error from server (AlreadyExists): namespaces "blue" already exists'),
        ("helm install web x", "Error: INSTALLATION FAILED: repo x not found"),
        ("kubectl apply -f a.yaml", 'The Deployment "web" is invalid: spec.selector: Required value'),
    ],
)
def test_what_failed_is_left_out_and_reported(tmp_path, command, output):
    lab, notes = transcript(
        tmp_path, f"$ kubectl create namespace red\nnamespace/red created\n$ {command}\n{output}\n"
    )
    assert run_of(lab) == ["kubectl create namespace red"]
    assert len(lab.steps[0].checks) == 1
    assert any(note.startswith(f"t.md:3: skipped: {command} (it failed: {output[:20]}") for note in notes)


def test_what_failed_in_part_is_kept(tmp_path):
    lab, _ = transcript(
        tmp_path, "$ kubectl apply -f a.yaml\nservice/web created\nerror: unable to decode the rest\n"
    )
    assert run_of(lab) == ["kubectl apply -f a.yaml"]


@pytest.mark.parametrize("name", ["web-65c8bdf64c-5kml9", "web-7d4f-x", "agent-5kml9", "web-0"])
def test_pods_that_are_made_anew_prove_nothing(tmp_path, name):
    text = "$ kubectl create deployment web --image=nginx:1.27\ndeployment.apps/web created\n"
    text += f'$ kubectl delete pod {name}\npod "{name}" deleted\n'
    lab, _ = transcript(tmp_path, text)
    kept = name == "web-7d4f-x"  # nobody but a person calls a pod so
    assert any(getattr(check, "absent", False) for check in lab.steps[0].checks) == kept
    assert (f"kubectl delete pod {name}" in run_of(lab)) == (name in ("web-7d4f-x", "web-0"))


@pytest.mark.parametrize(
    "into",
    [
        "kubectl run -i --tty dns --image=busybox:1.36 --restart=Never -- /bin/sh",
        "kubectl exec -it dns -- sh",
        "ssh node01",
    ],
)
@pytest.mark.parametrize("prompt", ["/ #", "#", "root@dns:/#", "$"])
def test_what_is_typed_in_a_container_is_not_run(tmp_path, into, prompt):
    text = f"$ kubectl create ns blue\n$ {into}\n{prompt} nslookup web\n{prompt} rm -rf x\n{prompt} exit\n$ kubectl get pods\n"
    lab, notes = transcript(tmp_path, text)
    assert run_of(lab) == ["kubectl create ns blue", "kubectl get pods"]
    assert [check.subject for check in lab.steps[0].checks] == ["namespace"]
    assert "nslookup web" in lab.steps[0].text["en"]
    assert any(note.startswith("t.md:2:") for note in notes) and any(
        note.startswith("t.md:4:") for note in notes
    )


def test_commands_that_go_on_in_the_next_line(tmp_path):
    text = "```bash\nkubectl run web \\\n  --image=nginx:1.27 \\\n  -n blue\n"
    text += "cat <<EOF > a.yaml\nkind: Pod\n$ no prompt\nEOF\n```\n"
    lab, _ = transcript(tmp_path, text)
    assert run_of(lab) == [
        "kubectl run web \\\n  --image=nginx:1.27 \\\n  -n blue",
        "cat <<EOF > a.yaml\nkind: Pod\n$ no prompt\nEOF",
    ]


def test_an_editor_and_what_is_pasted(tmp_path):
    text = "# 파드\n\n> $ vi pod.yaml\n```\napiVersion: v1\nkind: Pod\n```\n\n> $ kubectl apply -f pod.yaml\n"
    lab, notes = transcript(tmp_path, text)
    assert run_of(lab)[0] == "cat > pod.yaml <<'EOF'\napiVersion: v1\nkind: Pod\nEOF"
    assert run_of(lab)[1:] == ["kubectl apply -f pod.yaml"]
    assert any("a command writes the file pod.yaml instead" in note for note in notes)


@pytest.mark.parametrize("mark", ["---", "+++"])
def test_the_settings_of_a_page_are_its_title(tmp_path, mark):
    sign = ":" if mark == "---" else "="
    text = f'{mark}\ntitle{sign} "네임스페이스 수업"\nsidebar{sign} kubernetes\n{mark}\n\n'
    text += "# 하나\n\n```\n$ kubectl create ns blue\n```\n"
    lab, notes = transcript(tmp_path, text)
    assert lab.title == {"ko": "네임스페이스 수업"}
    assert [step.title for step in lab.steps] == [{"ko": "하나"}]
    assert any("skipped settings of the page" in note for note in notes)


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ("2. Query the list:", "Query the list"),
        ("## 3) 서비스 만들기 :", "서비스 만들기"),
        ("1.2. Scale it", "Scale it"),
        ("## 2 replicas", "2 replicas"),
        ("## Step 4: Look", "Step 4: Look"),
        ("## 1.", "1."),
    ],
)
def test_a_heading_is_a_title_without_its_number(tmp_path, heading, title):
    words = f"# Course\n\n```\nkubectl create ns a\n```\n\n{heading}\n\n```\nkubectl create ns b\n```\n"
    lab, _ = transcript(tmp_path, words)
    assert list(lab.steps[-1].title.values()) == [title]
