"""Every value that is not what its field wants gets a sentence, at its place, with what to write."""

# ruff: noqa: E501 - tables of sentences, each as it is told

import pytest
from alfred_tui.documents import Invalid, load_text
from alfred_tui.documents.limits import PLACEHOLDER_NAME
from alfred_tui.domain.document.actions import Attest, Http, Pods, Run, Scale, Undo
from alfred_tui.domain.document.checklist import Expect, NumberExpectation
from alfred_tui.domain.run.planning import PLACEHOLDER

from tests.unit.documents.given import NAME, errors, loaded, only_step, step, steps


def test_a_small_checklist_is_read() -> None:
    checklist = loaded(step("run: make test")).checklist
    assert checklist.title == "T"
    assert checklist.version == 1
    assert [one.id for one in checklist.steps()] == ["a"]


def test_digest_text_and_lines_come_with_it() -> None:
    found = loaded(steps("- {id: a, title: A, attest: }\n- {id: b, title: B, attest: }"))
    assert found.lines == {"a": 9, "b": 10}
    assert len(found.digest) == 64
    assert found.text.startswith("title: T")
    assert found.path == NAME


def test_the_digest_is_of_the_bytes() -> None:
    text = step("attest:")
    assert loaded(text).digest == loaded(text.encode()).digest
    assert loaded(text).digest != loaded(text + "\n").digest


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("run: x\ntiemout: 5m", '12:1: unknown key "tiemout", did you mean "timeout"?'),
        ("run: x\nname: y", '12:1: unknown key "name", did you mean "title"?'),
        ("run: x\ndepends_on: [y]", '12:1: unknown key "depends_on", did you mean "needs"?'),
        (
            "run: x\ndeployments: [y]",
            '12:1: unknown key "deployments"; it belongs inside rollout, remove_canary, rollback_point or history',
        ),
        (
            "run: {command: x, timeout: 5m}",
            '11:19: unknown key "timeout"; it belongs to the step, beside run',
        ),
        ("run: {comand: x}", '11:7: unknown key "comand", did you mean "command"?'),
        (
            "run: x\ntimeout: 10 minutes",
            '12:10: timeout wants a duration such as 90s, 15m or 1h30m; "10 minutes" is not one; write 10m',
        ),
        (
            "run: x\ntimeout: 600",
            '12:10: timeout wants a duration such as 90s, 15m or 1h30m; "600" is not one; write 600s for seconds',
        ),
        (
            "run: x\ntimeout: soon",
            '12:10: timeout wants a duration such as 90s, 15m or 1h30m; "soon" is not one',
        ),
        ("run: x\ntimeout: [1m]", "12:10: timeout wants a duration such as 90s, 15m or 1h30m, not a list"),
        ("run: x\ntimeout: 0s", '12:10: timeout must be more than 0; "0s" is not'),
        (
            f"run: x\ntimeout: {'9' * 400}w",
            f'12:10: timeout is longer than a hundred years: "{"9" * 59}…"',
        ),
        ("run: x\ntimeout:", "12:9: timeout is empty; write a value, or remove the key"),
        ("run:", '11:5: "run" needs "command"'),
        ("run: {command: }", "11:16: command is empty; write a value"),
        ("pods: {services: }", "11:18: services wants a list, not empty; write items under it"),
        ("claims: {all: true}", '11:10: unknown key "all"; write nothing after the colon'),
        (
            "coverage: {report: r, minimum: 200%}",
            '11:32: minimum must be between 0% and 100%; "200%" is not',
        ),
        ("run: x\nretries: 1.5", '12:10: retries wants a whole number; "1.5" is not one'),
        ("run: x\nretries: 010", '12:10: retries wants a whole number; "010" is not one; write 10'),
        ("run: x\nretries: -1", '12:10: retries must be between 0 and 100; "-1" is not'),
        ("run: x\nidempotent: yes", '12:13: idempotent wants true or false; "yes" is neither; write true'),
        ("run: x\nidempotent: perhaps", '12:13: idempotent wants true or false; "perhaps" is neither'),
        (
            "run: x\non_fail: contineu",
            '12:10: on_fail wants hold or continue; "contineu" is not known, did you mean "continue"?',
        ),
        ("run: x\nneeds: b", '12:8: needs wants a list, not "b"; write [b]'),
        ("run: x\nneeds:", "12:7: needs wants a list, not empty; remove the key, or write items under it"),
        ("run: x\nneeds: {b: c}", '12:8: needs wants a list, not a mapping; start each item with "- "'),
        ("run: x\nneeds: [[b]]", "12:9: an item of needs wants the id of a step, not a list"),
        (
            "run: x\nenv: [A=b]",
            '12:6: env wants names with values, not a list; write "name: value" lines under it',
        ),
        (
            "run: x\nenv: {MY-VAR: x}",
            '12:7: "MY-VAR" cannot be a name in env; use the name of an environment variable, such as LOG_LEVEL',
        ),
        (
            "run: x\nexpect: 0",
            '12:9: expect wants a mapping, not "0"; write its fields, such as exit, under it',
        ),
        (
            "run: x\nconfirm: ' '",
            "12:10: confirm is empty, and nobody would be asked; write a word such as apply, or leave it out",
        ),
        (
            "run: x\nconfirm: ''",
            "12:10: confirm is empty, and nobody would be asked; write a word such as apply, or leave it out",
        ),
        (
            "run: x\nconfirm: 'apply '",
            '12:10: confirm has a space at an end of "apply ", which nobody sees; write apply',
        ),
        (
            'run: x\nconfirm: "ap\\u200bply"',
            '12:10: confirm holds a character in "ap\\u200bply" that nobody can type',
        ),
        ("run: x\nexpect: {exit: 1}", '12:16: exit wants a list, not "1"; write [1]'),
        ("run: x\nexpect: {exit: [300]}", '12:17: an item of exit must be between 0 and 255; "300" is not'),
        (
            "run: x\nexpect: {match: '('}",
            '12:17: match wants a regular expression; in "(" missing ), unterminated subpattern at character 1',
        ),
        ("run: x\nexpect: {number: {above: 1}}", '12:18: number needs "find"'),
        (
            "coverage: {report: x, minimum: 80}",
            '11:32: minimum must be between 0% and 100%; "80" is not; write 80%',
        ),
        (
            "coverage: {report: x, minimum: most}",
            '11:32: minimum wants a share such as 1% or 0.01; "most" is not one',
        ),
        ("coverage: {report: '', minimum: 80%}", "11:20: report is empty"),
        (
            "usage: {services: [a], resource: disk}",
            '11:34: resource wants cpu or memory; "disk" is not known',
        ),
        ("usage: {services: [], resource: cpu}", "11:19: services is an empty list; name at least one"),
        ("pods: a, b", '11:7: services wants a list, not "a, b"; write [a, b]'),
        (
            "scale: {deployments: [a], replicas: some}",
            '11:37: replicas wants a whole number or original; "some" is neither',
        ),
        ("scale: {deployments: [a], replicas: -1}", '11:37: replicas must be 0 or more; "-1" is not'),
        ("rollout:\n  deployments: api", '12:16: deployments wants a list, not "api"; write [api]'),
        ("attest: {people: 0}", '11:18: people must be between 1 and 20; "0" is not'),
        ("coverage:", '11:10: "coverage" needs "report" and "minimum"'),
        ("coverage: {report: x}", '11:11: "coverage" needs "minimum"'),
        (
            "coverage: 80%",
            '11:11: "coverage" wants a mapping, not "80%"; write its fields, such as report, under it',
        ),
        ("claims: all", '11:9: "claims" wants a mapping, not "all"; write nothing after the colon'),
    ],
)
def test_a_wrong_value_is_told_with_what_to_write(body: str, told: str) -> None:
    line, column, sentence = told.split(":", 2)
    place = f"{line}:{int(column) + 12}:"
    assert errors(step(body)) == [f"{place}{sentence}"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- a\n- b", ['1:1: the file holds a list, not a mapping; it starts with keys such as "title:"']),
        (
            "just text",
            ['1:1: the file holds "just text", not a mapping; it starts with keys such as "title:"'],
        ),
        ("version: 1", ['1:1: the checklist needs "title" and "phases"']),
        ("title: T\nphases: []", ["2:9: phases is an empty list; name at least one"]),
        ("title: ''\nphases: []", ["1:8: title is empty", "2:9: phases is an empty list; name at least one"]),
        ("title: T\nphases: x", ['2:9: phases wants a list, not "x"']),
        (
            "title: [T]\nphases:\n- x",
            [
                "1:8: title wants a text, not a list",
                '3:3: the phase wants a mapping, not "x"; write its fields, such as id, under it',
            ],
        ),
        (
            "version: 2\ntitel: T",
            [
                "1:10: the checklist is of version 2; this alfred-cockpit reads version 1; install a newer alfred-cockpit"
            ],
        ),
        (
            "version: 0\ntitle: T\nphases: []",
            [
                '1:10: version must be 1; "0" is not',
                "3:9: phases is an empty list; name at least one",
            ],
        ),
        (
            "version: one\ntitle: T\nphases: []",
            [
                '1:10: version wants a whole number; "one" is not one',
                "3:9: phases is an empty list; name at least one",
            ],
        ),
    ],
)
def test_a_wrong_document_is_told(text: str, told: list[str]) -> None:
    assert errors(text) == told


def test_every_problem_is_told_at_once_in_the_order_of_the_file() -> None:
    text = step(
        """\
        run: make
        tiemout: 5m
        retries: many
        needs: [b, c]
        """,
        "hosts:\n  db: {port: 70000}\n",
    )
    assert errors(text) == [
        '12:13: unknown key "tiemout", did you mean "timeout"?',
        '13:22: retries wants a whole number; "many" is not one',
        '14:21: needs names "b", which is no step of this checklist; there is a',
        '14:24: needs names "c", which is no step of this checklist; there is a',
        '16:7: hosts.db needs "host"',
        '16:14: port must be between 1 and 65535; "70000" is not',
    ]


def test_a_repeated_problem_of_an_alias_is_told_once() -> None:
    text = steps(
        """\
        - {id: a, title: A, http: &h {status: [ok]}}
        - {id: b, title: B, http: *h}
        """
    )
    assert errors(text) == ['9:50: an item of status wants a whole number; "ok" is not one']


def test_a_file_with_very_many_problems_tells_two_hundred_and_how_many_more_there_are() -> None:
    text = steps("\n".join(f"- {{id: s{n}, title: A, attest: , bad: x}}" for n in range(300)))
    told = errors(text)
    assert len(told) == 201
    assert told[-1] == "209:44: 100 more errors are not listed; mend those above first"


class TestIds:
    @pytest.mark.parametrize(
        ("written", "advice"),
        [("Deploy It", "; write deploy-it"), ("-a", "; write a"), ("a_b", "; write a-b"), ("ö", "")],
    )
    def test_an_id_has_small_letters_digits_and_hyphens(self, written: str, advice: str) -> None:
        text = steps(f"- {{id: {written}, title: A, attest: }}")
        assert errors(text) == [f'9:18: id wants small letters, digits and -; "{written}" has others{advice}']

    def test_an_empty_one_is_told_as_empty(self) -> None:
        text = steps("- {id: '', title: A, attest: }")
        assert errors(text) == ["9:18: id is empty; write an id such as deploy-canary"]

    def test_a_number_is_an_id(self) -> None:
        assert only_step(steps("- {id: 007, title: A, attest: }")).id == "007"

    def test_a_step_twice_names_both_lines(self) -> None:
        text = steps("- {id: a, title: A, attest: }\n- {id: a, title: B, attest: }")
        assert errors(text) == [
            '10:18: the id "a" is there twice: in line 9 and here; a section or step needs an id of its own'
        ]

    def test_a_procedures_step_is_a_step_too(self) -> None:
        text = steps("- {id: a, title: A, attest: }") + (
            "\nrollback:\n  procedures:\n  - {id: back, title: B, steps: [{id: a, title: A, attest: }]}\n"
        )
        assert errors(text) == [
            '12:39: the id "a" is there twice: in line 9 and here; a section or step needs an id of its own'
        ]

    def test_a_section_and_a_step_share_their_names(self) -> None:
        text = steps("- {id: s, title: A, attest: }")
        assert errors(text) == [
            '9:18: the id "s" is there twice: in line 6 and here; a section or step needs an id of its own'
        ]

    def test_a_phase_may_be_named_like_its_section(self) -> None:
        assert only_step(steps("- {id: p, title: A, attest: }")).id == "p"


class TestActions:
    def test_a_step_without_an_action_is_told_what_there_is(self) -> None:
        assert errors(steps("- {id: a, title: Look at it}")) == [
            '9:13: the step "Look at it" has no action; add run, attest, or another (docs/writing-a-checklist.md has all)'
        ]

    def test_a_misspelt_action_is_told_once(self) -> None:
        assert errors(steps("- {id: a, title: A, rolout: {deployments: [x]}}")) == [
            '9:31: unknown key "rolout", did you mean "rollout"?'
        ]

    @pytest.mark.parametrize(
        ("written", "meant"), [("command", "run"), ("script", "run"), ("manual", "attest")]
    )
    def test_another_tools_word_for_an_action_is_told_once(self, written: str, meant: str) -> None:
        assert errors(steps(f"- {{id: a, title: A, {written}: x}}")) == [
            f'9:31: unknown key "{written}", did you mean "{meant}"?'
        ]

    def test_two_actions_are_both_named(self) -> None:
        assert errors(steps("- {id: a, title: A, run: x, attest: y}")) == [
            '9:39: a step has one action, and this has "run" and "attest"; make a step of each'
        ]

    def test_a_plain_value_stands_for_the_main_field(self) -> None:
        assert only_step(step("run: make test")).action == Run(command="make test")
        assert only_step(step("attest: Is it so?")).action == Attest(prompt="Is it so?")
        assert only_step(step("pods: [a, b]")).action == Pods(services=("a", "b"))

    def test_one_name_stands_for_a_list_of_one_there(self) -> None:
        assert only_step(step("undo: api")).action == Undo(deployments=("api",))

    def test_nothing_stands_for_all_defaults(self) -> None:
        assert only_step(step("attest:")).action == Attest()
        assert only_step(step("attest: {}")).action == Attest()

    def test_a_signature_may_be_just_its_prompt(self) -> None:
        assert only_step(step("run: make\nsign: Read it.")).sign == Attest(prompt="Read it.")

    def test_replicas_are_a_number_or_original(self) -> None:
        assert only_step(step("scale: {deployments: [a], replicas: 3}")).action == Scale(
            deployments=("a",), replicas=3
        )
        made = only_step(step("scale: {deployments: [a], replicas: original}")).action
        assert made == Scale(deployments=("a",), replicas="original")


class TestValues:
    @pytest.mark.parametrize(
        ("written", "seconds"),
        [("90s", 90.0), ("15m", 900.0), ("1h30m", 5400.0), ("500ms", 0.5), ('"2m"', 120.0)],
    )
    def test_a_duration_is_seconds(self, written: str, seconds: float) -> None:
        assert only_step(step(f"run: x\ntimeout: {written}")).timeout == seconds

    @pytest.mark.parametrize(
        ("written", "share"), [("80%", 0.8), ("0.8", 0.8), ("1", 1.0), (".5", 0.5), ("12.5 %", 0.125)]
    )
    def test_a_ratio_is_a_fraction(self, written: str, share: float) -> None:
        action = only_step(step(f"coverage: {{report: r, minimum: {written}}}")).action
        assert getattr(action, "minimum") == pytest.approx(share)  # noqa: B009 - the union has many types

    def test_a_blocks_last_line_break_is_not_part_of_its_text(self) -> None:
        made = only_step(step("why: >-\n  One\n  line.\nrun: |\n  make a\n  make b\n"))
        assert made.why == "One line."
        assert made.action == Run(command="make a\nmake b")

    def test_an_expectation_is_read(self) -> None:
        made = only_step(
            step("run: x\nexpect: {exit: [0, 1], match: ok, number: {find: '(\\d+)', at_most: 5}}")
        )
        assert made.expect == Expect(
            exit=(0, 1), match="ok", number=NumberExpectation(find=r"(\d+)", at_most=5.0)
        )

    def test_the_source_is_kept_to_the_letter(self) -> None:
        assert only_step(step("source: echo ${not} <a> $${b}\nattest:")).source == "echo ${not} <a> $${b}"

    def test_numbers_in_text_fields_stay_as_written(self) -> None:
        made = only_step(step("run: x\nenv: {TAG: 1.10, ON: yes, MODE: 010}"))
        assert made.env == {"TAG": "1.10", "ON": "yes", "MODE": "010"}

    def test_lists_of_numbers_are_numbers(self) -> None:
        assert only_step(step("http: {status: [200, 204]}")).action == Http(status=(200, 204))


def test_the_error_says_how_many_and_lists_them() -> None:
    with pytest.raises(Invalid) as caught:
        load_text("title: T\nfoo: 1", name=NAME)
    assert str(caught.value).splitlines() == [
        "list.yaml cannot be used: 2 errors.",
        'list.yaml:1:1: the checklist needs "phases"',
        'list.yaml:2:1: unknown key "foo"; the checklist knows about, ask, hosts, limits, phases, rollback, '
        "secrets, title, vars and version",
    ]


def test_a_placeholder_is_declared_as_it_is_asked_for() -> None:
    """What `ask` takes as a name is what is found between brackets in a command."""
    assert PLACEHOLDER.pattern == f"<({PLACEHOLDER_NAME.pattern})>"
    assert errors(step("attest:", "\nask: {Service URL: {prompt: Where?}}")) == [
        '12:7: "Service URL" cannot be a name in ask; use small letters, digits and -, as between < and >, such as service-url'
    ]


@pytest.mark.parametrize(
    ("body", "variable"),
    [("http: {url: '${shop_url}'}", "shop_url"), ("http: {url: 'https://${shop_url}'}", "")],
)
def test_an_endpoint_knows_which_variable_it_comes_from(body: str, variable: str) -> None:
    action = only_step(f"vars: {{shop_url: ''}}\n{step(body)}").action
    assert isinstance(action, Http)
    assert action.variable == variable


def test_what_the_reader_notes_cannot_be_written() -> None:
    assert 'unknown key "variable"' in errors(step("http: {url: https://x, variable: y}"))[0]
