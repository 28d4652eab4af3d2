"""A second, naive reading of the rulebook that shares no code with core, and random histories to compare the two by.

`python -m tests.reference FIRST:LAST` compares them on more seeds than the tests do.
"""
