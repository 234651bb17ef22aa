"""Which Deployments are a canary's is what the checklist's steps say of them."""

from alfred_tui.documents import find, load_checklist
from alfred_tui.documents.load import load_text
from alfred_tui.present.canary import canaries_of, canary_owners

OWN = """\
version: 1
title: Own
phases:
  - id: only
    title: Only
    sections:
      - id: steps
        title: Steps
        steps:
          - {id: promote, title: Promote, promote: {canary: blue, stable: green}}
          - {id: gone, title: Gone, remove_canary: [teal]}
          - {id: removed, title: Removed, remove_canary: {deployments: [mint], service: green}}
"""


def test_the_shipped_checklist_names_its_canary() -> None:
    loaded = load_checklist(find("production", kind="checklists"), overrides={}, environ={})
    assert canary_owners(loaded.checklist) == {"Deployment/alfred-bot-canary"}


def test_each_kind_of_step_that_knows_one_names_it() -> None:
    loaded = load_text(OWN.encode(), name="own.yaml", overrides={}, environ={})
    assert canary_owners(loaded.checklist) == {"Deployment/blue", "Deployment/mint", "Deployment/teal"}


def test_a_services_canary_is_what_the_steps_name_for_it() -> None:
    loaded = load_text(OWN.encode(), name="own.yaml", overrides={}, environ={})
    assert canaries_of(loaded.checklist, "green") == ("blue", "mint")
    assert canaries_of(loaded.checklist, "red") == ()
    shipped = load_checklist(find("production", kind="checklists"), overrides={}, environ={})
    assert canaries_of(shipped.checklist, "alfred-bot") == ("alfred-bot-canary",)
