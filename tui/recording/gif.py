"""A recording as an animated GIF. All frames share one palette; each frame draws only the pixels that changed."""

from collections.abc import Iterator
from struct import pack
from typing import Final

from PIL import GifImagePlugin, Image, ImageChops

from tui.recording.pictures import Recording
from tui.recording.raster import CLEAR, Canvas

_CELL: Final = (8, 17)
_SHADES: Final = 4
"""Shades from a background to the ink on it: enough for smooth letters, few enough for a small file."""
_MAX_DELAY: Final = 0xFFFF
"""The longest time that one frame can be shown, in hundredths of a second."""
_LOOP_FOREVER: Final = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
_KEEP_PIXELS: Final = 1 << 2
"""Disposal method: pixels stay where the next frame draws nothing."""
_HAS_TRANSPARENT: Final = 1


def write_gif(recording: Recording) -> bytes:
    """The content of the file. It plays in an endless loop."""
    canvas = Canvas(recording, *_CELL, _SHADES)
    canvas.cut_corners()
    parts = [b"GIF89a", pack("<HHBBB", *canvas.size, 0xF7, 0, 0), canvas.palette.flat(), _LOOP_FOREVER]
    ends = [*(frame.at for frame in recording.frames[1:]), recording.length]
    before: Image.Image | None = None
    for frame, end in zip(recording.frames, ends, strict=True):
        canvas.draw(frame)
        parts += _image(canvas.image, before, end - frame.at)
        before = canvas.image.copy()
    return b"".join([*parts, b"\x3b"])


def _image(image: Image.Image, before: Image.Image | None, delay: int) -> Iterator[bytes]:
    """One frame, shown for `delay` hundredths of a second. If that is more than _MAX_DELAY, it is several images."""
    box = (0, 0, *image.size)
    if before is not None:
        difference = ImageChops.difference(image, before)
        box = difference.getbbox() or (0, 0, 1, 1)
        same = difference.crop(box).point(lambda value: 0 if value else 255)
        image = image.crop(box)
        image.paste(CLEAR, (0, 0), same)
    while delay > _MAX_DELAY:
        yield from _block(image, box, _MAX_DELAY)
        image, box, delay = Image.new("L", (1, 1), CLEAR), (0, 0, 1, 1), delay - _MAX_DELAY
    yield from _block(image, box, delay)


def _block(image: Image.Image, box: tuple[int, int, int, int], delay: int) -> Iterator[bytes]:
    yield pack("<BBBBHBB", 0x21, 0xF9, 4, _KEEP_PIXELS | _HAS_TRANSPARENT, delay, CLEAR, 0)
    yield from GifImagePlugin.getdata(image, (box[0], box[1]))
