"""Where the fleet and the settings are kept.

The fleet: `--db FILE`, else LAPSE_DB, else the platform's user data folder. The settings: LAPSE_SETTINGS, else the
platform's user config folder.
"""

import os
from pathlib import Path

from core.base.errors import BadInput
from core.store.file import MEMORY


def database(given: Path | None) -> Path:
    """The path of the fleet's file: `given`, or else the default one.

    Raises BadInput for ":memory:", SQLite's name for a database in memory, which would keep nothing.
    """
    path = given or _default_path()
    if path == MEMORY:
        raise BadInput(f"{MEMORY} keeps nothing: name a file with --db FILE, or run lapse demo")
    return path


def _default_path() -> Path:
    if named := os.environ.get("LAPSE_DB"):
        return Path(named)
    from platformdirs import user_data_path

    return user_data_path("lapse", appauthor=False) / "fleet.db"


def settings_file() -> Path:
    """The path of the user's settings file, which need not exist."""
    if named := os.environ.get("LAPSE_SETTINGS"):
        return Path(named)
    from platformdirs import user_config_path

    return user_config_path("lapse", appauthor=False) / "settings.toml"
