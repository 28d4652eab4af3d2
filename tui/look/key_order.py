"""Keys in the order in which they were pressed, however fast they come."""

from asyncio import sleep

from textual import events
from textual.app import App

from tui.framework.internals import press_binding
from tui.widgets.entry import Entry


class OrderedApp(App[None], inherit_bindings=False):
    """An app that answers a key before it looks at the next, so that each finds done what those before it did.

    Textual sends a key to what has the focus, and through the queues of all that this lies in up to the app, where its
    binding is looked up; until then the next one has long been sent to what had the focus before.
    """

    async def on_event(self, event: events.Event) -> None:
        """Answer a key, or a paste, here and now; what means nothing here goes the usual way."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded and await self._answered(event):
            return
        await super().on_event(event)

    async def _answered(self, event: events.Key | events.Paste) -> bool:
        self.app_focus = True
        field = self.focused
        if isinstance(field, Entry) and (isinstance(event, events.Paste) or event.is_printable):
            await field.take(event)
        elif isinstance(event, events.Paste) or not await press_binding(self, event.key):
            return False
        # What was begun may go on before the next key.
        await sleep(0)
        return True
