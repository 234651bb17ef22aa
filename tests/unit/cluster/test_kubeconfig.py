"""Which cluster is meant, as kubectl would answer it."""

import base64
from pathlib import Path

import pytest
import yaml
from alfred_tui.cluster.access.kubeconfig import find_access, in_cluster_access, kubeconfig_paths
from alfred_tui.domain.errors import CockpitError, NotConfigured


def write(path: Path, **document: object) -> str:
    path.write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "Config", **document}))
    return str(path)


def cluster(name: str, server: str = "https://a.example:6443", **more: str) -> dict[str, object]:
    return {"name": name, "cluster": {"server": server, **more}}


def user(name: str, **fields: object) -> dict[str, object]:
    return {"name": name, "user": fields or {"token": "t"}}


def context(name: str, cluster: str, user: str, namespace: str = "") -> dict[str, object]:
    fields = {"cluster": cluster, "user": user, **({"namespace": namespace} if namespace else {})}
    return {"name": name, "context": fields}


def simple(folder: Path, name: str = "config") -> str:
    return write(
        folder / name,
        clusters=[cluster("c")],
        users=[user("u")],
        contexts=[context("prod", "c", "u", "alfred"), context("test", "c", "u")],
        **{"current-context": "prod"},
    )


def test_the_current_context_is_taken_when_none_is_named(tmp_path: Path) -> None:
    access = find_access(simple(tmp_path), None, {})
    assert (access.context, access.namespace, access.server) == ("prod", "alfred", "https://a.example:6443")


def test_a_named_context_wins_over_the_current_one(tmp_path: Path) -> None:
    assert find_access(simple(tmp_path), "test", {}).context == "test"


def test_an_unknown_context_is_told_with_those_that_exist(tmp_path: Path) -> None:
    with pytest.raises(CockpitError, match=r"context nope is not in .*; there are: prod, test") as caught:
        find_access(simple(tmp_path), "nope", {})
    assert "--context" in caught.value.hint


def test_a_named_file_that_is_missing_is_told_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(CockpitError, match=f"no kubeconfig at {tmp_path}/nowhere"):
        find_access(f"{tmp_path}/nowhere", None, {})


def test_the_first_file_of_a_list_wins_and_missing_ones_are_skipped(tmp_path: Path) -> None:
    first = write(
        tmp_path / "first",
        clusters=[cluster("c", "https://first.example")],
        contexts=[context("prod", "c", "u", "one")],
    )
    second = write(
        tmp_path / "second",
        clusters=[cluster("c", "https://second.example")],
        users=[user("u")],
        contexts=[context("prod", "c", "u", "two")],
        **{"current-context": "prod"},
    )
    access = find_access(None, None, {"KUBECONFIG": f"{tmp_path}/missing:{first}:{second}"})
    assert (access.server, access.namespace, access.user.name) == ("https://first.example", "one", "u")
    assert access.paths == (first, second)


def test_a_list_of_which_nothing_exists_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CockpitError, match="no such file is there"):
        find_access(None, None, {"KUBECONFIG": f"{tmp_path}/a:{tmp_path}/b"})


def test_the_home_folder_is_looked_at_last(tmp_path: Path) -> None:
    (tmp_path / ".kube").mkdir()
    path = simple(tmp_path / ".kube")
    assert kubeconfig_paths(None, {"HOME": str(tmp_path)}) == (path,)


def test_no_configuration_at_all_is_not_configured_rather_than_wrong(tmp_path: Path) -> None:
    with pytest.raises(NotConfigured, match="No cluster is connected"):
        find_access(None, None, {"HOME": str(tmp_path)})


def test_relative_paths_belong_to_the_file_that_names_them(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    path = write(
        tmp_path / "sub" / "config",
        clusters=[cluster("c", **{"certificate-authority": "ca.pem"})],
        users=[user("u")],
        contexts=[context("x", "c", "u")],
        **{"current-context": "x"},
    )
    assert find_access(path, None, {}).cluster.path("certificate-authority") == tmp_path / "sub" / "ca.pem"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("a: [1", r"not valid YAML \(line \d\)"),
        ("- a list", "not a mapping"),
        ("clusters: {a: b}", "clusters is not a list"),
        ("clusters: [{cluster: {}}]", "an entry of clusters has no name"),
        ("contexts: [{name: x}]", "No current context"),
        ("contexts: [{name: x, context: {cluster: c}}]\ncurrent-context: x", "refers to the cluster 'c'"),
        (
            "contexts: [{name: x, context: {cluster: c, user: u}}]\ncurrent-context: x\n"
            "clusters: [{name: c, cluster: {server: 'https://h'}}]",
            "refers to the user 'u', which is not there",
        ),
        (
            "contexts: [{name: x, context: {cluster: c}}]\ncurrent-context: x\n"
            "clusters: [{name: c, cluster: {server: 'h:6443'}}]",
            r"no http\(s\) address",
        ),
        ("", "No current context"),
    ],
)
def test_a_broken_file_is_a_sentence(tmp_path: Path, content: str, sentence: str) -> None:
    path = tmp_path / "config"
    path.write_text(content)
    with pytest.raises(CockpitError, match=sentence) as caught:
        find_access(str(path), None, {})
    assert str(path) in caught.value.message or "server" in caught.value.message


def test_a_file_that_is_not_text_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_bytes(b"\xff\xfe\x00\x01\x02")
    with pytest.raises(CockpitError, match="not valid YAML"):
        find_access(str(path), None, {})


def test_a_pod_uses_its_service_account(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t")
    (tmp_path / "namespace").write_text("alfred\n")
    (tmp_path / "ca.crt").write_bytes(base64.b64encode(b"ca"))
    access = in_cluster_access({"KUBERNETES_SERVICE_HOST": "fd00::1"}, tmp_path)
    assert access is not None
    assert access.in_cluster
    assert (access.server, access.namespace) == ("https://[fd00::1]:443", "alfred")


def test_without_a_token_there_is_no_service_account(tmp_path: Path) -> None:
    assert in_cluster_access({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, tmp_path) is None
