"""Which layouts a screen is opened with."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alfred_tui.domain.document.layout import Layout


def layouts(chosen: str) -> "tuple[dict[str, Layout], str]":
    """The shipped layouts and a user's own, and the name of the one to begin with. Raises Invalid, Usage."""
    from alfred_tui.documents import find, load_layout, shipped

    paths = shipped("layouts")
    path = find(chosen, kind="layouts")
    known = {name: load_layout(one) for name, one in paths.items()}
    for name, one in paths.items():
        if one == path:
            return known, name
    own = load_layout(path)
    # It wins over a shipped one of its title: it was asked for.
    return {own.title: own} | {name: one for name, one in known.items() if name != own.title}, own.title
