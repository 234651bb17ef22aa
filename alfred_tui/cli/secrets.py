"""Secrets that the checklist names, from where their owner keeps them: never from a command line.

`NAME` in the environment; or `NAME_FILE`, a file that holds it; or `NAME_COMMAND`, a command that prints it
(`pass show deploy/db`). The last line end of a file or of what is printed is not part of the secret.
"""

import asyncio
import contextlib
import os
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from alfred_tui.domain.errors import CockpitError
from alfred_tui.domain.redaction import Redactor, unusable

_PATIENCE = 30.0
"""Seconds that a command may take: a person may have to touch a token."""
_GLANCE = 0.2
"""Seconds between two looks at whether somebody still waits for it."""
_LARGEST = 64 * 1024
"""Bytes. What is larger is no secret but a mistaken file name."""


async def secrets_of(names: Iterable[str], environ: Mapping[str, str]) -> dict[str, str]:
    """Name → value, of those that are given; who leaves does not wait for a command that asks somebody.

    Raises CockpitError when one cannot be had or be hidden.
    """
    left = threading.Event()
    try:
        return await asyncio.to_thread(read_secrets, names, environ, left)
    finally:
        left.set()


def read_secrets(
    names: Iterable[str], environ: Mapping[str, str], left: threading.Event | None = None
) -> dict[str, str]:
    """The same for who may wait. Once `left` is set, a command is ended."""
    found: dict[str, str] = {}
    for name in names:
        value = _value(name, environ, left or threading.Event())
        if refusal := unusable(name, value):
            raise CockpitError(refusal)
        if value:
            found[name] = value
    return found


def without_secrets(names: Iterable[str], environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without the secrets and the places where they are kept."""
    hidden = {f"{name}{ending}" for name in names for ending in ("", "_FILE", "_COMMAND")}
    return {name: value for name, value in environ.items() if name not in hidden}


def _value(name: str, environ: Mapping[str, str], left: threading.Event) -> str:
    if environ.get(name):
        return environ[name]
    if path := environ.get(f"{name}_FILE"):
        return _from_file(name, Path(path).expanduser())
    if command := environ.get(f"{name}_COMMAND"):
        return _from_command(name, command, environ, left)
    return ""


def _from_file(name: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise CockpitError(
            f"The secret {name} could not be read from {path}: {error.strerror}.",
            hint=f"{name}_FILE names the file that holds it.",
        ) from error
    return _text(name, f"The file {path}", data)


def _from_command(name: str, command: str, environ: Mapping[str, str], left: threading.Event) -> str:
    told = f"The command for the secret {name} ({command.split(' ')[0]})"
    try:
        process = subprocess.Popen(
            shlex.split(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # without a terminal: it cannot ask where nobody sees the question
            env=dict(environ),
        )
        done = _ended(process, left)
    except (OSError, ValueError) as error:
        why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        raise CockpitError(f"{told} could not be started: {why}.", hint=f"See {name}_COMMAND.") from error
    except subprocess.TimeoutExpired as error:
        raise CockpitError(
            f"{told} had not ended after {_PATIENCE:g} s.",
            hint="It may wait for a passphrase, which it cannot ask for here: unlock its agent beforehand.",
        ) from error
    if done.returncode != 0 or not done.stdout.strip():
        how = f"ended with exit {done.returncode}" if done.returncode else "printed nothing"
        raise CockpitError(f"{told} {how}{_said(done)}.", hint="Try it by hand.")
    return _text(name, told, done.stdout)


def _ended(process: "subprocess.Popen[bytes]", left: threading.Event) -> "subprocess.CompletedProcess[bytes]":
    """What it leaves. Raises TimeoutExpired when it had to be ended."""
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            out, err = process.communicate(timeout=_GLANCE)
        except subprocess.TimeoutExpired:
            if left.is_set() or time.monotonic() >= until:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
                raise
        else:
            return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def _said(done: "subprocess.CompletedProcess[bytes]") -> str:
    """The last line of its standard error, without anything that it printed as the secret."""
    printed = done.stdout.decode("utf-8", "replace").strip()
    secrets = {"SECRET": printed} if not unusable("SECRET", printed) else {}
    lines = Redactor(secrets).text(done.stderr.decode("utf-8", "replace")).strip().splitlines()
    if not lines:
        return ""
    last = lines[-1][:200]
    return ": " + "".join(char if char.isprintable() else " " for char in last).rstrip(".")


def _text(name: str, where: str, data: bytes) -> str:
    if len(data) > _LARGEST:
        raise CockpitError(f"{where} gave more than {_LARGEST >> 10} KiB for the secret {name}.")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise CockpitError(f"{where} gave no text for the secret {name}.") from None
    if "\0" in text:
        raise CockpitError(f"{where} gave a zero byte within the secret {name}.")
    return text.removesuffix("\n").removesuffix("\r")
