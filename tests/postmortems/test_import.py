"""Post-mortems written elsewhere: what a file brings in, and what it cannot do here."""

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal.blueprints.postmortems import actions, queries, rules
from portal.blueprints.postmortems.models import ImportedPostmortem
from portal.blueprints.postmortems.rules import files
from portal.core import access, clock
from portal.core.access import Restriction
from portal.core.errors import NotFound
from portal.core.events import Event
from tests.conftest import ON_SQLITE_ALONE

from .cases import case_of

BY = access.operator("portal postmortems import")
DATA = Path(__file__).parents[2].parent / "shared/data/postmortems"


def read(text, name="a.jsonl"):
    """Give the records of a file, and what is wrong in it, without a database."""
    records, errors = [], []
    for raw in files.raw_records(text if isinstance(text, bytes) else text.encode(), name=name):
        if isinstance(raw, files.Problem):
            errors.append(raw)
            continue
        record, wrong = rules.imported(raw)
        records += [record] if record else []
        errors += wrong
    return records, errors


def bring(rows, *, name="a.jsonl", **more):
    text = rows if isinstance(rows, str) else "\n".join(map(json.dumps, rows))
    more = {"most_bytes": 1 << 24, "by": BY, "now": clock.now(), **more}
    return actions.import_file(text.encode(), name=name, **more)


def counts(outcome):
    return outcome.created, outcome.updated, outcome.skipped, len(outcome.errors)


@pytest.mark.parametrize(
    ("text", "title", "derived"),
    [
        ('{"title": "A  b"}', "A b", False),
        ('{"body": "x\\n## The [plan](http://a.b) failed ##\\nmore"}', "The plan failed", True),
        ('{"summary": "It stopped. Then it went on."}', "It stopped.", True),
        ('{"url": "https://a.example/1"}', "https://a.example/1", True),
        ('{"uuid": "7", "company": "Acme"}', "Acme", True),
    ],
)
def test_a_title_is_the_sources_or_said_to_be_derived(text, title, derived):
    ((found,), errors) = read(text)
    assert (found.title, found.title_derived, errors) == (title, derived, [])


@pytest.mark.parametrize(
    ("given", "on", "at"),
    [
        ("2019-05-04 00:00:00+00:00", "2019-05-04", "2019-05-04T00:00:00+00:00"),
        ("2019-05-04T23:30:00-07:00", "2019-05-04", "2019-05-04T23:30:00-07:00"),
        ("2019-05-04", "2019-05-04", None),
        ("2019-05-04 09:15", "2019-05-04", None),  # no zone is invented
        ("", None, None),
        (None, None, None),
    ],
)
def test_a_moment_is_what_the_source_says(given, on, at):
    ((found,), _errors) = read(json.dumps({"title": "t", "start_time": given}))
    moment = found.started
    assert (moment and str(moment.on)) == on
    assert (moment and moment.at and moment.at.isoformat()) == at


@pytest.mark.parametrize(
    ("text", "name", "line", "field"),
    [
        ('{"title": "a"}\n{"title": "b", "bo', "a.jsonl", 2, ""),
        ("[1, 2]", "a.jsonl", 1, ""),
        ('{"title": NaN}', "a.jsonl", 1, ""),
        ("[" * 5000, "a.jsonl", 1, ""),
        ("{}", "a.jsonl", 1, ""),
        ('\n{"title": "t", "start_time": "yesterday"}', "a.jsonl", 2, "start_time"),
        ('{"title": {"a": 1}}', "a.jsonl", 1, "title"),
        ("title,body\nA,b\nC", "a.csv", 3, ""),
        ('title,body\nA,"cut', "a.csv", 2, ""),
        ("---\ntitle: a\nbody without end", "a.md", 3, "front matter"),
        ("+++\ntitle = \n+++\nx", "a.md", 2, "front matter"),
        ("---\n- a\n---\nx", "a.md", 2, "front matter"),
        (b"title\n\xff\xfe\xfa", "a.csv", 2, ""),
        ("PK\x03\x04", "a.zip", 1, ""),
    ],
)
def test_what_cannot_be_read_is_said_with_its_line(text, name, line, field):
    _records, errors = read(text, name)
    assert [(e.line, e.field) for e in errors] == [(line, field)]
    assert errors[0].reason


def test_csv_and_markdown_say_the_same_as_json():
    table = '\ufefftitle;date;tags\n"Two\nlines";2020-02-03;"a, b"\n'
    ((cell,), _no) = read(table, "a.csv")
    page = "---\ntitle: 'Two lines'\ndate: 2020-02-03\ntags:\n  - a\n  - b\nowner: x\n---\nText\n"
    ((written,), _no) = read(page, "a.md")
    ((toml,), _no) = read('+++\ntitle = "Two lines"\ndate = 2020-02-03\n+++\n', "a.md")
    ((mapped,), _no) = read(
        '{"title": "Two lines", "tags": ["a", "b"]}'.encode("utf-16").decode("utf-16")
    )
    assert cell.title == written.title == toml.title == mapped.title == "Two lines"
    assert cell.published == written.published == toml.published
    assert cell.keywords == written.keywords == mapped.keywords == ("a", "b")
    assert written.more == {"owner": "x"}
    assert written.body == "Text"


def test_text_that_no_database_keeps_is_marked_as_lost():
    ((found,), _errors) = read('{"title": "a\\u0000b", "body": "\\ud800"}')
    assert (found.title, found.body) == ("a\ufffdb", "\ufffd")


def test_blocks_are_words_alone():
    text = "# Head\none\ntwo\n\n- item\n1. next\n```\n<b>\n```\n<script>x</script>"
    assert rules.blocks(text, most=9) == [
        ("head", "Head"),
        ("text", "one two"),
        ("item", "item"),
        ("item", "next"),
        ("code", "<b>"),
        ("text", "<script>x</script>"),
    ]
    assert len(rules.blocks("a\n\n" * 50, most=9)) == 9


def test_a_file_comes_in_once_and_as_a_whole(db, cast, now):
    rows = [
        {"uuid": "A-1", "title": "One", "keywords": ["Disque"]},
        {"url": "https://a.example/2", "body": "Nothing but text."},
        {"summary": "No key, no title, no dates."},
        {"summary": "No key, no title, no dates."},
    ]
    assert counts(bring(rows, dry_run=True)) == (3, 0, 1, 0)
    assert counts(bring(rows)) == (3, 0, 1, 0)
    assert counts(bring(rows)) == (0, 0, 4, 0)
    rows[0]["uuid"], rows[0]["title"] = "a-1", "One, corrected"
    assert counts(bring(rows)) == (0, 1, 3, 0)
    assert counts(bring([*rows, {"uuid": "a-1", "title": "Other"}])) == (0, 0, 0, 1)
    assert counts(bring("\n".join(map(json.dumps, rows)) + '\n{"title": "cu')) == (0, 0, 0, 1)
    assert counts(bring(rows, most_bytes=10)) == (0, 0, 0, 1)
    found = db.session.scalars(sa.select(ImportedPostmortem).order_by("id")).all()
    assert [(r.title, r.title_derived) for r in found] == [
        ("One, corrected", False),
        ("Nothing but text.", True),
        ("No key, no title, no dates.", True),
    ]
    assert all(r.started_on is None and r.account_id is None for r in found)
    db.session.commit()
    logged = db.session.scalars(
        sa.select(Event).order_by(Event.seq).where(Event.name == "postmortems.imported")
    ).all()
    assert [e.data["created"] for e in logged] == [3, 0, 0]


def test_it_follows_its_case_and_its_customer(db, cast, now):
    case = case_of(cast, now)
    rows = [
        {"uuid": "1", "title": "Ours", "account": cast.acme.reference.lower()},
        {"uuid": "2", "title": "Theirs", "case": case.reference},
        {"uuid": "3", "title": "Anybody's"},
    ]
    wrong = [{"title": "x", "account": "ACC-99999"}, {"title": "y", "case": "ESC-2026-9999"}]
    assert [(e.line, e.field) for e in bring(wrong).errors] == [(1, "account"), (2, "case")]
    assert counts(bring(rows)) == (3, 0, 0, 0)

    def seen(name):
        found = queries.imported_page(getattr(cast, name), now=now).rows
        return {line.title for line in found}

    assert seen("carl") == seen("erik") == {"Ours", "Theirs", "Anybody's"}
    assert seen("clara") == {"Anybody's"}  # another customer's CSM
    assert seen("adam") == set()
    db.session.add(Restriction(record_ref=case.reference, since=now))
    db.session.flush()
    assert "Theirs" not in seen("erik")
    theirs = db.session.scalar(sa.select(ImportedPostmortem).filter_by(title="Theirs"))
    with pytest.raises(NotFound):
        queries.imported(cast.erik, theirs.reference, now=now)


@ON_SQLITE_ALONE
def test_pages_show_hostile_words_as_words(db, cast, now, browse):
    hostile = (
        "Intro <img src=x onerror=alert(1)> [go](javascript:alert(1))\n\n"
        "```\n<script>alert(2)</script>\n```\n" + "word " * 20_000
    )
    bring([{"uuid": "1", "body": hostile, "url": "javascript:alert(3)", "company": "Ünïcorp"}])
    row = db.session.scalar(sa.select(ImportedPostmortem))
    db.session.commit()
    text = browse("erik").text(f"/postmortems/{row.reference}")
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert 'href="javascript' not in text
    assert "&lt;img src=x onerror" in text
    whole = browse("erik").get(f"/postmortems/{row.reference}/text")
    assert whole.mimetype == "text/plain"
    assert hostile.strip() in whole.text
    assert row.reference in browse("carl").text("/postmortems/elsewhere?q=unicorp intro")
    assert row.reference not in browse("carl").text("/postmortems/elsewhere?q=nowhere")
    assert row.reference in browse("carl").text("/search?q=unicorp")
    assert row.reference not in browse("adam").text("/search?q=unicorp")
    assert browse("adam").get(f"/postmortems/{row.reference}").status_code in {403, 404}


@ON_SQLITE_ALONE
@pytest.mark.skipif(not DATA.is_dir(), reason="the collected files are not here")
def test_the_collected_files_come_in_whole(db, cast, now):
    for path in sorted(DATA.rglob("*.*")):
        content = path.read_bytes()
        given = {"name": path.name, "most_bytes": 1 << 24, "by": BY, "now": now}
        first = actions.import_file(content, **given)
        again = actions.import_file(content, **given)
        assert first.created == again.skipped > 0
        assert not first.errors
    derived = sa.select(sa.func.count()).where(ImportedPostmortem.title_derived)
    assert db.session.scalar(derived) == 23
