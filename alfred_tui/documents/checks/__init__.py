"""What must hold between the parts of a checklist, beyond each part being well written."""

from alfred_tui.documents.checks import actions, expectations, names, order, triggers
from alfred_tui.documents.outline import Outline
from alfred_tui.documents.steps import ChecklistReader
from alfred_tui.domain.document.checklist import Checklist

_ALL = (names.check, order.check, actions.check, expectations.check, triggers.check)


def check(checklist: Checklist, reader: ChecklistReader) -> None:
    """Tells every problem to the reader's findings."""
    outline = Outline(checklist, reader)
    for one in _ALL:
        one(outline)
