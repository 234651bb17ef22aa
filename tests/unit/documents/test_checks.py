"""What must hold between the parts of a checklist."""

# ruff: noqa: E501 - tables of sentences, each as it is told

import pytest
from alfred_tui.domain.document.actions import Canary, Compare

from tests.unit.documents.given import errors, loaded, only_step, step, steps

CANARY = """\
- id: bake
  title: Bake
  canary:
    service: api
    metrics:
      - {name: errors, promql: 'e{track="{track}"}'}
"""


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("run: x\non: db", '12:17: on names "db", which is no host of this checklist; name it under hosts:'),
        ("run: x\nsecrets: [KEY]", '12:23: secrets names "KEY", which is no secret of this checklist; name it under secrets:'),
        ("run: x\nstdin: KEY", '12:20: stdin names "KEY", which is no secret of this checklist; name it under secrets:'),
        ("secret_apply: {name: s, data: {k: KEY}}", '11:47: data.k names "KEY", which is no secret of this checklist; name it under secrets:'),
        ("secret_apply: {name: s, data: {}}", '11:43: data is an empty mapping; write "name: value" in it'),
        ("attest:\nexpect: {exit: [1]}", '12:13: expect has no effect on "attest": it is for what a command does; remove it, or use run'),
        ("pods: [a]\ncapture: {x: '(y)'}", '12:13: capture has no effect on "pods": it is for what a command does; remove it, or use run'),
        ("pods: [a]\nenv: {A: b}", '12:13: env has no effect on "pods", which starts no program; remove it, or use run'),
        ("pods: [a]\ncwd: x", '12:13: cwd has no effect on "pods", which starts no program; remove it, or use run'),
        ("attest:\nsign: Again?", '12:13: sign has no effect on "attest", which a person answers anyway; remove it'),
        ("run: x\ncapture: {n: 'abc'}", "12:22: capture.n has no group: what stands in ( ) is the output; put ( ) around what is wanted"),
        ("run: x\nexpect: {no_output: true, match: ok}", "12:21: expect wants no output and, by match, some: that never holds; remove one of them"),
        ("run: x\nexpect: {exit: []}", "12:28: exit is an empty list; name at least one"),
        ("run: x\nexpect: {number: {find: 'x', above: 1}}", "12:37: find has no group: what stands in ( ) is the number; put ( ) around it"),
        ("run: x\nexpect: {number: {find: '(x)'}}", "12:30: number has no bound; add above, below, at_least or at_most"),
        ("run: x\nexpect: {number: {find: '(x)', above: 5, below: 1}}", "12:30: no number is at least 5 and at most 1"),
        ("rollout: {}", "11:22: rollout names nothing to wait for; name deployments, statefulsets or daemonsets"),
        ("rollout:", "11:21: rollout names nothing to wait for; name deployments, statefulsets or daemonsets"),
        ("logs: {services: [a]}", "11:19: logs says nothing about the lines, so any would do; add must_not_match or must_match"),
        ("query: {promql: up}", "11:20: query has no bound, so any value would do; add above or below"),
        ("query: {promql: up, above: 5, below: 5}", "11:40: no value is above 5 and below 5"),
        ("http: {url: 'https://{service}/x'}", "11:25: url has {service}, and each names no service to put there; add each: [...]"),
        ("http: {url: example.com}", '11:25: url wants an address such as https://example.com; "example.com" is not one'),
        ("approvals: {pull_request: '17'}", '11:39: pull_request wants owner/repository#number; "17" is not one; write "" when there is none'),
        ("vulnerabilities: {report: r, allow: {}}", '11:49: allow is an empty mapping; write "name: value" in it'),
        ("network_policies: {services: [a], directions: []}", "11:59: directions is an empty list; name at least one"),
        ("http: {url: 'http://x', paths: []}", "11:44: paths is an empty list; name at least one"),
        ("vulnerabilities: {report: r, allow: {CRITCAL: 0}}", '11:50: "CRITCAL" is no severity, did you mean "CRITICAL"?'),
        ("promote: {canary: api, stable: api}", '11:44: canary and stable are both "api", which would be removed'),
        ("rollback: application", '11:23: there is no rollback procedure "application"; add it under rollback: procedures:'),
        ("terraform_apply: {plan: plan}", '11:37: plan names "plan", which is no step of this checklist; there is a'),
        ("compare: {canary: bake, metric: x}", '11:31: canary names "bake", which is no step of this checklist; there is a'),
    ],
)  # fmt: skip
def test_what_a_step_needs_of_the_rest_is_told(body: str, told: str) -> None:
    assert errors(step(body)) == [told]


def test_beside_a_wrong_value_the_names_of_a_mapping_are_still_held_against_what_refers_to_them() -> None:
    assert errors(
        step("run: x\non: db\nsecrets: [KEYS]", "\nhosts: {dbs: {port: 0}}\nsecrets: [KEY, {a: b}]")
    ) == [
        '12:17: on names "db", which is no host of this checklist, did you mean "dbs"?',
        '13:23: secrets names "KEYS", which is no secret of this checklist, did you mean "KEY"?',
        '14:14: hosts.dbs needs "host"',
        '14:21: port must be between 1 and 65535; "0" is not',
        "15:16: an item of secrets wants a text, not a mapping",
    ]
    assert errors(step("vulnerabilities: {report: r, allow: {HGIH: 0, LOW: -1}}")) == [
        '11:50: "HGIH" is no severity, did you mean "HIGH"?',
        '11:64: allow.LOW must be 0 or more; "-1" is not',
    ]


def test_a_terraform_apply_names_a_plan() -> None:
    text = steps("- {id: a, title: A, attest: }\n- {id: b, title: B, terraform_apply: {plan: a}}")
    assert errors(text) == [
        '10:55: plan names "a", which is a step with "attest"; add a step with terraform_plan'
    ]


def test_a_terraform_apply_is_told_which_plan_there_is() -> None:
    text = steps(
        """\
        - {id: plan, title: P, terraform_plan: infra}
        - {id: a, title: A, attest: }
        - {id: b, title: B, terraform_apply: {plan: a}}
        """
    )
    assert errors(text) == ['11:55: plan names "a", which is a step with "attest"; plan is terraform_plan']


def test_a_plan_comes_before_its_apply() -> None:
    text = steps(
        "- {id: b, title: B, terraform_apply: {plan: p}}\n- {id: p, title: P, terraform_plan: infra}"
    )
    assert errors(text) == [
        '9:55: plan names "p", which may not have ended by then; put it earlier, or add needs: [p]'
    ]


def test_a_comparison_names_a_metric_of_its_canary() -> None:
    text = steps(CANARY + "- {id: cmp, title: C, compare: {canary: bake, metric: error}}")
    assert errors(text) == ['15:65: the canary "bake" measures no "error", did you mean "errors"?']
    assert loaded(text.replace("metric: error}", "metric: errors}")).warnings == ()


def test_a_metric_tells_canary_from_stable() -> None:
    assert errors(steps(CANARY.replace("{track}", "x"))) == [
        '14:42: the metric "errors" asks the same of canary and stable; put {track} where the two differ'
    ]


def test_a_preset_is_a_query_that_tells_canary_from_stable() -> None:
    metric = CANARY.replace("'e{track=\"{track}\"}'", "'${ratio}'")
    trigger = (
        "\nrollback: {triggers: [{id: t, title: T, promql: '${ratio}', above: 1, each: [x], canaries: [x]}]}"
    )
    for preset in ("http/error-ratio", "istio/p95"):
        text = steps(metric) + f"{trigger}\nvars: {{ratio: 'preset:{preset}'}}"
        assert loaded(text).checklist.rollback.triggers[0].promql == f"preset:{preset}"
    text = steps(CANARY.replace("'e{track=\"{track}\"}'", "preset:htp/error-ratio"))
    said = 'there is no query "preset:htp/error-ratio", did you mean "preset:http/error-ratio"?'
    assert errors(text) == [f"14:42: {said}"]


@pytest.mark.parametrize("promql", ["preset:http/p95", 'up{service="{service}"}'])
def test_a_query_of_one_service_is_no_query_of_all(promql: str) -> None:
    said = "a query is asked once, and nothing is put in place of {service}; write the query for all of them"
    assert errors(step(f"query: {{promql: '{promql}', below: 1}}")) == [f"11:29: {said}"]


@pytest.mark.parametrize(
    ("metrics", "more", "told"),
    [
        ("{name: a, promql: '{track}', weight: 60}, {name: b, promql: '{track}', weight: 50}", "", "the metrics' weights add up to 110, and they are shares of 100; metrics without a weight share the rest"),
        ("{name: a, promql: '{track}', weight: 60}", "", "the metrics' weights add up to 60, and they are shares of 100; metrics without a weight share the rest"),
        ("{name: a, promql: '{track}'}", "pass_from: 50", "marginal_from (75) is above pass_from (50)"),
        ("{name: a, promql: '{track}'}", "requests: 'sum(rate(x[1m]))'", "requests counts those of canary and stable together; put {track} where the two differ"),
        ("{name: a, promql: '{track}'}", "requests: preset:http/rat", 'there is no query "preset:http/rat", did you mean "preset:http/rate"?'),
        ("{name: a, promql: '{track}'}", "traffic: {by: istio, route: r, stable: s, canary: c}, steps: [{weight: 100}]", 'at 100 % there is no stable to compare "a" with, and it has no limit; give it a limit, or end the steps below 100'),
    ],
)  # fmt: skip
def test_what_a_canary_could_never_be_judged_by_is_told(metrics: str, more: str, told: str) -> None:
    (found,) = errors(step(f"canary: {{service: s, metrics: [{metrics}], {more}}}"))
    assert found.partition(": ")[2] == told


@pytest.mark.parametrize(
    "fields",
    [
        "metrics: [{name: a, promql: '{track}', weight: 60}, {name: b, promql: '{track}'}]",
        "metrics: [{name: a, promql: '{track}', limit: 1}], steps: [{weight: 100}],"
        " traffic: {by: gateway, route: r, stable: s, canary: c}",
        "metrics: [{name: a, promql: '{track}'}], steps: [{weight: 100}], traffic: {stable: s, canary: c}",
        "metrics: [{name: a, promql: '{track}'}], requests: 'preset:http/rate', pass_from: 80, marginal_from: 80",
    ],
)
def test_what_a_canary_can_be_judged_by_is_no_error(fields: str) -> None:
    step_ = only_step(step(f"canary: {{service: s, {fields}}}"))
    assert isinstance(step_.action, Canary)


def test_a_comparison_without_a_metric_is_of_all_of_them() -> None:
    checklist = loaded(steps(CANARY + "- {id: cmp, title: C, compare: {canary: bake}}")).checklist
    assert [one.action for one in checklist.steps()][1] == Compare(canary="bake")


def test_a_metric_twice() -> None:
    text = steps(CANARY + "      - {name: errors, promql: '{track}'}\n")
    assert errors(text) == ['15:26: the metric "errors" is there twice']


def test_a_timeout_that_always_ends_the_bake() -> None:
    assert errors(steps(CANARY + "  timeout: 10m\n")) == [
        "15:22: the timeout of 10m ends the canary before its 15m are over; remove it, or make it longer"
    ]


def test_a_procedure_cannot_start_a_rollback() -> None:
    tail = "\nrollback: {procedures: [{id: app, title: A, steps: [{id: r, title: R, rollback: app}]}]}"
    assert errors(step("attest:", tail)) == [
        "12:53: a procedure cannot start another rollback; put its steps here"
    ]


def test_a_rollback_names_a_procedure() -> None:
    tail = "\nrollback: {procedures: [{id: app, title: A, steps: [{id: r, title: R, attest: }]}]}"
    assert errors(step("rollback: ap", tail)) == [
        '11:23: there is no rollback procedure "ap", did you mean "app"?'
    ]
    assert loaded(step("rollback: app", tail)).warnings == ()


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("promql: up, step: a, above: 1", "12:65: a trigger watches a query or a step, not both; make a trigger of each"),
        ("promql: up", "12:55: promql has no limit; add above"),
        ("above: 1", "12:54: above has no promql to be held against; add promql"),
        ("promql: 'up{s=\"{service}\"}', above: 1", "12:55: promql has {service}, and each names no service to put there; add each: [...]"),
        ("promql: 'up{s=\"{service}\"}', above: 1, each: [x], canaries: [x]", "12:107: canaries names services, and promql has no {track} to tell their canaries by; put {track} into promql, or remove canaries"),
        ("promql: up, above: 1, each: [x]", "12:75: each names services, and promql has no {service} to put them in; put {service} into promql, or remove each"),
        ("step: b", '12:53: step names "b", which is no step of this checklist; there is a'),
        ("promql: up, above: 1, sustained: 5", '12:80: sustained wants a duration such as 90s, 15m or 1h30m; "5" is not one; write 5s for seconds'),
    ],
)  # fmt: skip
def test_a_trigger_that_could_not_fire_is_told(rule: str, told: str) -> None:
    assert errors(step("attest:", f"\nrollback: {{triggers: [{{id: t, title: Trouble, {rule}}}]}}")) == [told]


def test_a_trigger_does_not_watch_a_rollback_step() -> None:
    tail = (
        "\nrollback:\n  triggers: [{id: t, title: T, step: r}]\n"
        "  procedures: [{id: app, title: A, steps: [{id: r, title: R, attest: }]}]\n"
    )
    assert errors(step("attest:", tail)) == [
        '13:38: step names "r", which is a step of a rollback procedure; name a step of the phases'
    ]


def test_a_default_answers_its_own_pattern() -> None:
    tail = "\nask: {tag: {prompt: Which?, pattern: '^v\\d+$', default: latest}}"
    assert errors(step("run: x <tag>", tail)) == [
        '12:57: the default of <tag>, "latest", does not match its pattern'
    ]


def test_a_secret_is_the_name_of_an_environment_variable() -> None:
    assert errors(step("attest:", "\nsecrets: [db-url]")) == [
        '12:11: "db-url" cannot be a secret: it is not the name of an environment variable'
    ]


def test_hosts_and_secrets_that_exist_are_fine() -> None:
    text = step(
        "run: x\non: db\nsecrets: [KEY]\nstdin: KEY", "\nhosts: {db: {host: db.internal}}\nsecrets: [KEY]"
    )
    assert loaded(text).warnings == ()
