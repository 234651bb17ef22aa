"""The options of requests: read from the query, refused in Kubernetes' words where they make no sense."""

import json
from collections.abc import Iterator, Mapping, Sequence

from alfred_tui.demo.kube.deletes import DeleteOptions
from alfred_tui.demo.kube.errors import (
    ApiError,
    Cause,
    bad_request,
    forbidden_value,
    invalid,
    invalid_value,
    required,
    unsupported,
)
from alfred_tui.demo.kube.listing import EXACT, NOT_OLDER, ListOptions
from alfred_tui.demo.kube.objects import Obj
from alfred_tui.demo.kube.writes import WriteOptions

_GROUP = "meta.k8s.io"
_MANAGER_LIMIT = 128
_VALIDATIONS = ("", "Ignore", "Strict", "Warn")
_POLICIES = ("Foreground", "Background", "Orphan")


def flag(query: Mapping[str, str], name: str) -> bool:
    """Whether a boolean parameter is given and true: everything but "false" and "0" is."""
    return name in query and query[name].lower() not in ("false", "0")


def number(query: Mapping[str, str], name: str) -> int | None:
    """A whole number; None where none is given. ApiError 400 when it is no number."""
    text = query.get(name, "")
    if not text:
        return None
    try:
        return int(text)
    except ValueError as problem:
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax') from problem


def list_options(query: Mapping[str, str]) -> ListOptions:
    """The options of a list or watch; ApiError 400 for numbers that are none."""
    timeout = number(query, "timeoutSeconds")
    return ListOptions(
        labels=query.get("labelSelector", ""),
        fields=query.get("fieldSelector", ""),
        limit=max(0, number(query, "limit") or 0),
        continue_=query.get("continue", ""),
        resource_version=query.get("resourceVersion", ""),
        match=query.get("resourceVersionMatch", ""),
        watch=flag(query, "watch"),
        bookmarks=flag(query, "allowWatchBookmarks"),
        initial_events=flag(query, "sendInitialEvents") if "sendInitialEvents" in query else None,
        timeout_seconds=float(timeout) if timeout else None,
    )


def check_list(options: ListOptions) -> None:
    """ApiError 422 for options of a list or watch that exclude each other."""
    causes = list(_watch_causes(options) if options.watch else _list_causes(options))
    if causes:
        raise _invalid("ListOptions", causes)
    if options.continue_ and options.resource_version not in ("", "0"):
        raise bad_request("specifying resource version is not allowed when using continue")


def _list_causes(options: ListOptions) -> Iterator[Cause]:
    if options.match:
        if not options.resource_version:
            yield _no_match("resourceVersionMatch is forbidden unless resourceVersion is provided")
        if options.continue_:
            yield _no_match("resourceVersionMatch is forbidden when continue is provided")
        if options.match not in (EXACT, NOT_OLDER):
            yield unsupported("resourceVersionMatch", options.match, (EXACT, NOT_OLDER, ""))
        if options.match == EXACT and options.resource_version == "0":
            yield _no_match('resourceVersionMatch "exact" is forbidden for resourceVersion "0"')
    if options.initial_events is not None:
        yield forbidden_value("sendInitialEvents", "sendInitialEvents is forbidden for list")


def _watch_causes(options: ListOptions) -> Iterator[Cause]:
    if options.initial_events is not None and options.match != NOT_OLDER:
        yield _no_match(f"sendInitialEvents requires setting resourceVersionMatch to {NOT_OLDER}")
    if options.match:
        if options.initial_events is None:
            yield _no_match(
                "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
            )
        if options.match != NOT_OLDER:
            yield unsupported("resourceVersionMatch", options.match, (NOT_OLDER,))
        if options.continue_:
            yield _no_match("resourceVersionMatch is forbidden when continue is provided")


def _no_match(why: str) -> Cause:
    return forbidden_value("resourceVersionMatch", why)


def write_options(action: str, query: Mapping[str, str], user_agent: str, *, apply: bool) -> WriteOptions:
    """The options of a create, update or patch (`apply`: of a server-side apply). ApiError 422."""
    manager = query.get("fieldManager", "")
    causes = list(_manager_causes(manager))
    if apply and not manager:
        causes.insert(0, required("fieldManager", "is required for apply patch"))
    if action == "patch" and not apply and "force" in query:
        causes.insert(0, forbidden_value("force", "may not be specified for non-apply patch"))
    validation = query.get("fieldValidation", "")
    causes += _dry_run_causes([query["dryRun"]] if query.get("dryRun") else [])
    if validation not in _VALIDATIONS:
        causes.append(unsupported("fieldValidation", validation, _VALIDATIONS))
    if causes:
        raise _invalid(f"{action.capitalize()}Options", causes)
    return WriteOptions(
        manager=manager or user_agent.partition("/")[0] or "unknown",
        dry_run=bool(query.get("dryRun")),
        validation=validation or "Warn",
        force=flag(query, "force"),
    )


def _manager_causes(manager: str) -> Iterator[Cause]:
    if len(manager.encode()) > _MANAGER_LIMIT:
        why = f"Too long: may not be more than {_MANAGER_LIMIT} bytes"
        yield Cause("fieldManager", "FieldValueTooLong", why)
    elif not manager.isprintable():
        yield invalid_value("fieldManager", manager, "should only contain printable characters")


def _dry_run_causes(dry_run: Sequence[str]) -> Iterator[Cause]:
    if any(one != "All" for one in dry_run):
        why = f'Unsupported value: {json.dumps(dry_run)}: supported values: "All"'
        yield Cause("dryRun", "FieldValueNotSupported", why)


def delete_options(body: Obj, query: Mapping[str, str]) -> DeleteOptions:
    """The options of a DeleteOptions object or, where there is none, of the query. ApiError 400, 422."""
    kind, version = body.get("kind", "DeleteOptions"), body.get("apiVersion", "v1")
    if kind != "DeleteOptions":
        registry = '"k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27"'
        raise bad_request(f'no kind "{kind}" is registered for version "{version}" in scheme {registry}')
    grace = body.get("gracePeriodSeconds", number(query, "gracePeriodSeconds"))
    policy = body.get("propagationPolicy") or query.get("propagationPolicy", "")
    preconditions = body.get("preconditions") or {}
    dry = body.get("dryRun") or ([query["dryRun"]] if query.get("dryRun") else [])
    causes = list(_dry_run_causes(dry))
    if policy and body.get("orphanDependents") is not None:
        why = "orphanDependents and deletionPropagation cannot be both set"
        causes.insert(0, invalid_value("propagationPolicy", policy, why))
    elif policy and policy not in _POLICIES:
        causes.insert(0, unsupported("propagationPolicy", policy, (*_POLICIES, "nil")))
    if causes:
        raise _invalid("DeleteOptions", causes)
    return DeleteOptions(
        # As in Kubernetes, a negative number means as soon as may be.
        grace_seconds=(grace if grace >= 0 else 1) if isinstance(grace, int) else None,
        orphan=policy == "Orphan" or body.get("orphanDependents") is True,
        foreground=policy == "Foreground",
        dry_run="All" in dry,
        uid=str(preconditions.get("uid", "")),
        resource_version=str(preconditions.get("resourceVersion", "")),
    )


def _invalid(kind: str, causes: Sequence[Cause]) -> ApiError:
    return invalid(_GROUP, kind, "", causes)
