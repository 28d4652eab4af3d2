"""Recordings: a script of keys, captions and pauses is played in the dashboard and saved as a picture or a movie."""
