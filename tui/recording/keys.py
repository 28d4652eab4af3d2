"""The keys that a script presses, and the texts that it types."""

from typing import Final

from textual.keys import REPLACED_KEYS, key_to_character

from core.base.errors import BadInput, shown
from tui.commands.key_names import key_name, of_character, read_key

Pressed = tuple[tuple[str, ...], str]
"""Keys by Textual's names, and the text that shows them in the picture."""

_MAX_LENGTH: Final = 1000


def read_keys(value: object) -> Pressed:
    """Read the keys in a text, separated by spaces: "r enter", "shift+right", "/", "ctrl+d".

    Raises BadInput for an unknown key and an empty text.
    """
    names = _text(value).split()
    if not names:
        raise BadInput('names no key: write keys separated by spaces, like "r enter"')
    keys = tuple(_key(name) for name in names)
    return keys, " ".join(key_name(key) for key in keys)


def typed_keys(value: object) -> Pressed:
    """The keys that type a text. They are not shown, because the text itself appears on the screen. Raises BadInput."""
    text = _text(value)
    if not text:
        raise BadInput("is empty: give the text to type")
    return tuple(of_character(character) for character in text), ""


def character_of(key: str) -> str | None:
    """The printable character that a key types; None if it types none."""
    character = key if len(key) == 1 else key_to_character(REPLACED_KEYS.get(key, key))
    return character if character is not None and character.isprintable() else None


def _key(name: str) -> str:
    """Textual's name of a key. Raises BadInput."""
    key = read_key(name)
    if key is None:
        raise BadInput(
            f"there is no key {shown(name)}: name keys like r, /, enter, esc, space, right, shift+right, ctrl+d"
        )
    return key


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BadInput(f'{shown(value)} is not text: put it in quotes, like "r enter"')
    if not value.isprintable() or len(value) > _MAX_LENGTH:
        raise BadInput(f"{shown(value)} must be one line of at most {_MAX_LENGTH} printable characters")
    return value
