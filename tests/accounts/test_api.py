"""Accounts for programs: shapes, rights, cursors, ETags, repeated calls."""

import contextvars
import io
import json

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts import actions
from portal.blueprints.accounts.models import Account, FitState, ValueModel
from portal.blueprints.auth import actions as auth
from portal.core import clock
from portal.core.access import Permission
from portal.core.events import EventValue
from tests.accounts.rows import some_accounts
from tests.conftest import ON_SQLITE_ALONE

URL = "/api/v1/accounts/"
NEW = {
    "name": "Nova Corp",
    "country": "FR",
    "customer_since": "2024-01-01",
    "contract": {
        "number": "N-1",
        "starts_on": "2026-01-01",
        "ends_on": "2027-01-01",
        "arr": {"amount": "1200.50", "currency": "EUR"},
    },
}


@pytest.fixture
def call(app, cast, db, now):
    """Call the API as somebody: `call("carl", "GET", "/api/…")`."""
    words = {}

    def make(name, method, url, **more):
        if name not in words:
            scopes = sorted(getattr(cast, name).permissions)
            _row, words[name] = auth.make_token(
                cast.user(name),
                name="tests",
                scopes=scopes,
                days=1,
                by=getattr(cast, name),
                now=now,
            )
        db.session.commit()
        headers = {"Authorization": f"Bearer {words[name]}", **more.pop("headers", {})}

        def send():
            with clock.moved(now):
                return app.test_client().open(url, method=method, headers=headers, **more)

        answer = contextvars.Context().run(send)
        db.session.expire_all()
        return answer

    return make


def test_list_and_one_show_what_the_caller_may_see(call):
    line = call("carl", "GET", URL).json["items"][0]
    assert line["arr"] == {"amount": "612000.00", "currency": "EUR"}
    one = call("carl", "GET", URL + "ACC-00001").json
    assert one["gross_margin"] == "0.70000000" or one["gross_margin"].startswith("0.7")
    hidden = call("sam", "GET", URL + "ACC-00001").json
    assert (hidden["arr"], hidden["gross_margin"], hidden["risk_band"]) == (None, None, None)
    assert hidden["name"] == "Acme Forges"


def test_what_may_not_be_seen_is_a_problem_404(call):
    answer = call("otto", "GET", URL + "ACC-00001")
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"
    assert call("otto", "GET", URL).json == {"items": [], "after": None}


def test_pages_by_cursor(call, cast, db, now):
    some_accounts(5, owner=cast.carl, now=now)
    first = call("carl", "GET", URL + "?limit=4").json
    lost = call("carl", "GET", URL + "?limit=4&after=zzz")
    assert (lost.status_code, lost.json["errors"][0]["field"]) == (409, "after")
    rest = call("carl", "GET", URL + "?limit=4&after=" + first["after"]).json
    names = [item["name"] for item in first["items"] + rest["items"]]
    assert len(set(names)) == 6
    assert rest["after"] is None


@ON_SQLITE_ALONE
def test_imports_are_listed_watched_and_undone(call, cast, db, now, run_jobs):
    head = "customerID,tenure,Contract,MonthlyCharges,TotalCharges,Churn\n"
    run = actions.begin_import(
        io.BytesIO((head + "A-1,3,One year,10,30,No\n").encode()),
        file_name="f.csv",
        mapping=None,
        basis=None,
        dry_run=False,
        most_rows=9,
        most_bytes=999,
        by=cast.adam,
        now=now,
    )
    where = f"{URL}imports/{run.id}"
    assert call("carl", "GET", where).status_code == 403
    assert call("alma", "GET", where).status_code == 404, "not in yet"
    assert call("adam", "POST", where + "/undo").status_code == 409
    run_jobs()
    assert call("alma", "GET", URL + "imports").json["items"][0]["new"] == 1
    assert call("alma", "POST", where + "/undo").json["state"] == "undoing"
    run_jobs()
    found = call("adam", "GET", where).json
    assert (found["state"], found["undone"], found["stayed"]) == ("undone", 1, [])
    assert call("adam", "POST", where + "/take-back").status_code == 409


@pytest.mark.parametrize("limit", ["0", "201", "x", "-1", "9" * 30])
def test_limit_out_of_bounds_is_named(call, limit):
    answer = call("carl", "GET", f"{URL}?limit={limit}")
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "limit"


def test_etag_spares_the_second_reading(call):
    first = call("carl", "GET", URL + "ACC-00001")
    again = call("carl", "GET", URL + "ACC-00001", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    other = call("sam", "GET", URL + "ACC-00001")
    assert other.headers["ETag"] != first.headers["ETag"]


def test_account_is_made_with_its_contract(call, cast, db):
    made = call("carl", "POST", URL, json=NEW)
    assert made.status_code == 201
    assert made.headers["Location"].endswith(made.json["reference"])
    assert made.json["arr"] == {"amount": "1200.50", "currency": "EUR"}
    found = db.session.scalar(sa.select(Account).where(Account.name == "Nova Corp"))
    assert (found.owner_id, found.arr_minor) == (cast.carl.id, 120_050)


def test_repeated_call_makes_one(call, db):
    headers = {"Idempotency-Key": "k-1"}
    first = call("carl", "POST", URL, json=NEW, headers=headers)
    again = call("carl", "POST", URL, json=NEW, headers=headers)
    assert first.json == again.json
    other = call("carl", "POST", URL, json={**NEW, "name": "Else"}, headers=headers)
    assert other.status_code == 422
    count = sa.select(sa.func.count(Account.id)).where(Account.name.in_(["Nova Corp", "Else"]))
    assert db.session.scalar(count) == 1


def test_account_is_changed_field_by_field(call, cast, db, now):
    url = URL + "ACC-00001"
    read = call("carl", "GET", url)
    assert (read.json["growth_potential"], read.json["growth_potential_on"]) == (None, None)
    tag = {"If-Match": read.headers["ETag"]}
    made = call("carl", "PATCH", url, json={"growth_potential": 0, "logo": True}, headers=tag)
    assert (made.status_code, made.json["growth_potential"], made.json["logo"]) == (200, 0, True)
    assert made.json["growth_potential_on"] == now.date().isoformat()
    assert made.json["gross_margin"] == read.json["gross_margin"]
    assert call("carl", "PATCH", url, json={"growth_potential": 9}, headers=tag).status_code == 412
    assert call("sam", "GET", url).json["growth_potential"] is None, "money of others"
    assert call("sam", "PATCH", url, json={"logo": False}).status_code == 403
    told = sa.select(EventValue).where(EventValue.field == "growth_potential")
    assert [(one.before, one.after) for one in db.session.scalars(told)] == [(None, "0")]
    for body, status, field in (
        ({"growth_potential": 101}, 422, "growth_potential"),
        ({"growth_potential": 5, "growth_potential_on": "2999-01-01"}, 409, "growth_potential_on"),
        ({"reference": "ACC-00002"}, 422, "reference"),
    ):
        bad = call("carl", "PATCH", url, json=body)
        assert (bad.status_code, [e["field"] for e in bad.json["errors"]]) == (status, [field])
    gone = call("carl", "PATCH", url, json={"growth_potential": None, "name": None})
    assert (gone.json["growth_potential"], gone.json["growth_potential_on"]) == (None, None)
    assert gone.json["name"] == read.json["name"]


BAD = {
    "no name": ({}, "name"),
    "unknown field": ({"name": "x", "owner_id": 1}, "owner_id"),
    "number as text": ({"name": 7}, "name"),
    "absurd date": ({"name": "x", "customer_since": "2024-02-31"}, "customer_since"),
    "negative money": (
        {**NEW, "contract": {**NEW["contract"], "arr": {"amount": "-1", "currency": "EUR"}}},
        "contract.arr.amount",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_body_names_its_fields(what, call):
    body, field = BAD[what]
    answer = call("carl", "POST", URL, json=body)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert field in {error["field"] for error in answer.json["errors"]}


@pytest.mark.parametrize(
    "arr",
    [
        {"amount": "1", "currency": "XQQ"},
        {"amount": "999999999999999", "currency": "EUR"},
        {"amount": "0.001", "currency": "EUR"},
    ],
)
def test_money_that_cannot_be_makes_nothing(arr, call, db):
    body = {**NEW, "contract": {**NEW["contract"], "arr": arr}}
    assert call("carl", "POST", URL, json=body).status_code == 409
    assert (
        db.session.scalar(sa.select(sa.func.count(Account.id)).where(Account.name == "Nova Corp"))
        == 0
    )


def test_deep_or_broken_json_is_refused(call):
    for body in ("[" * 100_000, "{", json.dumps(NEW)[:-1], '{"name": "\\ud800"}'):
        answer = call("carl", "POST", URL, data=body, content_type="application/json")
        assert answer.status_code in {400, 422}


@pytest.mark.parametrize("name", ["aldo", "fina", "sam", "adam"])
def test_who_may_not_make_accounts(name, call):
    assert call(name, "POST", URL, json=NEW).status_code == 403


def test_scopes_narrow_a_token(app, cast, db, now):
    _row, word = auth.make_token(
        cast.user("carl"),
        name="read",
        scopes=[Permission.ACCOUNTS_READ],
        days=1,
        by=cast.carl,
        now=now,
    )
    db.session.commit()

    def send():
        with clock.moved(now):
            headers = {"Authorization": f"Bearer {word}"}
            return app.test_client().post(URL, json=NEW, headers=headers)

    assert contextvars.Context().run(send).status_code == 403


def test_versions_of_the_models_are_listed_with_their_parameters(call, cast, db, now):
    fitted = {"customers": 60, "lost": 15, "alpha": 0.7, "beta": 3.8, "log_likelihood": -9.5}
    thin = {"customers": 3, "again": 1, "currency": "EUR", "why": "thin", "details": {}}
    document = {"contracts": {"*": {**fitted, "draws": []}}, "purchases": thin}
    row = ValueModel(number=1, state=FitState.PROPOSED, history_until=now.date(), document=document)
    db.session.add(row)
    db.session.commit()
    (told,) = call("lena", "GET", URL + "models").get_json()["items"]
    assert (told["number"], told["state"], told["decided_at"]) == (1, "proposed", None)
    every, bought = told["parts"]
    assert every["parameters"] == {"alpha": 0.7, "beta": 3.8}
    assert (bought["part"], bought["why"], bought["parameters"]) == ("purchases", "thin", {})
    assert call("carl", "GET", URL + "models").status_code == 403


@ON_SQLITE_ALONE
def test_a_program_sends_signals_of_many_accounts_at_once(call, cast):
    """… all of them or none; the same again changes nothing, another value corrects."""
    known = {"kind": "health", "observed_at": "2026-06-01T08:00:00Z", "external_id": "p1"}
    one = {**known, "account": cast.acme.reference, "value": "80"}
    lost = {**known, "account": "ACC-99999", "value": "1"}
    bad = call("carl", "POST", f"{URL}signals", json={"source": "pulse", "signals": [one, lost]})
    assert bad.status_code == 409
    assert "ACC-99999" in bad.get_data(as_text=True)
    seen = []
    for value in ("80", "80", "70"):
        body = {"source": "pulse", "signals": [{**one, "value": value}]}
        answer = call("carl", "POST", f"{URL}signals", json=body).json
        seen.append((answer["new"], answer["changed"], answer["same"]))
    assert seen == [(1, 0, 0), (0, 0, 1), (0, 1, 0)]
    (last, *_before) = call("carl", "GET", f"{URL}signals").json["items"]
    assert (last["source"], last["changed"]) == ("pulse", 1)
    (shown,) = call("carl", "GET", f"{URL}{cast.acme.reference}/signals").json["items"]
    assert float(shown["value"]) == 70
    assert call("kim", "GET", f"{URL}signals").status_code == 403
