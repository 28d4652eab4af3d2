"""The program as a process: signals, and taking and restoring the terminal."""
