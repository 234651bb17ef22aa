"""Garbage is looked for seldom, and not in what stays."""

import gc
from collections.abc import Iterator

import pytest
from alfred_tui import garbage


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()
    gc.enable()


def test_nothing_is_looked_for_while_the_screen_is_made_and_seldom_after_it() -> None:
    garbage.look_later()
    assert not gc.isenabled()
    garbage.look_seldom()
    assert gc.isenabled()
    assert gc.get_threshold()[0] > 1000


def test_what_is_kept_is_not_looked_through_and_goes_by_itself() -> None:
    gc.unfreeze()
    kept: list[list[int]] = [[] for _ in range(1000)]
    garbage.keep()
    before = gc.get_freeze_count()
    assert before >= 1000
    del kept
    assert gc.get_freeze_count() <= before - 1000
