"""My day and the search."""

import pytest

from tests import cast as people


def test_nobody_signed_in_is_sent_to_sign_in(browse):
    response = browse().get("/")
    assert response.status_code == 302
    assert response.location.startswith("/login")


@pytest.mark.parametrize("name", people.PEOPLE)
def test_everybody_has_a_day(browse, name):
    assert browse(name).get("/").status_code == 200


def test_a_day_speaks_the_readers_language(browse):
    assert "La Sua giornata" in browse("ava").text("/")
    assert "Votre journée" in browse("lena").text("/")


def test_a_day_asks_few_questions(browse, queries_at_most):
    browser = browse("erik")
    with queries_at_most(16):
        browser.get("/")


def test_search_finds_what_may_be_seen_and_nothing_else(cast, browse):
    assert "Acme Forges" in browse("carl").text("/search?q=acme")
    assert cast.acme.reference in browse("erik").text(f"/search?q={cast.acme.reference.lower()}")
    assert "Acme Forges" not in browse("otto").text("/search?q=acme")
    assert "Acme Forges" not in browse("clara").text("/search?q=forges")


@pytest.mark.parametrize("text", ["", "%", "_", "<script>", "x" * 5000, "\u202e", "'; drop table"])
def test_search_takes_any_text(browse, text):
    assert browse("erik").get("/search", query_string={"q": text}).status_code == 200
