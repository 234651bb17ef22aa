"""Secrets come from the environment, a file or a command; none is named in an error."""

import asyncio
import sys
from pathlib import Path

import pytest
from alfred_tui.cli.secrets import read_secrets, secrets_of, without_secrets
from alfred_tui.domain.errors import CockpitError


def test_the_environment_comes_first() -> None:
    environ = {"TOKEN": "from-the-environment", "TOKEN_FILE": "/nowhere", "TOKEN_COMMAND": "false"}
    assert read_secrets(["TOKEN", "OTHER"], environ) == {"TOKEN": "from-the-environment"}


def test_a_file_s_last_line_end_is_not_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("two\nlines\n")
    assert read_secrets(["TOKEN"], {"TOKEN_FILE": str(tmp_path / "key")}) == {"TOKEN": "two\nlines"}


def test_a_command_prints_it() -> None:
    environ = {"TOKEN_COMMAND": "printf '%s\\n' 'a b c d'", "PATH": "/usr/bin:/bin"}
    assert read_secrets(["TOKEN"], environ) == {"TOKEN": "a b c d"}


def test_a_command_has_no_terminal_and_no_input_to_ask_on() -> None:
    code = "import os,sys; sys.stdin.read(); print('ttyless' if os.getsid(0) == os.getpid() else 'x')"
    environ = {"TOKEN_COMMAND": f'{sys.executable} -c "{code}"'}
    assert read_secrets(["TOKEN"], environ) == {"TOKEN": "ttyless"}


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"TOKEN": "abc"}, "has 3 characters"),
        ({"TOKEN_FILE": "/nowhere/at/all"}, "/nowhere/at/all: No such file"),
        ({"TOKEN_FILE": "/dev/zero"}, "more than 64 KiB"),
        ({"TOKEN_COMMAND": "no-such-program-here show x"}, "(no-such-program-here) could not be started"),
        ({"TOKEN_COMMAND": "sh -c 'unbalanced"}, "could not be started: No closing quotation"),
        ({"TOKEN_COMMAND": "sh -c 'echo gpg: no key >&2; exit 2'"}, "ended with exit 2: gpg: no key."),
        ({"TOKEN_COMMAND": "true"}, "printed nothing"),
    ],
)
def test_what_cannot_be_had_is_a_sentence(environ: dict[str, str], told: str) -> None:
    with pytest.raises(CockpitError) as error:
        read_secrets(["TOKEN"], {"PATH": "/usr/bin:/bin", **environ})
    assert told in error.value.message


async def test_who_leaves_does_not_wait_for_the_command(tmp_path: Path) -> None:
    code = f"import os,time; open(r'{tmp_path / 'began'}','w').close(); time.sleep(3600)"
    environ = {"TOKEN_COMMAND": f'{sys.executable} -c "{code}"'}
    reading = asyncio.create_task(secrets_of(["TOKEN"], environ))
    while not (tmp_path / "began").exists():
        await asyncio.sleep(0.01)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await asyncio.wait_for(asyncio.get_running_loop().shutdown_default_executor(), 20)


def test_a_value_in_the_command_s_complaint_is_not_repeated() -> None:
    command = "sh -c 'echo swordfish; echo cannot use swordfish >&2; exit 1'"
    with pytest.raises(CockpitError) as error:
        read_secrets(["TOKEN"], {"TOKEN_COMMAND": command, "PATH": "/usr/bin:/bin"})
    assert "cannot use ‹SECRET›" in str(error.value)
    assert "swordfish" not in str(error.value)


def test_a_value_of_several_lines_in_the_complaint_is_not_repeated() -> None:
    command = 'sh -c \'printf "sword\\nfish"; printf "no sword\\nfish" >&2; exit 1\''
    with pytest.raises(CockpitError) as error:
        read_secrets(["TOKEN"], {"TOKEN_COMMAND": command, "PATH": "/usr/bin:/bin"})
    assert "no ‹SECRET›" in str(error.value)


def test_what_steps_inherit_has_neither_secrets_nor_their_places() -> None:
    environ = {"TOKEN": "v", "TOKEN_FILE": "f", "TOKEN_COMMAND": "c", "TOKENS": "kept", "PATH": "/bin"}
    assert without_secrets(["TOKEN"], environ) == {"TOKENS": "kept", "PATH": "/bin"}
