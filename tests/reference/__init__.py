"""A second, naive implementation of the rulebook that shares no code with core, and random histories to compare them.

`python -m tests.reference FIRST:LAST` compares them on more seeds than the tests do.
"""
