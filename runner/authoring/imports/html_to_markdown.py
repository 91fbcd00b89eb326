"""The HTML that scenarios have between their Markdown, as Markdown: a lab's text has no HTML."""

from __future__ import annotations

import re

# A tag, a link's words and a heading's end before the next one begins, and nothing is given back: else a page of
# beginnings without an end takes a time that grows with its square.
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_DROPPED = re.compile(
    r"<(style|script|svg|head)\b[^<>]{0,1000}+>.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE
)
_IMAGE = re.compile(r"<img\b([^<>]{0,1000}+)/?>", re.IGNORECASE)
_LINK = re.compile(r"<a\b([^<>]{0,1000}+)>((?:[^<]|<(?!/?a\b)){0,1000}+)</a\s*>", re.IGNORECASE)
_EMBEDDED = re.compile(
    r"<(?:iframe|video|audio|embed|source|object)\b([^<>]{0,1000}+)>(?:\s*</\w+\s*>)?", re.IGNORECASE
)
_ATTRIBUTE = re.compile(r"(?<![\w-])([\w-]++)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_HEADING = re.compile(
    r"<h([1-6])\b[^<>]{0,1000}+>((?:[^<]|<(?!/?h[1-6]\b)){0,1000}+)</h\1\s*>", re.IGNORECASE
)
_PAIRS = (
    (re.compile(r"</?(?:b|strong)\s*>", re.IGNORECASE), "**"),
    (re.compile(r"</?(?:i|em|u)\s*>", re.IGNORECASE), "*"),
    (re.compile(r"</?(?:code|kbd|tt|samp)\s*>", re.IGNORECASE), "`"),
    (re.compile(r"<br\s*/?>[ \t]*$", re.IGNORECASE | re.MULTILINE), ""),
    (re.compile(r"<br\s*/?>", re.IGNORECASE), "\n"),
    (re.compile(r"<hr\s*/?>", re.IGNORECASE), "\n---\n"),
    (re.compile(r"<li\b[^<>]{0,1000}+>", re.IGNORECASE), "\n- "),
)
_TAG = re.compile(
    r"</?(?:p|div|span|center|font|small|big|sub|sup|ul|ol|li|table|thead|tbody|tr|td|th|section|article|header|footer|"
    r"figure|figcaption|blockquote|label|button|form|input|details|summary|pre|q|cite|mark|abbr|nav|main|html|body)"
    r"\b[^<>]{0,1000}+>",
    re.IGNORECASE,
)


def attributes(tag: str) -> dict[str, str]:
    """The attributes of a tag, their names in small letters."""
    found = {}
    for name, double, single, bare in _ATTRIBUTE.findall(tag):
        found[name.lower()] = double or single or bare
    return found


def embedded(text: str) -> list[tuple[int, str]]:
    """Films and frames: the offset and the address of each."""
    return [(match.start(), attributes(match[1]).get("src", "")) for match in _EMBEDDED.finditer(text)]


def dropped(text: str) -> list[tuple[int, str]]:
    """Styles, scripts and the like, which are left out: the offset and the name of each."""
    return [(match.start(), match[1].lower()) for match in _DROPPED.finditer(text)] if "<" in text else []


def markdown(text: str) -> str:
    """`text` with its HTML converted to Markdown; tags without meaning on a terminal are left out.

    The lines stay where they were, but for those that a <br> or a list makes.
    """
    if "<" not in text:
        return text
    text = _COMMENT.sub(_lines, text)
    text = _DROPPED.sub(_lines, text)
    text = _IMAGE.sub(_picture, text)
    text = _LINK.sub(_link, text)
    text = _EMBEDDED.sub(lambda match: attributes(match[1]).get("src", ""), text)
    text = _HEADING.sub(lambda match: f"{'#' * int(match[1])} {match[2].strip()}", text)
    for pattern, mark in _PAIRS:
        text = pattern.sub(mark, text)
    return _TAG.sub("", text)


def _lines(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")


def _picture(match: re.Match[str]) -> str:
    message = attributes(match[1])
    return f"![{message.get('alt', '')}]({message.get('src', '')})"


def _link(match: re.Match[str]) -> str:
    url = attributes(match[1]).get("href", "")
    words = " ".join(match[2].split())
    return f"[{words}]({url})" if url else words
