"""What the screen needs from outside: states to draw, and one place to send intents."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from alfred_tui.domain.cluster.named import NamedObject
from alfred_tui.domain.cluster.pod_detail import PodDetail
from alfred_tui.domain.cluster.workloads import ClusterView, RevisionView
from alfred_tui.domain.document.layout import Layout
from alfred_tui.domain.logs.lines import LogLine, LogsView, LogsWanted
from alfred_tui.domain.rollback.pins import Pin
from alfred_tui.domain.run.events import Entry
from alfred_tui.domain.run.intents import Answer, AnyIntent
from alfred_tui.domain.run.state import RunState
from alfred_tui.present.canary import CanaryView

Unsubscribe = Callable[[], None]


AskResume = Callable[[str], Awaitable[bool]]
"""Asks the lead whether to go on with a run, told in a sentence."""

Tell = Callable[[str], None]
"""Tells the lead a sentence at once, while the run is opened and for as long as it is shown."""


class RunSource(Protocol):
    """The run: of the engine for the lead, of the journal for a watcher."""

    @property
    def state(self) -> RunState: ...

    def subscribe(self, listener: Callable[[RunState, tuple[Entry, ...]], None]) -> Unsubscribe: ...


class ClusterSource(Protocol):
    """The live cluster. Calls back at most once per 100 ms."""

    def view(self) -> ClusterView: ...

    def subscribe(self, listener: Callable[[], None]) -> Unsubscribe: ...

    # What is read when it is looked at. Each raises CockpitError, in a sentence that names what was read.

    async def history(self, kind: str, namespace: str, name: str) -> Sequence[RevisionView]:
        """The revisions that a workload can go back to, newest first."""
        ...

    async def diff(self, kind: str, namespace: str, name: str, before: int, after: int) -> Sequence[str]:
        """What differs between two revisions' pod templates, as unified diff lines; empty: nothing."""
        ...

    async def pod(self, namespace: str, name: str) -> PodDetail: ...

    async def yaml(self, kind: str, namespace: str, name: str) -> Sequence[str]:
        """An object's YAML lines without managedFields and secrets."""
        ...

    async def named(self, kind: str, namespace: str, name: str) -> Sequence[NamedObject]:
        """The objects that a pod or a workload names, and whether each is there."""
        ...


class CanarySource(Protocol):
    """What the canary panel draws."""

    def view(self) -> CanaryView: ...

    def subscribe(self, listener: Callable[[], None]) -> Unsubscribe: ...


class LogFollowing(Protocol):
    """Logs that are being followed."""

    def view(self) -> LogsView: ...

    async def close(self) -> None: ...


class LogSource(Protocol):
    """The logs of the cluster's pods, without secrets."""

    def follow(self, wanted: LogsWanted, take: Callable[[Sequence[LogLine]], None]) -> LogFollowing:
        """Begins to read, and gives the lines in batches. Raises CockpitError when no pods are meant."""
        ...

    async def save(self, path: str, lines: Sequence[str]) -> str:
        """Writes a new file; where it is, whole. Raises CockpitError, also when there is one already."""
        ...


class Output(Protocol):
    """An attempt's output: a file of any size, of which only what is shown is read."""

    @property
    def size(self) -> int:
        """Bytes so far."""
        ...

    @property
    def line_count(self) -> int:
        """Lines known so far. `refresh` makes them more."""
        ...

    def refresh(self) -> bool:
        """Counts lines in a bounded number of new bytes; True when nothing more is left to count."""
        ...

    def lines(self, start: int, count: int) -> Sequence[str]: ...

    def search(self, pattern: str, from_line: int = 0, *, backwards: bool = False) -> int | None:
        """The next line that matches, `from_line` included. Blocks: it is called in a thread."""
        ...


class OutputSource(Protocol):
    """Opens an attempt's output; None when it has left none (yet)."""

    def __call__(self, step: str, attempt: int) -> Output | None: ...


@dataclass(kw_only=True)
class Cockpit:
    """Everything that a screen shows and may do. With `submit` None every act is absent: a watcher."""

    run: RunSource
    now: Callable[[], float]
    layouts: dict[str, Layout]
    layout: str = "cockpit"
    submit: Callable[[AnyIntent], Awaitable[Answer]] | None = None
    cluster: ClusterSource | None = None
    logs: LogSource | None = None
    canary: CanarySource | None = None
    output: OutputSource = field(default=lambda step, attempt: None)
    lead: str = ""
    pin: Callable[[str, Sequence[Pin]], Awaitable[Sequence[str]]] | None = None
    """Overlay and images → what pinning them changes in its kustomization, as diff lines; or why nothing is
    changed, and the lines to add."""
    preview: Callable[[str], Awaitable[Sequence[str]]] | None = None
    """Step → what its preview prints. Raises CockpitError, in a sentence, when that cannot be read."""
    rehearse: Callable[[str, int], Awaitable[str | None]] | None = None
    """Deployment and revision → why the server would refuse to put it back, as its own dry run tells: empty
    when it would not, None when it did not answer."""
    led: Callable[[], bool] = lambda: True
    """Whether a process drives the run. For who leads it always holds; a watcher's source knows."""
    connect: Callable[[], Awaitable[None]] | None = None
    """Called once after the first paint: opens what is slow to open (the cluster, Prometheus)."""
    unguarded: Callable[[], bool] = lambda: False
    """Whether nothing but a lock on this machine keeps a second lead off."""
    silent: Callable[[], bool] = lambda: False
    """Whether no step is started until the API server answers: the Lease cannot be renewed."""
    overtaken: Callable[[], bool] = lambda: False
    """Whether no step is started because another holds the Lease."""
    failed: Callable[[], bool] = lambda: False
    """Whether the run stands still because its record cannot be written: nothing more is done."""
    notices: list[str] = field(default_factory=list)
    """Sentences to show when the screen opens."""


Opening = Callable[[AskResume, Tell], Awaitable[Cockpit]]
"""Opens what the screen shows, after the first paint. Raises CockpitError."""
