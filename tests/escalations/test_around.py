"""What stands around a case: others for the same reason, merged ones, other customers hit."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.accounts.models import PromiseKind, TimelineEntry
from portal.blueprints.escalations import actions, queries
from portal.blueprints.escalations.models import (
    AffectedAccount,
    Escalation,
    FormalNotice,
    NoticeChannel,
    NoticeKind,
    State,
    Trigger,
)
from portal.blueprints.escalations.rules.alike import ALIKE, likeness, word_stems
from portal.blueprints.notifications.models import Notification
from portal.core.access import Relation, RelationKind, relate
from portal.core.errors import Refused
from portal.core.events import Event
from tests.conftest import ON_SQLITE_ALONE
from tests.escalations.test_actions import FRENCH, declared, ending, stabilising, wish
from tests.escalations.test_views import FORM


def text_of(answer):
    return answer.get_data(as_text=True)


# ---- before a second case is opened


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("La facturation est fausse", "Factures fausses depuis mars", True),
        ("The line stands still since Monday", "Our production line stands still", True),
        ("The invoice is wrong", "Nobody answers the phone", False),
        ("", "Nobody answers", False),
    ],
)
def test_alike_is_what_shares_words(one, other, alike):
    assert (likeness(word_stems(one), word_stems(other)) >= ALIKE) is alike


def test_an_ended_case_that_sounds_alike_is_shown(browse, cast, db, now):
    case, criterion = stabilising(cast, now)
    actions.tick_criterion(case, criterion, met=True, by=cast.erik, now=now)
    actions.close(case, ending(), by=cast.erik, now=now)
    db.session.commit()
    answer = text_of(browse("carl").post("/escalations/new", FORM | {"do": "look"}))
    assert "Heard before" in answer
    assert case.reference in answer
    other = FORM | {"do": "look", "words": "The paint is blue", "demand": "Red"}
    assert case.reference not in text_of(browse("carl").post("/escalations/new", other))
    assert queries.similar(cast.otto, cast.acme_id, FRENCH, trigger=case.trigger, now=now) == []


def test_one_case_for_one_reason(browse, cast, db, now):
    first = declared(cast, now)
    db.session.commit()
    carl = browse("carl")
    same = FORM | {"another": "y"}
    answer = carl.post("/escalations/new", same)
    assert answer.status_code == 422
    assert f"{first.reference} is open for the same reason" in text_of(answer)
    assert FRENCH.split(",")[0].replace("'", "&#39;") in text_of(answer)
    made = carl.post("/escalations/new", same | {"because": "It is the other plant"})
    assert made.status_code == 303
    assert "It is the other plant" in carl.text(made.location)
    apart = db.session.scalar(
        sa.select(Event).order_by(Event.seq).filter_by(name="escalations.set_apart")
    )
    assert apart.data == {"from": [first.reference]}
    other = same | {"trigger": Trigger.SLA_BREACH.value, "reason": "Only late"}
    assert carl.post("/escalations/new", other).status_code == 303


def test_what_is_said_again_goes_into_the_open_case(browse, cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    carl = browse("carl")
    given = FORM | {"words": "Now they are angry", "do": f"add:{case.reference}"}
    answer = carl.post("/escalations/new", given)
    assert answer.location == f"/escalations/{case.reference}"
    assert "Now they are angry" in carl.text(answer.location)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Escalation)) == 1
    assert browse("otto").post("/escalations/new", given).status_code == 404
    assert browse("lisa").post("/escalations/new", given).status_code == 404


# ---- merging


def test_merged_cases_keep_both_histories_until_it_is_undone(browse, cast, db, now):
    one, two = declared(cast, now), declared(cast, now, demand="Another thing")
    actions.note(one, "History of the first", by=cast.erik, now=now)
    actions.note(two, "History of the second", by=cast.erik, now=now)
    account_actions.promise(
        one.account_id,
        kind=PromiseKind.MEETING,
        what="A call on Friday",
        to_whom="COO",
        due_at=now + timedelta(days=2),
        case_ref=one.reference,
        by=cast.erik,
        now=now,
    )
    actions.merge(one, two, by=cast.erik, now=now)
    db.session.commit()
    erik = browse("erik")
    into, from_ = f"/escalations/{two.reference}", f"/escalations/{one.reference}"
    text = erik.text(into)
    for words in ("History of the first", "History of the second", "A call on Friday"):
        assert words in text, words
    assert "History of the first" in erik.text(from_)
    assert two.reference in erik.text(from_)
    assert erik.post(from_ + "/unmerge").status_code == 303
    text = erik.text(into)
    assert "History of the first" not in text
    assert "A call on Friday" not in text
    db.session.expire_all()
    assert one.state is State.DECLARED
    assert one.merged_into_id is None
    counted = sa.select(sa.func.count()).where(TimelineEntry.text == "History of the first")
    assert db.session.scalar(counted) == 1


def test_a_chain_of_merges_is_shown_whole_and_undone_step_by_step(cast, db, now):
    one, two, three = (declared(cast, now, demand=words) for words in ("A", "B", "C"))
    actions.note(one, "History of the first", by=cast.erik, now=now)
    given = {"owner_id": cast.ids["kim"], "by": cast.erik, "now": now}
    task = actions.add_task(one, "Ask the plant", **given)
    actions.merge(one, two, by=cast.erik, now=now)
    actions.merge(two, three, by=cast.erik, now=now)

    def shown(case):
        page = queries.case_page(cast.erik, case.reference, now=now)
        assert sorted(page.merged) == sorted(queries.merged_into(case))
        told = any("History of the first" in entry.text for entry in page.entries.rows)
        return set(page.merged), told, [line.id for line in page.tasks]

    def to_do():
        mine = queries.tasks_of(cast.kim, [cast.ids["kim"]], now=now, within=timedelta(days=7))
        return [line.case_ref for line in mine]

    assert shown(three) == ({one.reference, two.reference}, True, [task.id])
    assert to_do() == [three.reference]
    actions.unmerge(two, by=cast.erik, now=now)
    assert shown(three) == (set(), False, [])
    assert shown(two) == ({one.reference}, True, [task.id])
    assert to_do() == [two.reference]
    actions.unmerge(one, by=cast.erik, now=now)
    assert shown(two) == (set(), False, [])
    assert to_do() == [one.reference]


@pytest.mark.parametrize("shut", ["case", "into"])
def test_neither_story_names_a_restricted_case(cast, db, now, shut):
    case, into = declared(cast, now), declared(cast, now, demand="Another thing")
    hidden, other = (case, into) if shut == "case" else (into, case)
    actions.restrict(hidden, keep=(), reason="Named people", by=cast.erik, now=now)
    actions.merge(case, into, by=cast.erik, now=now)
    said = sa.select(TimelineEntry.text).where(TimelineEntry.case_ref == other.reference)
    assert not [text for text in db.session.scalars(said) if hidden.reference in text]
    assert queries.case_page(cast.carl, other.reference, now=now).merged == ()


def test_a_case_restricted_later_is_named_no_more_by_what_was_written_before(cast, db, now, browse):
    """The number of a case is nowhere for those who may not see it, however old the text is."""
    hidden = declared(cast, now)
    other = actions.declare(
        cast.acme, wish(now, demand="A credit note"), because="Billing alone", by=cast.carl, now=now
    )
    actions.merge(other, hidden, by=cast.erik, now=now)
    actions.unmerge(other, by=cast.erik, now=now)
    db.session.commit()
    assert hidden.reference in browse("lena").text(f"/escalations/{other.reference}")
    actions.restrict(hidden, keep=(), reason="Named people", by=cast.erik, now=now)
    db.session.commit()
    for path in (f"/escalations/{other.reference}", f"/accounts/{cast.acme.reference}"):
        assert hidden.reference not in browse("lena").text(path)
    told = browse("erik").text(f"/escalations/{other.reference}")
    assert f"Another matter than {hidden.reference}: Billing alone" in told, "who is named reads on"


def test_what_is_open_of_a_merged_case_goes_on_where_it_went(cast, db, now):
    one, two = declared(cast, now), declared(cast, now, demand="Another thing")
    given = {"owner_id": cast.ids["kim"], "by": cast.erik, "now": now}
    task = actions.add_task(one, "Ask the plant", **given)
    letter = actions.NoticeGiven(
        kind=NoticeKind.TERMINATION, channel=NoticeChannel.LAWYER, received_at=now
    )
    actions.serve_notice(one, letter, by=cast.erik, now=now)
    db.session.flush()
    notice = db.session.scalars(sa.select(FormalNotice)).one()
    actions.set_legal_day(one, notice, day=now.date(), by=cast.lisa, now=now)
    actions.merge(one, two, by=cast.erik, now=now)
    day = timedelta(days=7)
    mine = queries.tasks_of(cast.kim, [cast.ids["kim"]], now=now, within=day)
    assert [(line.id, line.case_ref) for line in mine] == [(task.id, two.reference)]
    page = queries.case_page(cast.lisa, two.reference, now=now)
    assert [line.id for line in page.tasks] == [task.id]
    assert [queries.legal_day(one) for one in page.notices] == [now.date()]
    mails = sa.select(Notification.person_id).filter_by(template="escalations/merged")
    assert {cast.ids["kim"], cast.ids["carl"], cast.ids["lisa"]} <= set(db.session.scalars(mails))
    actions.finish_task(two, queries.task(two, task.id), by=cast.kim, now=now)
    actions.unmerge(one, by=cast.erik, now=now)
    assert queries.case_page(cast.erik, two.reference, now=now).notices == []
    back = sa.select(Notification.person_id).filter_by(template="escalations/unmerged")
    assert cast.ids["carl"] in db.session.scalars(back).all()


# ---- other customers hit


def test_another_customer_hit_sees_it_on_their_page(browse, cast, db, now, run_jobs):
    case = declared(cast, now)
    db.session.commit()
    where, erik = f"/escalations/{case.reference}", browse("erik")
    assert browse("clara").get(where).status_code == 404
    assert erik.post(where + "/affected", {"account": "Borealis"}).status_code == 303
    assert "Borealis Foods" in erik.text(where)
    db.session.expire_all()
    told = db.session.scalars(sa.select(Notification).filter_by(person_id=cast.ids["clara"])).all()
    assert [one.template for one in told] == ["escalations/affected"]
    clara = browse("clara")
    assert clara.get(where).status_code == 200
    part = f"/escalations/?account={cast.borealis.reference}&part=1"
    assert case.reference in text_of(clara._open("GET", part))
    # Carl owns Acme, not Borealis: its name is none of his.
    assert "Borealis Foods" not in browse("carl").text(where).split('id="affected-title"')[1]
    url = f"{where}/affected/{cast.borealis.reference}/remove"
    assert erik.post(url).status_code == 303
    assert clara.get(where).status_code == 404
    assert erik.post(url).status_code == 404
    assert case.reference not in text_of(clara._open("GET", part))
    found = sa.select(Event.name).where(Event.name.contains("affected")).order_by(Event.seq)
    names = db.session.scalars(found).all()
    assert names == ["escalations.affected_added", "escalations.affected_removed"]


@pytest.mark.parametrize(
    ("account", "says"),
    [("Nobody", "no such customer"), ("Acme Forges", "customer of the case itself")],
)
def test_refused_customers(browse, cast, db, now, account, says):
    case = declared(cast, now)
    db.session.commit()
    url = f"/escalations/{case.reference}/affected"
    answer = browse("erik").post(url, {"account": account})
    assert answer.status_code == 422
    assert says in text_of(answer)
    assert account in text_of(answer)


def test_a_restricted_case_tells_nobody_elsewhere(cast, db, now):
    case = declared(cast, now)
    case.restricted = True
    actions.add_affected(case, cast.borealis, by=cast.erik, now=now)
    assert db.session.scalar(sa.select(AffectedAccount.named_id)) is None
    named = sa.select(Relation.id).filter_by(record_ref=case.reference, person_id=cast.ids["clara"])
    assert db.session.scalar(named) is None
    with pytest.raises(Refused, match="on the list already"):
        actions.add_affected(case, cast.borealis, by=cast.erik, now=now)


# ---- one case for one reason, whichever door it comes through


def test_the_first_two_cases_of_a_customer_are_held_against_each_other(cast, db, now):
    given = {"by": cast.carl, "now": now, "because": ""}
    actions.declare(cast.acme, wish(now), **given)
    with pytest.raises(Refused, match="open for the same reason"):
        actions.declare(cast.acme, wish(now), **given)
    apart = actions.declare(cast.acme, wish(now), **given | {"because": "Plant"})
    texts = sa.select(TimelineEntry.text).filter_by(case_ref=apart.reference)
    assert any("Plant" in text for text in db.session.scalars(texts))


def test_a_draft_is_no_way_around_it(browse, cast, db, now):
    draft = actions.declare(cast.acme, wish(now), by=cast.carl, now=now, draft=True)
    declared(cast, now)
    db.session.commit()
    carl, url = browse("carl"), f"/escalations/{draft.reference}/submit"
    refused = carl.post(url)
    assert refused.status_code == 422
    assert "open for the same reason" in text_of(refused)
    assert carl.post(url, {"because": "The other plant"}).status_code == 303


def test_who_approves_says_it_where_who_asked_did_not(cast, db, now):
    first, asked = declared(cast, now), declared(cast, now)
    asked.state = State.REQUESTED
    with pytest.raises(Refused, match="open for the same reason"):
        actions.approve(asked, by=cast.erik, now=now)
    actions.set_apart(asked, [first.reference], because="Plant", by=cast.carl, now=now)
    db.session.commit()
    actions.approve(asked, by=cast.erik, now=now)
    assert asked.state is State.DECLARED


@ON_SQLITE_ALONE
def test_a_case_opens_no_door_that_is_shut(cast, db, now, browse):
    """Whoever is named on one case alone reads the number of the other, as its story says it."""
    case, other = declared(cast, now), declared(cast, now, demand="Another thing")
    case.previous_id = other.id
    actions.merge(case, other, by=cast.erik, now=now)
    given = {"kind": RelationKind.NAMED, "account_id": case.account_id}
    relate(db.session, **given, record_ref=case.reference, person_id=cast.ids["kim"])
    db.session.commit()
    door = f'href="/escalations/{other.reference}"'
    for name, doors in (("erik", 2), ("kim", 0)):
        text = browse(name).text(f"/escalations/{case.reference}")
        assert text.count(door) == doors
        assert other.reference in text
