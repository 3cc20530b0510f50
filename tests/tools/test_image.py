"""The image and its composition, as far as they can be checked without an engine that runs them."""

import fnmatch
import re
from pathlib import Path

import pytest
import yaml

from portal import config

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
IGNORED = (ROOT / ".dockerignore").read_text().splitlines()


def allowed_in_the_build(name: str) -> bool:
    allowed = [line.removeprefix("!") for line in IGNORED if line.startswith("!")]
    return any(fnmatch.fnmatch(name, pattern) for pattern in allowed)


@pytest.mark.parametrize(
    "name",
    ["tools/setup", "tools/gunicorn.conf.py", "requirements.lock", "requirements-build.lock"],
)
def test_what_the_image_is_made_of_exists_and_is_let_in(name):
    assert name in DOCKERFILE or name == "requirements-build.lock"
    assert (ROOT / name).exists()
    assert allowed_in_the_build(name.split("/", maxsplit=1)[0])


def test_the_wheel_holds_everything_that_the_project_file_names():
    needed = ("pyproject.toml", "README.md", "portal", "migrations", "frontend")
    assert all(allowed_in_the_build(name) and (ROOT / name).exists() for name in needed)


def test_image_runs_without_the_rights_of_root():
    run = DOCKERFILE[DOCKERFILE.index("AS run") :]
    assert re.search(r"^USER (?!root)", run, re.MULTILINE)
    assert run.index("USER") < run.index("CMD")


def test_every_service_waits_until_the_one_before_is_ready():
    services = COMPOSE["services"]
    assert set(services) == {"prepare", "web", "worker", "database", "proxy"}
    assert services["prepare"]["depends_on"]["database"]["condition"] == "service_healthy"
    for name in ("web", "worker"):
        condition = services[name]["depends_on"]["prepare"]["condition"]
        assert condition == "service_completed_successfully"
    assert "healthcheck" in services["database"]


def test_jobs_run_in_two_workers_only():
    assert COMPOSE["x-parley"]["environment"]["PORTAL_JOBS"] == "external"
    assert COMPOSE["services"]["worker"]["command"] == ["portal", "worker"]
    assert COMPOSE["services"]["worker"]["deploy"]["replicas"] == 2


def test_settings_are_accepted_by_the_application():
    given = COMPOSE["x-parley"]["environment"]
    environ = {name: re.sub(r"\$\{\w+:[-?](.*?)\}", r"\1", value) for name, value in given.items()}
    environ["PORTAL_SECRET_KEY"] = "k" * 48
    settings = config.read(environ)
    assert settings.jobs == "external"
    assert settings.trusted_proxies == 1
    assert settings.database_url.startswith("postgresql+psycopg://parley:")


def test_no_secret_is_written_down():
    for name in ("PORTAL_SECRET_KEY", "POSTGRES_PASSWORD"):
        assert re.search(rf"^{name}=$", (ROOT / ".env.example").read_text(), re.MULTILINE)
        assert re.search(rf"\$\{{{name}:\?", (ROOT / "compose.yaml").read_text())


def test_files_that_the_proxy_mounts_exist():
    mounts = [volume.split(":")[0] for volume in COMPOSE["services"]["proxy"]["volumes"]]
    assert mounts
    assert all((ROOT / mount).is_file() for mount in mounts)


def test_proxy_buffers_and_replaces_what_clients_claim():
    text = (ROOT / "tools" / "nginx.conf").read_text()
    assert "proxy_request_buffering on;" in text
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text
    assert text.count("{") == text.count("}")
