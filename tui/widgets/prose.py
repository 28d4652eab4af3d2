"""Sentences wrapped so that no line break falls within a date or an amount."""

from textual.content import Content
from textual.geometry import Size
from textual.widgets import Static

from tui.text.cells import wrapped_content


class Prose(Static):
    """A text as high as its lines."""

    def _lines(self, width: int) -> list[Content]:
        text = self.content
        return wrapped_content(text if isinstance(text, Content) else Content(str(text)), width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The number of lines of the text."""
        return len(self._lines(width))

    def render(self) -> Content:
        """The wrapped lines."""
        return Content("\n").join(self._lines(self.size.width))
