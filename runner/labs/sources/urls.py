"""URLs of git repositories: which are accepted, and what makes them dangerous."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from urllib.parse import SplitResult, urlsplit

from runner.labs.sources.kept import SourceProblem
from runner.words import Phrase, phrase

SCHEMES = ("https", "ssh", "file")
"""What git may speak. Not http and git: who is on the way could put in commands of theirs."""
_SCP = re.compile(
    r"(?P<host>(?:[A-Za-z0-9_][A-Za-z0-9._-]*@)?[A-Za-z0-9_][A-Za-z0-9._-]*):(?P<path>[^/:-][^:]*|/[^:]+)"
)
_HOST = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])")
_REF = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/+-]{0,199}")
INDEX_ENDINGS = (".yaml", ".yml", ".json")


def is_git(location: str) -> bool:
    """Whether this is meant as a repository's address: by its scheme, or as ssh's short form."""
    scheme = location.partition("://")[0].lower() if "://" in location else ""
    if scheme:
        return not is_web_index(location)
    return "::" in location or _SCP.fullmatch(location) is not None


def is_web_index(location: str) -> bool:
    """Whether this is the address of an index."""
    parts = urlsplit(location)
    return parts.scheme.lower() in ("https", "http") and parts.path.lower().endswith(INDEX_ENDINGS)


def with_ref(location: str, ref: str) -> tuple[str, str]:
    """The repository's address, and the branch, tag or commit: `ref`, or what stands behind the path's last @."""
    if ref:
        return checked(location), checked_ref(ref)
    at = location.rfind("@")
    before, behind = location[:at], location[at + 1 :]
    in_path = "/" in before.partition("://")[2] if "://" in location else ":" in before
    if at < 0 or not in_path or not behind or before.endswith(("/", ":")):
        return checked(location), ""
    return checked(before), checked_ref(behind)


def checked(url: str) -> str:
    """The address, where it can do no harm. Raises SourceProblem."""
    if not url or len(url) > 2000 or not url.isprintable() or any(each.isspace() for each in url):
        raise SourceProblem(phrase("This is no repository's address: {url}", url=url[:200]))
    if url.startswith("-") or "::" in url.partition("[")[0]:
        raise SourceProblem(_refused(url))
    if "://" not in url:
        if _SCP.fullmatch(url) is None:
            raise SourceProblem(_refused(url))
        return url
    try:
        parts = urlsplit(url)
        host, password = parts.hostname or "", parts.password
        _ = parts.port
    except ValueError:
        raise SourceProblem(phrase("This is no repository's address: {url}", url=url)) from None
    if parts.scheme.lower() not in SCHEMES:
        raise SourceProblem(_refused(url))
    if password is not None:
        raise SourceProblem(
            phrase(
                "A password in an address would be kept and shown. Leave it out, and give it to git's credential helper: {url}",
                url=_without_password(parts),
            )
        )
    bad_user = bool(parts.username) and not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", parts.username or "")
    if parts.scheme.lower() != "file" and (bad_user or not _HOST.fullmatch(_bracketed(host))):
        raise SourceProblem(_refused(url))
    if parts.path.startswith(("/-", "-")) or parts.path in ("", "/"):
        raise SourceProblem(_refused(url))
    return url


def checked_ref(ref: str) -> str:
    """The branch, tag or commit, where it is one and no option of git's. Raises SourceProblem."""
    wrong = ".." in ref or "//" in ref or ref.endswith(("/", ".", ".lock")) or "/." in ref
    if wrong or not _REF.fullmatch(ref):
        raise SourceProblem(phrase("This can't be a branch, tag or commit: {ref}", ref=ref))
    return ref


def name_of(location: str) -> str:
    """A name for a source, from the last part of where it is: `https://host/team/Mesh-Labs.git` -> mesh-labs."""
    path = urlsplit(location).path if "://" in location else location.rpartition(":")[2]
    last = PurePosixPath(path.rstrip("/")).name
    for ending in (".git", *INDEX_ENDINGS):
        last = last.removesuffix(ending)
    return re.sub(r"[^a-z0-9]+", "-", last.lower()).strip("-")[:40].strip("-")


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _without_password(parts: SplitResult) -> str:
    netloc = (parts.hostname or "") + (f":{parts.port}" if parts.port else "")
    return parts._replace(netloc=netloc).geturl()


def _refused(url: str) -> Phrase:
    return phrase(
        "Labs are not fetched from this address: {url}. These are taken: https://…, ssh://…, user@host:path and file://…",
        url=url,
    )
