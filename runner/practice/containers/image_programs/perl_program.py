"""perl, as far as the documentation of Jobs goes: pi to many digits, a printed text, and the version."""

from __future__ import annotations

import re
import time

from runner.practice.containers.container_program import Invocation

MOST_DIGITS = 10_000
VERSION = "5.34.0"
_PI = re.compile(r"\s*print\s+(?:bpi|Math::BigFloat->bpi)\s*\(?\s*(\d+)\s*\)?\s*;?\s*")
_PRINT = re.compile(r"""\s*(?:print|say)\s*\(?\s*(?:"((?:[^"\\$@]|\\.)*)"|'([^']*)')\s*\)?\s*;?\s*""")


async def perl(call: Invocation) -> int:
    """perl -Mbignum=bpi -wle 'print bpi(2000)', perl -e 'print "text\\n"', perl -v."""
    options = list(call.argv[1:])
    if any(option in ("-v", "--version") for option in options):
        await call.out(
            f"\nThis is perl 5, version {VERSION.split('.')[1]}, subversion 0 (v{VERSION}) built for x86_64-linux-gnu\n"
        )
        return 0
    letters, script = "", None
    while options:
        option = options.pop(0)
        if re.fullmatch(r"-[wlnpiEe]*[eE]", option) and options:
            letters, script = letters + option[1:], options.pop(0)
        elif option.startswith("-") and not option.startswith("-M"):
            letters += option[1:]
    end = "\n" if "l" in letters else ""
    if script is None:
        await call.error(
            "Can't open perl script: this practice image of perl runs one-line programs (-e) only\n"
        )
        return 2
    if found := _PI.fullmatch(script):
        began = time.process_time()
        text = pi(min(int(found[1]), MOST_DIGITS))
        await call.container.work(time.process_time() - began)
        await call.out(text + end)
        return 0
    if found := _PRINT.fullmatch(script):
        text = (found[1] or "").replace("\\n", "\n").replace("\\t", "\t") or found[2] or ""
        await call.out(text + ("\n" if "say" in script.split("(")[0] else end))
        return 0
    await call.error(
        f"This practice image of perl does not know this program, and runs it without effect: {script}\n"
    )
    return 255


def pi(digits: int) -> str:
    """With that many digits in all, rounded (Machin's formula)."""
    if digits < 2:
        return "3"
    unit = 10 ** (digits + 10)
    value = 4 * (4 * _arctangent(5, unit) - _arctangent(239, unit))
    rounded = (value + 10**11 // 2) // 10**11
    text = str(rounded)
    return f"{text[0]}.{text[1:]}"


def _arctangent(inverse: int, unit: int) -> int:
    total = term = unit // inverse
    number, sign = 3, -1
    while term:
        term //= inverse * inverse
        total += sign * (term // number)
        number, sign = number + 2, -sign
    return total
