"""A graver trigger in a customer's answer: found in new words alone, proposed once, decided on."""

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.accounts.models import EntryKind, Lane
from portal.blueprints.escalations import actions, queries
from portal.blueprints.escalations.models import Severity, State, Trigger, TriggerProposal
from portal.blueprints.escalations.rules.answers import LONGEST_QUOTE, threat_in
from portal.blueprints.notifications.models import Notification
from portal.blueprints.policies.rules import TriggersPolicy
from portal.core import access
from portal.core.errors import Refused
from portal.core.events import Event
from tests.escalations.calls import caller
from tests.escalations.test_actions import declared
from tests.shipped import shipped

POLICY = shipped(TriggersPolicy, "triggers")
SUE = "Bonjour.\n\nSans réponse, nous saisirons le tribunal. Merci."
CANCEL, LEGAL, OTHER = (
    Trigger.CANCELLATION_THREAT,
    Trigger.LEGAL_THREAT,
    Trigger.OTHER_EXTRAORDINARY,
)
SMALL = {
    "en": "This message is confidential. If you got it in error, we may take legal action.",
    "fr": "Ce message est confidentiel. Reçu par erreur : nous saisirons le tribunal.",
    "it": "Questo messaggio è riservato ai destinatari: adiremo le vie legali.",
}


@pytest.mark.parametrize(
    ("text", "standing", "found"),
    [
        (SUE, OTHER, LEGAL),
        (SUE, CANCEL, LEGAL),
        (SUE, LEGAL, None),
        (SUE, Trigger.SECURITY_OR_PRIVACY, None),
        ("We will cancel the contract.", LEGAL, None),
        ("We will cancel the contract and sue you.", OTHER, LEGAL),
        ("Thanks, it works again.", OTHER, None),
        ("", OTHER, None),
        ("Merci.\n\n> Nous saisirons le tribunal.", OTHER, None),
        ("> Your bill\nWe will sue you.", OTHER, LEGAL),
        ("Thanks.\n-- \nJ. Doe, our lawyers: we will sue you", OTHER, None),
        ("We will sue you.\n\n-- \nJ. Doe", OTHER, LEGAL),
        ("Agenda\n--\n" + "a point\n" * 16 + "We will sue you.", OTHER, LEGAL),
        *((f"Thanks.\n\n{words}", OTHER, None) for words in SMALL.values()),
        *((words, OTHER, LEGAL) for words in SMALL.values()),
        ("Thanks.\n\nThis message was confidential: we will sue you.", OTHER, LEGAL),
    ],
)
def test_what_an_answer_newly_says(text, standing, found):
    threat = threat_in(text, POLICY, standing=standing)
    assert (threat and threat.trigger) is found


def test_sentences_are_quoted_once_and_known_ones_say_nothing():
    threat = threat_in(SUE + f"\n\n{SUE}", POLICY, standing=OTHER)
    assert threat.quotes == ("Sans réponse, nous saisirons le tribunal",)
    assert threat.language == "fr"
    again = SUE.upper().replace("É", "E").replace(" ", "\n")
    assert threat_in(again, POLICY, standing=OTHER, weighed=threat.marks) is None
    ours = "Vous écrivez : sans réponse, nous saisirons le tribunal !"
    assert threat_in(SUE, POLICY, standing=OTHER, known=[ours]) is None
    more = f"{SUE} Notre avocat vous assignera en justice."
    newly = threat_in(more, POLICY, standing=OTHER, weighed=threat.marks)
    assert [quote.startswith("Notre avocat") for quote in newly.quotes] == [True]
    long = threat_in("word " * 400 + "we will sue you" + " word" * 400, POLICY, standing=OTHER)
    assert "sue you" in long.quotes[0]
    assert len(long.quotes[0]) <= LONGEST_QUOTE + 2


@pytest.fixture
def case(cast, db, now):
    """An open case of Carl's that was set off by a threat to cancel."""
    row = declared(cast, now, severity=Severity.E3)
    db.session.commit()
    return row


def answer(case, now, text=SUE, **more):
    given = actions.Answer(text=text, at=now, language="fr", kind=EntryKind.EMAIL_IN, **more)
    actions.receive(case, given, by=access.contact("Hélène", language="fr"), now=now)
    return queries.trigger_proposed(case)


def mails(db, case):
    found = sa.select(Notification.template).where(Notification.record_ref == case.reference)
    return [one.removeprefix("escalations/") for one in db.session.scalars(found)]


def test_taken_it_is_corrected_and_as_grave_as_the_policy_says(cast, db, now, case):
    asked = answer(case, now)
    assert (case.trigger, case.severity) == (CANCEL, Severity.E3), "a person decides"
    assert asked.recommendation == {"trigger": "legal_threat", "severity": "E1"}
    assert "threat" in mails(db, case)
    assert "replied" not in mails(db, case), "one mail for one answer"
    actions.answer_trigger(case, asked.id, takes=True, reason="", by=cast.erik, now=now)
    db.session.commit()
    assert (case.trigger, case.severity, case.executive) == (LEGAL, Severity.E1, True)
    steps = {step.trigger for step in queries.known_steps(case).values()}
    assert "legal_threat" in steps, "the playbook goes on"
    seen = db.session.scalars(
        sa.select(Event.name).order_by(Event.seq).where(Event.record_ref == case.reference)
    ).all()
    assert {"escalations.trigger_taken", "escalations.corrected"} <= set(seen)
    made = db.session.scalars(sa.select(TriggerProposal).order_by(TriggerProposal.id)).all()[-1]
    assert (made.proposed, made.confirmed) == (LEGAL, LEGAL)
    with pytest.raises(Refused, match="any more"):
        actions.answer_trigger(case, asked.id, takes=False, reason="x", by=cast.carl, now=now)


def test_nothing_is_proposed_twice_and_the_gravest_stands(cast, db, now, case):
    first = answer(case, now)
    assert answer(case, now).id == first.id
    assert answer(case, now, "We will sue you.").id == first.id, "the box is there already"
    graver = answer(case, now, "You had a data breach: our personal data was leaked.")
    assert graver.recommendation["trigger"] == "security_or_privacy"
    with pytest.raises(Refused, match="Meanwhile"):
        actions.answer_trigger(case, first.id, takes=True, reason="", by=cast.erik, now=now)
    actions.answer_trigger(case, graver.id, takes=False, reason="Not ours.", by=cast.erik, now=now)
    assert answer(case, now) is None, "weighed before"
    assert mails(db, case).count("threat") == 2
    assert answer(case, now, "Dernier avis : nous vous poursuivrons en justice.") is not None


def test_a_case_that_is_held_restricted_or_ended(cast, db, now, case):
    actions.correct(case, {"trigger": LEGAL}, was={"trigger": CANCEL.value}, by=cast.erik, now=now)
    assert answer(case, now) is None, "as grave already"
    case.trigger, case.restricted, case.automatic_stopped = OTHER, True, True
    case.state = State.AWAITING_CUSTOMER
    asked = answer(case, now)
    assert asked is not None, "an inner proposal is nothing automatic for the customer"
    case.state = State.CLOSED
    with pytest.raises(Refused, match="not open"):
        actions.answer_trigger(case, asked.id, takes=True, reason="", by=cast.erik, now=now)
    assert answer(case, now, "We will sue you in court tomorrow.").id == asked.id


def test_on_the_page_by_role(browse, cast, db, now, case):
    asked = answer(case, now)
    db.session.commit()
    where, erik = f"/escalations/{case.reference}", browse("erik")
    page = erik.text(where)
    assert "Sans réponse, nous saisirons le tribunal" in page
    assert "The policy then makes it E1" in page
    reader = browse("aldo")
    assert "/trigger/" not in reader.get(where).text, "who only reads decides nothing"
    assert reader.post(f"{where}/trigger/{asked.id}/take").status_code == 403
    leave = f"{where}/trigger/{asked.id}/leave"
    assert erik.get(f"{where}/trigger/{asked.id + 1}/leave").status_code == 404
    assert "Take it" not in erik.text(leave)
    assert erik.post(leave, {"reason": " "}).status_code == 422
    assert erik.post(leave, {"reason": "A figure of speech."}).status_code == 303
    assert erik.post(f"{where}/trigger/{asked.id}/take").status_code == 409, "the other is told"
    page = erik.text(where)
    assert "Their answer says more" not in page
    assert "A figure of speech." in page


def test_programs_read_and_answer(browse, cast, db, now, case):
    asked = answer(case, now)
    db.session.commit()
    erik = caller(browse, cast, db, now)("erik")
    found = erik("GET", case.reference).json["proposed_trigger"]
    assert found["proposal"] == asked.id
    assert (found["trigger"], found["severity"]) == ("legal_threat", "E1")
    where = f"{case.reference}/trigger"
    assert erik("POST", where, {"proposal": asked.id, "takes": False}).status_code == 409
    taken = erik("POST", where, {"proposal": asked.id, "takes": True}).json
    assert (taken["trigger"], taken["severity"]) == ("legal_threat", "E1")
    assert taken["proposed_trigger"] is None
    assert erik("POST", where, {"proposal": asked.id, "takes": True}).status_code == 409


def test_our_own_words_that_come_back_unmarked_say_nothing_b17(cast, db, now, case):
    account_actions.add_entry(
        case.account_id,
        lane=Lane.CUSTOMER,
        kind=EntryKind.EMAIL_OUT,
        text="Bonjour,\nvous dites :\nnous saisirons\nle tribunal.",
        by=cast.erik,
        now=now,
        case_ref=case.reference,
    )
    assert answer(case, now, "Nous saisirons le tribunal.") is None
    assert answer(case, now, "Oui, nous saisirons le tribunal.") is not None
