"""The resources of the API, in words."""

import pytest
from alfred_tui.cluster.objects.resources import INGRESSES, NETWORK_POLICIES, PODS, Resource


@pytest.mark.parametrize(
    ("resource", "told"), [(PODS, "Pods"), (INGRESSES, "Ingresses"), (NETWORK_POLICIES, "NetworkPolicies")]
)
def test_several_of_a_kind_are_named_as_people_name_them(resource: Resource[object], told: str) -> None:
    assert resource.kinds == told
