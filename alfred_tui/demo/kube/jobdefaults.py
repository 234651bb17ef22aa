"""What the API server fills into Jobs and CronJobs, and which of it belongs to no client."""

import uuid

from alfred_tui.demo.kube.fieldsets import Path
from alfred_tui.demo.kube.objects import Obj
from alfred_tui.demo.kube.podspec import default_template_spec

_LABELS = tuple(
    f"{prefix}{name}" for name in ("controller-uid", "job-name") for prefix in ("", "batch.kubernetes.io/")
)
_OBJECT: Path = ("f:metadata",)
_TEMPLATE: Path = ("f:spec", "f:template", "f:metadata")


def generated(job: Obj) -> set[Path]:
    """The paths of a new Job's selector and labels that the server made: no client owns them."""
    paths: set[Path] = {("f:spec", "f:selector")}
    for base, holder in ((_OBJECT, job), (_TEMPLATE, job["spec"].get("template") or {})):
        labels = (holder.get("metadata") or {}).get("labels") or {}
        paths |= {(*base, "f:labels", f"f:{name}") for name in _LABELS}
        if labels.keys() <= set(_LABELS):
            paths |= {base, (*base, "f:labels")}
    return paths - {_OBJECT}


def _job_spec(spec: Obj) -> None:
    if "completions" not in spec and "parallelism" not in spec:
        spec["completions"] = 1
    spec.setdefault("parallelism", 1)
    spec.setdefault("backoffLimit", 6)
    spec.setdefault("completionMode", "NonIndexed")
    spec.setdefault("suspend", False)
    spec.setdefault("podReplacementPolicy", "TerminatingOrFailed")
    spec.setdefault("manualSelector", False)
    _job_template(spec)


def _job_template(spec: Obj) -> None:
    if isinstance(spec.get("template"), dict):
        spec["template"].setdefault("metadata", {})
    template = (spec.get("template") or {}).get("spec")
    if isinstance(template, dict):
        # A job's pods have no default restart policy: leaving it out is refused.
        stated = template.get("restartPolicy")
        default_template_spec(template)
        if stated is None:
            del template["restartPolicy"]


def default_job(obj: Obj, old: Obj | None) -> None:
    spec = obj.setdefault("spec", {})
    _job_spec(spec)
    if old is None and not spec.get("manualSelector") and isinstance(spec.get("template"), dict):
        _own_selector(obj)
    obj.setdefault("status", {})


def _own_selector(job: Obj) -> None:
    """The selector and the labels by which a new Job finds its pods and no others."""
    meta, template = job["metadata"], job["spec"]["template"]
    uid = meta["uid"] = str(uuid.uuid4())
    labels = template.setdefault("metadata", {}).setdefault("labels", {})
    for name, value in (("controller-uid", uid), ("job-name", meta.get("name", ""))):
        if value:
            labels[name] = labels[f"batch.kubernetes.io/{name}"] = value
    meta.setdefault("labels", dict(labels))
    job["spec"]["selector"] = {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}


def default_cron_job(obj: Obj, old: Obj | None) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("concurrencyPolicy", "Allow")
    spec.setdefault("suspend", False)
    spec.setdefault("successfulJobsHistoryLimit", 3)
    spec.setdefault("failedJobsHistoryLimit", 1)
    template = spec.get("jobTemplate")
    if isinstance(template, dict) and isinstance(template.get("spec"), dict):
        # A Job's own defaults are filled in when one is made of it, only its pods' are here.
        template.setdefault("metadata", {})
        _job_template(template["spec"])
    obj.setdefault("status", {})
