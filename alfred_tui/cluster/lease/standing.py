"""How a cockpit stands to the Lease of its run, in a word and a sentence, and how often it asks."""

from datetime import datetime
from typing import Literal

import msgspec

from alfred_tui.cluster.access.errors import ClusterError
from alfred_tui.domain.errors import CockpitError

_SOON = 0.1
"""Seconds: half of the pause before the first question after one that was not answered."""


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds: what is promised to others, between two renewals, between two looks at another's Lease (or two
    questions to a server that does not answer, of which the first come faster), and after how long it is told
    that it does not.
    """

    duration: int = 30
    renew: float = 10.0
    look: float = 1.0
    told: float = 2.0


DEFAULT = Timing()


class Standing(msgspec.Struct, frozen=True):
    """What guards this run, in a word and a sentence.

    `held` and `unguarded` (nobody could be asked) may start steps. `asking` (the last question was not
    answered), `silent` (none has been for a while) and `refused` (the server answers that it may not be
    renewed) may not until it is renewed; `doubted` (another's Lease was found, and whether its holder lives
    is being looked at) and `lost` (for good) may not.
    """

    word: Literal["held", "unguarded", "asking", "silent", "refused", "doubted", "lost"]
    told: str = ""

    @property
    def may_start(self) -> bool:
        return self.word in ("held", "unguarded")

    @property
    def waits(self) -> bool:
        """Whether the server's next answer decides: until then nothing is started, and nothing is stopped."""
        return self.word in ("asking", "silent", "refused")


class Unrenewed(msgspec.Struct, frozen=True):
    """Since when (by our clock, and for people) it could not be renewed, why, and at how many questions."""

    since: float
    at: datetime
    why: str = ""
    questions: int = 0
    refused: bool = False
    """Whether the server answered the last of them, with a refusal that no patience ends."""

    def again(self, error: CockpitError) -> "Unrenewed":
        """With one more question that was in vain."""
        refused = isinstance(error, ClusterError) and bool(error.status) and not error.temporary
        why = str(error) if refused else error.message
        return Unrenewed(self.since, self.at, why, self.questions + 1, refused)

    def pause(self, timing: Timing) -> float:
        """Seconds until the next question: the first comes soon, for most trouble is over at once."""
        return min(timing.look, _SOON * (1 << min(self.questions, 10)))

    def standing(self, place: str, now: float, timing: Timing) -> Standing:
        """What it means for the run whose Lease is at `place`."""
        if self.refused:
            return Standing(
                "refused",
                f"The Lease {place} is not renewed since {self.at:%H:%M:%S} (UTC), and somebody else may "
                "lead by now: no step is started until it is, and then the run goes on by itself; what runs "
                f"goes on. {self.why}",
            )
        return Standing(
            "silent" if now - self.since >= timing.told else "asking",
            f"The Lease {place} cannot be renewed since {self.at:%H:%M:%S} (UTC), and somebody else may lead "
            "by now: no step is started until the API server answers; what runs goes on. "
            f"{self.why}",
        )
