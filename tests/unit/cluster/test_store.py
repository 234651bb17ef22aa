"""What is here equals what the server told, and every difference is told once."""

from typing import Any

import pytest
from alfred_tui.cluster.objects.partial import Pod
from alfred_tui.cluster.store.kind_store import Store

from tests.unit.cluster.kube import pod


def at(name: str, version: str, **metadata: Any) -> Pod:
    return pod(name, metadata={"resourceVersion": version, **metadata})


def names(store: Store[Pod]) -> dict[str, str]:
    return {key[1]: one.metadata.resource_version for key, one in store.objects.items()}


def test_pages_of_the_first_list_are_there_before_the_last_has_come() -> None:
    store: Store[Pod] = Store()
    assert [change.new for change in store.add_page([at("a", "1")])] == [at("a", "1")]
    assert store.version == ""
    changes = store.replace([at("a", "1"), at("b", "2")], "9")
    assert [change.key[1] for change in changes] == ["b"]
    assert store.version == "9"


def test_a_list_tells_only_differences() -> None:
    store: Store[Pod] = Store()
    store.replace([at("a", "1"), at("b", "2"), at("c", "3")], "3")
    changes = store.replace([at("a", "1"), at("b", "5"), at("d", "6")], "6")
    told = [(change.key[1], change.old is None, change.new is None) for change in changes]
    assert told == [("c", False, True), ("b", False, False), ("d", True, False)]
    assert names(store) == {"a": "1", "b": "5", "d": "6"}


def test_an_object_made_again_under_its_name_is_a_change_even_at_the_same_version() -> None:
    store: Store[Pod] = Store()
    store.replace([at("a", "1", uid="old")], "1")
    assert len(store.replace([at("a", "1", uid="new")], "2")) == 1


def test_events_come_change_and_go() -> None:
    store: Store[Pod] = Store()
    store.replace([], "1")
    assert store.apply("ADDED", at("a", "2")) == (("default", "a"), None, at("a", "2"))
    assert store.apply("MODIFIED", at("a", "3")) == (("default", "a"), at("a", "2"), at("a", "3"))
    assert store.apply("DELETED", at("a", "4")) == (("default", "a"), at("a", "3"), None)
    assert (names(store), store.version) == ({}, "4")


def test_events_that_a_reconnect_repeats_tell_nothing() -> None:
    store: Store[Pod] = Store()
    store.replace([at("a", "5")], "8")
    assert store.apply("ADDED", at("a", "3")) is None
    assert store.apply("DELETED", at("a", "8")) is None
    assert names(store) == {"a": "5"}


def test_the_end_of_something_unknown_tells_nothing() -> None:
    store: Store[Pod] = Store()
    store.replace([], "1")
    assert store.apply("DELETED", at("a", "2")) is None
    assert store.version == "2"


def test_versions_that_are_no_numbers_are_never_taken_as_old() -> None:
    store: Store[Pod] = Store()
    store.replace([], "abc")
    assert store.apply("ADDED", at("a", "aaa")) is not None


def test_a_bookmark_moves_the_version_forward_only() -> None:
    store: Store[Pod] = Store()
    store.replace([], "10")
    assert store.advance("12")
    assert not store.advance("11")
    store.advance("")
    assert store.version == "12"


@pytest.mark.parametrize(
    ("here", "version", "held"),
    [
        ([at("a", "5", uid="a"), at("b", "6", uid="b")], "6", True),
        ([at("a", "5", uid="a"), at("b", "7", uid="b")], "7", True),
        ([at("a", "4", uid="a")], "4", False),
        ([at("a", "5", uid="a")], "5", False),
        ([at("a", "5", uid="a"), at("b", "6", uid="b"), at("extra", "2", uid="c")], "6", False),
        ([at("a", "3", uid="old")], "3", False),
        ([], "8", True),
        ([], "9", True),
    ],
    ids=["equal", "newer", "older", "misses one", "one too many", "another one", "as of the list", "past it"],
)
def test_a_store_holds_a_list_once_nothing_in_it_is_older(here: list[Pod], version: str, held: bool) -> None:
    store: Store[Pod] = Store()
    store.replace(here, version)
    listed = [at("a", "5", uid="a"), at("b", "6", uid="b")]
    assert store.holds(listed, "8", lambda one: True) is held


def test_what_another_question_is_about_does_not_hold_up_a_list() -> None:
    store: Store[Pod] = Store()
    store.replace([at("a", "5"), at("other", "2")], "5")
    assert store.holds([at("a", "5")], "8", lambda one: one.metadata.name != "other")
    assert not store.holds([at("a", "5")], "8", lambda one: True)


def test_that_there_is_none_is_held_once_it_has_gone() -> None:
    store: Store[Pod] = Store()
    store.replace([at("a", "5")], "5")
    assert not store.holds([], "", lambda one: one.metadata.name == "a")
    store.apply("DELETED", at("a", "6"))
    assert store.holds([], "", lambda one: one.metadata.name == "a")
