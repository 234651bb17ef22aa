"""The shipped documents are found from anywhere, valid, quick to load, and light to import."""

import subprocess
import sys
import time
from pathlib import Path

import alfred_tui
import pytest
import yaml
from alfred_tui.documents import Invalid, find, load_checklist, load_layout, shipped
from alfred_tui.domain.errors import Usage

ROOT = Path(__file__).parents[3]


def test_a_checklist_is_found_by_its_name() -> None:
    assert find("production") == find("production.yaml") == ROOT / "checklists" / "production.yaml"


def test_a_layout_is_found_by_its_name() -> None:
    assert find("walkthrough", kind="layouts").parent.name == "layouts"
    assert find("cockpit").parent.name == "layouts"


def test_a_path_is_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "production").write_text("mine")
    monkeypatch.chdir(tmp_path)
    assert find("production") == Path("production")
    assert find("./not-there.yaml") == Path("./not-there.yaml")


def test_in_an_installed_wheel_they_lie_inside_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tmp_path / "alfred_tui" / "_data" / "checklists"
    inside.mkdir(parents=True)
    (inside / "nightly.yaml").write_text("title: T")
    monkeypatch.setattr(alfred_tui, "__file__", str(tmp_path / "alfred_tui" / "__init__.py"))
    assert find("nightly", kind="checklists") == inside / "nightly.yaml"


def test_an_unknown_name_is_told_with_the_nearest() -> None:
    with pytest.raises(Usage) as caught:
        find("prodution")
    assert str(caught.value) == (
        'There is no file and no shipped checklist or layout "prodution". Did you mean "production"?'
    )


def test_an_unknown_layout_is_told_what_there_is() -> None:
    with pytest.raises(Usage, match="There is cockpit, oncall and walkthrough"):
        find("zzz", kind="layouts")


@pytest.mark.parametrize("name", sorted(shipped("layouts")))
def test_every_shipped_layout_is_valid(name: str) -> None:
    assert load_layout(shipped("layouts")[name]).title == name


def test_a_layouts_problems_are_told_like_a_checklists(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "title: mine\ncolumns:\n  - panels:\n      - {name: pod}\n      - {nmae: top}\nbotom: []\n"
    )
    with pytest.raises(Invalid) as caught:
        load_layout(path)
    assert [str(problem).removeprefix(f"{path}:") for problem in caught.value.problems] == [
        "4:16: name wants checklist, rollouts, pods, top, canary, triggers, output, detail or "
        'signoff; "pod" is not known, did you mean "pods"?',
        '5:10: unknown key "nmae", did you mean "name"?',
        '6:1: unknown key "botom", did you mean "bottom"?',
    ]


def test_a_panel_stands_once_in_a_layout(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "title: mine\ncolumns:\n  - panels: [{name: pods}]\nbottom: [{name: top}, {name: pods}]\n"
    )
    with pytest.raises(Invalid) as caught:
        load_layout(path)
    (problem,) = caught.value.problems
    assert str(problem) == (
        f"{path}:4:30: the panel pods is there twice: in line 3 and here; a panel stands in one place"
    )


def test_an_empty_layout_is_told_how_one_begins(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.touch()
    with pytest.raises(Invalid, match='a layout starts with "title:" and "columns:"'):
        load_layout(path)


def test_in_a_layout_nothing_is_filled_in(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "title: mine\ncolumns: [{panels: [{name: top}]}]\ntcss: |\n  Panel { color: $primary; } /* ${x} */\n"
    )
    assert load_layout(path).tcss == "Panel { color: $primary; } /* ${x} */"


def test_loading_it_costs_no_more_than_a_few_plain_yaml_loads() -> None:
    """A budget of 40 ms where YAML's own loader takes 10; as a ratio, since the machine is shared."""
    path = find("production")
    text = path.read_text()
    load_checklist(path)
    ours, plain = zip(*((_timed(path), _timed_yaml(text)) for _ in range(9)), strict=True)
    assert min(ours) < 4 * min(plain)


def _timed(path: Path) -> float:
    start = time.perf_counter()
    load_checklist(path)
    return time.perf_counter() - start


def _timed_yaml(text: str) -> float:
    start = time.perf_counter()
    yaml.load(text, Loader=yaml.CSafeLoader)
    return time.perf_counter() - start


def test_no_validation_library_is_imported() -> None:
    """In a process of its own: an import graph cannot show what is imported late."""
    code = (
        "import sys; from alfred_tui.documents import find, load_checklist\n"
        "load_checklist(find('production'))\n"
        "print(' '.join(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd="/")
    loaded = set(done.stdout.split())
    assert {"yaml", "msgspec"} <= loaded
    assert not loaded & {"pydantic", "jsonschema", "textual", "rich", "asyncio", "kubernetes", "click"}
