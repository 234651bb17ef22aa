"""The rollback screen's words: the plan, what changes, where each service is and goes."""

from collections.abc import Callable, Mapping, Sequence

from alfred_tui.domain.cluster.needs import of_action
from alfred_tui.domain.cluster.rights import Rights
from alfred_tui.domain.cluster.workloads import Freshness
from alfred_tui.domain.document.checklist import Procedure
from alfred_tui.domain.duration import format_elapsed
from alfred_tui.domain.run.planning import ending, troubles
from alfred_tui.domain.run.state import RollbackRun, RunState
from alfred_tui.present.point import workload_words
from alfred_tui.present.rollback import RollbackView
from alfred_tui.present.way_back import WayBack
from alfred_tui.ui.look import PHASE, ROLLOUT, STATUS, Tone
from alfred_tui.ui.text import clean, safe_lines, short_image
from alfred_tui.ui.widgets.columns import Cell, TableColumn, cell
from alfred_tui.ui.widgets.detail import clock
from alfred_tui.ui.widgets.keys_bar import Key
from alfred_tui.ui.wrapping import TonedLine


def way_columns() -> list[TableColumn[WayBack]]:
    """A service: what it runs, and what it goes back to."""
    column = TableColumn[WayBack]
    return [
        column(title="SERVICE", cell=_service, key=lambda w: w.name, width=14, grow=2, widest=32),
        column(title="RUNS NOW", cell=_now, key=lambda w: w.revision, width=17, grow=3),
        column(title="GOES BACK TO", cell=_back, key=lambda w: w.target, width=21, grow=3),
        column(title="READY", cell=_ready, key=lambda w: w.available, width=7, drop=1),
    ]  # fmt: skip


def _service(way: WayBack) -> Cell:
    return cell(clean(way.name), "strong")


def _images(way: WayBack, images: Mapping[str, str]) -> str:
    """The images without their registries; first the service's own, which its tag alone tells."""
    told = {short_image(one, way.name): short_image(one) for one in images.values()}
    own = [short for short, whole in told.items() if short != whole]
    others = sorted(short for short, whole in told.items() if short == whole)
    return clean(", ".join((*sorted(own), *others))) or "unknown"


_UNHEARD = {"expired": "The login is expired", "error": "The cluster answers with errors"}
_NOT_THERE = {"gone": "not there", "no deployment": "no Deployment", "not known": "not known"}


def _now(way: WayBack) -> Cell:
    if not way.revision:
        return cell(_NOT_THERE.get(way.standing, "no revision yet"), "warn")
    paused = (("paused ", "warn"),) if way.paused else ()
    return ((f"rev {way.revision} ", "strong"), *paused, (_images(way, way.images), "plain"))


def _back(way: WayBack) -> Cell:
    if way.left_out:
        return cell("left out", "muted")
    if not way.target and way.never_was:
        return cell("was not there", "warn")
    if not way.target:
        return cell("? choose with ← →" if way.standing in ("there", "not known") else "–", "warn")
    tone, said = _how_far(way)
    # While it rolls back, its images are those that it runs now, and stand beside this.
    images = "" if way.at_target and not way.is_back else _images(way, way.target_images)
    # What is cut where room is short is the images' end, and never how far it is.
    return ((f"rev {way.target} ", tone), (f"{said} " if said else "", tone), (images, "plain"))


def _how_far(way: WayBack) -> tuple[Tone, str]:
    """What stands behind the target: that it is there only when its rollout is complete."""
    if way.is_back:
        return "good", "✔ is there"
    if not way.at_target:
        return "accent", "(chosen)" if way.chosen else ""
    count = f"{min(way.updated, way.available)}/{way.desired}"
    if way.phase == "progressing":
        return "warn", f"rolling {'back' if way.begun else 'out'} {count}"
    phase = way.phase or "unknown"
    glyph, tone = ROLLOUT[phase]
    return tone, f"{glyph} {PHASE.get(phase, phase)} {count}"


def _ready(way: WayBack) -> Cell:
    if way.phase is None:
        return cell("")
    glyph, tone = ROLLOUT[way.phase]
    return cell(f"{glyph} {way.available}/{way.desired}", tone)


def tab_titles(titles: Sequence[str]) -> list[str]:
    """The procedures' titles without the last words that all of them share."""
    words = [title.split() for title in titles]
    while len(words) > 1 and len({one[-1] for one in words}) == 1 and all(len(one) > 1 for one in words):
        words = [one[:-1] for one in words]
    return [" ".join(one) for one in words]


def plan_lines(view: RollbackView) -> list[TonedLine]:
    """The steps in order: what each does exactly, or where it stands; then what is not brought back."""
    lines: list[TonedLine] = [((f"! {clean(text)}", "warn"),) for text in view.cautions]
    for number, step in enumerate(view.plan, 1):
        title = clean(step.title)
        if step.status is None:
            mark = ((" · ", "muted"), ("changes the environment", "bad")) if step.changes else ()
            lines.append(((f"{number}. ", "muted"), (title, "strong"), *mark))
        else:
            glyph, tone = STATUS[step.status]
            took = f"  {format_elapsed(step.seconds)}" if step.seconds >= 1 else ""
            lines.append(((f"{glyph}  ", tone), (title, "strong"), (f"  {step.status}{took}", tone)))
            lines += [((f"   {line}", tone),) for line in safe_lines(step.note)]
        if step.status in (None, "running", "waiting"):
            lines += [((f"   {line}", "muted"),) for line in safe_lines(step.effect)]
        lines += [
            (("   · ", "muted"), (f"{clean(one.label)}: ", "muted"), (clean(one.value), "plain"))
            for one in step.found
        ]
    if view.warns:
        lines += [(), (("It does not bring back:", "warn"),)]
        lines += [(("  · ", "warn"), (clean(text), "plain")) for text in view.warns]
    if view.facts:
        lines += [(), (("The rollback point:", "strong"),)]
        lines += [
            ((f"  {clean(one.label)}: ", "muted"), (clean(one.value), "good" if one.ok else "plain"))
            for one in view.facts
        ]
    return lines


def refusal_lines(view: RollbackView, rehearsed: Callable[[WayBack], str | None]) -> list[TonedLine]:
    """What the server would refuse, as its dry run told before anything happens."""
    if view.started is not None:
        return []
    told = [(way.name, rehearsed(way)) for way in view.ways if not way.left_out]
    return [
        ((f"! {clean(name)}: the server would refuse it: {clean(why)}", "bad"),) for name, why in told if why
    ]


def overlay_lines(view: RollbackView, offer: Sequence[str]) -> list[TonedLine]:
    """The overlay's pin as a diff; or why it is not changed, and the lines to add."""
    if not view.overlay or not offer:
        return []
    what = "is pinned by a step of this plan, once its word was typed" if view.pins else "is not pinned"
    if view.pinned:
        what = "was pinned"
    return [
        (),
        ((f"{clean(view.overlay)} {what}:", "strong"),),
        *(((clean(line), diff_tone(line)),) for line in offer),
    ]


def change_lines(way: WayBack, diff: Sequence[str], rehearsed: str | None = None) -> list[TonedLine]:
    """What going back changes in one service: its pod template where that could be read, else its images."""
    if not way.target:
        return [(("Choose a revision to see what it changes.", "muted"),)]
    lines: list[TonedLine] = [((f"rev {way.revision or '?'} → rev {way.target}", "strong"),)]
    if way.refused and not way.begun:
        lines.append((("✘ it is paused, and this undo refuses it", "bad"),))
    elif rehearsed == "":
        lines.append((("✔ the server would take it (dry run)", "good"),))
    chosen = next((one for one in way.choices if one.number == way.target), None)
    if chosen and chosen.change_cause:
        lines.append(((clean(chosen.change_cause), "muted"),))
    if diff:
        return [*lines, *(((clean(line), diff_tone(line)),) for line in diff), *_point_lines(way)]
    if way.is_from_point:
        told = "the rollback point's own template; of what it changes the images alone are shown"
        lines.append(((told, "muted"),))
    for name, before, after in way.image_changes:
        lines.append(((f"{clean(name)}", "muted"),))
        lines.append(((f"- {clean(before) or 'none'}", "bad"),))
        lines.append(((f"+ {clean(after) or 'unknown'}", "good"),))
    if way.unchanged:
        lines.append((("It runs these images already.", "good"),))
    lines += _point_lines(way)
    numbers = ", ".join(str(one.number) for one in sorted(way.choices, key=lambda one: -one.number))
    if numbers:
        lines += [(), ((f"known revisions: {numbers}", "muted"),)]
    return lines


def _point_lines(way: WayBack) -> list[TonedLine]:
    """What the rollback point has of it; an undo leaves its replicas and its autoscaler as they are."""
    if way.point is None:
        return []
    return [(), (("the rollback point: ", "muted"), (clean(workload_words(way.point)), "plain"))]


def diff_tone(line: str) -> Tone:
    return {"-": "bad", "+": "good", "@": "muted"}.get(line[:1], "plain")  # type: ignore[return-value]


def told(view: RollbackView, state: RunState, *, leads: bool) -> str:
    """The sentence above the word: what is known, what is missing, what has happened."""
    if view.started is not None:
        return _told_of(view.started, view, state, leads=leads)
    parts = [] if leads else ["Read-only: the lead starts a rollback."]
    parts.append(_before(view, state))
    if state.countdown:
        at = clock(state.countdown.ends_at)
        parts.append(f"It starts by itself at {at}: {clean(state.countdown.reason)}.")
    elif state.declined:
        parts.append("Its start by itself was stopped, and stays so until the trigger has cleared.")
    if not state.first_change_at:
        parts.append("This run has not changed anything so far.")
    if view.captured_at and view.ways:
        parts.append(f"The rollback point was captured at {clock(view.captured_at)}.")
    if view.why_not:
        parts.append(clean(view.why_not))
    return " ".join(parts)


def _before(view: RollbackView, state: RunState) -> str:
    """What has happened before this one begins."""
    if any(run.procedure == view.procedure for run in state.rollbacks):
        return "It was started before."
    last = state.rollback
    if last is None:
        return "Nothing has happened yet."
    return f"“{clean(last.title)}” was started at {clock(last.at)}; of this one nothing has happened yet."


def _told_of(run: RollbackRun, view: RollbackView, state: RunState, *, leads: bool) -> str:
    """What a rollback that was started is at, and what it wants."""
    why = f" ({clean(run.reason)})" if run.reason else ""
    parts = [f"Started by {clean(run.by)} at {clock(run.at)}{why}."]
    if state.result is not None:
        return f"{parts[0]} The run is over: {state.result.replace('_', ' ')}."
    if view.word_waits:
        what = "The overlay waits to be pinned"
        if not view.pin_waits:
            what = f"“{clean(state.step(view.word_waits).title)}” waits for a word"
        shows = "w shows the word that writes it" if view.pin_waits else "w shows it"
        parts.append(f"{what}: {shows}." if leads else f"{what}; the lead types it.")
    if stopped := ending(state):
        title = clean(stopped[0].title)
        parts.append(f"“{title}” is being stopped: what changes anything waits for its end.")
    ours = {step.id for step in run.steps}
    held = [step for step in troubles(state) if step.id in ours]
    waits = [one.title for one in view.plan if one.status == "waiting" and one.id != view.word_waits]
    if held:
        title, status = clean(held[0].title), state.steps[held[0].id].status
        parts.append(
            f"“{title}” ended as {status}, and what comes after it waits:"
            + (" a plans it all anew, esc and ] lead to the decision." if leads else " the lead decides.")
        )
    elif waits:
        parts.append(f"“{clean(waits[0])}” waits for a person" + (": esc, then ]." if leads else "."))
    return " ".join(parts)


def heard(freshness: Freshness, view: RollbackView) -> str:
    """That what runs now may be otherwise, while the cluster is not heard; empty while it is."""
    if freshness.connection in ("live", "connecting"):
        return ""
    at = f", last heard at {clock(freshness.heard_at)}" if freshness.heard_at else ""
    it = "It" if view.started else "A rollback can be started: it"
    told = _UNHEARD.get(freshness.connection) or f"The cluster is {freshness.connection.replace('-', ' ')}"
    return (
        f"{told}{at}: what runs now may be something else. {it} goes on when the API server answers, or says"
        " that it did not."
    )


def lacking(rights: Rights, procedure: Procedure, view: RollbackView) -> str:
    """Which rights the plan's steps lack, told before anything is tried; empty once it has begun."""
    if view.started is not None:
        return ""
    refusal = rights.refusal(*(right for step in procedure.steps for right in of_action(step.action)))
    return f"{refusal} Until then the steps that need it are refused." if refusal else ""


def footer(view: RollbackView) -> list[Key]:
    """The keys of the last line, those that a narrow terminal leaves out last."""
    keys = (
        "rb-stop-countdown", "rb-word-of", "rb-again", "rb-service", "rb-choose", "rb-procedure", "rb-page",
        "rb-leave-out", "rb-order", "rb-leave",
    )  # fmt: skip
    words = {
        "rb-order": "side by side" if view.in_order else "in order",
        "rb-word-of": "pin the overlay" if view.pin_waits else "type its word",
    }
    first = {"rb-leave": -1}
    return [Key(name, first.get(name, number), words.get(name, "")) for number, name in enumerate(keys)]
