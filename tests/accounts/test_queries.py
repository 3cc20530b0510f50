"""What is read of accounts: scope, classes, pages, value, facts."""

from datetime import timedelta
from decimal import Decimal

import pytest

from portal.blueprints.accounts import actions, queries
from portal.blueprints.accounts.models import ContactRole, EntryKind, Lane, PromiseKind
from portal.core import access, facts
from portal.core.access import K, RelationKind
from portal.core.errors import NotFound
from tests.accounts.rows import revenue, some_accounts
from tests.accounts.test_actions import entry, promise


def texts(page):
    return [row.text for row in page.rows]


def test_pages_meet_without_gap_or_repeat_both_ways(cast, db, now):
    some_accounts(25, owner=cast.carl, now=now)
    names, cursor, back = [], None, None
    while True:
        found = queries.page(cast.carl, queries.Search(), cursor=cursor, now=now, limit=10)
        names += [line.name for line in found.rows]
        if found.after is None:
            break
        cursor, back = found.after, found
    assert names == sorted(names, key=str.casefold)
    assert len(names) == len(set(names)) == 26
    earlier = queries.page(cast.carl, queries.Search(), cursor=found.before, now=now, limit=10)
    assert [line.name for line in earlier.rows] == [line.name for line in back.rows]


@pytest.mark.parametrize("cursor", ["x", "W10", "\x00", "é" * 500])
def test_cursor_that_is_none_of_ours_is_the_first_page(cursor, cast, db, now):
    found = queries.page(cast.carl, queries.Search(), cursor=cursor, now=now)
    assert [line.name for line in found.rows] == ["Acme Forges"]


def test_lines_hide_what_support_may_not_see(cast, db, now):
    line = queries.page(cast.sam, queries.Search(), cursor=None, now=now).rows[0]
    assert (line.arr, line.band, line.risk_score, line.open_cases) == (None, None, None, None)


def test_value_is_not_found_for_support(cast, db, now):
    with pytest.raises(NotFound):
        queries.value(cast.acme_id, at=now, viewer=cast.sam)


# Who stands to one record of an account knows who the customer is; what is confidential is for
# those who stand to the whole account, or answer for a record of it: a CSM reads their own.
BY_RECORD = {
    RelationKind.NAMED: ("Acme Forges", False, False),
    RelationKind.AUTHOR: (None, False, False),
    RelationKind.TEAM: ("Acme Forges", False, False),
    RelationKind.OWNER: ("Acme Forges", True, True),
    None: (None, False, False),
}


@pytest.mark.parametrize("kind", list(BY_RECORD))
@pytest.mark.parametrize("name", ["otto", "mario"])
def test_one_record_does_not_open_the_whole_account(cast, db, now, kind, name):
    person, acme = getattr(cast, name), cast.acme
    if kind is not None:
        access.relate(
            db.session, kind=kind, person_id=person.id, account_id=acme.id, record_ref="ESC-2026-1"
        )
    db.session.flush()
    shown, value, listed = BY_RECORD[kind]
    try:
        page = queries.dossier(person, queries.get(person, acme.reference, now=now), now=now)
        found = page.account.name, page.arr is not None
        assert (page.value is not None, page.contacts is not None) == (value, value)
    except NotFound:
        found = None, False
    assert found == (shown, value)
    lines = queries.page(person, queries.Search(), cursor=None, now=now).rows
    assert (acme.name in [line.name for line in lines]) is listed
    assert not queries.may_edit(person, acme)


@pytest.mark.parametrize(
    ("name", "value"),
    [("carl", True), ("sam", False), ("erik", True), ("fina", True), ("lisa", True),
     ("ava", True), ("lena", True), ("petra", True), ("aldo", True)],
)  # fmt: skip
def test_roles_that_see_every_account_do_so_without_a_relation(cast, db, now, name, value):
    person = getattr(cast, name)
    account = queries.get(person, cast.acme.reference, now=now)
    assert queries.sees_value_of(person, account, now=now) is value


def test_value_by_hand(cast, db, now):
    revenue(cast.acme, by=cast.carl, now=now)
    value = queries.value(cast.acme_id, at=now, viewer=cast.fina)
    assert value.revenue_to_date.value.amount == Decimal(24 * 51_000)
    assert value.last_12_months.value.amount == Decimal(12 * 51_000)
    assert value.margin_12_months.value.amount == Decimal("428400")
    assert value.tenure_months.value == 51
    assert value.decision.low.value < value.decision.base.value < value.decision.high.value
    assert value.remaining.firm.value.amount == Decimal("429238.36")


def test_total_of_contracts_in_force(cast, db, now):
    assert queries.total_arr(now).amount == Decimal("732000")
    assert queries.total_arr(now + timedelta(days=400)).amount == 0
    assert queries.at_stake([cast.acme_id], at=now).total.value.amount == Decimal("612000")


def test_timeline_shows_each_what_their_class_and_case_allow(cast, db, now):
    entry(cast, now, text="plain")
    entry(cast, now, text="secret", klass=K.RESTRICTED, lane=Lane.EXECUTIVE)
    entry(cast, now, text="money", klass=K.CONFIDENTIAL)
    entry(cast, now, text="of a case", case_ref="ESC-2026-0001")
    seen = {
        name: set(texts(queries.timeline(getattr(cast, name), cast.acme_id, now=now)))
        for name in ("carl", "sam", "ava", "otto", "fina", "erik")
    }
    assert seen["carl"] == {"plain", "money", "of a case"}
    assert seen["sam"] == {"plain"}
    assert seen["ava"] == {"plain", "money", "secret", "of a case"}
    assert seen["otto"] == set()
    assert seen["fina"] == {"plain", "money"}
    assert seen["erik"] == {"plain", "money", "of a case"}


def test_restricted_case_is_seen_by_named_people_alone(cast, db, now):
    entry(cast, now, text="conduct", case_ref="ESC-2026-0002")
    db.session.add(
        access.Restriction(record_ref="ESC-2026-0002", account_id=cast.acme_id, since=now)
    )
    access.relate(
        db.session,
        kind=RelationKind.NAMED,
        account_id=cast.acme_id,
        record_ref="ESC-2026-0002",
        person_id=cast.lisa.id,
    )
    db.session.commit()
    for name, expected in (("erik", []), ("carl", []), ("ava", []), ("lisa", ["conduct"])):
        page = queries.timeline(getattr(cast, name), cast.acme_id, now=now)
        assert texts(page) == expected, name


def test_timeline_in_lanes_cases_and_pages(cast, db, now):
    for i in range(5):
        entry(cast, now, text=f"n{i}", event_at=now - timedelta(hours=i))
    entry(cast, now, text="they called", lane=Lane.CUSTOMER, kind=EntryKind.CALL)
    first = queries.timeline(cast.carl, cast.acme_id, now=now, lanes=[Lane.INTERNAL], limit=3)
    assert texts(first) == ["n0", "n1", "n2"]
    rest = queries.timeline(
        cast.carl, cast.acme_id, now=now, lanes=[Lane.INTERNAL], limit=3, cursor=first.after
    )
    assert texts(rest) == ["n3", "n4"]
    assert texts(queries.timeline(cast.carl, cast.acme_id, now=now, case_refs=["ESC-1"])) == []


def test_promises_of_a_case_are_seen_with_the_case(cast, db, now):
    promise(cast, now, case_ref="ESC-2026-0001")
    assert len(queries.promises(cast.erik, now=now)) == 1
    assert queries.promises(cast.sam, now=now) == []
    assert queries.promises(cast.otto, now=now) == []
    assert len(queries.promises(cast.carl, now=now, by_id=cast.carl.id)) == 1


def test_another_account_is_found_by_its_very_name_or_its_reference(cast, db, now):
    def found(viewer, text):
        return queries.other(viewer, text, than=cast.acme, now=now)

    assert found(cast.erik, "acc-00002") == found(cast.erik, "boreális foods") == "ACC-00002"
    assert found(cast.erik, "foods") is found(cast.otto, "Borealis Foods") is None


def known(cast, viewer, names, at):
    return {
        name: fact.value
        for name, fact in facts.of([cast.acme_id], names, at=at, viewer=viewer)[
            cast.acme_id
        ].items()
    }


def test_facts_agree_with_the_page(cast, db, now):
    revenue(cast.acme, by=cast.carl, now=now)
    names = [fact.name for fact in queries.FACTS]
    found = known(cast, cast.fina, names, now)
    assert found["arr"] == Decimal("612000")
    assert found["revenue_12m"] == Decimal("612000")
    assert found["revenue_to_date"] == Decimal("1224000")
    assert found["tenure_months"] == 51
    assert found["gross_margin"] == Decimal("0.7")
    assert found["customer_executive"] in (True, 1)
    assert found["open_promises"] == 0
    assert found["segment"] == "enterprise"
    assert str(found["renewal_on"]) == "2027-02-28"


def test_facts_of_the_past_know_nothing_of_later(cast, db, now):
    promise(cast, now)
    assert known(cast, cast.fina, ["open_promises"], now)["open_promises"] == 1
    past = now - timedelta(days=1)
    assert known(cast, cast.fina, ["open_promises"], past).get("open_promises", 0) == 0


def test_broken_promises_of_ninety_days(cast, db, now):
    made = promise(cast, now)
    actions.break_(made, reason="x", by=cast.carl, now=now)
    later = now + timedelta(days=89)
    assert known(cast, cast.fina, ["broken_promises_90d"], later)["broken_promises_90d"] == 1
    later = now + timedelta(days=91)
    assert known(cast, cast.fina, ["broken_promises_90d"], later)["broken_promises_90d"] == 0


def test_facts_keep_value_from_support(cast, db, now):
    found = known(cast, cast.sam, ["arr", "revenue_12m", "segment"], now)
    assert set(found) == {"segment"}


@pytest.mark.parametrize(
    ("currency", "rate", "arr", "minor"),
    [
        ("JPY", "0.00625", 1_600_000, 1_600_000),
        ("USD", "0.5", 20_000, 2_000_000),
        ("KWD", "4", 2_500, 2_500_000),
    ],
)
def test_foreign_currency_counts_at_its_rate(cast, db, now, currency, rate, arr, minor):
    from portal.blueprints.policies import actions as policy_actions
    from portal.core.money import Money
    from tests.cast import SYSTEM

    policy_actions.publish_rate(
        currency,
        target="EUR",
        day=now.date(),
        rate=Decimal(rate),
        source="ECB",
        first_id=None,
        second_id=None,
        by=SYSTEM,
        now=now,
    )
    account = actions.create(name="Nihon", currency=currency, by=cast.erik, now=now)
    actions.add_contract(
        account,
        number="F-1",
        starts_on=now.date(),
        ends_on=None,
        arr=Money(Decimal(arr), currency),
        by=cast.erik,
        now=now,
    )
    db.session.commit()
    assert account.arr_minor == minor
    assert account.arr_sort == 1_000_000
    found = facts.of([account.id], ["arr"], at=now, viewer=cast.fina)[account.id]
    assert found["arr"].value == Decimal(10_000)
    assert queries.total_arr(now).amount == Decimal("742000")


def test_contacts_come_with_most_say_first(cast, db, now):
    actions.add_contact(
        cast.acme, name="Big", role=ContactRole.ECONOMIC_BUYER, influence=5, by=cast.carl, now=now
    )
    assert [c.name for c in queries.contacts(cast.acme)] == ["Big", "Hélène Vasseur"]


def test_promise_kinds_that_need_authority():
    from portal.blueprints.accounts.actions.history import NEED_AUTHORITY

    assert {k.value for k in PromiseKind} - {k.value for k in NEED_AUTHORITY} == {
        "action",
        "information",
        "meeting",
    }
