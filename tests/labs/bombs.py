"""Lab files that somebody made to keep Labgate busy: each a text, small enough to be read at all."""

from __future__ import annotations

from collections.abc import Callable

HEAD = "format: 1\ntitle: x\nsummary: x\nminutes: 1\nlevel: beginner\n"
STEP = 'steps:\n  - id: a\n    title: t\n    text: "t t"\n'
CHECK = "    checks:\n      - {namespace: default}\n"


def check(what: str) -> str:
    return f"{HEAD}{STEP}    checks:\n      - {{{what}}}\n"


def _aliases() -> str:
    ten = "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12))
    return f"{HEAD}a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n{ten}{STEP}{CHECK}"


DOUBLED = "|".join(["[@,@]"] * 30)
BOMBS: dict[str, Callable[[], str]] = {
    "keys": lambda: HEAD + "".join(f"unknownkey{i}: 1\n" for i in range(9000)) + STEP + CHECK,
    "keys-of-a-step": lambda: HEAD + STEP + "".join(f"    chekcs{i}: 1\n" for i in range(9000)),
    "keys-of-a-check": lambda: check(", ".join(f"namespac{i}: 1" for i in range(9000))),
    "long-key": lambda: HEAD + "titl" + "e" * 900_000 + ": 1\n" + STEP + CHECK,
    "variables": lambda: (
        HEAD + "variables:\n" + "".join(f"  variable{i}: {{default: a}}\n" for i in range(3000))
        + 'steps:\n  - id: a\n    title: t\n    text: "' + " ".join(f"{{{{variablx{i}}}}}" for i in range(20000)) + '"\n'
    ),
    "unknown-variables": lambda: (
        HEAD + "variables: {alpha: {default: a}, beta: {default: b}}\nsteps:\n  - id: a\n    title: t\n    text: \""
        + " ".join(f"{{{{al{i}}}}}" for i in range(60000)) + '"\n'
    ),
    "open-braces": lambda: HEAD + STEP.replace("t t", "{{ " * 250_000) + CHECK,
    "choices": lambda: (
        HEAD + "variables: {v: {default: zz, choices: [" + ",".join(f"c{i}" for i in range(20000)) + "]}}\n" + STEP + CHECK
    ),
    "selector": lambda: check('pods: 1, selector: "' + "a" * 900_000 + '!"'),
    "selector-commas": lambda: check('pods: 1, selector: "' + "," * 900_000 + '("'),
    "selector-in": lambda: check('pods: 1, selector: "a in (' + "a," * 400_000 + '!)"'),
    "selector-spaces": lambda: check('pods: 1, selector: "a' + " " * 900_000 + 'b"'),
    "version": lambda: HEAD + 'requires: {kubernetes: "' + ">=1," * 200_000 + 'x"}\n' + STEP + CHECK,
    "version-digits": lambda: HEAD + 'requires: {kubernetes: "' + "1" * 900_000 + '"}\n' + STEP + CHECK,
    "duration": lambda: HEAD + STEP + '    within: "' + "1" * 900_000 + 'm"\n',
    "number": lambda: HEAD + STEP + "    within: " + "1" * 900_000 + "m\n",
    "number-underscores": lambda: HEAD + "minutes: " + "1_" * 450_000 + "x\n" + STEP + CHECK,
    "number-sexagesimal": lambda: HEAD + STEP + "    within: 1" + ":1" * 450_000 + "x\n" + CHECK,
    "where-not": lambda: check('resource: Pod, where: "' + "!" * 999 + 'a"'),
    "where-parentheses": lambda: check('resource: Pod, where: "' + "(" * 500 + "a" + ")" * 400 + '"'),
    "where-literal": lambda: check("resource: Pod, where: '`" + "[" * 990 + "`'"),
    "where-doubled": lambda: check(f'resource: Pod, where: "to_string({DOUBLED})"'),
    "pattern-nested": lambda: check('command: x, output: "' + "(" * 300 + "a" + "){1,99}" * 90 + '"'),
    "pattern-repeated": lambda: check('command: x, output: "' + "(?:a{60000}){60000}" * 40 + '"'),
    "pattern-classes": lambda: check("command: x, output: '" + r"\pL" * 330 + "'"),
    "pattern-again": lambda: (
        HEAD + "variables:\n  v: {pattern: '(a+)+b', default: " + "a" * 40 + "}\n" + STEP + CHECK
    ),
    "patterns": lambda: HEAD + STEP + "    checks:\n" + "".join(
        f"      - {{command: x, output: '(.{{0,300}}x{i}){{3}}'}}\n" for i in range(2000)
    ),
    "doubled-keys": lambda: HEAD + "a: 1\n" * 100_000 + STEP + CHECK,
    "aliases": _aliases,
    "long-alias": lambda: (
        HEAD + 'a: &a "' + "x" * 900_000 + '"\nb: [' + ",".join(["*a"] * 9000) + "]\n" + STEP + CHECK
    ),
    "alias-in-texts": lambda: (
        HEAD.replace("title: x", 'title: &a "' + "x {{y}} " * 2000 + '"') + STEP
        + "    hints: [" + ",".join(["*a"] * 20000) + "]\n"
    ),
    "nested": lambda: HEAD + "x: " + "[" * 400_000 + "]" * 400_000 + "\n" + STEP + CHECK,
    "matches": lambda: check("resource: Pod, matches: {a: [" + ",".join(["x"] * 19000) + "]}"),
    "one-text": lambda: HEAD + "summary2: " + "x " * 450_000 + "\n" + STEP + CHECK,
    "folded": lambda: HEAD + 'y: "' + "\\\n  " * 200_000 + '"\n' + STEP + CHECK,
    "steps": lambda: HEAD + "steps:\n"
    + '  - {id: a, title: t, text: "t t", checks: [{namespace: d}]}\n' * 1900,
    "unicode-ids": lambda: HEAD + "steps:\n"
    + "".join(f'  - {{id: "{chr(0xAC00 + i)}", title: t, text: "t t"}}\n' for i in range(1900)),
    "numbers-for-texts": lambda: HEAD + STEP + "    hints: [" + ",".join(["[]"] * 90_000) + "]\n" + CHECK,
    "languages": lambda: HEAD.replace("title: x", "title: {" + ", ".join(
        f"{a}{b}-{c}{d}: x" for a in "abcdefghij" for b in "abcdefghij" for c in "abcdefghij" for d in "abcdefghi"
    ) + "}") + STEP + CHECK,
    "quiz": lambda: check('quiz: "q", id: q, answer: "(a|aa)+$", example: "' + "a" * 60 + '!"'),
    "quiz-choices": lambda: HEAD + STEP + "    checks:\n      - quiz: q\n        id: q\n        choices:\n"
    + "".join(f"          - {{id: c{i}, correct: true, text: t}}\n" for i in range(4000)),
    "labels": lambda: check("namespace: x, labels: {" + ", ".join(f"k{i}: [1]" for i in range(20000)) + "}"),
}  # fmt: skip
