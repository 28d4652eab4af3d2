"""Where things are kept: the fleet in `--db FILE`, else LAPSE_DB, else the platform's user data folder; the settings in
LAPSE_SETTINGS, else the platform's user config folder.
"""

import os
from pathlib import Path

from core.base.errors import BadInput
from core.store.file import MEMORY


def database(given: Path | None) -> Path:
    """The fleet's file that a command is to use. Raises BadInput for ":memory:", which is SQLite's name for no file."""
    path = given or _usual()
    if path == MEMORY:
        raise BadInput(f"{MEMORY} keeps nothing: name a file with --db FILE, or run lapse demo")
    return path


def _usual() -> Path:
    if named := os.environ.get("LAPSE_DB"):
        return Path(named)
    from platformdirs import user_data_path

    return user_data_path("lapse", appauthor=False) / "fleet.db"


def settings_file() -> Path:
    """The settings' file of the person who runs it."""
    if named := os.environ.get("LAPSE_SETTINGS"):
        return Path(named)
    from platformdirs import user_config_path

    return user_config_path("lapse", appauthor=False) / "settings.toml"
