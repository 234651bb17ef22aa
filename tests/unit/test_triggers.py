"""The triggers: armed, pending with a countdown, fired, cleared; and what a gap does to that."""

import msgspec
import pytest
from alfred_tui.domain.canary import Sample, SampleState
from alfred_tui.domain.document.checklist import TriggerRule
from alfred_tui.domain.evidence import Status
from alfred_tui.domain.run.triggers import (
    TriggerState,
    advance,
    after_step,
    armed,
    declared,
    is_news,
    is_watched,
    subjects,
    without_canary,
    worst,
)

T0 = 1_700_000_000.0
ERRORS = TriggerRule(
    id="error-rate", title="Error rate exceeds 1%", promql="…", each=("alfred-bot", "financial-tax"),
    above=1.0, unit="%", sustained=300.0, interval=15.0,
)  # fmt: skip
MIGRATION = TriggerRule(id="migration", title="Database migration failed", step="apply-migrations")
BUG = TriggerRule(id="bug", title="Critical bug")

Value = float | SampleState


def sample(index: int, value: Value) -> Sample:
    at = T0 + index * 15
    return Sample(at=at, state=value) if isinstance(value, str) else Sample(at=at, value=value)


def follow(*values: Value, state: TriggerState | None = None, first: int = 0) -> TriggerState:
    """The state after one sample each 15 seconds."""
    state = state or armed(T0 - 15, "alfred-bot")
    for index, value in enumerate(values, first):
        one = sample(index, value)
        state = advance(ERRORS, state, [one], one.at)
    return state


def test_it_stays_armed_while_the_value_is_within_the_limit() -> None:
    state = follow(0.4, 1.0, 0.9)
    assert (state.status, state.value, state.samples) == ("armed", 0.9, ())


def test_the_first_value_beyond_the_limit_makes_it_pending_with_a_countdown() -> None:
    state = follow(0.4, 1.4)
    assert (state.status, state.since, state.value) == ("pending", T0 + 15, 1.4)
    assert state.message == "alfred-bot: 1.4 % for 0:15 of 5:00"


def test_it_fires_when_the_limit_was_broken_for_longer_than_its_time_and_not_before() -> None:
    still = follow(*[1.4] * 20)
    assert still.status == "pending"
    fired = follow(*[1.4] * 21)
    assert (fired.status, fired.since) == ("fired", T0 + 300)
    assert fired.message == "alfred-bot: 1.4 % for 5:15, allowed 5:00"


def test_what_made_it_fire_is_kept_and_what_came_later_is_not() -> None:
    fired = follow(0.2, *[1.4] * 21, 2.0, 2.0)
    assert fired.value == 2.0
    assert [one.value for one in fired.samples] == [1.4] * 21


def test_one_value_within_the_limit_starts_it_all_over() -> None:
    state = follow(*[1.4] * 20, 0.9, *[1.4] * 20)
    assert (state.status, state.since, state.broken_for) == ("pending", T0 + 21 * 15, 300)
    back = follow(*[1.4] * 20, 0.9)
    assert (back.status, back.since, back.samples, back.message) == ("armed", T0 + 300, (), "")


@pytest.mark.parametrize("kind", ["no-data", "nan", "unreachable", "stale"])
def test_a_gap_neither_clears_nor_advances_and_is_shown(kind: SampleState) -> None:
    gaps: list[Value] = [kind] * 100
    gap = follow(*gaps, state=follow(*[1.4] * 10), first=10)
    assert (gap.status, gap.broken_for, gap.gap) == ("pending", 150, True)
    assert gap.message == f"alfred-bot: 1.4 % for 2:30 of 5:00 ({kind.replace('-', ' ')})"
    fired = follow(*[1.4] * 11, state=gap, first=110)
    assert (fired.status, fired.gap) == ("fired", False)
    assert follow(*[1.4] * 10, state=gap, first=110).status == "pending"


def test_a_gap_while_armed_is_shown_and_fires_nothing() -> None:
    away: list[Value] = ["unreachable"] * 100
    state = follow(*away)
    assert (state.status, state.gap, state.message) == ("armed", True, "alfred-bot: unreachable")
    assert follow(0.2, state=state, first=100).gap is False


def test_a_gap_clears_nothing_that_fired() -> None:
    fired = follow(*[1.4] * 21)
    assert follow("no-data", "no-data", state=fired, first=21).status == "fired"


def test_hearing_nothing_at_all_is_a_gap_too() -> None:
    pending = follow(*[1.4] * 10)
    at = pending.seen_at
    assert not advance(ERRORS, pending, [], at + 30).gap
    silent = advance(ERRORS, pending, [], at + 3600)
    assert (silent.status, silent.gap, silent.broken_for) == ("pending", True, 150)
    assert "no sample arrives" in silent.message
    assert follow(1.4, state=silent, first=250).broken_for == 165


def test_it_clears_when_the_value_is_back_and_can_fire_again() -> None:
    cleared = follow(*[1.4] * 21, 0.3)
    assert (cleared.status, cleared.since) == ("cleared", T0 + 315)
    assert cleared.message == "alfred-bot: back at 0.3 %"
    assert len(cleared.samples) == 21
    assert follow(*[1.4] * 20, state=cleared, first=22).status == "pending"
    again = follow(*[1.4] * 21, state=cleared, first=22)
    assert (again.status, len(again.samples)) == ("fired", 21)


def test_samples_seen_before_are_left_aside() -> None:
    window = [sample(index, 1.4) for index in range(10)]
    state = advance(ERRORS, armed(T0), window, T0 + 135)
    assert advance(ERRORS, state, window, T0 + 135) == state
    assert advance(ERRORS, state, reversed([*window, sample(10, 1.4)]), T0 + 150).broken_for == 165


def test_a_breach_that_is_told_at_once_fires_at_its_own_time() -> None:
    window = [sample(index, 1.4) for index in range(40)]
    fired = advance(ERRORS, armed(T0), window, T0 + 600)
    assert (fired.status, fired.since) == ("fired", T0 + 300)


def test_a_rule_without_patience_fires_with_the_first_value() -> None:
    rule = msgspec.structs.replace(ERRORS, sustained=0.0)
    assert advance(rule, armed(T0), [sample(0, 1.4)], T0).status == "fired"


def test_each_named_service_is_watched_by_itself() -> None:
    assert [one.name for one in subjects(ERRORS)] == ["alfred-bot", "financial-tax"]
    assert [one.name for one in subjects(BUG)] == [""]
    assert [is_watched(rule) for rule in (ERRORS, MIGRATION, BUG)] == [True, False, False]


def test_a_rule_without_a_query_is_not_advanced_by_samples() -> None:
    assert advance(BUG, armed(T0), [sample(0, 9.0)], T0 + 999) == armed(T0)


def test_the_worst_of_several_services_stands_for_the_rule() -> None:
    calm = armed(T0, "a")
    early = TriggerState(status="pending", subject="b", broken_for=15)
    late = TriggerState(status="pending", subject="c", broken_for=150, message="c: 2 %")
    fired = TriggerState(status="fired", subject="d", broken_for=315)
    assert worst([calm, early, late]) == msgspec.structs.replace(late, others=(early,))
    assert worst([late, fired, calm]) == msgspec.structs.replace(fired, others=(late,))
    assert worst([late, calm]) == late
    assert worst([calm, TriggerState(status="cleared", subject="e")]).subject == "e"
    assert worst([]) == TriggerState()
    silent = msgspec.structs.replace(calm, gap=True, message="a: unreachable")
    both = worst([silent, late])
    assert (both.subject, both.gap, both.message) == ("c", True, "c: 2 %; a: unreachable")


def test_a_failed_step_fires_its_trigger_and_a_repeat_that_passes_clears_it() -> None:
    fired = after_step(MIGRATION, armed(T0), "failed", T0 + 60)
    assert (fired.status, fired.since, fired.message) == ("fired", T0 + 60, "apply-migrations failed")
    assert after_step(MIGRATION, fired, "running", T0 + 70) == fired
    assert after_step(MIGRATION, fired, "failed", T0 + 80) == fired
    assert after_step(MIGRATION, fired, "passed", T0 + 90).status == "cleared"
    assert after_step(MIGRATION, armed(T0), "passed", T0 + 90) == armed(T0)


@pytest.mark.parametrize("status", ["error", "interrupted", "inconclusive", "cancelled"])
def test_a_step_that_ended_without_an_answer_is_a_gap(status: Status) -> None:
    state = after_step(MIGRATION, armed(T0), status, T0 + 60)
    assert (state.status, state.gap) == ("armed", True)
    assert state.message == f"apply-migrations ended as {status}: whether it failed is not known"
    assert not after_step(MIGRATION, state, "running", T0 + 90).gap


def test_a_person_declares_and_withdraws() -> None:
    fired = declared(armed(T0), "Ada", "checkout is down", T0 + 5)
    assert (fired.status, fired.since, fired.message) == (
        "fired",
        T0 + 5,
        "declared by Ada: checkout is down",
    )


def test_a_change_of_status_subject_or_gap_and_a_countdown_that_moves_are_news() -> None:
    pending = follow(1.4)
    assert is_news(pending, follow(1.4, 1.5))
    assert is_news(pending, follow(1.4, "nan"))
    assert not is_news(follow(1.4, "nan"), follow(1.4, "nan", "nan"))
    assert not is_news(follow(0.4), follow(0.4, 0.5))
    assert not is_news(follow(*[1.4] * 21), follow(*[1.4] * 22))
    assert is_news(armed(T0), pending)
    assert is_news(pending, msgspec.structs.replace(pending, subject="other"))


def test_a_state_survives_the_journal() -> None:
    fired = follow(*[1.4] * 21)
    assert msgspec.json.decode(msgspec.json.encode(fired), type=TriggerState) == fired


WITH_CANARY = msgspec.structs.replace(ERRORS, canaries=("alfred-bot",))


def follow_canary(*values: Value) -> TriggerState:
    state = armed(T0 - 15, "alfred-bot canary")
    for index, value in enumerate(values):
        one = sample(index, value)
        state = advance(WITH_CANARY, state, [one], one.at)
    return state


def test_a_canary_is_watched_beside_the_stable_version() -> None:
    assert [(one.name, one.track) for one in subjects(WITH_CANARY)] == [
        ("alfred-bot", "stable"),
        ("financial-tax", "stable"),
        ("alfred-bot canary", "canary"),
    ]
    state = follow_canary(*[6.88] * 22)
    assert state.status == "fired"
    assert state.message.startswith("alfred-bot canary: 6.88 % for 5:30")


def test_a_canary_that_is_not_there_is_no_gap() -> None:
    assert not follow_canary("no-data", "no-data").gap
    assert not follow_canary("no-data", 0.4, "no-data").gap
    assert follow_canary("unreachable").gap


def test_a_canary_that_vanishes_while_it_breaks_the_limit_neither_clears_nor_advances() -> None:
    state = follow_canary(6.88, 6.88, "no-data", "no-data")
    assert (state.status, state.gap, state.broken_for) == ("pending", True, 15.0 * 2)


def test_a_fired_canary_that_the_cluster_says_is_gone_clears_and_says_why() -> None:
    fired = follow_canary(*[6.88] * 22, "no-data")
    assert (fired.status, fired.gap) == ("fired", True)
    gone = without_canary(WITH_CANARY, fired, T0 + 400)
    assert (gone.status, gone.gap, gone.since) == ("cleared", False, T0 + 400)
    assert gone.message == (
        "alfred-bot canary: 6.88 % for 5:30, allowed 5:00 (the canary is not there any more)"
    )
    # It is away from then on, and a new one counts from nothing.
    later = advance(WITH_CANARY, gone, [sample(40, "no-data")], T0 + 600)
    assert (later.status, later.gap) == ("cleared", False)
    again = advance(WITH_CANARY, later, [sample(41, 6.88)], T0 + 615)
    assert (again.status, again.broken_for) == ("pending", 15.0)


def test_a_pending_canary_that_is_gone_is_armed_again() -> None:
    gone = without_canary(WITH_CANARY, follow_canary(6.88, 6.88, "no-data"), T0 + 60)
    assert (gone.status, gone.gap, gone.broken_for, gone.message) == ("armed", False, 0.0, "")
