"""`python -m runner.practice.istio_release.stand_in_download VERSION FOLDER`: what a download of Istio would leave."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from runner.practice.istio_release.release_settings import FIRST, VERSIONS

HERE = Path(__file__).resolve().parent
WORDS: Mapping[bool, Mapping[str, str]] = {
    True: {
        "@NETWORKING@": "v1alpha3",
        "@SECURITY@": "v1beta1",
        "@BOOKINFO@": "1.16.2",
        "@GATEWAY_PORT@": "80",
        "@HTTPBIN@": "docker.io/kennethreitz/httpbin",
        "@HTTPBIN_PORT@": "80",
        "@FOREVER@": "3650d",
    },
    False: {
        "@NETWORKING@": "v1",
        "@SECURITY@": "v1",
        "@BOOKINFO@": "1.20.3",
        "@GATEWAY_PORT@": "8080",
        "@HTTPBIN@": "docker.io/mccutchen/go-httpbin:v2.15.0",
        "@HTTPBIN_PORT@": "8080",
        "@FOREVER@": "infinity",
    },
}
"""What stands for these in the samples: in the first release, and now."""
ISTIOCTL = """#!/bin/sh
# Practice stand-in for istioctl {version}, written for Labgate. STAND-IN.md in the folder above says what it is.
python=${{LABGATE_PYTHON:-{python}}}
command -v "$python" >/dev/null 2>&1 || {{
    echo "Error: the practice stand-in of istioctl needs Labgate's Python, and did not find it: $python" >&2
    exit 1
}}
PYTHONPATH={root} exec "$python" -B -P -m runner.practice.istio_release.istioctl {version} "$@"
"""


def make_download(version: str, folder: Path) -> None:
    """Write the folder. Raises OSError, and ValueError for a version that there is no stand-in of."""
    if version not in VERSIONS:
        raise ValueError(f"there is no stand-in of Istio {version}: {', '.join(VERSIONS)}")
    words = {**WORDS[version == FIRST], "@VERSION@": version}
    for part in ("samples", "manifests/profiles"):
        for path in sorted((HERE / part).rglob("*")):
            if path.is_file():
                _copy(path, folder / path.relative_to(HERE), words)
    _copy(HERE / "STAND-IN.md", folder / "STAND-IN.md", words)
    program = folder / "bin" / "istioctl"
    program.parent.mkdir(parents=True, exist_ok=True)
    root = shlex.quote(str(HERE.parents[2]))
    program.write_text(
        ISTIOCTL.format(version=version, python=shlex.quote(sys.executable), root=root), encoding="utf-8"
    )
    program.chmod(0o755)


def _copy(path: Path, to: Path, words: Mapping[str, str]) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        shutil.copyfile(path, to)
        return
    for word, value in words.items():
        text = text.replace(word, value)
    to.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    make_download(sys.argv[1], Path(sys.argv[2]))
