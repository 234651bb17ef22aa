"""The log scan: every line of the services' pods since the run's first change, and none missed in silence.

`kubectl logs -l` reads the last ten lines of five pods; this reads all containers of all pods.
"""

import asyncio
import re
from dataclasses import dataclass, field

from alfred_tui.actions.context import StepContext
from alfred_tui.cluster.connect import Connection
from alfred_tui.cluster.errors import Absent, ClusterError, Invalid
from alfred_tui.cluster.objects import Pod
from alfred_tui.cluster.reads import pods_of
from alfred_tui.cluster.resources import PODS
from alfred_tui.domain.actions import Logs
from alfred_tui.domain.duration import format_duration
from alfred_tui.domain.evidence import Evidence, Outcome
from alfred_tui.domain.redaction import Redactor

_AT_ONCE = 8
_SILENCE = 30.0
_KEPT = 5
_LONGEST = 16_384
"""Bytes of a line that are looked at; the rest of it is not."""


@dataclass
class Scan:
    """What a scan has seen so far."""

    lines: int = 0
    bad: int = 0
    good: int = 0
    examples: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


async def logs(ctx: StepContext) -> Outcome:
    """No line of the services' logs matches what must not, and some match what must."""
    action = ctx.step.action
    assert isinstance(action, Logs)
    connection, namespace = await ctx.connection(), ctx.namespace()
    changed = ctx.state().first_change_at
    since = max(1, int(ctx.clock.now() - changed)) if changed else int(action.since)
    hide = Redactor(dict(ctx.equipment.secrets))
    room = asyncio.Semaphore(_AT_ONCE)
    facts, scans = [], []
    for service in action.services:
        pods, how = await pods_of(connection, namespace, service)
        scan = Scan()
        await asyncio.gather(
            *(
                _read(connection, room, pod, name, since, action, scan, hide)
                for pod in pods
                for name in _started(pod)
            )
        )
        if not pods:
            scan.unread.append(how)
        scans.append((service, scan))
        facts.append(_fact(service, scan, len(pods), action))
        facts += [Evidence(label=service, value=line, ok=False) for line in scan.examples]
    told = Evidence(
        label="since", value=f"{format_duration(since)} ago" + (" (the first change)" if changed else "")
    )
    return _outcome(action, scans, (told, *facts))


def _started(pod: Pod) -> list[str]:
    """Containers that have a log."""
    return [
        one.name
        for one in (*pod.status.init_container_statuses, *pod.status.container_statuses)
        if one.state.running is not None or one.state.terminated is not None or one.restart_count
    ]


async def _read(
    connection: Connection,
    room: asyncio.Semaphore,
    pod: Pod,
    container: str,
    since: int,
    action: Logs,
    scan: Scan,
    hide: Redactor,
) -> None:
    path = PODS.path(pod.metadata.namespace, pod.metadata.name) + "/log"
    query: dict[str, str | int | bool] = {"container": container, "sinceSeconds": since, "timestamps": False}
    bad = re.compile(action.must_not_match.encode()) if action.must_not_match else None
    good = re.compile(action.must_match.encode()) if action.must_match else None
    ignore = re.compile(action.ignore.encode()) if action.ignore else None
    async with room:
        try:
            async for lines in connection.stream(path, query, silence=_SILENCE, rest=True):
                for line in lines:
                    scan.lines += 1
                    line = line[:_LONGEST]
                    if good and good.search(line):
                        scan.good += 1
                    if bad and bad.search(line) and not (ignore and ignore.search(line)):
                        scan.bad += 1
                        if len(scan.examples) < _KEPT:
                            scan.examples.append(_example(pod, line, hide))
        except Absent:
            return  # the pod went away while it was read: its successor is read
        except (ClusterError, Invalid) as error:
            scan.unread.append(f"{pod.metadata.name} {container}: {error.message}")


def _example(pod: Pod, line: bytes, hide: Redactor) -> str:
    """A line as evidence: the cockpit's own secrets are hidden, and what looks like a credential is cut."""
    text = hide.text(line.decode("utf-8", "replace").strip())
    text = _CREDENTIAL.sub(lambda found: found[1] + "…", text)
    return f"{pod.metadata.name}: {text[:200]}"


_CREDENTIAL = re.compile(
    r"((?:password|passwd|secret|token|api[-_]?key|authorization|bearer|sk-|xox[abp]-|AKIA|://[^/\s:@]+:)[\"'=:\s]*)"
    r"[^\s\"',;@]+",
    re.IGNORECASE,
)


def _fact(service: str, scan: Scan, pods: int, action: Logs) -> Evidence:
    told = f"{scan.lines} lines of {pods} pods"
    if action.must_not_match:
        told += f", {scan.bad} match /{action.must_not_match}/"
    if action.must_match:
        told += f", {scan.good} match /{action.must_match}/"
    if scan.unread:
        told += f"; not read: {'; '.join(scan.unread[:3])}"
    held = not scan.bad and not scan.unread and (bool(scan.good) if action.must_match else bool(scan.lines))
    return Evidence(label=service, value=told, ok=held)


def _outcome(action: Logs, scans: list[tuple[str, Scan]], facts: tuple[Evidence, ...]) -> Outcome:
    bad = [f"{service} has {scan.bad}" for service, scan in scans if scan.bad]
    if bad:
        reason = f"Lines match /{action.must_not_match}/: {', '.join(bad)}."
        return Outcome(status="failed", reason=reason, evidence=facts)
    unread = [one for _, scan in scans for one in scan.unread]
    if unread:
        return Outcome(status="error", reason=f"Not every log could be read: {unread[0]}", evidence=facts)
    missing = [service for service, scan in scans if action.must_match and not scan.good]
    if missing:
        reason = f"No line matches /{action.must_match}/ in {', '.join(missing)}."
        return Outcome(status="failed", reason=reason, evidence=facts)
    silent = [service for service, scan in scans if not scan.lines]
    if silent or not scans:
        reason = f"{', '.join(silent) or 'No service'} has written no line since; silence proves nothing."
        return Outcome(status="inconclusive", reason=reason, evidence=facts)
    return Outcome(status="passed", evidence=facts)
