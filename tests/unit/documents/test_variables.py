"""`${…}` is filled in when a checklist is read; what is wrong with one is told at its own place."""

# ruff: noqa: E501 - tables of sentences, each as it is told

import json

import pytest
from alfred_tui.domain.document.actions import Http, Pods, Query, Rollout, Run, TerraformApply, TerraformPlan
from alfred_tui.domain.document.checklist import Step

from tests.unit.documents.given import errors, loaded, only_step, step, steps

VARS = """
vars:
  name: web app
  image: registry/${name}
  services: [api, web]
  all: ["${services}", worker]
  limit: 80%
"""


def command(of: Step) -> str:
    assert isinstance(of.action, Run)
    return of.action.command


def test_a_variable_stands_in_a_text() -> None:
    assert only_step(
        step("title_x: x\nattest: ${name}?", VARS).replace("title_x: x\n", "why: on ${image}\n")
    ).why == ("on registry/web app")


def test_variables_are_part_of_the_checklist_with_references_filled_in() -> None:
    assert loaded(step("attest:", VARS)).checklist.vars == {
        "name": "web app",
        "image": "registry/web app",
        "services": ("api", "web"),
        "all": ("api", "web", "worker"),
        "limit": "80%",
    }


def test_a_whole_list_stands_where_a_list_is_wanted() -> None:
    assert only_step(step("pods: ${services}", VARS)).action == Pods(services=("api", "web"))
    assert only_step(step('rollout: {deployments: "${all}"}', VARS)).action == Rollout(
        deployments=("api", "web", "worker")
    )


def test_a_list_is_spliced_into_a_list() -> None:
    assert only_step(step('pods: [db, "${services}"]', VARS)).action == Pods(services=("db", "api", "web"))


def test_a_list_of_numbers_is_read_as_numbers() -> None:
    text = step('http: {status: "${good}"}', "\nvars: {good: [200, 204]}")
    assert only_step(text).action == Http(status=(200, 204))


def test_a_list_in_prose_is_written_with_commas() -> None:
    assert only_step(step("why: of ${services}\nattest:", VARS)).why == "of api, web"


def test_a_value_of_any_form_can_come_from_a_variable() -> None:
    text = step(
        "run: x\ntimeout: ${wait}\nretries: ${times}\nidempotent: ${safe}",
        "\nvars: {wait: 5m, times: 3, safe: true}",
    )
    made = only_step(text)
    assert (made.timeout, made.retries, made.idempotent) == (300.0, 3, True)


def test_a_wrong_value_from_a_variable_is_told_where_it_is_used() -> None:
    assert errors(step("run: x\ntimeout: ${wait}", "\nvars: {wait: soon}")) == [
        '12:22: timeout wants a duration such as 90s, 15m or 1h30m; "soon" is not one'
    ]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("remove_canary: ${none}", "11:28: an item of deployments is empty once its variables are filled in"),
        ("undo: [api, '${none}']", "11:25: an item of deployments is empty once its variables are filled in"),
        ("pods: '${blank}'", "11:19: an item of services is empty once its variables are filled in"),
        ("pods: ['']", "11:20: an item of services is empty"),
        (
            "promote: {canary: '${none}', stable: api}",
            "11:31: canary is empty once its variables are filled in",
        ),
        ("attest: x\nneeds: ['']", "12:21: an item of needs is empty"),
    ],
)
def test_an_empty_name_is_no_name(body: str, told: str) -> None:
    assert errors(step(body, "\nvars: {none: '', blank: ' '}\n")) == [told]


def test_where_an_empty_text_means_something_it_stays() -> None:
    one = only_step(step("http: {url: '${url}', paths: ['', /health]}", "\nvars: {url: ''}\n"))
    assert isinstance(one.action, Http)
    assert (one.action.url, one.action.paths) == ("", ("", "/health"))


def test_two_dollars_are_a_literal_reference() -> None:
    assert command(only_step(step("run: echo $${HOME} $HOME $(date) ${name}", VARS))) == (
        "echo ${HOME} $HOME $(date) 'web app'"
    )


def test_in_a_command_each_value_is_quoted() -> None:
    assert command(only_step(step("run: echo ${name} ${services}", VARS))) == "echo 'web app' api web"


def test_a_block_keeps_its_lines() -> None:
    assert command(only_step(step("run: |\n  echo ${name}\n  echo b\n", VARS))) == "echo 'web app'\necho b"


class TestOverrides:
    def test_an_override_replaces_a_text(self) -> None:
        assert only_step(step("attest: ${name}", VARS), overrides={"name": "x"}).action.prompt == "x"  # type: ignore[union-attr]

    def test_an_override_reaches_the_variables_after_it(self) -> None:
        assert loaded(step("attest:", VARS), {"name": "x"}).checklist.vars["image"] == "registry/x"

    def test_a_list_is_given_with_commas(self) -> None:
        made = only_step(step("pods: ${services}", VARS), overrides={"services": "a, b ,c"})
        assert made.action == Pods(services=("a", "b", "c"))

    def test_an_override_is_text_and_nothing_in_it_is_filled_in(self) -> None:
        assert loaded(step("attest:", VARS), {"name": "${limit}"}).checklist.vars["name"] == "${limit}"

    def test_an_unknown_variable_is_told_with_the_nearest(self) -> None:
        assert errors(step("attest:", VARS), {"nmae": "x"}) == [
            '13:3: --var nmae: the checklist has no such variable, did you mean "name"?'
        ]

    def test_an_empty_list_is_not_a_list_of_services(self) -> None:
        assert errors(step("pods: ${services}", VARS), {"services": ""}) == [
            "11:19: services is an empty list; name at least one"
        ]


class TestEnvironment:
    def test_a_variable_of_the_environment(self) -> None:
        made = only_step(step("attest: by ${env.USER}"), environ={"USER": "ada"})
        assert getattr(made.action, "prompt") == "by ada"  # noqa: B009 - the union has many types

    def test_one_that_is_no_text_cannot_be_recorded(self) -> None:
        (told,) = errors(step("run: echo ${env.PLACE}"), environ={"PLACE": "caf\udce9"})
        assert told == "11:23: the environment variable PLACE is not UTF-8; set it to a text"

    def test_one_that_is_not_set(self) -> None:
        assert errors(step("attest: by ${env.USERR}"), environ={"USER": "ada"}) == [
            '11:24: the environment variable USERR is not set, did you mean "USER"?'
        ]
        assert errors(step("attest: by ${env.CI}")) == [
            "11:24: the environment variable CI is not set; set it, or give the value by a variable"
        ]


class TestPlaces:
    def test_a_reference_is_told_at_its_own_column(self) -> None:
        assert errors(step("attest: a ${name} and ${nmae}", VARS)) == [
            '11:35: unknown variable "nmae", did you mean "name"?'
        ]

    def test_a_reference_in_a_block_is_told_at_its_own_line(self) -> None:
        assert errors(step("run: |\n  echo ${name}\n  echo $${x} ${nmae}\n", VARS)) == [
            '13:26: unknown variable "nmae", did you mean "name"?'
        ]

    def test_a_reference_in_a_folded_text(self) -> None:
        assert errors(step("attest: >-\n  one\n  two ${nmae}\n", VARS)) == [
            '13:19: unknown variable "nmae", did you mean "name"?'
        ]

    def test_every_wrong_reference_of_a_text_is_told(self) -> None:
        assert [line.split(": ")[0] for line in errors(step("attest: ${one} ${two} ${one}"))] == [
            "11:21", "11:28", "11:35",
        ]  # fmt: skip

    def test_behind_an_escape_the_text_itself_is_named(self) -> None:
        assert errors(step('attest: "\\x24{nmae}"', VARS)) == [
            '11:21: unknown variable "nmae", did you mean "name"?'
        ]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("attest: ${unclosed", '11:21: "${" is not closed by "}"; write ${name}, ${env.NAME} or ${steps.ID.NAME}, and "$${" for a literal "${"'),
        ("attest: ${}", '11:21: ${} names nothing that can be filled in; write ${name}, ${env.NAME} or ${steps.ID.NAME}, and "$${" for a literal "${"'),
        ("run: echo ${HOME:-x}", '11:23: ${HOME:-x} names nothing that can be filled in; for what the shell is to expand write "$${…}"'),
        ("run: echo ${HOME}", """11:23: unknown variable "HOME"; for the shell's own variable write $HOME or $${HOME}"""),
        ("attest: ${service}", '11:21: unknown variable "service", did you mean "services"?'),
        ("query: {promql: 'up{s=\"${services}\"}', above: 0}", '11:36: "services" is a list and cannot be part of promql; a list can stand alone where a list is wanted, or in a command'),
        ("pods: ${name}, ${limit}", '11:19: services wants a list, not "${name}, ${limit}"; only a list variable can stand here by itself; write it as an item'),
        ("run: x\nneeds: ${name}", '12:20: needs wants a list, not "${name}"; only a list variable can stand here by itself; write it as an item'),
        ("run: echo \\${name}", "11:24: ${name} cannot be put in here: a \\ stands right before it"),
    ],
)  # fmt: skip
def test_a_wrong_reference_is_told(body: str, told: str) -> None:
    assert errors(step(body, VARS)) == [told]


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ("vars: {a: '${b}', b: x}", '12:12: the variable "b" is declared after this one; move it up'),
        ("vars: {a: '${a}'}", '12:12: the variable "a" refers to itself'),
        ("vars: {a: }", '12:11: the variable "a" wants a text or a list, not empty; write "" for an empty text'),
        ("vars: {a: {b: c}}", '12:11: the variable "a" wants a text or a list, not a mapping; variables have no parts'),
        ("vars: {a: [[b]]}", '12:12: an item of the variable "a" wants a text, not a list'),
        ("vars: {1a: b}", '12:8: "1a" cannot be a variable\'s name; use letters, digits, - and _, starting with a letter'),
        ("vars:", "12:6: vars wants names with values, not empty; remove the key, or write names under it"),
        ("vars: [a]", "12:7: vars wants names with values, not a list; remove the key, or write names under it"),
        ("vars: {A: b}\nsecrets: [A]", '12:8: "A" is a secret and a variable; remove one of them'),
    ],
)  # fmt: skip
def test_a_wrong_variable_is_told(declared: str, told: str) -> None:
    assert errors(step("attest:", "\n" + declared)) == [told]


def test_variables_that_grow_without_end_are_refused() -> None:
    lines = ["vars:", f"  v0: {'x' * 1000}"]
    lines += [f"  v{n}: {('${v' + str(n - 1) + '}') * 10}" for n in range(1, 8)]
    told = errors(step("attest: ${v7}", "\n" + "\n".join(lines)))
    assert any("grows beyond 500000 characters" in line for line in told)


class TestSecrets:
    TAIL = "\nsecrets: [DB_URL]"

    @pytest.mark.parametrize("reference", ["${DB_URL}", "${env.DB_URL}"])
    @pytest.mark.parametrize("key", ["run", "attest"])
    def test_a_secret_is_never_written_into_a_text(self, key: str, reference: str) -> None:
        assert errors(step(f"{key}: psql {reference}", self.TAIL), environ={"DB_URL": "hunter2"}) == [
            f"11:{20 + len(key)}: DB_URL is a secret and is never written into a text; "
            "give it to the step by `secrets: [DB_URL]`, or by `stdin: DB_URL`"
        ]

    def test_a_secret_is_not_taken_by_an_override(self) -> None:
        assert "no such variable" in errors(step("attest:", self.TAIL), {"DB_URL": "x"})[0]


class TestOutputs:
    TWO = """\
        - {{id: a, title: A, run: backup, capture: {{name: 'made (\\S+)'}}}}
        - {{id: b, title: B, {}}}
    """

    def test_an_earlier_steps_output_is_kept_for_the_run(self) -> None:
        made = list(loaded(steps(self.TWO.format("run: 'restore ${steps.a.name}'"))).checklist.steps())[1]
        assert command(made) == "restore ${steps.a.name}"

    def test_it_may_stand_in_the_environment_and_the_folder(self) -> None:
        text = steps(self.TWO.format("run: x, env: {N: '${steps.a.name}'}, cwd: 'x/${steps.a.name}'"))
        made = list(loaded(text).checklist.steps())[1]
        assert made.env == {"N": "${steps.a.name}"}
        assert made.cwd == "x/${steps.a.name}"

    def test_it_may_stand_in_another_actions_text(self) -> None:
        text = steps(self.TWO.format("query: {promql: 'up{n=\"${steps.a.name}\"}', above: 0}"))
        made = list(loaded(text).checklist.steps())[1]
        assert isinstance(made.action, Query)
        assert made.action.promql == 'up{n="${steps.a.name}"}'

    @pytest.mark.parametrize(
        ("body", "told"),
        [
            ("run: 'x ${steps.c.name}'", '10:39: "c" is no step of this checklist'),
            ("run: 'x ${steps.a.nam}'", '10:39: the step "a" leaves no output "nam", did you mean "name"?'),
            ("run: 'x ${steps.b.name}'", '10:39: the step "b" leaves no output "name"; a run step leaves what its capture: names'),
            ("run: 'x ${steps.a}'", '10:39: ${steps.a} names nothing that can be filled in; for what the shell is to expand write "$${…}"'),
            ("run: 'x \"${steps.a.name}\"'", "10:40: ${steps.a.name} stands inside quotes; write it as a word of its own; its value is quoted when it is filled in"),
            ("attest: , why: '${steps.a.name}'", "10:47: ${steps.a.name} is known only in the run, too late for why; it can stand in the step's action, `env` and `cwd`"),
            ("run: x, timeout: '${steps.a.name}'", "10:49: ${steps.a.name} is known only in the run, too late for timeout; it can stand in the step's action, `env` and `cwd`"),
            ("run: x, expect: {match: '${steps.a.name}'}", "10:56: ${steps.a.name} is known only in the run, too late for match; it can stand in the step's action, `env` and `cwd`"),
        ],
    )  # fmt: skip
    def test_one_that_cannot_be_there_is_told(self, body: str, told: str) -> None:
        assert errors(steps(self.TWO.format(body))) == [told]

    @pytest.mark.parametrize(
        ("command", "where"),
        [("cat <<EOF\n${steps.a.name}\nEOF", "a here-document"), ("make # ${steps.a.name}", "a comment"), ("x=`y ${steps.a.name}`", "backticks")],
    )  # fmt: skip
    def test_its_value_is_a_word_of_its_own(self, command: str, where: str) -> None:
        (told,) = errors(steps(self.TWO.format(f"run: {json.dumps(command)}")))
        assert f"${{steps.a.name}} stands inside {where}" in told

    def test_an_output_of_a_later_step_is_too_late(self) -> None:
        text = steps(
            """\
            - {id: b, title: B, run: 'restore ${steps.a.name}'}
            - {id: a, title: A, run: backup, capture: {name: 'made (.*)'}}
            """
        )
        assert errors(text) == [
            '9:45: "b" reads an output of "a", which may not have ended by then; add needs: [a]'
        ]

    def test_its_own_output_is_not_there(self) -> None:
        text = steps("- {id: a, title: A, run: 'x ${steps.a.n}', capture: {n: '(x)'}}")
        assert errors(text) == ['9:39: the step reads its own output "n"; only an earlier step\'s is there']

    def test_side_by_side_it_must_be_needed(self) -> None:
        text = steps(self.TWO.format("run: 'x ${steps.a.name}'")).replace(
            "steps:\n", "parallel: true\n        steps:\n", 1
        )
        assert errors(text) == [
            '11:39: "b" reads an output of "a", which may not have ended by then; add needs: [a]'
        ]
        assert not loaded(text.replace("title: B", "title: B, needs: [a]")).warnings

    def test_what_actions_leave_is_known(self) -> None:
        text = steps(
            """\
            - {id: plan, title: A, terraform_plan: infra}
            - {id: b, title: B, run: 'echo ${steps.plan.destroy} ${steps.plan.digest}'}
            - {id: c, title: C, terraform_apply: {plan: plan}}
            """
        )
        made = list(loaded(text).checklist.steps())
        assert made[0].action == TerraformPlan(dir="infra")
        assert made[2].action == TerraformApply(plan="plan")

    def test_a_procedure_may_read_what_the_phases_left(self) -> None:
        text = steps(self.TWO.format("attest: ")) + (
            "rollback: {procedures: [{id: db, title: D, steps: [{id: r, title: R, run: 'restore ${steps.a.name}'}]}]}\n"
        )
        assert loaded(text.replace("    \n", "")).checklist.procedure("db") is not None

    def test_the_phases_cannot_read_what_a_procedure_leaves(self) -> None:
        text = steps("- {id: a, title: A, run: 'x ${steps.r.n}'}\n") + (
            "rollback: {procedures: [{id: db, title: D, steps: [{id: r, title: R, run: x, capture: {n: '(x)'}}]}]}\n"
        )
        assert errors(text) == [
            '9:39: "a" reads an output of "r", which may not have ended by then; add needs: [r]'
        ]

    def test_a_literal_reference_to_an_output_cannot_be_written_where_one_is_filled_in(self) -> None:
        assert errors(step("run: echo $${steps.a.b}")) == [
            '11:23: a literal "${steps." cannot be written into command'
        ]
        assert only_step(step("why: of $${steps.a.b}\nattest:")).why == "of ${steps.a.b}"

    def test_a_value_cannot_bring_a_reference_of_its_own(self) -> None:
        text = steps(self.TWO.format("run: 'x ${v}'")).rstrip(" ") + "vars: {v: ''}\n"
        assert errors(text, {"v": "${steps.a.name}"}) == [
            "10:39: the value of ${v} holds a reference to a step's output"
        ]
