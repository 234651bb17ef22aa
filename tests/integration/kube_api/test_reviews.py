"""Who one is and what one may, asked of the embedded API by the real kubectl."""

import pytest
from alfred_tui.demo.kube.rights import Rule, User

from tests.integration.kube_api.lab import Lab

PODS_ONLY = User(
    "narrow",
    ("system:authenticated",),
    "none",
    (Rule(("get", "list", "watch"), ("",), ("pods",), "team"), Rule(("get",), ("",), ("nodes",))),
)


def token(lab: Lab, who: str) -> str:
    """The token of one of the three accounts."""
    tokens = {"admin": lab.server.admin_token, "viewer": lab.server.viewer_token}
    return tokens.get(who) or lab.server.issue(PODS_ONLY)


@pytest.mark.parametrize(
    ("who", "asked", "answer"),
    [
        ("admin", "patch deployments.apps", "yes"),
        ("admin", "create pods/eviction", "yes"),
        ("viewer", "list pods", "yes"),
        ("viewer", "get pods --subresource=log", "yes"),
        ("viewer", "patch deployments.apps", "no"),
        ("viewer", "get secrets", "no"),
        ("viewer", "list nodes.metrics.k8s.io", "yes"),
        ("narrow", "list pods -n team", "yes"),
        ("narrow", "list pods -n other", "no"),
        ("narrow", "list pods --all-namespaces", "no"),
        ("narrow", "get pods -n team --subresource=log", "no"),
        ("narrow", "get nodes", "yes"),
        ("narrow", "delete pods -n team", "no"),
    ],
)
async def test_can_i_is_answered_for_each_account(lab: Lab, who: str, asked: str, answer: str) -> None:
    said = await lab.kubectl("auth", "can-i", *asked.split(), token=token(lab, who))
    assert said.lines[-1] == answer
    assert said.code == (0 if answer == "yes" else 1)


@pytest.mark.parametrize(("who", "name"), [("admin", "admin"), ("viewer", "oncall"), ("narrow", "narrow")])
async def test_whoami_names_the_user_and_its_groups(lab: Lab, who: str, name: str) -> None:
    said = await lab.kubectl("auth", "whoami", token=token(lab, who))
    assert said.code == 0
    rows = {line.split()[0]: " ".join(line.split()[1:]) for line in said.lines[1:]}
    assert rows["Username"] == name
    assert "system:authenticated" in rows["Groups"]


async def test_the_list_of_rights_is_that_of_the_account_and_the_namespace(lab: Lab) -> None:
    everything = await lab.kubectl("auth", "can-i", "--list")
    assert any(line.split()[0] == "*.*" and line.endswith("[*]") for line in everything.lines)
    viewer = await lab.kubectl("auth", "can-i", "--list", token=token(lab, "viewer"))
    rows = {line.split()[0]: line for line in viewer.lines[1:]}
    assert rows["pods"].endswith("[get list watch]")
    assert rows["deployments.apps"].endswith("[get list watch]")
    assert "secrets" not in rows
    narrow = token(lab, "narrow")
    inside = await lab.kubectl("auth", "can-i", "--list", "-n", "team", token=narrow)
    outside = await lab.kubectl("auth", "can-i", "--list", "-n", "other", token=narrow)
    assert "pods" in [line.split()[0] for line in inside.lines]
    assert "pods" not in [line.split()[0] for line in outside.lines]
    assert "nodes" in [line.split()[0] for line in outside.lines]


async def test_what_can_i_denies_is_refused_when_it_is_tried(lab: Lab) -> None:
    narrow = token(lab, "narrow")
    assert (await lab.kubectl("get", "pods", "-n", "team", token=narrow)).code == 0
    refused = await lab.kubectl("get", "pods", "-n", "other", token=narrow)
    assert (
        'User "narrow" cannot list resource "pods" in API group "" in the namespace "other"' in refused.output
    )
