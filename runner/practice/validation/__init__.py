"""What a built-in kind may look like: its fields and their types, and the rules between them."""

from __future__ import annotations

from runner.practice.machinery.validation.decoding import check_fields, prune, read_nulls, tidied
from runner.practice.validation.rules import validate

__all__ = ["check_fields", "prune", "read_nulls", "tidied", "validate"]
