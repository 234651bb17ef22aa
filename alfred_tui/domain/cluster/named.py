"""The objects that another one names: what it needs to run, and what it belongs to."""

from typing import Literal

import msgspec

There = Literal["there", "absent", "lacks keys", "forbidden", "unknown"]
"""`absent` and `lacks keys` also where the pod does without: then `needed` is false."""


class NamedObject(msgspec.Struct, frozen=True, kw_only=True):
    """One of them, whether it is there, and what for it is named."""

    kind: str
    name: str
    there: There
    why: str = ""
    """Which keys it lacks, or why it cannot be told, in words."""
    needed: bool = True
    """Whether a pod cannot run without what is missing."""
    uses: tuple[str, ...] = ()
    """`DATABASE_URL of api (key database-url)`, `volume tls`, `owner`."""
