"""What cannot be, case by case: refused in words at its field, or taken as the policy says."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from portal.blueprints.accounts.models import Contract
from portal.blueprints.concessions import actions, queries, rules
from portal.blueprints.concessions.models import Form, Ground, LeftOut, State
from portal.blueprints.concessions.rules import Level, Tier
from portal.blueprints.policies.rules import CompensationPolicy, shipped
from portal.core.errors import Refused
from portal.core.money import Money
from tests.cast import Cast
from tests.conftest import ON_SQLITE_ALONE

from . import making

POLICY = shipped(CompensationPolicy)
AN_AMOUNT = {"amount": "1500.00", "currency": "EUR", "month_fee": "90000.00"}

WRONG = [
    ({"amount": "-0.01"}, "below zero"),
    ({"amount": "1e3"}, "decimal string"),
    ({"amount": 1500}, "decimal string"),
    ({"amount": "NaN"}, "decimal string"),
    ({"amount": "0.001"}, "as small as this"),
    ({"amount": ""}, "decimal string"),
    ({"currency": "EURO"}, "no currency"),
    ({"currency": "XXZ"}, "no currency"),
    ({"currency": None}, "missing"),
    ({"arr": "-1"}, "below zero"),
    ({"owed": "-1"}, "below zero"),
    ({"direct_loss": "ten"}, "decimal string"),
    ({"rate": "0"}, "above zero"),
    ({"threat": "no"}, "true or false"),
    ({"form": "cash"}, "none of"),
    ({"requester_role": "king"}, "none of"),
    ({"effort_hours": "100001"}, "not a number of hours"),
]


@pytest.mark.parametrize(("change", "words"), WRONG)
def test_what_cannot_be_is_refused_by_its_key(change: dict[str, Any], words: str) -> None:
    with pytest.raises(Refused, match=words) as refusal:
        rules.read_asked(AN_AMOUNT | change)
    assert refusal.value.field in {*change, None}


SAID = [
    ("nothing at all", {"amount": "0.00"}, {"nothing"}, None),
    ("absurd", {"amount": "10000000.01"}, {"absurd"}, "leadership"),
    ("a loss without proof", {"direct_loss": "900", "documented": False}, {"loss_without_proof"},
     "escalation_manager"),
    ("ARR of zero: the floor", {"amount": "1500.00", "arr": "0"}, set(), "escalation_manager"),
    ("ARR of zero, a cent above", {"amount": "1500.01", "arr": "0"}, set(), "executive_director"),
    ("ARR unknown: the floor", {"amount": "250.00"}, set(), "csm"),
    ("ARR unknown, a cent above", {"amount": "250.01"}, set(), "escalation_manager"),
    ("nobody named the fee", {"month_fee": None}, {"fee_unknown"}, "escalation_manager"),
    ("above a month's fee", {"month_fee": "1499.99"}, {"goodwill_cap"}, "escalation_manager"),
    ("owed with an empty budget", {"amount": "0.00", "owed": "800", "budget_left": "0"}, set(),
     None),
    ("goodwill with an empty budget", {"budget_left": "0"}, {"budget"}, "escalation_manager"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change", "codes", "deciding"), SAID, ids=[x[0] for x in SAID])
def test_what_is_said_of_it(
    name: str, change: dict[str, Any], codes: set[str], deciding: str | None
) -> None:
    """What stops it or warns, and who decides nevertheless."""
    told = rules.answer(rules.read_asked(AN_AMOUNT | change), policy=POLICY)
    assert {one["code"] for one in told["objections"]} == codes, name
    assert told["deciding"] == deciding
    if change.get("budget_left") == "0":
        paid_anyway = change.get("owed") is not None
        assert (told["also"] == []) is paid_anyway  # leadership signs what overdraws, alone


LEVEL = Level("EUR", (Tier(Decimal("99.9"), Decimal(10)), Tier(Decimal(99), Decimal(25))))
FEE = Money(4000, "EUR")


@pytest.mark.parametrize(
    ("availability", "credit"),
    [("100", 0), ("99.9", 0), ("99.899", 400), ("98.9999", 1000), ("0", 1000)],
)
def test_availability_of_all_and_of_nothing(availability: str, credit: int) -> None:
    found = rules.credit(LEVEL, availability=Decimal(availability), fee=FEE)
    assert found.credit == Money(credit, "EUR")


@pytest.mark.parametrize("availability", ["-0.1", "100.1"])
def test_availability_that_cannot_be(availability: str) -> None:
    with pytest.raises(Refused, match="between 0 and 100"):
        rules.credit(LEVEL, availability=Decimal(availability), fee=FEE)


@pytest.mark.parametrize(
    ("today", "automatic", "expected"),
    [
        (date(2026, 6, 30), False, None),
        (date(2026, 7, 1), False, LeftOut.TOO_LATE),
        (date(2026, 7, 1), True, None),
    ],
)
def test_a_claim_after_its_window(today: date, automatic: bool, expected: LeftOut | None) -> None:
    level = Level("EUR", LEVEL.tiers, claim_days=30, automatic=automatic)
    paid = rules.credit(level, availability=Decimal(98), fee=FEE)
    ends = date(2026, 5, 31)
    found = rules.left_out(level, paid, ends_on=ends, taken=False, rate=True, today=today)
    assert found is expected


@pytest.mark.parametrize(("current", "again"), [
    ("1.10", False), ("1.122", False), ("1.12201", True), ("1.078", False), ("1.0779", True),
])  # fmt: skip
def test_a_rate_that_moved_by_more_than_two_percent(current: str, again: bool) -> None:
    asked = rules.Request(
        account="ACC-00001",
        requester_id=1,
        currency="USD",
        parts=(),
        harm=rules.Harm(owed=Money(0, "EUR"), direct_loss=Money(0, "EUR")),
        rate=Decimal("1.10"),
    )
    assert rules.must_rerun(asked, current_rate=Decimal(current), policy=POLICY) is again


@ON_SQLITE_ALONE
def test_what_a_proposal_does_not_take(cast: Cast, now: datetime, db: Any) -> None:
    """Other currency without a rate, a contract without terms, a form that has no amount."""
    by: dict[str, Any] = {"by": cast.carl, "now": now}
    for wish, field in (
        (making.wish(currency="CHF"), "currency"),
        (making.wish(currency="ZZZ"), "currency"),
        (making.wish(owed=-1), "owed"),
        (making.wish(loss=Decimal("NaN")), "loss"),
        (making.wish(why=" "), "why"),
        (making.wish(effort_hours=-1), "effort_hours"),
        (making.wish(apology="x" * 4001), "apology"),
    ):
        with pytest.raises(Refused) as refusal:
            actions.propose(cast.acme, wish, **by)
        assert refusal.value.field == field
    row = making.draft(cast.acme, 300, **by)
    for part, field in (
        (making.part(0, what=""), "what"),
        (making.part(5, form=Form.APOLOGY_ONLY), "amount"),
        (making.part(5, periods=0), "periods"),
        (making.part("0.001"), "amount"),
    ):
        with pytest.raises(Refused) as refusal:
            actions.add_part(row, part, **by)
        assert refusal.value.field == field
    assert queries.terms_of(cast.fina, cast.acme, now=now) == []  # without terms nothing is owed
    assert queries.open_credits(cast.acme_id, currency="EUR", now=now) == []
    contract = db.session.query(Contract).filter_by(account_id=cast.acme_id).first()
    assert contract is not None
    with pytest.raises(Refused):
        actions.set_terms(
            cast.acme,
            actions.TermsWish(
                contract_id=contract.id, service="Flow", currency="EUR", fee=Decimal(1), tiers=""
            ),
            by=cast.fina,
            now=now,
        )


@ON_SQLITE_ALONE
def test_who_left_between_request_and_signature(cast: Cast, now: datetime, db: Any) -> None:
    """The approver left the company, the policy changed: what was recommended keeps its version,
    and the stricter of both decides who signs.
    """
    row = making.draft(cast.acme, 4000, by=cast.carl, now=now)
    actions.request(row, by=cast.carl, now=now)
    kept = dict(row.recommendation)
    cast.user("erik").active = False
    rows = [one.model_dump(mode="json", exclude_none=True) for one in POLICY.authority]
    rows[1]["amount"] = "1500"
    making.publish({"authority": rows}, now=now)
    with pytest.raises(Refused, match="no longer works here"):
        actions.approve(row, by=cast.erik, now=now)
    later = now + timedelta(days=1)
    weighed = queries.weigh(row, cast.acme, parts=queries.parts(row), now=later)
    assert weighed is not None
    assert [one.role.value for one in weighed.steps[0]] == ["executive"]
    actions.approve(row, by=cast.dora, now=later)
    assert row.state is State.APPROVED
    assert (row.recommendation, row.policy_number) == (kept, 1)
    assert [one.policy_number for one in queries.living(row)] == [2]
    assert {one.ground for one in queries.parts(row)} == {Ground.GOODWILL}
