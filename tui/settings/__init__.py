"""The user's settings: the settings file, themes and colours."""
