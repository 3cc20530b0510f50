"""One message to all other customers that a case hits: each once, in its language, tracked."""

from decimal import Decimal

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, Contact, ContactRole
from portal.blueprints.escalations import actions, jobs, queries, rules
from portal.blueprints.escalations.models import AffectedAccount, MailingState
from portal.blueprints.escalations.queries import Wish
from portal.blueprints.escalations.rules.mailing import Picked
from portal.blueprints.notifications.models import Notification
from portal.core.access import Role
from portal.core.errors import Refused
from tests.conftest import ON_SQLITE_ALONE
from tests.escalations.calls import caller
from tests.escalations.test_saying import sought
from tests.notifications.test_jobs import free_port, post

__all__ = ["free_port", "post"]
WORDS = {
    "en": {"subject": "The outage", "text": "We are at work."},
    "it": {"subject": "Il guasto", "text": "Ci stiamo lavorando."},
    "fr": {"subject": "", "text": ""},
}


def declared(cast, now):
    wish = Wish(words="All is down.", demand="A fix", owner_id=cast.ids["erik"])
    return actions.declare(cast.acme, wish, by=cast.erik, now=now, reason="test")


def customers(db, cast, count, *, language="it", contact=True, **more):
    given = {"region": "South", "segment": "smb", "currency": "EUR"} | more
    for i in range(count):
        name = f"{language} {i} {sorted(more)}"
        row = Account(
            reference=f"ACC-8{abs(hash(name)) % 10_000_000}", name=name, name_key=name.casefold(),
            external_id=name, language=language, owner_id=cast.ids["clara"], **given,
        )  # fmt: skip
        db.session.add(row)
        db.session.flush()
        if contact:
            db.session.add(
                Contact(
                    account_id=row.id,
                    name="Someone",
                    email=f"a{row.id}@hit.example",
                    role=ContactRole.CHAMPION,
                    language=language,
                )
            )
    db.session.flush()


def pick(case, cast, now, by="erik", **facts):
    return actions.pick_affected(case, Picked(**facts), by=getattr(cast, by), now=now)


@pytest.mark.parametrize(
    ("wanted", "there", "found"),
    [("fr", "en it", "en"), ("it", "en it", "it"), ("fr", "it", "it"), ("de", "fr it", "fr")],
)
def test_a_customer_is_written_to_in_one_language(wanted, there, found):
    assert rules.mailing.language_for(wanted, dict.fromkeys(there.split())) == found


def test_who_approves_did_not_write():
    may = rules.mailing.may_approve
    assert may({Role.LEADERSHIP}, person_id=1, written_by_id=2)
    assert not may({Role.LEADERSHIP}, person_id=1, written_by_id=1)
    assert not may({Role.CSM}, person_id=1, written_by_id=2)


def test_customers_are_picked_by_facts_once(cast, db, now):
    case = declared(cast, now)
    customers(db, cast, 3)
    customers(db, cast, 2, segment="enterprise", arr_minor=5_000_000)
    assert pick(case, cast, now, region="south", segment="smb") == 3
    assert pick(case, cast, now, region="South") == 2, "who is there stays there once"
    assert pick(case, cast, now, least_arr=Decimal(50_000), region="South") == 0
    assert pick(case, cast, now, segment="enterprise", least_arr=Decimal(60_000)) == 1, "Borealis"
    there = db.session.scalars(sa.select(AffectedAccount.account_id)).all()
    assert cast.acme_id not in there


@pytest.mark.parametrize(
    ("by", "facts"), [("erik", {}), ("erik", {"region": "Moon"}), ("sam", {"tier": "A"})]
)
def test_picks_that_come_to_nothing(cast, db, now, by, facts):
    case = declared(cast, now)
    with pytest.raises(Refused):
        pick(case, cast, now, by=by, **facts)


def written(cast, db, now, count=3):
    case = declared(cast, now)
    customers(db, cast, count)
    customers(db, cast, 1, language="fr")
    customers(db, cast, 1, language="en", contact=False)
    pick(case, cast, now, region="South")
    return case, actions.write_mailing(case, WORDS, by=cast.erik, now=now)


def test_each_hears_once_in_its_language(cast, db, now, post, run_jobs):
    case, row = written(cast, db, now)
    page = f"/escalations/{case.reference}/affected/mailings"
    assert sought(db) == [(cast.ids["lena"], page)]
    with pytest.raises(Refused):
        actions.approve_mailing(case, row, by=cast.erik, now=now)
    actions.approve_mailing(case, row, by=cast.lena, now=now)
    run_jobs()
    jobs.send_mailing(case.reference, row.id)
    run_jobs()
    db.session.expire_all()
    assert row.state is MailingState.SENT
    assert queries.told(row) == {"written": 4, "left": 4, "answered": 0, "nobody": 1}
    subjects = sorted(mail["Subject"] for mail in post.got if "hit.example" in str(mail["To"]))
    assert len(subjects) == 4
    assert sum("Il guasto" in subject for subject in subjects) == 3
    assert sum("The outage" in subject for subject in subjects) == 1, "there is no French text"
    dated = sa.select(sa.func.count()).where(AffectedAccount.message_at.is_not(None))
    assert db.session.scalar(dated) == 4


def test_legal_mode_and_restriction_hold_everything_back(cast, db, now, run_jobs):
    case, row = written(cast, db, now)
    actions.approve_mailing(case, row, by=cast.lena, now=now)
    case.legal_mode = True
    run_jobs()
    assert queries.told(row)["written"] == 0
    with pytest.raises(Refused):
        pick(case, cast, now, region="South")
    case.legal_mode, case.restricted = False, True
    with pytest.raises(Refused):
        actions.write_mailing(case, WORDS, by=cast.erik, now=now)


def test_no_field_of_a_template_goes_to_many(cast, now):
    held = WORDS | {"it": {"subject": "Il guasto", "text": "Gentile {nome}, ci siamo."}}
    with pytest.raises(Refused, match=r"\{nome\}") as refused:
        actions.write_mailing(declared(cast, now), held, by=cast.erik, now=now)
    assert refused.value.field == "text_it"


def test_one_message_at_a_time_and_dropped(cast, db, now):
    case, row = written(cast, db, now)
    with pytest.raises(Refused, match="approval"):
        actions.write_mailing(case, WORDS, by=cast.erik, now=now)
    actions.drop_mailing(case, row, by=cast.erik, now=now)
    with pytest.raises(Refused):
        actions.approve_mailing(case, row, by=cast.lena, now=now)
    half = {**WORDS, "fr": {"subject": "La panne", "text": ""}}
    with pytest.raises(Refused):
        actions.write_mailing(case, half, by=cast.erik, now=now)


@ON_SQLITE_ALONE
def test_a_worker_killed_half_way_writes_to_nobody_twice(cast, db, now, run_jobs, monkeypatch):
    monkeypatch.setattr(actions.mailing, "BATCH", 4)
    case, row = written(cast, db, now, count=9)
    actions.approve_mailing(case, row, by=cast.lena, now=now)
    assert actions.send_some(case, row, by=cast.erik, now=now)
    db.session.commit()  # one batch is out
    actions.send_some(case, row, by=cast.erik, now=now)
    db.session.rollback()  # and the worker is gone in the second
    assert queries.told(queries.get_mailing(case, row.id))["written"] == 4
    run_jobs()
    sent = sa.select(sa.func.count()).where(Notification.key.startswith(actions.MAILED))
    assert db.session.scalar(sent) == 10
    assert queries.told(queries.get_mailing(case, row.id))["nobody"] == 1


def test_the_pages(browse, cast, db, now, run_jobs):
    case, row = written(cast, db, now)
    run_jobs()
    erik, lena, place = browse("erik"), browse("lena"), f"/escalations/{case.reference}/affected"
    assert "5 other customers are hit" in erik.text(f"{place}/mailings")
    refused = erik.post(f"{place}/pick", {})
    assert refused.status_code == 422
    assert erik.post(f"{place}/pick", {"region": "South", "tier": ""}).status_code == 303
    assert "/approve" not in erik.text(f"{place}/mailings")
    assert f"/mailings/{row.id}/approve" in lena.text(f"{place}/mailings")
    assert erik.post(f"{place}/mailings/{row.id}/approve").status_code == 409
    assert lena.post(f"{place}/mailings/{row.id}/approve").status_code == 303
    run_jobs()
    text = erik.text(f"{place}/mailings/{row.id}")
    assert "Written to 4 of 5" in text
    told = queries.lines(row, cast.erik, now=now)
    answer = {"account": told[0].reference, "answer": "Thank you, it works again."}
    assert erik.post(f"{place}/mailings/{row.id}/answers", answer).status_code == 303
    assert "it works again" in erik.text(f"{place}/mailings/{row.id}")
    assert browse("otto").get(f"{place}/mailings").status_code in {403, 404}


@ON_SQLITE_ALONE
def test_programs_write_to_all_that_are_hit(cast, db, now, browse, run_jobs):
    case = declared(cast, now)
    customers(db, cast, 2)
    db.session.commit()
    make = caller(browse, cast, db, now)
    erik, lena = make("erik"), make("lena")
    at = f"{case.reference}/mailings"
    assert erik("POST", f"{at}/customers", {}).status_code == 409
    assert erik("POST", f"{at}/customers", {"region": "South"}).json == {"new": 2}
    assert erik("POST", at, {}).status_code == 409
    made = erik("POST", at, {"en": WORDS["en"], "it": WORDS["it"]})
    assert (made.status_code, made.json["languages"]) == (201, ["en", "it"])
    one = f"{at}/{made.json['id']}"
    assert erik("POST", f"{one}/approve").status_code == 409
    assert lena("POST", f"{one}/approve").json["state"] == "approved"
    run_jobs()
    [row] = erik("GET", at).json["items"]
    assert (row["state"], row["written"], row["nobody"]) == ("sent", 2, 0)
    lines = erik("GET", f"{one}/lines").json["items"]
    assert {line["language"] for line in lines} == {"it"}
    said = {"account": lines[0]["account"], "answer": "Grazie."}
    assert erik("POST", f"{one}/answers", said).json["answered"] == 1
    assert erik("POST", f"{one}/drop").status_code == 409
