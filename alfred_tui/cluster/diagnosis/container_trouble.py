"""Why one container is not well, from its state, its last state and the warnings about it.

Wordings of kubelet, containerd and CRI-O are matched where they carry the cause; anything else is told as it
was said. What counts as doomed follows krane's `Pod::Container#doom_reason`.
"""

import re
import signal
from collections.abc import Sequence
from typing import NamedTuple

from alfred_tui.cluster.diagnosis.config_trouble import config_trouble
from alfred_tui.cluster.diagnosis.image_trouble import IMAGE, image_trouble
from alfred_tui.cluster.diagnosis.look_at import kubectl
from alfred_tui.cluster.diagnosis.warnings import Warned, one_line
from alfred_tui.cluster.objects.partial import Container, ContainerStatus, Meta, Terminated
from alfred_tui.cluster.objects.pod_status import epoch
from alfred_tui.domain.cluster.workloads import Diagnosis
from alfred_tui.domain.duration import format_duration
from alfred_tui.domain.logs.quotes import telling
from alfred_tui.domain.logs.rule import USUAL_ERROR, LogRule

LOOP = "CrashLoopBackOff"
STARTING = frozenset({"", "ContainerCreating", "PodInitializing"})

RECENT = 600.0
"""Seconds for which a container that was killed and runs again still counts as not well."""
SETTLING = 30.0
"""Seconds in which a container that has started need not be ready yet; more where its probes begin later."""
_BARELY = 10.0
"""Seconds of a run that say nothing yet, however soon the one before had ended."""
UNHURRIED = 120.0
"""Seconds that pulling an image or an init container may take without a word: often they take a minute."""


def ordinal(count: int) -> str:
    """`1st`, `2nd`, `3rd`, `11th`."""
    tail = "th" if 10 <= count % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count}{tail}"


class Subject(NamedTuple):
    """A container, the pod that it is of, and the pod's warnings about it."""

    pod: Meta
    status: ContainerStatus
    spec: Container
    warned: Sequence[Warned]
    init: bool
    """Whether it is to end before the others start."""

    @property
    def who(self) -> str:
        """`Container app`."""
        return f"{'Init container' if self.init else 'Container'} {self.spec.name}"

    def log(self, *, previous: bool = False) -> str:
        """The command that shows its log, or that of the run before."""
        which = ("--previous",) if previous else ()
        return kubectl("logs", self.pod.name, "-c", self.spec.name, *which, namespace=self.pod.namespace)


def trouble(
    pod: Meta,
    status: ContainerStatus,
    spec: Container,
    warned: Sequence[Warned],
    *,
    now: float,
    init: bool,
) -> Diagnosis | None:
    """The container's trouble. `warned` holds the pod's warnings, newest first."""
    waiting, end = status.state.waiting, status.state.terminated
    own = [one for one in warned if one.container in ("", spec.name)]
    subject = Subject(pod, status, spec, own, init)
    if waiting is not None and waiting.reason not in STARTING:
        return _waiting(subject, waiting.reason, waiting.message)
    if end is not None and (end.exit_code != 0 or end.reason == "OOMKilled"):
        return _crash(subject, end.reason or "Error", end)
    if status.state.running is not None:
        return _initializing(subject, now) if init else _running(subject, now)
    return None


def _waiting(subject: Subject, reason: str, message: str) -> Diagnosis:
    if reason in IMAGE:
        return image_trouble(subject.spec, reason, message, subject.warned)
    if reason == LOOP:
        return _crash(subject, reason, subject.status.last_state.terminated)
    if reason == "CreateContainerConfigError":
        return config_trouble(subject.who, subject.pod.namespace, message)
    said = one_line(message) or next((one.message for one in subject.warned), "")
    return Diagnosis(
        cause=reason,
        sentence=f"{subject.who} cannot be started ({reason}){f': {said}' if said else ''}.",
        look_at="The pod's events, and the command, volumes and security context of its template.",
        began_at=_last_end(subject.status),
        group=f"{reason} {subject.spec.name}",
    )


def _last_end(status: ContainerStatus) -> float:
    return epoch(status.last_state.terminated.finished_at) if status.last_state.terminated else 0.0


# Crashes

_NOT_STARTED = ("ContainerCannotRun", "StartError")
_CODES = {
    126: "the command cannot be executed",
    127: "the command is not in the image",
}


def _crash(subject: Subject, reason: str, end: Terminated | None) -> Diagnosis:
    who, status, spec = subject.who, subject.status, subject.spec
    restarts = f"; {ordinal(status.restart_count)} restart" if status.restart_count else ""
    if end is None:
        return Diagnosis(
            cause=reason,
            sentence=f"{who} crashes again and again{restarts}.",
            look_at=_last_log(subject),
            doomed=True,
            group=reason,
            container=spec.name,
        )
    oom, cannot_run = end.reason == "OOMKilled", end.reason in _NOT_STARTED
    sentence = f"{who} {_ending(end, spec)}{_after(end)}{restarts}{_probe_killed(end, subject.warned)}."
    doomed = reason == LOOP or _crashes_again(status, end) or (cannot_run and end.exit_code != 128)
    return Diagnosis(
        cause="OOMKilled" if oom else reason,
        sentence=sentence,
        look_at=_MEMORY if oom else _COMMAND if cannot_run else _last_log(subject),
        began_at=_first_back_off(subject) or epoch(end.finished_at),
        doomed=doomed,
        group=_group(LOOP if _crashes_again(status, end) else reason, end, spec),
        container="" if cannot_run else spec.name,
        last_words=_words(end),
    )


def _first_back_off(subject: Subject) -> float:
    """Since when it crashes: its last end only says when it did so last."""
    backed_off = (one for one in subject.warned if one.message.startswith("Back-off restarting"))
    return min((one.first_at for one in backed_off if one.first_at), default=0.0)


def _crashes_again(status: ContainerStatus, end: Terminated) -> bool:
    """Whether that end is one of several in a crash loop: only some moments of it are called so, and of many
    pods that loop hardly ever do all back off at once. For a kubelet, too, ten minutes of life end a loop."""
    if status.restart_count < 2 or end.started_at is None:
        return False
    return epoch(end.finished_at) - epoch(end.started_at) < RECENT


_MEMORY = "Memory limit and memory use of this container."
_COMMAND = "The command of the container, and what its image has."


def _group(reason: str, end: Terminated, spec: Container) -> str:
    if end.reason != "OOMKilled":
        return f"{reason} {spec.name} ({_short(end)})"
    limit = spec.resources.limits.get("memory")
    return f"OOMKilled {spec.name} ({f'limit {limit}' if limit else 'no limit'})"


def _last_log(subject: Subject) -> str:
    """Of the run that ended: where it has not been started again, that is the present one."""
    return f"Its last log: {subject.log(previous=subject.status.state.terminated is None)}"


def signal_name(number: int) -> str:
    """`SIGKILL` for 9."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _short(end: Terminated) -> str:
    number = _signal(end)
    return signal_name(number) if number else f"exit code {end.exit_code}"


def _signal(end: Terminated) -> int:
    """The signal that ended it, 0 for none: a shell and the runtime tell signal N as exit code 128 + N."""
    return end.signal or (end.exit_code - 128 if 128 < end.exit_code <= 128 + 64 else 0)


def _ending(end: Terminated, spec: Container) -> str:
    if end.reason == "OOMKilled":
        limit = spec.resources.limits.get("memory")
        return (
            f"was OOMKilled at its memory limit of {limit}"
            if limit
            else "was OOMKilled; it has no memory limit"
        )
    if end.reason in _NOT_STARTED:
        return f"cannot be started: {_start_error(end.message) or _short(end)}"
    number = _signal(end)
    if number:
        return f"was ended by {signal_name(number)} (exit code {end.exit_code or 128 + number})"
    if end.exit_code == 0:
        return "ends by itself with exit code 0, though it should keep running"
    known = _CODES.get(end.exit_code)
    return f"ended with exit code {end.exit_code}{f' ({known})' if known else ''}"


_EXEC = re.compile(r"(exec: .+?)(?:: unknown)?$")


def _start_error(message: str) -> str:
    """What the runtime was asked to execute and could not, without the chain of those who asked it."""
    said = one_line(message)
    found = _EXEC.search(said)
    return found[1] if found else said


def _after(end: Terminated) -> str:
    if (
        end.started_at is None
        or end.finished_at is None
        or end.reason in ("ContainerCannotRun", "StartError")
    ):
        return ""
    lived = epoch(end.finished_at) - epoch(end.started_at)
    return f", {format_duration(round(lived))} after its start" if 0 <= lived < 86_400 else ""


def _probe_killed(end: Terminated, warned: Sequence[Warned]) -> str:
    if end.reason == "OOMKilled" or not (end.signal or end.exit_code in (137, 143)):
        return ""
    killers = ("Liveness probe", "Startup probe")
    said = next((w.message for w in warned if w.reason == "Unhealthy" and w.message.startswith(killers)), "")
    return f", after its {said[0].lower()}{said[1:]}" if said else ""


_USUAL = LogRule(USUAL_ERROR)


def _words(end: Terminated) -> tuple[str, ...]:
    """The termination message; a kubelet may be told to put the log's end there."""
    return () if end.reason in _NOT_STARTED else telling(end.message, _USUAL)


# Running, and yet


def _initializing(subject: Subject, now: float) -> Diagnosis | None:
    """It may take its time; but somebody waits for it, and should know for what."""
    started = epoch(subject.status.state.running.started_at) if subject.status.state.running else 0.0
    if not started or now - started < UNHURRIED:
        return None
    return Diagnosis(
        cause="Initializing",
        sentence=f"{subject.who} still runs, and the others start only when it has ended.",
        look_at=f"Its log: {subject.log()}",
        began_at=started,
        group=f"Initializing {subject.spec.name}",
    )


def _running(subject: Subject, now: float) -> Diagnosis | None:
    status, spec = subject.status, subject.spec
    last = status.last_state.terminated
    started = epoch(status.state.running.started_at) if status.state.running else 0.0
    if not status.ready and (found := _not_ready(subject, started, now)) is not None:
        return found
    if last is None or not status.restart_count or now - epoch(last.finished_at) > RECENT:
        return None
    oom, loops = last.reason == "OOMKilled", _loops(status, last, started, now)
    again = f"; {ordinal(status.restart_count)} restart, running again{_probe_killed(last, subject.warned)}"
    return Diagnosis(
        cause="OOMKilled" if oom else "Restarted",
        sentence=f"Container {spec.name} {_ending(last, spec)}{_after(last)}{again}.",
        look_at=_MEMORY if oom else _last_log(subject),
        began_at=(_first_back_off(subject) if loops else 0.0) or epoch(last.finished_at),
        doomed=loops,
        group=_group(LOOP if loops else "Restarted", last, spec),
        container="" if last.reason in _NOT_STARTED else spec.name,
        last_words=_words(last),
    )


def _loops(status: ContainerStatus, last: Terminated, started: float, now: float) -> bool:
    """Whether it runs between two crashes: until it is ready, or has run twice as long as the time before."""
    if status.ready or not _crashes_again(status, last):
        return False
    return now - started <= max(_BARELY, 2 * (epoch(last.finished_at) - epoch(last.started_at)))


def _not_ready(subject: Subject, started: float, now: float) -> Diagnosis | None:
    status, spec = subject.status, subject.spec
    probe = next((w for w in subject.warned if w.reason == "Unhealthy" and w.last_at >= started), None)
    if probe is not None:
        which = probe.message.split(" probe", 1)[0].lower()
        said = probe.message.split(": ", 1)[-1]
        return Diagnosis(
            cause="Unhealthy",
            sentence=f"The {which} probe of {spec.name} fails: {said}.",
            look_at=f"What the probe asks, and the log: {subject.log()}",
            began_at=probe.first_at or started,
            group=f"Unhealthy {spec.name} ({which}: {said})",
        )
    if not started or now - started < _patience(spec):
        return None
    restarts = f"; {ordinal(status.restart_count)} restart" if status.restart_count else ""
    what = "has not started up" if status.started is False else "runs but is not ready"
    return Diagnosis(
        cause="NotReady",
        sentence=f"Container {spec.name} {what}, and no probe has said why{restarts}.",
        look_at=f"Its log: {subject.log()}",
        began_at=started,
        group=f"NotReady {spec.name}",
    )


def _patience(spec: Container) -> float:
    """Seconds until the later of its probes has asked twice."""
    probes = [one for one in (spec.startup_probe, spec.readiness_probe) if one is not None]
    return max([SETTLING, *(one.initial_delay_seconds + 2.0 * one.period_seconds for one in probes)])
