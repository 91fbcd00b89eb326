"""A program on the learner's PATH, and its version."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from checks.base import Check, Finding, LooksAt, Outcome, Verdict, World
from checks.diagnosis.programs import unusable
from checks.patterns import excerpt
from checks.phrase import Phrase, phrase
from checks.sentences import Sentence
from checks.versions import Range, VersionRange, find_version

VERSION_ARGUMENTS = {
    "argocd": "version --client --short",
    "cilium": "version --client",
    "flux": "--version",
    "go": "version",
    "helm": "version --short",
    "istioctl": "version --remote=false",
    "java": "-version",
    "kind": "version",
    "kubectl": "version --client",
    "kustomize": "version",
    "linkerd": "version --client",
    "minikube": "version --short",
    "openssl": "version",
}
"""How a tool tells its own version without asking a cluster. All others: `--version`."""

ALWAYS_THERE = frozenset({"bash", "cat", "cd", "cp", "echo", "env", "grep", "ls", "sed", "sh", "test"})
"""Programs without which there is no shell to learn in."""

NOT_RUN = (126, 127)
"""bash's exit codes for a program that can't be run or isn't found (bash(1), EXIT STATUS)."""

ASKING_TAKES = 15.0
"""Seconds that a tool may take to tell its version (a first start from a cold disk)."""


class Tool(Check):
    """A program is in the learner's PATH, in one of the given versions."""

    subject: ClassVar[str] = "tool"
    examples: ClassVar[str] = """
- {tool: istioctl, version: ">=1.11,<1.12"}
"""
    interval: ClassVar[float | None] = 2.0

    tool: Annotated[
        str,
        Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.+-]*$", max_length=100, description="The program's name."),
    ]
    version: Annotated[VersionRange | None, Field(description="A range of versions: >=1.11,<1.12.")] = None

    @property
    def command(self) -> str:
        """What is run to learn its version; "" if any version will do."""
        return f"{self.tool} {VERSION_ARGUMENTS.get(self.tool, '--version')}" if self.version else ""

    def describe(self) -> Phrase:
        if self.version is None:
            return phrase("Tool {tool}: on the PATH", tool=self.tool)
        return phrase("Tool {tool}: on the PATH, version {version}", tool=self.tool, version=self.version)

    def sentence(self, *, under_place: bool = False) -> Sentence:
        if self.version is None:
            return Sentence(
                phrase("{tool} must be on the PATH", tool=self.tool),
                phrase("{tool} is on the PATH", tool=self.tool),
            )
        values = {"tool": self.tool, "version": self.version}
        return Sentence(
            phrase("{tool} must be on the PATH, version {version}", **values),
            phrase("{tool} is on the PATH, version {version}", **values),
        )

    @property
    def looks_at(self) -> LooksAt:
        return LooksAt.MACHINE

    def never_fails(self) -> Phrase | None:
        if self.tool in ALWAYS_THERE and self.version is None:
            return phrase("every shell has this program: {tool}", tool=self.tool)
        return None

    async def evaluate(self, world: World) -> Outcome:
        expected = self.describe()
        path = world.workspace.which(self.tool)
        if path is None:
            return Outcome(Verdict.FAILED, expected, phrase("Not found on the PATH: {tool}", tool=self.tool))
        if self.version is None:
            return Outcome(Verdict.PASSED, expected, phrase("Found: {path}", path=str(path)))
        result = await world.workspace.run(self.command, ASKING_TAKES)
        ran = result.exit_code not in (
            None,
            *NOT_RUN,
        )  # else the words are bash's, whose path may hold a version
        version = (find_version(result.stdout) or find_version(result.stderr)) if ran else None
        if version is None:
            printed = excerpt(f"{result.stdout}\n{result.stderr}")
            found = phrase("{path} does not tell its version: {printed}", path=str(path), printed=printed)
            return Outcome(Verdict.FAILED, expected, found)
        verdict = Verdict.PASSED if version in Range.parse(self.version) else Verdict.FAILED
        return Outcome(
            verdict, expected, phrase("{path}: version {version}", path=str(path), version=version)
        )

    async def diagnose(self, world: World) -> tuple[Finding, ...]:
        finding = unusable(world, self.tool)
        return (finding,) if finding else ()
