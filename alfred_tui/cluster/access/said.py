"""What people and programs say in an object: messages, in which a secret may stand.

They are cut, wrapped and taken apart on the way to the screen, and no part of a secret is known for one. So
secrets are taken out as the text is decoded, before anything else sees it; a decoder without the hook that
does so cannot read a message.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Said = str
else:

    class Said(str):
        """A text of somebody else, without the run's secrets."""

        __slots__ = ()


def saying(hide: Callable[[str], str]) -> Callable[[type, Any], Any]:
    """The `dec_hook` of a decoder: `hide` takes secrets out of a text."""
    return lambda _, text: Said(hide(text))
