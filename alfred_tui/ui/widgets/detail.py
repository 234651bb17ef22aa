"""One step in full: what is asked, who signed on what grounds, why it is done, exactly what is done."""

from collections.abc import Iterable
from datetime import datetime

from alfred_tui.domain.duration import format_elapsed
from alfred_tui.domain.evidence import Evidence
from alfred_tui.present.headings import HeadingDetail
from alfred_tui.present.run import Detail
from alfred_tui.ui.look import STATUS, Piece, Tone
from alfred_tui.ui.text import clean, safe_lines
from alfred_tui.ui.widgets.toned_text import TonedText
from alfred_tui.ui.wrapping import TonedLine


class DetailPanel(TonedText):
    """The panel."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__("STEP", id=id)
        self._shown = ""

    def load(self, detail: Detail | HeadingDetail | None) -> None:
        """Shows a step, or a heading."""
        shown = detail.id if detail else ""
        if shown != self._shown:
            self._shown = shown
            self.scroll_rows_to(0)
        if detail is None:
            self.frame.heading("STEP")
            self.write([(("Choose a step in the checklist.", "muted"),)])
        elif isinstance(detail, HeadingDetail):
            self.frame.heading("SECTION", (f" {clean(detail.id)}", "muted"))
            self.write(heading_lines(detail))
        else:
            self.frame.heading("STEP", (f" {clean(detail.id)}", "muted"))
            self.write(detail_lines(detail))


def detail_lines(detail: Detail) -> list[TonedLine]:
    """The step as text. What a person must know or do now comes first, then who signed, then the rest."""
    glyph, tone = STATUS[detail.status]
    took = f" {format_elapsed(detail.seconds)}" if detail.seconds >= 1 else ""
    tries = f", attempt {detail.attempt}" if detail.attempt > 1 else ""
    lines: list[TonedLine] = [
        ((clean(detail.title), "strong"),),
        ((f"{glyph} {detail.status}{took}{tries}", tone),),
    ]
    lines += _told(detail.stands, "bad")
    lines += _told(detail.reason, tone, detail.settled_by)
    lines += _told(detail.note, "busy")
    lines += _asked(detail)
    facts = [_fact("", one) for one in detail.evidence]
    if detail.status == "waiting":
        lines += facts  # what it is that a person is asked about
    lines += _signed(detail)
    if detail.why:
        lines += [(), (("why   ", "muted"), (clean(detail.why), "plain"))]
    lines += _block("does  ", detail.effect)
    if detail.source and detail.source.strip() != detail.effect.strip():
        lines += _block("says  ", detail.source)
    if facts and detail.status != "waiting":
        lines += [(), *facts]
    lines += _confirmed(detail)
    lines += [(("before: ", "muted"), (clean(one), "plain")) for one in detail.earlier]
    lines += [((f"→ {clean(name)} ", "muted"), (clean(value), "plain")) for name, value in detail.outputs]
    return lines


def heading_lines(detail: HeadingDetail) -> list[TonedLine]:
    """A phase or a section as text, with what is still open in it."""
    side = "; its steps run side by side" if detail.parallel else ""
    where = f"{clean(detail.where)}  " if detail.where else ""
    lines: list[TonedLine] = [
        ((clean(detail.title), "strong"),),
        ((f"{where}{detail.settled} of {detail.total} settled{side}", "muted"),),
    ]
    lines += _told(detail.stands, "bad")
    if detail.why:
        lines += [(), (("why   ", "muted"), (clean(detail.why), "plain"))]
    if detail.open:
        lines += [(), (("open", "muted"),)]
    for status, title in detail.open:
        glyph, tone = STATUS[status]
        lines.append(((f"{glyph} ", tone), (clean(title), "plain")))
    return lines


def _told(text: str, tone: Tone, by: str = "") -> Iterable[TonedLine]:
    who = f" ({clean(by)})" if by else ""
    told = safe_lines(text)
    for number, line in enumerate(told):
        yield ((line + (who if number == len(told) - 1 else ""), tone),)


def _asked(detail: Detail) -> Iterable[TonedLine]:
    ask = detail.ask
    if ask is None:
        return
    if ask.because:
        yield (("◆ ", "warn"), (clean(ask.because), "warn"))
    if ask.prompt and ask.prompt != detail.title:
        yield (("◆ ", "accent"), (clean(ask.prompt), "accent"))
    if ask.people > 1:
        left = ask.people - len({one.by.casefold() for one in detail.signatures})
        yield ((f"  {ask.people} different people sign; {left} more to sign", "muted"),)
    if ask.evidence_required:
        yield (("  evidence is needed: a note, a link, a file or a pasted line", "muted"),)


def _block(label: str, text: str) -> list[TonedLine]:
    lines: list[TonedLine] = [()]
    for number, line in enumerate(text.splitlines()):
        lines.append(((label if number == 0 else " " * len(label), "muted"), (clean(line), "plain")))
    return lines


def _signed(detail: Detail) -> Iterable[TonedLine]:
    for one in detail.signatures:
        note = f": {clean(one.note)}" if one.note else ""
        yield (("✎ ", "good"), (f"{clean(one.by)} signed {clock(one.at)}", "good"), (note, "plain"))
        yield from (_fact("  ", fact) for fact in one.evidence)


def _confirmed(detail: Detail) -> Iterable[TonedLine]:
    if not detail.confirmed_by:
        return
    yield (("✎ ", "good"), (f"{clean(detail.confirmed_by)} typed the word", "good"))
    for one in detail.confirmed_on:
        yield ((f"  above it stood what {clean(one.label)}:", "muted"),)
        yield from (((f"    {line}", "plain"),) for line in safe_lines(one.value))


def clock(at: float) -> str:
    """The time of day, here."""
    return datetime.fromtimestamp(at).astimezone().strftime("%H:%M:%S")


def _fact(indent: str, one: Evidence) -> TonedLine:
    mark, tone = _FACT[one.ok]
    return ((f"{indent}{mark} ", tone), (f"{clean(one.label)}: ", "muted"), (clean(one.value), "plain"))


_FACT: dict[bool | None, Piece] = {True: ("✔", "good"), False: ("✘", "bad"), None: ("·", "muted")}
