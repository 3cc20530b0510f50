"""The books: every movement counted once, months that balance to the cent and stay closed."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from portal.blueprints.accounts.models import Account, Contract
from portal.blueprints.auth.models import LegalEntity
from portal.blueprints.concessions import actions, queries, rules
from portal.blueprints.concessions.models import Concession, Ground, Move, State
from portal.core.errors import Refused
from portal.core.money import Money
from tests.cast import Cast
from tests.conftest import ON_SQLITE_ALONE

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
    db.session.commit()
    here, fina = month_of(now), browse("fina")
    assert here in fina.text("/concessions/books/")
    assert row.reference in fina.text(f"/concessions/books/{here}")
    assert hidden.reference not in fina.text(f"/concessions/books/{here}")
    file = fina.get(f"/concessions/books/{here}.csv").text
    assert row.reference in file
    assert "3000.00" in file
    whole = browse("aldo").get("/concessions/books/population.csv").text
    assert row.reference in whole
    assert hidden.reference not in whole
    assert fina.post(f"/concessions/books/{here}/close").status_code == 422
    for wrong in ("2026-13", "x"):
        assert fina.get(f"/concessions/books/{wrong}").status_code == 404
    for name in ("carl", "erik", "dora"):
        assert browse(name).get("/concessions/books/").status_code == 403
