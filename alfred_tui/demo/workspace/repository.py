"""The workspace's git history: the release that runs, and the one that is about to."""

import os
import shutil
import subprocess
from pathlib import Path

AUTHOR = "Alfred Demo"
EMAIL = "demo@localhost"


class Repository:
    """A git repository that takes nothing from the user's own git settings."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self) -> None:
        self._git("init", "--quiet", "--initial-branch=main")
        self._git("config", "user.name", AUTHOR)
        self._git("config", "user.email", EMAIL)

    def commit(self, message: str, tag: str = "") -> None:
        """Commits everything there is."""
        self._git("add", "--all")
        self._git("commit", "--quiet", "--no-gpg-sign", f"--message={message}")
        if tag:
            self._git("tag", "--no-sign", tag)

    def _git(self, *arguments: str) -> None:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        environ |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        subprocess.run(
            ["git", *arguments],
            cwd=self._folder,
            env=environ,
            check=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=30,
        )


def git_is_there() -> bool:
    return shutil.which("git") is not None
