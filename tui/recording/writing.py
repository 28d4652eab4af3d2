"""Writes recordings into files, in the format that the file extension selects."""

import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from core.base.errors import BadInput
from tui.recording.pictures import Recording

ENDINGS: Final = (".cast", ".gif", ".svg", ".png")
_REQUIRED_PACKAGES: Final = {".gif": ("PIL", "pymupdf_fonts"), ".png": ("PIL", "pymupdf_fonts")}
"""The optional packages that the pixel formats need."""


def check_target(target: Path) -> None:
    """Raise BadInput if the file can't be written, so that this is known before the script is played."""
    ending = target.suffix.lower()
    if ending not in ENDINGS:
        raise BadInput(f"{target}: the file extension selects the format: use one of {', '.join(ENDINGS)}")
    if not all(find_spec(name) for name in _REQUIRED_PACKAGES.get(ending, ())):
        raise BadInput(f"{target}: drawing it needs two more packages: pip install 'lapse[record]'")
    if not target.absolute().parent.is_dir():
        raise BadInput(f"{target}: there is no folder {target.parent}: make it first")
    if target.is_dir():
        raise BadInput(f"{target}: is a folder: name a file in it")


def write(recording: Recording, target: Path) -> None:
    """Write a recording. An existing file is replaced in one step by the complete new one. Raises BadInput."""
    content = _writer(target)(recording)
    # Replace the file that a symbolic link points to, not the link.
    real = Path(os.path.realpath(target))
    unfinished = real.with_name(f".{real.name}.{os.getpid()}")
    try:
        try:
            unfinished.write_bytes(content)
            unfinished.replace(real)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise BadInput(f"{target}: can't be written ({error.strerror}): name another file with -o FILE") from None


def _writer(target: Path) -> Callable[[Recording], bytes]:
    """The function that makes the file's content. Pillow is imported only for the pixel formats."""
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
