"""No form of a secret passes, whatever the chunks; all other text does."""

import base64
import itertools
import json
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator

import pytest
from alfred_tui.domain.redaction import Redactor, unusable
from hypothesis import example, given, settings
from hypothesis import strategies as st

URL = "postgres://deploy:pä/ss+w0rd%20\"x\"@db.internal:5432/alfred?a=b&c='d'"
KEY = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\n  c2VjcmV0IG9mIHRoZQ==\n-----END KEY-----\n"

OTHER = "ᚠᚢᚦᚨ"
"""What no secret holds here."""

values = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00" + OTHER),
    min_size=4,
    max_size=90,
) | st.sampled_from(
    [URL, KEY, "hunter22", "$$$$", "////", "\\\\\\\\", "a+b/c=", "%2F%2f", "‹›«»", "    ", "aaaa"]
)
names = st.from_regex(r"[A-Z][A-Z_]{0,8}", fullmatch=True)
unhurried = settings(deadline=None)
secrets = st.dictionaries(names, values, min_size=1, max_size=4)


def forms(value: str) -> Iterator[bytes]:
    """What other programs make of a value, by their own encoders."""
    raw = value.encode()
    yield raw
    yield from (json.dumps(value, ensure_ascii=ascii_only)[1:-1].encode() for ascii_only in (True, False))
    yield json.dumps(value)[1:-1].replace("/", "\\/").encode()
    for safe in ("", "/", "!'()*", "/:@?&=+$,"):
        yield urllib.parse.quote(value, safe=safe).encode()
        yield urllib.parse.quote_plus(value, safe=safe).encode()
    for lead in range(3):
        first, last = (lead * 8 + 5) // 6, (lead + len(raw)) * 8 // 6
        yield base64.b64encode(bytes(lead) + raw)[first:last]
        yield base64.urlsafe_b64encode(bytes(lead) + raw)[first:last]


def embeddings(value: str) -> Iterator[bytes]:
    """Whole texts that hold the value in some form."""
    yield from forms(value)
    raw = value.encode()
    for before in (b"", b"u:", b"\xff", b"key="):
        for after in (b"", b"\n", b" tail"):
            yield base64.b64encode(before + raw + after)
            yield base64.urlsafe_b64encode(before + raw + after).rstrip(b"=")


def pieces(form: bytes, text: str) -> list[bytes]:
    """What of a form is in a text that may have been cut: nothing of six bytes or more should be."""
    left = text.encode("utf-8", "surrogateescape")
    return [form[at : at + 6] for at in range(len(form) - 5) if form[at : at + 6] in left]


def cut(data: bytes, borders: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(border % (len(data) + 1) for border in borders)})
    return [data[a:b] for a, b in itertools.pairwise(places)]


def through(redactor: Redactor, chunks: list[bytes]) -> bytes:
    return b"".join([*(redactor.feed(chunk) for chunk in chunks), redactor.flush()])


@unhurried
@given(data=st.data(), hidden=secrets, borders=st.lists(st.integers(0, 10_000), max_size=12))
def test_no_form_of_any_secret_passes_whatever_the_chunks(
    data: st.DataObject, hidden: dict[str, str], borders: list[int]
) -> None:
    words = [form for value in hidden.values() for form in embeddings(value)]
    parts = data.draw(st.lists(st.sampled_from(words) | st.binary(max_size=8), max_size=6))
    text = b"".join(parts)
    out = through(Redactor(hidden), cut(text, borders))
    for value in hidden.values():
        for form in forms(value):
            assert form not in out


@unhurried
@given(hidden=secrets, text=st.binary(max_size=400), borders=st.lists(st.integers(0, 400), max_size=20))
def test_the_result_does_not_depend_on_the_chunks(
    hidden: dict[str, str], text: bytes, borders: list[int]
) -> None:
    value = next(iter(hidden.values())).encode()
    whole = text + value + text[:3] + base64.b64encode(value) + value[:-1]
    assert through(Redactor(hidden), cut(whole, borders)) == through(Redactor(hidden), [whole])


@unhurried
@given(data=st.data(), value=values, others=st.tuples(st.text(OTHER, max_size=9), st.text(OTHER, max_size=9)))
def test_whatever_others_cut_out_of_a_text_leaves_no_piece_of_a_secret(
    data: st.DataObject, value: str, others: tuple[str, str]
) -> None:
    before, after = (one.encode() for one in others)
    form = data.draw(st.sampled_from(list(forms(value))))
    whole = before + form + after
    begin = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(begin, len(whole)))
    shorter = {"A": value[:-2]} if len(value) > 5 else {}
    out = Redactor({**shorter, "B": value}).text(
        whole[begin:end].decode("utf-8", "surrogateescape"), cut=True
    )
    assert not pieces(form, out)


@unhurried
@given(value=values, text=st.text(OTHER, max_size=300))
def test_an_excerpt_without_a_piece_of_a_secret_is_unchanged(value: str, text: str) -> None:
    assert Redactor({"A": value}).text(text, cut=True) == text


@unhurried
@given(
    hidden=st.dictionaries(names, st.text("ABCDEFGHabcdefgh0123", min_size=4, max_size=30), min_size=1),
    text=st.text("zyxwvu \n.%\\", max_size=300),
    borders=st.lists(st.integers(0, 300), max_size=20),
)
def test_text_without_secrets_is_unchanged(hidden: dict[str, str], text: str, borders: list[int]) -> None:
    assert through(Redactor(hidden), cut(text.encode(), borders)) == text.encode()
    assert Redactor(hidden).text(text) == text


@unhurried
@given(hidden=secrets, chunks=st.lists(st.binary(max_size=50), max_size=20))
def test_never_more_is_held_back_than_could_begin_a_form(hidden: dict[str, str], chunks: list[bytes]) -> None:
    redactor = Redactor(hidden)
    for chunk in chunks:
        redactor.feed(chunk)
        assert redactor.held < redactor.longest


@unhurried
@given(hidden=secrets)
@example(hidden={"PASSWORD": "PASSWORD"})
@example(hidden={"A": "x‹B›y", "B": "b‹A›"})
def test_what_stands_in_for_a_secret_gives_none_away(hidden: dict[str, str]) -> None:
    text = "".join(hidden.values()) * 2
    out = Redactor(hidden).text(text)
    assert not any(value in out for value in hidden.values())


def test_the_marker_names_the_secret() -> None:
    redactor = Redactor({"DATABASE_URL": URL, "TOKEN": "hunter22"})
    assert redactor.text(f"connect {URL} with hunter22!") == "connect ‹DATABASE_URL› with ‹TOKEN›!"


def test_a_line_that_only_looks_like_the_beginning_of_a_secret_is_not_delayed() -> None:
    redactor = Redactor({"TOKEN": "hunter22"})
    assert redactor.feed(b"hunt") == b""
    assert redactor.feed(b"ing season\n") == b"hunting season\n"


def test_base64_of_a_secret_disappears_with_its_padding() -> None:
    redactor = Redactor({"TOKEN": "hunter2222"})
    for after in ("", "\n"):
        encoded = base64.b64encode(f"hunter2222{after}".encode()).decode()
        assert redactor.text(f"token: {encoded}\n") == "token: ‹TOKEN›\n"


def test_base64_broken_into_lines_is_hidden() -> None:
    value = "x9" * 60
    redactor = Redactor({"LONG": value})
    out = redactor.text(base64.encodebytes(value.encode()).decode())
    assert out == "‹LONG›\n"


def test_an_indented_key_file_is_hidden_line_by_line() -> None:
    indented = "".join(f"    {line}\n" for line in KEY.splitlines())
    assert "MIIEvQ" not in Redactor({"KEY": KEY}).text(indented)
    assert "c2Vjcm" not in Redactor({"KEY": KEY}).text(indented)


def test_two_streams_do_not_mix() -> None:
    out = Redactor({"TOKEN": "hunter22"})
    err = out.twin()
    assert out.feed(b"a hunter") + err.feed(b"22 b") == b"a " + b"22 b"
    assert out.feed(b"22") == "‹TOKEN›".encode()


def test_a_secret_that_is_too_short_is_refused_in_words() -> None:
    assert unusable("PIN", "123") == (
        "The secret PIN has 3 characters; one shorter than 4 cannot be hidden. "
        "Give it a longer value, or take it out of the secrets."
    )
    assert unusable("PIN", "") == unusable("PIN", "1234") == ""
    with pytest.raises(ValueError, match="secret PIN"):
        Redactor({"PIN": "123"})


def test_it_loads_nothing_that_would_slow_a_step_down() -> None:
    code = (
        f"import sys; sys.path.append({__file__.partition('/tests/')[0]!r}); "
        "from alfred_tui.domain.redaction import Redactor; Redactor({'TOKEN': 'hunter22'}).text('hunter22'); "
        "print({'re', 'typing', 'enum', 'json', 'collections'} & set(sys.modules))"
    )
    command = [sys.executable, "-I", "-S", "-c", code]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "set()\n"
