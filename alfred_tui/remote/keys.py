"""The keys that a login is tried with, chosen as ssh(1) chooses them from what the configuration names."""

from collections.abc import Sequence
from pathlib import Path

import asyncssh
import msgspec


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """What the named key files are worth."""

    pairs: tuple[object, ...] = ()
    """asyncssh's key pairs: those that can be used as they are."""
    identities: tuple[bytes, ...] = ()
    """The public keys of all of them: by these an agent is asked."""
    used: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    """Files that cannot be used, each with why."""
    locked: tuple[str, ...] = ()
    """Files that are protected by a passphrase."""


def load(files: Sequence[str], certificates: Sequence[str]) -> Keys:
    """Reads the files. One that is not there, or is no key, is passed over and said; so is a locked one."""
    pairs: list[object] = []
    identities: list[bytes] = []
    used, unused, locked = list[str](), list[str](), list[str]()
    known = there(certificates)
    beside = [f"{_expanded(name)}-cert.pub" for name in files]
    identities += [data for one in (*known, *beside) if (data := _certificate(one))]
    for name in files:
        path = _expanded(name)
        public = _public(path)
        identities += [public] if public else []
        try:
            found = asyncssh.load_keypairs([str(path)], certlist=known, ignore_encrypted=True)
        except OSError as error:
            unused.append(f"{name} ({(error.strerror or str(error)).lower()})")
        except ValueError as error:
            if not public:
                unused.append(f"{name} ({error})")
        else:
            pairs += found
            if found:
                used.append(name)
            else:
                locked.append(str(path))
                unused.append(f"{name} (protected by a passphrase)")
    return Keys(
        pairs=tuple(pairs), identities=tuple(identities), used=tuple(used), unused=tuple(unused),
        locked=tuple(locked),
    )  # fmt: skip


def there(files: Sequence[str]) -> list[str]:
    """Those of the files that are there."""
    return [str(path) for path in map(_expanded, files) if path.is_file()]


def _expanded(name: str) -> Path:
    return Path(name).expanduser()


def _certificate(path: str) -> bytes | None:
    try:
        return asyncssh.read_certificate(path).public_data
    except (OSError, ValueError):
        return None


def _public(path: Path) -> bytes | None:
    """The public key: of the file itself, which in a locked one is open, too, or of the one beside it."""
    for one in (path, path.with_name(f"{path.name}.pub")):
        try:
            return asyncssh.read_public_key(str(one)).public_data
        except (OSError, ValueError):
            continue
    return None
