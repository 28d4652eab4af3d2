"""The dialogs: boxes over a screen that ask for one thing."""
