"""One step in full: why it is done, exactly what is done, what came of it, who signed on what grounds."""

from datetime import datetime

from textual.app import ComposeResult

from alfred_tui.domain.duration import format_elapsed
from alfred_tui.domain.evidence import Evidence
from alfred_tui.present.run import Detail
from alfred_tui.ui.look import STATUS
from alfred_tui.ui.text import clean
from alfred_tui.ui.widgets.panel import PanelFrame
from alfred_tui.ui.widgets.toned_text import TonedLine, TonedText


class DetailPanel(PanelFrame):
    """The panel."""

    TITLE = "STEP"

    def compose(self) -> ComposeResult:
        yield TonedText(id="detail-text")

    def load(self, detail: Detail | None, keys: str) -> None:
        """Shows a step; `keys` says what can be done with it now."""
        body = self.query_one(TonedText)
        if detail is None:
            self.heading("STEP")
            body.write([(("Choose a step in the checklist.", "muted"),)])
            return
        self.heading(f"STEP {detail.id}")
        self.footing(keys)
        body.write(detail_lines(detail))


def detail_lines(detail: Detail) -> list[TonedLine]:
    """The step as text."""
    glyph, tone = STATUS[detail.status]
    took = f" {format_elapsed(detail.seconds)}" if detail.seconds >= 1 else ""
    tries = f", attempt {detail.attempt}" if detail.attempt > 1 else ""
    lines: list[TonedLine] = [
        ((clean(detail.title), "accent"),),
        ((f"{glyph} {detail.status}{took}{tries}", tone), (f"   {clean(detail.where)}", "muted")),
    ]
    if detail.reason:
        who = f" — {clean(detail.settled_by)}" if detail.settled_by else ""
        lines.append(((clean(detail.reason) + who, tone),))
    if detail.note:
        lines.append(((clean(detail.note), "busy"),))
    if detail.ask:
        because = f"{clean(detail.ask.because)} " if detail.ask.because else ""
        lines.append(((f"◆ {because}", "warn"), (clean(detail.ask.prompt), "accent")))
        if detail.ask.people > 1:
            lines.append(((f"  {detail.ask.people} different people sign", "muted"),))
    if detail.why:
        lines += [(), (("why   ", "muted"), (clean(detail.why), "plain"))]
    lines += _block("does  ", detail.effect)
    if detail.source and detail.source.strip() != detail.effect.strip():
        lines += _block("says  ", detail.source)
    lines += _signed(detail)
    if detail.evidence:
        lines.append(())
        lines += [_fact("", one) for one in detail.evidence]
    lines += [((f"→ {clean(name)} ", "muted"), (clean(value), "plain")) for name, value in detail.outputs]
    return lines


def _block(label: str, text: str) -> list[TonedLine]:
    lines: list[TonedLine] = [()]
    for number, line in enumerate(text.splitlines()):
        lines.append(((label if number == 0 else " " * len(label), "muted"), (clean(line), "plain")))
    return lines


def _signed(detail: Detail) -> list[TonedLine]:
    lines: list[TonedLine] = []
    for one in detail.signatures:
        when = datetime.fromtimestamp(one.at).astimezone().strftime("%H:%M:%S")
        note = f": {clean(one.note)}" if one.note else ""
        lines.append((("✍ ", "good"), (f"{clean(one.by)} {when}{note}", "plain")))
        lines += [_fact("  ", fact) for fact in one.evidence]
    return [(), *lines] if lines else []


def _fact(indent: str, one: Evidence) -> TonedLine:
    mark, tone = {True: ("✔", "good"), False: ("✘", "bad"), None: ("·", "muted")}[one.ok]
    return ((f"{indent}{mark} ", tone), (f"{clean(one.label)}: ", "muted"), (clean(one.value), "plain"))  # type: ignore[return-value]
