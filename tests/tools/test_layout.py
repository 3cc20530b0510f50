"""The check of the rooms' file names, of sizes and of what committed files tell."""

import pytest

from tools import check_layout


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setattr(check_layout, "ROOT", tmp_path)
    return tmp_path


def write(path, text=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_only_the_known_files_stand_in_a_room(root):
    room = root / "portal" / "blueprints" / "policies"
    for name in ("__init__.py", "rules.py", "queries/__init__.py", "defaults/risk.toml"):
        write(room / name)
    assert list(check_layout.room_files()) == []
    write(room / "utils.py")
    write(room / "models.txt")
    write(room / "jobs" / "night.py")
    assert list(check_layout.room_files()) == [
        "portal/blueprints/policies/jobs: a room has no such file",
        "portal/blueprints/policies/models.txt: a room has no such file",
        "portal/blueprints/policies/utils.py: a room has no such file",
    ]


def test_long_files_and_functions_are_named(root):
    body = "def f():\n" + "    x = 1\n" * 60
    long_function = write(root / "portal" / "a.py", body)
    long_file = write(root / "portal" / "b.py", "x = 1\n" * 401)
    fine = write(root / "portal" / "c.py", "def f():\n" + "    x = 1\n" * 59)
    migration = write(root / "migrations" / "versions" / "d.py", body)
    faults = list(check_layout.sizes([long_function, long_file, fine, migration]))
    assert faults == [
        "portal/a.py:1: f has 61 lines (at most 60)",
        "portal/b.py: 401 lines; make it a folder (at most 400)",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "registry." + "npmjs.example",
        "--index" + "-url somewhere",
        "see /ho" + "me/me/notes",
        "files." + "pythonhosted.example",
    ],
)
def test_addresses_and_places_are_found(root, text):
    file = write(root / "README.md", f"fine\n{text}\n")
    assert [fault.split(": ")[0] for fault in check_layout.telltales([file])] == ["README.md:2"]


def test_ordinary_paths_tell_nothing(root):
    file = write(
        root / "README.md", "portal/work/a.py https://example.org/home/x /usr/lib /tmp/x\n"
    )
    assert list(check_layout.telltales([file])) == []
