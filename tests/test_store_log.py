"""The log as the screens read it: some of it by instance, account and type, and backwards page by page."""

import pytest

from core.workspace import Workspace
from tests.dashboards import sample


@pytest.fixture(scope="module")
def kept() -> Workspace:
    """The sample fleet after 45 days."""
    return sample(45)


def test_several_types_are_read_in_the_log_s_order(kept: Workspace) -> None:
    kinds = ("renewed", "bill_settled")
    wanted = [event for event in kept.events() if event.type in kinds]
    assert {event.type for event in wanted} == set(kinds)
    assert list(kept.events(kinds=kinds)) == wanted
    assert (
        list(kept.events(kinds=kinds, account="acme", last=3))
        == [event for event in wanted if event.account == "acme"][-3:]
    )


def test_no_type_at_all_is_nothing(kept: Workspace) -> None:
    assert list(kept.events(kinds=())) == []


def test_the_log_is_paged_backwards_without_a_gap(kept: Workspace) -> None:
    pages, before = [], None
    while page := list(kept.events(before=before, last=37)):
        pages.append(page)
        before = page[0].seq
    assert [event for page in reversed(pages) for event in page] == list(kept.events())
    assert all(len(page) == 37 for page in pages[:-1])


def test_both_ends_are_left_out(kept: Workspace) -> None:
    assert [event.seq for event in kept.events(after=10, before=14)] == [11, 12, 13]
