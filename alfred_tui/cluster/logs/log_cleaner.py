"""What a container wrote, as values without secrets: also those that span several lines."""

from alfred_tui.cluster.logs.log_resume import stamp_of
from alfred_tui.domain.logs.lines import LogLine
from alfred_tui.domain.logs.rule import LogRule
from alfred_tui.domain.redaction import Redactor

LONGEST = 16_384
"""Bytes of a line that are kept."""


class Cleaner:
    """Raw stamped lines as `LogLine`s. What may be the begin of a secret is held back until it is known."""

    def __init__(self, hide: Redactor, rule: LogRule, origin: int) -> None:
        self._hide = hide.twin()
        self._rule = rule
        self._origin = origin
        self._stamps: list[bytes] = []
        self._held = b""

    def feed(self, lines: list[bytes]) -> list[LogLine]:
        """What is settled by these lines."""
        if not lines:
            return []
        stamps = [stamp_of(line) for line in lines]
        texts = [line[len(stamp) + 1 :] if stamp else line for line, stamp in zip(lines, stamps, strict=True)]
        if not self._hide.longest:
            return self._made(stamps, [text[:LONGEST] for text in texts])
        self._stamps += stamps
        done = self._held + self._without(texts)
        *texts, self._held = done.split(b"\n")
        stamps, self._stamps = self._stamps[: len(texts)], self._stamps[len(texts) :]
        if not self._hide.held and not self._held:
            self._stamps = []  # a secret that spanned lines left a marker on one
        return self._made(stamps, texts)

    def _without(self, texts: list[bytes]) -> bytes:
        """The lines with their ends, as far as they are settled."""
        if max(map(len, texts)) <= LONGEST:
            return self._hide.feed(b"\n".join(texts) + b"\n")
        done = []
        for text in texts:
            done.append(self._hide.feed(text[:LONGEST]))
            if len(text) > LONGEST:
                # It may have begun some lines ago, and each of them has its stamp.
                done.append(b"\n" * self._hide.cut().count(b"\n"))
            done.append(self._hide.feed(b"\n"))
        return b"".join(done)

    def flush(self) -> list[LogLine]:
        """What was held back because a secret may have begun in it."""
        texts = (self._held + self._hide.flush()).split(b"\n")
        stamps, self._held, self._stamps = self._stamps, b"", []
        texts = [one for one in texts if one]
        return self._made((stamps + [b""] * len(texts))[: len(texts)], texts)

    def _made(self, stamps: list[bytes], texts: list[bytes]) -> list[LogLine]:
        bad, origin = self._rule, self._origin
        return [
            LogLine(origin, stamp, text.rstrip(b"\r"), "error" if bad(text) else "line")
            for stamp, text in zip(stamps, texts, strict=True)
        ]
