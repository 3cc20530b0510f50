"""Mappings of columns: what a cell becomes, versions that are shared, a file read by one."""

import io
from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts import actions, queries
from portal.blueprints.accounts.models import (
    Account,
    ColumnMapping,
    Contract,
    ImportMapping,
    ImportRun,
    ImportState,
    Lifecycle,
)
from portal.blueprints.accounts.rules import columns as cols
from portal.blueprints.accounts.rules import shapes
from portal.blueprints.policies.rules.value import Limits
from portal.core.errors import Refused
from portal.core.events import Event
from portal.core.sheets import xlsx_bytes
from portal.core.workbooks import Number, Workbook
from tests.accounts.test_imports import book_of, carry

TODAY = date(2026, 6, 1)
LIMITS = Limits(largest_arr=Decimal(10**9), largest_revenue_line=Decimal(10**9), earliest_year=1990)
HEAD = ["Nr", "Firma", "Seit", "Bis", "Umsatz", "Wrg", "Stand"]
FIELDS = {
    "external_id": "Nr",
    "name": "Firma",
    "customer_since": "Seit",
    "renewal_on": "Bis",
    "arr": "Umsatz",
    "currency": "Wrg",
    "lifecycle": "Stand",
}


def mapped(**more):
    return cols.Columns(FIELDS, source="crm", **more)


def read(cells, columns):
    return shapes.read_row(
        HEAD,
        cells,
        shape=cols.shape_of(columns),
        currency="EUR",
        limits=LIMITS,
        today=TODAY,
    )


@pytest.mark.parametrize(
    ("raw", "more", "minor"),
    [
        ("1,234.50", {}, 123450),
        ("1.234,50", {"decimal": "comma"}, 123450),
        ("1 234,50", {"decimal": "comma"}, 123450),
        ("1'234.50", {}, 123450),
        ("100", {"period": "month"}, 120000),
        ("123450", {"unit": "minor"}, 123450),
        ("1.2", {"unit": "thousand"}, 120000),
        ("0.5", {"unit": "million"}, 50_000_000),
    ],
)
def test_amounts_as_files_write_them(raw, more, minor):
    assert read(["1", "A", "", "", raw, "", ""], mapped(**more))["arr_minor"] == minor


def test_a_number_of_a_workbook_is_one_whatever_the_file_s_own_way_is():
    """1.234 of a workbook is a little more than one, also where a text "1.234" is a thousand."""
    comma = mapped(decimal="comma", unit="thousand")
    for cell, minor in ((Number("1.234"), 123400), ("1.234", 123400_000), (Number("-0"), 0)):
        assert read(["1", "A", "", "", cell, "", ""], comma)["arr_minor"] == minor
    cells = (
        '<row><c t="str"><v>a</v></c><c t="str"><v>b</v></c><c t="str"><v>c</v></c></row>'
        '<row><c><v>1234.56</v></c><c s="1"><v>7.0000000000000007E-2</v></c>'
        '<c t="str"><v>1.234</v></c></row>'
    )
    styles = '<cellXfs><xf numFmtId="0"/><xf numFmtId="9"/></cellXfs>'
    rows = list(Workbook(io.BytesIO(book_of(cells, styles=styles))).rows())
    assert rows[1] == (2, ["1234.56", "7%", "1.234"])
    assert [type(cell) is Number for cell in rows[1][1]] == [True, False, False]


@pytest.mark.parametrize(
    ("cells", "more", "column", "reason"),
    [
        (["1", "A", "", "", "1.234,50", "", ""], {}, "Umsatz", "not_a_number"),
        (["1", "A", "", "", "12,34", "", ""], {}, "Umsatz", "not_a_number"),
        (["1", "A", "", "", "=cmd()", "", ""], {}, "Umsatz", "not_a_number"),
        (["1", "A", "", "", "-5", "", ""], {}, "Umsatz", "negative"),
        (["1", "A", "", "", "99999999999", "", ""], {}, "Umsatz", "absurd"),
        (["1", "A", "", "", "0.5", "JPY", ""], {}, "Umsatz", "too_fine"),
        (["1", "A", "", "", "5", "EURO", ""], {}, "Wrg", "unknown_currency"),
        (["1", "A", "13/13/2020", "", "", "", ""], {"dates": "dmy"}, "Seit", "not_a_day"),
        (["1", "A", "01/02/2020", "", "", "", ""], {}, "Seit", "not_a_day"),
        (["1", "A", "2026-06-02", "", "", "", ""], {}, "Seit", "future"),
        (["1", "A", "2026-01-02", "2026-01-01", "", "", ""], {}, "Bis", "before_start"),
        (["1", "A", "", "", "", "", "perhaps"], {}, "Stand", "unknown_word"),
        (["", "A", "", "", "", "", ""], {}, "Nr", "missing"),
        (["1", "", "", "", "", "", ""], {}, "Firma", "missing"),
    ],
)
def test_what_is_wrong_is_told_by_column(cells, more, column, reason):
    [fault] = read(cells, mapped(**more))
    assert (fault.column, fault.reason) == (column, reason)


@pytest.mark.parametrize(
    ("raw", "dates"),
    [
        ("31.01.2020", "dmy"),
        ("01/31/2020", "mdy"),
        ("2020/1/31", "ymd"),
        ("2020-01-31 00:00", "dmy"),
    ],
)
def test_days_as_files_write_them(raw, dates):
    assert read(["1", "شركة", raw, "", "", "", ""], mapped(dates=dates)) == {
        "external_id": "1",
        "above_external_id": "",
        "name": "شركة",
        "industry": "",
        "country": "",
        "region": "",
        "segment": "",
        "lifecycle": "",
        "natural_person": False,
        "currency": "EUR",
        "product": "",
        "customer_since": "2020-01-31",
    }


def test_the_number_comes_first_in_whatever_order_fields_were_kept():
    kept = cols.from_document(mapped().document() | {"fields": dict(sorted(FIELDS.items()))})
    assert cols.shape_of(kept).needs == tuple(HEAD[:2] + HEAD[6:] + HEAD[2:6])


def test_names_of_columns_let_guess_their_fields():
    found = cols.suggested(["Customer number", "Société", "Échéance", "Devise", "Montant"])
    assert found.fields == {
        "external_id": "Customer number",
        "name": "Société",
        "renewal_on": "Échéance",
        "currency": "Devise",
        "arr": "Montant",
    }
    found = cols.suggested(["N° client", "Raison sociale", "MRR"])
    assert found.fields == {"external_id": "N° client", "name": "Raison sociale", "arr": "MRR"}
    assert found.period == "month"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"fields": {"name": "Firma"}}, "external_id"),
        ({"currency": "EURO"}, "currency_code"),
        ({"source": "portal"}, "source"),
        ({"source": "a b"}, "source"),
        ({"fields": FIELDS | {"salary": "x"}}, "fields"),
        ({"dates": "american"}, "dates"),
    ],
)
def test_mapping_that_cannot_be_read_by_is_refused(change, field, cast, db, now):
    columns = cols.from_document(mapped().document() | change)
    with pytest.raises(Refused) as refused:
        actions.save_mapping(columns, title="Ours", by=cast.adam, now=now)
    assert refused.value.field == field


def test_versions_are_kept_and_a_retired_one_is_offered_no_more(cast, db, now):
    first = actions.save_mapping(mapped(), title="Our CRM", by=cast.adam, now=now)
    same = actions.save_mapping(mapped(), title="Our CRM", by=cast.alma, now=now)
    second = actions.save_mapping(mapped(dates="dmy"), title="Our CRM", by=cast.alma, now=now)
    assert (first.id, first.number, second.number) == (same.id, 1, 2)
    assert [one.row.number for one in queries.mappings()[0]] == [2, 1]
    assert db.session.get_one(ColumnMapping, first.id).columns["dates"] == "iso"
    actions.retire_mapping("our-crm", by=cast.adam, now=now)
    assert queries.mappings_in_use() == []
    with pytest.raises(Refused):
        actions.retire_mapping("our-crm", by=cast.adam, now=now)
    with pytest.raises(Refused):
        actions.save_mapping(mapped(), title="HubSpot", by=cast.adam, now=now)
    back = actions.save_mapping(mapped(), title="Our CRM", by=cast.adam, now=now)
    assert (back.number, queries.usable("our-crm").id) == (3, back.id)
    db.session.commit()
    names = sa.select(Event.name).where(Event.name.like("accounts.columns%")).order_by(Event.seq)
    assert list(db.session.scalars(names)) == [
        *("accounts.columns_saved", "accounts.columns_saved"),
        *("accounts.columns_retired", "accounts.columns_saved"),
    ]


def begin(rows, cast, now, **more):
    return actions.begin_import(
        io.BytesIO(xlsx_bytes("t", HEAD, rows)),
        file_name="f.xlsx",
        mapping=None,
        basis=None,
        dry_run=False,
        most_rows=100,
        most_bytes=1 << 20,
        queue=False,
        by=cast.adam,
        now=now,
        **more,
    )


def test_file_read_by_a_saved_mapping_is_idempotent_and_undone(cast, db, now, run_jobs):
    saved = actions.save_mapping(mapped(dates="dmy"), title="CRM", by=cast.adam, now=now)
    row = ["7", "Werft =cmd()", "01.04.2023", "01.04.2027", "1000", "NOK", "customer"]
    run = carry(begin([row], cast, now, columns=saved), db, now)
    account = db.session.scalar(sa.select(Account).where(Account.source == "crm"))
    assert (run.state, run.mapping, run.columns_id) == (
        *(ImportState.DONE, ImportMapping.OWN),
        saved.id,
    )
    assert (account.currency, account.arr_minor, account.lifecycle) == (
        *("NOK", 100_000),
        Lifecycle.ACTIVE,
    )
    assert (account.customer_since, account.renewal_on) == (date(2023, 4, 1), date(2027, 4, 1))
    again = carry(begin([row], cast, now, columns=saved), db, now)
    assert (again.rows_new, again.rows_changed) == (0, 0)

    later = [*row[:3], "01.05.2027", "1200", "NOK", ""]
    changed = carry(begin([later], cast, now, columns=saved), db, now)
    db.session.refresh(account)
    contract = db.session.scalar(sa.select(Contract).where(Contract.account_id == account.id))
    assert (changed.rows_changed, account.arr_minor, contract.ends_on, contract.arr_minor) == (
        *(1, 120_000),
        date(2027, 5, 1),
        120_000,
    )
    actions.undo(changed, by=cast.adam, now=now)
    db.session.commit()
    run_jobs()
    db.session.expire_all()
    assert (account.renewal_on, contract.ends_on) == (date(2027, 4, 1), date(2027, 4, 1))

    other = [*row[:5], "EUR", ""]
    early = [*row[:2], "", "01.04.2020", "", "", ""]
    for wrong, why in ((other, "other_currency"), (early, "before_start")):
        refused = carry(begin([wrong], cast, now, columns=saved), db, now)
        assert [issue.reason for issue in queries.issues(refused)] == [why]


def test_hubspot_is_known_by_its_header(cast, db, now):
    head = ["Record ID", "Company name", "Lifecycle Stage", "Country/Region"]
    assert shapes.guess(head) is ImportMapping.HUBSPOT
    found = shapes.read_row(
        head,
        ["5", "A", "Marketing Qualified Lead", "Italy"],
        shape=shapes.SHAPES[ImportMapping.HUBSPOT],
        currency="EUR",
        limits=LIMITS,
        today=TODAY,
    )
    assert isinstance(found, dict), found
    assert (found["lifecycle"], found["country"]) == ("prospect", "IT")


def test_administrator_maps_looks_saves_and_uses_it_again(browse, db, run_jobs):
    adam, alma = browse("adam"), browse("alma")
    content = "Nr;Firma;Seit;Umsatz\n1;Größe;01.04.2023;1.200,50\n2;Beta;32.1.2020;5\n".encode(
        "cp1252"
    )

    def send(browser, mapping):
        data = {"file": (io.BytesIO(content), "f.csv"), "mapping": mapping, "encoding": "cp1252"}
        return browser.post("/accounts/imports", data, content_type="multipart/form-data")

    sent = send(adam, "columns")
    assert sent.location.endswith("/columns")
    assert "Größe" in adam.text(sent.location)
    form = {
        **{"external_id": "Nr", "name": "Firma", "customer_since": "Seit", "arr": "Umsatz"},
        **{"dates": "dmy", "decimal": "comma", "unit": "one", "period": "year"},
        **{"currency_code": "eur", "source": "crm", "title": "Our CRM"},
    }
    htmx = {"HX-Request": "true"}
    asked = form | {"part": "1"}
    part = adam.get(sent.location, query_string=asked, headers=htmx).get_data(as_text=True)
    assert "1,200.50" in part
    assert "32.1.2020" in part
    assert "not a day" in part
    odd = {"part": "1", "dates": "x", "currency_code": "ZZ"}
    assert adam.get(sent.location, query_string=odd, headers=htmx).status_code == 200
    assert "1,200.50" in adam.post(sent.location, form | {"look": "1"}).get_data(as_text=True)
    assert adam.post(sent.location, form | {"source": "A B"}).status_code == 422
    assert adam.post(sent.location, form | {"name": "no such"}).status_code == 422
    saved = adam.post(sent.location, form)
    assert saved.status_code == 303
    run_jobs()
    assert "Our CRM" in adam.text(saved.location)
    assert db.session.scalar(sa.select(ImportRun.rows_bad)) == 1
    assert adam.get(sent.location).status_code == 404

    again = send(alma, "saved:our-crm")
    run_jobs()
    assert "32.1.2020" in alma.text(again.location)
    waits = send(alma, "columns")
    started = alma.get(waits.location, query_string={"start": "saved:our-crm"})
    assert "1,200.50" in started.get_data(as_text=True)
    assert adam.get(waits.location).status_code == 404
    assert "Version 1" in alma.text("/accounts/imports/mappings")
    assert alma.post("/accounts/imports/mappings/our-crm/retire").status_code == 303
    assert "out of use" in alma.text("/accounts/imports/mappings")
    assert send(alma, "saved:our-crm").status_code == 422
    assert browse("carl").get("/accounts/imports/mappings").status_code == 403
