"""Bytes from the network as whole lines, however they were cut."""


class LineSplitter:
    """Holds back the begin of a line until its end has come. `longest` bytes of it, when that is not 0."""

    def __init__(self, longest: int = 0) -> None:
        self.held = b""
        """The line whose end has not come yet."""
        self._longest = longest
        self._skipping = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """The lines that are whole now, without their ends."""
        if self._skipping:
            _, end, chunk = chunk.partition(b"\n")
            if not end:
                return []
            self._skipping = False
        lines = (self.held + chunk).split(b"\n") if self.held else chunk.split(b"\n")
        self.held = lines.pop()
        if self._longest:
            lines = [line[: self._longest] for line in lines]
            if len(self.held) > self._longest:
                lines.append(self.held[: self._longest])
                self.held, self._skipping = b"", True
        return lines
