"""When to try again, what may leave, and contexts that keep their kind."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from portal.blueprints.notifications import rules
from portal.core.access import K
from portal.core.money import Currency, Money


def test_waits_grow_to_an_hour_and_last_three_days():
    waits = [rules.wait(n) for n in range(1, rules.GIVE_UP_AFTER)]
    assert waits[:4] == [timedelta(seconds=s) for s in (30, 60, 120, 240)]
    assert waits == sorted(waits)
    assert max(waits) == timedelta(hours=1)
    assert timedelta(days=3) < sum(waits, timedelta()) < timedelta(days=4)


@pytest.mark.parametrize(
    ("tries", "code", "final"),
    [(1, None, False), (1, 451, False), (1, 550, True), (79, 451, False), (80, None, True)],
)
def test_what_ends_the_tries(tries, code, final):
    assert rules.is_final(tries=tries, code=code) is final


@pytest.mark.parametrize(
    ("klass", "template"),
    [
        (K.INTERNAL, "a/b"),
        (K.CONFIDENTIAL, "a/b"),
        (K.RESTRICTED, rules.SEALED),
        (K.COUNSEL, rules.SEALED),
    ],
)
def test_restricted_words_never_leave(klass, template):
    assert rules.template_for("a/b", klass=klass) == template


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("coo@acme.example", True),
        ("o'brien+x@sub.acme.example", True),
        ("coo@acme", False),
        ("Coo <coo@acme.example>", False),
        ("a@b.example,c@d.example", False),
        ("a@b.example\r\nBcc: x@y.example", False),
        ("", False),
        ("x" * 250 + "@a.example", False),
    ],
)
def test_one_address(text, good):
    assert rules.is_address(text) is good


def test_a_context_keeps_its_kinds():
    context = {
        "due": datetime(2026, 6, 17, 8, tzinfo=UTC),
        "day": date(2026, 6, 17),
        "amount": Money(Decimal("12.50"), Currency("EUR")),
        "share": Decimal("0.7"),
        "names": ["a", "b"],
        "inner": {"n": 3},
        "text": "é",
    }
    assert rules.unpacked(rules.packed(context)) == context


def test_control_characters_go_and_words_stay():
    assert rules.clean("a\x00\x1b[31m\r\nb\tc\ud800👩‍🚀") == "a[31m\nb\tc👩‍🚀"


@pytest.mark.parametrize(
    ("record", "path"),
    [
        ("ESC-2026-0017", "/escalations/ESC-2026-0017"),
        ("SPO-2026-0001", "/sponsorship/SPO-2026-0001"),
        ("X-1", "/notifications/"),
        (None, "/notifications/"),
    ],
)
def test_the_page_of_a_record(record, path):
    assert rules.path_of({}, record=record) == path


def test_its_own_page_comes_first():
    assert rules.path_of({"path": "/profile"}, record="ESC-2026-0017") == "/profile"
