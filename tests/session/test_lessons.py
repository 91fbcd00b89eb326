"""What a line that failed, or did nothing, teaches. The outputs are those of kubectl 1.20.2 and 1.33, and of bash 5.2."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.base import Ran
from runner.labs.load import load
from runner.labs.model import Lab
from runner.session.lessons import Lesson, lesson_of
from runner.session.lessons.hangul_keys import typed_keys
from runner.session.lessons.lesson import Typed

LAB = """\
format: 1
title: Istio
summary: A lab
minutes: 5
level: beginner
steps:
  - id: install
    title: Install
    text: Do it.
    run:
      - cd istio-1.11.3
      - export PATH=$PWD/bin:$PATH
      - istioctl install -y
    checks:
      - {deployment: istiod, in: istio-system}
      - {namespace: basics}
      - {deployment: web, in: default}
  - id: kiali
    title: Kiali
    text: Open it.
    run: [kubectl edit svc kiali -n istio-system]
    checks: [{service: kiali, in: istio-system, type: LoadBalancer}]
"""
NOT_FOUND = "Error from server (NotFound): "
CASES = {
    # line, exit code, output, what is said, the line that mends it
    "other namespace": (
        "kubectl get svc kiali", 1, NOT_FOUND + 'services "kiali" not found\n',
        'services "kiali" not found in default. Add -n istio-system', "kubectl get svc kiali -n istio-system",
    ),
    "other namespace, piped": (
        "kubectl get svc/kiali -o yaml | grep type", 1, NOT_FOUND + 'services "kiali" not found\n',
        'services "kiali" not found in default. Add -n istio-system',
        "kubectl get svc/kiali -o yaml -n istio-system | grep type",
    ),
    "other namespace, named": (
        "k -n basics edit service kiali", 1, NOT_FOUND + 'services "kiali" not found\n',
        'services "kiali" not found in basics. Add -n istio-system', "k -n istio-system edit service kiali",
    ),
    "mistyped name": (
        "kubectl delete svc kial -n istio-system", 1, NOT_FOUND + 'services "kial" not found\n',
        'services "kial" not found in istio-system: it is called kiali.', "kubectl delete svc kiali -n istio-system",
    ),
    "not there": (
        "kubectl get cm settings", 1, NOT_FOUND + 'configmaps "settings" not found\n',
        'configmaps "settings" not found in default.', "kubectl get configmaps --all-namespaces",
    ),
    "no node": (
        "kubectl describe node one", 1, NOT_FOUND + 'nodes "one" not found\n',
        'nodes "one" not found.', "kubectl get nodes",
    ),
    "a deployment's name for a pod": (
        "kubectl logs web", 1, NOT_FOUND + 'pods "web" not found\n',
        "web is a Deployment; its pods have longer names. Use deploy/web", "kubectl logs deploy/web",
    ),
    "a deployment's name for a pod, 1.33": (
        "kubectl logs web", 1, 'error: error from server (NotFound): pods "web" not found in namespace "default"\n',
        "web is a Deployment; its pods have longer names. Use deploy/web", "kubectl logs deploy/web",
    ),
    "mistyped namespace": (
        "kubectl create configmap a -n istio-sytem", 1, NOT_FOUND + 'namespaces "istio-sytem" not found\n',
        "There is no namespace istio-sytem: it is called istio-system.", "kubectl create configmap a -n istio-system",
    ),
    "mistyped namespace, 1.33": (
        "kubectl create cm a -n istio-sytem", 1, 'error: failed to create configmap: namespaces "istio-sytem" not found\n',
        "There is no namespace istio-sytem: it is called istio-system.", "kubectl create cm a -n istio-system",
    ),
    "no namespace yet": (
        "kubectl create cm a -n basics", 1, NOT_FOUND + 'namespaces "basics" not found\n',
        "There is no namespace basics.", "kubectl create namespace basics",
    ),
    "there already": (
        "kubectl create namespace basics", 1, 'Error from server (AlreadyExists): namespaces "basics" already exists\n',
        'namespaces "basics" already exists: it was created before and is unchanged.', "kubectl get namespaces basics",
    ),
    "there already, of a file": (
        "kubectl create -f a.yaml", 1,
        'Error from server (AlreadyExists): error when creating "a.yaml": deployments.apps "web" already exists\n',
        'deployments "web" already exists: it was created before and is unchanged.', "kubectl get deployments web",
    ),
    "being deleted": (
        "kubectl create namespace basics", 1,
        'Error from server (AlreadyExists): object is being deleted: namespaces "basics" already exists\n',
        'namespaces "basics" is still being deleted. Try again when it is gone.', "kubectl create namespace basics",
    ),
    "nothing in default": (
        "kubectl get svc", 0, "No resources found in default namespace.\n",
        "Nothing in the namespace default. Add -n istio-system", "kubectl get svc -n istio-system",
    ),
    "nothing in a mistyped one": (
        "kubectl get pods -n istio-sytem", 0, "No resources found in istio-sytem namespace.\n",
        "Nothing in istio-sytem. Did you mean istio-system?", "kubectl get pods -n istio-system",
    ),
    "forbidden": (
        "kubectl get pods -n basics", 1,
        'Error from server (Forbidden): pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the '
        'namespace "basics"\n',
        "You are not allowed to list pods here.", "kubectl auth can-i list pods -n basics",
    ),
    "a quota": (
        "kubectl create -f pod.yaml", 1,
        'Error from server (Forbidden): error when creating "pod.yaml": pods "a" is forbidden: exceeded quota: small\n',
        "The cluster rejected it: exceeded quota: small", "",
    ),
    "refused connection": (
        "kubectl get pods", 1,
        "The connection to the server 127.0.0.1:9 was refused - did you specify the right host or port?\n",
        "Nothing listens at the address of the API server: the cluster is stopped, or its address has changed", "",
    ),
    "refused connection, 1.33": (
        "kubectl get pods", 1,
        'E1130 20:18:44 memcache.go:265] "Unhandled Error" err="couldn\'t get current server API group list: Get '
        '"http://127.0.0.1:9/api?timeout=32s": dial tcp 127.0.0.1:9: connect: connection refused"\n',
        "Nothing listens at the address of the API server: the cluster is stopped, or its address has changed", "",
    ),
    "mistyped program": (
        "kubctl get pods", 127, "bash: kubctl: command not found\n",
        "There is no command kubctl: the name is kubectl", "kubectl get pods",
    ),
    "mistyped program, in Korean": (
        "cd x; kubctl get pods", 127, "bash: kubctl: 명령어를 찾을 수 없음\n",
        "There is no command kubctl: the name is kubectl", "cd x; kubectl get pods",
    ),
    "mistyped program, Debian's helper": (
        "kubctl get pods", 127, "Command 'kubctl' not found, did you mean:\n  command 'kubectl' from snap kubectl\n",
        "There is no command kubctl: the name is kubectl", "kubectl get pods",
    ),
    "upper case": (
        "Kubectl get pods", 127, "bash: Kubectl: command not found\n",
        "There is no command Kubectl: the name is kubectl", "kubectl get pods",
    ),
    "no space": (
        "kubectlget pods", 127, "bash: kubectlget: command not found\n",
        "A space is missing: kubectl get", "kubectl get pods",
    ),
    "not on the path": (
        "istioctl version", 127, "bash: istioctl: command not found\n",
        "istioctl is not on the PATH of this shell.", "export PATH=$PWD/bin:$PATH",
    ),
    "no such program": (
        "frobnicate", 127, "bash: frobnicate: command not found\n",
        "There is no program called frobnicate", "",
    ),
    "the Korean keyboard": (
        "ㅏㅕㅠㄷㅊ시 ㅎㄷㅅ ㅔㅐㅇㄴ", 127, "bash: ㅏㅕㅠㄷㅊ시: command not found\n",
        "The keyboard was set to Korean. Switch it with the 한/영 key.", "kubectl get pods",
    ),
    "a copied prompt": (
        "$ kubectl get pods", 127, "bash: $: command not found\n",
        "The prompt was copied with the command. Remove it.", "kubectl get pods",
    ),
    "this very prompt": (
        "~/istio-1.11.3 ❯ kubectl get pods", 126, "bash: /home/l/istio-1.11.3: Is a directory\n",
        "The prompt was copied with the command. Remove it.", "kubectl get pods",
    ),
    "a copied dash": (
        "kubectl get pods –n istio-system", 1, NOT_FOUND + 'pods "–n" not found\n',
        'The dash or the quotes were copied from a document. Type - and " instead.', "kubectl get pods -n istio-system",
    ),
    "a copied long dash": (
        "kubectl get pods —all-namespaces", 1, NOT_FOUND + 'pods "—all-namespaces" not found\n',
        'The dash or the quotes were copied from a document. Type - and " instead.', "kubectl get pods --all-namespaces",
    ),
    "a copied space": (
        "kubectl\u00a0get pods", 127, "bash: $'kubectl\\302\\240get': command not found\n",
        "The space was copied from a document. Type it again.", "kubectl get pods",
    ),
    "a script without permission": (
        "./run.sh", 126, "bash: ./run.sh: Permission denied\n",
        "./run.sh is not executable. Make it executable first.", "chmod +x ./run.sh",
    ),
    "a folder as a program": (
        "istio-1.11.3/", 126, "bash: istio-1.11.3/: Is a directory\n",
        "istio-1.11.3/ is a folder. To go there: cd", "cd istio-1.11.3/",
    ),
    "verb": (
        "kubectl gte pods", 1, 'Error: unknown command "gte" for "kubectl"\n\nDid you mean this?\n\tget\n\n',
        "kubectl has no command gte.", "kubectl get pods",
    ),
    "verb, 1.33": (
        "kubectl gte pods", 1, 'error: unknown command "gte" for "kubectl"\n\nDid you mean this?\n\tget\n',
        "kubectl has no command gte.", "kubectl get pods",
    ),
    "verb of istioctl": (
        "istioctl instal -y", 1, 'Error: unknown command "instal" for "istioctl"\n',
        "istioctl has no command instal.", "istioctl install -y",
    ),
    "option": (
        "kubectl get pods --namespce=x", 1, "Error: unknown flag: --namespce\nSee 'kubectl get --help' for usage.\n",
        "There is no option --namespce.", "kubectl get pods --namespace=x",
    ),
    "option, 1.33": (
        "kubectl get pods -m", 1, "error: unknown shorthand flag: 'm' in -m\nSee 'kubectl get --help' for usage.\n",
        "There is no option -m.", "",
    ),
    "one dash": (
        "kubectl get pods -namespace basics", 1, NOT_FOUND + 'namespaces "amespace" not found\n',
        "A long option has two dashes: --namespace", "kubectl get pods --namespace basics",
    ),
    "option without its value": (
        "kubectl get svc -n", 1, "error: flag needs an argument: 'n' in -n\nSee 'kubectl get --help' for usage.\n",
        "-n needs a value after it.", "kubectl get svc -n istio-system",
    ),
    "type": (
        "kubectl get podss", 1, 'error: the server doesn\'t have a resource type "podss"\n',
        "There is no type podss: it is called pods.", "kubectl get pods",
    ),
    "a name for a type": (
        "kubectl get kiali -n istio-system", 1, 'error: the server doesn\'t have a resource type "kiali"\n',
        "kiali is a name. Write the type before it: services", "kubectl get services kiali -n istio-system",
    ),
    "a file without -f": (
        "kubectl apply a.yaml", 1, "error: must specify one of -f and -k\n",
        "Specify the file with -f.", "kubectl apply -f a.yaml",
    ),
    "a file without -f, 1.33": (
        "kubectl apply a.yaml", 1, "error: Unexpected args: [a.yaml]\nSee 'kubectl apply -h' for help and examples\n",
        "Specify the file with -f.", "kubectl apply -f a.yaml",
    ),
    "no name": (
        "kubectl edit svc -n istio-system", 1, "error: resource(s) were provided, but no name was specified\n",
        "Which one? Write its name after the type.", "kubectl edit svc kiali -n istio-system",
    ),
    "no type": (
        "kubectl get", 1, "You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list.\n",
        "Which type? Write it after the verb: pods, services, deployments.", "",
    ),
    "an option that is needed": (
        "kubectl create deployment web", 1, 'Error: required flag(s) "image" not set\n', "The option --image is required.", "",
    ),
    "type twice": (
        "kubectl get svc svc/kiali -n istio-system", 1,
        "error: there is no need to specify a resource type as a separate argument when passing arguments in resource/name "
        "form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'\n",
        "The type is given twice. Remove one.", "kubectl get svc/kiali -n istio-system",
    ),
    "which container": (
        "kubectl exec web-1 -- env", 1,
        "error: a container name must be specified for pod web-1, choose one of: [istio-proxy web]\n",
        "The pod has several containers: istio-proxy, web. Add -c web", "kubectl exec web-1 -c web -- env",
    ),
    "a port in use": (
        "kubectl port-forward svc/kiali 20001 -n istio-system", 1,
        "Unable to listen on port 20001: Listeners failed to create with the following errors: [unable to create listener: "
        "Error listen tcp4 127.0.0.1:20001: bind: address already in use]\n",
        "Port 20001 of this machine is in use. Use another: 20002",
        "kubectl port-forward svc/kiali 20002:20001 -n istio-system",
    ),
    "no YAML": (
        "kubectl apply -f a.yaml", 1,
        "error: error parsing a.yaml: error converting YAML to JSON: yaml: line 2: mapping values are not allowed\n",
        "a.yaml can't be read: something is wrong near line 2", "vi +2 a.yaml",
    ),
    "a field": (
        "kubectl apply -f a.yaml", 1,
        'error: error validating "a.yaml": error validating data: ValidationError(Deployment.spec): unknown field "replica"\n',
        "The manifest has a field that this kind does not have: replica", "",
    ),
    "a field, 1.33": (
        "kubectl apply -f a.yaml", 1, 'Error from server (BadRequest): strict decoding error: unknown field "spec.replica"\n',
        "The manifest has a field that this kind does not have: spec.replica", "",
    ),
    "a kind": (
        "kubectl apply -f gw.yaml", 1,
        'error: unable to recognize "gw.yaml": no matches for kind "Gateway" in version "x/v1"\n',
        "The cluster does not have the kind Gateway (x/v1): it is not installed, or has another version.",
        "kubectl api-resources | grep -i Gateway",
    ),
    "a value": (
        "kubectl apply -f a.yaml", 1, 'The Deployment "web" is invalid: spec.replicas: Invalid value: -1: must be positive\n',
        "The server rejected a value of web: spec.replicas: Invalid value: -1: must be positive", "",
    ),
    "waited": (
        "kubectl wait --for=condition=Ready pod --all -n basics", 1, "error: timed out waiting for the condition on pods/a\n",
        "Timed out. Check what the pods are waiting for.", "kubectl get pods -n basics",
    ),
    "nothing to wait for": (
        "kubectl wait --for=condition=Ready svc -l app=kiali", 1, "error: no matching resources found\n",
        "Nothing in the namespace default. Add -n istio-system",
        "kubectl wait --for=condition=Ready svc -l app=kiali -n istio-system",
    ),
    "starting": (
        "kubectl logs web-1", 1,
        'Error from server (BadRequest): container "web" in pod "web-1" is waiting to start: ContainerCreating\n',
        "The container is not running yet (ContainerCreating). Try again in a moment.", "kubectl logs web-1",
    ),
    "saved without a change": (
        "kubectl edit svc kiali -n istio-system", 0, "Edit cancelled, no changes made.\n",
        "Saved without a change. Edit again: change the text, then :wq", "kubectl edit svc kiali -n istio-system",
    ),
    "a mistyped file": (
        "kubectl apply -f deplyo.yaml", 1, 'error: the path "deplyo.yaml" does not exist\n',
        "deplyo.yaml does not exist, but deploy.yaml does", "kubectl apply -f deploy.yaml",
    ),
    "a file from another folder": (
        "kubectl apply -f samples/addons", 1, 'error: the path "samples/addons" does not exist\n',
        "samples/addons is in ~/istio-1.11.3. Go there first.", "cd istio-1.11.3",
    ),
    "a mistyped folder": (
        "cd istio-1.11.4", 1, "bash: cd: istio-1.11.4: No such file or directory\n",
        "istio-1.11.4 does not exist, but istio-1.11.3 does", "cd istio-1.11.3",
    ),
    "a folder deeper": (
        "cd samples", 1, "bash: cd: samples: No such file or directory\n",
        "samples is in ~/istio-1.11.3", "cd istio-1.11.3/samples",
    ),
    "a file that is nowhere": (
        "cat zzz", 1, "cat: zzz: No such file or directory\n", "zzz is not in this folder. To list it: ls", "ls",
    ),
}  # fmt: skip
NOTHING = {
    "it worked": ("kubectl get pods", 0, "NAME READY\nweb 1/1\n"),
    "ended by hand": ("kubectl get pods -w", 130, "bash: x: command not found\n"),
    "nothing where the lab works": (
        "kubectl get svc -n istio-system",
        0,
        "No resources found in istio-system namespace.\n",
    ),
    "nothing anywhere": ("kubectl get svc -A", 0, "No resources found\n"),
    "unknown words": ("make", 2, "make: *** No targets specified and no makefile found.  Stop.\n"),
    "a page about a failure": ("cat notes", 0, "see: bash: kubctl: command not found\n"),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lab, Path]:
    folder, root = tmp_path_factory.mktemp("labs") / "istio", tmp_path_factory.mktemp("workspace")
    folder.mkdir()
    (folder / "lab.yaml").write_text(LAB)
    (root / "istio-1.11.3" / "samples" / "addons").mkdir(parents=True)
    (root / "deploy.yaml").touch()
    return load(folder), root


def taught(place: tuple[Lab, Path], line: str, code: int, output: str) -> Lesson | None:
    lab, root = place
    return lesson_of(Typed(Ran(line, code, output, root), lab, lab.step("kiali"), root))


@pytest.mark.parametrize(("line", "code", "output", "words", "command"), CASES.values(), ids=CASES.keys())
def test_what_mends_it(
    place: tuple[Lab, Path], line: str, code: int, output: str, words: str, command: str
) -> None:
    lesson = taught(place, line, code, output)
    assert lesson is not None
    assert (lesson.words.render(), lesson.command) == (words, command)


@pytest.mark.parametrize(("line", "code", "output"), NOTHING.values(), ids=NOTHING.keys())
def test_nothing_is_said_where_nothing_is_known(
    place: tuple[Lab, Path], line: str, code: int, output: str
) -> None:
    assert taught(place, line, code, output) is None


def test_a_path_as_the_prompt_shows_it(place: tuple[Lab, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/learner")
    lesson = taught(
        place, "cd ~/istio-1.11.3", 1, "bash: cd: /home/learner/istio-1.11.3: No such file or directory\n"
    )
    assert lesson is not None
    assert lesson.command == "cd istio-1.11.3"


def test_korean_letters_are_keys() -> None:
    assert typed_keys("ㅏㅕㅠㄷㅊ시 ㅁㅔㅔㅣㅛ") == "kubectl apply"
    assert typed_keys("갸쏘") == "riTh"
    assert typed_keys("뷁 a1") == "qnpfr a1"
