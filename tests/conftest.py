"""What the tests share. The environment's wishes about colours and themes must not reach the snapshots."""

import gc
import os
from collections.abc import Iterator
from itertools import count

import pytest

SCRUBBED = ("NO_COLOR", "COLORTERM", "TEXTUAL_THEME", "TEXTUAL_FILTERS", "TEXTUAL_COLOR_SYSTEM", "TEXTUAL_ANIMATIONS")

for name in SCRUBBED:
    os.environ.pop(name, None)


def pytest_configure() -> None:
    """Textual reads the environment when it is imported."""
    from tests.support import headless

    headless.install()
    # An app makes a hundred thousand objects: its tests need no look at all of them each time.
    gc.set_threshold(100_000, 20, 20)


_tests = count(1)


def pytest_runtest_teardown() -> None:
    """Free what an app kept from the collector, and now and then all that is left: each open fleet has several files
    open, of which a process may have about a thousand.
    """
    gc.unfreeze()
    if next(_tests) % 20 == 0:
        gc.collect()


@pytest.fixture
def unpainted() -> Iterator[None]:
    """For tests of what keys do: the app is painted only where a test reads its screen."""
    from tests.support import headless

    with headless.unpainted():
        yield


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Two workers a core: half of the time an app that is tested waits until nothing more happens."""
    return 2 * (os.cpu_count() or 1)
