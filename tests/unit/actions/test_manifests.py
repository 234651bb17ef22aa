"""What a server's dry run of manifests means."""

import pytest
from alfred_tui.actions.manifests import unjudged
from alfred_tui.domain.evidence import Outcome


@pytest.mark.parametrize(
    "told",
    [
        'error: error validating "k8s": error validating data: failed to download openapi: Get '
        '"https://127.0.0.1:6443/openapi/v2?timeout=32s": dial tcp 127.0.0.1:6443: connect: '
        "connection refused",
        'from server for: "k8s": jobs.batch "seed" is forbidden: User "lead" cannot get resource "jobs" in '
        'API group "batch" in the namespace "shop"',
        "error: You must be logged in to the server (Unauthorized)",
    ],
)
def test_a_server_that_cannot_or_may_not_be_asked_is_an_error_and_no_bad_answer(told: str) -> None:
    found = unjudged(Outcome(status="failed", reason=f"It ended with exit 1: {told}"))
    assert found.status == "error"
    assert found.reason.startswith("The server has not judged the manifests: ")


def test_what_the_server_refuses_has_failed() -> None:
    refused = Outcome(
        status="failed", reason='The Deployment "api" is invalid: spec.replicas: must be positive'
    )
    assert unjudged(refused) is refused


def test_what_the_server_accepts_has_passed() -> None:
    good = Outcome(status="passed")
    assert unjudged(good) is good
