"""Lists in pages: a list that began at one revision ends at it, whatever changes meanwhile."""

import base64
import json
from bisect import bisect_right
from collections import OrderedDict

import msgspec

from alfred_tui.demo.kube.errors import ApiError, bad_request
from alfred_tui.demo.kube.kinds import Kind
from alfred_tui.demo.kube.objects import Key, Obj
from alfred_tui.demo.kube.selectors import matcher
from alfred_tui.demo.kube.store import Store
from alfred_tui.demo.kube.watch import WatchHub

# How many paged lists can be under way at once; the one unused longest expires first.
SNAPSHOTS = 64

EXACT = "Exact"
NOT_OLDER = "NotOlderThan"


class ListOptions(msgspec.Struct, frozen=True):
    """The query of a list or watch. An empty text is an option not given."""

    labels: str = ""
    fields: str = ""
    limit: int = 0
    continue_: str = ""
    resource_version: str = ""
    match: str = ""
    watch: bool = False
    bookmarks: bool = False
    initial_events: bool | None = None
    timeout_seconds: float | None = None


class Page(msgspec.Struct, frozen=True):
    """One page of a list: the objects, and the list's metadata."""

    items: list[Obj]
    meta: Obj


_Place = tuple[str, str]


def _place(obj: Obj) -> _Place:
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


class _Snapshot(msgspec.Struct, frozen=True):
    items: list[Obj]
    places: list[_Place]
    filtered: bool


class Lister:
    """Answers lists from the store."""

    def __init__(self, store: Store, hub: WatchHub) -> None:
        self._store = store
        self._hub = hub
        self._snapshots: OrderedDict[tuple[Key, str | None, str, str, int], _Snapshot] = OrderedDict()

    def page(self, kind: Kind, namespace: str | None, options: ListOptions) -> Page:
        """The first or a further page. ApiError 410 Expired, 504 for a revision to come, 400 otherwise."""
        if options.continue_:
            return self._further(kind, namespace, options)
        revision = self.revision(kind.key, options)
        snapshot = self._take(kind.key, namespace, options)
        return self._cut(kind, namespace, options, snapshot, revision, 0)

    def matching(self, key: Key, namespace: str | None, options: ListOptions) -> list[Obj]:
        """All objects the options select, now."""
        matches = matcher(key, options.labels, options.fields)
        objects = self._store.list(key, namespace)
        return objects if matches is None else [obj for obj in objects if matches(obj)]

    def revision(self, key: Key, options: ListOptions) -> int:
        """The revision a list is answered at; ApiError when the one asked for cannot be had."""
        now = self._store.revision
        if options.resource_version in ("", "0"):
            return now
        wanted = _revision(options.resource_version)
        if wanted is None:
            raise bad_request(f"invalid resource version: {_no_revision(options.resource_version)}")
        if wanted > now:
            raise _too_large(wanted, now)
        if options.match == EXACT or (options.limit and not options.match):
            if wanted < self._hub.last_change(key):
                raise ApiError(410, "Expired", "The resourceVersion for the provided list is too old.")
            return wanted
        return now

    def check_reached(self, resource_version: str) -> None:
        """ApiError 504 for a revision to come, 500 for none: of a single object asked for at one."""
        wanted = watched_revision(resource_version)
        if wanted > self._store.revision:
            raise _too_large(wanted, self._store.revision)

    def _take(self, key: Key, namespace: str | None, options: ListOptions) -> _Snapshot:
        items = self.matching(key, namespace, options)
        paged = 0 < options.limit < len(items)
        filtered = bool(options.labels or options.fields)
        # Places are needed only to find where a further page begins.
        return _Snapshot(list(items), [_place(obj) for obj in items] if paged else [], filtered)

    def _further(self, kind: Kind, namespace: str | None, options: ListOptions) -> Page:
        revision, start = _read_token(options.continue_)
        if revision < 0:
            # A list that expired goes on from the current state when the client accepts the seam.
            snapshot = self._take(kind.key, namespace, options)
            places = [_place(obj) for obj in snapshot.items]
            return self._cut(
                kind, namespace, options, snapshot, self._store.revision, bisect_right(places, start)
            )
        name = (kind.key, namespace, options.labels, options.fields, revision)
        snapshot_found = self._snapshots.get(name)
        if snapshot_found is None:
            raise _expired(start)
        self._snapshots.move_to_end(name)
        first = bisect_right(snapshot_found.places, start)
        return self._cut(kind, namespace, options, snapshot_found, revision, first)

    def _cut(
        self,
        kind: Kind,
        namespace: str | None,
        options: ListOptions,
        snapshot: _Snapshot,
        revision: int,
        first: int,
    ) -> Page:
        meta: Obj = {"resourceVersion": str(revision)}
        end = first + options.limit if options.limit else len(snapshot.items)
        items = snapshot.items[first:end]
        if end < len(snapshot.items):
            name = (kind.key, namespace, options.labels, options.fields, revision)
            self._snapshots[name] = snapshot
            while len(self._snapshots) > SNAPSHOTS:
                self._snapshots.popitem(last=False)
            meta["continue"] = _token(revision, _place(items[-1]))
            if not snapshot.filtered:
                meta["remainingItemCount"] = len(snapshot.items) - end
        return Page(items, meta)

    def expire(self) -> None:
        """Drops the lists under way, as compaction does: their further pages are answered with 410."""
        self._snapshots.clear()


def watched_revision(text: str) -> int:
    """The resourceVersion a watch begins after; ApiError 500, as Kubernetes has it, when it is none."""
    wanted = _revision(text)
    if wanted is None:
        raise ApiError(500, "", _no_revision(text))
    return wanted


def _revision(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _no_revision(text: str) -> str:
    why = f'strconv.ParseUint: parsing "{text}": invalid syntax'
    return f'resourceVersion: Invalid value: "{text}": {why}'


def _too_large(wanted: int, now: int) -> ApiError:
    message = f"Timeout: Too large resource version: {wanted}, current: {now}"
    cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
    return ApiError(504, "Timeout", message, {"causes": [cause], "retryAfterSeconds": 1})


def _token(revision: int, place: _Place) -> str:
    start = f"{place[0]}/{place[1]}\0"
    text = json.dumps({"v": "meta.k8s.io/v1", "rv": revision, "start": start}, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_token(text: str) -> tuple[int, _Place]:
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        namespace, _, name = str(found["start"]).removesuffix("\0").rpartition("/")
        return int(found["rv"]), (namespace, name)
    except (ValueError, KeyError, TypeError) as problem:
        raise bad_request(f"invalid continue token: continue key is not valid: {problem}") from problem


def _expired(start: _Place) -> ApiError:
    message = (
        "The provided continue parameter is too old to display a consistent list result. You can start a new "
        "list without the continue parameter, or use the continue token in this response to retrieve the "
        "remainder of the results. Continuing with the provided token results in an inconsistent list - "
        "objects that were created, modified, or deleted between the time the first chunk was returned and "
        "now may show up in the list."
    )
    return ApiError(410, "Expired", message, metadata={"continue": _token(-1, start)})
