"""Downloads, typed into a real bash, answered by the Istio lab's offline stand-ins in Istio's own words."""

from __future__ import annotations

from pathlib import Path

from tests.faults.case import Case
from tests.faults.scene import Scene

LAB = Path(__file__).parents[3] / "labs" / "istio-install"
FILE = {"file": "istio-1.11.3/bin/istioctl", "executable": True}
GOOD = "curl -L https://istio.io/downloadIstio | ISTIO_VERSION=1.11.3 TARGET_ARCH=x86_64 sh -"


async def lab(scene: Scene) -> None:
    scene.stand_in(LAB)


async def downloaded(scene: Scene) -> None:
    assert await scene.types(GOOD) == 0


def typed(line: str):
    async def bring(scene: Scene) -> None:
        await scene.types(line)

    return bring


async def unreachable(scene: Scene) -> None:
    """As the script says it where github.com can't be reached: its words are the same as for a wrong version."""
    url = "https://github.com/istio/istio/releases/download/1.11.3/istio-1.11.3-linux-amd64.tar.gz"
    text = f"{url} is not found, please specify a valid ISTIO_VERSION and TARGET_ARCH"
    (scene.folder / "script").write_text(f"echo '{text}'; exit 1\n")
    await scene.types("curl -sL file://$PWD/script | ISTIO_VERSION=1.11.3 TARGET_ARCH=x86_64 sh -")


async def newest_unknown(scene: Scene) -> None:
    """As the script says it where the list of releases can't be had, and no version was given."""
    text = "Unable to get latest Istio version. Set ISTIO_VERSION env var and re-run."
    (scene.folder / "script").write_text(f"echo '{text}'; exit 1\n")
    await scene.types("ISTIO_VERSION=1.11.3 curl -sL file://$PWD/script | sh -")


async def other_version(scene: Scene) -> None:
    """What the variable before curl leads to: the newest version."""
    await scene.types(
        "ISTIO_VERSION=1.11.3 curl -sL https://istio.io/downloadIstio | ISTIO_VERSION_=x true sh -"
    )
    await scene.types(
        "mkdir -p istio-1.29.0/bin; ISTIO_VERSION=1.11.3 curl -sL https://istio.io/downloadIstio | sh -c true"
    )


async def elsewhere(scene: Scene) -> None:
    await scene.types("mkdir -p other && cd other")
    await scene.types(GOOD)


async def moved(scene: Scene) -> None:
    await scene.types("mv istio-1.11.3 ..")


async def no_curl(scene: Scene) -> None:
    await scene.types(
        "PATH=/nowhere; curl -L https://istio.io/downloadIstio | sh -; PATH=" + scene.environment["PATH"]
    )


def case(rule: str, name: str, bring, clear=downloaded, **more) -> Case:
    return Case(rule, name, FILE, bring, clear, lab, **more)


CASES = (
    case(
        "download-no-such-version",
        "",
        typed("curl -L https://istio.io/downloadIstio | ISTIO_VERSION=1.11.33 TARGET_ARCH=x86_64 sh -"),
        evidence="please specify a valid ISTIO_VERSION",
        facts=("F01",),
    ),
    case("download-unreachable", "", unreachable, evidence="please specify a valid", facts=("F01",)),
    case("download-other-version", "", other_version, evidence="istio-1.29.0", facts=("F02",)),
    case(
        "download-no-version",
        "variable-before-curl",
        newest_unknown,
        evidence="Unable to get latest Istio version",
        facts=("F03",),
    ),
    case(
        "download-other-version",
        "variable-before-curl",
        typed("ISTIO_VERSION=1.11.3 curl -L https://istio.io/downloadIstio | sh -"),
        evidence="istio-1.30.3",
    ),
    case(
        "download-no-such-processor",
        "",
        typed("curl -L https://istio.io/downloadIstio | ISTIO_VERSION=1.11.3 TARGET_ARCH=x64 sh -"),
        evidence="x64",
    ),
    case(
        "download-not-followed",
        "",
        typed("curl https://istio.io/downloadIstio | sh -"),
        evidence="Redirecting",
    ),
    case(
        "download-no-network",
        "",
        typed("curl -L https://istio.invalid/downloadIstio | sh -"),
        evidence="curl: (",
    ),
    case("program-missing", "curl", no_curl, evidence="curl: "),
    case("downloaded-elsewhere", "", elsewhere, moved, evidence="other/istio-1.11.3"),
)
