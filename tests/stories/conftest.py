"""A state folder for each story."""

from pathlib import Path

import pytest


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Where the story's runs are kept; not there yet."""
    return tmp_path / "state"
