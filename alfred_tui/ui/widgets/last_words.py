"""What a crashed container wrote last, as lines under the sentence about it."""

from collections.abc import Iterable

from alfred_tui.domain.workloads import Diagnosis
from alfred_tui.ui.text import clean
from alfred_tui.ui.wrapping import TonedLine


def word_lines(diagnosis: Diagnosis) -> Iterable[TonedLine]:
    """A line for each; that another pod said so is told first."""
    if diagnosis.words_of:
        yield (("  │ ", "rule"), (f"{clean(diagnosis.words_of)} with the same cause said:", "muted"))
    for line in diagnosis.last_words:
        yield (("  │ ", "rule"), (clean(line), "plain"))
