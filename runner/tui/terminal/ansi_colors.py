"""Colours: the sixteen that programs name, for dark and for light screens, and the 256 beyond."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from avt import Color, Pen
from rich.color import Color as RichColor
from rich.style import Style

RGB = tuple[int, int, int]

_DARK = "3a4459 ff6b6b 62c98a f2c14e 6ea8fe c792ea 5fd7d7 c5cddb 66728a ff8f8f 8ce0a9 ffd87a 9cc4ff dab3f5 8fe8e8 ffffff"
_LIGHT = "1c2330 b81f1f 1e7b45 8a5a00 1f5fc4 8a2fa8 0b7285 5c6573 6b7482 d03030 2b8a4e 9a6a00 3b76d6 a149c0 1a8a9c 3a4250"


def _read(colours: str) -> tuple[RGB, ...]:
    return tuple((int(c[:2], 16), int(c[2:4], 16), int(c[4:], 16)) for c in colours.split())


DARK, LIGHT = _read(_DARK), _read(_LIGHT)


def _fixed() -> tuple[RGB, ...]:
    """Colours 16 to 255: a cube of six steps, then greys, as xterm has them."""
    steps = (0, 95, 135, 175, 215, 255)
    cube = [(r, g, b) for r in steps for g in steps for b in steps]
    return (*cube, *((grey, grey, grey) for grey in range(8, 239, 10)))


FIXED = _fixed()
_LEAST_CONTRAST = 3.5  # of text with what is behind it; programs choose colours for other palettes than these
_FAINT = 0.45  # how far faint text goes towards its background


@dataclass(frozen=True)
class Palette:
    """The colours of one theme."""

    foreground: RGB
    background: RGB
    named: tuple[RGB, ...]

    def rgb(self, colour: Color | None, otherwise: RGB) -> RGB:
        if colour is None:
            return otherwise
        if isinstance(colour, Color.RGB):
            return colour[0], colour[1], colour[2]
        assert isinstance(colour, Color.Indexed)
        number = colour[0]
        return self.named[number] if number < 16 else FIXED[number - 16]

    def style(self, pen: Pen) -> Style:
        """How to draw with a pen; blinking text stands still."""
        front = self.rgb(pen.foreground, self.foreground)
        back = self.rgb(pen.background, self.background)
        if pen.inverse:
            front, back = back, front
        if contrast(front, back) < _LEAST_CONTRAST:
            front = max(self.foreground, self.background, key=lambda colour: contrast(colour, back))
        if pen.faint:
            front = mix(front, back, _FAINT)
        return Style(
            color=RichColor.from_rgb(*front),
            bgcolor=RichColor.from_rgb(*back),
            bold=pen.bold,
            italic=pen.italic,
            underline=pen.underline,
            strike=pen.strikethrough,
        )


@lru_cache(1024)
def contrast(one: RGB, other: RGB) -> float:
    """From 1, the same, to 21, black on white, as WCAG 2 has it."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: RGB) -> float:
    parts = [part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def mix(one: RGB, other: RGB, part: float) -> RGB:
    """`part` of the way from one colour to the other."""
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(one, other, strict=True))
    return red, green, blue
