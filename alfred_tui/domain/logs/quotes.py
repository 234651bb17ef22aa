"""Which lines of a log say why a container ended, and a log line in the form in which it is quoted.

One form for every quoted line: short, inert, and without what looks like a credential, since evidence and
journal keep it.
"""

import re
from collections.abc import Callable

from alfred_tui.domain.plain import plain

MOST = 3
"""Lines that are quoted of one log."""
LONGEST = 200
"""Characters of a quoted line."""

_STAMP = re.compile(
    r"^\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?\]?:?\s+"
)
_CREDENTIAL = re.compile(
    r"((?:password|passwd|secret|token|api[-_]?key|authorization|bearer|sk-|xox[abp]-|AKIA|://[^/\s:@]+:)[\"'=:\s]*)"
    r"[^\s\"',;@]+",
    re.IGNORECASE,
)


def quoted(line: str) -> str:
    """A line as evidence. The run's own secrets are to be hidden before: a cut one is not recognised."""
    text = " ".join(plain(line).split())
    text = _CREDENTIAL.sub(lambda found: found[1] + "…", text)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def telling(log: str, looks_bad: Callable[[bytes], bool]) -> tuple[str, ...]:
    """The lines of a log's end that say why, in their order, quoted; none of a log without any text.

    Those that look like errors, and the very last one, which names the exception under a traceback's head;
    where none looks like an error, simply the last ones. A time at a line's begin is left out: lines are
    narrow where they are shown, and when it ended is told beside them.
    """
    lines = [line for line in map(plain, log.split("\n")) if line.strip()]
    if not lines:
        return ()
    last = len(lines) - 1
    bad = [at for at, line in enumerate(lines) if looks_bad(line.encode("utf-8", "replace"))]
    if not bad:
        chosen = list(range(len(lines)))[-MOST:]
    elif bad[-1] == last:
        chosen = bad[-MOST:]
    else:
        chosen = [*bad[-(MOST - 1) :], last]
    return tuple(quoted(_STAMP.sub("", lines[at])) for at in chosen)
