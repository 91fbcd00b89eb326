"""`python -m tests.again [pytest's arguments]`: the tests that failed last, once more and alone.

What passes now is counted and named: a test that needs a second try is a defect, also where it stops nobody.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

FAILED = Path(__file__).parents[1] / ".pytest_cache" / "v" / "cache" / "lastfailed"


def failed() -> set[str]:
    """The tests that failed when they were run last."""
    return set(json.loads(FAILED.read_text())) if FAILED.exists() else set()


def main(arguments: list[str]) -> int:
    first = failed()
    if not first:
        print("No test failed: the run itself did.")
        return 1
    code = pytest.main(["--last-failed", "--last-failed-no-failures", "none", *arguments])
    unsteady = sorted(first - failed())
    print(f"Tests that needed a second try: {len(unsteady)}", *unsteady, sep="\n  ")
    return int(code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
