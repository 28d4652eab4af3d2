"""The names of keys: Textual's names, the names people write, and which keys exist."""

import unicodedata
from typing import Final

_WORDS: Final = (
    "up", "down", "left", "right", "home", "end", "pageup", "pagedown", "insert", "delete", "backspace",
    "enter", "escape", "tab", "space", *(f"f{number}" for number in range(1, 25)),
)  # fmt: skip
_MODIFIERS: Final = ("ctrl", "shift", "alt")
_SHORTER: Final = {
    "solidus": "slash", "reverse_solidus": "backslash", "commercial_at": "at", "hyphen_minus": "minus",
    "plus_sign": "plus", "low_line": "underscore",
}  # fmt: skip
_SAID: Final = {"escape": "esc", "pagedown": "page down", "pageup": "page up"}
_READ: Final = {"esc": "escape", "page down": "pagedown", "page up": "pageup", "return": "enter", "del": "delete"}


def of_character(character: str) -> str:
    """Textual's name of the key that types a character: "full_stop" for "."; letters and digits stay as they are."""
    if character == " ":
        return "space"
    if character.isalnum():
        return character
    name = unicodedata.name(character, character).lower().replace("-", "_").replace(" ", "_")
    return _SHORTER.get(name, name)


SIGNS: Final = {of_character(sign): sign for sign in map(chr, range(ord("!"), ord("~") + 1))}
"""The printable ASCII characters, by Textual's name of their key."""


def read_key(text: str) -> str | None:
    """Textual's name of a key that a person wrote, such as "R", ".", "full_stop", "ctrl+r" or "F5".

    None if there is no such key, or if terminals can't distinguish it from another one.
    """
    if len(text) == 1:
        return of_character(text) if text.isprintable() else None
    # The last character may itself be a plus.
    before, plus, last = text[:-1].rpartition("+")
    last += text[-1:]
    modifiers = before.casefold().split("+") if plus else []
    if len(set(modifiers)) < len(modifiers) or not set(modifiers) <= set(_MODIFIERS):
        return None
    key = of_character(last) if len(last) == 1 else _READ.get(last.casefold(), last.casefold())
    if key not in _WORDS and key not in SIGNS:
        return None
    if "shift" in modifiers and key not in _WORDS:
        # Terminals send shift with a character key as the character that it types.
        return key.upper() if modifiers == ["shift"] and key.isalpha() and len(key) == 1 else None
    return "+".join([*sorted(modifiers), key.lower() if modifiers else key])


def key_name(key: str) -> str:
    """A key's name as people write it: "?" for "question_mark"."""
    *modifiers, last = key.split("+")
    return "+".join([*modifiers, SIGNS.get(last, _SAID.get(last, last))])


def types_a_character(key: str) -> bool:
    """Whether the key types a character, so that an input field would take it as text."""
    return key == "space" or ("+" not in key and key not in _WORDS)
