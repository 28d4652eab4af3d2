"""The layers of the app that apply settings and read keys, whatever it shows."""
