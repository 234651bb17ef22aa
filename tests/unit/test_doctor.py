"""The table that `doctor` prints: words, sentences, what counts as missing."""

import pytest
from alfred_tui.cli.examine.tools import commands
from alfred_tui.domain.cluster.needs import Need, rights
from alfred_tui.domain.cluster.rights import Rights
from alfred_tui.present.doctor import Finding, as_data, lacking, lines, rights_findings, role_finding

PODS, NODES = rights("", "pods", "list watch"), rights("", "nodes", "list", everywhere=True)
PATCH = rights("apps", "deployments", "patch")


def needs(*uses: str) -> list[Need]:
    return [
        *(Need(right=one, use="the pods panel") for one in PODS),
        *(Need(right=one, use="the nodes panel", optional=True) for one in NODES),
        *(Need(right=one, use=use) for use in uses for one in PATCH),
    ]


def finding(**changes: object) -> Finding:
    fields = {"subject": "tools", "name": "make", "word": "missing", "said": "It is not there."} | changes
    return Finding(**fields)  # type: ignore[arg-type]


def test_rights_are_told_by_resource_with_what_they_are_for() -> None:
    known = Rights(namespace="shop", allowed=frozenset((*PODS, *NODES)), refused=frozenset(PATCH))
    pods, nodes, patch = rights_findings(known, needs("step undo", "step scale"))
    assert (pods.word, pods.said) == ("ok", "list and watch pods in shop: the pods panel.")
    assert (nodes.word, nodes.said) == ("ok", "list nodes at the cluster's scope: the nodes panel.")
    assert patch.word == "refused"
    assert patch.said == "This account may not patch deployments.apps in shop: steps undo, scale."
    assert patch.facts["verbs"] == ("patch",)
    assert lacking((pods, nodes, patch)) == (patch,)


def test_a_right_that_could_not_be_asked_for_is_unknown_and_counts_as_missing() -> None:
    found = rights_findings(Rights(namespace="shop", unknown="401"), needs())
    assert [(one.name, one.word, one.needed) for one in found] == [
        ("pods", "unknown", True),
        ("nodes", "unknown", False),
    ]
    assert role_finding(Rights(namespace="shop"), needs(), "to watch").word == "unknown"


def test_verbs_of_one_resource_that_are_not_given_stand_in_a_line_of_their_own() -> None:
    known = Rights(namespace="shop", allowed=frozenset(PODS[:1]), refused=frozenset(PODS[1:]))
    found = [(one.word, one.said) for one in rights_findings(known, needs())[:2]]
    assert found == [
        ("ok", "list pods in shop: the pods panel."),
        ("refused", "This account may not watch pods in shop: the pods panel."),
    ]


def test_a_right_needed_by_a_step_is_needed_although_a_panel_does_without_it() -> None:
    some = [Need(right=NODES[0], use="the nodes panel", optional=True), Need(right=NODES[0], use="step x")]
    (only,) = rights_findings(Rights(refused=frozenset(NODES)), some)
    assert only.needed


def test_many_steps_are_counted() -> None:
    known = Rights(namespace="shop", allowed=frozenset(PATCH))
    (only,) = rights_findings(known, [Need(right=PATCH[0], use=f"step s{n}") for n in range(5)])
    assert only.said.endswith("5 steps (s0, s1, …).")


def test_a_role_names_the_rights_that_it_lacks() -> None:
    known = Rights(namespace="shop", allowed=frozenset(PODS), refused=frozenset((*PATCH, *NODES)))
    lead = role_finding(known, needs("step undo"), "to lead")
    assert (lead.word, lead.said) == (
        "refused",
        "This account lacks 1 of the 3 rights that are needed to lead: patch deployments.apps in shop.",
    )
    assert role_finding(known, needs(), "to watch").word == "ok"


def test_each_finding_is_one_line_where_it_is_read_by_a_program() -> None:
    found = finding(then="Install it.", said="Two\nlines.")
    told = [line.text for line in lines((found,), "About.")]
    assert told[:3] == ["About.", "", "TOOLS"]
    assert told[3].split() == ["missing", "make", "Two", "lines.", "→", "Install", "it."]
    assert told[-1] == "1 needed thing is missing: tools make."


def test_on_a_terminal_lines_are_wrapped_under_their_sentence() -> None:
    found = finding(said="word " * 40)
    told = [line.text for line in lines((found,), "About.", 60)][3:-2]
    assert len(told) > 3
    assert all(len(line) <= 60 for line in told)
    assert all(line.startswith("  ") for line in told)


def test_what_is_not_needed_is_told_and_does_not_count() -> None:
    found = (finding(needed=False), finding(word="ok", name="git"))
    told = [line.text for line in lines(found, "About.")]
    assert told[3].endswith("(Not needed.)")
    assert not told[4].endswith("(Not needed.)")
    assert told[-1] == "Nothing needed is missing."
    assert as_data(found, "About.")["ok"] is True


def test_external_text_is_inert() -> None:
    found = finding(said="\x1b]0;owned\x07red \x1b[31m", name="a\x1b[2Jb")
    told = "\n".join(line.text for line in lines((found,), "About \x1b[1m"))
    assert "\x1b" not in told
    assert "\x1b" not in str(as_data((found,), "a"))


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("make test && ./deploy.sh --prod", ["make", "./deploy.sh"]),
        ("sudo -n systemctl restart x | tee log", ["systemctl", "tee"]),
        ("if ! kubectl get ns; then exit 1; fi", ["kubectl"]),
        ("name() { helm list; }\nname", ["helm"]),
        ("for x in a b; do jq . $x; done", ["jq"]),
        ("A=1 terraform plan", ["terraform"]),
        ('"$TOOL" x; $(which node) y; <tool> z', ["which"]),
        ("echo $(git rev-parse HEAD)", ["git"]),
        ("cd x && export A=1; test -f y || [ -d z ]", []),
    ],
)
def test_the_first_words_of_a_script_are_the_programs_that_it_needs(script: str, found: list[str]) -> None:
    assert commands(script) == found
