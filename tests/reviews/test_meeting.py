"""Three people at three screens hold a review, from the pack to the sign-off."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.policies.models import PolicyDraft, PolicyKind
from portal.blueprints.reviews import actions, queries, rules
from portal.blueprints.reviews.models import Line, LineKind, ReviewState, ReviewVerdict, Sought
from portal.core import clock
from portal.core.errors import Refused
from tests.conftest import ON_SQLITE_ALONE
from tests.journeys.furnished import _at
from tests.served import served

from .test_review import opened, pack, seek

COOKIE = "parley"


def test_an_agenda_gives_each_item_its_time(now):
    items = rules.agenda([(7, 20), (9, 5)], begins_at=now)
    assert [(one.key, one.minutes, one.sought) for one in items] == [
        ("carried", 10, None),
        ("7", 20, 0),
        ("9", 5, 1),
        ("ahead", 15, None),
    ]
    assert [one.begins_at - now for one in items] == [timedelta(minutes=m) for m in (0, 10, 30, 35)]
    assert items[-1].ends_at == now + timedelta(minutes=50)
    assert [one.ends_at for one in rules.agenda([], begins_at=None)] == [None, None]


def test_a_meeting_follows_its_agenda_and_a_decision_changes_a_policy(db, cast, now):
    row = opened(cast, now)
    one, other = seek(row, cast, now), seek(row, cast, now, "Change the tariff")
    with pytest.raises(Refused):
        actions.move_to(row, str(one.id), by=cast.erik, now=now)
    actions.call(row, meets_at=now + timedelta(days=1), by=cast.erik, now=now)
    actions.begin(row, by=cast.lena, now=now)
    assert (row.at_item, row.at_since) == (rules.CARRIED, now)
    later = now + timedelta(minutes=9)
    for by, key in ((cast.ava, str(one.id)), (cast.lena, "0"), (cast.lena, "nonsense")):
        with pytest.raises(Refused):
            actions.move_to(row, key, by=by, now=later)
    actions.move_to(row, str(one.id), by=cast.lena, now=later)
    assert (row.at_item, row.at_since) == (str(one.id), later)
    about = {"about": one.id, "by": cast.ava, "now": later}
    assert actions.capture(row, LineKind.NOTE, "I wonder.", **about).sought_id == one.id
    kind = PolicyKind.SEVERITY
    with pytest.raises(Refused):
        actions.draft_policy(row, one, kind, by=cast.erik, now=later)
    actions.decide(
        row, one, ReviewVerdict.TAKEN, "E1 hears from us twice a day.", by=cast.lena, now=later
    )
    with pytest.raises(Refused):  # leadership signs, others propose
        actions.draft_policy(row, one, kind, by=cast.lena, now=later)
    draft = actions.draft_policy(row, one, kind, by=cast.erik, now=later)
    assert draft.why == f"{row.reference}: E1 hears from us twice a day."
    with pytest.raises(Refused):
        actions.draft_policy(row, one, kind, by=cast.erik, now=later)
    actions.decide(row, other, ReviewVerdict.REFUSED, "No.", by=cast.lena, now=later)
    over = queries.quarter_of(row).ends_at
    actions.sign(row, by=cast.lena, now=over)
    following = opened(cast, over)
    carried = [(t.source, one.title in t.what) for t in pack(following, cast.lena, over).carried]
    assert carried == [(row.reference, True)]
    draft.state = "published"
    db.session.flush()
    assert not pack(following, cast.lena, over).carried


def _signed_in(chromium, address, key, *, width):
    """Open a browser of somebody's own."""
    context = chromium.new_context(viewport={"width": width, "height": 1080})
    context.add_cookies([{"name": COOKIE, "value": key, "url": address}])
    return context.new_page()


def everybody_types(lena, ava, erik, *, owner):
    """Type at once, lose the connection, and miss nothing."""
    for desk, said in ((ava, "I wonder."), (erik, "So do I."), (lena, "Enough.")):
        desk.fill("#line-form textarea", said)
        desk.click("#line-form button[type=submit]")
    for desk in (lena, ava, erik):
        for said in ("I wonder.", "So do I.", "Enough."):
            desk.locator("#live-said li", has_text=said).wait_for()
    ava.context.set_offline(True)
    ava.fill("#line-form textarea", "Who tells the customers?")
    ava.click("#line-form button[type=submit]")
    ava.locator("#live-queue[data-state=lost]", has_text="Who tells").wait_for()
    ava.fill("#line-form textarea", "half a thought")
    ava.context.set_offline(False)
    erik.locator("#live-said li", has_text="Who tells the customers?").wait_for()
    assert ava.input_value("#line-form textarea") == "half a thought"
    erik.fill("#line-form textarea", "Tell them")
    erik.check("#line-form [name=kind][value=action]")
    erik.select_option("#line-form [name=owner_id]", owner)
    erik.click("#line-form button[type=submit]")
    lena.locator("#live-captured li", has_text="Tell them").wait_for()


@pytest.mark.browser
@pytest.mark.slow  # A browser opens, three times signed in.
@ON_SQLITE_ALONE
def test_three_people_run_a_review_from_pre_read_to_sign_off(app, cast, db, now, browse, chromium):
    row = opened(cast, now, shift=-1)
    one = seek(row, cast, now)
    actions.call(row, meets_at=now + timedelta(days=1), by=cast.erik, now=now)
    reference, title, sought_id = row.reference, one.title, one.id
    db.session.commit()
    keys = [browse(name).client.get_cookie(COOKIE).value for name in ("lena", "ava", "erik")]
    with served(_at(app, clock.now())) as address:
        room = f"{address}/reviews/{reference}"
        lena, ava, erik = (
            _signed_in(chromium, address, key, width=width)
            for key, width in zip(keys, (1920, 390, 1440), strict=True)
        )
        for desk in (ava, erik, lena):  # the pre-read
            desk.goto(room)
        read = lena.locator(".rail li", has=lena.locator(".state"))
        assert read.count() == 3  # she sees who has read it
        lena.click("form[action$='/begin'] button")
        for desk in (lena, ava, erik):
            desk.goto(f"{room}/meeting")
        size = "getComputedStyle(document.querySelector('#at-item')).fontSize"
        assert float(lena.evaluate(size)[:-2]) >= 48
        assert not ava.evaluate("document.documentElement.scrollWidth > innerWidth")
        with lena.expect_navigation():
            lena.click(f"#live-captured form[action$='/at/{sought_id}'] button")
        for desk in (ava, erik):  # the others follow by themselves
            desk.locator("#at-item", has_text=title).wait_for()
        everybody_types(lena, ava, erik, owner=str(cast.ids["ava"]))
        decide = lena.locator(f"#decide-{sought_id}")
        decide.locator("[value=taken]").check()
        decide.locator("textarea").fill("Yes, 30 k€.")
        decide.locator("button[type=submit]").click()
        ava.locator("#live-captured li", has_text="Yes, 30 k€.").wait_for()
        with lena.expect_navigation():
            lena.click("#live-captured form[action$='/at/ahead'] button")
        with lena.expect_navigation():
            lena.click("#live-captured form[action$='/sign'] button")
        ava.locator("#live-item[data-state=signed]").wait_for()
        for desk in (lena, ava, erik):
            desk.context.close()
    db.session.expire_all()
    row = queries.by_reference(reference)
    assert row.state is ReviewState.SIGNED
    lines = db.session.scalars(sa.select(Line).order_by(Line.id)).all()
    assert sorted(line.text for line in lines) == [
        "Enough.",
        "I wonder.",
        "So do I.",
        "Tell them",
        "Who tells the customers?",
    ]
    assert {line.sought_id for line in lines} == {sought_id}
    assert db.session.get(Sought, sought_id).decided == "Yes, 30 k€."
    assert sum(read is not None for _name, _sent, read in queries.readings(row)) == 3
    assert db.session.scalar(sa.select(sa.func.count(PolicyDraft.id))) == 0
