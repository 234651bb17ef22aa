"""A layout: which panels stand where, and how they look. Data, read from `layouts/*.yaml`."""

from typing import Literal

import msgspec

PanelName = Literal[
    "checklist",
    "rollouts",
    "pods",
    "top",
    "canary",
    "triggers",
    "output",
    "detail",
    "signoff",
]


class Panel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One panel. `height` is a TCSS height: `1fr`, `8`, `40%`, `auto`."""

    name: PanelName
    height: str = "1fr"


class Column(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A column of panels. `width` is a TCSS width. Below `narrow_below` cells the columns become tabs."""

    panels: tuple[Panel, ...]
    width: str = "1fr"
    title: str = ""
    """Of its tab, when the terminal is narrow."""


class Layout(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The arrangement of the whole screen. `bottom` panels span all columns."""

    title: str
    columns: tuple[Column, ...]
    about: str = ""
    bottom: tuple[Panel, ...] = ()
    narrow_below: int = 110
    """Fewer columns of terminal than this: one column at a time, as tabs."""
    tcss: str = ""
    """Textual CSS added after the app's own."""
