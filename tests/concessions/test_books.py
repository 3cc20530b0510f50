"""The books: every movement counted once, months that balance to the cent and stay closed."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from random import Random
from typing import Any
from zipfile import ZipFile

import pytest

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.accounts.models import Account, Contract, PromiseKind
from portal.blueprints.auth.models import LegalEntity
from portal.blueprints.concessions import actions, queries, rules
from portal.blueprints.concessions.models import Concession, Form, Ground, Move, State
from portal.blueprints.escalations import actions as escalations
from portal.blueprints.policies.rules import CompensationPolicy
from portal.core.errors import Refused
from portal.core.money import Money
from tests.cast import Cast
from tests.conftest import ON_SQLITE_ALONE
from tests.shipped import shipped

from . import making

AFTER = {
    Move.OFFERED: (Move.ACCEPTED, Move.DECLINED, Move.COUNTERED, Move.LAPSED, Move.TAKEN_BACK),
    Move.ACCEPTED: (Move.DELIVERED, Move.CANCELLED),
    Move.DELIVERED: (Move.REVERSED,),
}
"""What can follow; nothing follows on what is not named."""
HISTORIES = 10_000


def history(chance: Random) -> list[tuple[str, rules.BookKey, Move, int]]:
    """Offers of three entities in two currencies, each going its way through the months."""
    found = []
    for _offer in range(chance.randint(1, 3)):
        key = (chance.choice((None, 1, 2)), chance.choice(("EUR", "JPY")))
        period, move, amount = "2026-11", Move.OFFERED, chance.randint(0, 10_000_000)
        found.append((period, key, move, amount))
        while move in AFTER and chance.random() < 0.7:
            move = chance.choice(AFTER[move])
            for _month in range(chance.randint(0, 2)):
                period = rules.next_period(period)
            found.append((period, key, move, amount))
    return found


def test_running_balances_equal_sums_from_scratch() -> None:
    """Ten thousand histories: month by month, through what is stored, as if added up at once."""
    chance = Random(20261122)
    for _history in range(HISTORIES):
        moved = history(chance)
        stored: list[dict[str, int | str | None]] = []
        for period in sorted({one[0] for one in moved}):
            here = [one[1:] for one in moved if one[0] == period]
            lines = rules.sheet(rules.from_stored(stored), here)
            stored = rules.as_stored({(one.entity_id, one.currency): one.closing for one in lines})
        scratch = rules.totals(one[1:] for one in moved)
        nothing = rules.Balance()
        running = {key: one for key, one in rules.from_stored(stored).items() if one != nothing}
        assert running == {key: one for key, one in scratch.items() if one != nothing}, moved
        assert all(min(one.offered, one.accrued, one.delivered) >= 0 for one in scratch.values())


@pytest.mark.parametrize(
    ("period", "closed", "booked"),
    [
        ("2026-11", (), "2026-11"),
        ("2026-11", ("2026-10",), "2026-11"),
        ("2026-11", ("2026-11",), "2026-12"),
        ("2026-11", ("2026-11", "2026-12", "2027-01"), "2027-02"),
    ],
)
def test_a_closed_month_takes_nothing_more(
    period: str, closed: tuple[str, ...], booked: str
) -> None:
    assert rules.bookable(period, closed=closed) == booked


def accepted(cast: Cast, now: datetime, amount: int = 3000, **more: Any) -> Concession:
    row = making.draft(cast.acme, amount, by=cast.carl, now=now, **more)
    actions.request(row, by=cast.carl, now=now)
    actions.approve(row, by=cast.erik, now=now)
    actions.offer(row, by=cast.carl, now=now)
    actions.accept(row, who="Hélène Vasseur, COO", by=cast.carl, now=now)
    return row


def entity(account: Account, db: Any) -> LegalEntity:
    found = LegalEntity(name="Halden France SAS", country="FR", currency="EUR")
    db.session.add(found)
    db.session.flush()
    db.session.add(
        Contract(
            account_id=account.id,
            number="C-9",
            starts_on=datetime(2026, 1, 1, tzinfo=UTC).date(),
            currency="EUR",
            legal_entity_id=found.id,
        )
    )
    db.session.flush()
    return found


def month_of(now: datetime) -> str:
    return rules.period_of(queries.today(now))


def test_a_month_balances_is_closed_and_opens_the_next(cast: Cast, now: datetime, db: Any) -> None:
    firm = entity(cast.acme, db)
    row = accepted(cast, now)
    here = month_of(now)
    (line,) = queries.lines(here)
    assert (line.entity_id, line.currency, line.opening) == (firm.id, "EUR", rules.Balance())
    assert line.moves == {Move.OFFERED: 300_000, Move.ACCEPTED: 300_000}
    assert line.closing == rules.Balance(accrued=300_000)
    with pytest.raises(Refused, match="when it is over"):
        actions.close_period(here, by=cast.fina, now=now)
    later = now + timedelta(days=40)
    following = month_of(later)
    with pytest.raises(Refused, match="first"):
        actions.close_period(following, by=cast.fina, now=later + timedelta(days=40))
    actions.close_period(here, by=cast.fina, now=later)
    with pytest.raises(Refused, match="faster"):
        actions.close_period(here, by=cast.felix, now=later)
    part = queries.parts(row)[0]
    actions.deliver(row, {part.id: "CN-77"}, by=cast.fina, now=later)
    (line,) = queries.lines(following)
    assert (line.opening.accrued, line.closing) == (300_000, rules.Balance(delivered=300_000))
    assert queries.lines(here)[0].closing == rules.Balance(accrued=300_000)
    shown = queries.moved(cast.fina, following, now=later)
    assert [(one.move, one.proof, one.reference) for one in shown] == [
        (Move.DELIVERED, "CN-77", row.reference)
    ]


def test_part_by_part_then_reversed(cast: Cast, now: datetime) -> None:
    row = making.draft(cast.acme, 2000, by=cast.carl, now=now)
    actions.add_part(row, making.part(500, what="Training"), by=cast.carl, now=now)
    actions.request(row, by=cast.carl, now=now)
    actions.approve(row, by=cast.erik, now=now)
    actions.offer(row, by=cast.carl, now=now)
    with pytest.raises(Refused, match="Finance"):
        actions.reverse(row, reason="A slip", by=cast.erik, now=now)
    actions.accept(row, who="H. Vasseur", by=cast.carl, now=now)
    credit, training = queries.parts(row)
    actions.deliver(row, {credit.id: "CN-1", training.id: ""}, by=cast.fina, now=now)
    assert (row.state, training.delivered_at) == (State.ACCEPTED, None)
    drawn = queries.budgets()[0]
    assert (drawn.committed, drawn.paid) == (Money(2500, "EUR"), Money(0, "EUR"))
    actions.reverse(row, reason="The incident was another customer's.", by=cast.fina, now=now)
    assert (row.state, row.reversed_at) == (State.WITHDRAWN, now)
    (line,) = queries.lines(month_of(now))
    assert line.moves[Move.REVERSED] == 200_000
    assert line.moves[Move.CANCELLED] == 50_000
    assert line.closing == rules.Balance()
    given = queries.given_since(cast.acme_id, now.date() - timedelta(days=1))
    assert given[Ground.GOODWILL] == Money(0, "EUR")
    assert queries.budgets()[0].left == queries.budgets()[0].whole


def test_a_counter_makes_it_a_draft_again(cast: Cast, now: datetime) -> None:
    row = making.draft(cast.acme, 3000, by=cast.carl, now=now)
    actions.request(row, by=cast.carl, now=now)
    actions.approve(row, by=cast.erik, now=now)
    actions.offer(row, by=cast.carl, now=now)
    with pytest.raises(Refused, match="instead"):
        actions.counter(row, who="H. Vasseur", what=" ", by=cast.carl, now=now)
    actions.counter(row, who="H. Vasseur", what="Two months", by=cast.carl, now=now)
    assert (row.state, row.counter, row.drawn_minor) == (State.DRAFT, "Two months", 0)
    assert queries.living(row) == []
    actions.request(row, by=cast.carl, now=now)
    with pytest.raises(Refused, match="faster"):
        actions.offer(row, by=cast.carl, now=now)
    actions.approve(row, by=cast.erik, now=now)
    actions.offer(row, by=cast.carl, now=now)
    (line,) = queries.lines(month_of(now))
    assert line.closing == rules.Balance(offered=300_000)


@ON_SQLITE_ALONE
def test_the_pages_and_files_of_finance(browse: Any, cast: Cast, now: datetime, db: Any) -> None:
    case = making.case(cast.borealis, by=cast.erik, now=now)
    hidden = making.draft(cast.borealis, 700, by=cast.erik, now=now, case=case)
    row = accepted(cast, now)
    sold: dict[str, Any] = {
        "kind": PromiseKind.MONEY,
        "to_whom": "H. Vasseur",
        "due_at": now + timedelta(days=9),
    }
    account_actions.promise(
        cast.acme_id, what="A tenth off for ever", by=cast.carl, now=now, **sold
    )
    account_actions.promise(cast.acme_id, what="Then a twentieth", by=cast.carl, now=now, **sold)
    account_actions.promise(
        cast.borealis_id, what="All of it back", by=cast.erik, now=now, case_ref=case.reference,
        **sold,
    )  # fmt: skip
    account_actions.promise(
        cast.acme_id, what="Agreed", by=cast.carl, now=now, concession_ref=row.reference, **sold
    )
    db.session.commit()
    here, fina = month_of(now), browse("fina")
    assert here in fina.text("/concessions/books/")
    assert row.reference in fina.text(f"/concessions/books/{here}")
    assert hidden.reference not in fina.text(f"/concessions/books/{here}")
    month = fina.text(f"/concessions/books/{here}")
    for told in ("2 promises without authority", "A tenth off for ever", "Then a twentieth"):
        assert told in month, month[month.index("<main") :]
    first, many = queries.promised(cast.fina, here, now=now, limit=1)
    rest, _many = queries.promised(cast.fina, here, cursor=first.after, now=now, limit=1)
    said = [[one.what for one in page.rows] for page in (first, rest)]
    assert (said, many, rest.after) == ([["A tenth off for ever"], ["Then a twentieth"]], 2, None)
    assert "All of it back" not in month
    assert "may not see" not in month
    assert "Agreed" not in month
    file = fina.get(f"/concessions/books/{here}.csv").text
    for cell in (row.reference, "3000.00", "lowers the price"):
        assert cell in file
    whole = browse("aldo").get("/concessions/books/population.csv").text
    assert row.reference in whole
    assert f"0:escalation_manager, approved, {cast.erik.name}" in whole
    book = browse("aldo").get("/concessions/books/population.xlsx")
    with ZipFile(BytesIO(book.data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert row.reference in sheet
    assert cast.erik.name in sheet
    assert "<v>3000.00</v>" in sheet
    assert fina.get(f"/concessions/books/{here}.xlsx").status_code == 200
    assert hidden.reference not in whole
    assert fina.post(f"/concessions/books/{here}/close").status_code == 422
    for wrong in ("2026-13", "9999-12", "0001-01", "x", f"{here}.pdf", "population.pdf"):
        assert fina.get(f"/concessions/books/{wrong}").status_code == 404
    for name in ("carl", "erik", "dora"):
        assert browse(name).get("/concessions/books/").status_code == 403


def test_what_is_owed_is_paid_with_an_empty_budget(cast: Cast, now: datetime) -> None:
    used = accepted(cast, now)
    budget = queries.budget(cast.acme.region, now=now)
    assert budget is not None
    budget.amount_minor = budget.drawn_minor
    row = actions.propose(cast.acme, making.wish(owed=8500), by=cast.carl, now=now)
    actions.request(row, by=cast.carl, now=now)
    assert (row.state, row.drawn_minor) == (State.APPROVED, 0)
    assert queries.budgets()[0].left == Money(0, "EUR")
    actions.reverse(used, reason="A slip", by=cast.fina, now=now)
    assert queries.budgets()[0].left == Money(3000, "EUR")


def test_a_restricted_case_stands_in_the_books_without_a_name(cast: Cast, now: datetime) -> None:
    case = making.case(cast.acme, by=cast.carl, now=now)
    row = accepted(cast, now, case=case)
    escalations.restrict(case, keep=[], reason="A named person", by=cast.erik, now=now)
    actions.follow_case(row)
    here = month_of(now)
    assert {one.reference for one in queries.moved(cast.aldo, here, now=now)} == {None}
    assert {one.account for one in queries.population(cast.aldo, now=now)} == {None}
    assert queries.lines(here)[0].closing.accrued == 300_000


@pytest.mark.parametrize(
    ("form", "ground", "tax", "signs"),
    [
        (Form.SERVICE_CREDIT, Ground.OWED, "price_reduced", False),
        (Form.REFUND, Ground.GOODWILL, "price_reduced", False),
        (Form.REFUND, Ground.DIRECT_LOSS, "damages", False),
        (Form.DISCOUNT, Ground.GOODWILL, "price_agreed", False),
        (Form.FREE_MONTHS, Ground.GOODWILL, "price_agreed", True),
        (Form.TRAINING, Ground.EFFORT, "free_service", False),
        (Form.SERVICE_HOURS, Ground.EFFORT, "free_service", False),
        (Form.ROADMAP_COMMITMENT, Ground.GOODWILL, "no_supply", True),
        (Form.APOLOGY_ONLY, Ground.GOODWILL, "no_supply", False),
    ],
)
def test_each_form_has_its_tax_treatment(form: Form, ground: Ground, tax: str, signs: bool) -> None:
    """The narrower rule wins; the policy of the decision speaks before the one in force."""
    policy = shipped(CompensationPolicy, "compensation")
    silent = shipped(CompensationPolicy, "compensation", treatments=[])
    found = rules.treatment(form, ground, policies=(silent, policy))
    assert found is not None
    assert (found.tax, found.revenue_signs) == (tax, signs)
    other = [{"form": form.value, "tax": "damages"}]
    earlier = shipped(CompensationPolicy, "compensation", treatments=other)
    first = rules.treatment(form, ground, policies=(earlier, policy))
    assert first is not None
    assert first.tax == "damages"
    assert rules.treatment(form, ground, policies=(silent,)) is None


def test_one_form_is_not_taxed_in_two_ways() -> None:
    twice = [{"form": "refund", "tax": "damages"}, {"form": "refund", "tax": "no_supply"}]
    with pytest.raises(ValueError, match="two ways"):
        shipped(CompensationPolicy, "compensation", treatments=twice)


def test_revenue_accounting_signs_before_delivery(cast: Cast, now: datetime) -> None:
    """What nobody decides, for it is owed, and yet touches revenue by the rule of its form."""
    owing = [{"form": "training", "tax": "free_service", "revenue_signs": True}]
    row = actions.propose(cast.acme, making.wish(owed=400), by=cast.carl, now=now)
    (part,) = queries.parts(row)
    owed = making.part(400, Ground.OWED, form=Form.TRAINING)
    actions.change_part(row, part, owed, by=cast.carl, now=now)
    actions.request(row, by=cast.carl, now=now)
    actions.offer(row, by=cast.carl, now=now)
    assert row.state is State.ACCEPTED
    making.publish({"treatments": owing}, now=now)
    (part,) = queries.parts(row)
    with pytest.raises(Refused, match="Revenue accounting"):
        actions.deliver(row, {part.id: "12 July"}, by=cast.fina, now=now)
    for by, booked, why in (
        (cast.erik, "Over its hours", "Finance"),
        (cast.carl, "Over its hours", "Finance"),
        (cast.fina, " ", "booked"),
    ):
        with pytest.raises(Refused, match=why):
            actions.sign_revenue(row, booked=booked, by=by, now=now)
    cast.user("carl").substitute_id = cast.felix.id
    with pytest.raises(Refused, match="Substitutes"):
        actions.sign_revenue(row, booked="A supply of its own", by=cast.felix, now=now)
    cast.user("carl").substitute_id = None
    actions.sign_revenue(row, booked="A supply of its own", by=cast.fina, now=now)
    with pytest.raises(Refused, match="missing"):
        actions.sign_revenue(row, booked="Again", by=cast.felix, now=now)
    shown = queries.bench(cast.fina, row, now=now)
    assert (shown.touches_revenue, shown.revenue_signed is not None) == (True, True)
    actions.deliver(row, {part.id: "12 July"}, by=cast.fina, now=now)
    assert row.state is State.DELIVERED
    (whole,) = queries.population(cast.aldo, now=now)
    assert [(one.seat, one.who) for one in whole.signatures] == [
        ("revenue:finance", cast.fina.name)
    ]


def test_finance_that_signed_the_request_signs_once(cast: Cast, now: datetime) -> None:
    row = making.draft(cast.acme, 300, by=cast.carl, now=now)
    actions.add_part(row, making.part(100, form=Form.FREE_MONTHS), by=cast.carl, now=now)
    actions.request(row, by=cast.carl, now=now)
    actions.approve(row, by=cast.erik, now=now)
    actions.approve(row, by=cast.fina, now=now)
    actions.offer(row, by=cast.carl, now=now)
    actions.accept(row, who="H. Vasseur", by=cast.carl, now=now)
    with pytest.raises(Refused, match="missing"):
        actions.sign_revenue(row, booked="Over the term", by=cast.felix, now=now)
    proofs = {one.id: f"CN-{one.id}" for one in queries.parts(row)}
    actions.deliver(row, proofs, by=cast.felix, now=now)
    here = month_of(now)
    assert {(one.form, one.tax, one.delivered) for one in queries.taxed(here)} == {
        (Form.SERVICE_CREDIT, "price_reduced", Money(300, "EUR")),
        (Form.FREE_MONTHS, "price_agreed", Money(100, "EUR")),
    }
