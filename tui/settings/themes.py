"""Colours: our own two themes, and state colours for Textual's built-in themes.

The state colours run from blue (all is well) through yellow and orange to vermilion (lost soon), so that people who
can't tell red from green can tell them apart. Released is grey. Each state has its mark and its word as well.
"""

from collections.abc import Mapping
from typing import Final

from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from tui.settings.legible import legible

STATE_COLOURS_DARK: Final = {
    "state-running": "#6cb0f5",
    "state-frozen": "#b3a1e6",
    "state-overdue": "#e8c547",
    "state-stopped": "#f09a3e",
    "state-expired": "#f2704f",
    "state-restoring": "#8fd3ea",
    "state-released": "#868e99",
}
STATE_COLOURS_LIGHT: Final = {
    "state-running": "#0b5cad",
    "state-frozen": "#6a4bb5",
    "state-overdue": "#8a6500",
    "state-stopped": "#a85400",
    "state-expired": "#bd2f12",
    "state-restoring": "#00708c",
    "state-released": "#757b83",
}

LAPSE_DARK: Final = Theme(
    name="lapse-dark",
    primary="#58b3a4",
    secondary="#4b5866",
    accent="#58b3a4",
    warning="#e8c547",
    error="#f2704f",
    success="#6cb0f5",
    foreground="#d4dae1",
    background="#11151a",
    surface="#161b21",
    panel="#1d242c",
    dark=True,
    variables={
        **STATE_COLOURS_DARK,
        "quiet": "#808b97",
        "rule": "#2c3641",
        "cursor-row": "#24404a",
        "cursor-row-idle": "#1f2831",
    },
)
LAPSE_LIGHT: Final = Theme(
    name="lapse-light",
    primary="#00695c",
    secondary="#c9d1d9",
    accent="#00695c",
    warning="#8a6500",
    error="#bd2f12",
    success="#0b5cad",
    foreground="#1f262d",
    background="#fbfbf8",
    surface="#f5f5f0",
    panel="#ebece6",
    dark=False,
    variables={
        **STATE_COLOURS_LIGHT,
        "quiet": "#656d76",
        "rule": "#cfd3cd",
        "cursor-row": "#cfe6e1",
        "cursor-row-idle": "#e3e7e2",
    },
)

OURS: Final = (LAPSE_DARK, LAPSE_LIGHT)
SIXTEEN_DARK: Final = "ansi-dark"
SIXTEEN_LIGHT: Final = "ansi-light"
"""The themes for terminals of only sixteen colours. They use the terminal's own colours."""
ROUND: Final = (*(theme.name for theme in OURS), *BUILTIN_THEMES)
"""The names of all themes, in the order in which `T` switches to the next."""

ANSI_STATES: Final = {
    "state-running": "ansi_bright_blue",
    "state-frozen": "ansi_bright_magenta",
    "state-overdue": "ansi_bright_yellow",
    "state-stopped": "ansi_yellow",
    "state-expired": "ansi_bright_red",
    "state-restoring": "ansi_bright_cyan",
    "state-released": "ansi_bright_black",
}
"""The state colours, from a terminal's own sixteen, on a dark background."""
ANSI_STATES_LIGHT: Final = {
    "state-running": "ansi_blue",
    "state-frozen": "ansi_magenta",
    "state-overdue": "ansi_red",
    "state-stopped": "ansi_red",
    "state-expired": "ansi_bright_red",
    "state-restoring": "ansi_blue",
    "state-released": "ansi_bright_black",
}
"""The same on a light background, where yellow and cyan can't be read."""

_AREAS: Final = {"area-covered": "state-running", "area-short": "state-overdue", "area-owed": "state-stopped"}
"""The colours of a chart's large areas, and the state whose colour each is a calmer version of."""
_CALM: Final = 0.45
"""How much of the state's colour an area has, 0 to 1; the rest is background."""
_GROUNDS: Final = ("background", "surface", "panel", "cursor-row", "cursor-row-idle")
"""The backgrounds that text and symbols are drawn on."""


def defaults(theme: Theme) -> dict[str, str]:
    """Values of our theme variables for a theme that does not set them itself, such as a built-in one."""
    if theme.ansi:
        ansi = ANSI_STATES if theme.dark else ANSI_STATES_LIGHT
        return {
            **ansi,
            **{area: ansi[state] for area, state in _AREAS.items()},
            "quiet": "ansi_bright_black",
            "rule": "ansi_bright_black",
            "cursor-row": "ansi_default",
            "cursor-row-idle": "ansi_default",
        }
    colours = _opaque(theme)
    ground, accent = colours["background"], colours["accent"]
    dark = ground.brightness < 0.5
    quiet = Color.parse("#808b97" if dark else "#656d76")
    rows = {"cursor-row": ground.blend(accent, 0.15), "cursor-row-idle": ground.blend(quiet, 0.2)}
    grounds = [{**rows, **colours}[name] for name in _GROUNDS]
    states = {
        state: legible(colours.get(state, Color.parse(colour)), grounds)
        for state, colour in (STATE_COLOURS_DARK if dark else STATE_COLOURS_LIGHT).items()
    }
    return {
        **{state: colour.hex for state, colour in states.items()},
        **{area: legible(ground.blend(states[state], _CALM), [ground]).hex for area, state in _AREAS.items()},
        "quiet": legible(quiet, grounds).hex,
        "rule": ground.blend(quiet, 0.4).hex,
        **{name: colour.hex for name, colour in rows.items()},
    }


def legible_accent(variables: Mapping[str, str]) -> str:
    """The accent colour of a theme's variables, changed if need be so that it can be read on every background."""
    grounds = [Color.parse(variables[name]) for name in _GROUNDS]
    return legible(Color.parse(variables["accent"]), grounds).hex


def _opaque(theme: Theme) -> dict[str, Color]:
    """The theme's own colours, as far as it sets them, for our backgrounds, accent and states."""
    given = {**theme.to_color_system().generate(), **theme.variables}
    names = (*_GROUNDS, "accent", *STATE_COLOURS_DARK)
    return {name: Color.parse(given[name]) for name in names if name in given}


def ground_of(theme: Theme) -> Color:
    """The colour of a theme's background."""
    return Color.parse(theme.to_color_system().generate()["background"])


def following(name: str) -> str:
    """The theme that `T` switches to from this one."""
    index = ROUND.index(name) if name in ROUND else -1
    return ROUND[(index + 1) % len(ROUND)]
