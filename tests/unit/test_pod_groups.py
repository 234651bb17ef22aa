"""Pods of one cause, told together."""

import msgspec
from alfred_tui.domain.cluster.workloads import Diagnosis, Pod
from alfred_tui.present.pods import by_standing, groups


def pod(name: str, owner: str, group: str, container: str = "", began: float = 0.0) -> Pod:
    why = Diagnosis(
        cause=group, sentence=f"{group}.", group=group, container=container, began_at=began, doomed=True
    )
    return Pod(
        namespace="shop", name=name, uid=name, owner=owner, status=group, ready=0, containers=1, restarts=0,
        new_restarts=0, created_at=0.0, well=False, diagnosis=why,
    )  # fmt: skip


def test_a_cause_names_whose_pods_have_it() -> None:
    found = groups(
        pod(name, f"Deployment/{owner}", "Unschedulable (4 Insufficient cpu)")
        for name, owner in (("a1", "api"), ("a2", "api"), ("w", "web"))
    )
    assert [(one.pods, one.owners) for one in found] == [(3, ("api", "web"))]


def test_what_the_same_exit_code_means_in_another_workload_is_another_trouble() -> None:
    names = {"Deployment/api": ("a1", "a2"), "Deployment/web": ("w1", "w2")}
    found = groups(
        pod(name, owner, "CrashLoopBackOff main (exit code 1)", "main")
        for owner, pods in names.items()
        for name in pods
    )
    assert [(one.pods, one.owners) for one in found] == [(2, ("api",)), (2, ("web",))]


def test_a_workload_of_the_same_name_in_another_namespace_is_another_workload() -> None:
    pods = [pod(name, "Deployment/api", "CrashLoopBackOff main (exit code 1)", "main") for name in "abcd"]
    elsewhere = [msgspec.structs.replace(one, namespace="test") for one in pods[:2]]
    assert [one.pods for one in groups([*pods[2:], *elsewhere])] == [2, 2]


def test_one_pod_is_no_group() -> None:
    assert groups([pod("a", "Deployment/api", "x")]) == ()


def test_what_began_in_the_run_comes_before_what_was_so_already() -> None:
    pods = [
        pod(name, f"Deployment/{owner}", owner, began=began)
        for name, owner, began in (
            ("a1", "before", 10.0), ("a2", "before", 10.0), ("a3", "before", 10.0),
            ("b1", "after", 100.0), ("b2", "after", 101.0),
        )
    ]  # fmt: skip
    assert [one.cause for one in groups(pods, 100.4)] == ["after", "before"]
    assert [one.name for one in by_standing(pods, 100.4)["doomed"]] == ["b1", "b2", "a1", "a2", "a3"]
