"""The program's own themes: dark, light, and one of high contrast."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="labgate-dark",
    primary="#6ea8fe",
    secondary="#9d8cff",
    accent="#ffb454",
    foreground="#dfe6f2",
    # nearly grey: with 256 colours a tinted dark becomes navy or black
    background="#121417",
    surface="#1a1d21",
    panel="#272b31",
    success="#62c98a",
    warning="#f2c14e",
    error="#ff7a7a",
    dark=True,
)
LIGHT = Theme(
    name="labgate-light",
    primary="#1f5fc4",
    secondary="#6247c2",
    accent="#b25000",
    foreground="#1c2330",
    background="#fbfbf8",
    surface="#f1f2ee",
    panel="#e2e5e0",
    success="#1e7b45",
    warning="#8a5a00",
    error="#c02626",
    dark=False,
)
CONTRAST = Theme(
    name="labgate-contrast",
    primary="#ffff00",
    secondary="#00ffff",
    accent="#ffff00",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#1a1a1a",
    success="#00ff66",
    warning="#ffd400",
    error="#ff6e6e",
    dark=True,
)
THEMES = (DARK, LIGHT, CONTRAST)
