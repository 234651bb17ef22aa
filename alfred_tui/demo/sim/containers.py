"""One container from pull to exit: what the kubelet does with it, and what its image lets happen.

Waiting reasons, messages, back-off times and events are a kubelet's. Each container takes one step at a
time, and always knows when its next one is due.
"""

import hashlib
import math
import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from alfred_tui.demo.kube.objects import Obj, timestamp
from alfred_tui.demo.scenarios import Image
from alfred_tui.demo.sim.pods import is_sidecar

FIRST_BACKOFF, LAST_BACKOFF = 10.0, 300.0
_CONFIG_RETRY = 10.0
_PULL_SECONDS = (0.5, 1.2)
_WARM_UP_SECONDS = (0.8, 2.0)

Step = Literal["prepare", "pull", "back-off-pull", "start", "run", "restart", "back-off-restart", "none"]


class Saying(NamedTuple):
    """An event to be told of a container: Normal or Warning, reason, message."""

    kind: str
    reason: str
    message: str


@dataclass
class Surroundings:
    """What a container needs to know of its node and pod."""

    images: set[str]
    """Those on the node."""
    missing: Callable[[], str]
    """Why its configuration is incomplete; "" when nothing is missing."""


class Life(NamedTuple):
    """From start to end (None: still running) of one run of a container, and its exit code."""

    start: float
    end: float | None = None
    exit_code: int = 0


@dataclass
class Container:
    """The state of one container on its node. Times are simulated epoch seconds."""

    spec: Obj
    conduct: Image
    pod: str
    """`name_namespace(uid)`, as kubelets name pods."""
    policy: str
    """The pod's restartPolicy."""
    chance: random.Random
    due: float = math.inf
    """When the next step is to be taken."""
    step: Step = "prepare"
    ready: bool = False
    restarts: int = 0
    lives: list[Life] = field(default_factory=list)
    _waiting: Obj = field(default_factory=lambda: {"reason": "ContainerCreating"})
    _exit: Obj | None = None
    _last_exit: Obj | None = None
    _backoff: float = 0.0
    _ready_at: float = math.inf
    _ends_at: float = math.inf
    _probe_at: float = math.inf
    _pull_from: float = 0.0

    @property
    def name(self) -> str:
        return str(self.spec["name"])

    @property
    def image(self) -> str:
        return str(self.spec["image"])

    @property
    def is_running(self) -> bool:
        return bool(self.lives) and self.lives[-1].end is None

    @property
    def is_waiting(self) -> bool:
        """Whether it waits to be started (again)."""
        return not self.is_running and self._exit is None

    @property
    def has_ended(self) -> bool:
        """Whether it has exited and will not be started again."""
        return self._exit is not None and self.step == "none"

    @property
    def lets_next_start(self) -> bool:
        """Whether the container after this init container may start: a sidecar need only have begun."""
        return bool(self.lives) if is_sidecar(self.spec) else self.has_ended

    @property
    def has_failed(self) -> bool:
        return self.has_ended and self.lives[-1].exit_code != 0

    def take_step(self, now: float, around: Surroundings) -> list[Saying]:
        """Takes the step that is due at `now`; what is to be told of it."""
        match self.step:
            case "prepare":
                return self._prepare(now, around)
            case "pull":
                return self._pull(now, around)
            case "back-off-pull":
                return self._back_off_pull(now)
            case "start" | "restart":
                return self._start(now, around)
            case "run":
                return self._run(now)
            case "back-off-restart":
                return self._back_off_restart(now)
            case _:
                self.due = math.inf
                return []

    def status(self) -> Obj:
        """Its entry in the pod's status."""
        state: Obj
        if self.is_running:
            state = {"running": {"startedAt": timestamp(self.lives[-1].start)}}
        elif self._exit is not None:
            state = {"terminated": self._exit}
        else:
            state = {"waiting": self._waiting}
        found: Obj = {
            "name": self.name,
            "state": state,
            "lastState": {"terminated": self._last_exit} if self._last_exit else {},
            "ready": self.ready,
            "restartCount": self.restarts,
            "image": self.image,
            "imageID": f"{self.image.rsplit(':', 1)[0]}@sha256:{_digest(self.image)}" if self.lives else "",
        }
        if self.lives:
            found["containerID"] = self._id()
        found["started"] = self.is_running
        return found

    def end_with_pod(self, now: float) -> None:
        """Ends a sidecar whose pod's own containers have all ended."""
        if self.is_running:
            self._exited(now, 0, "Completed")
        self._next("none", math.inf)

    def stop(self, now: float) -> None:
        """Ends it from outside, with its pod."""
        if self.is_running:
            self.lives[-1] = self.lives[-1]._replace(end=now)
        self.step, self.due, self.ready = "none", math.inf, False

    def _next(self, step: Step, due: float) -> None:
        self.step, self.due = step, due

    def _id(self) -> str:
        return f"containerd://{_digest(f'{self.pod}/{self.name}/{self.restarts}')}"

    # Image

    def _prepare(self, now: float, around: Surroundings) -> list[Saying]:
        if self.image in around.images and self.spec.get("imagePullPolicy") != "Always":
            self._next("start", now)
            message = f'Container image "{self.image}" already present on machine'
            return [Saying("Normal", "Pulled", message)]
        self._pull_from = now
        self._next("pull", now + self.chance.uniform(*_PULL_SECONDS))
        return [Saying("Normal", "Pulling", f'Pulling image "{self.image}"')]

    def _pull(self, now: float, around: Surroundings) -> list[Saying]:
        if self.conduct.conduct == "never-pulls":
            cause = (
                f'failed to pull and unpack image "{self.image}": failed to resolve reference'
                f' "{self.image}": manifest unknown: {self.image}: not found'
            )
            message = f"rpc error: code = NotFound desc = {cause}"
            self._waiting = {"reason": "ErrImagePull", "message": message}
            self._next("back-off-pull", now + self.chance.uniform(1.0, 3.0))
            return [
                Saying("Warning", "Failed", f'Failed to pull image "{self.image}": {message}'),
                Saying("Warning", "Failed", "Error: ErrImagePull"),
            ]
        around.images.add(self.image)
        took = f"{round((now - self._pull_from) * 1000)}ms"
        size = 38_000_000 + zlib.crc32(self.image.encode()) % 60_000_000
        self._next("start", now)
        message = (
            f'Successfully pulled image "{self.image}" in {took} ({took} including waiting).'
            f" Image size: {size} bytes."
        )
        return [Saying("Normal", "Pulled", message)]

    def _back_off_pull(self, now: float) -> list[Saying]:
        message = f'Back-off pulling image "{self.image}"'
        # The state keeps the cause; the event does not tell it again.
        cause = f"{self._waiting['reason']}: {self._waiting['message']}"
        self._waiting = {"reason": "ImagePullBackOff", "message": f"{message}: {cause}"}
        self._next("prepare", now + self._longer_backoff())
        return [Saying("Normal", "BackOff", message), Saying("Warning", "Failed", "Error: ImagePullBackOff")]

    def _longer_backoff(self) -> float:
        self._backoff = min(LAST_BACKOFF, self._backoff * 2) if self._backoff else FIRST_BACKOFF
        return self._backoff

    # Running

    def _start(self, now: float, around: Surroundings) -> list[Saying]:
        missing = around.missing()
        if missing:
            self._waiting = {"reason": "CreateContainerConfigError", "message": missing}
            self._next("start", now + _CONFIG_RETRY)
            return [Saying("Warning", "Failed", f"Error: {missing}")]
        if self._exit is not None:
            self._last_exit, self._exit = self._exit, None
        if self.lives:
            self.restarts += 1
        self.lives = [*self.lives[-1:], Life(now)]
        self._set_milestones(now)
        self._next("run", min(self._ready_at, self._ends_at, self._probe_at))
        return [
            Saying("Normal", "Created", f"Created container: {self.name}"),
            Saying("Normal", "Started", f"Started container {self.name}"),
        ]

    def _set_milestones(self, now: float) -> None:
        probe = self.spec.get("readinessProbe")
        delay = probe.get("initialDelaySeconds", 0) if probe else 0
        self._ready_at = self._ends_at = self._probe_at = math.inf
        if probe:
            self._probe_at = now + max(delay, 2.2)
        match self.conduct.conduct:
            case "crash" | "oom" | "completes":
                self._ends_at = now + self.conduct.lasts
                self._probe_at = math.inf
            case "never-ready":
                pass
            case _ if self.conduct.ready_after is not None:
                self._ready_at = now + self.conduct.ready_after + self.chance.uniform(-1.0, 1.0)
            case _ if probe:
                self._ready_at = now + delay + self.chance.uniform(*_WARM_UP_SECONDS)
            case _:
                self.ready = True

    def _run(self, now: float) -> list[Saying]:
        said: list[Saying] = []
        if now >= self._ends_at:
            return self._end(now)
        if now >= self._ready_at:
            self.ready, self._ready_at, self._probe_at = True, math.inf, math.inf
        if now >= self._probe_at:
            self._probe_at = now + self.spec["readinessProbe"].get("periodSeconds", 10)
            message = "Readiness probe failed: HTTP probe failed with statuscode: 503"
            said = [Saying("Warning", "Unhealthy", message)]
        self._next("run", min(self._ready_at, self._ends_at, self._probe_at))
        return said

    def _end(self, now: float) -> list[Saying]:
        code, reason = {"oom": (137, "OOMKilled"), "completes": (0, "Completed")}.get(
            self.conduct.conduct, (1, "Error")
        )
        self._exited(now, code, reason)
        if self.policy == "Never" or (self.policy == "OnFailure" and code == 0):
            self._next("none", math.inf)
        elif self.restarts == 0:
            # The first restart is at once; only then the back-off begins.
            self._next("restart", now + self.chance.uniform(0.4, 0.9))
        else:
            self._next("back-off-restart", now + self.chance.uniform(0.4, 0.9))
        return []

    def _exited(self, now: float, code: int, reason: str) -> None:
        life = self.lives[-1]
        self.lives[-1] = Life(life.start, now, code)
        self.ready = False
        self._exit = {
            "exitCode": code,
            "reason": reason,
            "startedAt": timestamp(life.start),
            "finishedAt": timestamp(now),
            "containerID": self._id(),
        }

    def _back_off_restart(self, now: float) -> list[Saying]:
        wait = self._longer_backoff()
        container = f"container={self.name} pod={self.pod}"
        message = f"back-off {_duration(wait)} restarting failed {container}"
        self._waiting = {"reason": "CrashLoopBackOff", "message": message}
        self._last_exit, self._exit = self._exit, None
        self._next("restart", now + wait)
        told = f"Back-off restarting failed container {self.name} in pod {self.pod}"
        return [Saying("Warning", "BackOff", told)]


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
