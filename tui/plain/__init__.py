"""The plain commands: everything Lapse does without a screen."""
