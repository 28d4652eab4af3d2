"""A recording as an animated GIF: one palette for all, and of each frame only the pixels that changed."""

from collections.abc import Iterator
from struct import pack
from typing import Final

from PIL import GifImagePlugin, Image, ImageChops

from tui.recording.pictures import Recording
from tui.recording.raster import CLEAR, Canvas

_CELL: Final = (8, 17)
_SHADES: Final = 4
"""Of ink on its ground: enough for letters to be smooth, and few enough for the file to stay small."""
_LONGEST: Final = 0xFFFF
"""Hundredths of a second that one frame can stay."""
_FOREVER: Final = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
_KEEP: Final = 1 << 2
"""What is drawn stays where the next frame draws nothing."""
_SEE_THROUGH: Final = 1


def write_gif(recording: Recording) -> bytes:
    """The whole file, which plays again and again."""
    canvas = Canvas(recording, *_CELL, _SHADES)
    canvas.cut_corners()
    parts = [b"GIF89a", pack("<HHBBB", *canvas.size, 0xF7, 0, 0), canvas.palette.flat(), _FOREVER]
    ends = [*(frame.at for frame in recording.frames[1:]), recording.length]
    before: Image.Image | None = None
    for frame, end in zip(recording.frames, ends, strict=True):
        canvas.draw(frame)
        parts += _image(canvas.image, before, end - frame.at)
        before = canvas.image.copy()
    return b"".join([*parts, b"\x3b"])


def _image(image: Image.Image, before: Image.Image | None, delay: int) -> Iterator[bytes]:
    """One frame for so many hundredths of a second."""
    box = (0, 0, *image.size)
    if before is not None:
        difference = ImageChops.difference(image, before)
        box = difference.getbbox() or (0, 0, 1, 1)
        same = difference.crop(box).point(lambda value: 0 if value else 255)
        image = image.crop(box)
        image.paste(CLEAR, (0, 0), same)
    while delay > _LONGEST:
        yield from _block(image, box, _LONGEST)
        image, box, delay = Image.new("L", (1, 1), CLEAR), (0, 0, 1, 1), delay - _LONGEST
    yield from _block(image, box, delay)


def _block(image: Image.Image, box: tuple[int, int, int, int], delay: int) -> Iterator[bytes]:
    yield pack("<BBBBHBB", 0x21, 0xF9, 4, _KEEP | _SEE_THROUGH, delay, CLEAR, 0)
    yield from GifImagePlugin.getdata(image, (box[0], box[1]))
