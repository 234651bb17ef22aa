"""What a Deployment can go back to, and what would change."""

from typing import Any

from alfred_tui.cluster.objects.partial import ReplicaSet
from alfred_tui.cluster.rollouts.revisions import diff_templates, history

from tests.unit.cluster.kube import Moment


def template(image: str = "v1", **env: str) -> dict[str, Any]:
    return {
        "metadata": {
            "labels": {"app": "bot", "pod-template-hash": f"hash-{image}"},
            "creationTimestamp": None,
        },
        "spec": {
            "containers": [
                {"name": "bot", "image": image, "env": [{"name": k, "value": v} for k, v in env.items()]}
            ]
        },
    }


def test_history_is_told_newest_first_with_images_and_the_current_one() -> None:
    moment = Moment("financial-tax", 1061)
    revisions = history(moment.deployment, moment.all(ReplicaSet))
    assert [(one.number, one.current, one.images) for one in revisions] == [
        (3, True, {"financial-tax": "registry.local/financial-tax:v1"}),
        (2, False, {"financial-tax": "registry.local/financial-tax:v2-crash"}),
    ]
    assert all(one.created_at for one in revisions)


def test_the_same_template_under_another_hash_does_not_differ() -> None:
    other = template()
    other["metadata"]["labels"]["pod-template-hash"] = "other"
    assert diff_templates(template(), other) == ()


def test_a_changed_image_is_a_line_out_and_a_line_in() -> None:
    lines = diff_templates(template("v1"), template("v2"))
    assert [line for line in lines if line[0] in "+-"] == ["-    image: v1", "+    image: v2"]


def test_a_secret_value_is_hidden_and_its_change_is_told() -> None:
    lines = diff_templates(
        template(DB_PASSWORD="hunter2", MODE="a"), template(DB_PASSWORD="correct horse", MODE="b")
    )
    text = "\n".join(lines)
    assert "hunter2" not in text
    assert "correct horse" not in text
    assert "(hidden, another value)" in text
    assert "+      value: b" in text


def test_a_diff_leaves_its_arguments_as_they_are() -> None:
    before = template(TOKEN="x")
    diff_templates(before, template(TOKEN="y"))
    assert before == template(TOKEN="x")
