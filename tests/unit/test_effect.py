"""What a step will do, in words, before it does it."""

from alfred_tui.domain.actions import Rollout, Run
from alfred_tui.domain.checklist import Host, Step
from alfred_tui.present.effect import effect


def test_every_kind_of_workload_that_is_waited_for_is_told() -> None:
    action = Rollout(deployments=("web",), statefulsets=("db",), daemonsets=("log",), timeout=60)
    told = effect(Step(id="a", title="A", action=action))
    assert "wait side by side, at most 1m, for web, StatefulSet db, DaemonSet log" in told


def test_where_a_command_runs_and_what_it_is_given_is_told_beside_it() -> None:
    step = Step(
        id="a", title="A", action=Run(command="make migrate"), on="db", cwd="/srv", env={"TAG": "v42"},
        secrets=("DATABASE_URL",), stdin="TOKEN",
    )  # fmt: skip
    hosts = {"db": Host(host="db.internal", user="deploy", port=2222, jump="bastion")}
    assert effect(step, hosts=hosts) == (
        "make migrate\n# on db (deploy@db.internal:2222, through bastion); in /srv; with TAG=v42; "
        "with DATABASE_URL in its environment; with TOKEN on its standard input"
    )
    assert effect(Step(id="a", title="A", action=Run(command="make"), on="db")) == "make\n# on db"
