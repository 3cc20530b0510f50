"""What may leave, how it is signed, and when it is tried again."""

import base64
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from portal.blueprints.webhooks import rules
from portal.core import outbound

MARKERS = [
    *("Étienne wants out", "coo@acme.example", "61,200,000 EUR", "612000.50", "A B", "x" * 41),
    *("Zed", {"a": "b"}, ["case", "Two words"], 1.5, "https://x.example", "<b>", "ESC"),
]


def test_the_signature_is_that_of_the_standard():
    """The values are the example of the standard's own libraries."""
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", '{"test": 2432232314}'
    given = rules.signature("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body, secrets=[secret])
    assert given == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    both = rules.signature("m", 1, body, secrets=[secret, rules.secret(1, salt="a", key=b"k")])
    assert [one[:3] for one in both.split(" ")] == ["v1,", "v1,"]


def test_secrets_differ_by_number_salt_and_installation():
    made = {
        rules.secret(number, salt=salt, key=key)
        for number in (1, 2)
        for salt in ("a", "b")
        for key in (b"k", b"l")
    }
    assert len(made) == 8
    assert all(len(base64.b64decode(one.removeprefix("whsec_"))) == 32 for one in made)


@pytest.mark.parametrize("marker", MARKERS, ids=str)
def test_what_anybody_wrote_never_leaves(now, marker):
    data = {"severity": marker, "level": "X", "trigger": "cancellation_threat", "owner": 10}
    body = rules.payload(
        "escalations.declared", at=now, record="ESC-2026-0001", account="ACC-00001", data=data
    )
    assert json.loads(body) == {
        "type": "escalations.declared",
        "timestamp": "2026-06-17T08:00:00Z",
        "data": {
            "record": "ESC-2026-0001",
            "account": "ACC-00001",
            "level": "X",
            "trigger": "cancellation_threat",
        },
    }


def test_every_event_of_the_catalogue_is_one_that_the_rooms_record():
    portal = Path(rules.__file__).parents[1]
    words = set()
    for path in portal.glob("*/actions*/**/*.py"):
        words |= set(re.findall(r'"([a-z_.]+)"', path.read_text()))
    for path in portal.glob("*/actions.py"):
        words |= set(re.findall(r'"([a-z_.]+)"', path.read_text()))
    missing = [
        one for one in rules.CATALOGUE if one not in words and one.partition(".")[2] not in words
    ]
    assert missing == []


def test_pauses_grow_and_end():
    waits = [rules.wait(tries) for tries in range(1, 11)]
    assert waits[-1] is None
    assert waits[:9] == sorted(waits[:9])
    assert sum(waits[:9], timedelta()) > rules.DEAD_AFTER
    assert rules.wait(11) == waits[0]


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://hooks.example.com/a?b=c", True),
        ("http://hooks.example.com/", False),
        ("https://me:secret@hooks.example.com/", False),
        ("https:///nowhere", False),
        ("https://a.example/\n", False),
        ("https://[::1", False),
        ("ftp://a.example", False),
        ("https://a.example:99999/", False),
    ],
)
def test_addresses(url, good):
    assert rules.is_address(url) is good


def test_an_installation_names_who_may_be_called():
    hosts = ("hooks.example.com", "*.house.example")
    assert rules.is_allowed("https://anybody.example/", hosts=())
    assert rules.is_allowed("https://hooks.EXAMPLE.com/", hosts=hosts)
    assert rules.is_allowed("https://a.house.example/", hosts=hosts)
    for url in ("https://house.example/", "https://evilhouse.example/", "https://example.com/"):
        assert not rules.is_allowed(url, hosts=hosts)


@pytest.mark.parametrize(
    ("host", "ours"),
    [("localhost", True), ("a.localhost.", True), ("printer.local", True), ("2130706433", True),
     ("0x7f.1", True), ("192.168.1.9", True), ("::ffff:10.0.0.1", True), ("fe80::1", True),
     ("hooks.example.com", False), ("93.184.216.34", False), ("2606:4700::1111", False)],
)  # fmt: skip
def test_networks_of_our_own_are_known_by_what_they_are_called(host, ours):
    assert outbound.is_ours(host) is ours


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.8", "169.254.169.254", "[::1]", "[fd00::1]"])
def test_a_private_address_is_refused_whatever_was_set_up(host):
    with pytest.raises(outbound.Forbidden):
        outbound.find(f"https://{host}/")
