"""A layout, held against what the screen can do: what it cannot is named in a sentence, and left out."""

from collections.abc import Iterable, Mapping

import msgspec
from rich.markup import render
from textual.css.errors import StylesheetError
from textual.css.scalar import Scalar, ScalarParseError
from textual.css.stylesheet import Stylesheet, StylesheetParseError
from textual.css.tokenizer import TokenError

from alfred_tui.domain.document.layout import Column, Layout, Panel
from alfred_tui.ui.text import clean

_WHOLE = Panel(name="checklist")


def usable(layout: Layout, variables: Mapping[str, str]) -> tuple[Layout, tuple[str, ...]]:
    """The layout without what cannot be drawn, and a sentence for each thing that was left out.

    `variables` are those that its TCSS may use (`$primary` and the like).
    """
    told: list[str] = []
    columns = tuple(_column(column, told) for column in layout.columns)
    bottom = tuple(_panels(layout.bottom, told))
    if not any(column.panels for column in columns):
        told.append("It has no panel in its columns; the checklist is shown.")
        columns = (Column(panels=(_WHOLE,)),)
    tcss = layout.tcss
    if tcss and (wrong := _tcss_problem(tcss, variables)):
        told.append(f"Its tcss is not applied: {wrong}")
        tcss = ""
    name = clean(layout.title)
    fit = msgspec.structs.replace(layout, columns=columns, bottom=bottom, tcss=tcss)
    return fit, tuple(f"Layout {name}: {one}" for one in told)


def _column(column: Column, told: list[str]) -> Column:
    width = column.width
    if not _is_size(width):
        told.append(f"The width “{clean(width)}” is none (such as 1fr, 40 or 30%); 1fr is used.")
        width = "1fr"
    return msgspec.structs.replace(column, width=width, panels=tuple(_panels(column.panels, told)))


def _panels(panels: Iterable[Panel], told: list[str]) -> Iterable[Panel]:
    for panel in panels:
        if not _is_size(panel.height):
            told.append(
                f"The height “{clean(panel.height)}” of {panel.name} is none (such as 1fr, 8, 40% or auto); "
                "1fr is used."
            )
            yield msgspec.structs.replace(panel, height="1fr")
        else:
            yield panel


def _is_size(text: str) -> bool:
    try:
        return Scalar.parse(text).value > 0
    except ScalarParseError:
        return False


def _tcss_problem(tcss: str, variables: Mapping[str, str]) -> str:
    sheet = Stylesheet(variables=dict(variables))
    sheet.add_source(tcss, read_from=("layout", ""))
    try:
        sheet.parse()
    except StylesheetParseError as error:
        found = [pair for rule in error.errors.rules for pair in rule.errors]
        token, message = found[0]
        line = (token.referenced_by or token).location[0] + 1
        told = message if isinstance(message, str) else render(message.summary).plain
        return f"line {line}: {clean(told)}"
    except TokenError as error:
        return f"line {error.start[0]}: {clean(str(error))}"
    except StylesheetError as error:
        return clean(str(error))
    return ""
