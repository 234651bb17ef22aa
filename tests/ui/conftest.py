"""Every test here has the same time zone and colours, and keys that are taken at once."""

import time
from collections.abc import Iterator

import pytest
from alfred_tui.ui import drawn_together
from alfred_tui.ui.screens.acting import ActingScreen


@pytest.fixture(autouse=True)
def steady(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the screen shows depends on nothing but the fakes."""
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(ActingScreen, "HOLD_STILL", 0.0)
    monkeypatch.setattr(drawn_together, "FRAME", 0.005)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()
