"""The rollback screen's words: the plan, what changes, where each service is and goes."""

from collections.abc import Mapping, Sequence

from alfred_tui.domain.duration import format_elapsed
from alfred_tui.domain.state import RunState
from alfred_tui.present.rollback import RollbackView, WayBack
from alfred_tui.ui.look import PHASE, ROLLOUT, STATUS, Tone
from alfred_tui.ui.text import clean, safe_lines, short_image
from alfred_tui.ui.widgets.columns import Cell, TableColumn, cell
from alfred_tui.ui.widgets.detail import clock
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
    return clean(", ".join(sorted({short_image(one, way.name) for one in images.values()}))) or "unknown"


def _now(way: WayBack) -> Cell:
    if not way.revision:
        return cell("not seen", "warn")
    paused = (("paused ", "warn"),) if way.paused else ()
    return ((f"rev {way.revision} ", "strong"), *paused, (_images(way, way.images), "plain"))


def _back(way: WayBack) -> Cell:
    if way.left_out:
        return cell("left out", "muted")
    if not way.target:
        return cell("? choose with ← →", "warn")
    tone, said = _how_far(way)
    # While it rolls back, its images are those that it runs now, and stand beside this.
    images = "" if way.at_target and not way.is_back else _images(way, way.target_images) + " "
    return ((f"rev {way.target} ", tone), (images, "plain"), (said, tone))


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


def overlay_lines(view: RollbackView, offer: Sequence[str]) -> list[TonedLine]:
    """The overlay's pin as a diff; or why it is not changed, and the lines to add."""
    if not view.overlay or not offer:
        return []
    what = "is pinned by a step of this plan, once its word was typed" if view.pins else "is not pinned"
    return [
        (),
        ((f"{clean(view.overlay)} {what}:", "strong"),),
        *(((clean(line), diff_tone(line)),) for line in offer),
    ]


def change_lines(way: WayBack, diff: Sequence[str]) -> list[TonedLine]:
    """What going back changes in one service: its pod template where that could be read, else its images."""
    if not way.target:
        return [(("Choose a revision to see what it changes.", "muted"),)]
    lines: list[TonedLine] = [((f"rev {way.revision or '?'} → rev {way.target}", "strong"),)]
    chosen = next((one for one in way.choices if one.number == way.target), None)
    if chosen and chosen.change_cause:
        lines.append(((clean(chosen.change_cause), "muted"),))
    if diff:
        return [*lines, *(((clean(line), diff_tone(line)),) for line in diff)]
    for name, before, after in way.image_changes:
        lines.append(((f"{clean(name)}", "muted"),))
        lines.append(((f"- {clean(before) or 'none'}", "bad"),))
        lines.append(((f"+ {clean(after) or 'unknown'}", "good"),))
    if way.unchanged:
        lines.append((("It runs these images already.", "good"),))
    numbers = ", ".join(str(one.number) for one in sorted(way.choices, key=lambda one: -one.number))
    if numbers:
        lines += [(), ((f"known revisions: {numbers}", "muted"),)]
    return lines


def diff_tone(line: str) -> Tone:
    return {"-": "bad", "+": "good", "@": "muted"}.get(line[:1], "plain")  # type: ignore[return-value]


def told(view: RollbackView, state: RunState, *, leads: bool) -> str:
    """The sentence above the word: what is known, what is missing, what has happened."""
    if view.started is not None:
        run = view.started
        why = f" ({clean(run.reason)})" if run.reason else ""
        begun = f"Started by {clean(run.by)} at {clock(run.at)}{why}."
        if state.result is not None:
            return f"{begun} The run is over: {state.result.replace('_', ' ')}."
        if view.pin_waits:
            return f"{begun} The overlay waits to be pinned: w shows the word that writes it."
        waiting = any(one.status == "waiting" for one in view.plan)
        return begun + (" A step waits for a person: esc, then ]." if waiting else "")
    parts = [] if leads else ["Read-only: the lead starts a rollback."]
    parts.append("It was started before." if state.rollback else "Nothing has happened yet.")
    if state.countdown:
        at = clock(state.countdown.ends_at)
        parts.append(f"It starts by itself at {at}: {clean(state.countdown.reason)}.")
    if not state.first_change_at:
        parts.append("This run has not changed anything so far.")
    if view.captured_at and view.ways:
        parts.append(f"The rollback point was captured at {clock(view.captured_at)}.")
    if view.why_not:
        parts.append(clean(view.why_not))
    return " ".join(parts)
