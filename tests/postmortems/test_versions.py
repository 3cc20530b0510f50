"""Two people write one text: nothing is lost, and what it said before is kept for a while."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from portal.blueprints.escalations.models import Escalation
from portal.blueprints.postmortems import actions, jobs, queries, rules
from portal.blueprints.postmortems.models import State, TextVersion
from portal.core.errors import Stale

from .cases import begun

BASE = "one\ntwo\nthree\nfour\nfive"


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        (BASE, BASE, BASE),
        ("ONE\ntwo\nthree\nfour\nfive", BASE, "ONE\ntwo\nthree\nfour\nfive"),
        (
            "ONE\ntwo\nthree\nfour\nfive",
            "one\ntwo\nthree\nfour\nFIVE\nsix",
            "ONE\ntwo\nthree\nfour\nFIVE\nsix",
        ),
        ("one\nthree\nfour\nfive", "one\ntwo\nthree\nfour", "one\nthree\nfour"),
        ("one\nTWO\nthree\nfour\nfive", "one\nzwei\nthree\nfour\nfive", None),
        (
            "one\nTWO\nthree\nfour\nfive",
            "one\nTWO\nthree\nfour\nfive",
            "one\nTWO\nthree\nfour\nfive",
        ),
        (BASE + "\nmine", BASE + "\ntheirs", None),
        ("one\nTWO\nthree\nfour\nfive", "one\ntwo\nTHREE\nfour\nfive", None),
    ],
)
def test_what_two_people_changed_stands_together(mine, theirs, expected):
    assert rules.merged(BASE, mine, theirs) == expected


LINES = st.lists(st.sampled_from("abc"), max_size=5).map("\n".join)


@given(LINES, LINES, LINES)
def test_no_line_that_somebody_wrote_is_lost(base, mine, theirs):
    both = rules.merged(base, mine, theirs)
    assert rules.merged(base, theirs, mine) == both
    assert rules.merged(base, mine, base) == mine
    if both is not None:
        for text in (mine, theirs):
            added = set(text.split("\n")) - set(base.split("\n"))
            assert added <= set(both.split("\n"))


def test_differences_show_what_changed_with_a_line_around():
    found = rules.differences(BASE, "one\nTWO\nthree\nfour\nfive\nsix")
    assert [(one.mark, one.text) for one in found] == [
        ("same", "one"),
        ("gone", "two"),
        ("new", "TWO"),
        ("same", "three"),
        ("left", ""),
        ("same", "five"),
        ("new", "six"),
    ]


def test_two_who_write_at_once_lose_nothing(cast, db, now, browse):
    row = begun(cast, now)
    row.what_decided = BASE
    opened = rules.digest(BASE)
    given = {"was": opened, "now": now}
    actions.write(row, "what_decided", BASE.replace("one", "ONE"), by=cast.erik, **given)
    actions.write(row, "what_decided", BASE.replace("five", "FIVE"), by=cast.carl, **given)
    assert row.what_decided == "ONE\ntwo\nthree\nfour\nFIVE"
    with pytest.raises(Stale) as refused:
        actions.write(row, "what_decided", BASE.replace("one", "uno"), by=cast.erik, **given)
    assert refused.value.current == {"text": row.what_decided}
    db.session.commit()
    path = f"/postmortems/{row.reference}/text/what_decided/versions"
    text = browse("erik").text(path)
    assert "<ins>FIVE</ins>" in text
    assert "<del>one</del>" in text
    assert "Carl Berger" in text
    assert browse("sam").get(path).status_code == 404
    assert browse("erik").get(path.replace("what_decided", "state")).status_code == 404


def test_drafts_go_a_month_after_publication_unless_held(cast, db, now):
    row = begun(cast, now)
    actions.write(row, "summary", "x", was=rules.digest(row.summary), by=cast.erik, now=now)
    row.state, row.published_at = State.PUBLISHED, now
    case = db.session.get(Escalation, queries.cases_of(row)[0].id)
    case.legal_hold = True

    def left(days):
        jobs.chase((now + timedelta(days=days)).isoformat())
        return db.session.scalar(sa.select(sa.func.count()).select_from(TextVersion))

    assert left(31) == 2
    case.legal_hold = False
    assert left(29) == 2
    assert left(31) == 0
