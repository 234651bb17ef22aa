"""A pod's cells, the same wherever pods are listed: how it stands is told by glyph and word."""

from collections.abc import Sequence

from alfred_tui.domain.cluster.workloads import Pod
from alfred_tui.present.pods import standing
from alfred_tui.ui.look import Piece, Tone
from alfred_tui.ui.text import clean, width_of
from alfred_tui.ui.widgets.columns import Cell, cell
from alfred_tui.ui.wrapping import width_of_line

_TONES: dict[str, Tone] = {
    "well": "good",
    "starting": "busy",
    "ending": "muted",
    "unwell": "warn",
    "doomed": "bad",
}
_RESTARTS = 4
"""Cells of most pods' restarts."""


def pod_tone(pod: Pod) -> Tone:
    """The tone of what is told of it."""
    return _TONES[standing(pod)]


def status_pieces(pod: Pod) -> tuple[Piece, ...]:
    """kubectl's STATUS. A pod that runs and need not be ready yet is starting: `Running` would tell less."""
    word, how = clean(pod.status), standing(pod)
    match how:
        case "well":
            told = word
        case "starting":
            told = f"▶ {'starting' if word == 'Running' else word}"
        case "ending":
            told = f"▷ {word}"
        case _:
            told = f"✘ {word}"
    return ((told, _TONES[how]),)


def status_width(pods: Sequence[Pod]) -> int:
    """Cells that the widest status takes. Of ten thousand pods at every change: most are well, and of those a
    word is told alike."""
    words = {one.status for one in pods if one.well}
    others = {(one.status, one.diagnosis is None): one for one in pods if not one.well}
    wide = [width_of(clean(word)) for word in words]
    wide += [width_of_line(status_pieces(one)) for one in others.values()]
    return max(wide, default=0)


def ready_cell(pod: Pod) -> Cell:
    """Ready containers of all."""
    return cell(f"{pod.ready}/{pod.containers}", "plain" if pod.ready == pod.containers else "warn")


def restarts_cell(pod: Pod) -> Cell:
    """Older ones, and after a plus those since the run began."""
    return _restarts(pod.restarts, pod.new_restarts)


def restarts_width(pods: Sequence[Pod]) -> int:
    """Cells that the longest count takes. Of ten thousand pods at every change: there are few counts."""
    counts = {(one.restarts, one.new_restarts) for one in pods if one.restarts}
    return max((width_of_line(_restarts(*one)) for one in counts), default=_RESTARTS)


def _restarts(count: int, new: int) -> Cell:
    older = count - new
    if not new:
        return cell(str(count), "muted")
    return (str(older) if older > 0 else "", "muted"), (f"+{new}", "bad")
