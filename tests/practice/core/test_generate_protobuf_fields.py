"""The generator of protobuf_fields.json: what it reads from Go structs, and the table that it has written."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from runner.practice.kinds.generate_protobuf_fields import TABLE, build, wanted

APPS = """package v1

import (
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// A comment with `json:"no"`.
type Deployment struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty" protobuf:"bytes,1,opt,name=metadata"`
	Spec   DeploymentSpec `json:"spec,omitempty" protobuf:"bytes,2,opt,name=spec"`
}

type Mode string

type DeploymentSpec struct {
	Replicas *int32 `json:"replicas,omitempty" protobuf:"varint,1,opt,name=replicas"`
	Mode Mode `json:"mode" protobuf:"bytes,2,opt,name=mode,casttype=Mode"`
	Modes []Mode `json:"modes,omitempty" protobuf:"bytes,3,rep,name=modes"`
	Part `json:",inline" protobuf:"bytes,4,opt,name=part"`
	Most *intstr.IntOrString `json:"most,omitempty" protobuf:"bytes,5,opt,name=most"`
	Limits v1.ResourceList `json:"limits,omitempty" protobuf:"bytes,6,rep,name=limits"`
	Data map[string][]byte `json:"data,omitempty" protobuf:"bytes,7,rep,name=data"`
	Extra map[string]Extra `json:"extra,omitempty" protobuf:"bytes,8,rep,name=extra"`
	Unsent string `json:"unsent" protobuf:"-"`
}

type Extra []string

type Part struct {
	Since metav1.Time `json:"since,omitempty" protobuf:"bytes,1,opt,name=since"`
}
"""
CORE = """package v1

import "k8s.io/apimachinery/pkg/api/resource"

type ResourceName string

type ResourceList map[ResourceName]resource.Quantity
"""
META = """package v1

type ObjectMeta struct {
	Name string `json:"name,omitempty" protobuf:"bytes,1,opt,name=name"`
}

type DeleteOptions struct {
	DryRun []string `json:"dryRun,omitempty" protobuf:"bytes,5,rep,name=dryRun"`
}
"""


def write(folder: Path, apps: str) -> Path:
    files = {
        "api/apps/v1/types.go": apps,
        "api/apps/v1/register.go": 'package v1\n\nconst GroupName = "apps"\n',
        "api/core/v1/types.go": CORE,
        "api/core/v1/register.go": 'package v1\n\nconst GroupName = ""\n',
        "apimachinery/pkg/apis/meta/v1/types.go": META,
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def test_what_is_read_from_structs(tmp_path: Path) -> None:
    assert build([write(tmp_path, APPS)]) == {
        "apps/v1.Deployment": {"1": "metadata meta.ObjectMeta o", "2": "spec apps/v1.DeploymentSpec o"},
        "apps/v1.DeploymentSpec": {
            "1": "replicas int32 p",
            "2": "mode string -",
            "3": "modes string ro",
            "4": "- apps/v1.Part -",
            "5": "most intOrString p",
            "6": "limits quantity mo",
            "7": "data bytes mo",
            "8": "extra items:string mo",
        },
        "apps/v1.Part": {"1": "since time o"},
        "meta.ObjectMeta": {"1": "name string o"},
        "meta.DeleteOptions": {"5": "dryRun string ro"},
    }


def test_an_older_source_adds_what_is_gone(tmp_path: Path) -> None:
    newer = write(
        tmp_path / "newer",
        APPS.replace("name=mode,casttype", "name=kind,casttype").replace('"mode"', '"kind"'),
    )
    gone = '	Old string `json:"old,omitempty" protobuf:"bytes,9,opt,name=old"`\n	Unsent'
    older = write(tmp_path / "older" / "staging" / "src" / "k8s.io", APPS.replace("	Unsent", gone))
    found = build([newer, tmp_path / "older"])["apps/v1.DeploymentSpec"]
    assert older.is_dir()
    assert (found["2"], found["9"]) == ("kind string -", "old string o")


def test_the_table_has_every_kind_and_all_that_they_are_made_of() -> None:
    table: dict[str, dict[str, str]] = json.loads(TABLE.read_text(encoding="utf-8"))
    elsewhere = ("apiextensions.k8s.io/", "apiregistration.k8s.io/")
    assert not {name for name in wanted() - table.keys() if not name.startswith(elsewhere)}
    used = {told.split(" ")[1] for fields in table.values() for told in fields.values()}
    assert not {name for name in used if "." in name} - table.keys()


@pytest.mark.skipif("KUBERNETES_SOURCES" not in os.environ, reason="$KUBERNETES_SOURCES names no sources")
def test_the_table_is_what_the_sources_say() -> None:
    assert build(map(Path, os.environ["KUBERNETES_SOURCES"].split())) == json.loads(
        TABLE.read_text(encoding="utf-8")
    )
