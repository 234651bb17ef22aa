"""Takes secrets out of a stream of bytes as it comes, so that none is ever written or shown.

A secret is found in the forms in which programs print it: as it is, inside base64 (wherever in the encoded
text it stands), URL-encoded and JSON-escaped, whole or cut by the borders between chunks. The first pass is
a search for a few byte strings that every form must contain; only where one occurs is a regex built and run.
Nothing is imported before it is needed: this module is part of every step's start.
"""

from __future__ import annotations

TYPE_CHECKING = False  # the typing module would cost each step's start milliseconds
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

SHORTEST = 4
"""Characters. A shorter secret cannot be told from other text; hiding it would hide half of the output."""

_LINE = 8
"""Characters. A line of a multi-line secret (a key file) that long is hidden on its own, too."""

_BRACKETS = ["‹›", "«»", "[]", "<>", "{}", "()", "⟦⟧", "❬❭", "**", "##", "==", "~~", "||", "__"]

_COMMON = b' etaonirsldc.u0mp1/-h2\ngf:y=3vbw4"5k_698,7TIESDAORNCLMPxjBFzUGHVWqKYJXZQ'
"""The bytes that output is made of, the most frequent first; a rough guess is enough."""

_PUNCTUATION = bytes(byte for byte in range(256) if not chr(byte).isascii() or not chr(byte).isalnum())
_TO_SPACE = bytes.maketrans(_PUNCTUATION, b" " * len(_PUNCTUATION))

_JSON_SHORT = {
    "\b": b"b", "\f": b"f", "\n": b"n", "\r": b"r", "\t": b"t", '"': b'"', "\\": b"\\", "/": b"/",
}  # fmt: skip

_Place = tuple[bytes, ...]
_Form = tuple[tuple[bytes, ...], ...]
"""A form is a row of places; each place is one of some byte strings, none the beginning of another."""


def unusable(name: str, value: str) -> str:
    """The sentence that refuses a secret which cannot be hidden; empty for one that can."""
    if not value or len(value) >= SHORTEST:
        return ""
    return (
        f"The secret {name} has {len(value)} characters; one shorter than {SHORTEST} cannot be hidden. "
        "Give it a longer value, or take it out of the secrets."
    )


class Redactor:
    """Replaces secrets in one stream by `‹NAME›`. What is no secret passes unchanged and in order.

    `secrets` maps names to values; empty values are passed over. Raises ValueError with the sentence of
    `unusable`. The result does not depend on how the stream is cut into chunks.
    """

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._forms = _Forms(secrets)
        self._held = b""

    def twin(self) -> Redactor:
        """One for a second stream with the same secrets; what is costly is shared."""
        other = Redactor({})
        other._forms = self._forms
        return other

    @property
    def held(self) -> int:
        """Bytes that were fed and are not out yet: a form may have begun in them."""
        return len(self._held)

    @property
    def longest(self) -> int:
        """Bytes of the longest form; 0 without secrets."""
        return self._forms.longest

    def feed(self, chunk: bytes) -> bytes:
        """The bytes that can be told to be no beginning of a secret, with secrets replaced."""
        if not self._forms.longest:
            return chunk
        buffer = self._held + chunk if self._held else chunk
        done, self._held = self._forms.split(buffer)
        return done

    def flush(self) -> bytes:
        """What was held back, at the end of the stream."""
        rest, self._held = self._held, b""
        return self._forms.replace(rest)

    def cut(self) -> bytes:
        """Drops what was held back, as the stream goes on behind a gap: it may be a part of a secret.

        Returns what was dropped.
        """
        dropped, self._held = self._held, b""
        return dropped

    def text(self, text: str, *, cut: bool = False) -> str:
        """`text` without secrets; for what does not come as a stream.

        `cut`: somebody else may have cut something off at either end, and with it the part of a secret by
        which it would be known. What may be the rest of one is then replaced by an ellipsis.
        """
        if not self._forms.longest:
            return text
        data = _bytes(text)
        done = self._forms.excerpt(data) if cut else self._forms.replace(data)
        return done.decode("utf-8", "surrogateescape")


class _Core:
    """A byte string that each of some forms must contain: if it is nowhere, they are nowhere."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.rare = bytes(sorted(set(text), key=lambda byte: -(_COMMON.find(byte) % len(_COMMON))))
        self.users: list[tuple[int, int, int]] = []
        """A form's number, and how far before the core it begins at the nearest and at the farthest."""


class _Forms:
    """All forms of all secrets. Where several begin at one place, the one that can be longest is taken."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        owners: dict[_Form, str] = {}
        for name, value in secrets.items():
            if refusal := unusable(name, value):
                raise ValueError(refusal)
            for form in _forms(value) if value else ():
                owners.setdefault(form, name)
        self._rows = sorted(owners, key=_longest, reverse=True)
        self.longest = _longest(self._rows[0]) if self._rows else 0
        self._markers = _markers([owners[form] for form in self._rows], self._rows)
        self._cores = _cores(self._rows)
        self._starts: dict[bytes, list[_Form]] = {}
        for form in self._rows:
            for start in _starts(form):
                self._starts.setdefault(start, []).append(form)

    def split(self, buffer: bytes) -> tuple[bytes, bytes]:
        """What is settled, replaced; and the rest, from where a form may have begun."""
        begun = self._begun(buffer)
        cut = next(begun, len(buffer))
        out: list[bytes] = []
        position = 0
        for start, number, end in self._found(buffer):
            if cut <= start:
                break  # a longer form may be coming at the same place
            if start >= position:
                out += (buffer[position:start], self._markers[number])
                position = end
                while cut < position:
                    cut = next(begun, len(buffer))
        if not out:
            return buffer[:cut], buffer[cut:]
        return b"".join((*out, buffer[position:cut])), buffer[cut:]

    def replace(self, data: bytes) -> bytes:
        """`data` as a whole."""
        out: list[bytes] = []
        position = 0
        for start, number, end in self._found(data):
            if start >= position:
                out += (data[position:start], self._markers[number])
                position = end
        return b"".join((*out, data[position:])) if out else data

    def excerpt(self, data: bytes) -> bytes:
        """`data` that was cut out of more: also without what may be the rest of a form at either end."""
        begin = max((_tail(form, data) for form in self._rows), default=0)
        for start, _, end in self._found(data) if begin else ():
            if start < begin < end:
                begin = end
        done, rest = self.split(data[begin:])
        short = len(rest) < SHORTEST
        return b"".join((_ELLIPSIS if begin else b"", done, rest if short else _ELLIPSIS))

    def _found(self, data: bytes) -> list[tuple[int, int, int]]:
        """Start, number and end of every form in `data`, in order; they may overlap."""
        found: set[tuple[int, int, int]] = set()
        has = data.__contains__
        for core in self._cores:
            # In most output one of the core's bytes is missing, and to see that is many times faster.
            at = data.find(core.text) if all(map(has, core.rare)) else -1
            while at >= 0:
                for number, nearest, farthest in core.users:
                    for start in range(max(0, at - farthest), at - nearest + 1):
                        if (end := _walk(self._rows[number], data, start)) > 0:
                            found.add((start, number, end))
                at = data.find(core.text, at + 1)
        return sorted(found)

    def _begun(self, data: bytes) -> Iterator[int]:
        """The places, in order, from which the end of `data` may be the beginning of a form."""
        # By two bytes few forms are left to look at; by one nearly all are, in text like base64.
        for at in range(max(0, len(data) - self.longest + 1), len(data)):
            for form in self._starts.get(data[at : at + 2], ()):
                if _walk(form, data, at) == _BEGUN:
                    yield at
                    break


_NO = -1
_BEGUN = 0
_ELLIPSIS = "…".encode()


def _starts(form: _Form) -> set[bytes]:
    """With which one byte, and which two bytes, `form` can begin."""
    found = {one[:2] for one in form[0] if len(one) > 1}
    if len(form) > 1:
        found |= {one + two[:1] for one in form[0] if len(one) == 1 for two in form[1]}
    return found | {one[:1] for one in form[0]}


def _walk(form: _Form, data: bytes, at: int) -> int:
    """Where `form` ends when it stands in `data` at `at`; _BEGUN when `data` ends within it; else _NO."""
    for place in form:
        for one in place:
            if data.startswith(one, at):
                at += len(one)
                break
            if len(data) - at < len(one) and one.startswith(data[at:]):
                return _BEGUN
        else:
            return _NO
    return at


def _tail(form: _Form, data: bytes) -> int:
    """How many bytes at the begin of `data` are the end, or a piece, of `form`; 0 if fewer than SHORTEST."""
    most = 0
    for index, place in enumerate(form):
        for one in place:
            for skipped in range(index == 0, len(one)):
                if not data.startswith(one[skipped : skipped + SHORTEST]):
                    continue  # without the copy of a long secret's every end
                end = _walk(((one[skipped:],), *form[index + 1 :]), data, 0)
                most = max(most, len(data) if end == _BEGUN else end)
    return most if most >= SHORTEST else 0


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half of a surrogate pair: nothing that an environment or a pipe can hold
        return text.encode("utf-8", "replace")


def _longest(form: _Form) -> int:
    return sum(max(map(len, place)) for place in form)


def _forms(value: str) -> Iterator[_Form]:
    raw = _bytes(value)
    yield ((raw,),)
    yield _joined(_json_place(character) for character in value)
    yield _joined(_url_place(byte) for byte in raw)
    lines = value.splitlines()
    if len(lines) > 1:
        yield _joined((b"\n", b"\r\n") if one == 10 else (bytes((one,)),) for one in raw)
        yield from (((_bytes(line.strip()),),) for line in lines if len(line.strip()) >= _LINE)
    for text in _base64(raw):
        yield ((text,),)
        if b"+" in text or b"/" in text:
            yield ((text.replace(b"+", b"-").replace(b"/", b"_"),),)
    yield from _wrapped(raw)


def _joined(places: Iterable[_Place]) -> _Form:
    """The same with neighbours that leave no choice made one."""
    out: list[_Place] = []
    for place in places:
        if len(place) == 1 and out and len(out[-1]) == 1:
            out[-1] = (out[-1][0] + place[0],)
        else:
            out.append(place)
    return tuple(out)


def _json_place(character: str) -> _Place:
    """One character inside a JSON string, as any encoder may write it."""
    plain = _bytes(character)
    if (character.isascii() and character.isalnum()) or "\udc80" <= character <= "\udcff":
        return (plain,)
    units = character.encode("utf-16-be")
    codes = [units[i : i + 2].hex().encode() for i in range(0, len(units), 2)]
    escaped = {b"".join(b"\\u" + code for code in cased) for cased in (codes, [one.upper() for one in codes])}
    if character in _JSON_SHORT:
        escaped.add(b"\\" + _JSON_SHORT[character])
    if character not in '"\\' and character >= " ":
        escaped.add(plain)
    return tuple(sorted(escaped))


def _url_place(byte: int) -> _Place:
    """One byte in a URL or a form; which ones are escaped differs from encoder to encoder."""
    plain = bytes((byte,))
    if plain.isalnum():
        return (plain,)
    escaped = {b"%%%02X" % byte, b"%%%02x" % byte}
    if byte == 0x20:
        escaped.add(b"+")
    elif byte != 0x25:
        escaped.add(plain)
    return tuple(sorted(escaped))


def _base64(raw: bytes) -> Iterator[bytes]:
    """What of base64 depends on `raw` alone, for each of the three places where it can begin in a group.

    Also with the end that it has when it, or it and a newline, ends what was encoded.
    """
    from binascii import b2a_base64

    for lead in range(3):
        first = (lead * 8 + 5) // 6
        yield b2a_base64(bytes(lead) + raw, newline=False)[first : (lead + len(raw)) * 8 // 6]
        for end in (raw, raw + b"\n"):
            text = b2a_base64(bytes(lead) + end, newline=False)[first:]
            yield text
            yield text.rstrip(b"=")


def _wrapped(raw: bytes) -> Iterator[_Form]:
    """Base64 of a long secret as `base64` (76) and PEM (64) break it into lines."""
    from binascii import b2a_base64

    for data in (raw, raw + b"\n"):
        text = b2a_base64(data, newline=False)
        for width in (76, 64):
            lines = [(text[i : i + width],) for i in range(0, len(text), width)]
            if len(lines) > 1:
                breaks: list[_Place] = [(b"\n", b"\r\n")] * len(lines)
                yield tuple(place for pair in zip(lines, breaks, strict=True) for place in pair)[:-1]


def _cores(forms: list[_Form]) -> list[_Core]:
    """As few cores as make do: the variants of one encoding mostly share one."""
    cores: dict[bytes, _Core] = {}
    for number, form in sorted(enumerate(forms), key=lambda row: _longest(row[1])):
        for text, index, offset in _necessary(form, cores):
            before = form[:index]
            nearest = offset + sum(min(map(len, place)) for place in before)
            core = cores.setdefault(text, _Core(text))
            core.users.append((number, nearest, offset + _longest(before)))
    return list(cores.values())


def _necessary(form: _Form, known: Iterable[bytes]) -> list[tuple[bytes, int, int]]:
    """Byte strings of which `form` contains at least one, each with its place and its offset in there.

    One that is known already, or else the longest word; where nothing is fixed, all ways to begin.
    """
    fixed = [(place[0], index) for index, place in enumerate(form) if len(place) == 1]
    if not fixed:
        return [(one, 0, 0) for one in form[0]]
    for text in known:
        for one, index in fixed:
            if text in one:
                return [(text, index, one.find(text))]
    longest, index = max(fixed, key=lambda row: len(row[0]))
    word = max(longest.translate(_TO_SPACE).split(), key=len, default=b"")
    text = word if len(word) >= SHORTEST else longest
    return [(text, index, longest.find(text))]


def _markers(names: list[str], forms: list[_Form]) -> list[bytes]:
    """The marker of each form. No marker, nor a marker and its neighbourhood, can be a form itself."""
    used = {byte for form in forms for place in form for one in place for byte in one}
    for pair in (*_BRACKETS, *(chr(code) * 2 for code in range(0xA1, 0x800))):
        opening, closing = pair[0].encode(), pair[1].encode()
        if opening[0] not in used and closing[-1] not in used:
            break
    own = [opening + _bytes(name) + closing for name in names]
    whole = {place[0] for form in forms for place in form if len(form) == 1}
    return [marker if not any(one in marker for one in whole) else opening + closing for marker in own]
