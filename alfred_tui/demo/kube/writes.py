"""Creating, replacing and patching objects: decode, admit, record who wrote what, store."""

from typing import Any

import msgspec

from alfred_tui.demo.kube import managed, schema
from alfred_tui.demo.kube.allocations import SERVICES, allocate
from alfred_tui.demo.kube.apply import server_side_apply
from alfred_tui.demo.kube.bodies import check_identity, check_place, media_type
from alfred_tui.demo.kube.decode import decode
from alfred_tui.demo.kube.defaults import admit
from alfred_tui.demo.kube.errors import (
    bad_request,
    namespace_ending,
    not_found,
)
from alfred_tui.demo.kube.fieldsets import Path
from alfred_tui.demo.kube.garbage import collect_ownerless
from alfred_tui.demo.kube.jobdefaults import generated
from alfred_tui.demo.kube.kinds import Kind
from alfred_tui.demo.kube.limits import CLAIMS, LIMITED_BY, PODS, check_limits, fill_limits
from alfred_tui.demo.kube.managed import APPLY, UPDATE, Manager
from alfred_tui.demo.kube.objects import Key, Obj, timestamp
from alfred_tui.demo.kube.patching import APPLY_PATCH, patched
from alfred_tui.demo.kube.routes import Target
from alfred_tui.demo.kube.scale import SCALE, scale_of, with_scale
from alfred_tui.demo.kube.store import NAMESPACES, Store
from alfred_tui.demo.kube.typedcheck import check_typed

# What the API server assigns to a service after the client's fields are recorded.
_OF_STATUS = ("apiVersion", "kind", "metadata", "status")
_ADMITTED = ("priority", "preemptionPolicy", "tolerations")
_ALLOCATED = ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy")


class WriteOptions(msgspec.Struct, frozen=True):
    """The query of a write: who writes, whether it is only tried, and what unknown fields lead to."""

    manager: str
    dry_run: bool = False
    validation: str = "Warn"
    force: bool = False


class Written(msgspec.Struct, frozen=True):
    """The object after a write, whether it is new, and warnings for the client."""

    obj: Obj
    created: bool = False
    warnings: tuple[str, ...] = ()


class Writer:
    """Writes to the store as the API server does. Every method is done at once: nothing comes between."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(self, target: Target, obj: Obj, options: WriteOptions) -> Written:
        """ApiError 400, 404 (no such namespace), 409 AlreadyExists, 422 Invalid."""
        kind = target.kind
        check_identity(obj, target, kind)
        meta = obj["metadata"]
        self._check_namespace(target, meta.get("name") or meta.get("generateName", ""))
        clean, warnings = _checked(obj, kind, options)
        stated = obj.get("spec") if isinstance(obj.get("spec"), dict) else {}
        new = self._fresh(clean, kind)
        manager = Manager(options.manager, UPDATE, kind.api_version)
        definition = schema.definition(kind.definition)
        managed.after_update(
            None, new, definition, manager, self._time(), _unowned(kind.key, new, stated or {})
        )
        return self._created(kind, new, options, warnings)

    def _fresh(self, obj: Obj, kind: Kind) -> Obj:
        """A new object as it is stored: without what only the server and the controllers set."""
        if "status" in kind.subresources:
            obj.pop("status", None)
        for field in ("uid", "resourceVersion", "creationTimestamp", "generation", "deletionTimestamp"):
            obj["metadata"].pop(field, None)
        meta = obj["metadata"]
        if meta.get("generateName") and not meta.get("name"):
            # Before the defaults: a Job's labels hold its name.
            meta["name"] = self._store.generated_name(kind.key, meta)
        new = admit(kind.key, obj, None)
        if kind.key == SERVICES:
            allocate(self._store, new, obj.get("spec") or {})
        if kind.key == PODS:
            fill_limits(self._store, new)
        if kind.key in (PODS, CLAIMS):
            check_limits(self._store, kind.key, new)
        return new

    def _check_namespace(self, target: Target, name: str) -> None:
        namespace = target.namespace
        if not target.kind.namespaced or not namespace:
            return
        found = self._store.get(NAMESPACES, "", namespace)
        if found is None:
            raise not_found(NAMESPACES, namespace)
        if "deletionTimestamp" in found["metadata"]:
            raise namespace_ending(target.kind.key, name, namespace)

    def _time(self) -> str:
        return timestamp(self._store.now())

    def stored(self, target: Target) -> Obj:
        """The object a target names; ApiError 404 when there is none."""
        found = self._store.get(target.kind.key, *target.place)
        if found is None:
            raise not_found(target.kind.key, target.name)
        return found

    def replace(self, target: Target, obj: Obj, options: WriteOptions) -> Written:
        """ApiError 400, 404, 409 Conflict for a stale resourceVersion, 422 Invalid."""
        if target.subresource == "scale":
            old = self.stored(target)
            check_place(obj, target)
            scale = decode(obj, SCALE.kind, schema.definition(SCALE.definition)).obj
            return self._save(target, old, with_scale(old, scale), options, ())
        check_identity(obj, target, target.kind)
        clean, warnings = _checked(obj, target.kind, options)
        return self._save(target, self.stored(target), clean, options, warnings)

    def patch(self, target: Target, patch: Any, content_type: str, options: WriteOptions) -> Written:
        """As `replace`, with the patch merged into the stored object; apply creates what is not there."""
        if media_type(content_type) == APPLY_PATCH:
            return self._apply(target, patch, options)
        old = self.stored(target)
        if target.subresource == "scale":
            scaled, warnings = patched(SCALE, scale_of(old), patch, content_type, options.validation)
            check_place(scaled, target)
            return self._save(target, old, with_scale(old, scaled), options, warnings)
        new, warnings = patched(target.kind, old, patch, content_type, options.validation)
        check_place(new, target)
        return self._save(target, old, new, options, warnings)

    def _apply(self, target: Target, config: Any, options: WriteOptions) -> Written:
        kind = target.kind
        if not isinstance(config, dict):
            raise bad_request("an applied configuration is an object")
        stated = api_version, shown = str(config.get("apiVersion", "")), str(config.get("kind", ""))
        if stated != (kind.api_version, kind.kind):
            group, _, version = api_version.rpartition("/")
            raise bad_request(f"invalid object type: {group}/{version}, Kind={shown}")
        if (config.get("metadata") or {}).get("managedFields"):
            raise bad_request("metadata.managedFields must be nil")
        check_place(config, target)
        live = self._store.get(kind.key, *target.place)
        if live is None and target.subresource:
            raise not_found(kind.key, target.name)
        check_typed(config, kind)
        if target.subresource == "status":
            config = {name: value for name, value in config.items() if name in _OF_STATUS}
        definition = schema.definition(kind.definition)
        manager = Manager(options.manager, APPLY, kind.api_version, target.subresource)
        merged = server_side_apply(live, config, definition, manager, self._time(), force=options.force)
        if live is not None:
            return self._save(target, live, merged, options, (), recorded=True)
        self._check_namespace(target, target.name)
        new = self._fresh(merged, kind)
        return self._created(kind, new, options, ())

    def _created(self, kind: Kind, new: Obj, options: WriteOptions, warnings: tuple[str, ...]) -> Written:
        made = self._store.create(kind.key, new, dry_run=options.dry_run)
        if not options.dry_run:
            collect_ownerless(self._store, kind, made)
        return Written(made, True, warnings)

    def _save(
        self,
        target: Target,
        old: Obj,
        new: Obj,
        options: WriteOptions,
        warnings: tuple[str, ...],
        *,
        recorded: bool = False,
    ) -> Written:
        kind = target.kind
        status = target.subresource == "status"
        if not status:
            version = new["metadata"].get("resourceVersion")
            stated, new = new, admit(kind.key, new, old)
            if kind.key == SERVICES:
                allocate(self._store, new, stated.get("spec") or {})
            if version:
                new["metadata"]["resourceVersion"] = version
        if status:
            new = _status_alone(new, old)
        if not recorded:
            manager = Manager(options.manager, UPDATE, kind.api_version, target.subresource)
            definition = schema.definition(kind.definition)
            managed.after_update(old, new, definition, manager, self._time(), set())
        saved = self._store.update(
            kind.key, new, subresource="status" if status else "", dry_run=options.dry_run
        )
        if not options.dry_run and saved is not old:
            collect_ownerless(self._store, kind, saved)
        return Written(saved, False, warnings)


def _status_alone(new: Obj, old: Obj) -> Obj:
    """What a write of the status concerns: nobody comes to own anything else by it."""
    kept = {name: value for name, value in old.items() if name not in _OF_STATUS}
    labels = {"labels": old["metadata"]["labels"]} if "labels" in old["metadata"] else {}
    meta = {name: value for name, value in new["metadata"].items() if name != "labels"}
    changed = {name: value for name, value in new.items() if name in _OF_STATUS}
    return {**kept, **changed, "metadata": {**meta, **labels}}


def _unowned(key: Key, new: Obj, spec: Obj) -> set[Path]:
    if key == Key("batch", "jobs") and not spec.get("manualSelector"):
        return generated(new)
    if key == PODS:
        # Admission fills these in after the client's fields are recorded.
        late = {("f:spec", f"f:{field}") for field in _ADMITTED if field not in spec}
        return late | {("f:metadata", "f:annotations", f"f:{LIMITED_BY}")}
    if key != SERVICES:
        return set()
    return {("f:spec", f"f:{field}") for field in _ALLOCATED if field not in spec}


def _checked(obj: Obj, kind: Kind, options: WriteOptions) -> tuple[Obj, tuple[str, ...]]:
    """A body in stored form, and what to warn of. ApiError 400 for unknown fields when they are forbidden."""
    definition = schema.definition(kind.definition)
    decoded = decode(obj, kind.kind, definition, kind.version)
    problems = tuple(f'unknown field "{path}"' for path in decoded.unknown)
    if problems and options.validation == "Strict":
        raise bad_request(
            f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: '
            f"strict decoding error: {', '.join(problems)}"
        )
    return decoded.obj, problems if options.validation == "Warn" else ()
