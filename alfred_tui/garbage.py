"""When Python looks for garbage: not while the screen is made, then seldom, and never through what stays.

Almost all goes by itself when nobody refers to it any more; looked for are cycles alone. By default that is
done at each 700 new lists and dicts, and now and then through all that there is: with ten thousand pods it
takes a fifth of their first list's time and then stops the screen for 60 ms each time.
"""

import gc

_NEW = 20_000
"""Lists, dicts and the like that are made and kept until it is looked again: some megabytes."""
_OLDER = 20


def look_later() -> None:
    """Until `look_seldom`: all that is made for the screen stays, and to look through it costs as much as to
    draw the first whole frame."""
    gc.disable()


def look_seldom() -> None:
    """From here on, and not through what is loaded by now."""
    gc.set_threshold(_NEW, _OLDER, _OLDER)
    gc.freeze()
    gc.enable()


def keep() -> None:
    """What there is now is not looked through again: it stays, or goes by itself."""
    gc.freeze()
