"""The objects of one kind as the server last told them, and what changed with each telling.

Level-triggered: whatever way a state was reached (pages of a first list, events, a list after a gap), the
changes that listeners get are the differences between what was here and what is here now, each once.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

from alfred_tui.cluster.objects.partial import Meta


class Kept(Protocol):
    """What the store needs of an object."""

    @property
    def metadata(self) -> Meta: ...


T = TypeVar("T", bound=Kept)
V = TypeVar("V")
G = TypeVar("G", bound=Hashable)
Key = tuple[str, str]
"""Namespace (empty for what has none) and name."""


class Change(NamedTuple, Generic[T]):
    """An object came (`old` None), changed, or went (`new` None)."""

    key: Key
    old: T | None
    new: T | None


def drop(groups: dict[G, dict[Key, V]], group: G, key: Key) -> None:
    """Takes an object out of its group, and the group away with its last object."""
    members = groups.get(group)
    if members is not None:
        members.pop(key, None)
        if not members:
            del groups[group]


def key_of(object_: Kept) -> Key:
    """Where it is kept."""
    return object_.metadata.namespace, object_.metadata.name


def _number(version: str) -> int:
    # Resource versions of Kubernetes' own API server are comparable numbers; an aggregated server may use
    # other words, which then are never taken as old.
    return int(version) if version.isdigit() else -1


class Store(Generic[T]):
    """Objects by namespace and name."""

    def __init__(self) -> None:
        self.objects: dict[Key, T] = {}
        self.version = ""
        """The resource version up to which this is true; empty before the first whole list."""

    def add_page(self, objects: Iterable[T]) -> list[Change[T]]:
        """Takes a page of the very first list, so that it can be shown before the last page has come."""
        return [change for one in objects if (change := self._put(one)) is not None]

    def replace(self, objects: Iterable[T], version: str) -> list[Change[T]]:
        """Takes a whole list: what is not in it is gone."""
        fresh = {key_of(one): one for one in objects}
        changes: list[Change[T]] = [
            Change(key, old, None) for key, old in self.objects.items() if key not in fresh
        ]
        for change in changes:
            del self.objects[change.key]
        changes += self.add_page(fresh.values())
        self.version = version
        return changes

    def apply(self, kind: str, object_: T) -> Change[T] | None:
        """Takes a watch event (`ADDED`, `MODIFIED`, `DELETED`); None when it tells nothing new.

        After a reconnect a server may send events again: those up to our version are left out.
        """
        if not self.advance(object_.metadata.resource_version):
            return None
        if kind != "DELETED":
            return self._put(object_)
        key = key_of(object_)
        old = self.objects.pop(key, None)
        return Change(key, old, None) if old is not None else None

    def advance(self, version: str) -> bool:
        """Notes that everything up to this version is known; False when it already was."""
        if 0 <= _number(version) <= _number(self.version):
            return False
        self.version = version or self.version
        return True

    def _put(self, one: T) -> Change[T] | None:
        key = key_of(one)
        old = self.objects.get(key)
        if old is not None:
            before, now = old.metadata, one.metadata
            if before.resource_version == now.resource_version and before.uid == now.uid:
                return None
        self.objects[key] = one
        return Change(key, old, one)

    def holds(self, listed: Sequence[T], version: str, fits: Callable[[T], bool]) -> bool:
        """Whether all is known here that a list of that version told of the objects that fit.

        A store hears of later versions than its own kind's last change only now and then, so it counts as
        well when it has, or has let go of, each object that was listed, and has none besides.
        """
        if 0 <= _number(version) <= _number(self.version):
            return True
        told = {key_of(one) for one in listed}
        return all(map(self._knows, listed)) and not any(
            fits(one) for key, one in self.objects.items() if key not in told
        )

    def _knows(self, one: T) -> bool:
        theirs, here = one.metadata, self.objects.get(key_of(one))
        if 0 <= _number(theirs.resource_version) <= _number(self.version):
            return True
        if here is None or here.metadata.uid != theirs.uid:
            return False
        ours = here.metadata.resource_version
        return ours == theirs.resource_version or _number(ours) > _number(theirs.resource_version)

    def values(self) -> Sequence[T]:
        """All objects, in the order in which they came."""
        return list(self.objects.values())
