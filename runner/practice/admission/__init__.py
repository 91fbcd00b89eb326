"""What the API server fills in and refuses between a client's object and the store: one file a plugin."""

from __future__ import annotations

from runner.practice.admission.admission_chain import admit, check
from runner.practice.admission.admission_request import Request
from runner.practice.admission.birth import check_namespace, generate_name, prepare_for_create

__all__ = ["Request", "admit", "check", "check_namespace", "generate_name", "prepare_for_create"]
