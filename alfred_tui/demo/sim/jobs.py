"""The Job controller: runs pods until enough of them have succeeded, or too many have failed."""

from collections.abc import Iterable

from alfred_tui.demo.kube.limits import fill_limits
from alfred_tui.demo.kube.objects import Change, Obj, clone
from alfred_tui.demo.sim.kinds import CRON_JOBS, JOBS, PODS
from alfred_tui.demo.sim.ownership import controller_of, owned
from alfred_tui.demo.sim.pods import evict, is_active, is_ready, is_terminating, new_pod
from alfred_tui.demo.sim.world import Place, World, place

_COMPONENT = "job-controller"


class Jobs:
    """Reconciles Jobs."""

    watches = frozenset((JOBS, PODS))

    def __init__(self, world: World) -> None:
        self._world = world

    def touched(self, change: Change) -> Iterable[Place]:
        if change.key == JOBS:
            return [place(change)]
        owner = controller_of(change.obj)
        if owner is None or owner["kind"] != "Job":
            return []
        return [(change.obj["metadata"]["namespace"], owner["name"])]

    def reconcile(self, namespace: str, name: str) -> float | None:
        job = self._world.store.get(JOBS, namespace, name)
        if job is None or "deletionTimestamp" in job["metadata"] or _is_over(job):
            return None
        pods = owned(self._world.store, PODS, job)
        status = self._status(job, pods)
        if status != job.get("status"):
            new = {**clone(job), "status": status}
            job = self._world.store.update(JOBS, new, subresource="status")
            self._tell_cron_job(job)
        active = [pod for pod in pods if is_active(pod)]
        if _is_over(job) or job["spec"].get("suspend"):
            for pod in active:
                evict(self._world.store, pod)
            return None
        self._start(job, len(active), status.get("succeeded", 0))
        return None

    def _tell_cron_job(self, job: Obj) -> None:
        """A CronJob's controller wonders at a Job under it that it did not make, as `--from` makes them."""
        owner = controller_of(job)
        if owner is None or owner["kind"] != "CronJob" or _is_over(job):
            return
        found = self._world.store.get(CRON_JOBS, job["metadata"]["namespace"], owner["name"])
        active = (found or {}).get("status", {}).get("active") or ()
        if found is not None and all(one.get("uid") != job["metadata"]["uid"] for one in active):
            message = f"Saw a job that the controller did not create or forgot: {job['metadata']['name']}"
            self._world.events.warning(found, "cronjob-controller", "UnexpectedJob", message)

    def _start(self, job: Obj, active: int, succeeded: int) -> None:
        spec = job["spec"]
        left = _completions(spec) - succeeded - active
        room = spec.get("parallelism", 1) - active
        for _ in range(min(left, room)):
            pod = new_pod(job, spec["template"], self._world.random)
            fill_limits(self._world.store, pod)
            self._world.store.create(PODS, pod)
            message = f"Created pod: {pod['metadata']['name']}"
            self._world.events.normal(job, _COMPONENT, "SuccessfulCreate", message)

    def _status(self, job: Obj, pods: list[Obj]) -> Obj:
        old = job.get("status", {})
        phases = [pod.get("status", {}).get("phase") for pod in pods]
        active = [pod for pod in pods if is_active(pod)]
        numbers = {
            "active": len(active),
            "succeeded": phases.count("Succeeded"),
            "failed": phases.count("Failed"),
        }
        status: Obj = {name: value for name, value in numbers.items() if value}
        status["ready"] = sum(map(is_ready, active))
        status["terminating"] = sum(map(is_terminating, pods))
        status["uncountedTerminatedPods"] = {}
        status["startTime"] = old.get("startTime", self._world.stamp())
        restarts = sum(
            container["restartCount"]
            for pod in active
            for container in pod.get("status", {}).get("containerStatuses", ())
        )
        if numbers["succeeded"] >= _completions(job["spec"]):
            status["completionTime"] = self._world.stamp()
            reached = ("CompletionsReached", "Reached expected number of succeeded pods")
            status["conditions"] = [
                self._condition(kind, *reached) for kind in ("SuccessCriteriaMet", "Complete")
            ]
            self._world.events.normal(job, _COMPONENT, "Completed", "Job completed")
        elif numbers["failed"] + restarts > job["spec"].get("backoffLimit", 6):
            reached = ("BackoffLimitExceeded", "Job has reached the specified backoff limit")
            status["conditions"] = [self._condition(kind, *reached) for kind in ("FailureTarget", "Failed")]
            self._world.events.warning(job, _COMPONENT, *reached)
        return status

    def _condition(self, kind: str, reason: str, message: str) -> Obj:
        stamp = self._world.stamp()
        return {
            "type": kind,
            "status": "True",
            "lastProbeTime": stamp,
            "lastTransitionTime": stamp,
            "reason": reason,
            "message": message,
        }


def _completions(spec: Obj) -> int:
    wanted: int = spec.get("completions") or spec.get("parallelism") or 1
    return wanted


def _is_over(job: Obj) -> bool:
    conditions = job.get("status", {}).get("conditions", ())
    return any(condition["type"] in ("Complete", "Failed") for condition in conditions)
