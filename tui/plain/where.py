"""Where the kept fleet is: `--db FILE`, else LAPSE_DB, else the platform's user data folder."""

import os
from pathlib import Path


def database(given: Path | None) -> Path:
    """The fleet's file that a command is to use."""
    if given is not None:
        return given
    if named := os.environ.get("LAPSE_DB"):
        return Path(named)
    from platformdirs import user_data_path

    return user_data_path("lapse", appauthor=False) / "fleet.db"
