"""Files that a person gives as evidence: they are there when they are given, and known again by their digest.

A path alone proves nothing: the file may never have been there, or be another one by the time it is read.
"""

import hashlib
from pathlib import Path

import msgspec

from alfred_tui.domain.errors import Usage
from alfred_tui.domain.evidence import Evidence
from alfred_tui.domain.run.intents import Sign


def with_digests(intent: Sign, folder: Path) -> Sign:
    """The signature with size and SHA-256 beside each file; relative paths are meant from `folder`.

    Reads the files: call it in a thread. Raises Usage for what is no file that can be read.
    """
    if not any(one.kind == "file" for one in intent.evidence):
        return intent
    told = tuple(_told(one, folder) if one.kind == "file" else one for one in intent.evidence)
    return msgspec.structs.replace(intent, evidence=told)


def _told(given: Evidence, folder: Path) -> Evidence:
    named = given.value.strip()
    try:
        path = folder / Path(named).expanduser()
        # A pipe or a device may never end.
        if not path.is_file():
            why = (
                "it is no regular file" if path.exists() else f"there is no such file (looked from {folder})"
            )
            raise Usage(f"The evidence {named} cannot be taken: {why}.", hint="Correct the path.")
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
    except (OSError, RuntimeError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else "") or str(error)
        raise Usage(f"The evidence {named} cannot be read: {why}.", hint="Correct the path.") from error
    return msgspec.structs.replace(given, value=f"{named} ({size} bytes, sha256 {digest})")
