"""Keys are answered in the order in which they were pressed, however fast they come."""

from asyncio import sleep

from textual import events
from textual.app import App

from tui.framework.internals import press_binding
from tui.widgets.entry import Entry


class OrderedApp(App[None], inherit_bindings=False):
    """An app that answers each key before it reads the next, so that each key sees the effect of the ones before it.

    Textual sends a key to the focused widget, and then through the message queues of all its parents up to the app,
    which looks up the binding. By then, the next key has been sent to the widget that was focused before.
    """

    async def on_event(self, event: events.Event) -> None:
        """Answer a key or a paste at once. Other events, and keys that mean nothing here, are handled by Textual."""
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
        # Let tasks that the key started run before the next key.
        await sleep(0)
        return True
