"""Accounts that belong together, and the lines behind what they spent."""

from datetime import date
from decimal import Decimal

import pytest

from portal.blueprints.accounts import actions, queries
from portal.blueprints.accounts.models import Basis, RevenueLine
from portal.core.access import Permission
from portal.core.db import db as database
from portal.core.errors import Refused
from portal.core.money import Money
from tests.accounts.rows import revenue
from tests.escalations.calls import caller


@pytest.fixture
def child(cast, db, now):
    """An account of Erik's below Acme, with revenue of its own and a contract in pounds."""
    made = actions.create(
        name="Acme North", currency="GBP", by=cast.erik, now=now, owner_id=cast.erik.id,
        parent=cast.acme.reference,
    )  # fmt: skip
    signed = {"number": "N-1", "starts_on": date(2026, 1, 1), "ends_on": date(2027, 1, 1)}
    actions.add_contract(made, arr=Money(Decimal(1000), "GBP"), by=cast.erik, now=now, **signed)
    revenue(cast.acme, by=cast.carl, now=now)
    revenue(made, by=cast.erik, now=now, amount="1000")
    return made


def test_sums_are_made_of_the_members_that_one_may_read(cast, child, now):
    whole = queries.family(cast.lena, cast.acme, now=now)
    assert [(m.reference, m.depth) for m in whole.members] == [
        (cast.acme.reference, 0),
        (child.reference, 1),
    ]
    [(_basis, year)] = whole.last_12_months.items()
    assert year.amount == Money(12 * 52_000, "EUR")
    assert whole.stake.unknown == 1, "nobody has a rate of the pound: the sum is a lower bound"
    assert whole.stake.amount == whole.members[0].stake.value
    own = queries.family(cast.carl, cast.acme, now=now)
    assert ([m.reference for m in own.members], own.hidden) == ([cast.acme.reference], 1)


def test_a_family_on_its_pages(browse, cast, child, now):
    text = browse("fina").text(f"/accounts/{child.reference}/family")
    assert "€624,000" in text
    assert "without 1 member: a lower bound" in text
    listed = browse("fina").text(f"/accounts/?family={child.reference}")
    assert ("Acme North" in listed, "Acme Forges" in listed) == (True, True)
    assert "Borealis" not in listed
    shown = browse("fina").text(f"/accounts/{cast.acme.reference}")
    assert f"/accounts/{cast.acme.reference}/family?part=1" in shown
    assert "1 more member is not yours" in browse("carl").text(
        f"/accounts/{cast.acme.reference}/family"
    )
    assert browse("sam").get(f"/accounts/{cast.acme.reference}/family").status_code == 404


@pytest.mark.parametrize("above", ["self", "child", "ACC-99999"])
def test_nobody_belongs_to_themselves_or_to_nobody(cast, child, now, above):
    number = {"self": cast.acme.reference, "child": child.reference}.get(above, above)
    with pytest.raises(Refused):
        actions.edit(
            cast.acme,
            version=cast.acme.version,
            values={"parent": number},
            by=cast.erik,
            now=now,
        )


def test_every_line_stands_with_its_rate_or_says_that_there_is_none(browse, cast, child, now):
    line = database.session.query(RevenueLine).filter_by(account_id=child.id).first()
    wrong = actions.Revenue(
        account_id=child.id,
        month=line.month,
        amount=Money(Decimal(-100), "GBP"),
        basis=Basis(line.basis),
        corrects_id=line.id,
    )
    actions.add_revenue([wrong], source="test", by=cast.erik, now=now)
    text = browse("fina").text(f"/accounts/{child.reference}/revenue?until={line.month:%Y-%m}")
    assert "corrects €1,000" in text
    assert "no rate for this day" in text
    file = browse("fina").get(f"/accounts/{child.reference}/revenue.csv?until={line.month:%Y-%m}")
    assert "-100.00,GBP,,EUR" in file.text
    assert browse("sam").get(f"/accounts/{child.reference}/revenue").status_code == 404


def test_who_may_not_see_the_account_above_is_not_told_its_number_and_keeps_it(
    browse, cast, child, db, now
):
    actions.hand_to(child, owner_id=cast.carl.id, by=cast.erik, now=now)
    actions.hand_to(cast.acme, owner_id=None, by=cast.erik, now=now)
    db.session.commit()
    address = f"/accounts/{child.reference}"
    ask = caller(browse, cast, db, now, at="/api/v1", scopes=[Permission.ACCOUNTS_READ])
    seen = {name: ask(name)("GET", address).json["parent"] for name in ("erik", "carl")}
    assert seen == {"erik": cast.acme.reference, "carl": None}
    assert cast.acme.reference not in browse("carl").text(f"{address}/edit")
    values = {"name": "Acme South", "parent": ""}
    actions.edit(child, version=child.version, values=values, by=cast.carl, now=now)
    assert (child.name, child.parent_id) == ("Acme South", cast.acme_id)
    actions.edit(child, version=child.version, values={"parent": ""}, by=cast.erik, now=now)
    assert child.parent_id is None
