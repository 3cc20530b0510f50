"""What the pages of lots show: how far each is, what became of its sum, that equals are equal."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.auth import queries as auth_queries
from portal.core.access import Actor
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.money import Money, from_minor, zero

from .. import rules
from ..models import (
    Concession,
    CreditLine,
    CreditLot,
    LeftOut,
    LotState,
    ServiceTerms,
    State,
)
from .lots import asks_insurer, lot_seen, lot_signatures, sees_all, step_of

L = CreditLine
GIVEN = (State.OFFERED, State.ACCEPTED, State.DELIVERED)
"""States of a line's compensation in which its customer has it."""


@dataclass(frozen=True)
class LotLine:
    """A line of a lot as it is shown."""

    row: CreditLine
    account: str
    account_ref: str
    language: str
    concession: str | None
    state: State | None
    credit: Money
    fee: Money
    worth: Money

    @property
    def waits_for_counsel(self) -> bool:
        """Say whether counsel must release the letter: the customer has nothing yet."""
        return self.row.held and self.state is State.APPROVED

    @property
    def is_given(self) -> bool:
        """Say whether the customer has it: told by letter, to be credited or credited."""
        return self.state in GIVEN


@dataclass(frozen=True)
class LotPage:
    """Everything that the page of a lot shows."""

    row: CreditLot
    lines: list[LotLine]
    equals: tuple[rules.Equals, ...]
    step: rules.Step
    signed: dict[str, str]
    missing: rules.Step
    total: Money
    largest: Money
    names: dict[int, str]
    insurer_asked: bool

    @property
    def given(self) -> list[LotLine]:
        """Give the lines that get something."""
        return [one for one in self.lines if not one.row.left_out]

    @property
    def paid(self) -> int:
        """Count the lines whose customers have what they are owed."""
        return sum(1 for one in self.given if one.is_given)

    @property
    def held(self) -> int:
        """Count the lines that wait for counsel: nobody of them is paid."""
        return sum(1 for one in self.given if one.waits_for_counsel)

    def _sum(self, lines: Iterable[LotLine]) -> Money:
        return sum((one.worth for one in lines), zero(self.row.currency))

    @property
    def sums(self) -> dict[str, Money]:
        """Give what became of the sum that was approved, in its currency: credited, told and not
        credited yet, waiting for counsel, taken back, left out after all, not paid yet. Together
        they are what was approved.
        """
        lines = self.given
        known = {
            "delivered": [one for one in lines if one.state is State.DELIVERED],
            "given": [one for one in lines if one.is_given and one.state is not State.DELIVERED],
            "held": [one for one in lines if one.waits_for_counsel],
            "taken_back": [one for one in lines if one.state is State.WITHDRAWN],
        }
        found = {name: self._sum(some) for name, some in known.items()}
        found["left_out"] = self.total - self._sum(lines)
        found["open"] = self.total - sum(found.values(), zero(self.row.currency))
        return found

    @property
    def stuck(self) -> list[LotLine]:
        """Give the lines that could not be paid, each with its reason."""
        return [one for one in self.given if one.row.error]


def lots(viewer: Actor, *, now: datetime, limit: int = 100) -> list[Any]:
    """Give the lots, the newest first, each with how many customers have what they are owed, of how
    many, and how many of these wait for counsel; `NotFound` for who is asked about none.
    """
    given = sa.func.count(L.id).filter(L.left_out == "")
    held = sa.func.count(L.id).filter(L.held, Concession.state == State.APPROVED)
    query = (
        sa.select(
            CreditLot,
            given.label("lines"),
            sa.func.count(L.id).filter(Concession.state.in_(GIVEN)).label("paid"),
            held.label("held"),
        )
        .outerjoin(L, L.lot_id == CreditLot.id)
        .outerjoin(Concession, Concession.id == L.concession_id)
        .where(lot_seen(viewer, now=now))
        .group_by(CreditLot.id)
        .order_by(CreditLot.id.desc())
        .limit(limit)
    )
    found = list(db.session.execute(query))
    if not found and not sees_all(viewer):
        raise NotFound
    return found


def shown_lot(viewer: Actor, row: CreditLot, *, now: datetime) -> LotPage:
    """Give everything that the page of a lot shows."""
    query = (
        sa.select(L, Account, Concession.reference, Concession.state, ServiceTerms)
        .join(Account, Account.id == L.account_id)
        .join(ServiceTerms, ServiceTerms.id == L.terms_id)
        .outerjoin(Concession, Concession.id == L.concession_id)
        .where(L.lot_id == row.id)
        .order_by(L.left_out != "", L.id)
    )
    found = db.session.execute(query).all()
    lines = [
        LotLine(
            row=line,
            account=account.name,
            account_ref=account.reference,
            language=account.language,
            concession=reference,
            state=state,
            credit=from_minor(line.credit_minor, line.currency),
            fee=from_minor(line.fee_minor, line.currency),
            worth=from_minor(line.reporting_minor, row.currency),
        )
        for line, account, reference, state, _terms in found
    ]
    step, signed = step_of(row, [one.row for one in lines]), lot_signatures(row)
    missing = tuple(one for one in step if one.role.value not in {s.role for s in signed})
    people = [row.requested_by_id, row.insurer_by_id, *(one.person_id for one in signed)]
    names = auth_queries.names(people)
    return LotPage(
        row=row,
        lines=lines,
        equals=rules.equals([_paid(one.CreditLine, one.ServiceTerms) for one in found]),
        step=step,
        signed={one.role: names.get(one.person_id, "") for one in signed},
        missing=missing if row.state is LotState.REQUESTED else (),
        total=from_minor(row.total_minor, row.currency),
        largest=from_minor(row.largest_minor, row.currency),
        names=names,
        insurer_asked=asks_insurer(row),
    )


def _paid(line: CreditLine, terms: ServiceTerms) -> rules.Paid:
    """Give a line with the terms as they were kept with it."""
    kept = line.computed_from
    level = rules.Level(
        currency=line.currency,
        tiers=rules.tiers_from_json(kept["tiers"]),
        period=terms.period,
        cap_share=None if kept["cap_share"] is None else Decimal(kept["cap_share"]),
        cap=None if kept["cap_minor"] is None else from_minor(kept["cap_minor"], line.currency),
        least=None
        if kept["least_minor"] is None
        else from_minor(kept["least_minor"], line.currency),
        rounding=type(terms.rounding)(kept["rounding"]),
    )
    return rules.Paid(
        level=level,
        availability=line.availability * 100,
        fee=from_minor(line.fee_minor, line.currency),
        credit=from_minor(line.credit_minor, line.currency),
        given=line.left_out in ("", LeftOut.KEPT, LeftOut.TOO_SMALL),
    )
