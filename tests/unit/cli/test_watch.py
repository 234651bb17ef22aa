"""Which namespaces a watcher's panels show."""

import pytest
from alfred_tui.cli.watch import _shown
from alfred_tui.domain.errors import Usage


def test_a_watcher_sees_the_runs_namespace_a_set_or_all() -> None:
    assert _shown(None, everywhere=False) is None
    assert _shown("shop, test,", everywhere=False) == ("shop", "test")
    assert _shown(None, everywhere=True) == ()


@pytest.mark.parametrize(("namespace", "everywhere"), [("shop", True), (" , ", False), ("", False)])
def test_what_cannot_be_meant_is_refused(namespace: str, everywhere: bool) -> None:
    with pytest.raises(Usage):
        _shown(namespace, everywhere=everywhere)
