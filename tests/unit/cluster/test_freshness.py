"""How far what is shown may be believed, in different words for different troubles."""

import pytest
from alfred_tui.cluster.access.errors import (
    Absent,
    Broken,
    ClusterError,
    Expired,
    Forbidden,
    Throttled,
    Unreachable,
)
from alfred_tui.cluster.store.freshness import STALE_AFTER, Hearing, worst_of
from alfred_tui.domain.cluster.workloads import Freshness


class Clocks:
    def __init__(self) -> None:
        self.epoch = 1000.0
        self.real = 0.0

    def hearing(self) -> Hearing:
        return Hearing(lambda: self.epoch, lambda: self.real)


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


def test_before_anything_was_heard_it_is_connecting(clocks: Clocks) -> None:
    state = clocks.hearing().state
    assert (state.connection, state.since, state.heard_at) == ("connecting", 1000, 0)


def test_what_was_heard_is_live_since_it_was_first_heard(clocks: Clocks) -> None:
    hearing = clocks.hearing()
    clocks.epoch = 1010
    hearing.heard()
    clocks.epoch = 1030
    hearing.heard()
    assert (hearing.state.connection, hearing.state.since, hearing.state.heard_at) == ("live", 1010, 1030)


def test_too_long_a_silence_is_stale_since_the_last_word(clocks: Clocks) -> None:
    hearing = clocks.hearing()
    hearing.heard()
    clocks.real = STALE_AFTER + 1
    assert (hearing.state.connection, hearing.state.since) == ("stale", 1000)
    assert hearing.state.message


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (Unreachable("no"), "unreachable"),
        (Expired("no"), "expired"),
        (Forbidden("no"), "forbidden"),
        (Absent("no"), "absent"),
        (Throttled("no"), "stale"),
        (Broken("no"), "stale"),
    ],
)
def test_each_trouble_has_its_word_and_keeps_when_it_was_last_heard(
    clocks: Clocks, error: ClusterError, word: str
) -> None:
    hearing = clocks.hearing()
    hearing.heard()
    clocks.epoch = 1020
    hearing.failed(error)
    clocks.epoch = 1040
    hearing.failed(error)
    state = hearing.state
    assert (state.connection, state.since, state.heard_at, state.message) == (word, 1020, 1000, "no")


@pytest.mark.parametrize(("error", "word"), [(Broken("503"), "error"), (Throttled("429"), "throttled")])
def test_a_server_that_answers_and_never_yet_did_well_is_neither_unreachable_nor_stale(
    clocks: Clocks, error: ClusterError, word: str
) -> None:
    hearing = clocks.hearing()
    hearing.failed(error)
    assert hearing.state.connection == word


def test_how_it_is_asked_again_is_told_of_what_waiting_may_mend() -> None:
    hearing = Hearing(lambda: 0.0, again="It is asked again every 2 s.")
    hearing.failed(Broken("The server answered 503", temporary=True))
    assert hearing.state.message == "The server answered 503. It is asked again every 2 s."
    hearing.failed(Forbidden("You may not."))
    assert hearing.state.message == "You may not."


def test_hearing_again_is_live_again(clocks: Clocks) -> None:
    hearing = clocks.hearing()
    hearing.failed(Unreachable("no"))
    clocks.epoch = 1050
    hearing.heard()
    assert hearing.state == Freshness(connection="live", since=1050, heard_at=1050)


def test_of_several_sources_the_worst_and_the_oldest_is_shown() -> None:
    live = Freshness(connection="live", since=1, heard_at=50)
    away = Freshness(connection="unreachable", since=30, heard_at=20, message="no route")
    assert worst_of([live, away]) == away
    assert worst_of([live, Freshness(connection="live", since=2, heard_at=40)]).heard_at == 40
