"""/openapi/v2 against a real API server's: names of definitions, paths, methods, and what the operations say of themselves."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from runner.practice.kinds import registry_of
from runner.practice.machinery.openapi import document_v2

NO_RESOURCES = ("/.well-known/", "/logs/", "/openid/")
RENAMED = {
    # Newer releases, whose fields the practice cluster knows, call it LifecycleHandler.
    "io.k8s.api.core.v1.Handler",
    # Served from the objects of networking.k8s.io, whose types they are.
    "io.k8s.api.extensions.v1beta1.IngressStatus",
    "io.k8s.api.extensions.v1beta1.IngressTLS",
}
IN_PLACE = ("JSON", "CustomResourceSubresourceStatus", "JSONSchemaPropsOr")
"""Of apiextensions: types that are written down where they are used."""


def documents(real: Path, version: str) -> tuple[Any, Any]:
    command = ["kubectl", "get", "--raw", "/openapi/v2", "--kubeconfig", str(real)]
    theirs = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return theirs, document_v2(registry_of(version), version)


def served(paths: dict[str, Any], names: set[str]) -> set[str]:
    """Those of built-in kinds and of the groups: other tests may have made definitions of their own."""
    return {path for path in paths if not path.startswith(NO_RESOURCES) and ("example" not in path)} & names


def test_definitions_and_paths(real: Path, version: str) -> None:
    theirs, ours = documents(real, version)
    missing = {
        name
        for name in theirs["definitions"].keys() - ours["definitions"].keys() - RENAMED
        if name.startswith("io.k8s.") and not name.rsplit(".", 1)[1].startswith(IN_PLACE)
    }
    assert not missing
    wanted = served(theirs["paths"], set(theirs["paths"]))
    assert not wanted - set(ours["paths"])
    different = []
    for path in wanted:
        for method in (theirs["paths"][path].keys() | ours["paths"][path].keys()) - {"parameters"}:
            real_one, our_one = theirs["paths"][path].get(method), ours["paths"][path].get(method)
            answers = [
                {code: one.get("schema") for code, one in (asked or {}).get("responses", {}).items()}
                for asked in (real_one, our_one)
            ]
            if answers[0] != answers[1] and not path.endswith("/"):
                different.append((path, method, "responses"))
            for told in ("operationId", "x-kubernetes-action", "x-kubernetes-group-version-kind"):
                if path.endswith("/"):
                    continue
                if (real_one or {}).get(told) != (our_one or {}).get(told):
                    different.append((path, method, told))
    assert not different
