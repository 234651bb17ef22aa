"""Each service's way back: what it runs, what it goes back to, and whether there is anything to go back."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from alfred_tui.domain.cluster.workloads import ClusterView, RevisionView, RolloutPhase, RolloutView
from alfred_tui.domain.rollback.point import WorkloadPoint
from alfred_tui.domain.run.state import RunState

Standing = Literal["there", "gone", "not known", "no deployment"]
"""`gone`: the cluster was heard, and has none of that name. `no deployment`: that name is of another kind."""


class WayBack(msgspec.Struct, frozen=True, kw_only=True):
    """One workload's way back."""

    name: str
    revision: int
    """0: it is not there, or not known."""
    images: dict[str, str]
    phase: RolloutPhase | None
    available: int
    desired: int
    target: int
    """0: nothing is pinned for it, and nothing chosen."""
    target_images: dict[str, str]
    chosen: bool
    """Whether a person chose the target instead of the rollback point's."""
    unchanged: bool
    """Whether it runs the target's images already."""
    at_target: bool = False
    """Whether the target's pod template is the one that is rolled out now, or has been."""
    updated: int = 0
    begun: bool = False
    """Whether the procedure was started."""
    paused: bool = False
    refused: bool = False
    """Whether the undo does not take it: it is paused, and the undo resumes nothing."""
    standing: Standing = "there"
    left_out: bool = False
    """Whether the lead has chosen that it stays as it is."""
    never_was: bool = False
    """Whether it was not there when the rollback point was recorded."""
    point: WorkloadPoint | None = None
    """What it was then."""
    choices: tuple[RevisionView, ...] = ()

    @property
    def is_back(self) -> bool:
        """Whether the target's rollout is complete, by the conditions of `kubectl rollout status`."""
        return self.at_target and self.phase == "complete"

    @property
    def is_from_point(self) -> bool:
        """Whether the history has lost the target, so that the template which the point kept is put back."""
        kept = self.point is not None and self.point.revision == self.target and bool(self.point.template)
        known = {one.number for one in self.choices}
        return kept and bool(known) and self.target not in known and not self.at_target

    @property
    def image_changes(self) -> tuple[tuple[str, str, str], ...]:
        """Container, its image now and its image after; only those that change."""
        names = {**self.images, **self.target_images}
        pairs = ((name, self.images.get(name, ""), self.target_images.get(name, "")) for name in names)
        return tuple(one for one in pairs if one[1] != one[2])


def ways_back(
    state: RunState,
    names: Iterable[str],
    cluster: ClusterView | None,
    history: Mapping[str, Sequence[RevisionView]],
    targets: Mapping[str, int],
    *,
    left_out: Collection[str] = (),
    resumed: Collection[str] = (),
    begun: bool = False,
) -> tuple[WayBack, ...]:
    """The way back of each of these. `targets` overrides the rollback point's revisions; `resumed` are those
    that are put back although they are paused.
    """
    running, heard = _running(state, cluster)
    points = {one.name: one for one in state.point.workloads} if state.point else {}
    absent = state.point.absent if state.point else ()
    return tuple(
        _way(
            name,
            _standing(name, running, heard=heard),
            running.get(("Deployment", name)),
            points.get(name),
            tuple(history.get(name, ())),
            targets,
            begun=begun,
            left_out=name in left_out,
            resumes=name in resumed,
            never_was=name in absent,
        )
        for name in names
    )


def _running(
    state: RunState, cluster: ClusterView | None
) -> tuple[Mapping[tuple[str, str], RolloutView], bool]:
    """What runs in the run's namespace, by kind and name, and whether the cluster was heard about that."""
    if cluster is None:
        return {}, False
    target = state.started.target
    found = {
        (one.kind, one.name): one
        for one in cluster.rollouts
        if target is None or one.namespace == target.namespace
    }
    # A watcher's panels may show other namespaces alone: then nothing is known of this one.
    return found, bool(found) and bool(cluster.rollouts_freshness.heard_at)


def _standing(name: str, running: Mapping[tuple[str, str], RolloutView], *, heard: bool) -> Standing:
    if ("Deployment", name) in running:
        return "there"
    if ("StatefulSet", name) in running or ("DaemonSet", name) in running:
        return "no deployment"
    return "gone" if heard else "not known"


def _way(
    name: str,
    standing: Standing,
    now: RolloutView | None,
    saved: WorkloadPoint | None,
    choices: tuple[RevisionView, ...],
    chosen: Mapping[str, int],
    *,
    begun: bool,
    left_out: bool,
    resumes: bool,
    never_was: bool,
) -> WayBack:
    target = chosen.get(name) or (saved.revision if saved else 0)
    known = next((one.images for one in choices if one.number == target), None)
    if known is None:
        known = saved.images if saved and saved.revision == target else {}
    images = now.images if now else {}
    revision = now.revision if now else 0
    unchanged = bool(images) and images == known
    # An undo gives the old template a new number. Where the history has both numbers, they are two templates.
    two = {target, revision} <= {one.number for one in choices}
    return WayBack(
        name=name,
        standing=standing,
        revision=revision,
        images=images,
        phase=now.phase if now else None,
        available=now.available if now else 0,
        desired=now.desired if now else 0,
        target=target,
        target_images=known,
        chosen=name in chosen and (saved is None or chosen[name] != saved.revision),
        unchanged=unchanged,
        at_target=bool(revision) and (revision == target or (unchanged and not two)),
        updated=now.updated if now else 0,
        begun=begun,
        paused=now.paused if now else False,
        refused=now.paused and not resumes if now else False,
        left_out=left_out,
        never_was=never_was,
        point=saved,
        choices=choices,
    )


def other_revision(way: WayBack, by: int) -> int:
    """The revision `by` places newer (or older) than the target, of its history and the rollback point's own;
    the target at an end."""
    known = {one.number for one in way.choices}
    if known and way.point is not None and way.point.template:
        known.add(way.point.revision)  # it can be put back when the history has lost it
    numbers = sorted(known)
    if not numbers:
        return way.target
    if way.target not in numbers:
        return numbers[-1] if by < 0 else numbers[0]
    return numbers[max(0, min(len(numbers) - 1, numbers.index(way.target) + by))]
