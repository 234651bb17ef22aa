"""Checklists and layouts from YAML: read to the end, with every problem and its place, and traps named.

`load_checklist` is the way in. What it returns is valid; what it warns of is legal and will surprise.
"""

from alfred_tui.documents.load import Loaded, load_checklist, load_layout, load_text
from alfred_tui.documents.problems import Invalid, Problem, problems_as_text
from alfred_tui.documents.shipped import find, shipped

__all__ = [
    "Invalid",
    "Loaded",
    "Problem",
    "find",
    "load_checklist",
    "load_layout",
    "load_text",
    "problems_as_text",
    "shipped",
]
