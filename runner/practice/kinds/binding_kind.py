"""Binding: gives a pod to a node."""

from __future__ import annotations

from runner.practice.machinery.kind import CREATE_ONLY, Kind

BINDING = Kind(group="", name="Binding", plural="bindings", verbs=CREATE_ONLY)
