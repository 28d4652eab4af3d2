"""The program as a process: signals, and the terminal taken and given back."""
