"""The set-up: what it installs is pinned, what is done is not done again, what fails says so."""

import re
import stat
import tomllib
from pathlib import Path

import pytest

from tools.set_up import steps, system
from tools.set_up.python import pinned

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-build.lock", "requirements-test.lock")


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(steps, "STAMPS", tmp_path / "stamps")
    monkeypatch.setattr(steps, "LOGS", tmp_path / "logs")
    return tmp_path


def test_step_runs_once_until_an_input_or_output_changes(place):
    source, product, done = place / "source", place / "product", []

    def work() -> None:
        done.append(source.read_text())
        product.write_text(source.read_text())

    step = steps.Step("copy", "copying", work, (source,), (product,))
    source.write_text("a")
    assert step.do()
    assert not step.do()
    source.write_text("b")
    assert step.do()
    product.unlink()
    assert step.do()
    assert done == ["a", "b", "b"]


def test_failed_step_is_not_taken_for_done(place):
    def work() -> None:
        raise steps.SetUpError("no")

    step = steps.Step("fail", "failing", work, ("always",))
    with pytest.raises(steps.SetUpError):
        step.do()
    assert not step.is_done()


def test_failed_command_tells_its_last_words_and_what_to_do(place):
    with pytest.raises(steps.SetUpError) as caught:
        steps.run("speak", ["bash", "-c", "echo first; echo last words; exit 3"])
    assert "ended with 3" in str(caught.value)
    assert "last words" in str(caught.value)
    assert "HTTPS_PROXY" in str(caught.value)


@pytest.fixture
def bare_system(tmp_path, monkeypatch):
    """A system whose loader knows no library, with apt-get but without the right to use it."""
    for name, text in {"ldconfig": "exit 0", "apt-get": "exit 1"}.items():
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(program.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(system.os, "geteuid", lambda: 1000)


@pytest.mark.usefixtures("bare_system")
def test_missing_right_names_the_command_at_once():
    with pytest.raises(steps.SetUpError) as caught:
        system.prepare("run")
    assert "apt-get install -y --no-install-recommends libpango-1.0-0" in str(caught.value)
    assert "postgresql" not in str(caught.value)


@pytest.mark.usefixtures("bare_system")
def test_what_only_tests_need_may_be_missing(monkeypatch, capsys):
    monkeypatch.setattr(system, "RUN_PACKAGES", ())
    assert system.prepare("test")() is False
    assert "libatomic1" in capsys.readouterr().out


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_pins_every_package_with_hashes_and_tells_no_address(lock):
    text = (ROOT / lock).read_text()
    packages = re.findall(r"^([a-z0-9][a-z0-9.-]*)(==\S+)?(.*)$", text, re.MULTILINE)
    assert packages
    assert all(version and rest.endswith("\\") for _, version, rest in packages)
    assert not re.search(r"://|--(index|find)| @ ", text)


def test_smaller_locks_agree_with_the_largest():
    def pins(lock: str) -> set[str]:
        return set(re.findall(r"^[a-z0-9][^ ]*==\S+", (ROOT / lock).read_text(), re.MULTILINE))

    run, build, test = (pins(lock) for lock in LOCKS)
    assert run < build < test


def test_locks_hold_what_the_project_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    wanted = [*project["project"]["dependencies"], *groups["test"], *groups["build"]]
    locked = (ROOT / "requirements-test.lock").read_text()
    for requirement in wanted:
        name = re.match(r"[\w.-]+", requirement).group().lower().replace("_", "-")
        assert re.search(rf"^{re.escape(name)}==", locked, re.MULTILINE), name


def test_uv_itself_is_pinned_with_hashes():
    lines = pinned("uv").splitlines()
    assert lines[0].startswith("uv==")
    assert all("--hash=sha256:" in line for line in lines[1:])


def test_makefile_names_the_commands_at_the_line_start():
    targets = set(re.findall(r"^([a-z]+): ##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = "demo setup run test check bench fix migration upgrade shell routes pdf strings"
    assert set(named.split()) <= targets
