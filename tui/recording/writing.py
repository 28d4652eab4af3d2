"""Recordings into files, in the form that a file's ending names."""

import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from core.base.errors import BadInput
from tui.recording.pictures import Recording

ENDINGS: Final = (".cast", ".gif", ".svg", ".png")
_DRAWN: Final = {".gif": ("PIL", "pymupdf_fonts"), ".png": ("PIL", "pymupdf_fonts")}
"""What the forms made of pixels need beside Lapse."""


def check_target(target: Path) -> None:
    """Raise BadInput where nothing could be written, before anything is played."""
    ending = target.suffix.lower()
    if ending not in ENDINGS:
        raise BadInput(f"{target}: the ending says what is made: give one of {', '.join(ENDINGS)}")
    if not all(find_spec(name) for name in _DRAWN.get(ending, ())):
        raise BadInput(f"{target}: drawing it needs two more packages: pip install 'lapse[record]'")
    if not target.absolute().parent.is_dir():
        raise BadInput(f"{target}: there is no folder {target.parent}: make it first")
    if target.is_dir():
        raise BadInput(f"{target}: is a folder: name a file in it")


def write(recording: Recording, target: Path) -> None:
    """Write a recording; a file that was there is replaced at once, by the whole new one. Raises BadInput."""
    content = _writer(target)(recording)
    # What a link leads to is replaced, not the link.
    place = Path(os.path.realpath(target))
    unfinished = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        try:
            unfinished.write_bytes(content)
            unfinished.replace(place)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise BadInput(f"{target}: can't be written ({error.strerror}): name another file with -o FILE") from None


def _writer(target: Path) -> Callable[[Recording], bytes]:
    """What makes the form; Pillow is imported only where something is drawn."""
    ending = target.suffix.lower()
    if ending == ".cast":
        from tui.recording.cast import write_cast

        return write_cast
    if ending == ".svg":
        from tui.recording.svg import write_svg

        return write_svg
    if ending == ".gif":
        from tui.recording.gif import write_gif

        return write_gif
    from tui.recording.png import write_png

    return write_png
