"""Whether a server streams its lists, told by its version."""

import re

_VERSION = re.compile(r"v?(\d+)\.(\d+)")
_SINCE = (1, 34)


def streams_lists(version: str) -> bool:
    """Whether a server of that version (`v1.36.0`) says that it streams lists.

    The feature (WatchList) is on from 1.34; 1.33 had it off, and servers before 1.27 take the question for a
    plain watch, whose initial events have no end.
    """
    found = _VERSION.match(version)
    return found is not None and (int(found[1]), int(found[2])) >= _SINCE
