"""A step's text reaches the shell as it was written."""

import os
import subprocess
from pathlib import Path

import pytest
from alfred_tui.process.shell import far_shell_argv, shell_argv

TEXT = """echo 'it'"'"'s' "$HOME" \\
  | cat; # a comment"""


def test_the_text_follows_what_makes_it_fail_fast() -> None:
    argv = shell_argv(TEXT)
    assert argv[0].endswith("/bash")
    assert argv[1:] == ("--norc", "-c", f"set -euo pipefail\n{TEXT}")


def test_where_there_is_no_bash_sh_serves(tmp_path: Path) -> None:
    (tmp_path / "sh").symlink_to("/bin/sh")
    assert shell_argv(TEXT, path=str(tmp_path)) == (str(tmp_path / "sh"), "-c", f"set -eu\n{TEXT}")
    assert shell_argv(TEXT, path="/nowhere")[0] == "/bin/sh"


@pytest.mark.parametrize("argv", [shell_argv("echo step"), far_shell_argv("echo step")])
def test_what_a_login_prints_is_not_the_step_s(tmp_path: Path, argv: tuple[str, ...]) -> None:
    (tmp_path / ".bashrc").write_text("echo Welcome to db1\necho warned >&2\n")
    over_ssh = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "SSH_CLIENT": "::1 1 22", "SHLVL": "0"}
    ended = subprocess.run(argv, env=over_ssh, capture_output=True, text=True, check=True)
    assert (ended.stdout, ended.stderr) == ("step\n", "")


@pytest.mark.parametrize("bash", [True, False])
def test_a_far_shell_is_chosen_there(tmp_path: Path, bash: bool) -> None:
    for name in ("sh", "cat", "bash") if bash else ("sh", "cat"):
        (tmp_path / name).symlink_to(f"/bin/{name}")
    environment = {"PATH": str(tmp_path), "HOME": "/h o m e"}
    argv = far_shell_argv(f'{TEXT}\necho "${{BASH_VERSION:-none}}"; false; echo not reached')
    ended = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    first, second = ended.stdout.splitlines()
    assert (first, ended.returncode) == ("it's /h o m e", 1)
    assert (second != "none") == bash
