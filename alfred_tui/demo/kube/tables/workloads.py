"""Printers of what runs pods: deployments, replica sets, jobs and their kin."""

from typing import Any

from alfred_tui.demo.kube.objects import Key, Obj, epoch
from alfred_tui.demo.kube.quantities import human_duration
from alfred_tui.demo.kube.tables.model import (
    NONE,
    UNKNOWN,
    Column,
    Printer,
    age,
    columns,
    containers,
    labels_text,
    name,
    name_column,
    selector,
    since,
)

_TEMPLATE = "Containers,Images,Selector"


def _spec(obj: Obj) -> Obj:
    return obj.get("spec") or {}


def _status(obj: Obj) -> Obj:
    return obj.get("status") or {}


def _deployment(obj: Obj, now: float) -> list[Any]:
    spec, status = _spec(obj), _status(obj)
    return [
        name(obj),
        f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}",
        status.get("updatedReplicas", 0),
        status.get("availableReplicas", 0),
        age(obj, now),
        *containers(spec.get("template")),
        selector(spec.get("selector")),
    ]


def _replica_set(obj: Obj, now: float) -> list[Any]:
    spec, status = _spec(obj), _status(obj)
    return [
        name(obj),
        spec.get("replicas", 0),
        status.get("replicas", 0),
        status.get("readyReplicas", 0),
        age(obj, now),
        *containers(spec.get("template")),
        selector(spec.get("selector")),
    ]


def _replication_controller(obj: Obj, now: float) -> list[Any]:
    return [*_replica_set(obj, now)[:-1], labels_text(_spec(obj).get("selector"))]


def _stateful_set(obj: Obj, now: float) -> list[Any]:
    spec, status = _spec(obj), _status(obj)
    ready = f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}"
    return [name(obj), ready, age(obj, now), *containers(spec.get("template"))]


def _daemon_set(obj: Obj, now: float) -> list[Any]:
    spec, status = _spec(obj), _status(obj)
    template = spec.get("template") or {}
    return [
        name(obj),
        status.get("desiredNumberScheduled", 0),
        status.get("currentNumberScheduled", 0),
        status.get("numberReady", 0),
        status.get("updatedNumberScheduled", 0),
        status.get("numberAvailable", 0),
        labels_text((template.get("spec") or {}).get("nodeSelector")),
        age(obj, now),
        *containers(template),
        selector(spec.get("selector")),
    ]


def _job_status(spec: Obj, status: Obj, meta: Obj) -> str:
    conditions = {c.get("type") for c in status.get("conditions") or () if c.get("status") == "True"}
    for kind, shown in (("Complete", "Complete"), ("Failed", "Failed")):
        if kind in conditions:
            return shown
    if meta.get("deletionTimestamp"):
        return "Terminating"
    for kind in ("Suspended", "FailureTarget", "SuccessCriteriaMet"):
        if kind in conditions:
            return kind
    return "Running"


def _job(obj: Obj, now: float) -> list[Any]:
    spec, status = _spec(obj), _status(obj)
    succeeded = status.get("succeeded", 0)
    if "completions" in spec:
        done = f"{succeeded}/{spec['completions']}"
    else:
        parallel = spec.get("parallelism", 1)
        done = f"{succeeded}/1 of {parallel}" if parallel > 1 else f"{succeeded}/1"
    started, ended = status.get("startTime"), status.get("completionTime")
    took = ""
    if started:
        took = human_duration((epoch(ended) if ended else now) - epoch(started))
    return [
        name(obj),
        _job_status(spec, status, obj["metadata"]),
        done,
        took,
        age(obj, now),
        *containers(spec.get("template")),
        selector(spec.get("selector")),
    ]


def _cron_job(obj: Obj, now: float) -> list[Any]:
    spec, status = _spec(obj), _status(obj)
    job = (spec.get("jobTemplate") or {}).get("spec") or {}
    last = status.get("lastScheduleTime")
    return [
        name(obj),
        spec.get("schedule", ""),
        spec.get("timeZone") or NONE,
        "True" if spec.get("suspend") else "False",
        len(status.get("active") or ()),
        since(last, now) if last else NONE,
        age(obj, now),
        *containers(job.get("template")),
        selector(job.get("selector")),
    ]


def _scale(obj: Obj, now: float) -> list[Any]:
    return [name(obj), _spec(obj).get("replicas", 0), _status(obj).get("replicas", 0), age(obj, now)]


def _autoscaler(obj: Obj, now: float) -> list[Any]:
    spec, status = _spec(obj), _status(obj)
    target = spec.get("scaleTargetRef") or {}
    return [
        name(obj),
        f"{target.get('kind', '')}/{target.get('name', '')}",
        _metrics(spec.get("metrics") or [], status.get("currentMetrics") or []),
        str(spec["minReplicas"]) if "minReplicas" in spec else "<unset>",
        spec.get("maxReplicas", 0),
        status.get("currentReplicas", 0),
        age(obj, now),
    ]


def _metrics(wanted: list[Obj], current: list[Obj]) -> str:
    if not wanted:
        return NONE
    shown = [_metric(metric, current[at] if at < len(current) else {}) for at, metric in enumerate(wanted)]
    if len(shown) > 2:
        return f"{', '.join(shown[:2])} + {len(shown) - 2} more..."
    return ", ".join(shown)


def _metric(metric: Obj, current: Obj) -> str:
    kind = str(metric.get("type", ""))
    field = kind[:1].lower() + kind[1:]
    source = metric.get(field) or {}
    target, found = source.get("target") or {}, (current.get(field) or {}).get("current") or {}
    label = f"{source.get('name', '')}: " if kind in ("Resource", "ContainerResource") else ""
    if target.get("averageUtilization") is not None:
        now = found.get("averageUtilization")
        shown = UNKNOWN if now is None else f"{now}%"
        return f"{label}{shown}/{target['averageUtilization']}%"
    if target.get("averageValue") is not None:
        average = " (avg)" if kind in ("External", "Object") else ""
        return f"{label}{found.get('averageValue', UNKNOWN)}/{target['averageValue']}{average}"
    return f"{label}{found.get('value', UNKNOWN)}/{target.get('value', '<auto>')}"


def _disruption_budget(obj: Obj, now: float) -> list[Any]:
    spec = _spec(obj)
    return [
        name(obj),
        str(spec.get("minAvailable", "N/A")),
        str(spec.get("maxUnavailable", "N/A")),
        _status(obj).get("disruptionsAllowed", 0),
        age(obj, now),
    ]


def _controller_revision(obj: Obj, now: float) -> list[Any]:
    owner = next((o for o in obj["metadata"].get("ownerReferences") or () if o.get("controller")), None)
    shown = NONE
    if owner is not None:
        group = str(owner.get("apiVersion", "")).partition("/")[0]
        shown = f"{owner['kind'].lower()}.{group}/{owner['name']}"
    return [name(obj), shown, obj.get("revision", 0), age(obj, now)]


def _pod_template(obj: Obj, now: float) -> list[Any]:
    template = obj.get("template") or {}
    return [name(obj), *containers(template), labels_text((template.get("metadata") or {}).get("labels"))]


def _counted(text: str, wide: str, counts: frozenset[str]) -> tuple[Column, ...]:
    """Columns of which those named in `counts` are integers."""
    made = columns(text, wide)
    return tuple(Column(c.name, "integer", c.priority) if c.name in counts else c for c in made)


_SET = frozenset(("Desired", "Current", "Ready", "Up-to-date", "Available"))

PRINTERS = {
    Key("apps", "deployments"): Printer(
        columns("Name,Ready,Up-to-date,Available,Age", _TEMPLATE), _deployment
    ),
    Key("apps", "replicasets"): Printer(
        _counted("Name,Desired,Current,Ready,Age", _TEMPLATE, _SET), _replica_set
    ),
    Key("", "replicationcontrollers"): Printer(
        _counted("Name,Desired,Current,Ready,Age", _TEMPLATE, _SET), _replication_controller
    ),
    Key("apps", "statefulsets"): Printer(columns("Name,Ready,Age", "Containers,Images"), _stateful_set),
    Key("apps", "daemonsets"): Printer(
        _counted("Name,Desired,Current,Ready,Up-to-date,Available,Node Selector,Age", _TEMPLATE, _SET),
        _daemon_set,
    ),
    Key("apps", "controllerrevisions"): Printer(
        columns("Name,Controller,Revision,Age"), _controller_revision
    ),
    Key("batch", "jobs"): Printer(columns("Name,Status,Completions,Duration,Age", _TEMPLATE), _job),
    Key("batch", "cronjobs"): Printer(
        columns("Name,Schedule,Timezone,Suspend,Active,Last Schedule,Age", _TEMPLATE), _cron_job
    ),
    Key("autoscaling", "scales"): Printer(
        (name_column(), Column("Desired", "integer"), Column("Available", "integer"), Column("Age")), _scale
    ),
    Key("autoscaling", "horizontalpodautoscalers"): Printer(
        columns("Name,Reference,Targets,MinPods,MaxPods,Replicas,Age"), _autoscaler
    ),
    Key("policy", "poddisruptionbudgets"): Printer(
        columns("Name,Min Available,Max Unavailable,Allowed Disruptions,Age"), _disruption_budget
    ),
    Key("", "podtemplates"): Printer(
        (name_column(), *columns("Name,Containers,Images,Pod Labels")[1:]), _pod_template
    ),
}
