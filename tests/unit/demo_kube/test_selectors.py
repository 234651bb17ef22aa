"""Selectors choose as kubectl's -l and --field-selector do."""

import pytest
from alfred_tui.demo.kube.selectors import field_matcher, label_matcher, selector_text, selects
from alfred_tui.demo.kube.store import ApiError, Key, Obj

PODS = Key("", "pods")


def chosen(selector: str, **labels: str) -> bool:
    matches = label_matcher(selector)
    return matches is None or matches({"metadata": {"labels": labels}})


@pytest.mark.parametrize(
    ("selector", "labels", "expected"),
    [
        ("", {}, True),
        ("app=web", {"app": "web"}, True),
        ("app==web", {"app": "web"}, True),
        ("app=web", {"app": "db"}, False),
        ("app!=web", {}, True),
        ("app!=web", {"app": "web"}, False),
        ("app", {"app": ""}, True),
        ("!app", {"app": ""}, False),
        ("!app", {}, True),
        ("app in (web, db)", {"app": "db"}, True),
        ("app in (web,db),tier", {"app": "db"}, False),
        ("app notin (web)", {}, True),
        ("app notin (web)", {"app": "web"}, False),
        ("n>3", {"n": "4"}, True),
        ("n<3", {"n": "4"}, False),
        ("n>3", {"n": "many"}, False),
        ("app=", {"app": ""}, True),
        ("kubernetes.io/service-name=alfred-bot", {"kubernetes.io/service-name": "alfred-bot"}, True),
    ],
)
def test_label_selectors(selector: str, labels: dict[str, str], expected: bool) -> None:
    assert chosen(selector, **labels) is expected


# Words of kube-apiserver 1.36.2.
_NO_REQUIREMENT = "unable to parse requirement: "
_NOT_A_NUMBER = "for 'Gt', 'Lt' operators, the value must be an integer"


@pytest.mark.parametrize(
    ("selector", "why"),
    [
        ("a=b=c", "found '=', expected: ',' or 'end of string'"),
        ("a=b c", "found 'c', expected: ',' or 'end of string'"),
        ("a=b!", "found '!', expected: ',' or 'end of string'"),
        ("!a=b", "found '=', expected: ',' or 'end of string'"),
        ("a in (b))", "found ')', expected: ',' or 'end of string'"),
        ("=b", "found '=', expected: !, identifier, or 'end of string'"),
        ("!=x", "found '!=', expected: !, identifier, or 'end of string'"),
        ("(a)", "found '(', expected: !, identifier, or 'end of string'"),
        (",a", "found ',', expected: !, identifier, or 'end of string'"),
        ("a,,b", "found ',', expected: identifier after ','"),
        ("a,", "found '', expected: identifier after ','"),
        ("!", f"{_NO_REQUIREMENT}found '', expected: identifier"),
        ("a=(b)", f"{_NO_REQUIREMENT}found '(', expected: identifier"),
        ("a in", f"{_NO_REQUIREMENT}found '' expected: '('"),
        ("a notin", f"{_NO_REQUIREMENT}found '' expected: '('"),
        ("a in b", f"{_NO_REQUIREMENT}found 'b' expected: '('"),
        ("a in (b", f"{_NO_REQUIREMENT}found '', expected: ',' or ')'"),
        ("a in (b c)", f"{_NO_REQUIREMENT}found 'c', expected: ',' or ')'"),
        ("a b", f"{_NO_REQUIREMENT}found 'b', expected: in, notin, =, ==, !=, gt, lt"),
        ("a>x", f'{_NO_REQUIREMENT}values[0]: Invalid value: "x": {_NOT_A_NUMBER}'),
        ("a>", f'{_NO_REQUIREMENT}values[0]: Invalid value: "": {_NOT_A_NUMBER}'),
    ],
)
def test_a_malformed_label_selector_is_a_bad_request(selector: str, why: str) -> None:
    with pytest.raises(ApiError) as refused:
        label_matcher(selector)
    assert (refused.value.code, refused.value.message) == (400, why)


def field(selector: str, obj: Obj) -> bool:
    matches = field_matcher(PODS, selector)
    assert matches is not None
    return matches(obj)


def test_field_selectors() -> None:
    pod: Obj = {"metadata": {"name": "p", "namespace": "d"}, "spec": {"nodeName": "n1"}, "status": {}}
    assert field("metadata.name=p,spec.nodeName=n1", pod)
    assert field("spec.nodeName!=n2", pod)
    assert field("status.phase=", pod)
    assert not field("status.phase=Running", pod)
    assert field_matcher(PODS, "") is None


def test_only_the_fields_kubernetes_indexes_can_be_selected() -> None:
    with pytest.raises(ApiError, match=r"field label not supported: spec.containers"):
        field_matcher(PODS, "spec.containers=x")
    with pytest.raises(ApiError, match="invalid selector"):
        field_matcher(PODS, "metadata.name")


def test_an_events_source_is_its_component() -> None:
    matches = field_matcher(Key("", "events"), "source=kubelet,involvedObject.kind=Pod")
    assert matches is not None
    event: Obj = {"metadata": {}, "source": {"component": "kubelet"}, "involvedObject": {"kind": "Pod"}}
    assert matches(event)


def test_a_workloads_selector_matches_and_is_shown_as_kubectl_does() -> None:
    selector: Obj = {
        "matchLabels": {"app": "web"},
        "matchExpressions": [
            {"key": "tier", "operator": "In", "values": ["b", "a"]},
            {"key": "old", "operator": "DoesNotExist"},
        ],
    }
    assert selects(selector, {"app": "web", "tier": "a"})
    assert not selects(selector, {"app": "web", "tier": "a", "old": "1"})
    assert selector_text(selector) == "app=web,!old,tier in (a,b)"
    assert selects({}, {"anything": "at all"})
