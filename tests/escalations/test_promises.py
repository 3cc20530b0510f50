"""The ledger of promises: two that do not fit, and what a broken one proposes."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.accounts.models import PromiseKind
from portal.blueprints.escalations import actions, queries, rules
from portal.blueprints.escalations.models import Severity, State, Trigger
from portal.blueprints.escalations.rules import Promised
from portal.blueprints.policies.rules import SeverityPolicy
from portal.core.errors import Refused
from tests.escalations.test_actions import declared
from tests.shipped import shipped

MONDAY = datetime(2026, 6, 22, 12, tzinfo=UTC)


def promised(id, by, what, days=0):
    return Promised(id, by, what, MONDAY + timedelta(days=days))


@pytest.mark.parametrize(
    ("one", "other", "flagged"),
    [
        (
            (1, "A technician visits the Lyon plant"),
            (2, "No technician at the plant before July", 9),
            True,
        ),
        ((1, "A call with the board"), (2, "The invoice is corrected"), True),
        ((1, "A call with the board"), (2, "The invoice is corrected", 3), False),
        ((1, "A technician visits Lyon"), (1, "A technician visits Nantes", 2), False),
        ((1, "Le correctif est livré"), (2, "Le CORRECTIF est livre"), False),
        ((1, "Le correctif est livré"), (2, "Le CORRECTIF est livre", 4), True),
        ((1, "Réparation du serveur à Lyon"), (2, "reparation d'un autre serveur", 5), True),
        ((None, "Patch on the server room"), (2, "Patch after the server room moved", 5), True),
    ],
)
def test_two_people_promising_different_things_is_flagged(one, other, flagged):
    pair = [promised(1, *one), promised(2, *other)]
    found = rules.contradictions(pair, zone="Europe/Paris")
    assert found == ({1: {2}, 2: {1}} if flagged else {})


def test_one_day_is_a_day_of_the_customer():
    late = Promised(1, 1, "Call the board", datetime(2026, 6, 22, 22, 30, tzinfo=UTC))
    early = Promised(2, 2, "Correct the invoice", datetime(2026, 6, 23, 8, tzinfo=UTC))
    assert rules.contradictions([late, early], zone="Europe/Paris")
    assert not rules.contradictions([late, early], zone="UTC")


@pytest.mark.parametrize(
    ("severity", "trigger", "to"),
    [
        (Severity.E3, Trigger.CUSTOMER_DEADLINE, Severity.E2),
        (Severity.E2, Trigger.CUSTOMER_DEADLINE, Severity.E1),
        (Severity.E1, Trigger.CUSTOMER_DEADLINE, None),
        (Severity.E4, Trigger.OPPORTUNITY, None),
    ],
)
def test_a_broken_promise_speaks_for_one_step(severity, trigger, to):
    assert rules.graver_after_broken(severity, trigger, shipped(SeverityPolicy, "severity")) is to


@pytest.fixture
def case(cast, db, now):
    row = declared(cast, now, severity=Severity.E3)
    db.session.commit()
    return row


def promise(case, cast, now, by="erik", what="A technician visits the plant"):
    return account_actions.promise(
        case.account_id,
        kind=PromiseKind.ACTION,
        what=what,
        to_whom="H. Vasseur",
        due_at=now + timedelta(days=2),
        by_id=cast.ids[by],
        case_ref=case.reference,
        by=cast.erik,
        now=now,
    )


def test_the_page_holds_two_promises_against_each_other(browse, cast, db, now, case):
    promise(case, cast, now)
    promise(case, cast, now, "carl", "The plant gets no technician before July")
    db.session.commit()
    text = browse("erik").text(f"/escalations/{case.reference}")
    assert text.count("Hold against") == 2
    assert "Carl Berger promised: The plant gets no technician" in text


def test_a_broken_promise_proposes_and_a_person_raises(browse, cast, db, now, case, run_jobs):
    row = promise(case, cast, now)
    db.session.commit()
    erik, where = browse("erik"), f"/escalations/{case.reference}"
    broken = {"how": "broken", "reason": "Nobody was free."}
    assert erik.post(f"{where}/promises/{row.id}", broken).status_code == 303
    run_jobs()
    db.session.refresh(case)
    assert case.severity is Severity.E3, "a person decides"
    assert "Raise to E2" in erik.text(where)
    assert erik.post(f"{where}/severity/raise").status_code == 303
    db.session.refresh(case)
    assert case.severity is Severity.E2
    assert "Raise to E" not in erik.text(where)
    assert erik.post(f"{where}/severity/raise").status_code == 409


def test_leaving_the_severity_needs_a_reason(browse, cast, db, now, case):
    row = promise(case, cast, now)
    account_actions.break_(row, reason="Late", by=cast.erik, now=now)
    actions.propose_raising(case, row.id, by=cast.erik, now=now)
    db.session.commit()
    erik, where = browse("erik"), f"/escalations/{case.reference}"
    assert erik.post(f"{where}/severity/leave", {"reason": " "}).status_code == 422
    answer = erik.post(f"{where}/severity/leave", {"reason": "They agreed to Friday."})
    assert answer.status_code == 303
    db.session.refresh(case)
    assert case.severity is Severity.E3
    assert queries.raising_proposed(case) is None
    assert erik.get(f"{where}/severity/leave").status_code == 404


def test_broken_on_the_account_proposes_too_and_once(cast, db, now, case, run_jobs):
    row = promise(case, cast, now)
    account_actions.break_(row, reason="Late", by=cast.erik, now=now)
    run_jobs()
    assert queries.raising_proposed(case) is not None
    assert not actions.propose_raising(case, row.id, by=cast.erik, now=now)


def test_a_case_that_ended_is_proposed_nothing(cast, db, now, case):
    row = promise(case, cast, now)
    case.state = State.CLOSED
    assert not actions.propose_raising(case, row.id, by=cast.erik, now=now)
    with pytest.raises(Refused):
        actions.answer_raising(case, raises=True, reason="", by=cast.erik, now=now)
