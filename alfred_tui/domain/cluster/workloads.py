"""What the cluster looks like, as values: what stores produce, panels draw and steps give as evidence.

One set of words for all three, so that a step's evidence and the panel beside it never disagree. Times are
epoch seconds of the run's clock; cpu is in millicores, memory in bytes. Rows that come in tens of thousands
hold no cycles, so the garbage collector need not walk them (`gc=False`).
"""

from typing import Literal

import msgspec

from alfred_tui.domain.cluster.rights import Rights

Connection = Literal[
    "connecting", "live", "stale", "throttled", "error", "unreachable", "expired", "forbidden", "absent",
    "not-configured",
]  # fmt: skip
"""`stale`: was live, and has not been heard for longer than it should. `throttled`, `error`: the server
answers, and never yet with what was asked: 429, or 5xx above all. `unreachable`: no answer. `expired`:
credentials ran out. `forbidden`: this account may not. `absent`: the API has no such resource."""


class Freshness(msgspec.Struct, frozen=True, kw_only=True):
    """How far the data beside it may be believed."""

    connection: Connection
    since: float
    """When this connection state began."""
    heard_at: float = 0.0
    """When the source last spoke (an event, a bookmark, a list). 0: never."""
    message: str = ""
    """What is wrong and what to do, when it is not live: names the verb and resource when forbidden."""
    every: float = 0.0
    """Real seconds between two lists where it may be listed and not watched; 0: it is watched."""


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Why a pod is not well, in one sentence, and where to look next."""

    cause: str
    """The kind of trouble, one word as Kubernetes has it: CrashLoopBackOff, OOMKilled, Unschedulable, …"""
    sentence: str
    look_at: str = ""
    began_at: float = 0.0
    doomed: bool = False
    """Whether waiting cannot help (krane's and kubedog's rules): the rollout may fail early on it."""
    group: str = ""
    """The same for pods with the same trouble: `ImagePullBackOff registry/x:v2 (manifest unknown)`."""
    container: str = ""
    """The container whose end it is about, where that has (had) a log."""
    last_words: tuple[str, ...] = ()
    """The last lines of that container that say why it ended, the oldest first; external text, inert."""
    words_of: str = ""
    """The pod that said so, when it is another one with the same cause."""

    @property
    def whole(self) -> str:
        """The sentence with the last words in it, where one text is to tell all."""
        if not self.last_words:
            return self.sentence
        whose = f"the last words of {self.words_of}" if self.words_of else "its last words"
        said = " / ".join(self.last_words).rstrip(". ")
        return f"{self.sentence.removesuffix('.')}; {whose}: {said}."


class Pod(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One pod as a row."""

    namespace: str
    name: str
    uid: str
    status: str
    """As `kubectl get pods` shows it: Running, CrashLoopBackOff, Init:0/1, Terminating, …"""
    ready: int
    containers: int
    restarts: int
    new_restarts: int
    """Restarts since the run began."""
    created_at: float
    node: str = ""
    ip: str = ""
    owner: str = ""
    """`kind/name` of the top controller: Deployment/alfred-bot."""
    revision: str = ""
    """The pod-template-hash or controller revision."""
    track: str = ""
    labels: dict[str, str] = {}
    images: tuple[str, ...] = ()
    well: bool = True
    """Ready or done, and nothing wrong. A pod that is only starting or ending is not well and has no
    diagnosis."""
    diagnosis: Diagnosis | None = None


class RevisionView(msgspec.Struct, frozen=True, kw_only=True):
    """A revision that a deployment can go back to."""

    number: int
    name: str
    """Of its ReplicaSet."""
    images: dict[str, str]
    """Container → image."""
    created_at: float
    change_cause: str = ""
    replicas: int = 0
    current: bool = False


RolloutPhase = Literal["progressing", "complete", "failed", "paused", "doomed", "unknown"]


class RolloutView(msgspec.Struct, frozen=True, kw_only=True):
    """One Deployment, StatefulSet or DaemonSet as a row."""

    kind: str
    namespace: str
    name: str
    phase: RolloutPhase
    message: str
    """What it waits for or why it failed, in kubectl's words where it has them."""
    desired: int
    updated: int
    ready: int
    available: int
    replicas: int = 0
    generation: int = 0
    observed: int = 0
    revision: int = 0
    from_revision: int = 0
    """The revision before this one; 0 when there is none."""
    images: dict[str, str] = {}
    from_images: dict[str, str] = {}
    began_at: float = 0.0
    ended_at: float = 0.0
    newest: str = ""
    """`Pod.revision` of the pods of the newest revision; empty while that is not known."""
    on_delete: bool = False
    """Whether a pod is replaced only when somebody deletes it."""
    kept: int = 0
    """How many pods a partition keeps as they are; all others get the newest revision."""
    one_by_one: bool = False
    """Whether nothing of it is replaced while any of its pods is not ready: a StatefulSet in order."""
    paused: bool = False
    """Whether its spec says so, whatever its phase is."""


class ContainerUsage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a container uses, against what it asked for and may have (0: not set)."""

    name: str
    cpu: float
    memory: float
    cpu_request: float = 0.0
    cpu_limit: float = 0.0
    memory_request: float = 0.0
    memory_limit: float = 0.0


class PodUsage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A pod's usage: sums, and its containers."""

    namespace: str
    name: str
    cpu: float
    memory: float
    containers: tuple[ContainerUsage, ...] = ()
    cpu_history: tuple[float, ...] = ()
    """The last measurements, the oldest first; filled in for the heaviest pods."""
    memory_history: tuple[float, ...] = ()


class NodeUsage(msgspec.Struct, frozen=True, kw_only=True):
    """A node's usage against what can be given to pods."""

    name: str
    cpu: float
    memory: float
    cpu_capacity: float
    memory_capacity: float
    ready: bool = True
    cpu_history: tuple[float, ...] = ()
    """The last measurements, the oldest first."""
    memory_history: tuple[float, ...] = ()


class ClusterView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the centre of the screen shows, at one moment."""

    pods: tuple[Pod, ...] = ()
    pods_freshness: Freshness
    rollouts: tuple[RolloutView, ...] = ()
    rollouts_freshness: Freshness
    nodes: tuple[NodeUsage, ...] = ()
    usage: tuple[PodUsage, ...] = ()
    heaviest: tuple[PodUsage, ...] = ()
    """Those pods that are nearest to what they may use, with their histories; the nearest first."""
    usage_freshness: Freshness
    rights: Rights = Rights()
    """What this account may do of what the panels read and offer, as far as the cluster has said."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """The cluster a run is pinned to. `fingerprint` changes when the same words mean another cluster."""

    context: str
    namespace: str
    server: str
    user: str = ""
    version: str = ""
    fingerprint: str = ""
    kubeconfig: tuple[str, ...] = ()
    """The files it was read from, first wins; empty for a pod's own service account."""
