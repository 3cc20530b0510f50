"""Workbooks that were made to cost much or to deceive are refused before they do."""

import io
import tracemalloc
import zipfile

import pytest

from portal.blueprints.accounts import actions
from portal.blueprints.accounts.models import ImportRun, ImportState
from portal.blueprints.accounts.rules import reading
from portal.core.workbooks import MOST_COLUMNS, Broken, Workbook
from portal.core.workbooks.archive import MOST_TOKEN, PIECE, Parser
from portal.core.workbooks.numbers import date_of

from .test_imports import HEAD, ROW, begin, book_of, workbook

LONG = f"<si><t>{'x' * (1 << 17)}</t></si>"
SHARED = '<c t="s"><v>0</v></c>'
TOLD = f'<c t="str"><v>{"x" * (1 << 17)}</v></c>'
NOTED = '<c t="str"><v>x</v></c>'


def rows_of(rows, **more):
    return list(Workbook(io.BytesIO(book_of(rows, **more))).rows())


@pytest.mark.parametrize(
    ("rows", "why", "line"),
    [
        (f'<row r="4">{SHARED * 900}</row>', "long_line", 4),
        (f'<row r="4">{TOLD * 9}</row>', "long_line", 4),
        (f'<row r="4">{NOTED * (MOST_COLUMNS + 1)}</row>', "columns", 4),
        (f'<row r="2">{NOTED}</row><row r="2">{NOTED}</row>', "broken", 2),
        (f'<row r="3">{NOTED}</row><row r="2">{NOTED}</row>', "broken", 3),
        (f'<row r="2">{NOTED}<row>{NOTED}</row></row>', "broken", 2),
        (f'<row r="0">{NOTED}</row>', "broken", 0),
        (f'<row r="-1">{NOTED}</row>', "broken", 0),
        (f'<row r="{"9" * 5000}">{NOTED}</row>', "broken", 0),
        (f'<row><c t="s"><v>{"1" * 5000}</v></c></row>', "broken", 1),
        ('<row><c t="s"><v>7</v></c></row>', "broken", 0),
    ],
)
def test_a_row_that_cannot_be_is_refused(rows, why, line):
    with pytest.raises(Broken) as refusal:
        rows_of(rows, texts=LONG)
    assert (refusal.value.why, refusal.value.row) == (why, line)


def test_rows_of_one_long_text_are_held_one_at_a_time():
    book = Workbook(io.BytesIO(book_of(f"<row>{SHARED}</row>" * 1000, texts=LONG)))
    tracemalloc.start()
    assert sum(len(cells[0]) for _row, cells in book.rows()) == 1000 << 17
    assert tracemalloc.get_traced_memory()[1] < 4 << 20
    tracemalloc.stop()


def test_empty_cells_beyond_the_last_column_and_rows_without_number_count_for_nothing():
    styled = '<c r="XFD1" s="1"/><c r="XFD1" t="s"/>'
    assert rows_of(f'<row>{NOTED}{styled}</row><row r="5">{SHARED}</row>', texts="<si/>") == [
        (1, ["x"])
    ]
    assert [row for row, _cells in rows_of(f'<row r="5">{NOTED}</row><row>{NOTED}</row>')] == [5, 6]


@pytest.mark.parametrize("begun", ['<a b="', "<a><!--", "<a><?x "])
def test_a_tag_without_end_is_refused_early(begun):
    parser = Parser(lambda _tag, _said: None)
    parser.feed(begun.encode())
    for _piece in range(MOST_TOKEN // PIECE - 1):
        parser.feed(b"x" * PIECE)
    with pytest.raises(Broken):
        parser.feed(b"x" * PIECE)
    parser = Parser(lambda _tag, _said: None)
    parser.feed(b"<a>")
    for _piece in range(2 * MOST_TOKEN // PIECE):
        parser.feed(b"x" * PIECE)


def test_the_last_day_of_either_calendar():
    for since_1904, last in ((False, 2_958_465), (True, 2_957_003)):
        said = {"since_1904": since_1904, "time_alone": False}
        assert date_of(str(last), **said) == "9999-12-31"
        assert date_of(str(last + 1), **said) == str(last + 1)


def test_a_damaged_sheet_is_no_failure_of_the_count():
    content = book_of("<row>" + NOTED + "</row>" + "<row/>" * 400_000)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        part = archive.getinfo("xl/s.xml")
    end = part.header_offset + 30 + len(part.filename) + part.compress_size
    damaged = content[: end - 40] + b"\xff" * 30 + content[end - 10 :]
    table = reading.open_table(io.BytesIO(damaged), wanted=())
    with pytest.raises(reading.Unreadable, match="broken"):
        table.count()


def test_rows_are_counted_again_while_they_are_read(cast, db, now):
    cells = (
        "".join(f'<c t="str"><v>{word}</v></c>' for word in line.split(","))
        for line in (HEAD.strip(), ROW.strip(), ROW.strip().replace("A-1", "A-2"))
    )
    plain = book_of("".join(f"<row>{row}</row>" for row in cells))
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/s.xml"] = parts["xl/s.xml"].decode().encode("utf-16")
    run = begin(workbook(parts), cast, now, rows=1)
    db.session.commit()
    for _batch in actions.import_batches(run.id, most_rows=1, clock=lambda: now):
        db.session.commit()
    run = db.session.get_one(ImportRun, run.id, populate_existing=True)
    assert run.state is ImportState.REFUSED
    assert "more rows than this portal takes" in run.why_refused
