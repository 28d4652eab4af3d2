"""The app as it looks and reads keys, whatever it shows."""
