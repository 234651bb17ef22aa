"""A run is pinned to one cluster, and notices when the same words mean another."""

import base64
from pathlib import Path
from typing import Any

import pytest
import yaml
from alfred_tui.cluster.access.target import drifted, pin_kubeconfig, read_target
from alfred_tui.domain.errors import CockpitError


def kubeconfig(folder: Path, **changes: Any) -> str:
    values = {
        "server": "https://prod.example:6443/",
        "ca": b"authority",
        "user": "lead",
        "namespace": "alfred",
        "token": "secret-token",
        "current": "prod",
        **changes,
    }
    path = folder / "config"
    certificate = base64.b64encode(values["ca"]).decode()
    document = {
        "clusters": [
            {"name": "c", "cluster": {"server": values["server"], "certificate-authority-data": certificate}}
        ],
        "users": [{"name": values["user"], "user": {"token": values["token"]}}],
        "contexts": [
            {
                "name": "prod",
                "context": {"cluster": "c", "user": values["user"], "namespace": values["namespace"]},
            },
            {"name": "test", "context": {"cluster": "c", "user": values["user"]}},
        ],
        "current-context": values["current"],
    }
    path.write_text(yaml.safe_dump(document))
    return str(path)


def test_the_target_says_what_kubectl_would_use(tmp_path: Path) -> None:
    target = read_target(kubeconfig(tmp_path), None, None, environ={})
    assert (target.context, target.namespace, target.server, target.user) == (
        "prod",
        "alfred",
        "https://prod.example:6443",
        "lead",
    )
    assert target.kubeconfig == (str(tmp_path / "config"),)


def test_the_namespace_option_wins_and_default_is_the_last_resort(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path)
    assert read_target(path, None, "other", environ={}).namespace == "other"
    assert read_target(path, "test", None, environ={}).namespace == "default"


def test_a_renewed_token_or_another_current_context_is_no_drift(tmp_path: Path) -> None:
    target = read_target(kubeconfig(tmp_path), None, None, environ={})
    kubeconfig(tmp_path, token="another", current="test")
    assert drifted(target) is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"server": "https://other.example"},
            "its server was https://prod.example:6443 and is https://other.example",
        ),
        ({"user": "intern"}, "its user was lead and is intern"),
        ({"namespace": "billing"}, "its namespace is now billing"),
        ({"ca": b"another authority"}, "its certificate authority is another one"),
    ],
)
def test_a_drift_is_told_by_what_changed(tmp_path: Path, change: dict[str, Any], sentence: str) -> None:
    target = read_target(kubeconfig(tmp_path), None, None, environ={})
    kubeconfig(tmp_path, **change)
    told = drifted(target)
    assert told is not None
    assert sentence in told
    assert target.fingerprint != read_target(target.kubeconfig[0], None, None, environ={}).fingerprint


def test_several_drifts_are_told_in_one_sentence(tmp_path: Path) -> None:
    target = read_target(kubeconfig(tmp_path), None, None, environ={})
    kubeconfig(tmp_path, user="intern", namespace="billing")
    told = drifted(target) or ""
    assert "intern" in told
    assert "billing" in told


def test_a_context_that_vanished_is_a_drift(tmp_path: Path) -> None:
    target = read_target(kubeconfig(tmp_path), None, None, environ={})
    Path(target.kubeconfig[0]).write_text("contexts: []")
    assert "cannot be read any more" in (drifted(target) or "")


def test_a_missing_authority_file_is_told_by_its_path(tmp_path: Path) -> None:
    path = Path(kubeconfig(tmp_path))
    document = yaml.safe_load(path.read_text())
    document["clusters"][0]["cluster"] = {"server": "https://x", "certificate-authority": "gone.pem"}
    path.write_text(yaml.safe_dump(document))
    with pytest.raises(CockpitError, match=f"should be in {tmp_path}/gone.pem"):
        read_target(str(path), None, None, environ={})


def test_the_pin_holds_the_target_and_no_credentials(tmp_path: Path) -> None:
    target = read_target(kubeconfig(tmp_path), None, "canary", environ={})
    folder = tmp_path / "run"
    folder.mkdir()
    environ = pin_kubeconfig(folder, target.kubeconfig, target)
    pin = folder / "pin.kubeconfig"
    assert environ == {"KUBECONFIG": f"{pin}:{target.kubeconfig[0]}"}
    assert pin.stat().st_mode & 0o777 == 0o600
    assert "secret-token" not in pin.read_text()
    assert yaml.safe_load(pin.read_text())["contexts"] == [
        {"name": "alfred-cockpit-pinned", "context": {"cluster": "c", "user": "lead", "namespace": "canary"}}
    ]
    assert [path.name for path in folder.iterdir()] == ["pin.kubeconfig"]


def test_a_path_that_a_list_cannot_hold_is_refused(tmp_path: Path) -> None:
    odd = tmp_path / "a:b"
    odd.mkdir()
    target = read_target(kubeconfig(odd), None, None, environ={})
    with pytest.raises(CockpitError, match="has ':' in its path"):
        pin_kubeconfig(tmp_path, target.kubeconfig, target)


def test_a_pod_s_own_service_account_is_pinned_by_its_namespace(tmp_path: Path) -> None:
    target = read_target(kubeconfig(tmp_path), None, "canary", environ={})
    assert pin_kubeconfig(tmp_path, (), target) == {"POD_NAMESPACE": "canary"}
