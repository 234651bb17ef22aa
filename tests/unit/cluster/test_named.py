"""What a pod spec names is found in every place in which it can be named."""

from alfred_tui.cluster.changes.config_versions import referred
from alfred_tui.cluster.live.named_objects import by_object
from alfred_tui.cluster.objects.references import references

SPEC = {
    "initContainers": [{"name": "wait", "envFrom": [{"secretRef": {"name": "db", "optional": True}}]}],
    "containers": [
        {
            "name": "api",
            "env": [
                {"name": "PLAIN", "value": "x"},
                {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
                {"name": "URL", "valueFrom": {"secretKeyRef": {"name": "db", "key": "url"}}},
                {"name": "LEVEL", "valueFrom": {"configMapKeyRef": {"name": "conf", "key": "level"}}},
            ],
            "envFrom": [{"configMapRef": {"name": "flags"}}],
        }
    ],
    "volumes": [
        {"name": "tmp", "emptyDir": {}},
        {"name": "tls", "secret": {"secretName": "cert", "items": [{"key": "tls.crt", "path": "c"}]}},
        {"name": "data", "persistentVolumeClaim": {"claimName": "disk"}},
        {
            "name": "both",
            "projected": {"sources": [{"secret": {"name": "token"}}, {"configMap": {"name": "ca"}}]},
        },
    ],
    "imagePullSecrets": [{"name": "registry"}],
}


def test_every_place_of_a_pod_spec_is_looked_at() -> None:
    found = {(one.kind, one.name, one.use, one.keys, one.optional) for one in references(SPEC)}
    assert found == {
        ("Secret", "db", "environment of wait", (), True),
        ("Secret", "db", "URL of api (key url)", ("url",), False),
        ("ConfigMap", "conf", "LEVEL of api (key level)", ("level",), False),
        ("ConfigMap", "flags", "environment of api", (), False),
        ("Secret", "cert", "volume tls (key tls.crt)", ("tls.crt",), False),
        ("PersistentVolumeClaim", "disk", "volume data", (), False),
        ("Secret", "token", "volume both", (), False),
        ("ConfigMap", "ca", "volume both", (), False),
        ("Secret", "registry", "image pull", (), True),
    }


def test_an_object_is_told_once_and_owners_come_first() -> None:
    pod = {"metadata": {"ownerReferences": [{"kind": "ReplicaSet", "name": "api-1"}]}, "spec": SPEC}
    found = by_object(pod)
    assert next(iter(found)) == ("ReplicaSet", "api-1")
    assert [one.use for one in found["Secret", "db"]] == ["environment of wait", "URL of api (key url)"]


def test_of_a_workload_its_template_is_looked_at() -> None:
    assert by_object({"metadata": {}, "spec": {"template": {"spec": SPEC}}}) == by_object({"spec": SPEC})


def test_the_rollback_point_s_configs_are_secrets_and_configmaps() -> None:
    assert referred({"spec": SPEC}) == (
        "ConfigMap/ca", "ConfigMap/conf", "ConfigMap/flags",
        "Secret/cert", "Secret/db", "Secret/registry", "Secret/token",
    )  # fmt: skip
