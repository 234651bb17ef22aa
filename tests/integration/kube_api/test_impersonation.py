"""`kubectl --as` is answered with the rights of the user it names, never with the caller's own."""

import pytest

from tests.integration.kube_api.lab import Lab

# Words of kube-apiserver 1.36.2, asked by kubectl 1.37.1.
DENIED = (
    'Error from server (Forbidden): pods is forbidden: User "lead" cannot list resource "pods" in API '
    'group "" in the namespace "default"'
)
MAY_NOT_ACT = (
    'Error from server (Forbidden): pods is forbidden: User "oncall" cannot impersonate-on:user-info:list '
    'resource "pods" in API group "" in the namespace "default"'
)


async def test_a_user_without_rights_is_refused_though_an_administrator_asks(lab: Lab) -> None:
    said = await lab.kubectl("get", "pods", "--as", "lead")
    assert (said.code, said.lines) == (1, [DENIED])


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        ("delete pods --as lead", "no"),
        ("list pods --as oncall", "yes"),
        ("delete pods --as oncall", "no"),
        ("delete pods --as admin", "no"),
        ("delete pods --as lead --as-group=system:masters", "yes"),
    ],
)
async def test_rights_are_those_of_the_named_user_and_groups(lab: Lab, arguments: str, answer: str) -> None:
    said = await lab.kubectl("auth", "can-i", *arguments.split())
    assert said.lines[-1] == answer


async def test_who_may_not_act_as_others_is_told_so(lab: Lab) -> None:
    said = await lab.kubectl("get", "pods", "--as", "admin", token=lab.server.viewer_token)
    assert (said.code, said.lines) == (1, [MAY_NOT_ACT])


@pytest.mark.parametrize(
    ("arguments", "groups"),
    [
        ("--as lead --as-group=g", "[g system:authenticated]"),
        (
            "--as system:serviceaccount:default:bot",
            "[system:serviceaccounts system:serviceaccounts:default system:authenticated]",
        ),
    ],
)
async def test_whoami_names_the_user_acted_as(lab: Lab, arguments: str, groups: str) -> None:
    said = await lab.kubectl("auth", "whoami", *arguments.split())
    assert said.lines[-1].split(maxsplit=1)[1] == groups
