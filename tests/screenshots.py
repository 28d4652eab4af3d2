"""Draws the pictures that the README shows: `make screenshots`."""

from pathlib import Path

from textual.pilot import Pilot

from tests.dashboards import WIDE, app_of, driven, sample

FOLDER = Path(__file__).resolve().parent.parent / "screenshots"


def overview() -> str:
    """The Overview of the sample fleet after nine days and eight hours, on an instance that has just expired."""
    workspace = sample(9)
    workspace.advance(workspace.calendar.parse("2026-07-10T08:00"))
    app = app_of(workspace)

    async def draw(pilot: Pilot[None]) -> str:
        await pilot.press("slash", *"plant-07", "enter", "escape")
        await pilot.pause()
        return app.export_screenshot(title="lapse demo")

    return driven(app, draw, size=WIDE)


def main() -> None:
    """Write every picture."""
    (FOLDER / "overview.svg").write_text(overview(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
