"""The programme's charter: what it must say, its versions, and two who write at once."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from portal.blueprints.notifications.models import Notification
from portal.blueprints.sponsorship import queries
from portal.blueprints.sponsorship.models import Charter
from portal.blueprints.sponsorship.rules import charter as rules
from portal.core.access import Permission
from portal.core.db import db as database
from portal.core.errors import NotFound, Refused, Stale
from portal.core.events import Event
from tests.cast import Cast
from tests.escalations.calls import caller

from . import making

PAGE = rules.Charter(**making.CHARTER)


def changed(**fields: str) -> rules.Charter:
    return rules.tidied(rules.Charter(**(making.CHARTER | fields)))


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, []),
        ({"purpose": " \n "}, [("empty", "purpose")]),
        ({"training": "\n\n"}, [("empty", "training")]),
        ({"metrics": "Touchpoints held"}, [("no_target", "metrics")]),
        ({"metrics": "a: 1\n: 2"}, [("no_target", "metrics")]),
        ({"metrics": "Held at: 9:30"}, []),
        ({"duties": "x\n" * 40}, []),
        ({"duties": "x\n" * 41}, [("long_list", "duties")]),
        ({"donts": "x" * 300}, []),
        ({"donts": "x" * 301}, [("long_list", "donts")]),
        ({"purpose": "x" * 4000}, []),
        ({"purpose": "x" * 4001}, [("too_long", "purpose")]),
    ],
)
def test_what_a_charter_must_say(fields: dict[str, str], found: list[tuple[str, str]]) -> None:
    objections = rules.objections_to_charter(changed(**fields))
    assert [(one.code, one.field) for one in objections] == found


def test_metrics_are_read_and_written_line_by_line() -> None:
    read = rules.metrics(" Rencontres tenues :  90 % : au moins \n\n b:2")
    assert read == (rules.Metric("Rencontres tenues", "90 % : au moins"), rules.Metric("b", "2"))
    rows = [{"name": one.name, "target": one.target} for one in read]
    assert rules.metrics(rules.metric_lines(rows)) == read


def test_differences_are_told_line_by_line() -> None:
    after = changed(duties="Meet within 20 days\nKeep what was promised\nWrite it down")
    (found,) = rules.differences(PAGE, after)
    assert found.field == "duties"
    assert [(one.what, one.text) for one in found.lines] == [
        ("goes", "Meet within 30 days"),
        ("comes", "Meet within 20 days"),
        ("stays", "Keep what was promised"),
        ("comes", "Write it down"),
    ]
    assert rules.differences(PAGE, rules.tidied(PAGE)) == ()


@pytest.mark.usefixtures("db")
def test_every_version_stays_and_sponsors_are_told(cast: Cast, now: datetime) -> None:
    making.sponsor(cast.ava, by=cast.petra, now=now)
    assert queries.charter() is None
    first = making.charter(by=cast.petra, now=now)
    second = making.charter(by=cast.petra, now=now, base=1, donts="Negotiate\nSell")
    assert [one.number for one in queries.charters()] == [2, 1]
    assert queries.charter(1) is first
    assert queries.charter() is second
    assert queries.charter(1).donts == "Negotiate prices"
    compared = queries.compared(first, 2)
    assert (compared.earlier, compared.later) == (1, 2)
    assert [one.field for one in compared.differences] == ["donts"]
    assert queries.compared(first, None) is None
    with pytest.raises(NotFound):
        queries.charter(3)
    told = sa.select(Notification.person_id, Notification.template)
    assert set(database.session.execute(told)) >= {(cast.ava.id, "sponsorship/charter")}
    database.session.commit()
    written = (
        sa.select(Event.data)
        .order_by(Event.seq)
        .where(Event.name == "sponsorship.charter_published")
    )
    assert [one["number"] for one in database.session.scalars(written.order_by(Event.seq))] == [
        1,
        2,
    ]


@pytest.mark.usefixtures("db")
def test_who_was_slower_reads_both_and_nothing_is_overwritten(cast: Cast, now: datetime) -> None:
    making.charter(by=cast.petra, now=now)
    with pytest.raises(Stale) as overtaken:
        making.charter(by=cast.petra, now=now, base=0, duties="Meet within 10 days")
    assert overtaken.value.current["duties"] == making.CHARTER["duties"]
    with pytest.raises(Refused, match="says what the version in force says"):
        making.charter(by=cast.petra, now=now, base=1, duties=making.CHARTER["duties"] + "\n\n")
    with pytest.raises(Refused):
        making.charter(by=cast.petra, now=now, base=1, metrics="none")
    assert database.session.scalar(sa.select(sa.func.count()).select_from(Charter)) == 1


@pytest.mark.usefixtures("db")
def test_the_charter_is_written_and_read_on_its_pages(
    browse: Callable[..., Any], cast: Cast
) -> None:
    petra, carl = browse("petra"), browse("carl")
    assert "No charter yet" in carl.text("/sponsorship/charter")
    assert carl.get("/sponsorship/charter/new").status_code == 403
    assert browse("adam").get("/sponsorship/charter").status_code == 403
    given = making.CHARTER | {"base": "0", "reason": "Agreed in the spring"}
    refused = petra.post("/sponsorship/charter/new", given | {"metrics": "Touchpoints held"})
    assert refused.status_code == 422
    assert "Touchpoints held" in refused.get_data(as_text=True)
    assert petra.post("/sponsorship/charter/new", given).status_code == 303
    late = petra.post("/sponsorship/charter/new", given | {"duties": "Come by boat"})
    assert late.status_code == 409
    assert "Come by boat" in late.get_data(as_text=True)
    assert "Meet within 30 days" in late.get_data(as_text=True)
    begun = petra.get("/sponsorship/charter/new").get_data(as_text=True)
    assert "Meet within 30 days" in begun
    more = given | {"base": "1", "duties": "Meet within 20 days", "reason": "Too slow"}
    assert petra.post("/sponsorship/charter/new", more).status_code == 303
    text = carl.text("/sponsorship/charter")
    for words in ("Version 2", "90 % of those planned", "Too slow", "Agreed in the spring"):
        assert words in text
    assert "What changed between version 1 and version 2" in text
    page = carl.get("/sponsorship/charter").get_data(as_text=True)
    assert "<del>Meet within 30 days</del>" in page
    assert "<ins>Meet within 20 days</ins>" in page
    old = carl.text("/sponsorship/charter/1?against=2")
    assert "This is an earlier version: version 2 is in force." in old
    assert "What changed between version 1 and version 2" in old
    assert carl.get("/sponsorship/charter/1?against=" + "9" * 5000).status_code == 200
    assert carl.get("/sponsorship/charter/9").status_code == 404
    assert carl.get("/sponsorship/charter/" + "9" * 30).status_code == 404
    assert "/sponsorship/charter" in carl.get("/sponsorship/").get_data(as_text=True)


def test_programs_read_the_charter_and_publish_it(
    browse: Callable[..., Any], cast: Cast, db: Any, now: datetime
) -> None:
    scopes = (Permission.SPONSORSHIP_READ, Permission.SPONSORSHIP_MANAGE)
    make = caller(browse, cast, db, now, at="/api/v1/sponsorship/", scopes=scopes)
    petra, carl = make("petra"), make("carl")
    assert carl("GET", "charters").get_json() == {"items": []}
    given = making.CHARTER | {"base": 0, "reason": "The programme begins"}
    assert carl("POST", "charters", given).status_code == 403
    assert petra("POST", "charters", given | {"base": -1}).status_code == 422
    assert petra("POST", "charters", given | {"metrics": "none"}).status_code == 409
    made = petra("POST", "charters", given)
    assert (made.status_code, made.headers["Location"]) == (201, "/api/v1/sponsorship/charters/1")
    assert petra("POST", "charters", given | {"duties": "Late"}).status_code == 412
    read = carl("GET", "charters/1").get_json()
    assert read == made.get_json()
    assert read["metrics"][0] == {"name": "Touchpoints held", "target": "90 % of those planned"}
    assert [one["number"] for one in carl("GET", "charters").get_json()["items"]] == [1]
    assert carl("GET", "charters/2").status_code == 404
    assert carl("GET", "charters/" + "9" * 30).status_code == 404
    assert petra("POST", "charters", given | {"base": 1}).status_code == 409
