"""Status conditions: the lists of {type, status, reason, message, times} that most kinds carry."""

from collections.abc import Sequence

from alfred_tui.demo.kube.objects import Obj


def find(conditions: Sequence[Obj], kind: str) -> Obj | None:
    """The condition of a type, or None."""
    return next((condition for condition in conditions if condition["type"] == kind), None)


def without(conditions: Sequence[Obj], kind: str) -> list[Obj]:
    return [condition for condition in conditions if condition["type"] != kind]


def transitioned(conditions: Sequence[Obj], new: Obj) -> list[Obj]:
    """`conditions` with `new` in place of its type; the transition time of an unchanged status is kept.

    The order of the list is kept, a new type comes last.
    """
    old = find(conditions, new["type"])
    if old is None:
        return [*conditions, new]
    if old["status"] == new["status"]:
        new = {**new, "lastTransitionTime": old["lastTransitionTime"]}
    return [new if condition["type"] == new["type"] else condition for condition in conditions]
