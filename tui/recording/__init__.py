"""Recordings: a script of keys, captions and pauses played through the dashboard, kept as a picture or a movie."""
