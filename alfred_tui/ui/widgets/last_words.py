"""What stands beside the sentence about a pod: since when, what the run was at then, what it wrote last."""

from collections.abc import Callable, Iterable

from alfred_tui.domain.cluster.workloads import Diagnosis
from alfred_tui.ui.text import age, clean
from alfred_tui.ui.wrapping import TonedLine


def word_lines(diagnosis: Diagnosis) -> Iterable[TonedLine]:
    """A line for each; that another pod said so is told first."""
    if diagnosis.words_of:
        yield (("  │ ", "rule"), (f"{clean(diagnosis.words_of)} with the same cause said:", "muted"))
    for line in diagnosis.last_words:
        yield (("  │ ", "rule"), (clean(line), "plain"))


def began_told(began: float, now: float, during: Callable[[float], str]) -> str:
    """` since 2m, while Apply manifests ran`, to stand behind the sentence; empty where that is not known."""
    if not began:
        return ""
    then = clean(during(began))
    return f"  since {age(now - began)}{f', {then}' if then else ''}"
