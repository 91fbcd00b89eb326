"""Writes protobuf_fields.json: the numbers, names and types of the fields of Kubernetes' API types.

The kubernetes package has no field numbers. They stand in the Go sources of the API, as tags of the structs
(`json:"replicas,omitempty" protobuf:"varint,1,opt,name=replicas"`), which say besides what .proto files don't: which fields are
pointers, embedded, or left out when zero. So this takes folders that have them: a checkout of kubernetes/kubernetes (its
staging/src/k8s.io), or a folder with checkouts of kubernetes/api as `api` and kubernetes/apimachinery as `apimachinery`.
Newer sources come first; an older one adds the versions that newer ones no longer have. Nothing of them is kept
but these facts.

    make schemas KUBERNETES_SOURCES="newest/ kubernetes-1.20/staging/src/k8s.io"
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from runner.practice.kinds import KINDS
from runner.practice.machinery.api import protobuf

TABLE = Path(protobuf.__file__).with_name("protobuf_fields.json")

META = "apimachinery/pkg/apis/meta/v1"
OPTIONS = ("meta.DeleteOptions",)
"""What is sent beside kinds."""
SCALARS = {
    "string": "string",
    "bool": "bool",
    "int32": "int32",
    "int64": "int64",
    "[]byte": "bytes",
    f"{META}.Time": "time",
    f"{META}.MicroTime": "time",
    f"{META}.FieldsV1": "raw",
    "apimachinery/pkg/api/resource.Quantity": "quantity",
    "apimachinery/pkg/util/intstr.IntOrString": "intOrString",
    "apimachinery/pkg/runtime.RawExtension": "raw",
    "apimachinery/pkg/types.UID": "string",
    "apimachinery/pkg/types.NodeName": "string",
}
_STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_ALIAS = re.compile(r"^type (\w+) (=? ?[\w.\[\]*]+)$", re.MULTILINE)
_FIELD = re.compile(r"^\s*(?:\w+\s+)?([\w.\[\]*]+)\s+`([^`]*)`", re.MULTILINE)
_IMPORT = re.compile(r'^\s*(?:import )?(?:(\w+) )?"k8s\.io/((?:api|apimachinery)/[\w/.]+)"', re.MULTILINE)
_GROUP = re.compile(r'GroupName\s*=\s*"([^"]*)"')
_NUMBER = re.compile(r'protobuf:"\w+,(\d+),(\w+)')
_JSON = re.compile(r'json:"([^",]*)([^"]*)"')

Messages = dict[str, dict[str, str]]


@dataclass
class Package:
    """A folder of Go files: its structs and other types, by name, with what it imports under which name."""

    path: str
    structs: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)
    group: str = ""


class Sources:
    """One folder with `api` and `apimachinery`."""

    def __init__(self, root: Path) -> None:
        staging = root / "staging" / "src" / "k8s.io"
        self._root = staging if staging.is_dir() else root
        self._packages: dict[str, Package] = {}

    def package(self, path: str) -> Package:
        """Read once; an empty one where there is no such folder."""
        if path not in self._packages:
            self._packages[path] = self._read(path)
        return self._packages[path]

    def versions(self) -> Iterator[Package]:
        """All packages of API types."""
        for types in sorted((self._root / "api").glob("*/*/types.go")):
            yield self.package(types.parent.relative_to(self._root).as_posix())

    def _read(self, path: str) -> Package:
        found = Package(path)
        for file in sorted((self._root / path).glob("*.go")):
            if file.name.startswith(("generated", "zz_generated")) or file.name.endswith("_test.go"):
                continue
            text = file.read_text(encoding="utf-8")
            plain = re.sub(r"^\s*//.*\n", "", text, flags=re.MULTILINE)
            found.structs.update(_STRUCT.findall(plain))
            found.aliases.update((name, go_type.strip("= ")) for name, go_type in _ALIAS.findall(plain))
            for name, imported in _IMPORT.findall(plain):
                found.imports.setdefault(name or imported.rsplit("/", 1)[1], imported)
            if group := _GROUP.search(plain):
                found.group = group[1]
        return found


class Collector:
    """The messages of one source, by the names that the table has for them: "apps/v1.Deployment", "meta.ObjectMeta"."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self.found: Messages = {}

    def add(self, package: Package, name: str) -> str:
        """Add a struct and what is in it."""
        message = _message_name(package, name)
        if message in self.found:
            return message
        fields = self.found[message] = {}
        for go_type, tags in _FIELD.findall(package.structs[name]):
            number, json_tag = _NUMBER.search(tags), _JSON.search(tags)
            if number is None or json_tag is None:
                continue
            embedded = not json_tag[1]
            kind, flags = self._type(package, go_type)
            if "omitempty" in json_tag[2] and "p" not in flags:
                flags += "o"
            fields[number[1]] = f"{'-' if embedded else json_tag[1]} {kind} {flags or '-'}"
        return message

    def _type(self, package: Package, go_type: str) -> tuple[str, str]:
        """(type in the table's words, flags) of a Go type."""
        if go_type.startswith("*"):
            return self._type(package, go_type[1:])[0], "p"
        if go_type == "[]byte":
            return "bytes", ""
        if go_type.startswith("[]"):
            return self._type(package, go_type[2:])[0], "r"
        if value := re.fullmatch(r"map\[[\w.]+\](.*)", go_type):
            inner, flags = self._type(package, value[1])
            return (f"items:{inner}" if flags == "r" else inner), "m"
        return self._named(package, go_type)

    def _named(self, package: Package, go_type: str) -> tuple[str, str]:
        if "." in go_type:
            alias, _, name = go_type.partition(".")
            path = package.imports.get(alias, alias)
            known = SCALARS.get(f"{path}.{name}")
            return (known, "") if known else self._named(self._sources.package(path), name)
        known = SCALARS.get(f"{package.path}.{go_type}") or SCALARS.get(go_type)
        if known:
            return known, ""
        if go_type in package.structs:
            return self.add(package, go_type), ""
        return self._type(package, package.aliases[go_type])


def _message_name(package: Package, name: str) -> str:
    if package.path == META:
        return f"meta.{name}"
    version = package.path.rsplit("/", 1)[1]
    return f"{package.group}/{version}.{name}" if package.group else f"{version}.{name}"


def wanted() -> set[str]:
    """Every kind of the practice cluster in every version that it ever had, and what their subresources take."""
    found = {f"{api_version}.{kind.name}" for kind in KINDS for api_version in kind.api_versions()}
    for kind in KINDS:
        for one in kind.subresources:
            if one.group:
                found.add(f"{one.group}/{one.version}.{one.kind}")
    return found | {"v1.Binding"}


def build(folders: Iterable[Path]) -> Messages:
    """The table. What a field is, the first source says that has it; a number that a newer one gave up has no other use."""
    found: Messages = {}
    for folder in folders:
        sources = Sources(folder)
        collector = Collector(sources)
        roots = wanted()
        for package in sources.versions():
            for name in package.structs:
                if _message_name(package, name) in roots:
                    collector.add(package, name)
        for name in OPTIONS:
            collector.add(sources.package(META), name.removeprefix("meta."))
        for name, fields in collector.found.items():
            found[name] = {**fields, **found.get(name, {})}
    return found


def text(built: Messages) -> str:
    """The file's content: a line for each message, so that a change of the sources reads well in a diff."""
    lines = (
        f"{json.dumps(name)}: {json.dumps(dict(sorted(fields.items(), key=lambda one: int(one[0]))), separators=(',', ':'))}"
        for name, fields in sorted(built.items())
    )
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        TABLE.write_text(text(build(map(Path, sys.argv[1:]))), encoding="utf-8")
    else:
        print(f"{TABLE.name} stays as it is: KUBERNETES_SOURCES names no sources of Kubernetes")
