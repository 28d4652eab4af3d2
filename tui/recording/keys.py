"""The keys that a script presses, and the texts that it types."""

from typing import Final

from textual.keys import REPLACED_KEYS, key_to_character

from core.base.errors import BadInput, shown
from tui.commands.key_names import key_name, of_character, read_key

Pressed = tuple[tuple[str, ...], str]
"""Keys by Textual's names, and how they are shown."""

_MOST: Final = 1000


def read_keys(value: object) -> Pressed:
    """Keys out of one text with blanks between them, and how they are shown: "r enter", "shift+right", "/", "ctrl+d".

    Raises BadInput for what is no key.
    """
    names = _text(value).split()
    if not names:
        raise BadInput('names no key: write keys with blanks between, like "r enter"')
    keys = tuple(_key(name) for name in names)
    return keys, " ".join(key_name(key) for key in keys)


def typed_keys(value: object) -> Pressed:
    """The keys that type a text; nothing is shown of them, since the text is. Raises BadInput."""
    text = _text(value)
    if not text:
        raise BadInput("is empty: write what is typed")
    return tuple(of_character(character) for character in text), ""


def character_of(key: str) -> str | None:
    """The printable character that a key types, if it types one."""
    character = key if len(key) == 1 else key_to_character(REPLACED_KEYS.get(key, key))
    return character if character is not None and character.isprintable() else None


def _key(name: str) -> str:
    """The name Textual has for a key. Raises BadInput."""
    key = read_key(name)
    if key is None:
        raise BadInput(
            f"there is no key {shown(name)}: name keys like r, /, enter, esc, space, right, shift+right, ctrl+d"
        )
    return key


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BadInput(f'{shown(value)} is not text: put it in quotes, like "r enter"')
    if not value.isprintable() or len(value) > _MOST:
        raise BadInput(f"{shown(value)} must be one line of at most {_MOST} printable characters")
    return value
