"""Who signs what, what speaks against an offer, what an approval is bound to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from portal.blueprints.concessions import rules
from portal.blueprints.concessions.models import Form, Ground
from portal.blueprints.concessions.rules import (
    Background,
    Because,
    Harm,
    Part,
    Parties,
    Request,
    Signed,
    Signer,
)
from portal.blueprints.policies.rules.compensation import CompensationPolicy
from portal.core.access import Grade, Role
from portal.core.money import Money
from tests.shipped import shipped

POLICY = shipped(CompensationPolicy, "compensation")
REQUESTER, OWNER, SELLER, STAND_IN = 1, 2, 3, 4
PARTIES = Parties(frozenset({OWNER}), frozenset({SELLER}), frozenset({STAND_IN}))


def eur(amount: str | int | Decimal) -> Money:
    return Money(Decimal(amount), "EUR")


def part(amount, ground=Ground.GOODWILL, form=Form.SERVICE_CREDIT, **more) -> Part:
    return Part(ground, form, eur(amount), **more)


def request(*parts: Part, owed=0, loss=0, documented=False, hours=0, days=0, **more) -> Request:
    harm = Harm(eur(owed), eur(loss), documented, Decimal(hours), Decimal(days))
    return Request("ACC-00001", REQUESTER, "EUR", parts, harm, **more)


def known(arr=None, given="0", fee="1000000", **more) -> Background:
    money = {name: eur(value) for name, value in more.items()}
    arr_money = None if arr is None else eur(arr)
    return Background(arr_money, eur(given), None if fee is None else eur(fee), **money)


def roles(asked: Request, background: Background, *policies) -> list[list[str]]:
    steps = rules.approvers(asked, background=background, policies=policies or (POLICY,))
    return [[one.role.value for one in step] for step in steps]


def codes(asked: Request, background: Background, *policies) -> list[str]:
    found = rules.objections(asked, background=background, policies=policies or (POLICY,))
    return [one.code for one in found]


def person(number: int, *roles: Role, grade=Grade.STAFF, **more) -> Signer:
    return Signer(number, frozenset(roles), grade, **more)


CSM, MANAGER = person(10, Role.CSM), person(11, Role.ESCALATION_MANAGER)
DIRECTOR = person(12, Role.EXECUTIVE, grade=Grade.DIRECTOR)
VP = person(13, Role.EXECUTIVE, grade=Grade.VP)
FINANCE, LEGAL = person(14, Role.FINANCE), person(15, Role.LEGAL)
CHIEF = person(16, Role.LEADERSHIP, grade=Grade.CXO)


# Limits: min(amount, max(floor, share × ARR))

LIMITS = [
    # arr, csm, escalation_manager, director, VP
    (None, "250", "1500", "7500", "30000"),
    ("0", "250", "1500", "7500", "30000"),
    ("-5", "250", "1500", "7500", "30000"),
    ("10000", "250", "1500", "7500", "30000"),
    ("25000", "250", "1500", "7500", "30000"),
    ("25001", "250.01", "1500", "7500", "30000"),
    ("50000", "500", "1500", "7500", "30000"),
    ("50001", "500", "1500.03", "7500", "30000"),
    ("150000", "500", "4500", "7500", "30000"),
    ("200000", "500", "5000", "10000", "30000"),
    ("300000", "500", "5000", "15000", "30000"),
    ("500000", "500", "5000", "25000", "50000"),
    ("1000000", "500", "5000", "25000", "100000"),
    ("90000000", "500", "5000", "25000", "100000"),
]
ROWS = [
    (Role.CSM, Grade.STAFF),
    (Role.ESCALATION_MANAGER, Grade.STAFF),
    (Role.EXECUTIVE, Grade.DIRECTOR),
    (Role.EXECUTIVE, Grade.VP),
]
STEPS = [
    [["csm"]],
    [["escalation_manager"]],
    [["executive"]],
    [["executive", "finance"]],
    [["leadership"]],
]


@pytest.mark.parametrize("line", LIMITS, ids=lambda line: f"arr-{line[0]}")
def test_limits(line):
    arr = None if line[0] is None else eur(line[0])
    found = [rules.limit(role, grade=grade, arr=arr, policy=POLICY) for role, grade in ROWS]
    assert found == [eur(text) for text in line[1:]]


@pytest.mark.parametrize("line", LIMITS, ids=lambda line: f"arr-{line[0]}")
@pytest.mark.parametrize("row", range(4))
@pytest.mark.parametrize(("cents", "further"), [(-1, 0), (0, 0), (1, 1)])
def test_who_signs_around_each_limit(line, row, cents, further):
    amount = Decimal(line[row + 1]) + Decimal(cents) / 100
    assert roles(request(part(amount)), known(line[0])) == STEPS[row + further]


@pytest.mark.parametrize(
    ("role", "grade", "expected"),
    [
        (Role.EXECUTIVE, Grade.STAFF, "0"),
        (Role.EXECUTIVE, Grade.MANAGER, "0"),
        (Role.EXECUTIVE, Grade.CXO, "100000"),
        (Role.FINANCE, Grade.VP, "0"),
        (Role.SUPPORT, Grade.CXO, "0"),
        (Role.ACCOUNT_MANAGER, Grade.CXO, "0"),
        (Role.AUDITOR, Grade.STAFF, "0"),
        (Role.CSM, Grade.CXO, "500"),
    ],
)
def test_role_and_grade_make_authority(role, grade, expected):
    assert rules.limit(role, grade=grade, arr=eur(5000000), policy=POLICY) == eur(expected)


def test_leadership_has_no_limit():
    assert rules.limit(Role.LEADERSHIP, grade=Grade.STAFF, arr=None, policy=POLICY) is None


def test_arr_of_another_currency_is_the_callers_mistake():
    with pytest.raises(ValueError, match="converted"):
        rules.limit(Role.CSM, grade=Grade.STAFF, arr=Money(1, "USD"), policy=POLICY)


MONEY = st.decimals("0", "400000", places=2)
ARR = st.none() | st.decimals("0", "9000000", places=2)


@given(arr=ARR)
def test_limits_rise_from_row_to_row(arr):
    money = None if arr is None else eur(arr)
    found = [rules.limit(role, grade=grade, arr=money, policy=POLICY) for role, grade in ROWS]
    assert all(low < high for low, high in pairwise(found))


def rank(steps: list[list[str]]) -> int:
    return STEPS.index(steps)


@given(arr=ARR, amount=MONEY, more=MONEY)
def test_more_money_never_needs_less_authority(arr, amount, more):
    assume(amount > 0)
    background = known(arr)
    assert rank(roles(request(part(amount)), background)) <= rank(
        roles(request(part(amount + more)), background)
    )


@given(arr=ARR, pieces=st.lists(st.decimals("0.01", "30000", places=2), min_size=1, max_size=6))
def test_splitting_gains_nothing(arr, pieces):
    whole = rank(roles(request(part(sum(pieces))), known(arr)))
    before, last = sum(pieces[:-1], Decimal(0)), pieces[-1]
    assert rank(roles(request(part(last)), known(arr, given=str(before)))) == whole
    one_request = request(
        *(part(piece, ground) for piece, ground in zip(pieces, FREE, strict=False))
    )
    assert rank(roles(one_request, known(arr))) == whole


FREE = [Ground.GOODWILL, Ground.DIRECT_LOSS, Ground.EFFORT] * 2


@given(arr=ARR, owed=MONEY, amount=MONEY)
def test_what_is_owed_uses_no_authority(arr, owed, amount):
    assume(amount > 0)
    alone, both = request(part(amount)), request(part(amount), part(owed, Ground.OWED))
    assert roles(alone, known(arr)) == roles(both, known(arr))
    assert rules.counted(both, policy=POLICY) == eur(amount)


@pytest.mark.parametrize(
    ("given_before", "amount", "row"),
    [("0", "250", 0), ("0.01", "250", 1), ("200", "50", 0), ("1400", "101", 2), ("30000", "1", 4)],
)
def test_the_last_twelve_months_count(given_before, amount, row):
    assert roles(request(part(amount)), known(given=given_before)) == STEPS[row]


def test_face_value_over_the_whole_term_counts():
    free = part("100", form=Form.FREE_MONTHS, periods=6)
    assert free.face == eur(600)
    assert roles(request(free), known()) == [["escalation_manager"], ["finance"]]


def test_amounts_are_held_against_limits_at_the_frozen_rate():
    dollars = Part(Ground.GOODWILL, Form.REFUND, Money("500", "USD"))
    asked = replace(request(dollars), currency="USD", rate=Decimal("0.5"))
    assert rules.counted(asked, policy=POLICY) == eur("250.00")
    assert roles(asked, known()) == [["csm"]]
    assert roles(replace(asked, rate=Decimal("0.50002")), known()) == [["escalation_manager"]]


# Co-signatures

LOSS = {"loss": 1000, "documented": True}


@pytest.mark.parametrize(
    ("asked", "background", "expected"),
    [
        (request(part(100), threat=True), known(), [["csm"], ["legal"]]),
        (request(part(100), waiver=True), known(), [["csm"], ["legal"]]),
        (request(part(100), release=True), known(), [["csm"], ["legal"]]),
        (request(part(100)), known(liability_cap=100), [["csm"]]),
        (request(part(100)), known(liability_cap="99.99"), [["csm"], ["legal"]]),
        (request(part(100), threat=True, release=True), known(), [["csm"], ["legal"]]),
        (request(part(100), termination_right=True), known(), [["csm"], ["finance"]]),
        (request(part(0, form=Form.ROADMAP_COMMITMENT)), known(), [["csm"], ["finance"]]),
        (request(part(100, form=Form.DISCOUNT)), known(), [["csm"]]),
        (
            request(part(100, form=Form.DISCOUNT, on_renewal=True)),
            known(),
            [["csm"], ["finance"]],
        ),
        (
            request(part(40000, form=Form.FREE_MONTHS), threat=True),
            known("1000000"),
            [["executive", "finance"], ["legal"]],
        ),
        (
            request(part(1, form=Form.FREE_MONTHS)),
            known(given="30000"),
            [["leadership"], ["finance"]],
        ),
        (request(part(1500, Ground.DIRECT_LOSS), **LOSS), known(), [["escalation_manager"]]),
        (
            request(part("1500.01", Ground.DIRECT_LOSS), **LOSS),
            known("60000"),
            [["escalation_manager"], ["leadership"]],
        ),
        (request(part(200)), known(budget_left=199), [["csm"], ["leadership"]]),
        (request(part(200)), known(budget_left=200), [["csm"]]),
        (request(part(0, form=Form.APOLOGY_ONLY)), known(), []),
        (request(part(0, form=Form.APOLOGY_ONLY), threat=True), known(), [["legal"]]),
        (request(part(90000, Ground.OWED), owed=90000), known(), []),
        (request(part(90000, Ground.OWED), owed=90000, threat=True), known(liability_cap=1), []),
        (request(part(900, Ground.OWED), owed=900), known(budget_left=0), []),
        (request(part(900, Ground.OWED), owed=900, waiver=True), known(), [["legal"]]),
    ],
)
def test_who_else_signs(asked, background, expected):
    assert roles(asked, background) == expected


def test_a_signature_says_why():
    asked = request(part(40000, form=Form.FREE_MONTHS), threat=True)
    steps = rules.approvers(asked, background=known("1000000"), policies=(POLICY,))
    assert steps[0][0].grade is Grade.VP
    assert steps[0][1].because == (Because.AUTHORITY, Because.REVENUE_ACCOUNTING)
    assert steps[1][0].because == (Because.THREAT,)
    assert "threat" in steps[1][0].why


# The stricter of two policies

WIDER = shipped(
    CompensationPolicy,
    "compensation",
    authority=[
        row.model_dump(mode="json")
        | ({"floor": "5000", "amount": "5000"} if row.key == "csm" else {})
        | ({"floor": "5000"} if row.key == "escalation_manager" else {})
        for row in POLICY.authority
    ],
)


@pytest.mark.parametrize("amount", ["100", "250", "251", "1500", "1501", "9000", "40000"])
def test_the_stricter_policy_decides_in_both_orders(amount):
    asked, background = request(part(amount)), known()
    both = roles(asked, background, POLICY, WIDER)
    assert both == roles(asked, background, WIDER, POLICY)
    assert both == roles(asked, background, POLICY)


def test_cosigners_of_either_policy_sign():
    lax = shipped(
        CompensationPolicy, "compensation", legal_signs=[], finance_signs=[], treatments=[]
    )
    asked = request(part(1, form=Form.FREE_MONTHS), threat=True)
    assert roles(asked, known(), lax) == [["csm"]]
    assert roles(asked, known(), POLICY, lax) == [["csm"], ["finance"], ["legal"]]


# Who may approve


def refusals(signer, asked=None, background=None, signed=(), parties=PARTIES):
    found = rules.may_approve(
        signer,
        asked or request(part(100)),
        parties=parties,
        background=background or known(),
        policies=(POLICY,),
        signed=signed,
    )
    return [one.code for one in found]


@pytest.mark.parametrize(
    ("signer", "expected"),
    [
        (CSM, []),
        (MANAGER, []),
        (DIRECTOR, []),
        (VP, []),
        (CHIEF, []),
        (FINANCE, ["no_authority"]),
        (LEGAL, ["no_authority"]),
        (person(20, Role.SUPPORT), ["no_authority"]),
        (person(20, Role.EXECUTIVE, grade=Grade.MANAGER), ["no_authority"]),
        (replace(CSM, person_id=REQUESTER), ["own_request"]),
        (replace(CHIEF, person_id=REQUESTER), ["own_request"]),
        (replace(CSM, person_id=OWNER), ["account_owner"]),
        (replace(CHIEF, person_id=SELLER), ["revenue_target"]),
        (replace(CHIEF, person_id=STAND_IN), ["substitute"]),
        (person(20, Role.CSM, Role.ACCOUNT_MANAGER), ["account_manager"]),
        (person(20, Role.ACCOUNT_MANAGER, grade=Grade.CXO), ["account_manager", "no_authority"]),
        (replace(CSM, active=False), ["inactive"]),
        # A substitute signs with the absent person's authority, and neither may be a party.
        (person(20, Role.SUPPORT, stands_in_for=CSM), []),
        (replace(CSM, stands_in_for=replace(MANAGER, person_id=REQUESTER)), ["own_request"]),
        (replace(CSM, person_id=REQUESTER, stands_in_for=MANAGER), ["own_request"]),
        (
            replace(CSM, stands_in_for=person(20, Role.ACCOUNT_MANAGER)),
            ["account_manager", "no_authority"],
        ),
    ],
)
def test_who_may_approve_a_small_gesture(signer, expected):
    assert refusals(signer) == expected


@pytest.mark.parametrize(
    ("amount", "allowed"),
    [
        ("250", {10, 11, 12, 13, 16}),
        ("251", {11, 12, 13, 16}),
        ("1501", {12, 13, 16}),
        ("7501", {13, 14, 16}),
        ("30001", {16}),
    ],
)
def test_authority_passes_upwards_only(amount, allowed):
    people = (CSM, MANAGER, DIRECTOR, VP, FINANCE, LEGAL, CHIEF)
    asked = request(part(amount))
    assert {one.person_id for one in people if not refusals(one, asked)} == allowed


def test_steps_are_signed_in_order_and_by_different_people():
    asked, arr = request(part(40000), threat=True), known("1000000")
    both = person(30, Role.FINANCE, Role.EXECUTIVE, Role.LEGAL, grade=Grade.VP)
    assert refusals(LEGAL, asked, arr) == ["no_authority"]
    assert refusals(both, asked, arr) == []
    first = [Signed(30, 0, Role.EXECUTIVE)]
    assert refusals(both, asked, arr, first) == ["already_signed"]
    assert refusals(VP, asked, arr, first) == ["no_authority"]
    assert refusals(FINANCE, asked, arr, first) == []
    second = [*first, Signed(14, 0, Role.FINANCE)]
    assert refusals(FINANCE, asked, arr, second) == ["already_signed", "no_authority"]
    assert refusals(LEGAL, asked, arr, second) == []
    done = [*second, Signed(15, 1, Role.LEGAL)]
    assert refusals(CHIEF, asked, arr, done) == ["complete"]
    steps = rules.approvers(asked, background=arr, policies=(POLICY,))
    assert rules.outstanding(steps, done) == (2, ())


EVERYONE = st.builds(
    Signer,
    person_id=st.integers(1, 9),
    roles=st.frozensets(st.sampled_from(list(Role)), max_size=4),
    grade=st.sampled_from(list(Grade)),
)


@given(
    signer=st.builds(
        Signer,
        person_id=st.integers(1, 9),
        roles=st.frozensets(st.sampled_from(list(Role)), max_size=4),
        grade=st.sampled_from(list(Grade)),
        stands_in_for=st.none() | EVERYONE,
    ),
    amount=st.decimals("0.01", "200000", places=2),
    arr=ARR,
    threat=st.booleans(),
)
def test_no_party_ever_approves_at_any_amount(signer, amount, arr, threat):
    asked = request(part(amount), threat=threat)
    if refusals(signer, asked, known(arr)):
        return
    for one in filter(None, (signer, signer.stands_in_for)):
        assert one.person_id not in {REQUESTER, OWNER, SELLER, STAND_IN}
        assert Role.ACCOUNT_MANAGER not in one.roles


# Fairness


@pytest.mark.parametrize(
    ("asked", "background", "expected"),
    [
        (request(part(1000)), known(fee="1000"), []),
        (request(part("1000.01")), known(fee="1000"), ["goodwill_cap"]),
        (request(part(1)), known(fee=None), ["fee_unknown"]),
        (request(part(1), loss=50), known(fee=None), ["fee_unknown"]),
        (request(part(800, Ground.DIRECT_LOSS), part(200), **LOSS), known(fee="1"), []),
        (request(part(1000, Ground.DIRECT_LOSS), part("0.01"), **LOSS), known(), ["above_harm"]),
        (request(part(1000, Ground.DIRECT_LOSS), part(500), **LOSS), known(), ["above_harm"]),
        (
            request(part(1000, Ground.DIRECT_LOSS), part("500.01"), **LOSS),
            known(),
            ["leadership_added"],
        ),
        (
            request(part("1000.01", Ground.DIRECT_LOSS), **LOSS),
            known(),
            ["loss_without_proof", "above_harm"],
        ),
        (request(part(1, Ground.DIRECT_LOSS), loss=1), known(), ["loss_without_proof"]),
        (request(part(101, Ground.OWED), owed=100), known(), ["above_owed"]),
        (request(part(100, Ground.OWED), owed=100), known(fee=None), []),
        (request(part(90, Ground.EFFORT), hours=1, days=1), known(), []),
        (request(part(91, Ground.EFFORT), hours=1, days=1), known(), ["above_tariff"]),
        (request(part(50)), known(liability_cap=49), ["liability_cap"]),
        (request(part(50)), known(budget_left=49), ["budget"]),
        (request(part(100, Ground.OWED), owed=100), known(budget_left=0), []),
        (request(), known(), ["nothing"]),
        (request(part(0)), known(), ["nothing"]),
        (request(part(0, form=Form.APOLOGY_ONLY)), known(), []),
        (request(part(0, form=Form.ROADMAP_COMMITMENT)), known(), []),
        (request(termination_right=True), known(), []),
        (request(part(-1)), known(), ["negative"]),
        (request(part(5, periods=0)), known(), ["negative"]),
        (request(part("0.001")), known(), ["too_fine"]),
        (request(part("NaN")), known(), ["not_a_number"]),
        (request(part(10000001)), known(), ["absurd"]),
        (request(part(1000001, periods=10)), known(), ["absurd"]),
        (
            request(part(5), Part(Ground.GOODWILL, Form.REFUND, Money(5, "USD"))),
            known(),
            ["currencies"],
        ),
        (request(part(5), value_moved_it=True), known(), []),
        (request(part(5), value_moved_it=True, natural_person=True), known(), ["reason_missing"]),
        (request(part(5), natural_person=True), known(), []),
        (
            request(part(5), value_moved_it=True, natural_person=True, written_reason="Long ill."),
            known(),
            [],
        ),
    ],
)
def test_what_speaks_against(asked, background, expected):
    assert codes(asked, background) == expected


def test_what_only_warns_does_not_stop():
    asked = request(part(1000, Ground.DIRECT_LOSS), part(600), **LOSS)
    background = known(liability_cap=1, budget_left=1)
    found = rules.objections(asked, background=background, policies=(POLICY,))
    assert [one.code for one in found] == ["leadership_added", "liability_cap", "budget"]
    assert not any(one.stops for one in found)
    assert "160 % of" in found[0].message


@pytest.mark.parametrize(("amount", "expected"), [("1600000000", []), ("1600000001", ["absurd"])])
def test_yen_are_judged_in_the_policys_currency(amount, expected):
    yen = Part(Ground.GOODWILL, Form.REFUND, Money(amount, "JPY"))
    asked = replace(request(yen), currency="JPY", rate=Decimal("0.00625"))
    assert codes(asked, known(fee="10000000")) == expected


def test_value_is_switched_off_by_country():
    strict = shipped(CompensationPolicy, "compensation", no_value_in_jurisdictions=["DE"])
    asked = request(part(5), value_moved_it=True, country="DE", written_reason="x")
    assert codes(asked, known(), strict) == ["value_forbidden"]
    assert codes(replace(asked, country="FR"), known(), strict) == []


def test_objections_of_both_policies_are_raised_once():
    strict = shipped(CompensationPolicy, "compensation", goodwill_cap_months="0.5")
    asked, background = request(part(600)), known(fee="1000")
    assert codes(asked, background, POLICY) == []
    assert codes(asked, background, strict, POLICY) == ["goodwill_cap"]
    assert codes(asked, background, POLICY, strict) == ["goodwill_cap"]


@given(owed=MONEY, loss=MONEY, documented=st.booleans(), hours=st.integers(0, 500), fee=MONEY)
def test_what_is_recommended_raises_no_objection(owed, loss, documented, hours, fee):
    harm = Harm(eur(owed), eur(loss), documented, Decimal(hours))
    background = known("90000000", fee=str(fee))
    advice = rules.recommend(harm, background=background, policy=POLICY)
    assert advice.low <= advice.target <= advice.high
    assert sum((step.adds for step in advice.steps), eur(0)) == advice.high
    amounts = {step.key: step.adds for step in advice.steps}
    assume(advice.high.amount > 0)
    asked = Request(
        "ACC-00001",
        REQUESTER,
        "EUR",
        (
            Part(Ground.OWED, Form.SERVICE_CREDIT, amounts["owed"]),
            Part(Ground.DIRECT_LOSS, Form.REFUND, amounts["direct_loss"]),
            Part(Ground.EFFORT, Form.SERVICE_HOURS, amounts["inconvenience"]),
            Part(Ground.GOODWILL, Form.TRAINING, amounts["gesture"]),
        ),
        harm,
    )
    assert codes(asked, background) == []


def test_recommendation_says_what_it_could_not_know():
    advice = rules.recommend(Harm(eur(0), eur(500)), background=known(fee=None), policy=POLICY)
    assert {step.key for step in advice.steps if not step.known} == {"direct_loss", "gesture"}
    assert advice.high == eur(0)


def test_inconvenience_has_a_most():
    harm = Harm(eur(0), eur(0), effort_hours=Decimal("1000"))
    assert rules.inconvenience(harm, policy=POLICY) == eur(2500)


@pytest.mark.parametrize(
    ("amount", "above"),
    [("7500", False), ("7501", True), ("30001", True)],
)
def test_above_director_level(amount, above):
    found = rules.above_director(request(part(amount)), background=known(), policies=(POLICY,))
    assert found is above


def test_leadership_added_is_above_director_level():
    asked = request(part(151), loss=100, documented=True)
    assert rules.above_director(asked, background=known(), policies=(POLICY,))
    owed = request(part(90000, Ground.OWED), owed=90000)
    assert not rules.above_director(owed, background=known(), policies=(POLICY,))


# Break-even and precedents


@pytest.mark.parametrize(
    ("cost", "kept", "lost", "retention", "needed", "can_pay"),
    [
        ("5000", "100000", "0", "0.8", "0.05", True),
        ("20000", "100000", "0", "0.8", "0.2", True),
        ("20001", "100000", "0", "0.8", "0.20001", False),
        ("0", "100000", "0", "1", "0", True),
        ("1", "100000", "0", "1", "0.00001", False),
        ("1", "0", "0", "0.5", None, False),
        ("1", "-5", "0", "0.5", None, False),
        ("0", "0", "0", "0.5", "0", True),
        ("10", "100", "60", "0.5", "0.25", True),
    ],
)
def test_break_even(cost, kept, lost, retention, needed, can_pay):
    found = rules.break_even(
        eur(cost), kept=eur(kept), lost=eur(lost), retention=Decimal(retention)
    )
    assert found.needed == (None if needed is None else Decimal(needed))
    assert found.can_pay is can_pay


@pytest.mark.parametrize("share", ["-0.01", "1.01"])
def test_retention_is_a_share(share):
    with pytest.raises(ValueError, match="share"):
        rules.break_even(eur(1), kept=eur(1), lost=eur(0), retention=Decimal(share))


@pytest.mark.parametrize(
    ("amount", "others", "enough", "needs_reason"),
    [
        ("115", [80, 90, 100, 110, 120], True, False),
        ("115.01", [80, 90, 100, 110, 120], True, True),
        ("85", [80, 90, 100, 110, 120], True, False),
        ("84.99", [80, 90, 100, 110, 120], True, True),
        ("500", [100, 100, 100, 100], False, False),
        ("100", [90, 95, 105, 110, 90, 110], True, False),
        ("5", [0, 0, 0, 0, 0], False, False),
        ("5", [], False, False),
    ],
)
def test_precedents(amount, others, enough, needs_reason):
    found = rules.compare(eur(amount), [eur(one) for one in others], policy=POLICY)
    assert found.enough is enough
    assert found.needs_reason is needs_reason
    assert found.count == len(others)


# What an approval is bound to


BASE = request(part(100, what="Cloud"), part(50, Ground.OWED), terms="Until été.\nThanks")


@pytest.mark.parametrize(
    "changed",
    [
        replace(BASE, parts=(part("100.01", what="Cloud"), BASE.parts[1])),
        replace(BASE, parts=(part(100, what="Cloud", periods=2), BASE.parts[1])),
        replace(BASE, parts=(part(100, what="Edge"), BASE.parts[1])),
        replace(BASE, parts=(part(100, what="Cloud", on_renewal=True), BASE.parts[1])),
        replace(BASE, parts=(part(100, Ground.EFFORT, what="Cloud"), BASE.parts[1])),
        replace(BASE, parts=(part(100, form=Form.REFUND, what="Cloud"), BASE.parts[1])),
        replace(BASE, parts=BASE.parts[:1]),
        replace(BASE, parts=(*BASE.parts, BASE.parts[0])),
        replace(BASE, currency="USD"),
        replace(BASE, account="ACC-00002"),
        replace(BASE, terms="Until été. Thanks"),
        replace(BASE, threat=True),
        replace(BASE, waiver=True),
        replace(BASE, release=True),
        replace(BASE, termination_right=True),
    ],
)
def test_any_change_voids_approvals(changed):
    assert rules.proposal_digest(changed) != rules.proposal_digest(BASE)


@pytest.mark.parametrize(
    "same",
    [
        replace(BASE, parts=BASE.parts[::-1]),
        replace(BASE, terms="Until e\u0301te\u0301.\r\nThanks "),
        replace(BASE, parts=(part("100.00", what="Cloud"), BASE.parts[1])),
        replace(BASE, rate=Decimal("1.1")),
        replace(BASE, requester_id=77),
    ],
)
def test_what_is_no_change_keeps_them(same):
    assert rules.proposal_digest(same) == rules.proposal_digest(BASE)
    assert len(rules.proposal_digest(same)) == 64


PARIS = "Europe/Paris"


@pytest.mark.parametrize(
    ("offered", "lapses"),
    [
        ("2026-07-01T10:00:00+00:00", "2026-07-15T10:00:00+00:00"),
        ("2026-03-20T10:00:00+00:00", "2026-04-03T09:00:00+00:00"),  # summer time begins
        ("2026-10-20T10:00:00+00:00", "2026-11-03T11:00:00+00:00"),  # and ends
    ],
)
def test_an_offer_lapses_after_fourteen_days_at_the_same_local_time(offered, lapses):
    start, end = datetime.fromisoformat(offered), datetime.fromisoformat(lapses)
    found = rules.lapses_at(start, zone=PARIS, policy=POLICY)
    assert found.astimezone(UTC) == end
    moment = timedelta(microseconds=1)
    assert not rules.has_lapsed(start, now=end - moment, zone=PARIS, policy=POLICY)
    assert rules.has_lapsed(start, now=end, zone=PARIS, policy=POLICY)


@given(step=st.integers(0, 5), role=st.sampled_from(list(Role)))
def test_seats_are_read_as_they_are_stored(step, role):
    signed = Signed(7, step, role)
    assert Signed.at(signed.seat, person_id=7) == signed


@pytest.mark.parametrize(("rate", "moved"), [("1.02", False), ("1.021", True), ("0.979", True)])
def test_a_moved_rate_runs_the_limits_again(rate, moved):
    asked = request(part(5))
    assert rules.must_rerun(asked, current_rate=Decimal(rate), policy=POLICY) is moved


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        (request(part(5)), False),
        (request(part(5), threat=True), True),
        (request(part(25000)), False),
        (request(part(25001)), True),
        (request(part(90000, Ground.OWED), threat=True), False),
    ],
)
def test_when_the_insurer_is_asked(asked, due):
    assert rules.insurer_is_asked(asked, policy=POLICY) is due


# The policy itself


@pytest.mark.parametrize(
    ("row", "changes", "complaint"),
    [
        (0, {"floor": None}, "belong together"),
        (0, {"floor": "501"}, "floor is above"),
        (1, {"amount": "499", "floor": "260"}, "must not fall"),
        (1, {"share": "0.001"}, "must not fall"),
        (1, {"key": "csm"}, "share a key"),
        (2, {"amount": None, "floor": None, "share": None}, "without a limit"),
        (4, {"amount": "1", "floor": "1", "share": "1"}, "without a limit"),
        (3, {"key": "vp"}, "above director level"),
        (3, {"signers": [{"role": "finance"}, {"role": "finance"}]}, "signs twice"),
    ],
)
def test_a_policy_that_does_not_hang_together_is_refused(row, changes, complaint):
    rows = [one.model_dump(mode="json") for one in POLICY.authority]
    rows[row] |= changes
    with pytest.raises(ValueError, match=complaint):
        shipped(CompensationPolicy, "compensation", authority=rows)
