"""Each trap is warned of by its code, at its place, with what would happen; the safe form is not."""

# ruff: noqa: E501 - tables of sentences, each as it is told

from pathlib import Path

import pytest
from alfred_tui.documents import load_checklist, shipped
from alfred_tui.documents.lint import CODES

from tests.unit.documents.given import codes, loaded, step, steps, warnings

HOST_TAIL = "\nask: {service-url: {prompt: Where?}}"


def of_run(command: str, more: str = "") -> list[str]:
    """The codes for a step that runs a command."""
    block = "\n".join(f"  {line}" for line in command.split("\n"))
    return codes(step(f"run: |\n{block}\ntimeout: 5m\n{more}", HOST_TAIL))


@pytest.mark.parametrize(
    ("code", "trap", "safe"),
    [
        ("T1", "kubectl rollout undo deployment/api", "kubectl rollout undo deployment/api --to-revision=3"),
        ("T2", 'kubectl get pods -o wide | grep -v "Running\\|Completed"', "kubectl get pods --no-headers -o name | sort"),
        ("T3", "kubectl logs deployment/api | grep -i error", "kubectl logs deployment/api | grep -i ready"),
        ("T3", "kubectl logs -l app=api | cat", "kubectl logs -l app=api --tail=-1 | cat"),
        ("T3", "kubectl logs -f -l app=api --tail=-1 | cat", "kubectl logs -f -l app=api --tail=-1 --max-log-requests=50 | cat"),
        ("T4", "curl -f https://<service-name>/x", "curl -f https://<service-url>/x"),
        ("T4", 'curl -f "https://<service-url>/x"', "curl -f https://<service-url>/x"),
        ("T4", "curl -f https://<Service URL>/x", "diff <(a) <(b)"),
        ("T4", "make > /health/live", "make > /dev/null"),
        ("T5", "terraform apply", "terraform apply release.plan"),
        ("T5", "terraform apply -auto-approve", "terraform apply -input=false release.plan"),
        ("T5", "terraform destroy", "terraform plan -destroy -out=x"),
        ("T6", "psql -p$DB_PASSWORD", "printf %s \"$DB_PASSWORD\" | psql"),
        ("T6", "curl -f https://user:$API_TOKEN@host/", "curl -f --netrc https://host/"),
        ("T6", 'docker login -p "$REGISTRY_PASSWORD" host', 'echo "$REGISTRY_PASSWORD" | docker login --password-stdin host'),
        ("T6", "kubectl create secret generic s --from-file=x", "kubectl create secret generic s --from-file=x --dry-run=client -o yaml | kubectl apply -f -"),
        ("T6", "kubectl create secret generic s --dry-run=client -o yaml --from-literal=url=$DB_URL", "kubectl create secret generic s --dry-run=client -o yaml --from-file=url"),
        ("T7", "kubectl rollout status deploy/a\nkubectl rollout status deploy/b", "kubectl rollout status deploy/a"),
        ("T7", "for d in a b; do kubectl rollout status deploy/$d; done", "for d in a b; do make $d; done"),
        ("T10", "kubectl config use-context prod", "kubectl config view"),
        ("T10", "kubectx prod", "kubectx"),
        ("T10", "kubectl --context=other apply -f x", "kubectl apply -f x"),
        ("T11", "kubectl scale deployment/api --replicas=0", "kubectl scale deployment/api --replicas=3"),
        ("S1", "make || true", "make || exit 1"),
        ("S1", "make || :", "make && :"),
        ("S1", "make || echo failed", "make && echo done"),
        ("S1", "make; true", "make; make b"),
        ("S1", "make\ntrue", "true"),
        ("S2", "set +e\nmake", "set -e\nmake"),
        ("S2", "set +o pipefail\nmake", "set -o pipefail\nmake"),
        ("S2", "sh -c 'make | tee log'", "make | tee log"),
        ("S3", "curl -s https://example.com", "curl -sf https://example.com"),
        ("S3", "curl -s https://example.com", "curl -s https://example.com | grep ok"),
        ("S4", "kubectl delete pod x", "kubectl delete pod x --dry-run=server"),
        ("S5", "kubectl get pods", "kubectl get pods/api"),
        ("S5", "kubectl top pods", "kubectl get -f x.yaml"),
        ("S5", "cd infra\nterraform state list\nterraform output", "terraform validate"),
        ("S6", "kubectl describe svc x | grep Endpoints", "kubectl get endpoints x -o yaml | grep ip"),
        ("S6", "ls | grep -v ok", "ls | grep -v ok | wc -l"),
        ("S8", "make watch &", "make watch & wait"),
    ],
)  # fmt: skip
def test_a_command_that_is_a_trap_is_warned_of_and_the_safe_one_is_not(
    code: str, trap: str, safe: str
) -> None:
    assert code in of_run(trap)
    assert code not in of_run(safe)


@pytest.mark.parametrize(
    ("code", "command", "more"),
    [
        ("T3", "kubectl logs deploy/api | grep -i error", "expect: {exit: [1]}"),
        ("T3", "kubectl logs deploy/api | grep -i error", "expect: {no_output: true, exit: [0, 1]}"),
        ("T2", "kubectl get pods | grep -v Running", "expect: {not_match: Crash}"),
        ("S3", "curl -s https://example.com", "expect: {match: ok}"),
        ("S4", "kubectl delete pod x", "confirm: delete"),
        ("S5", "kubectl get pods", "expect: {match: Running}"),
        ("S5", "kubectl get pods", "sign: Read it."),
    ],
)
def test_a_step_that_says_what_it_expects_is_not_warned_of(code: str, command: str, more: str) -> None:
    assert code in of_run(command)
    assert code not in of_run(command, more)


def test_a_question_in_a_script_is_no_trap() -> None:
    assert of_run("if grep -i error log; then exit 1; fi") == []
    assert of_run("! grep -i error log") == []


def test_what_follows_for_ever_needs_a_timeout() -> None:
    assert codes(step("run: kubectl logs -f deploy/api | grep -m1 ready")) == ["S7"]
    assert codes(step("run: kubectl logs -f deploy/api | grep -m1 ready\ntimeout: 5m")) == []


def test_rollout_status_needs_an_end() -> None:
    assert codes(step("run: kubectl rollout status deploy/api")) == ["T7"]
    assert codes(step("run: kubectl rollout status deploy/api --timeout=5m")) == []


def test_rollouts_watched_step_by_step() -> None:
    text = steps(
        """\
        - {id: a, title: A, timeout: 5m, run: kubectl rollout status deploy/a}
        - {id: b, title: B, timeout: 5m, run: kubectl rollout status deploy/b}
        """
    )
    assert codes(text) == ["T7"]
    assert codes(text.replace("steps:\n", "parallel: true\n        steps:\n", 1)) == []


class TestUndo:
    BACK = (
        "\nrollback:\n  procedures:\n  - id: app\n    title: App\n    steps:\n"
        "    - {id: image, title: I, run: kubectl set image deployment/api api=api:old}\n"
        "    - {id: undo, title: U, run: kubectl rollout undo deployment/api}\n"
    )

    def test_after_set_image_it_brings_the_bad_version_back(self) -> None:
        (told,) = warnings(step("attest:", self.BACK))
        assert told == (
            "18:33: warning T1: this brings back the version that you are leaving: setting the old image before "
            "made the bad revision the second newest, and undo without --to-revision takes that one; "
            "use undo: [name], which goes to the revision of the rollback point"
        )

    def test_alone_it_takes_the_second_newest(self) -> None:
        text = step("attest:", self.BACK).replace("kubectl set image deployment/api api=api:old", "make")
        (told,) = warnings(text)
        assert "undo without --to-revision takes the second newest revision" in told


def test_a_secret_of_the_checklist_is_known_whatever_its_name() -> None:
    assert codes(step("run: psql $DATABASE_URL\nsecrets: [DATABASE_URL]", "\nsecrets: [DATABASE_URL]")) == [
        "T6"
    ]
    assert codes(step("run: psql $DATABASE")) == []


def test_a_secret_in_single_quotes_is_only_a_word() -> None:
    assert of_run("psql '$DB_PASSWORD'") == []


class TestCanary:
    CANARY = "canary: {service: a, BAKE, metrics: [{name: e, promql: '{track}'}]}"

    @pytest.mark.parametrize(
        ("bake", "told"),
        [
            ("bake: 15m, interval: 1m", "15m at 1m give 15 points: with fewer than 50 a canary that is bad for minutes can pass the comparison; write interval: 15s, or bake longer"),
            ("bake: 1m, interval: 20s", "1m at 20s give 3 points, and a verdict needs 5: it is always inconclusive; bake longer"),
            ("bake: 1m, interval: 10s, min_points: 10", "1m at 10s give 6 points, and a verdict needs 10: it is always inconclusive; bake longer"),
        ],
    )  # fmt: skip
    def test_too_few_points(self, bake: str, told: str) -> None:
        (warning,) = warnings(step(self.CANARY.replace("BAKE", bake)))
        assert warning.endswith(f"warning T8: {told}")

    def test_enough_points(self) -> None:
        assert codes(step(self.CANARY.replace("BAKE", "bake: 15m, interval: 15s"))) == []


class TestBranches:
    def test_two_without_when(self) -> None:
        text = steps("- {id: a, title: If good go on, attest: }\n- {id: b, title: If bad go back, attest: }")
        assert codes(text) == ["T9", "T9"]

    def test_two_with_when(self) -> None:
        text = steps(
            """\
            - {id: c, title: Compare, attest: }
            - {id: a, title: If good go on, attest: , when: {passed: [c]}}
            - {id: b, title: If bad go back, attest: , when: {failed: [c]}}
            """
        )
        assert codes(text) == []

    def test_one_alone_is_no_choice(self) -> None:
        assert codes(steps("- {id: a, title: If in doubt ask, attest: }")) == []


class TestReplicas:
    POINT = "- {id: p, title: P, rollback_point: [api]}\n"
    DOWN = "- {id: down, title: D, scale: {deployments: [api], replicas: 0}}\n"
    UP = "- {id: up, title: U, scale: {deployments: [api], replicas: COUNT}}\n"

    def test_a_count_that_was_written_down(self) -> None:
        assert codes(steps(self.POINT + self.DOWN + self.UP.replace("COUNT", "3"))) == ["T11"]

    def test_the_original_count(self) -> None:
        assert codes(steps(self.POINT + self.DOWN + self.UP.replace("COUNT", "original"))) == []

    def test_the_original_count_that_nothing_recorded(self) -> None:
        (told,) = warnings(steps(self.DOWN + self.UP.replace("COUNT", "original")))
        assert "T11: no rollback_point step records api: there is nothing to go back to" in told

    def test_an_undo_without_a_rollback_point(self) -> None:
        assert codes(steps("- {id: u, title: U, undo: [api]}")) == ["T11"]


class TestServices:
    TEXT = """\
title: T
phases:
  - id: deploy
    title: D
    sections:
      - {id: roll, title: R, steps: [{id: r, title: R, rollout: {deployments: [alfred-bot, architect, mission-control]}}]}
  - id: checks
    title: C
    sections:
      - {id: a, title: Alfred Bot, services: [alfred-bot], steps: [{id: a1, title: A, attest: }]}
      - {id: b, title: Social, services: [social], steps: [{id: b1, title: A, attest: }]}
      - {id: c, title: Mission Control, services: [mission-control], steps: [{id: c1, title: A, attest: }]}
"""  # fmt: skip

    def test_services_without_checks_and_checks_without_services(self) -> None:
        assert warnings(self.TEXT) == [
            '6:92: warning T12: "architect" is deployed, and no section checks it; '
            "add a section with services: [...], or take it out",
            '11:43: warning T12: "social" is checked, and nothing deploys it; roll it out, or say which service is meant',
        ]

    def test_titles_say_it_where_services_do_not(self) -> None:
        text = self.TEXT.replace(" services: [alfred-bot],", "").replace(" services: [social],", "")
        text = text.replace(" services: [mission-control],", "")
        assert codes(text) == ["T12", "T12"]

    def test_a_checklist_that_checks_no_service_by_name_is_not_compared(self) -> None:
        assert codes(steps("- {id: r, title: R, rollout: {deployments: [api]}}")) == []

    def test_pod_security_policies_are_gone(self) -> None:
        assert codes(steps("- {id: r, title: Pod security policies enforced, attest: }")) == ["T12"]
        assert codes(steps("- {id: r, title: Pod security policies enforced, pod_security: [api]}")) == []


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ("title: Error rate exceeds 1% for more than 5 minutes", ["T13"]),
        ("title: Latency exceeds 500ms p95 for more than 5 minutes", ["T13"]),
        ("title: Error rate exceeds 1% for 5 minutes, promql: e, above: 1", []),
        ("title: Critical functionality not working", []),
        ("title: Failed within 5 minutes 3%, step: a", []),
    ],
)
def test_a_trigger_in_words(rule: str, found: list[str]) -> None:
    assert codes(step("attest:", f"\nrollback: {{triggers: [{{id: t, {rule}}}]}}")) == found


def test_retries_of_what_is_not_safe_to_repeat() -> None:
    assert codes(step("run: ./migrate.sh\nretries: 2")) == ["R1"]
    assert codes(step("run: ./migrate.sh\nretries: 2\nidempotent: true")) == []
    assert codes(step("run: ./test.sh\nretries: 2\nchanges: false")) == []


def test_several_services_at_one_address() -> None:
    assert codes(step("http: {url: 'https://x', each: [a, b]}")) == ["R2"]
    assert codes(step("http: {url: 'https://{service}', each: [a, b]}")) == []


def test_a_bracketed_word_that_the_lead_is_asked_for_without_a_word() -> None:
    assert codes(step("run: grep '<title>' page\nchanges: false")) == ["T4"]
    assert codes(step("run: 'echo \"<h1>v2</h1>\" > page'")) == []


def test_a_preview_that_nobody_sees() -> None:
    assert codes(step("run: make it\npreview: make what")) == ["R3"]
    assert codes(step("run: make it\npreview: make what\nconfirm: make")) == []


def test_what_is_only_shown_is_no_trap() -> None:
    assert (
        codes(
            step("source: kubectl rollout undo deployment/<x> || true\nundo: [a]\n").replace(
                "undo: [a]", "attest:"
            )
        )
        == []
    )


@pytest.mark.parametrize(
    ("command", "where"),
    [('echo "<tag>"', "quotes"), ("cat <<EOF\n<tag>\nEOF", "a here-document"), ("make # <tag>", "a comment"), ("x=`make <tag>`", "backticks")],
)  # fmt: skip
def test_an_answer_is_a_word_of_its_own(command: str, where: str) -> None:
    block = "\n".join(f"  {line}" for line in command.split("\n"))
    (told,) = warnings(step(f"run: |\n{block}\n", "\nask: {tag: {prompt: Which?}}"))
    assert f"warning T4: <tag> stands inside {where}, where" in told


def test_services_that_are_only_a_variable_are_held_against_the_checks() -> None:
    text = step("attest:", "\nvars: {services: [api, web]}").replace(
        "        steps:", "        services: [api]\n        steps:", 1
    )
    assert codes(text) == ["T12"]


def test_a_placeholder_is_told_once() -> None:
    text = steps("- {id: a, title: A, run: make <tag>}\n- {id: b, title: B, run: make <tag>}")
    assert warnings(text) == [
        "9:41: warning T4: <tag> is not under ask:, so the lead is asked for it without a word of explanation, "
        "and a shell by itself would read it as a redirection; add ask: {tag: {prompt: ...}}"
    ]


def test_a_warning_in_a_block_is_told_at_its_line() -> None:
    text = step("run: |\n  make a\n  make b\n  kubectl get pods | grep -v Running\n")
    assert [told.split(": ")[0] for told in warnings(text)] == ["14:15"]


def test_a_warning_in_a_repeated_line_is_told_at_the_right_one() -> None:
    text = step("run: |\n  make a || true\n  make a\n  make a || true\n")
    assert [told.split(": ")[0] for told in warnings(text)] == ["12:15", "14:15"]


def test_commands_are_looked_at_as_they_will_run() -> None:
    text = step("run: ${how}", "\nvars: {how: [kubectl, rollout, undo, deployment/api]}")
    assert codes(text) == ["T1"]


def test_the_commands_of_the_platforms_document_are_warned_of() -> None:
    """Pasted as they stand, the source's fences hold these traps."""
    text = (Path(__file__).parent / "as_written.yaml").read_text()
    found = set(codes(text))
    assert {f"T{n}" for n in range(1, 14) if n != 10} <= found
    assert {"S3", "S5", "S6"} <= found


def test_the_shipped_checklist_has_only_the_warnings_that_its_source_deserves() -> None:
    told = [problem.sentence for problem in load_checklist(shipped("checklists")["production"]).warnings]
    assert told == [
        '"architect-apiligence" is deployed, and no section checks it; '
        "add a section with services: [...], or take it out",
        '"social-intelligence" is checked, and nothing deploys it; roll it out, or say which service is meant',
    ]


def test_every_code_that_is_told_is_explained() -> None:
    text = (Path(__file__).parent / "as_written.yaml").read_text()
    assert set(codes(text)) <= set(CODES)
    assert len(loaded(text).warnings) > 20
