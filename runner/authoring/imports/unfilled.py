"""Placeholders within commands: `<POD_NAME>`, `[POD 이름]`, `(Pod 이름)`, `{name}`, `...`, `xxx`, `YOUR_TOKEN`.

A command that has one is not what anybody ran: the reader puts in what is theirs.
"""

from __future__ import annotations

import re

_QUOTED = re.compile(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"")
_COMMENT = re.compile(r"(?:^|\s)#[^\n]*")
_WIDE = "\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
"""Letters of Korean, Japanese and Chinese."""
_HTML = frozenset(
    """
    html head body title h1 h2 h3 h4 h5 h6 p br hr b i u em strong a div span ul ol li table tr td th pre code img center meta
    link script style form input button small
    """.split()  # noqa: SIM905  # forty quoted words read worse
)
_ANGLES = re.compile(
    r"(?<![<\w$&\d])[<＜](?P<name>[^\W\d_](?:[^<>＜＞\n|&;$\"'`=]{0,60}[^<>＜＞\s|&;$\"'`=])?)[>＞](?!>)"
    rf"|(?<![<\w$&\d])[<＜]\s(?P<apart>[^\W\d_][^<>＜＞\n|&;$\"'`=./]{{0,40}}"
    rf"[-_ {_WIDE}][^<>＜＞\n|&;$\"'`=./]{{0,40}}?)\s[>＞](?!>)"
)
_YOURS = re.compile(r"\b(?:YOUR|your)[_-][A-Za-z][\w-]*|\b(?:CHANGE|REPLACE)[_-]?(?:ME|THIS|WITH)\b\w*")
_UNQUOTED = (
    re.compile(
        rf"[\[(（「{{][^\[\](){{}}（）「」\n]{{0,40}}[{_WIDE}][^\[\](){{}}（）「」\n]{{0,40}}[\])）」}}]"
    ),
    re.compile(r"(?<=[\s=/:,])\[[A-Za-z][A-Za-z_-]*(?:[ _-][A-Za-z0-9]+)*\](?=$|[\s,/:])"),
    re.compile(r"(?<=[^\s;&|(){}$=<>]\s)\([A-Za-z][\w -]*\)"),
    re.compile(r"(?<![$\{\w.])\{(?!end\})[^\W\d_][\w -]*\}(?!\})"),
    re.compile(r"(?<=[\s=])(?:\.\.\.|…+)(?=$|[\s;|)])"),
    re.compile(
        r"(?<![\w$./{-])(?:POD|NODE|CONTAINER|SERVICE|SVC|NAMESPACE|DEPLOYMENT|SECRET|CLUSTER|CONTEXT|USER|IMAGE|FILE|RESOURCE|RELEASE|CHART)"
        r"[_-]?(?:NAME|ID|IP|TYPE)(?![\w=(]|\s*=)"
    ),
)
_UNQUOTED_NAME = re.compile(rf"(?<=\s)[\w-]*[{_WIDE}][^\s=;&|]*(?=$|[\s;&|])")
"""A word in letters that no object of Kubernetes can have in its name."""
_CROSSES = re.compile(
    r"(?<![A-Za-z0-9$])[xX]{3,}(?![A-Za-z0-9])|(?<![\w])(?:\d+|[xX])(?:\.[xX\d]+)*\.[xX](?:\.[xX])*(?![\w.])"
)


def unfilled(command: str) -> str | None:
    """The first placeholder of a command, as it is written; None if it has none."""
    line, here, rest = command.partition("<<")
    head = line + (here + rest if not here or rest.startswith("<") else rest.split("\n", 1)[0])
    head = _COMMENT.sub(lambda found: " " * len(found[0]), _masked(head, quotes=False))
    bare = _masked(head, quotes=True)
    if angles := _ANGLES.search(bare):
        return angles[0]
    for pattern in _UNQUOTED:
        if found := pattern.search(bare):
            return head[found.start() : found.end()]
    if re.match(r"\s*(?:sudo\s+)?(?:kubectl|k|helm|istioctl)\s", bare) and (
        found := _UNQUOTED_NAME.search(bare)
    ):
        return found[0]
    for angles in _ANGLES.finditer(head):
        if (angles["name"] or angles["apart"]).split()[0].lower() not in _HTML and "</" not in head:
            return angles[0]
    if found := _YOURS.search(f"{head}\n{command[len(head) :]}"):
        return found[0]
    found = _CROSSES.search(bare)
    return found[0] if found and "mktemp" not in command else None


def _masked(text: str, *, quotes: bool) -> str:
    """The text with nothing in its quotes, as long as it was."""
    return _QUOTED.sub(lambda found: '"' + " " * (len(found[0]) - 2) + '"', text) if quotes else text
