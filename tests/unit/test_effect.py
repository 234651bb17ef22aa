"""What a step will do, in words, before it does it."""

from alfred_tui.domain.actions import Rollout
from alfred_tui.domain.checklist import Step
from alfred_tui.present.effect import effect


def test_every_kind_of_workload_that_is_waited_for_is_told() -> None:
    action = Rollout(deployments=("web",), statefulsets=("db",), daemonsets=("log",), timeout=60)
    told = effect(Step(id="a", title="A", action=action))
    assert "wait side by side, at most 1m, for web, StatefulSet db, DaemonSet log" in told
