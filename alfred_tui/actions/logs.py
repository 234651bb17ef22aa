"""The log scan: every line of the services' pods since the run's first change, and none missed in silence.

`kubectl logs -l` reads the last ten lines of five pods; this reads all containers of all pods, and of a
container that restarted also the run before: it tells why it ended.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from alfred_tui.actions.context import StepContext
from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.live.service_pods import no_pods, pods_of
from alfred_tui.cluster.logs.read_once import ReadLine, Unread, read_logs
from alfred_tui.cluster.objects.partial import Pod
from alfred_tui.domain.document.actions import Logs
from alfred_tui.domain.duration import format_duration
from alfred_tui.domain.evidence import Evidence, Outcome
from alfred_tui.domain.logs.quotes import quoted
from alfred_tui.domain.logs.rule import LogRule
from alfred_tui.domain.redaction import Redactor

_KEPT = 5
_TRIES = 3
"""Pods may go away while they are read, as in a rollout; then the scan is made again."""
_TELLS = 5.0
"""Seconds between two words of how far a scan is."""
_CLOCKS = 60.0
"""Seconds by which a node's clock may differ from ours."""


@dataclass
class Scan:
    """What a scan has seen so far."""

    lines: int = 0
    bad: int = 0
    good: int = 0
    examples: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    """Logs that could not be asked for, or not to their end."""
    lost: list[str] = field(default_factory=list)
    """Logs that are not there any more: of a run before, or of a pod that went away."""
    went: bool = False
    """Whether a pod went away while it was read."""


async def logs(ctx: StepContext) -> Outcome:
    """No line of the services' logs matches what must not, and some match what must."""
    action = ctx.step.action
    assert isinstance(action, Logs)
    reads = await ctx.reads()
    changed = ctx.state().first_change_at
    begins = changed or ctx.clock.now() - action.since
    hide = Redactor(dict(ctx.equipment.secrets))
    facts, scans = [], []
    for number, service in enumerate(action.services, 1):
        told = _Teller(ctx, f"{service}, {number} of {len(action.services)}")
        for _ in range(_TRIES):
            pods, how = await pods_of(reads, service)
            scan = await scanned(reads.connection, pods, begins, action, hide, ctx.clock.now, told)
            if scan.bad or not scan.went:
                break  # else those that are there now are read, whole
        if not pods:
            scan.unread.append(no_pods(how))
        scans.append((service, scan))
        facts.append(_fact(service, scan, len(pods), action))
        facts += [Evidence(label=service, value=line, ok=False) for line in scan.examples]
    ago = format_duration(round(ctx.clock.now() - begins))
    begin = Evidence(label="since", value=f"{ago} ago" + (" (the first change)" if changed else ""))
    return _outcome(action, scans, (begin, *facts, *reads.told()))


class _Teller:
    """Says from time to time how many lines have been read: a busy service's logs take minutes."""

    def __init__(self, ctx: StepContext, what: str) -> None:
        self._ctx = ctx
        self._what = what
        self._told = ctx.clock.elapsed()

    async def __call__(self, lines: int, pods: int) -> None:
        now = self._ctx.clock.elapsed()
        if now - self._told >= _TELLS:
            self._told = now
            await self._ctx.progress(f"{self._what}: {lines:,} lines of {pods} pods so far")


async def scanned(
    connection: Connection,
    pods: Sequence[Pod],
    begins: float,
    action: Logs,
    hide: Redactor,
    now: Callable[[], float],
    tell: Callable[[int, int], Awaitable[None]],
) -> Scan:
    """Looks at every line of the pods' logs since `begins` (epoch seconds of the run's clock, `now`).

    `tell` is given the number of lines that were read so far, and of the pods.
    """
    scan = Scan()
    bad = LogRule(action.must_not_match, action.ignore)
    good = re.compile(action.must_match.encode()) if action.must_match else None
    reading = read_logs(
        connection, pods, since=lambda: max(1.0, now() - begins), ended_after=begins - _CLOCKS
    )
    async with aclosing(reading) as batches:
        async for batch in batches:
            if isinstance(batch, Unread):
                log = f"{batch.pod} {batch.container}{', the run before its restart' * batch.previous}"
                scan.went |= batch.gone == "pod"
                (scan.lost if batch.gone else scan.unread).append(f"{log}: {batch.why}")
                continue
            for line in batch:
                scan.lines += 1
                if good and good.search(line.text):
                    scan.good += 1
                if bad(line.text):
                    scan.bad += 1
                    if len(scan.examples) < _KEPT:
                        scan.examples.append(_example(line, hide))
            await tell(scan.lines, len(pods))
    return scan


def _example(line: ReadLine, hide: Redactor) -> str:
    """A line as evidence: the cockpit's own secrets are hidden, and what looks like a credential is cut."""
    text = line.text.decode("utf-8", "replace")
    return f"{line.pod}: {quoted(hide.text(text, cut=line.cut))}"


def _fact(service: str, scan: Scan, pods: int, action: Logs) -> Evidence:
    told = f"{scan.lines} lines of {pods} pods"
    if action.must_not_match:
        told += f", {scan.bad} match /{action.must_not_match}/"
    if action.must_match:
        told += f", {scan.good} match /{action.must_match}/"
    missing = [*scan.unread, *scan.lost]
    if missing:
        told += f"; not read: {'; '.join(missing[:3])}"
        told += f" and {len(missing) - 3} more" if len(missing) > 3 else ""
    held = not scan.bad and not missing and (bool(scan.good) if action.must_match else bool(scan.lines))
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
    lost = [one for _, scan in scans for one in scan.lost]
    if lost:
        reason = f"A log is not there any more, and what stood in it is not known: {lost[0]}"
        return Outcome(status="inconclusive", reason=reason, evidence=facts)
    silent = [service for service, scan in scans if not scan.lines]
    if silent or not scans:
        reason = f"{', '.join(silent) or 'No service'} has written no line since; silence proves nothing."
        return Outcome(status="inconclusive", reason=reason, evidence=facts)
    return Outcome(status="passed", evidence=facts)
