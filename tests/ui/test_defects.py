"""A defect in the screen ends it quietly: no traceback, whose local values could hold a secret."""

import pytest
from alfred_tui.ui.app import CockpitApp

from tests.ui.fakes import app


async def break_it(cockpit: CockpitApp) -> None:
    async with cockpit.run_test() as pilot:
        cockpit.call_later(lambda: 1 / 0)
        await pilot.pause()


async def test_a_defect_ends_the_screen_without_a_traceback(capfd: pytest.CaptureFixture[str]) -> None:
    cockpit = app()
    with pytest.raises(ZeroDivisionError):
        await break_it(cockpit)
    assert isinstance(cockpit.broke, ZeroDivisionError)
    out, err = capfd.readouterr()
    assert "Traceback" not in out + err
    assert not cockpit._exit_renderables
