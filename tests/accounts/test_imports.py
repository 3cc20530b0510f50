"""Imports: what is refused, what is written, what nobody sees before the last row is in."""

import csv
import io
import tracemalloc
import zipfile
from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts import actions, queries
from portal.blueprints.accounts.models import (
    Account,
    ContactRole,
    Contract,
    ImportIssue,
    ImportMapping,
    ImportRun,
    ImportStage,
    ImportState,
    Lifecycle,
    RevenueLine,
)
from portal.blueprints.accounts.rules.quality import Fault
from portal.core.errors import Refused
from portal.core.events import Event
from portal.core.sheets import xlsx_bytes
from portal.core.workbooks import Failed, Workbook
from tests.conftest import ON_SQLITE_ALONE

HEAD = "customerID,tenure,Contract,MonthlyCharges,TotalCharges,Churn\n"
ROW = "A-1,3,One year,10,30.01,No\n"


def begin(content, cast, now, *, dry_run=False, rows=1000, size=1 << 20, **more):
    content = content.encode() if isinstance(content, str) else content
    return actions.begin_import(
        io.BytesIO(content),
        file_name="f.csv",
        mapping=more.pop("mapping", None),
        basis=None,
        encoding=more.pop("encoding", ""),
        dry_run=dry_run,
        most_rows=rows,
        most_bytes=size,
        queue=False,
        by=more.pop("by", cast.adam),
        now=now,
    )


def carry(run, db, now):
    db.session.commit()
    for _batch in actions.import_batches(run.id, most_rows=10**6, clock=lambda: now):
        db.session.commit()
    return db.session.get_one(ImportRun, run.id, populate_existing=True)


def import_(content, cast, db, now, **more):
    return carry(begin(content, cast, now, **more), db, now)


def imported(db):
    query = sa.select(Account).where(Account.source != "portal").order_by(Account.external_id)
    return list(db.session.scalars(query))


SEALED = (
    b"\xd0\xcf\x11\xe0".ljust(30, b"\0")
    + (9).to_bytes(2, "little")
    + b"\0" * (512 - 32)
    + "EncryptedPackage".encode("utf-16-le")
)


def workbook(parts):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return held.getvalue()


def book_of(rows, *, before="", sheets=1, state="visible", styles="", texts=""):
    """Write a workbook with what our own exports never write: styles, shared texts, formulas."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    names = "".join(
        f'<sheet name="S{i}" sheetId="{i + 1}" state="{state}" r:id="r1"/>' for i in range(sheets)
    )
    kinds = {"r1": "worksheet", "r2": "styles", "r3": "sharedStrings"}
    paths = {"r1": "/xl/s.xml", "r2": "styles.xml", "r3": "texts.xml"}
    relations = "".join(
        f'<Relationship Id="{key}" Type="{office}/{kind}" Target="{paths[key]}"/>'
        for key, kind in kinds.items()
    )
    return workbook(
        {
            "_rels/.rels": f'<Relationships><Relationship Id="a" Type="{office}/officeDocument"'
            ' Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns:r="{office}"><sheets>{names}</sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f"<Relationships>{relations}</Relationships>",
            "xl/styles.xml": f"<styleSheet>{styles}</styleSheet>",
            "xl/texts.xml": f"<sst>{texts}</sst>",
            "xl/s.xml": f"{before}<worksheet><sheetData>{rows}</sheetData></worksheet>",
        }
    )


REFUSED = {
    "broken workbook": (b"PK\x03\x04" + b"\x00" * 40, "damaged"),
    "renamed zip": (workbook({"a.csv": HEAD + ROW}), "ZIP"),
    "cut off": (xlsx_bytes("t", HEAD.split(","), [ROW.split(",")])[:-90], "damaged"),
    "sealed": (SEALED, "password"),
    "zip bomb": (book_of("<row/>" * 1_900_000), "unpacks"),
    "entities": (book_of("&x;", before='<!DOCTYPE a [<!ENTITY x "y">]>'), "damaged"),
    "201 sheets": (book_of("", sheets=201), "200 sheets"),
    "hidden sheets": (book_of("", state="hidden"), "no sheet"),
    "workbook of nothing": (book_of(""), "empty"),
    "old excel": (b"\xd0\xcf\x11\xe0" + b"\x00" * 40, "Office"),
    "pdf": (b"%PDF-1.7\n", "PDF"),
    "gzip": (b"\x1f\x8b\x08" + b"x" * 40, "compressed"),
    "picture": (b"\x89PNG\r\n\x1a\n", "picture"),
    "binary": (b"abc\x00\x01\x02", "not text"),
    "empty": (b"", "empty"),
    "spaces": (b"  \n \n", "empty"),
    "wrong header": (b"a,b,c\n1,2,3\n", "lacks these columns"),
    "one column missing": (HEAD.replace("Churn", "Chum").encode(), "Churn"),
    "column twice": ((HEAD.strip() + ",Churn\n").encode(), "twice"),
    "1,001 columns": ((HEAD.strip() + "," * 1001 + "\n").encode(), "columns"),
    "a cell without end": (HEAD.encode().strip() + b"," + b"x" * (2 << 20), "A cell is longer"),
    "a line without end": (HEAD.encode().strip() + b",x" * (1 << 20), "columns"),
    "too many rows": ((HEAD + ROW * 1001).encode(), "1001 rows"),
    "too many rows in a workbook": (
        xlsx_bytes("t", HEAD.strip().split(","), [ROW.strip().split(",")] * 1001),
        "1001 rows",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused_before_a_row_is_read(what, cast, db, now):
    content, words = REFUSED[what]
    with pytest.raises(Refused) as refusal:
        begin(content, cast, now, size=4 << 20)
    assert words in refusal.value.message
    assert refusal.value.field == "file"
    assert db.session.scalar(sa.select(sa.func.count(ImportRun.id))) == 0


def test_too_large_is_refused_without_reading(cast, db, now):
    with pytest.raises(Refused, match="MB"):
        begin("x" * 2000, cast, now, size=1000)


def test_file_of_opportunities_is_no_file_of_accounts(cast, db, now):
    with pytest.raises(Refused, match="INDUSTRY"):
        begin("ID,NAME,TYPE,AMOUNT\n1,x,y,2\n", cast, now)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be-bom", "utf-32", "utf-32-be-bom"]
)
def test_encodings_with_and_without_mark(encoding, cast, db, now):
    text = "ID,NAME,TYPE,INDUSTRY,BILLINGCOUNTRY\n1,Ärzte Ünïon 日本 😀,,,FR\n"
    if encoding.endswith("-bom"):
        content = ("\ufeff" + text).encode(encoding.removesuffix("-bom"))
    else:
        content = text.encode(encoding)
    assert import_(content, cast, db, now).state is ImportState.DONE
    assert imported(db)[0].name == "Ärzte Ünïon 日本 😀"


def test_the_chosen_encoding_is_read(cast, db, now):
    text = "ID,NAME,TYPE,INDUSTRY,BILLINGCOUNTRY\n1,{},,,FR\n"
    for number, (encoding, name) in enumerate(
        [("cp1252", "Müller – Söhne"), ("cp1255", "אבג"), ("cp1256", "شركة"), ("gb18030", "公司")]
    ):
        content = text.format(name).replace("\n1,", f"\n{number},").encode(encoding)
        assert import_(content, cast, db, now, encoding=encoding).state is ImportState.DONE
        assert imported(db)[-1].name == name
    with pytest.raises(Refused, match="no encoding"):
        begin(text, cast, now, encoding="rot13")


def test_workbook_is_read_like_a_text(cast, db, now):
    heads = HEAD.strip().split(",")
    rows = [ROW.strip().split(","), ["A-2", 1, "One year", Decimal("5"), "", "No"]]
    run = import_(xlsx_bytes("Konten", heads, rows), cast, db, now)
    assert (run.state, run.sheet) == (ImportState.REFUSED, "Konten")
    issue = db.session.scalar(sa.select(ImportIssue))
    assert (issue.line, issue.column, issue.reason) == (3, "TotalCharges", "missing")
    rows[1][4] = Decimal("5")
    assert import_(xlsx_bytes("Konten", heads, rows), cast, db, now).rows_new == 2
    again = import_(HEAD + ROW + "A-2,1,One year,5,5,No\n", cast, db, now)
    assert (again.rows_new, again.rows_changed) == (0, 0)


def test_cells_of_a_workbook_say_what_they_show(cast, db, now):
    styles = (
        '<numFmts><numFmt numFmtId="170" formatCode="[Red]#,##0.00 &quot;days&quot;"/>'
        '<numFmt numFmtId="171" formatCode="dd/mm/yy\\ hh:mm"/></numFmts><cellXfs>'
        '<xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/><xf numFmtId="171"/>'
        '<xf numFmtId="20"/></cellXfs>'
    )
    texts = "<si><t>a</t></si><si><r><t>b</t></r><r><t>c_x0041_</t></r><rPh><t>z</t></rPh></si>"
    row = (
        '<row r="3"><c r="A3" t="s"><v>0</v></c><c r="C3" t="s"><v>1</v></c>'
        '<c s="1"><v>46082</v></c><c s="2"><v>30.010000000000002</v></c>'
        '<c s="3"><v>46082.5</v></c><c s="4"><v>0.25</v></c><c><v>1E-7</v></c>'
        '<c><f>1+1</f><v>2</v></c><c t="str"><f>A1</f><v>x</v></c><c t="b"><v>1</v></c>'
        '<c t="e"><f>1/0</f><v>#DIV/0!</v></c><c><f>A1</f></c><c t="d"><v>2026-03-01</v></c>'
        '<c s="1"><v>-5</v></c><c s="1"><v>15</v></c></row><row r="4"><c/></row>'
    )
    found = Workbook(io.BytesIO(book_of(row, styles=styles, texts=texts)))
    [(number, cells)] = found.rows()
    assert number == 3
    assert cells == [
        *("a", "", "bcA", "2026-03-01", "30.01", "2026-03-01T12:00:00", "06:00:00", "0.0000001"),
        *("2", "x", "TRUE", "#DIV/0!", "=", "2026-03-01", "-5", "1900-01-15"),
    ]
    assert [i for i, cell in enumerate(cells) if isinstance(cell, Failed)] == [11, 12]
    heads = "".join(f'<c t="str"><v>{name}</v></c>' for name in HEAD.strip().split(","))
    wrong = '<c t="str"><v>A-1</v></c><c><v>3</v></c><c><v>0</v></c><c t="e"><v>#REF!</v></c>'
    run = import_(book_of(f"<row>{heads}</row><row>{wrong}</row>"), cast, db, now)
    issues = db.session.scalars(sa.select(ImportIssue).where(ImportIssue.run_id == run.id)).all()
    found = [(i.line, i.column, i.value) for i in issues]
    assert found[0] == (2, "MonthlyCharges", "#REF!")


def test_latin_1_is_refused_with_its_line(cast, db, now):
    text = "ID,NAME,TYPE,INDUSTRY,BILLINGCOUNTRY\n1,a,,,FR\n2,Müller,,,FR\n"
    with pytest.raises(Refused, match="Line 3: The text is not in the chosen encoding"):
        begin(text.encode("latin-1"), cast, now)
    late = HEAD.encode() + ROW.encode() * 60_000 + b"\xff"
    run = import_(late, cast, db, now, rows=10**5, size=1 << 24)
    assert run.state is ImportState.REFUSED
    assert run.why_refused.startswith("Line 60002: The text is not in")
    assert imported(db) == []


def test_quoted_line_ends_semicolons_and_200_columns(cast, db, now):
    columns = ["ID", "NAME", "TYPE", "INDUSTRY", "BILLINGCOUNTRY", *(f"X{i}" for i in range(195))]
    row = ["1", "Weber\nund Söhne", "", "", "Allemagne", *["y"] * 195]
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";")
    writer.writerows([columns, row, [*row[:-1], "z\nz"]])
    run = import_(buffer.getvalue(), cast, db, now)
    assert run.state is ImportState.REFUSED
    issue = db.session.scalar(sa.select(ImportIssue))
    assert (issue.line, issue.value, issue.reason) == (4, "1", "twice"), "where it begins"
    writer = csv.writer(buffer := io.StringIO(), delimiter=";")
    writer.writerows([columns, row])
    assert import_(buffer.getvalue(), cast, db, now).state is ImportState.DONE
    assert [(a.name, a.country) for a in imported(db)] == [("Weber und Söhne", "DE")]


def test_quote_that_is_never_closed(cast, db, now):
    text = HEAD + ROW + '"A-2,3,One' + "x\n" * 90_000
    run = import_(text, cast, db, now)
    assert run.state is ImportState.REFUSED
    assert run.why_refused.startswith("Line 3: A cell is longer")
    again = import_(text, cast, db, now, by=cast.lena)
    assert again.why_refused.startswith("Ligne 3"), "a job speaks the language of who imports"


BAD_CELLS = {
    "A-1,x,One year,10,30,No": ("tenure", "x", "not_a_number"),
    "A-1,2.5,One year,10,30,No": ("tenure", "2.5", "not_whole"),
    "A-1,3,One year,-10,30,No": ("MonthlyCharges", "-10", "negative"),
    "A-1,3,One year,10.001,30,No": ("MonthlyCharges", "10.001", "too_fine"),
    "A-1,3,One year,1e30,30,No": ("MonthlyCharges", "1E+30", "absurd"),
    "A-1,3,One year,NaN,30,No": ("MonthlyCharges", "NaN", "not_a_number"),
    "A-1,3,One year,10,,No": ("TotalCharges", "", "missing"),
    "A-1,3,For ever,10,30,No": ("Contract", "For ever", "unknown_word"),
    "A-1,3,One year,10,30,Perhaps": ("Churn", "Perhaps", "unknown_word"),
    ",3,One year,10,30,No": ("customerID", "", "missing"),
    "A-1\x07,3,One year,10,30,No": ("customerID", "A-1\\x07", "control"),
    "A-1,3,One year,10": ("", "4", "cells"),
    "A" * 121 + ",3,One year,10,30,No": ("customerID", "A" * 121, "too_long"),
}


@pytest.mark.parametrize("row", BAD_CELLS)
def test_bad_row_is_told_by_line_column_value_and_reason(row, cast, db, now):
    run = import_(HEAD + "B-1,1,One year,1,1,No\n" + row + "\n", cast, db, now)
    issue = db.session.scalar(sa.select(ImportIssue))
    assert (issue.line, issue.column, issue.value, issue.reason) == (3, *BAD_CELLS[row])
    assert (run.state, run.rows_bad) == (ImportState.REFUSED, 1)
    assert imported(db) == []


def test_all_that_is_wrong_with_a_row_is_told_at_once(cast, db, now):
    rows = ["B-1,1,One year,1,1,No", ",2.5,One year,-1,x,Perhaps", "B-2,y,For ever,1,1,No"]
    run = import_(HEAD + "\n".join(rows) + "\n", cast, db, now, dry_run=True)
    assert (run.rows_bad, run.rows_new) == (2, 1), "rows are counted, not cells"
    assert [(i.line, i.column, i.value, i.reason) for i in queries.issues(run)] == [
        (3, "customerID", "", "missing"),
        (3, "tenure", "2.5", "not_whole"),
        (3, "MonthlyCharges", "-1", "negative"),
        (3, "TotalCharges", "x", "not_a_number"),
        (3, "Churn", "Perhaps", "unknown_word"),
        (4, "tenure", "y", "not_a_number"),
        (4, "Contract", "For ever", "unknown_word"),
    ]


def test_unknown_country_is_told(cast, db, now):
    text = "ID,NAME,TYPE,INDUSTRY,BILLINGCOUNTRY\n1,x,,,Atlantis\n"
    import_(text, cast, db, now)
    issue = db.session.scalar(sa.select(ImportIssue))
    assert (issue.column, issue.value) == ("BILLINGCOUNTRY", "Atlantis")


def test_dry_run_says_the_same_and_changes_nothing(cast, db, now):
    before = db.session.scalar(sa.select(sa.func.count(Account.id)))
    run = import_(HEAD + ROW, cast, db, now, dry_run=True)
    assert (run.state, run.rows_new, run.rows_total) == (ImportState.CHECKED, 1, 1)
    assert db.session.scalar(sa.select(sa.func.count(Account.id))) == before
    assert db.session.scalar(sa.select(sa.func.count(ImportStage.id))) == 0


def test_what_a_subscriber_becomes(cast, db, now):
    run = import_(HEAD + ROW, cast, db, now)
    account = imported(db)[0]
    assert account.natural_person
    assert (account.segment, account.lifecycle) == ("consumer", Lifecycle.ACTIVE)
    assert account.arr_minor == 12_000
    contract = db.session.scalar(sa.select(Contract).where(Contract.account_id == account.id))
    assert (contract.starts_on, contract.ends_on) == (date(2026, 3, 1), date(2027, 3, 1))
    lines = db.session.scalars(
        sa.select(RevenueLine).where(RevenueLine.account_id == account.id)
    ).all()
    assert [(line.month.month, line.amount_minor) for line in lines] == [
        (3, 1001),
        (4, 1000),
        (5, 1000),
    ]
    assert {line.basis.value for line in lines} == {"invoiced"} == {run.basis.value}


def test_who_has_left_and_who_is_new(cast, db, now):
    text = HEAD + "A-1,3,One year,10,30,Yes\nA-2,0,Month-to-month,10, ,No\n"
    import_(text, cast, db, now)
    gone, fresh = imported(db)
    assert (gone.lifecycle, gone.arr_minor, gone.renewal_on) == (Lifecycle.LOST, None, None)
    assert (fresh.lifecycle, fresh.arr_minor) == (Lifecycle.ACTIVE, 12_000)
    value = queries.value(fresh.id, at=now, viewer=cast.erik)
    assert value.revenue_to_date.value is None


def test_again_is_idempotent_and_changes_only_what_changed(cast, db, now):
    text = HEAD + ROW + "A-2,1,One year,5,5,No\n"
    import_(text, cast, db, now)
    again = import_(text, cast, db, now)
    assert (again.rows_new, again.rows_changed, again.rows_total) == (0, 0, 2)
    third = import_(text.replace("10,30.01", "11,41.01"), cast, db, now)
    assert (third.rows_new, third.rows_changed) == (0, 1)
    account = imported(db)[0]
    assert account.arr_minor == 13_200
    value = queries.value(account.id, at=now, viewer=cast.erik)
    assert value.revenue_to_date.value.amount == Decimal("41.01")
    assert len(imported(db)) == 2


def test_again_does_not_take_back_what_people_noted(cast, db, now):
    text = "ID,NAME,TYPE,INDUSTRY,BILLINGCOUNTRY\n1,Nord,Customer,Steel,FR\n"
    import_(text, cast, db, now)
    account = imported(db)[0]
    account.lifecycle = Lifecycle.NOTICE_GIVEN
    db.session.commit()
    run = import_(text.replace("Steel", ""), cast, db, now)
    assert run.rows_changed == 0
    db.session.refresh(account)
    assert (account.lifecycle, account.industry) == (Lifecycle.NOTICE_GIVEN, "Steel")


def test_one_event_with_digest_counts_and_who(cast, db, now):
    run = import_(HEAD + ROW, cast, db, now)
    told = db.session.scalars(
        sa.select(Event).order_by(Event.seq).where(Event.name.like("accounts.import%"))
    ).all()
    assert [event.name for event in told] == ["accounts.imported"]
    assert told[0].actor_id == cast.adam.id
    assert told[0].data["digest"] == run.digest
    assert (told[0].data["read"], told[0].data["new"]) == (1, 1)


def many(count, first=0):
    return HEAD + "".join(f"M-{i:07d},3,One year,10,30,No\n" for i in range(first, first + count))


def test_nobody_sees_a_row_before_the_last_and_a_killed_import_goes_on(cast, db, now, monkeypatch):
    monkeypatch.setattr("portal.blueprints.accounts.actions.checking.BATCH", 10)
    monkeypatch.setattr("portal.blueprints.accounts.actions.writing.MONTHS_BATCH", 10)
    run = begin(many(45), cast, now)
    db.session.commit()
    steps = 0
    while True:
        # Killed after every commit: each time a new process begins where the last one left off.
        batches = actions.import_batches(run.id, most_rows=10**6, clock=lambda: now)
        next(batches)
        db.session.commit()
        if next(batches, "end") == "end":
            break
        db.session.commit()
        steps += 1
        state = db.session.get_one(ImportRun, run.id, populate_existing=True).state
        found = queries.page(cast.erik, queries.Search(text="M-00000"), cursor=None, now=now).rows
        if state is not ImportState.DONE:
            assert found == []
            assert queries.total_arr(now).amount == Decimal("732000")
    assert steps > 8
    assert len(imported(db)) == 45
    found = queries.page(cast.erik, queries.Search(text="M-00000"), cursor=None, now=now).rows
    assert len(found) == 45


def test_taken_back_half_way_leaves_nothing(browse, cast, db, now, monkeypatch):
    monkeypatch.setattr("portal.blueprints.accounts.actions.writing.MONTHS_BATCH", 10)
    run = begin(many(45), cast, now)
    db.session.commit()
    batches = actions.import_batches(run.id, most_rows=10**6, clock=lambda: now)
    for _batch in batches:
        db.session.commit()
        if 0 < len(imported(db)) < 45:
            break
    actions.take_back(db.session.get_one(ImportRun, run.id), by=cast.adam, now=now)
    db.session.commit()
    assert list(batches) == []
    assert imported(db)
    # Its rows would pass for customers that are there, and then be removed.
    with pytest.raises(Refused, match="is being removed"):
        begin(many(46), cast, now)
    db.session.rollback()
    adam, where = browse("adam"), f"/accounts/imports/{run.id}"
    assert "is being removed" in adam.text(where)
    assert "every 2s" in adam.get(where).get_data(as_text=True)
    for _batch in actions.undo_batches(run.id, now=now):
        db.session.commit()
    for table in (Account, Contract, RevenueLine):
        column = table.id if table is Account else table.account_id
        left = sa.select(sa.func.count(column)).where(column > cast.borealis_id)
        assert db.session.scalar(left) == 0
    assert db.session.scalar(sa.select(sa.func.count(ImportStage.id))) == 0
    assert "what it had written is removed" in adam.text(where)
    assert begin(many(46), cast, now).state is ImportState.CHECKING


def undone(run, cast, db, now):
    actions.undo(db.session.get_one(ImportRun, run.id), by=cast.adam, now=now)
    db.session.commit()
    # Killed after every commit, and repeated: each time a new process begins where it was left.
    while True:
        batches = actions.undo_batches(run.id, now=now)
        if next(batches, "end") == "end":
            break
        db.session.commit()
        batches.close()
        db.session.expire_all()
    return db.session.get_one(ImportRun, run.id, populate_existing=True)


def test_undone_leaves_what_somebody_touched_and_nothing_else(cast, db, now, monkeypatch):
    monkeypatch.setattr("portal.blueprints.accounts.actions.undoing.BATCH", 10)
    run = import_(many(25), cast, db, now)
    worked, edited, *_rest = imported(db)
    actions.add_contact(worked, name="Zoe", role=ContactRole.USER, by=cast.mario, now=now)
    actions.edit(edited, version=1, values={"industry": "Steel"}, by=cast.erik, now=now)
    actions.rank(by=cast.adam, now=now)
    db.session.commit()
    begin(HEAD + ROW, cast, now)
    with pytest.raises(Refused, match="being imported"):
        actions.undo(run, by=cast.adam, now=now)
    db.session.rollback()
    run = undone(run, cast, db, now)
    assert (run.state, run.rows_undone, run.rows_left) == (ImportState.UNDONE, 23, 2)
    assert [a.reference for a in imported(db)] == [worked.reference, edited.reference]
    assert [one.fields for one in queries.left_over(run)] == [(), ()]
    left = sa.select(sa.func.count()).select_from(RevenueLine)
    assert db.session.scalar(left.where(RevenueLine.account_id == worked.id)) == 3
    assert db.session.scalar(left.where(RevenueLine.account_id > edited.id)) == 0
    found = queries.page(cast.erik, queries.Search(text="M-00000"), cursor=None, now=now).rows
    assert len(found) == 2
    with pytest.raises(Refused, match="Only an import that is in"):
        actions.undo(run, by=cast.adam, now=now)
    again = import_(many(25), cast, db, now)
    assert (again.rows_new, again.rows_changed) == (23, 0)
    names = db.session.scalars(
        sa.select(Event.name).order_by(Event.seq).where(Event.name.like("accounts.import%"))
    )
    assert {*names} >= {"accounts.import_undo_begun", "accounts.import_undone"}


def test_undone_changes_come_back_field_by_field(cast, db, now):
    text = HEAD + ROW + "A-2,1,One year,5,5,No\nA-3,2,One year,7,14,No\n"
    import_(text, cast, db, now)
    other = text.replace("10,30.01", "11,20").replace("5,5,No", "6,6,Yes").replace("7,14", "8,22")
    run = import_(other, cast, db, now)
    kept, lost, both = imported(db)
    assert (kept.arr_minor, lost.lifecycle, both.arr_minor) == (13_200, Lifecycle.LOST, 9_600)
    import_(HEAD + "A-3,2,One year,9,30,No\n", cast, db, now)
    run = undone(run, cast, db, now)
    assert (run.rows_undone, run.rows_left) == (2, 1)
    db.session.expire_all()
    assert (kept.arr_minor, kept.arr_sort) == (12_000, 12_000)
    assert (lost.lifecycle, lost.arr_minor) == (Lifecycle.ACTIVE, 6_000)
    assert both.arr_minor == 10_800
    assert [one.fields for one in queries.left_over(run)] == [
        ("arr_minor", "contract.arr_minor", "revenue")
    ]
    contract = db.session.scalar(sa.select(Contract).where(Contract.account_id == lost.id))
    assert contract.ends_on == date(2027, 5, 1)
    sums = dict(
        db.session.execute(
            sa.select(RevenueLine.account_id, sa.func.sum(RevenueLine.amount_minor)).group_by(
                RevenueLine.account_id
            )
        ).all()
    )
    assert [int(sums[a.id]) for a in (kept, lost, both)] == [3001, 500, 3000]
    # What a later file built on stays: taken off, the sum would be less than that file said.
    corrected = sa.select(sa.func.count()).where(RevenueLine.corrects_id.is_not(None))
    assert db.session.scalar(corrected) == 2
    again = import_(text, cast, db, now)
    assert (again.rows_new, again.rows_changed) == (0, 1)


FAMILY = "external_id,name,parent\n"


def family(db):
    db.session.expire_all()
    names = {a.id: a.external_id for a in imported(db)}
    return {a.external_id: names.get(a.parent_id) for a in imported(db)}


def test_a_file_says_who_belongs_to_whom_and_undoing_it_forgets_it(cast, db, now):
    generic = {"mapping": ImportMapping.GENERIC}
    # The one above stands further down, in a later file, or is the account itself.
    first = import_(FAMILY + "a,A,b\nb,B,c\nc,C,c\nd,D,late\n", cast, db, now, **generic)
    assert family(db) == {"a": "b", "b": "c", "c": None, "d": None}
    assert queries.how_many(cast.erik, now=now)[Fault.NOTHING_ABOVE] == 1
    assert [one.name for one in queries.faults(
        cast.erik, Fault.NOTHING_ABOVE, cursor=None, now=now
    ).rows] == ["D"]  # fmt: skip
    # An empty cell changes nothing; a circle stays open where it would close.
    second = import_(FAMILY + "late,L,\na,A,c\nc,C,b\nb,B,\n", cast, db, now, **generic)
    assert (second.rows_new, second.rows_changed) == (1, 2)
    assert family(db) == {"a": "c", "b": "c", "c": None, "d": "late", "late": None}
    assert queries.how_many(cast.erik, now=now)[Fault.NOTHING_ABOVE] == 0
    again = import_(FAMILY + "late,L,\na,A,c\nc,C,b\n", cast, db, now, **generic)
    assert (again.rows_new, again.rows_changed) == (0, 0)
    undone(second, cast, db, now)
    assert family(db) == {"a": "b", "b": "c", "c": None, "d": None}
    gone = undone(first, cast, db, now)
    assert family(db) == {"a": None, "c": None}, "the later file changed these two"
    assert gone.rows_undone == 2


def test_what_people_took_out_of_a_family_stays_out(cast, db, now):
    generic = {"mapping": ImportMapping.GENERIC}
    import_(FAMILY + "a,A,b\nb,B,\n", cast, db, now, **generic)
    child = imported(db)[0]
    actions.edit(child, version=child.version, values={"parent": ""}, by=cast.erik, now=now)
    db.session.commit()
    import_(FAMILY + "a,A,b\nb,B2,\ne,E,a\n", cast, db, now, **generic)
    assert family(db) == {"a": None, "b": None, "e": "a"}
    assert queries.how_many(cast.erik, now=now)[Fault.NOTHING_ABOVE] == 0


def test_growth_potential_comes_in_with_its_day_and_goes_back(cast, db, now):
    generic = {"mapping": ImportMapping.GENERIC}
    head, day = "external_id,name,growth_potential\n", now.date()

    def known():
        db.session.expire_all()
        return {a.external_id: (a.growth_potential, a.growth_potential_on) for a in imported(db)}

    import_(head + "a,A,40\nb,B,\nc,C,7 %\n", cast, db, now, **generic)
    first = {"a": (40, day), "b": (None, None), "c": (7, day)}
    assert known() == first
    # Nothing in the cell changes nothing; none left to win is a judgement like any other.
    later = now + timedelta(days=3)
    second = import_(head + "a,A,\nb,B,0\nc,C,7\n", cast, db, later, **generic)
    assert (second.rows_changed, known()) == (1, first | {"b": (0, later.date())})
    undone(second, cast, db, later)
    assert known() == first
    for bad in ("101", "-1", "1.5", "much", "١"):
        run = import_(head + f"d,D,{bad}\n", cast, db, later, **generic)
        assert [(one.column, one.reason) for one in queries.issues(run)] == [
            ("growth_potential", "not_percent")
        ]


def test_two_processes_on_one_import_write_each_row_once(cast, db, now, monkeypatch):
    monkeypatch.setattr("portal.blueprints.accounts.actions.checking.BATCH", 10)
    run = begin(many(30), cast, now)
    db.session.commit()
    first, second = (
        actions.import_batches(run.id, most_rows=10**6, clock=lambda: now) for _ in range(2)
    )
    for batches in (first, second):
        next(batches)
        db.session.commit()
    next(first)
    db.session.commit()
    assert next(second, "ended") == "ended"
    db.session.commit()
    for _batch in first:
        db.session.commit()
    assert len(imported(db)) == 30


def test_second_file_of_the_shape_waits(cast, db, now):
    begin(HEAD + ROW, cast, now)
    with pytest.raises(Refused, match="Another file"):
        begin(HEAD + ROW, cast, now)
    begin(HEAD + ROW, cast, now, dry_run=True)


@ON_SQLITE_ALONE
def test_memory_stays_flat(cast, db, now):
    """Slow for 30,000 rows: the peak must not grow with them."""
    peaks = []
    for count in (6_000, 24_000):
        run = begin(
            many(count, first=count * 10), cast, now, dry_run=True, rows=10**6, size=1 << 24
        )
        db.session.commit()
        tracemalloc.start()
        carry(run, db, now)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.6


def test_salesforce_export_as_it_is(shared_data, cast, db, now):
    content = (shared_data / "crm_exports/salesforce_accountData.csv").read_bytes()
    run = import_(content, cast, db, now)
    assert (run.mapping, run.state, run.rows_new) == (
        ImportMapping.SALESFORCE,
        ImportState.DONE,
        423,
    )
    assert run.basis is None
    found = imported(db)
    assert {a.country for a in found} >= {"US", "CA", "GB", "JP", "IT"}
    assert all(a.arr_minor is None for a in found)
    assert db.session.scalar(sa.select(sa.func.count(RevenueLine.id))) == 0
    again = import_(content, cast, db, now)
    assert (again.rows_new, again.rows_changed, again.rows_total) == (0, 0, 423)


def test_telco_file_as_it_is(shared_data, cast, db, now):
    """Slow for 4,986 customers with 52,000 lines of revenue."""
    content = (shared_data / "accounts/telco_churn_dev70.csv").read_bytes()
    run = import_(content, cast, db, now, rows=10_000)
    assert (run.state, run.rows_new, run.rows_bad) == (ImportState.DONE, 4986, 0)
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    total = sum(Decimal(row["TotalCharges"].strip() or 0) for row in rows)
    written = db.session.scalar(sa.select(sa.func.sum(RevenueLine.amount_minor)))
    assert Decimal(int(written)) / 100 == total
    lost = sa.select(sa.func.count(Account.id)).where(Account.lifecycle == Lifecycle.LOST)
    assert db.session.scalar(lost) == sum(row["Churn"] == "Yes" for row in rows)
    yearly = sum(Decimal(r["MonthlyCharges"]) * 12 for r in rows if r["Churn"] == "No")
    assert queries.total_arr(now).amount == yearly + Decimal("732000")


def test_hostile_names_come_in_whole(shared_data, cast, db, now):
    source = (shared_data / "hostile/names_rtl_cjk.csv").read_text(encoding="utf-8")
    names = [row["company"] for row in csv.DictReader(io.StringIO(source)) if row["company"]]
    writer = csv.writer(buffer := io.StringIO())
    writer.writerow(["ID", "NAME", "TYPE", "INDUSTRY", "BILLINGCOUNTRY"])
    writer.writerows([i, name, "", "", "FR"] for i, name in enumerate(names))
    run = import_(buffer.getvalue(), cast, db, now, rows=10**5)
    assert run.rows_bad == 0
    assert {a.name for a in imported(db)} == {" ".join(name.split()) for name in names}
