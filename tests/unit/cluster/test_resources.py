"""The resources of the API, in words."""

import pytest
from alfred_tui.cluster.objects.resources import DEPLOYMENTS, INGRESSES, NETWORK_POLICIES, PODS, Resource
from alfred_tui.domain.errors import CockpitError


@pytest.mark.parametrize(
    ("resource", "told"), [(PODS, "Pods"), (INGRESSES, "Ingresses"), (NETWORK_POLICIES, "NetworkPolicies")]
)
def test_several_of_a_kind_are_named_as_people_name_them(resource: Resource[object], told: str) -> None:
    assert resource.kinds == told


def test_a_name_is_one_part_of_its_path() -> None:
    assert DEPLOYMENTS.path("shop") == "/apis/apps/v1/namespaces/shop/deployments"
    assert DEPLOYMENTS.path("shop", "a/../b") == "/apis/apps/v1/namespaces/shop/deployments/a%2F..%2Fb"


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_a_name_that_would_mean_the_collection_or_what_is_above_it_has_no_path(name: str) -> None:
    with pytest.raises(CockpitError, match="cannot be the name of a Deployment"):
        DEPLOYMENTS.path("shop", name)
