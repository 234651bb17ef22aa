"""The rollout screen's words: where it stands, what it waits for, its history, what differs, its pods."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from alfred_tui.domain.cluster.workload_acts import WorkloadAct
from alfred_tui.domain.cluster.workloads import Freshness, Pod, RevisionView
from alfred_tui.domain.duration import format_elapsed
from alfred_tui.present.workload import Trouble, WorkloadDetail, ready, share
from alfred_tui.present.workload_acts import act_told, end_told
from alfred_tui.ui.look import CONNECTION, PHASE, ROLLOUT, STATUS, Piece, Tone
from alfred_tui.ui.text import age, bar, clean, short_image
from alfred_tui.ui.widgets.columns import Cell, TableColumn, cell
from alfred_tui.ui.widgets.detail import clock
from alfred_tui.ui.widgets.last_words import began_told
from alfred_tui.ui.widgets.pod_cells import (
    ready_cell,
    restarts_cell,
    restarts_width,
    status_pieces,
    status_width,
)
from alfred_tui.ui.wrapping import TonedLine

_BAR = 12
_ACTS = 3
"""Acts of this run that are told, the newest."""


class PodRow(msgspec.Struct, frozen=True, kw_only=True):
    """A pod, and whether it is of the newest revision."""

    pod: Pod
    new: bool


def status_lines(detail: WorkloadDetail, now: float, during: Callable[[float], str]) -> list[TonedLine]:
    """Where the rollout stands, from most to least urgent. `during` says what the run was at then."""
    rollout = detail.rollout
    glyph, tone = ROLLOUT[rollout.phase]
    full, rest = bar(share(rollout), _BAR)
    counts = (
        f"  {rollout.updated} updated · {rollout.ready} ready · {rollout.available} available"
        f" of {rollout.desired}"
    )
    state: list[Piece] = [(f"{glyph} {PHASE.get(rollout.phase, rollout.phase)}  ", tone)]
    if rollout.paused and rollout.phase != "paused":
        state.append(("‖ paused  ", "warn"))
    lines: list[TonedLine] = [(*state, (full, tone), (rest, "rule"), (counts, "plain"))]
    if rollout.message:
        lines.append(((clean(rollout.message), "plain" if rollout.phase == "complete" else tone),))
    lines += [(("pace   ", "muted"), piece) for piece in _pace(detail, now)]
    lines += _images(detail)
    for one in detail.troubles:
        lines += trouble_lines(one, detail, began_told(one.began_at, now, during))
    return lines


def _pace(detail: WorkloadDetail, now: float) -> Iterable[Piece]:
    rollout = detail.rollout
    if rollout.phase == "complete":
        if rollout.ended_at > rollout.began_at > 0:
            yield f"took {format_elapsed(rollout.ended_at - rollout.began_at)}", "plain"
        return
    if rollout.phase != "progressing":
        return
    if not detail.pace or detail.left is None:
        since = f"; it began {format_elapsed(now - rollout.began_at)} ago" if rollout.began_at else ""
        yield f"not known yet: no new pod is ready{since}" if not ready(detail.new) else "not known", "muted"
        return
    each = format_elapsed(1 / detail.pace)
    yield (
        f"{ready(detail.new)} new ready, one in {each}; at that pace {format_elapsed(detail.left)} more",
        "plain",
    )


def _images(detail: WorkloadDetail) -> Iterable[TonedLine]:
    rollout = detail.rollout
    for name, image in rollout.images.items():
        before = rollout.from_images.get(name, "")
        moved = before and before != image
        label: Piece = (f"{clean(name)} ", "muted")
        if moved:
            yield (label, (f"{short_image(clean(before))} → ", "muted"), (clean(image), "strong"))
        else:
            yield (label, (clean(image), "plain"))


def trouble_lines(one: Trouble, detail: WorkloadDetail, since: str) -> Iterable[TonedLine]:
    """A cause with its counts, its sentence, since when, and where to look next."""
    tone: Tone = "bad" if one.doomed else "warn"
    counts = f"{one.new} of {len(detail.new)} new pods, {one.old} of {len(detail.old)} old"
    yield (("✘ ", tone), (f"{clean(one.group)}: ", tone), (counts, "strong"), (since, "muted"))
    yield (("  ", tone), (clean(one.sentence), "plain"))
    if one.look_at:
        yield (("  look at: ", "muted"), (clean(one.look_at), "muted"))


def title_pieces(detail: WorkloadDetail, fresh: Freshness) -> list[Piece]:
    """Beside the workload's name: its revision, from which to which, and how fresh this is."""
    rollout = detail.rollout
    told: list[Piece] = []
    if rollout.revision:
        moved = rollout.from_revision and rollout.phase != "complete"
        revision = f"{rollout.from_revision}→{rollout.revision}" if moved else str(rollout.revision)
        told.append((f"  rev {revision}", "strong"))
    if fresh.connection != "live":
        glyph, tone = CONNECTION[fresh.connection]
        told.append((f"  {glyph} {fresh.connection}", tone))
    return told


def act_lines(acts: Sequence[WorkloadAct], kind: str, name: str) -> list[TonedLine]:
    """What leads did to it in this run, the newest first."""
    mine = [one for one in acts if (one.kind, one.name) == (kind, name)]
    lines: list[TonedLine] = []
    for one in reversed(mine[-_ACTS:]):
        glyph, tone = STATUS[one.outcome.status if one.outcome else "running"]
        told = f"{clock(one.at)} {clean(act_told(one))} — "
        lines.append(((f"{glyph} ", tone), (told, "plain"), (clean(end_told(one.outcome)), tone)))
    return lines


def history_columns(
    marked: Callable[[], int], name: str, now: Callable[[], float]
) -> list[TableColumn[RevisionView]]:
    """A revision: its number, images, cause, pods and age."""

    def number(row: RevisionView) -> Cell:
        mark: Piece = ("◆", "accent") if row.number == marked() else (" ", "plain")
        return (mark, (str(row.number), "strong" if row.current else "plain"))

    def images(row: RevisionView) -> Cell:
        shown = ", ".join(sorted({short_image(one, name) for one in row.images.values()}))
        said: Piece = (" now", "good") if row.current else ("", "plain")
        return ((clean(shown), "plain"), said)

    column = TableColumn[RevisionView]
    return [
        column(title=" REV", cell=number, key=lambda r: r.number, width=5),
        column(title="IMAGES", cell=images, key=lambda r: sorted(r.images.values()), width=14, grow=3),
        column(
            title="CHANGE CAUSE", cell=lambda r: cell(clean(r.change_cause) or "–", "muted"),
            key=lambda r: r.change_cause, width=12, grow=3, drop=2,
        ),
        column(
            title="PODS", cell=lambda r: cell(str(r.replicas)), key=lambda r: r.replicas, width=4, right=True,
        ),
        column(
            title="AGE", cell=lambda r: cell(age(now() - r.created_at), "muted"), key=lambda r: -r.created_at,
            width=5, right=True, drop=1,
        ),
    ]  # fmt: skip


def pod_columns(now: Callable[[], float]) -> list[TableColumn[PodRow]]:
    """A pod: which revision, how it is, where."""

    column = TableColumn[PodRow]
    return [
        column(
            title="OF", cell=lambda r: cell("new", "accent") if r.new else cell("old", "muted"),
            key=lambda r: not r.new, width=3,
        ),
        column(
            title="NAME", cell=lambda r: cell(clean(r.pod.name)), key=lambda r: r.pod.name, width=16, grow=4,
            middle=True,
        ),
        column(title="READY", cell=lambda r: ready_cell(r.pod), key=lambda r: r.pod.ready, width=5),
        column(
            title="STATUS", cell=lambda r: status_pieces(r.pod), key=lambda r: r.pod.status, width=7,
            needs=lambda rows: status_width([r.pod for r in rows]),
        ),
        column(
            title="RST", cell=lambda r: restarts_cell(r.pod), key=lambda r: r.pod.restarts, width=4,
            needs=lambda rows: restarts_width([r.pod for r in rows]), right=True,
        ),
        column(
            title="AGE", cell=lambda r: cell(age(now() - r.pod.created_at), "muted"),
            key=lambda r: -r.pod.created_at, width=5, right=True, drop=1,
        ),
    ]  # fmt: skip


def pods_title(detail: WorkloadDetail) -> list[Piece]:
    """How many of each revision are ready."""
    new, old = detail.new, detail.old
    told: list[Piece] = [(f" new {ready(new)}/{len(new)} ready", "accent" if new else "muted")]
    return [*told, (f" · old {ready(old)}/{len(old)} ready", "muted")]


def diff_lines(
    before: int, after: int, diff: Sequence[str] | None, problem: str, known: int
) -> list[TonedLine]:
    """What differs between two of `known` revisions."""
    if problem:
        return [(("! ", "warn"), (clean(problem), "warn"))]
    if not before or not after:
        return [(("The history is not known (yet).", "muted"),)]
    moves = "Move to another to see what differs; m marks another to compare with."
    if before == after:
        return [
            (("This is the revision that the others are compared with (◆).", "muted"),),
            ((moves if known > 1 else "There is no other.", "muted"),),
        ]
    if diff is None:
        return [(("Reading…", "muted"),)]
    if not diff:
        return [(("Their pod templates are the same.", "good"),)]
    tones: Mapping[str, Tone] = {"-": "bad", "+": "good", "@": "muted"}
    return [((clean(line), tones.get(line[:1], "plain")),) for line in diff]
