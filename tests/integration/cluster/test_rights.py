"""What an account that may less sees, and what it is told of the rest."""

from pathlib import Path

import pytest
from alfred_tui.cli.shared import SharedConnection, SharedLive
from alfred_tui.cluster.access.target import read_target
from alfred_tui.cluster.live.live_cluster import LiveCluster
from alfred_tui.cluster.store.permissions import ask_rights, identity
from alfred_tui.cluster.store.watch import Timing
from alfred_tui.demo.kube.defaults import admit
from alfred_tui.demo.kube.objects import Key
from alfred_tui.demo.kube.rights import Access, Rule, User
from alfred_tui.domain.cluster.needs import ACTS, LOGS, PODS_PANEL, distinct, for_panels
from alfred_tui.domain.cluster.rights import Rights
from alfred_tui.domain.cluster.workloads import ClusterView

from tests.integration.cluster.accounts import SEE, account, rules_of
from tests.integration.cluster.lab import lab, seen, settled

PODS = Key("", "pods")
PODS_ONLY = account(Rule(SEE, ("",), ("pods",), "default"))


def asked(view: ClusterView) -> bool:
    return bool(view.rights.allowed or view.rights.refused)


async def test_with_pods_alone_the_pods_are_live_and_each_other_panel_names_what_is_missing(
    tmp_path: Path,
) -> None:
    async with lab(tmp_path) as cluster:
        token = cluster.server.issue(PODS_ONLY)
        async with cluster.connected(token) as connection, cluster.live(connection) as live:
            view = await seen(
                live,
                lambda v: (
                    v.pods_freshness.connection == "live"
                    and v.rollouts_freshness.connection == v.usage_freshness.connection == "forbidden"
                    and asked(v)
                    and bool(v.pods_freshness.message)
                ),
                "the pods, and two refusals",
            )
    assert view.pods
    ask = "Ask for that right, or use another context."
    assert view.rollouts_freshness.message == (
        "This account may not list and watch replicasets.apps in default; "
        f"list and watch deployments.apps in default. {ask}"
    )
    assert view.usage_freshness.message == f"This account may not list pods.metrics.k8s.io in default. {ask}"
    assert view.pods_freshness.message == (
        f"Events are not shown: This account may not list and watch events in default. {ask}"
    )


async def test_acts_are_known_before_they_are_tried(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster:
        for token, may in ((cluster.server.admin_token, True), (cluster.server.viewer_token, False)):
            async with cluster.connected(token) as connection, cluster.live(connection) as live:
                view = await seen(live, asked, "the rights")
                assert view.rights.missing(PODS_PANEL) == ()
                assert (view.rights.missing(ACTS) == ()) is may
                assert (view.rights.refusal(*ACTS) == "") is may
    assert "may not patch deployments.apps in default" in view.rights.refusal(*ACTS)


async def test_a_right_that_is_given_later_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alfred_tui.cluster.store.permissions.AGAIN", 0.05)
    granted = False

    def allowed(user: User, access: object) -> bool:
        return granted or PODS_ONLY.rules[0].allows(access)  # type: ignore[arg-type]

    monkeypatch.setattr("alfred_tui.demo.kube.reviews.allowed", allowed)
    async with lab(tmp_path) as cluster, cluster.connected() as connection, cluster.live(connection) as live:
        await seen(live, lambda v: bool(v.rights.refused), "a refusal")
        granted = True
        await seen(live, lambda v: not v.rights.refused and asked(v), "the right")


async def test_when_one_right_is_given_back_all_others_are_asked_for_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    granted = False

    def allowed(user: User, access: Access) -> bool:
        return granted or access.group == "authorization.k8s.io"

    for place in ("reviews", "rights"):
        monkeypatch.setattr(f"alfred_tui.demo.kube.{place}.allowed", allowed)
    patient = Timing(first_refused=600.0, refused_pause=600.0)
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        live = LiveCluster(connection, now=cluster.clock.now, usage_interval=0.2, timing=patient)
        await live.start()
        try:
            await seen(
                live, lambda v: v.rollouts_freshness.connection == "forbidden" and asked(v), "a refusal"
            )
            granted = True
            view = await seen(live, settled, "everything")
            await seen(live, lambda v: not v.rights.refused, "the rights")
        finally:
            await live.stop()
    assert view.pods_freshness.connection == view.rollouts_freshness.connection == "live"


async def test_the_watchers_manifest_is_enough_for_all_that_a_watcher_sees(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster:
        token = cluster.server.issue(account(*rules_of("watcher.yaml")))
        async with cluster.connected(token) as connection, cluster.live(connection) as live:
            view = await seen(live, lambda v: settled(v) and bool(v.nodes) and asked(v), "the platform")
            rights = await ask_rights(connection, "default", distinct(for_panels()))
    assert rights.refused == frozenset()
    assert view.rights.missing(LOGS) == ()
    for state in (view.pods_freshness, view.rollouts_freshness, view.usage_freshness):
        assert (state.connection, state.message) == ("live", "")


async def test_the_server_says_who_we_are(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected(cluster.server.viewer_token) as connection:
        who = await identity(connection)
    assert who is not None
    assert (who.username, who.groups) == ("oncall", ("system:authenticated",))


async def test_rights_that_cannot_be_asked_for_are_neither_given_nor_refused(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected("wrong") as connection:
        rights = await ask_rights(connection, "default", PODS_PANEL)
    assert rights.allowed == rights.refused == frozenset()
    assert "401" in rights.unknown
    assert rights.refusal(*PODS_PANEL) == Rights().refusal(*PODS_PANEL) == ""


async def test_who_may_list_and_not_watch_sees_lists_and_is_told_what_is_missing(tmp_path: Path) -> None:
    lists = account(Rule(("list",), ("", "apps"), ("*",), "default"))
    async with lab(tmp_path) as cluster, cluster.connected(cluster.server.issue(lists)) as connection:
        live = LiveCluster(connection, now=cluster.clock.now, timing=Timing(longest_pause=0.2, poll=0.2))
        await live.start()
        try:
            await seen(live, lambda v: len(v.pods) > 5 and v.pods_freshness.every > 0 and asked(v), "lists")
            meta = {"name": "late", "namespace": "default"}
            containers = [{"name": "c", "image": "i:1"}]
            pod = {"kind": "Pod", "metadata": meta, "spec": {"containers": containers}}
            cluster.store.create(PODS, admit(PODS, pod, None))
            view = await seen(live, lambda v: any(one.name == "late" for one in v.pods), "the late pod")
        finally:
            await live.stop()
    assert view.pods_freshness.connection == view.rollouts_freshness.connection == "live"
    ask = "Ask for that right, or use another context."
    assert view.pods_freshness.message.startswith(f"This account may not watch pods in default. {ask}")


async def test_the_lead_sees_other_namespaces_as_far_as_the_account_may_and_steps_keep_theirs(
    tmp_path: Path,
) -> None:
    own = (Rule(SEE, ("", "apps"), ("*",), "default"), Rule(SEE, ("", "apps"), ("*",), "shop"))
    told: list[str] = []
    async with lab(tmp_path) as cluster:
        meta = {"name": "elsewhere", "namespace": "shop"}
        pod = {"kind": "Pod", "metadata": meta, "spec": {"containers": [{"name": "c", "image": "i:1"}]}}
        cluster.store.create(PODS, admit(PODS, pod, None))
        target = read_target(
            cluster.write_kubeconfig(cluster.server.issue(account(*own))), None, None, environ={}
        )
        where = "list and watch pods in secret"
        everywhere = "list and watch pods at the cluster's scope"
        for asked, left, lacks in (
            (("shop", "secret"), "secret", where),
            ((), "the other namespaces", everywhere),
        ):
            connection = SharedConnection(target)
            shared = SharedLive(connection, cluster.clock.now, namespaces=asked, tell=told.append)
            try:
                live = await shared()
                view = await seen(live, lambda v: bool(v.pods) and asked_for(v), "pods")
                assert live.freshness(("Pod", "Deployment")).connection == "live"
                assert told.pop().startswith(f"The panels leave out {left}: this account may not {lacks}; ")
                if asked:
                    await seen(live, lambda v: "elsewhere" in {one.name for one in v.pods}, "the other pod")
                assert view.rights.namespace == "default"
            finally:
                await shared.close()
                await connection.close()


def asked_for(view: ClusterView) -> bool:
    return asked(view) and view.rollouts_freshness.connection == "live"


async def test_with_all_namespaces_acts_are_still_asked_for_where_they_are_done(tmp_path: Path) -> None:
    rules = (
        Rule(SEE, ("*",), ("*",), ""),
        Rule(("get", "patch"), ("apps",), ("deployments", "statefulsets", "daemonsets"), "default"),
    )
    async with lab(tmp_path) as cluster:
        target = read_target(
            cluster.write_kubeconfig(cluster.server.issue(account(*rules))), None, None, environ={}
        )
        connection = SharedConnection(target)
        shared = SharedLive(connection, cluster.clock.now, namespaces=(), tell=pytest.fail)
        try:
            live = await shared()
            view = await seen(live, lambda v: asked_for(v) and bool(v.rights.allowed), "the rights")
        finally:
            await shared.close()
            await connection.close()
    assert view.rights.refusal(*ACTS) == ""
