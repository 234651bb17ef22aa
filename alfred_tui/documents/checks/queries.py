"""What a query says once the preset that it names is put in its place."""

import msgspec

from alfred_tui.documents.outline import Outline
from alfred_tui.documents.wording import known_names, quoted
from alfred_tui.domain.document.query_presets import PREFIX, PRESETS, resolve

_KNOWN = [f"{PREFIX}{name}/{measure}" for name, preset in PRESETS.items() for measure in preset.queries]


def whole_query(outline: Outline, owner: msgspec.Struct, promql: str, field: str = "promql") -> str:
    """The query of the owner's field; empty, and an error there, where there is no such preset."""
    if promql.startswith(PREFIX) and promql not in _KNOWN:
        text = f"there is no query {quoted(promql)}"
        outline.findings.error(outline.at(owner, field), text, known_names(promql, _KNOWN))
        return ""
    return resolve(promql)
