"""What the environment says, and what follows where it says nothing."""

from pathlib import Path

import pytest

from portal import config

SECRET = "k" * 48


def test_links_lead_to_the_port_that_is_served() -> None:
    given = {"PORTAL_SECRET_KEY": SECRET}
    assert config.read(given).base_url == "http://127.0.0.1:8000"
    assert config.read(given, port=8061).base_url == "http://127.0.0.1:8061"
    given["PORTAL_BASE_URL"] = "https://parley.example.com/"
    assert config.read(given, port=8061).base_url == "https://parley.example.com"


def test_only_the_database_that_the_demo_filled_is_the_demo(tmp_path: Path) -> None:
    """A company's own database beside the same folder asks for a secret and shows no mails."""
    given = {
        "PORTAL_INSTANCE": str(tmp_path / "instance"),
        "DATABASE_URL": "postgresql://parley:hidden@127.0.0.1/demo",
    }
    assert not config.holds_demo(given)
    config.mark_demo(config.read(given, demo=True))
    assert config.holds_demo(given)
    assert "hidden" not in (tmp_path / "instance" / config.DEMO).read_text()
    own = given | {"DATABASE_URL": "postgresql://parley:hidden@127.0.0.1/parley"}
    assert not config.holds_demo(own)
    with pytest.raises(config.Misconfigured):
        config.read(own)


@pytest.mark.parametrize("url", ["hello", "mysql://a/b", "postgresql://a:p@ss:w@h:xx/c", ""])
def test_an_address_that_cannot_be_a_database_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(config.Misconfigured, match="must look like postgresql://") as refused:
        config.read({"PORTAL_SECRET_KEY": SECRET, "DATABASE_URL": url})
    assert "p@ss" not in str(refused.value)
