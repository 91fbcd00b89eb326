"""A page for people that needs nothing but itself: no script, no picture, no font from anywhere."""

from __future__ import annotations

import html

from runner.plain_text import plain

MOST = 2000
"""Characters of one thing that a cluster says."""

_STYLE = """
:root{color-scheme:light dark;--ink:#1c2330;--dim:#5c6675;--paper:#fff;--line:#dde2ea;--soft:#f4f6f9;
--passed:#1a7f4b;--failed:#c0362c;--error:#9a6700;--passed-bg:#d9f2e3;--failed-bg:#fbdedb;--error-bg:#fbeec8;--accent:#2f5fd0}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ef;--dim:#9aa4b5;--paper:#12161e;--line:#2b3340;--soft:#1a202b;
--passed:#5fd394;--failed:#ff8f85;--error:#f0c35a;--passed-bg:#14432a;--failed-bg:#55211d;--error-bg:#4a3a10;--accent:#8fb0ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI","Apple SD Gothic Neo",
"Malgun Gothic","Noto Sans KR",sans-serif;word-break:keep-all;overflow-wrap:anywhere}
main{max-width:72rem;margin:0 auto;padding:2rem 1rem 4rem}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem}
h2{font-size:1.15rem;margin:2.5rem 0 .75rem}
.dim{color:var(--dim)}
.big{display:flex;flex-wrap:wrap;gap:.75rem;margin:1.25rem 0}
.big div{background:var(--soft);border-radius:.6rem;padding:.6rem 1rem;min-width:7rem}
.big b{display:block;font-size:1.5rem;line-height:1.2}
.passed{color:var(--passed)}.failed{color:var(--failed)}.error{color:var(--error)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%}
th,td{padding:.35rem .6rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
th{font-weight:600;color:var(--dim);font-size:.9rem}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.grid td,.grid th{padding:.15rem .3rem}
.grid td.c{text-align:center;width:1.7rem;border-left:1px solid var(--line);font-weight:600}
.grid thead th.c{writing-mode:vertical-rl;transform:rotate(180deg);text-align:left;max-height:9rem;border:0}
.c.passed{background:var(--passed-bg)}.c.failed{background:var(--failed-bg)}.c.error{background:var(--error-bg)}
.bar{background:var(--soft);border-radius:.3rem;height:.8rem;min-width:6rem;overflow:hidden;display:flex}
.bar i{display:block;height:100%}.bar .p{background:var(--passed)}
.bar .f{background:var(--failed)}.bar .e{background:var(--error)}
details{border:1px solid var(--line);border-radius:.5rem;margin:.4rem 0;padding:.4rem .8rem}
summary{cursor:pointer}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"D2Coding",monospace;font-size:.9em}
pre{background:var(--soft);padding:.5rem .75rem;border-radius:.4rem;white-space:pre-wrap;margin:.3rem 0}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem .8rem;margin:.3rem 0 .6rem}
dt{color:var(--dim)}dd{margin:0}
@media print{body{font-size:12px}details{break-inside:avoid}.scroll{overflow:visible}}
@media(max-width:40rem){dl{grid-template-columns:1fr}dt{margin-top:.3rem}}
"""


def page(title: str, language: str, body: str) -> str:
    """The whole document; `body` is HTML, `title` is text."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    return (
        f'<!doctype html>\n<html lang="{esc(language)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{esc(policy)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{esc(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def esc(words: object) -> str:
    """Somebody's words as text, in an element or an attribute."""
    told = plain(str(words)).encode("utf-8", "replace").decode()
    text = html.escape(told if len(told) <= MOST else told[: MOST - 1] + "…", quote=True)
    return text.replace("##", "#&#35;").replace(
        "::", ":&#58;"
    )  # a log that has the page takes it for no command
