"""What a login said last is told in short, and no part of a word of it."""

from alfred_tui.remote.sessions import last_words


def test_the_last_line_is_told_whole_when_it_is_short() -> None:
    assert last_words(b"Welcome\nThis account is not available.\n") == "This account is not available."


def test_a_long_one_is_cut_between_words_so_that_no_half_of_a_secret_stays() -> None:
    told = last_words(b"x" * 190 + b" hunter2-hunter2-hunter2 and more")
    assert told == "x" * 190 + " …"
    assert last_words(b"hunter2" * 100) == " …"
