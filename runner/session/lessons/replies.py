"""What the API server answered instead of doing it. The words are those of kubectl and Kubernetes 1.20 to 1.34."""

from __future__ import annotations

import re
import shlex

from checks.diagnosis.contexts import meaning_of
from checks.patterns import excerpt
from runner.session.lessons.lesson import Lesson, Typed, nearest
from runner.session.lessons.object_types import plural_of
from runner.words import phrase

_CLUSTER_WIDE = frozenset(
    """namespaces nodes persistentvolumes clusterroles clusterrolebindings customresourcedefinitions
    storageclasses""".split()  # noqa: SIM905
)


def cluster_unreached(typed: Typed) -> Lesson | None:
    """No cluster answers, or it lets nobody in."""
    if typed.last("kubectl", "istioctl", "helm") is None:
        return None
    meant = meaning_of(typed.output)
    if meant is None:
        return None
    cause, remedy = meant
    command = remedy.values.get("command")
    return Lesson(cause, command if isinstance(command, str) else "")


def no_namespace(typed: Typed) -> Lesson | None:
    """The namespace is not there: mistyped, or not made yet."""
    found = typed.search(r'namespaces "([^"]+)" not found')
    if found is None:
        return None
    name, known = found[1], typed.mentioned.namespaces
    meant = nearest(name, known)
    words = phrase("There is no namespace {namespace}.", namespace=name)
    if meant:
        words = phrase(
            "There is no namespace {namespace}: it is called {meant}.", namespace=name, meant=meant
        )
        return Lesson(words, typed.corrected(name, meant))
    return Lesson(words, f"kubectl create namespace {name}" if name in known else "kubectl get namespaces")


def not_found(typed: Typed) -> Lesson | None:
    """An object is not there: looked for in another namespace, mistyped, or not made yet."""
    found = typed.search(r'\(NotFound\): (?:error when \w+ing [^:]*: )?([\w.]+) "([^"]+)" not found')
    part = typed.last("kubectl")
    if found is None or part is None:
        return None
    type_name, name = plural_of(found[1]), found[2]
    values = {"objects": type_name, "name": name}
    if type_name in _CLUSTER_WIDE:
        meant = nearest(name, typed.mentioned.names_of(type_name))
        words = phrase('{objects} "{name}" not found.', **values)
        return Lesson(words, typed.corrected(name, meant) if meant else f"kubectl get {type_name}")
    looked = part.option("-n", "--namespace") or "default"
    places = typed.mentioned.namespaces_of(type_name, name)
    words = phrase('{objects} "{name}" not found in {namespace}.', **values, namespace=looked)
    if places and looked not in places:
        words = phrase(
            '{objects} "{name}" not found in {namespace}. Add -n {place}',
            **values,
            namespace=looked,
            place=places[0],
        )
        return Lesson(words, typed.with_namespace(places[0]))
    if type_name == "pods" and "deployments" in typed.mentioned.types_of(name):
        words = phrase("{name} is a Deployment; its pods have longer names. Use deploy/{name}", name=name)
        return Lesson(words, typed.corrected(name, f"deploy/{name}"))
    meant = nearest(name, typed.mentioned.names_of(type_name))
    if meant:
        return Lesson(
            phrase(
                '{objects} "{name}" not found in {namespace}: it is called {meant}.',
                **values,
                namespace=looked,
                meant=meant,
            ),
            typed.corrected(name, meant),
        )
    where = "" if looked == "default" and not places else f" -n {looked}"
    if not places and looked == "default":
        where = " --all-namespaces"
    return Lesson(words, f"kubectl get {type_name}{where}")


def there_already(typed: Typed) -> Lesson | None:
    """What was to be made is there: nothing is wrong, mostly."""
    found = typed.search(
        r'\(AlreadyExists\): (?:error when creating [^:]*: )?([\w.]+) "([^"]+)" already exists'
    )
    deleted = typed.search(r'object is being deleted: ([\w.]+) "([^"]+)" already exists')
    part = typed.last("kubectl")
    if deleted is not None:
        words = phrase(
            '{objects} "{name}" is still being deleted. Try again when it is gone.',
            objects=deleted[1],
            name=deleted[2],
        )
        return Lesson(words, typed.line)
    if found is None:
        return None
    type_name, name = plural_of(found[1]), found[2]
    namespace = part.option("-n", "--namespace") if part else ""
    words = phrase(
        '{objects} "{name}" already exists: it was created before and is unchanged.',
        objects=type_name,
        name=name,
    )
    return Lesson(words, f"kubectl get {type_name} {name}" + (f" -n {namespace}" if namespace else ""))


_DENIED = re.compile(
    r'cannot (?P<verb>\w+) resource "(?P<resource>[^"]+)" in API group "(?P<group>[^"]*)"'
    r'(?: in the namespace "(?P<namespace>[^"]+)")?'
)


def forbidden(typed: Typed) -> Lesson | None:
    """The account may not do that; or a policy of the cluster refuses it."""
    denied = _DENIED.search(typed.output)
    if denied is not None:
        resource = f"{denied['resource']}.{denied['group']}" if denied["group"] else denied["resource"]
        where = f" -n {shlex.quote(denied['namespace'])}" if denied["namespace"] else " --all-namespaces"
        words = phrase(
            "You are not allowed to {verb} {objects} here.", verb=denied["verb"], objects=denied["resource"]
        )
        return Lesson(words, f"kubectl auth can-i {denied['verb']} {shlex.quote(resource)}{where}")
    found = typed.search(r"(?:is forbidden|denied the request): (.+)$")
    if found is None:
        return None
    return Lesson(phrase("The cluster rejected it: {reason}", reason=excerpt(found[1], 160)))


def nothing_there(typed: Typed) -> Lesson | None:
    """`No resources found in default namespace.`: it was looked in another one than the lab works in."""
    part = typed.last("kubectl")
    found = typed.search(r"^No resources found(?: in (\S+) namespace)?\.?$")
    if found is None or part is None or part.verb not in ("get", "delete", "describe", "top", "logs"):
        return None
    looked, type_name = (
        found[1] or part.option("-n", "--namespace") or "default",
        next(iter(part.words[1:]), "pods"),
    )
    places = typed.mentioned.namespaces_for(type_name.partition(",")[0])
    if looked in places or not found[1]:
        return None
    meant = nearest(looked, typed.mentioned.namespaces, 0.8) if looked != "default" else ""
    if meant:
        words = phrase("Nothing in {namespace}. Did you mean {meant}?", namespace=looked, meant=meant)
        return Lesson(words, typed.with_namespace(meant))
    if looked == "default" and places:
        words = phrase("Nothing in the namespace default. Add -n {place}", place=places[0])
        return Lesson(words, typed.with_namespace(places[0]))
    if looked == "default" and part.verb == "get":
        return Lesson(phrase("Nothing in the namespace default. For all namespaces: -A"), f"{typed.line} -A")
    return None


def starting_still(typed: Typed) -> Lesson | None:
    """Logs of, or a shell in, a container that does not run yet."""
    found = typed.search(
        r'container "?([\w-]+)"? in pod "?[\w.-]+"? is waiting to start: (\w+)|pod is not running\. Current status=(\w+)'
    )
    if found is None:
        return None
    words = phrase(
        "The container is not running yet ({reason}). Try again in a moment.", reason=found[2] or found[3]
    )
    return Lesson(words, typed.line)


def in_time(typed: Typed) -> Lesson | None:
    """kubectl wait, and rollout status."""
    part = typed.last("kubectl")
    if part is None or not typed.search(
        r"timed out waiting for the condition|exceeded its progress deadline"
    ):
        return None
    namespace = part.option("-n", "--namespace")
    words = phrase("Timed out. Check what the pods are waiting for.")
    return Lesson(words, "kubectl get pods" + (f" -n {namespace}" if namespace else ""))


def nothing_to_wait_for(typed: Typed) -> Lesson | None:
    """kubectl wait for what is not there, or not in this namespace."""
    part = typed.last("kubectl")
    if part is None or not typed.search(r"^error: no matching resources found"):
        return None
    looked, type_name = part.option("-n", "--namespace") or "default", next(iter(part.words[1:]), "pods")
    places = typed.mentioned.namespaces_for(type_name.partition("/")[0])
    if looked == "default" and places and "default" not in places:
        words = phrase("Nothing in the namespace default. Add -n {place}", place=places[0])
        return Lesson(words, typed.with_namespace(places[0]))
    return Lesson(phrase("There is nothing to wait for yet. Try again in a moment."), typed.line)


def changed_meanwhile(typed: Typed) -> Lesson | None:
    """Somebody else wrote the object."""
    if not typed.search(r"the object has been modified; please apply your changes to the latest version"):
        return None
    return Lesson(phrase("Somebody else changed the object meanwhile. Try again."), typed.line)


def edited_nothing(typed: Typed) -> Lesson | None:
    """kubectl edit that came to nothing."""
    if typed.search(r"Edit cancelled, no changes made"):
        return Lesson(phrase("Saved without a change. Edit again: change the text, then :wq"), typed.line)
    if typed.search(r"Edit cancelled, no valid changes were saved|A copy of your changes has been stored to"):
        return Lesson(
            phrase("The saved text was rejected, so the edit was cancelled. Edit again."), typed.line
        )
    return None
