"""What is wrong with the data of accounts: counted, listed, for who may see it."""

from datetime import date, timedelta

import pytest

from portal.blueprints.accounts import queries
from portal.blueprints.accounts.models import Account, Contract, Lifecycle
from portal.blueprints.accounts.rules.quality import Fault
from portal.blueprints.auth.models import User
from portal.core.access import Permission
from tests.conftest import ON_SQLITE_ALONE
from tests.escalations.calls import caller

TODAY = date(2026, 6, 17)
# Name, country and what else is known; the names of those that are likely one stand together.
KNOWN = (
    ("Quay GmbH", "DE", {}),
    ("Quay", "DE", {}),
    ("QUAY AG", "", {}),
    ("Quay S.A.", "FR", {}),
    ("Anna Riva", "IT", {"natural_person": True}),
    ("Anna Riva", "IT", {"natural_person": True}),
    ("Lost Ltd", "GB", {"lifecycle": Lifecycle.LOST, "renewal_on": TODAY - timedelta(9)}),
    ("Past", "GB", {"renewal_on": TODAY - timedelta(1)}),
    ("Turned", "GB", {"renewal_on": TODAY, "contract_start": TODAY + timedelta(1)}),
    ("Left behind", "GB", {}),
    ("Signed", "GB", {}),
    ("Alone", "GB", {"above_external_id": "nobody"}),
    ("Taken out", "GB", {"above_external_id": "quality-0"}),
)


@pytest.fixture
def known(cast, db):
    """Accounts with one fault each, and what is like a fault and none."""
    rows = []
    for n, (name, country, more) in enumerate(KNOWN):
        row = Account(
            reference=f"ACC-8{n:04d}",
            name=name,
            name_key=name.casefold(),
            country=country,
            external_id=f"quality-{n}",
            owner_id=cast.ids["carl"],
            **more,
        )
        rows.append(row)
    db.session.add_all(rows)
    rows[9].owner_id = cast.ids["sam"]
    db.session.get_one(User, cast.ids["sam"]).active = False
    db.session.flush()
    for row, currency, ends in ((rows[10], "USD", None), (rows[9], "USD", TODAY - timedelta(1))):
        contract = Contract(
            account_id=row.id,
            number="1",
            starts_on=TODAY - timedelta(400),
            ends_on=ends,
            currency=currency,
        )
        db.session.add(contract)
    child = Account(
        reference="ACC-80099",
        name="Past SAS",
        name_key="past sas",
        country="GB",
        external_id="quality-child",
        owner_id=cast.ids["carl"],
        parent_id=rows[7].id,
    )
    db.session.add(child)
    db.session.commit()
    return rows


def test_each_fault_is_found_where_it_is(known, cast, now):
    counts = queries.how_many(cast.erik, now=now)
    found = {}
    for fault in Fault:
        lines = queries.faults(cast.erik, fault, cursor=None, now=now).rows
        assert len(lines) == counts[fault]
        found[fault] = {line.name for line in lines if line.reference.startswith("ACC-8")}
    assert found == {
        Fault.NO_OWNER: {"Left behind"},
        Fault.RENEWAL_PASSED: {"Past"},
        Fault.RENEWAL_BEFORE_START: {"Turned"},
        Fault.OTHER_CURRENCY: {"Signed"},
        Fault.NOTHING_ABOVE: {"Alone"},
        Fault.DUPLICATE: {"Quay", "QUAY AG"},
    }
    twins = queries.faults(cast.erik, Fault.DUPLICATE, cursor=None, now=now).rows
    assert {line.twin for line in twins if line.name != "Acme"} == {"ACC-80000"}
    # Support reads no value, and is told of no currency; Otto sees nobody else's accounts.
    assert Fault.OTHER_CURRENCY not in queries.how_many(cast.sam, now=now)
    assert not queries.faults(cast.sam, Fault.OTHER_CURRENCY, cursor=None, now=now).rows
    assert not any(queries.how_many(cast.otto, now=now).values())


@ON_SQLITE_ALONE
def test_the_page_leads_to_where_each_is_mended(known, cast, db, now, browse):
    erik = browse("erik")
    text = erik.text("/accounts/quality?fault=duplicate")
    assert "/accounts/ACC-80000/merge?other=ACC-80001" in text
    assert "/accounts/ACC-80009/owner" in erik.text("/accounts/quality?fault=no_owner")
    assert "a contract in USD" in erik.text("/accounts/quality?fault=other_currency")
    assert "to mend" in erik.text("/accounts/quality?fault=no such thing")
    told = erik.get("/accounts/quality/export.csv?fault=duplicate").text
    assert [line.split(",")[1] for line in told.splitlines()[1:]] == ["ACC-80001", "ACC-80002"]
    assert erik.get("/accounts/quality/export.xlsx").data[:2] == b"PK"
    ask = caller(browse, cast, db, now, at="/api/v1/accounts", scopes=(Permission.ACCOUNTS_READ,))
    answer = ask("erik")("GET", "/quality?fault=renewal_passed").json
    assert [one["reference"] for one in answer["items"]] == ["ACC-80007"]
    assert {one["fault"]: one["count"] for one in answer["counts"]}["duplicate"] == 2
