"""How the lines of a transcript are distinguished: prompts, commands, questions, tables, headings, keys for vi."""

from __future__ import annotations

import re
from dataclasses import dataclass

_BEFORE = r"(?:\((?:⎈|[\w.-]+)[^()\n]{0,60}\)[ ]*)?(?:\[\d{1,2}:\d\d(?::\d\d)?\][ ]*)?"
"""What stands before a prompt: a virtual environment, kube-ps1's context, the time."""
_PROMPTS = (
    # user@host:folder$   [user@host folder]#   (venv) user@host folder %
    re.compile(
        rf"^{_BEFORE}\[?[\w.-]+@[\w.-]+(?:[: ][ ]?(?P<folder>[~/][^\s#$%]*|[\w.~-]+))?\]?[ ]?[#$%]"
        r"(?:[ ]+(?P<command>.*))?$"
    ),
    # host:folder user$ (macOS), host:folder$
    re.compile(r"^[\w.-]+:(?P<folder>\S+)[ ][\w.-]+\$(?:[ ]+(?P<command>.*))?$"),
    re.compile(r"^[a-z][\w.-]*:(?P<folder>[~/][^\s#$%]*)[ ]?[$#](?:[ ]+(?P<command>.*))?$"),
    # folder$   bash-5.1#   controlplane $
    re.compile(rf"^{_BEFORE}(?P<folder>~[\w./-]*|/[\w./-]+)[ ]?[$#%](?:[ ]+(?P<command>.*))?$"),
    re.compile(r"^(?:bash|sh)-\d+\.\d+[$#](?:[ ]+(?P<command>.*))?$"),
    re.compile(r"^[a-z][\w-]*[ ]?\$[ ]+(?P<command>.*)$"),
    re.compile(
        r"^(?:➜|❯|»|λ)[ ]+(?:(?P<folder>~[\w./-]*|/[\w./-]+)[ ]+)?(?:[\w.-]+[ ]+git:\([^()]*\)[ ]+)?(?:[✗✘][ ]+)?"
        r"(?P<command>.*)$"
    ),
    re.compile(r"^\$[ ]+(?P<command>.*)$"),
    re.compile(r"^PS (?P<folder>[A-Za-z]:\\[^>]*)>[ ]*(?P<command>.*)$"),
    re.compile(r"^PS>[ ]*(?P<command>.*)$"),
    re.compile(r"^(?P<folder>[A-Z]:\\[^>\n]*)>[ ]*(?P<command>.*)$"),
)
_CLOSE = re.compile(
    rf"^(?:{_BEFORE}\[?[\w.-]+@[\w.-]+(?:[: ][ ]?(?P<folder>[~/][^\s#$%]*|[\w.~-]+))?\]?[ ]?[#$%]"
    r"|[\w.-]+:[~/]\S*[$#]|[$%])(?P<command>[a-z].*)$"
)
"""A prompt with nothing between it and the command: it is one before a program that is known."""
_CONTAINER = re.compile(r"^(?P<folder>/[\w./-]*)[ ]#(?:[ ]+(?P<command>.*))?$")
"""A prompt of a shell like busybox's: `/ # ls`."""
_ROOT_PROMPT = re.compile(r"^[#%][ ]+(?P<command>\S.*)$")
PROGRAMS = frozenset(
    """
    kubectl istioctl helm curl wget tar unzip git docker podman minikube kind k3d k3s eksctl aws gcloud az kubeadm crictl
    export cd mkdir touch cat echo ls cp mv rm chmod source vi vim nano sudo apt apt-get yum dnf brew pip pip3 npm mvn java
    python python3 ssh scp watch ping dig nslookup jq yq sed grep terraform ansible skaffold kustomize linkerd cilium argocd
    flux oc systemctl openssl hey fortio ab siege etcdctl nerdctl buildah kubectx kubens k9s stern make go node psql mysql
    redis-cli env which whoami hostname uname pwd tree head tail less ps kill alias unset test
    """.split()  # noqa: SIM905  # ninety quoted words read worse
)
"""First words by which a command without a prompt is known."""
_MISSPELT = re.compile(r"^(?:kubecttl|kubctl|kubeclt|kubetcl|kubcetl|kuebctl|kubectI|kubecl|kubectll)\b")
_QUOTED = re.compile(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"|\$\([^()]*\)|[<\[({][^<>\[\](){}]*[>\])}]")
_REMARK = re.compile(r"\s+(?://|←|<-|->|=>|--->|⇒|→|<=)\s.*$|(?:\t|[ ]{2,})(?=[^\x00-\x7f])(?![\"'<\[({]).*$")
_SENTENCE = re.compile(
    r"(?<=\s)[가-힣][^\n]*(?:다|요|죠|까|함|됨|음|임|기|것|시오)[.!?]?$|(?<=\s)[\u3040-\u30ff\u4e00-\u9fff][^\n]*(?:。|す|る|た|い)$"
)
"""Words of Korean or Japanese that end as a sentence does, or as a note of a lesson."""
_WIDE = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]")
_HANGUL = re.compile(r"[가-힣]")
_SUBSTITUTION = re.compile(
    r"^:+(?P<keys>%?s(?P<by>[/|#@])[^\n]*?(?P=by)[^\n]*?(?P=by)[gciI]*)(?:\s+(?P<rest>.*))?$"
)
_COLON = re.compile(r"^:+(?P<keys>wq!?|x!?|w!?|q!?|set \w+)(?:\s+(?P<rest>.*))?$")
_KEY = re.compile(r"^<?(?P<key>esc|escape|enter)>?(?:\s*(?:키|key))?$", re.IGNORECASE)
_QUESTION = re.compile(
    r"^(?P<asked>.*?(?:\?|:|\]|\))\s*(?:[\[(](?:[yY](?:es)?|[nN]o?)\s*/\s*(?:[yY](?:es)?|[nN]o?)(?:/[^\])]*)?[\])]\s*[?:]?)?)"
    r"\s*(?P<answer>[yYnN]|yes|no|Yes|No|YES|NO)\s*$"
)
_ASKS = re.compile(
    r"\?|[\[(][yYnN](?:es|o)?\s*/\s*[yYnN]|\b(?:proceed|continue|confirm|overwrite|sure)\b", re.IGNORECASE
)
_SECRET = re.compile(r"\b(?:password|passphrase|token)\b[^:]*:\s*$|비밀번호\s*:\s*$", re.IGNORECASE)
_MARKDOWN_HEADING = re.compile(r"^#{1,6}[ ]+(?P<title>\S.*?)[ #]*$")
_NUMBERED = re.compile(
    r"^(?:step|단계|실습|lab|part|chapter)\s*\d+|^\d+\s*단계|^\d{1,2}(?:[.-]\d{1,2})*[.)]\s+\S", re.IGNORECASE
)
_BULLET = re.compile(r"^(?:[-*•·–▪]|\d{1,2}[.)])\s")
_TABLE_HEAD = re.compile(
    r"^(?:NAME|NAMESPACE|REVISION|CURRENT|TYPE|LAST SEEN|REPOSITORY|CONTAINER ID)(?:\s{2,}|\t|\s+[A-Z]{3,})"
)
_TABLE_ROW = re.compile(r"^(?:[a-z][\w.-]*/)?[a-z0-9][\w.:-]*(?:\t|\s{2,})\S")


@dataclass(frozen=True, slots=True)
class Prompt:
    """A line with a prompt: what was typed ("" for nothing), and the folder that it shows.

    `sign` is the prompt without the folder: it says whose shell it is.
    """

    command: str
    folder: str
    sign: str = ""


def prompt(line: str, *, in_code: bool) -> Prompt | None:
    """The prompt and the command of a line; None if it has no prompt.

    A `#` alone is root's prompt only within code, or before a program that is known: else it is a heading.
    """
    text = line.strip()
    if len(text) > 5000:
        return None
    for pattern in (*_PROMPTS, _CONTAINER):
        found = pattern.match(text)
        if found:
            return _prompt(text, found)
    close = _CLOSE.match(text)
    if close and (
        starts_a_program(close["command"]) or close["command"].split()[0] in ("k", "kubectl", "ls")
    ):
        return _prompt(text, close)
    root = _ROOT_PROMPT.match(text)
    if root and (starts_a_program(root["command"]) and (in_code or not hangul(root["command"]))):
        return _prompt(text, root)
    return None


def _prompt(text: str, found: re.Match[str]) -> Prompt:
    named = found.groupdict()
    command, folder = (named.get("command") or "").strip(), (named.get("folder") or "").rstrip("]")
    sign = text[: len(text) - len(command)] if command else text
    return Prompt(command, folder, sign.replace(folder, "", 1).strip())


def continued(line: str) -> str:
    """A line in which a command goes on, without the `>` that the shell shows before it."""
    plain = line.lstrip()
    return plain[2:] if plain.startswith("> ") else "" if plain.rstrip() == ">" else line


def starts_a_program(text: str) -> bool:
    """Whether the first word is a program that is known, and something follows that could be its words."""
    words = text.split()
    if not words or _MISSPELT.match(words[0]):
        return bool(words) and len(words) > 1
    first = words[1] if words[0] == "sudo" and len(words) > 1 else words[0]
    return first in PROGRAMS and (len(words) > 1 or first in ("ls", "pwd", "whoami", "hostname", "env"))


def bare_command(line: str, *, in_code: bool = False) -> tuple[str, str] | None:
    """A command that stands without a prompt, and the words of a person that follow it on the line.

    Words of a person are those behind an arrow or behind a gap; outside of code, those that make a sentence of the line.
    What is in quotes is the command's, in whatever language.
    """
    text = line.strip()
    if not starts_a_program(text) or len(text) > 2000 or text.endswith((":", "?", "：", "？")):
        return None
    bare = _QUOTED.sub(lambda found: "x" * len(found[0]), text)
    if found := _REMARK.search(bare):
        return text[: found.start()].rstrip(), text[found.start() :].strip()
    if in_code:
        return text, ""
    sentence = _SENTENCE.search(bare.rstrip("*_`. "))
    if sentence:
        before = text[: sentence.start()].rstrip()
        return (before, text[sentence.start() :].strip()) if _complete(before) else None
    return None if _is_about_it(text, bare) else (text, "")


_LITTLE_WORDS = frozenset(
    [
        "a",
        "an",
        "the",
        "that",
        "this",
        "is",
        "are",
        "was",
        "will",
        "can",
        "sure",
        "to",
        "of",
        "in",
        "and",
        "or",
        "with",
        "your",
        "you",
        "for",
    ]
)


def _complete(command: str) -> bool:
    """Whether this is a command by itself: of a sentence that begins with a program's name, two words are none."""
    words = command.split()
    if _WIDE.search(_QUOTED.sub("", command)):
        return False
    return len(words) > 2 or (words[0] in ("kubectl", "istioctl", "helm") and len(words) > 1)


def _is_about_it(text: str, bare: str) -> bool:
    """Whether a line that begins with a program's name is prose about it: "git is a program that …"."""
    if _WIDE.search(bare) and not re.search(r"^(?:echo|printf|cat|mkdir|touch|cd)\s|[<>|=]", bare):
        return True
    if bare.count("'") % 2 or bare.count('"') % 2:
        return True  # an apostrophe
    words = text.split()
    if len(words) > 1 and words[1].lower() in _LITTLE_WORDS:
        return True
    plain = [word for word in words if re.fullmatch(r"[A-Za-z]+[,.]?", word)]
    signs = any(word.startswith("-") or re.search(r"[=/|<>$]", word) for word in words)
    return (text.endswith(".") and len(words) > 4 and not signs) or (
        len(plain) > 6 and len(plain) * 4 > len(words) * 3
    )


def spelt(command: str) -> str:
    """The command with a misspelt kubectl set right."""
    return _MISSPELT.sub("kubectl", command)


def hangul(text: str) -> bool:
    return _HANGUL.search(text) is not None


def keys(line: str) -> tuple[list[str], str] | None:
    """Keys for vi in a line, and the words that follow them; None if there are none."""
    text = line.strip()
    found = _SUBSTITUTION.match(text) or _COLON.match(text)
    if found:
        return [f":{found['keys']}", "enter"], (found["rest"] or "").strip()
    key = _KEY.match(text)
    return ([key["key"].lower().replace("esc", "escape").replace("escapeape", "escape")], "") if key else None


def question(line: str) -> tuple[str, str] | None:
    """A question with its answer behind it: what to expect, as a regular expression, and the answer."""
    text = line.rstrip()
    found = _QUESTION.match(text) if len(text) <= 1000 else None
    if not found or not _ASKS.search(found["asked"][-60:]):
        return None
    asked = found["asked"].strip()
    sentence = re.split(r"(?<=[.!])\s+", asked)[-1]
    return re.sub(r"\\([ /\-])", r"\1", re.escape(sentence[-80:])), found["answer"]


def asks_secret(line: str) -> bool:
    """Whether a password or the like was asked for: what was typed is nowhere to be read."""
    return _SECRET.search(line) is not None


def heading(line: str, before: str, after: str) -> str | None:
    """The title where the line is a heading, marked as such or standing alone; `before` and `after` are its neighbours."""
    text = line.strip()
    marked = _MARKDOWN_HEADING.match(text)
    if marked:
        return marked["title"]
    alone = not before.strip() and not after.strip()
    if not text or len(text) > 80 or "\t" in line or _table(text) or not alone:
        return None
    if _NUMBERED.match(text):
        return text
    ends = text.endswith(
        (".", "?", "!", ",", ";", ":", "▾", "▼", "...", "…", "습니다", "세요", "한다", "함", "됨")
    )
    if ends or _BULLET.match(text) or re.search(r"https?://|@|[=$<>{}|]|\.com\b|\s\d+$", text):
        return None
    words = text.split()
    return text if len(words) >= 2 and sum(1 for each in words if re.match(r"[\w가-힣]", each)) >= 2 else None


def informs(line: str) -> bool:
    """Whether a line is worth keeping although it is no sentence: it has an address in it."""
    return re.search(r"https?://\S|\b[\w-]+(?:\.[\w-]+)+(?::\d{2,5}\b|/\S)", line) is not None


def begins_something(line: str) -> bool:
    """Whether a heading could stand above this line."""
    text = line.strip()
    message = prompt(line, in_code=False) or bare_command(line) or keys(line)
    marked = text.startswith(("```", "~~~")) or _MARKDOWN_HEADING.match(text) or _BULLET.match(text)
    return bool(message or marked or prose(line) or informs(line))


def _table(text: str) -> bool:
    return _TABLE_HEAD.match(text) is not None


def table_head(line: str) -> bool:
    """The first line of a table that kubectl and others print."""
    return _table(line.strip())


def table_row(line: str) -> bool:
    return _TABLE_ROW.match(line.strip()) is not None


def prose(line: str) -> bool:
    """Whether somebody says something in this line: a sentence, an item of a list, a row of their own table."""
    text = line.strip()
    if _BULLET.match(text):
        return len(text.split()) > 2
    if text.endswith(("...", "…", "▾", "▼")) and not hangul(text):
        return False  # a field of a page
    words = re.findall(r"[A-Za-z가-힣][\w가-힣'’.-]*", text)
    return len(words) >= 5 or (hangul(text) and len(words) >= 3)
