"""Writes the kubeconfig by which kubectl and the client libraries reach the embedded API."""

import base64

import yaml


def kubeconfig(
    url: str, ca_pem: str, token: str, *, user: str, namespace: str = "default", context: str = "alfred-demo"
) -> str:
    """A kubeconfig as YAML: one cluster, one user by bearer token, one context, which is the current one.

    It holds the token: write it with mode 0600.
    """
    authority = base64.b64encode(ca_pem.encode()).decode()
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": context, "cluster": {"server": url, "certificate-authority-data": authority}}],
        "users": [{"name": user, "user": {"token": token}}],
        "contexts": [
            {"name": context, "context": {"cluster": context, "user": user, "namespace": namespace}},
        ],
        "current-context": context,
        "preferences": {},
    }
    return yaml.safe_dump(config, sort_keys=False)
