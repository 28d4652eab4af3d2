"""Limits: the sizes of a fleet or a selection at which the dashboard works in another way.

With them, a key is answered at once, whatever the size. Other modules read them as `limits.NAME`, so that a test can
set one.
"""

READ_WHILE_SHOWN: int = 3_000
"""Instances from which a fleet is read in a thread while the opening screen shows the progress."""
STEPPED_IN_THREAD: int = 5_000
"""Instances from which a step of the playing clock, or a reload, runs in a thread."""
ADVANCED_IN_THREAD: int = 100_000
"""Instances times days from which an advance runs in a thread, with its progress shown."""
ACTED_IN_THREAD: int = 1_000
"""Instances above which one action on each of them runs in a thread, with its progress shown."""
FORECAST_AT_ONCE: int = 60
"""Instances up to which forecasts are made at once; above that they are made in a thread, or in slices between keys."""
REHEARSED: int = 5_000
"""Instances of an account up to which auto-renewal is rehearsed: copying more takes longer than a key may wait."""
CHECKED_WHILE_CHOOSING: int = 20_000
"""Marked instances up to which each is checked while a person chooses (measured: 2 µs each); above that when the
dialog is confirmed."""
EVERY_PAYMENT: int = 200
"""Instances up to which a dialog lists every payment of each; above that only the first of each."""
TRIED_FOR_OBSTACLES: int = 50
"""Marked instances up to which a command is tried beforehand; with more, a person sees a refusal only afterwards."""
ORDERED_BY_LOSS: int = 10_000
"""Instances up to which the Overview's default order asks the forecast; above that it goes by dates alone, because
sorting again after each action would be noticeable."""
MADE_SEARCHABLE: int = 2_000
"""Rows whose texts are prepared for a filter's words at a time, which takes some hundredths of a second."""
SEARCHED_IN_FORECAST: int = 1_000
"""Instances up to which a filter's words are also searched in the forecast, again after every change."""
