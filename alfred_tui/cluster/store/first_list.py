"""A first list that comes as a watch's first events, up to a bookmark that says that it is whole.

https://kubernetes.io/docs/reference/using-api/api-concepts/#streaming-lists
"""

from typing import Generic, TypeVar

from alfred_tui.cluster.store.kind_store import Kept, Key, key_of

T = TypeVar("T", bound=Kept)

INITIAL_EVENTS_END = "k8s.io/initial-events-end"
"""The annotation of the bookmark behind the last initial event."""
STREAMED: dict[str, str | int | bool] = {"sendInitialEvents": True, "resourceVersionMatch": "NotOlderThan"}
"""What asks for it; without a resource version it is as fresh as a list."""


class FirstList(Generic[T]):
    """The objects of a list that is under way."""

    def __init__(self) -> None:
        self.objects: dict[Key, T] = {}

    def take(self, kind: str, one: T) -> None:
        """Takes an event."""
        if kind == "DELETED":
            self.objects.pop(key_of(one), None)
        else:
            self.objects[key_of(one)] = one
