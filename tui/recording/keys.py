"""The keys that a script presses: named as people write them, or as Textual does."""

import unicodedata
from typing import Final

from textual.keys import KEY_NAME_REPLACEMENTS, REPLACED_KEYS, Keys, key_to_character

from core.errors import BadInput, shown
from tui.commands import KEY_NAMES

Pressed = tuple[tuple[str, ...], str]
"""Keys by Textual's names, and how they are shown."""

_MODIFIERS: Final = ("ctrl", "alt", "shift")
_NAMED: Final = frozenset(key.value for key in Keys)
_WRITTEN: Final = {"esc": "escape", "return": "enter", "pgup": "pageup", "pgdn": "pagedown", "del": "delete"}
_MOST: Final = 1000


def read_keys(value: object) -> Pressed:
    """Keys out of one text with blanks between them, and how they are shown: "r enter", "shift+right", "/", "ctrl+d".

    Raises BadInput for what is no key.
    """
    names = _text(value).split()
    if not names:
        raise BadInput('names no key: write them with blanks between, like "r enter"')
    keys = tuple(_key(name) for name in names)
    return keys, " ".join(_shown(key) for key in keys)


def typed_keys(value: object) -> Pressed:
    """The keys that type a text; nothing is shown of them, since the text is. Raises BadInput."""
    text = _text(value)
    if not text:
        raise BadInput("is empty: write what is typed")
    return tuple(_character_key(character) for character in text), ""


def _key(name: str) -> str:
    """The name Textual has for a key. Raises BadInput."""
    if len(name) == 1:
        return _character_key(name)
    *modifiers, base = name.split("+")
    base = _WRITTEN.get(base, base)
    base = _character_key(base) if len(base) == 1 else base
    key = "+".join([*modifiers, base])
    known = base in _NAMED or key in _NAMED or character_of(base) is not None
    if not known or any(modifier not in _MODIFIERS for modifier in modifiers):
        raise BadInput(
            f"there is no key {shown(name)}: name keys like r, /, enter, esc, space, right, shift+right, ctrl+d"
        )
    return key


def _character_key(character: str) -> str:
    """The name of the key that types a character."""
    if character.isalnum():
        return character
    name = unicodedata.name(character, character).lower().replace("-", "_").replace(" ", "_")
    return KEY_NAME_REPLACEMENTS.get(name, name)


def character_of(key: str) -> str | None:
    """The printable character that a key types, if it types one."""
    character = key if len(key) == 1 else key_to_character(REPLACED_KEYS.get(key, key))
    return character if character is not None and character.isprintable() else None


def _shown(key: str) -> str:
    """A key as people write it."""
    character = character_of(key)
    return KEY_NAMES.get(key, key if character in (None, " ") else character or key)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BadInput(f'{shown(value)} is no text: put it in quotes, like "r enter"')
    if not value.isprintable() or len(value) > _MOST:
        raise BadInput(f"{shown(value)} must be one line of at most {_MOST} printable characters")
    return value
