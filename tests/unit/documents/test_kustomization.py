"""Images pinned in an overlay: only the values change, and what cannot be changed safely is left alone."""

import pytest
from alfred_tui.documents.kustomization import OtherForm, diff, lines_to_add, pinned
from alfred_tui.domain.rollback.pins import Pin, pin_of, pins_of

DIGEST = "sha256:" + "a" * 64
BOT = Pin(name="registry.local/bot", tag="2.4.0", digest=DIGEST)
TAX = Pin(name="registry.local:5000/tax", tag="2.4.0")
FLOW = """\
# Who deploys: the platform team.
resources: [../../base]
images:
  - {name: registry.local/bot, newTag: 2.5.0}  # the bot
  - {name: tax, newName: "registry.local:5000/tax", newTag: "2.5.0"}
namespace: default
"""
BLOCK = """\
resources:
- ../../base
images:
- name: registry.local/bot
  newTag: 2.5.0 # now

- name: tax
  newName: registry.local:5000/tax
  newTag: 2.5.0
namespace: default
"""


def test_an_entry_in_braces_keeps_all_but_its_tag_and_digest() -> None:
    assert pinned(FLOW, [BOT, TAX]) == FLOW.replace(
        "bot, newTag: 2.5.0}", f"bot, newTag: 2.4.0, digest: {DIGEST}}}"
    ).replace('"2.5.0"', "2.4.0")


def test_an_entry_of_lines_keeps_its_comments_and_indent() -> None:
    after = pinned(BLOCK, [BOT, TAX])
    assert after == BLOCK.replace("2.5.0 # now", f"2.4.0 # now\n  digest: {DIGEST}").replace(
        "newTag: 2.5.0", "newTag: 2.4.0"
    )


def test_an_image_without_an_entry_gets_one_and_an_overlay_without_images_a_list() -> None:
    other = Pin(name="registry.local/other", tag="1.10")
    assert pinned(FLOW, [other]) == FLOW.replace(
        '"2.5.0"}\n', '"2.5.0"}\n  - {name: registry.local/other, newTag: "1.10"}\n'
    )
    assert pinned(BLOCK, [other]).endswith(
        '  newTag: 2.5.0\n- {name: registry.local/other, newTag: "1.10"}\nnamespace: default\n'
    )
    assert pinned("resources: [../base]", [other]) == (
        'resources: [../base]\nimages:\n  - {name: registry.local/other, newTag: "1.10"}\n'
    )


def test_what_is_pinned_already_stays_as_it_is() -> None:
    once = pinned(FLOW, [BOT, TAX])
    assert pinned(once, [BOT, TAX]) == once
    assert diff(once, once, "kustomization.yaml") == ()


@pytest.mark.parametrize(
    "text",
    [
        "images: []\n",
        "images: [{name: registry.local/bot, newTag: 1}]\n",
        "images: {registry.local/bot: 1}\n",
        "images:\n  - registry.local/bot\n",
        "{resources: [../base]}\n",
        "- resources\n",
        "images:\n  - {name: registry.local/bot, newTag: [1]}\n",
        "a: [1\n",
        "",
        f"images:\n  - {{name: registry.local:5000/tax, newTag: 1, digest: {DIGEST}}}\n",
    ],
)
def test_another_form_is_not_touched(text: str) -> None:
    with pytest.raises(OtherForm):
        pinned(text, [BOT, TAX])


def test_the_lines_to_add_are_whole() -> None:
    assert lines_to_add([TAX]) == ("images:", "  - {name: registry.local:5000/tax, newTag: 2.4.0}")


@pytest.mark.parametrize(
    ("image", "pin"),
    [
        ("bot", Pin(name="bot")),
        ("registry.local:5000/bot", Pin(name="registry.local:5000/bot")),
        ("registry.local:5000/bot:2.4.0", Pin(name="registry.local:5000/bot", tag="2.4.0")),
        (f"bot:1@{DIGEST}", Pin(name="bot", tag="1", digest=DIGEST)),
    ],
)
def test_an_image_is_taken_apart(image: str, pin: Pin) -> None:
    assert pin_of(image) == pin


def test_the_image_of_two_workloads_is_pinned_once() -> None:
    one = {"app": "bot:1"}
    assert pins_of([(one, {"app": DIGEST}), (one, {})]) == (Pin(name="bot", tag="1", digest=DIGEST),)
