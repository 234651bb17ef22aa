"""Lines made of pieces, each with its tone: cut to a width, or broken into as many as they need."""

from collections.abc import Iterator, Sequence

from alfred_tui.ui.look import Piece
from alfred_tui.ui.text import chop, cut, width_of

TonedLine = tuple[Piece, ...]


def width_of_line(line: Sequence[Piece]) -> int:
    """How many cells the pieces take together."""
    return sum(width_of(text) for text, _ in line)


def crop(line: Sequence[Piece], width: int) -> list[Piece]:
    """The pieces that fit into `width` cells, the last one cut with an ellipsis."""
    out: list[Piece] = []
    room = width
    for number, (text, tone) in enumerate(line):
        if not text:
            continue
        more = any(rest for rest, _ in line[number + 1 :])
        size = width_of(text)
        if size < room or (size == room and not more):
            out.append((text, tone))
            room -= size
            continue
        if room > 0:
            out.append((cut(text, room) if size > room else cut(text + "…", room), tone))
        break
    return out


def wrap(line: TonedLine, width: int) -> Iterator[TonedLine]:
    """The line in as many as it needs, broken at spaces where it can be, later ones indented alike."""
    if width_of_line(line) <= width:
        yield line
        return
    indent = _indent(line, width)
    row: list[Piece] = []
    used = 0
    for word, tone in _words(line):
        while word:
            if used + width_of(word.rstrip()) <= width:
                word = word if used + width_of(word) <= width else word.rstrip()
                row.append((word, tone))
                used += width_of(word)
                break
            if used > indent:  # it begins the next line
                yield tuple(row)
                word = word.lstrip()
            else:  # it is longer than a whole line
                head = chop(word, max(2, width - used))[0]
                yield (*row, (head, tone))
                word = word[len(head) :]
            row, used = ([(" " * indent, tone)] if indent else []), indent
    if width_of_line(row) > indent:
        yield tuple(row)


def _indent(line: TonedLine, width: int) -> int:
    """As far as the first line's own: its leading spaces, or a short label that ends in one."""
    first = line[0][0]
    labelled = len(line) > 1 and first.endswith(" ") and width_of(first) <= 12
    lead = width_of(first) if labelled else len(first) - len(first.lstrip())
    return lead if lead < width // 2 else 0


def _words(line: TonedLine) -> Iterator[Piece]:
    """Words with the spaces after them."""
    for text, tone in line:
        start = 0
        while start < len(text):
            end = text.find(" ", start)
            while 0 <= end < len(text) - 1 and text[end + 1] == " ":
                end += 1
            end = len(text) if end < 0 else end + 1
            yield text[start:end], tone
            start = end
