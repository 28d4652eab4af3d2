"""The last screen of a recording as a PNG, at twice the size of a GIF."""

from io import BytesIO
from typing import Final

from tui.recording.pictures import Recording
from tui.recording.raster import Canvas

_CELL: Final = (16, 34)
_SHADES: Final = 16


def write_png(recording: Recording) -> bytes:
    """The content of the file."""
    recording = recording._replace(frames=recording.frames[-1:])
    canvas = Canvas(recording, *_CELL, _SHADES)
    canvas.draw(recording.frames[0])
    image = canvas.image.copy()
    image.putpalette(canvas.palette.flat())
    image = image.convert("RGB")
    image.putalpha(canvas.corners())
    file = BytesIO()
    image.save(file, "PNG", compress_level=6)
    return file.getvalue()
