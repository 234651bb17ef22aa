"""What of an object is shown: no machine's bookkeeping, and nothing that is secret."""

import base64
from typing import Any

from alfred_tui.cluster.live.shown_yaml import yaml_lines
from alfred_tui.domain.redaction import Redactor

KNOWN = "s3cr3t-known-value"


def pod_with(env: list[dict[str, str]], **metadata: Any) -> dict[str, Any]:
    fields = {"name": "a", "managedFields": [{"manager": "kubectl"}], **metadata}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": fields,
        "spec": {"containers": [{"name": "app", "env": env}], "initContainers": [{"name": "i", "env": env}]},
    }


def test_managed_fields_are_left_out_and_the_order_stays() -> None:
    lines = yaml_lines(pod_with([]))
    assert lines[:2] == ("apiVersion: v1", "kind: Pod")
    assert not any("managedFields" in line or "manager" in line for line in lines)


def test_a_secrets_values_are_hidden_and_its_keys_are_not() -> None:
    coded = base64.b64encode(b"hunter22").decode()
    applied = {"kubectl.kubernetes.io/last-applied-configuration": '{"data":{"p":"' + coded + '"}}'}
    raw = {
        "kind": "Secret",
        "metadata": {"name": "s", "annotations": applied},
        "data": {"password": coded},
        "stringData": {"token": "hunter22"},
    }
    text = "\n".join(yaml_lines(raw))
    assert coded not in text
    assert "hunter22" not in text
    assert "password: (hidden)" in text
    assert "token: (hidden)" in text


def test_variables_that_sound_secret_are_hidden_in_pods_and_in_templates() -> None:
    env = [{"name": "DB_PASSWORD", "value": "hunter22"}, {"name": "MODE", "value": "fast"}]
    bare = pod_with(env)
    deployment = {
        "kind": "Deployment",
        "metadata": {"name": "d"},
        "spec": {"template": {"spec": bare["spec"]}},
    }
    for raw in (bare, deployment):
        text = "\n".join(yaml_lines(raw))
        assert "hunter22" not in text
        assert "value: fast" in text
    assert bare["spec"]["containers"][0]["env"][0]["value"] == "hunter22", "the object itself is left alone"


def test_a_known_secret_is_taken_out_wherever_it_stands() -> None:
    redact = Redactor({"TOKEN": KNOWN}).text
    raw = pod_with([{"name": "MODE", "value": KNOWN}], annotations={"note": f"uses {KNOWN}"})
    raw["metadata"]["labels"] = {KNOWN: "x"}
    text = "\n".join(yaml_lines(raw, redact))
    assert KNOWN not in text
    assert "TOKEN" in text
