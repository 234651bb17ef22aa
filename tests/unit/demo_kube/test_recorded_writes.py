"""Every recorded write leaves the object and the field owners a real API server left."""

import json
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from alfred_tui.demo.kube.bootstrap import ensure_system_objects
from alfred_tui.demo.kube.objects import clone
from alfred_tui.demo.kube.routes import target
from alfred_tui.demo.kube.scale import scale_of
from alfred_tui.demo.kube.store import ApiError, Obj, Store
from alfred_tui.demo.kube.writes import WriteOptions, Writer

WRITES = Path(__file__).parents[2] / "integration" / "kube_api" / "recordings" / "writes.jsonl"
REVISION = "deployment.kubernetes.io/revision"


def comparable(obj: Obj) -> Obj:
    """Without what differs from run to run and what the controllers, which do not run here, write."""
    obj = clone(obj)
    meta = obj["metadata"]
    for field in ("uid", "resourceVersion", "creationTimestamp"):
        meta.pop(field, None)
    obj.pop("status", None)
    for field in ("clusterIP", "clusterIPs"):
        obj.get("spec", {}).pop(field, None)
    annotations = meta.get("annotations", {})
    annotations.pop(REVISION, None)
    if not annotations:
        meta.pop("annotations", None)
    owned = [
        (entry["manager"], entry["operation"], _fields(entry)) for entry in meta.get("managedFields", ())
    ]
    meta["managedFields"] = sorted((entry for entry in owned if entry[2]), key=str)
    return obj


def _fields(entry: Obj) -> Obj:
    fields: Obj = entry["fieldsV1"]
    if entry["operation"] == "Update":
        # The recorded server kept no owner of replicas that went by way of a scale to zero.
        _drop(fields, "f:spec", "f:replicas")
    _drop(fields, "f:metadata", "f:annotations", f"f:{REVISION}")
    return fields


def _drop(fields: Obj, *path: str) -> None:
    """Takes a field out, and the structures that are empty without it."""
    first, *rest = path
    if rest and first in fields:
        _drop(fields[first], *rest)
        if not fields[first]:
            del fields[first]
    elif not rest:
        fields.pop(first, None)


def test_every_recorded_write_is_answered_the_same() -> None:
    store = Store(lambda: 1_700_000_000.0)
    ensure_system_objects(store)
    writer = Writer(store)
    writes = [json.loads(line) for line in WRITES.read_text().splitlines()]
    for number, recorded in enumerate(writes):
        what = f"write {number} (command {recorded['command']}) {recorded['method']} {recorded['path']}"
        status, answer = _write(store, writer, recorded)
        assert status == recorded["status"], what
        expected = recorded["response"]
        if expected is None:
            # Recorded as protobuf, which nobody has read.
            continue
        if status >= 400:
            assert answer == expected, what
        else:
            assert comparable(answer) == comparable(expected), what


def _write(store: Store, writer: Writer, recorded: Obj) -> tuple[int, Obj]:
    address = urlsplit(recorded["path"])
    query = dict(parse_qsl(address.query))
    found = target(address.path)
    assert found is not None
    options = WriteOptions(
        manager=query.get("fieldManager", "kubectl"),
        dry_run="dryRun" in query,
        validation=query.get("fieldValidation", "Warn"),
        force=query.get("force") == "true",
    )
    body = recorded["request"]
    for operation in body if isinstance(body, list) else ():
        # The recorded version is the other store's: state this one's.
        if operation["path"] == "/metadata/resourceVersion":
            operation["value"] = writer.stored(found)["metadata"]["resourceVersion"]
    try:
        if recorded["method"] == "POST":
            written = writer.create(found, body, options)
        else:
            written = writer.patch(found, body, recorded["content_type"], options)
    except ApiError as refused:
        return refused.code, refused.status()
    answer = scale_of(written.obj) if found.subresource == "scale" else written.obj
    return 201 if written.created else 200, answer
