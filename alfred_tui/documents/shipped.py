"""Finds the checklists and layouts that come with the program: in the wheel, or in the source checkout."""

from pathlib import Path
from typing import Literal

import alfred_tui
from alfred_tui.documents.wording import either, known_names, quoted
from alfred_tui.domain.errors import Usage

Kind = Literal["checklists", "layouts"]
_KINDS: tuple[Kind, ...] = ("checklists", "layouts")


def shipped(kind: Kind) -> dict[str, Path]:
    """The shipped documents of a kind by name, without their suffix, in the order of their names."""
    return {path.stem: path for path in sorted(_folder(kind).glob("*.yaml"))}


def find(name: str, *, kind: Kind | None = None) -> Path:
    """The path of a document by its name, such as `production` or `walkthrough.yaml`, or by its path.

    A file of that path wins over a shipped document of that name. Raises `Usage` when there is neither.
    """
    if not name.strip():
        raise Usage("The name of the file is empty.", hint="Name a file.")
    given = Path(name)
    if "/" in name or given.is_file():
        return given
    kinds = (kind,) if kind else _KINDS
    known = {stem: path for one in kinds for stem, path in shipped(one).items()}
    stem = name.removesuffix(".yaml").removesuffix(".yml")
    if stem in known:
        return known[stem]
    if given.exists():
        raise Usage(f"{quoted(name)} is {'a folder' if given.is_dir() else 'no regular file'}; name a file.")
    what = either(one.removesuffix("s") for one in kinds)
    advice = known_names(stem, known)
    raise Usage(f"There is no file and no shipped {what} {quoted(name)}.", hint=_sentence(advice))


def _folder(kind: Kind) -> Path:
    package = Path(alfred_tui.__file__).parent
    inside = package / "_data" / kind
    return inside if inside.is_dir() else package.parent / kind


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('?') or not text else '.'}"
