"""Answers resource requests: finds what is meant, checks the right to it, reads or writes it."""

import asyncio
from collections.abc import Callable

from aiohttp import web

from alfred_tui.demo.kube.bodies import media_type, read_object
from alfred_tui.demo.kube.deletes import Deleter
from alfred_tui.demo.kube.encoding import ObjectBytes, encode, list_pieces, typed
from alfred_tui.demo.kube.errors import ApiError, not_found
from alfred_tui.demo.kube.eventalias import ALIAS, CORE, as_alias
from alfred_tui.demo.kube.evictions import evict
from alfred_tui.demo.kube.forms import TABLE, WHOLE, Form, Shaper, check_form, form
from alfred_tui.demo.kube.impersonation import acting
from alfred_tui.demo.kube.kinds import BY_KEY, Kind
from alfred_tui.demo.kube.listing import Lister, ListOptions, watched_revision
from alfred_tui.demo.kube.metrics import GROUP as METRICS
from alfred_tui.demo.kube.metrics import Metrics
from alfred_tui.demo.kube.objects import Obj
from alfred_tui.demo.kube.options import check_list, delete_options, list_options, write_options
from alfred_tui.demo.kube.patching import APPLY_PATCH, read_patch
from alfred_tui.demo.kube.podlogs import LogReader, check_started, container_of, log_options
from alfred_tui.demo.kube.reviews import review
from alfred_tui.demo.kube.rights import User, check
from alfred_tui.demo.kube.routes import Target, not_served, target, verb
from alfred_tui.demo.kube.scale import SCALE, scale_of
from alfred_tui.demo.kube.selectors import matcher
from alfred_tui.demo.kube.sources import LogSource, UsageSource
from alfred_tui.demo.kube.store import Store
from alfred_tui.demo.kube.streams import WatchStream, error_line, follow_log, run_watch
from alfred_tui.demo.kube.watch import WatchHub
from alfred_tui.demo.kube.writes import Writer, Written

JSON = "application/json"
# Longer lists are sent in pieces.
_AT_ONCE = 500
_EVICTED: Obj = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}
_REVIEWS = ("authorization.k8s.io", "authentication.k8s.io")


class Api:
    """The resources of one store over HTTP."""

    def __init__(
        self, store: Store, hub: WatchHub, *, now: Callable[[], float], logs: LogSource, usage: UsageSource
    ) -> None:
        self._store = store
        self._hub = hub
        self._now = now
        self._logs = logs
        self._objects = ObjectBytes()
        store.subscribe(self._objects.forget)
        self._shaper = Shaper(self._objects)
        self.lister = Lister(store, hub)
        self._writer = Writer(store)
        self.deleter = Deleter(store)
        self._metrics = Metrics(self.lister, usage)

    async def handle(self, request: web.Request, user: User, known: tuple[User, ...]) -> web.StreamResponse:
        """The answer to a resource request; ApiError for every refusal. `known`: whom `user` may act as."""
        found = target(request.path)
        if found is None:
            raise not_served()
        options = list_options(request.query)
        action = verb(request.method, found, options)
        user = acting(user, request.headers, known, found.access(action))
        check(user, found.access(action))
        if found.kind.group in _REVIEWS:
            return await self._review(request, found, user)
        if request.method == "GET":
            return await self._read(request, found, options)
        if action in ("delete", "deletecollection"):
            return await self._delete(request, found, options)
        return await self._write(request, found, action)

    # Reading

    async def _read(self, request: web.Request, found: Target, options: ListOptions) -> web.StreamResponse:
        wanted = form(request.headers.get("Accept", ""), request.query.get("includeObject", ""))
        if found.kind.group == METRICS:
            return self._usage(found, options, wanted)
        if options.watch:
            check_list(options)
            return await self._watch(request, found, options, wanted)
        if found.subresource != "log":
            check_form(wanted, found.kind, is_list=not found.name)
        if not found.name:
            check_list(options)
            return await self._list(request, found, options, wanted)
        if found.subresource == "log":
            return await self._log(request, found)
        if options.resource_version not in ("", "0"):
            self.lister.check_reached(options.resource_version)
        obj = self._stored(found)
        if found.subresource == "scale":
            scale = scale_of(obj)
            if wanted.as_ == TABLE:
                return _json(self._shaper.one(SCALE, scale, wanted, self._now()))
            return _json(encode(scale))
        if found.kind.key == ALIAS and wanted.as_ == WHOLE:
            return _json(encode(as_alias(obj)))
        return _json(self._shaper.one(found.kind, obj, wanted, self._now()))

    def _stored(self, found: Target) -> Obj:
        obj = self._store.get(_stored_kind(found.kind).key, *found.place)
        if obj is None:
            raise not_found(found.kind.key, found.name)
        return obj

    async def _list(
        self, request: web.Request, found: Target, options: ListOptions, wanted: Form
    ) -> web.StreamResponse:
        page = self.lister.page(_stored_kind(found.kind), _scope(found), options)
        items = page.items
        if found.kind.key == ALIAS and wanted.as_ == WHOLE:
            items = [as_alias(item) for item in items]
        pieces = self._shaper.many(found.kind, items, page.meta, wanted, self._now())
        if len(items) <= _AT_ONCE:
            return _json(b"".join(pieces))
        # The others are heard between two pieces of a large list; its objects are those of one moment.
        response = web.StreamResponse(headers={"Content-Type": JSON})
        await response.prepare(request)
        for piece in pieces:
            await response.write(piece)
            await asyncio.sleep(0)
        return response

    def _usage(self, found: Target, options: ListOptions, wanted: Form) -> web.Response:
        now = self._now()
        if found.name:
            obj = self._store.get(found.kind.key._replace(group=""), *found.place)
            entries = [self._metrics.get(found, obj, now)]
        else:
            entries = self._metrics.list(found, options, now)
        if wanted.as_ == TABLE:
            return _json(self._shaper.table(found.kind, entries, {}, wanted, now, headers=True))
        if found.name:
            return _json(encode(typed(found.kind, entries[0])))
        pieces = list_pieces(f"{found.kind.kind}List", found.kind.api_version, {}, map(encode, entries))
        return _json(b"".join(pieces))

    async def _watch(
        self, request: web.Request, found: Target, options: ListOptions, wanted: Form
    ) -> web.StreamResponse:
        stored = _stored_kind(found.kind)
        fields = options.fields
        if found.name:
            fields = ",".join(filter(None, (fields, f"metadata.name={found.name}")))
        matches = matcher(stored.key, options.labels, fields)
        response = web.StreamResponse(headers={"Content-Type": JSON, "Cache-Control": "no-cache, private"})
        unset = options.resource_version in ("", "0")
        fresh = unset if options.initial_events is None else options.initial_events
        since = None if fresh or unset else watched_revision(options.resource_version)
        try:
            watcher = self._hub.open(stored.key, _scope(found), matches, since)
        except ApiError as problem:
            if problem.code != 410:
                raise
            await response.prepare(request)
            await response.write(error_line(problem))
            return response
        objects = self._store.list(stored.key, _scope(found)) if fresh else []
        initial = [obj for obj in objects if matches is None or matches(obj)]
        convert = as_alias if found.kind.key == ALIAS else None
        stream = WatchStream(found.kind, wanted, self._shaper, self._objects, self._now, convert)
        try:
            await response.prepare(request)
            await run_watch(response, stream, watcher, initial, options, lambda: self._store.revision)
        finally:
            self._hub.leave(watcher)
        return response

    async def _log(self, request: web.Request, found: Target) -> web.StreamResponse:
        options = log_options(found.name, request.query, self._now())
        pod = self._stored(found)
        container = container_of(pod, options.container)
        started = check_started(pod, container, previous=options.previous)
        reader = LogReader(self._logs, pod, container, options)
        past = reader.past() if started else b""
        if not options.follow or not started:
            return web.Response(body=past, content_type="text/plain")
        response = web.StreamResponse(headers={"Content-Type": "text/plain"})
        await response.prepare(request)
        await response.write(past)
        await follow_log(response, reader, self._store, pod, container)
        return response

    # Writing

    async def _review(self, request: web.Request, found: Target, user: User) -> web.Response:
        body = read_object(await request.read(), request.headers.get("Content-Type", ""))
        answer = review(found.kind.resource, body, user, self._now())
        return _json(encode(typed(found.kind, answer)), 201)

    async def _write(self, request: web.Request, found: Target, action: str) -> web.Response:
        content_type = request.headers.get("Content-Type", "")
        body = await request.read()
        options = write_options(
            action,
            request.query,
            request.headers.get("User-Agent", ""),
            apply=action == "patch" and media_type(content_type) == APPLY_PATCH,
        )
        if found.subresource == "eviction":
            evict(self._store, self.deleter, found, read_object(body, content_type), dry_run=options.dry_run)
            return _json(encode(_EVICTED), 201)
        match action:
            case "create":
                written = self._writer.create(found, read_object(body, content_type, found.kind), options)
            case "update":
                written = self._writer.replace(found, read_object(body, content_type, found.kind), options)
            case _:
                patch = read_patch(body, content_type)
                written = self._writer.patch(found, patch, content_type, options)
        return self._written(found, written, dry_run=options.dry_run)

    def _written(self, found: Target, written: Written, *, dry_run: bool) -> web.Response:
        if found.subresource == "scale":
            body = encode(scale_of(written.obj))
        elif dry_run:
            # What was only tried carries the version of what is stored, under which bytes are kept.
            body = encode(typed(found.kind, written.obj))
        else:
            body = self._objects.whole(found.kind, written.obj)
        response = _json(body, 201 if written.created else 200)
        for warning in written.warnings:
            quoted = warning.replace("\\", "\\\\").replace('"', '\\"')
            response.headers.add("Warning", f'299 - "{quoted}"')
        return response

    async def _delete(self, request: web.Request, found: Target, options: ListOptions) -> web.Response:
        body = await request.read()
        given = read_object(body, request.headers.get("Content-Type", "")) if body else {}
        how = delete_options(given, request.query)
        if found.name:
            return _json(encode(self.deleter.delete(found, self._stored(found), how)))
        objects = list(self.lister.matching(found.kind.key, _scope(found), options))
        self.deleter.delete_all(found.kind.key, objects, how)
        meta = {"resourceVersion": str(self._store.revision)}
        items = (self._objects.item(found.kind, obj) for obj in objects)
        return _json(b"".join(list_pieces(f"{found.kind.kind}List", found.kind.api_version, meta, items)))


def _stored_kind(kind: Kind) -> Kind:
    return BY_KEY[CORE] if kind.key == ALIAS else kind


def _scope(found: Target) -> str | None:
    """The store's namespace argument: None lists all, also the kinds that have no namespace."""
    return found.namespace if found.kind.namespaced else None


def _json(body: bytes, status: int = 200) -> web.Response:
    return web.Response(body=body, status=status, content_type=JSON)
