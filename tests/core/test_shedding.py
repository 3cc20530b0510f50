"""Too many requests at once, and too many from one address."""

import json
from threading import Thread

import pytest

from portal.core.web.shedding import Rate, Shedding


def ask(shedding, path="/login", **headers):
    said = {}

    def start(status, headers, exc_info=None):
        said.update(status=status, headers=dict(headers))

    environ = {"PATH_INFO": path, "REQUEST_METHOD": "GET", **headers}
    body = b"".join(shedding(environ, start))
    return said["status"], said["headers"], body


@pytest.fixture
def shedding(app):
    found = Shedding(app, most=3)

    def answered(environ, start_response):
        start_response("200 OK", [])
        return [b"answered"]

    found.app = answered
    return found


def test_few_that_wait_are_answered(shedding):
    shedding.waiting = lambda: 3
    assert ask(shedding)[2] == b"answered"


def test_too_many_that_wait_are_told_at_once_when_to_come_again(shedding):
    shedding.waiting = lambda: 4
    status, headers, body = ask(shedding)
    assert status.startswith("503")
    assert int(headers["Retry-After"]) >= 1
    assert int(headers["Content-Length"]) == len(body)
    assert b"Too many requests" in body


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_probes_are_always_answered(shedding, path):
    shedding.waiting = lambda: 1000
    assert ask(shedding, path)[2] == b"answered"


@pytest.mark.parametrize(
    ("wanted", "language"),
    [("fr-CH, en;q=0.5", "fr"), ("it", "it"), ("de, ja", "en"), ("", "en"), ("\x00;;q=q,", "en")],
)
def test_it_is_said_in_the_language_of_who_asks(shedding, wanted, language):
    shedding.waiting = lambda: 1000
    body = ask(shedding, HTTP_ACCEPT_LANGUAGE=wanted)[2].decode()
    assert f'<html lang="{language}">' in body


def test_a_program_gets_a_problem(shedding):
    shedding.waiting = lambda: 1000
    _status, headers, body = ask(shedding, "/api/v1/accounts/")
    assert headers["Content-Type"] == "application/problem+json"
    assert json.loads(body)["status"] == 503


def test_an_address_waits_for_the_end_of_the_minute_and_no_other_does():
    seconds = 125.0
    rate = Rate(2, now=lambda: seconds)
    assert [rate.wait("192.0.2.1") for _ in range(3)] == [0, 0, 55]
    assert rate.wait("192.0.2.2") == 0
    seconds = 180.0
    assert rate.wait("192.0.2.1") == 0


def test_no_address_is_kept_past_its_minute():
    seconds = 0.0
    rate = Rate(2, now=lambda: seconds)
    for n in range(1000):
        rate.wait(f"2001:db8::{n:x}")
    seconds = 60.0
    rate.wait("192.0.2.1")
    assert len(rate._counts) == 1


def test_many_at_once_are_counted_each():
    rate = Rate(500, now=lambda: 1.0)
    found: list[int] = []
    threads = [
        Thread(target=lambda: found.extend(rate.wait("192.0.2.1") for _ in range(100)))
        for _ in range(10)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sum(seconds == 0 for seconds in found) == 500


@pytest.fixture
def strict(app, monkeypatch):
    monkeypatch.setitem(app.extensions, "portal_rate", Rate(3, now=lambda: 10.0))


def test_sign_in_and_public_pages_have_a_limit_for_each_address(browse, strict):
    nobody = browse()
    assert [nobody.get("/login").status_code for _ in range(2)] == [200, 200]
    assert nobody.get("/verify").status_code == 200
    for path in ("/login", "/verify", "/reset"):
        answer = nobody.get(path)
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "50"
        assert "50" in answer.text
    assert nobody.post("/login", {"email": "x", "password": "y"}).status_code == 429
    assert nobody.get("/healthz").status_code == 200


def test_who_is_signed_in_works_on_behind_the_same_address(browse, strict):
    carl, nobody = browse("carl"), browse()
    for _ in range(5):
        nobody.get("/login")
    assert [carl.get("/accounts/").status_code for _ in range(5)] == [200] * 5
