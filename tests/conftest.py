"""What the tests share. The environment's wishes about colours and themes must not reach the snapshots."""

import os

SCRUBBED = ("NO_COLOR", "COLORTERM", "TEXTUAL_THEME", "TEXTUAL_FILTERS", "TEXTUAL_COLOR_SYSTEM", "TEXTUAL_ANIMATIONS")

for name in SCRUBBED:
    os.environ.pop(name, None)
