"""Warnings are told once, newest first, on one line."""

from alfred_tui.cluster.diagnosis.warnings import one_line, warnings_of

from tests.unit.cluster.kube import event


def test_the_same_warning_is_told_once_with_all_its_counts() -> None:
    told = warnings_of(
        [
            event(
                "Unhealthy",
                "no",
                count=3,
                firstTimestamp="2026-01-01T00:00:10Z",
                lastTimestamp="2026-01-01T00:00:20Z",
            ),
            event(
                "Unhealthy",
                "no",
                count=2,
                firstTimestamp="2026-01-01T00:00:00Z",
                lastTimestamp="2026-01-01T00:00:05Z",
            ),
        ]
    )
    assert len(told) == 1
    assert told[0].times == 5
    assert told[0].last_at - told[0].first_at == 20


def test_the_newest_comes_first_and_normal_events_are_left_out() -> None:
    told = warnings_of(
        [
            event("Old", "a", lastTimestamp="2026-01-01T00:00:00Z"),
            event("New", "b", lastTimestamp="2026-01-02T00:00:00Z"),
            event("Pulled", "c", type="Normal"),
        ]
    )
    assert [one.reason for one in told] == ["New", "Old"]


def test_a_series_says_when_it_was_last_seen() -> None:
    series = {"count": 40, "lastObservedTime": "2026-01-01T01:00:00.000000Z"}
    told = warnings_of(
        [event("Unhealthy", "no", eventTime="2026-01-01T00:00:00.000000Z", count=0, series=series)]
    )
    assert told[0].times == 40
    assert told[0].last_at - told[0].first_at == 3600


def test_the_container_is_read_from_the_field_path() -> None:
    told = warnings_of(
        [event("Unhealthy", "no", involvedObject={"fieldPath": "spec.initContainers{migrate}"})]
    )
    assert told[0].container == "migrate"


def test_external_text_becomes_one_inert_line_of_bounded_length() -> None:
    assert one_line("a\x1b[31m\r\n  b\x00.") == "a [31m b"
    assert len(one_line("x" * 10_000)) == 300
