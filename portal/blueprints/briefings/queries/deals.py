"""What a briefing says of decisions, compensation and sponsorship."""

import re
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.auth.models import User
from portal.blueprints.concessions import queries as concession_queries
from portal.blueprints.concessions.models import Concession, ConcessionPart, Ground
from portal.blueprints.concessions.models import State as ConcessionState
from portal.blueprints.escalations.models import Escalation
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import ValuePolicy
from portal.blueprints.sponsorship import queries as sponsorship_queries
from portal.blueprints.sponsorship.models import (
    Nomination,
    NominationState,
    Sponsor,
    SponsorshipState,
    Touchpoint,
    TouchpointState,
)
from portal.blueprints.sponsorship.models import Sponsorship as Term
from portal.core.access import Actor, K, Subject, sees
from portal.core.db import db
from portal.core.money import Money, from_minor, rounded
from portal.reports import facts as paper

from .leading import day_in, foreign

GIVEN = (
    ConcessionState.APPROVED,
    ConcessionState.OFFERED,
    ConcessionState.ACCEPTED,
    ConcessionState.DELIVERED,
)
NOT_MEANT = (ConcessionState.DRAFT, ConcessionState.WITHDRAWN)
LETTERS = "ABCDEFGH"
LETTERED = re.compile(r"^[A-H][.):]\s+")
"""Options are lettered on paper: letters that people wrote before them would stand twice."""


def ask(
    account: Account, case: Escalation | None, *, reader: Actor, now: datetime
) -> paper.Ask | None:
    """Give the decision asked: what the case asks of leadership, as its owner put it; None:
    nothing is asked.
    """
    if case is None or not case.ask:
        return None
    options = case.options
    chosen = next((i for i, option in enumerate(options) if option.recommended), None)
    return paper.Ask(
        question=case.ask,
        options=tuple(
            paper.Option(
                label=LETTERS[i],
                title=LETTERED.sub("", option.text),
                consequence=option.consequence or None,
                cost=option.cost,
            )
            for i, option in enumerate(options[: len(LETTERS)])
        ),
        recommended=LETTERS[chosen] if chosen is not None else None,
        deadline=case.ask_by,
        if_nothing=case.ask_if_nothing or None,
        language=foreign(case.ask),
        of=_asked(case, reader=reader),
    )


def _asked(case: Escalation, *, reader: Actor) -> str | None:
    """Give the name of who is asked, where that is somebody else than the reader."""
    if case.ask_of_id in (None, reader.id):
        return None
    return auth_queries.names([case.ask_of_id]).get(case.ask_of_id or 0)


def not_offered(
    account: Account, case: Escalation | None, *, reader: Actor
) -> tuple[str, ...] | None:
    """Give what we will not offer, for the executive owner alone and never in legal mode;
    None: not in this edition.
    """
    if case is None or case.executive_owner_id != reader.id or case.legal_mode:
        return None
    if not sees(reader, Subject.CONCESSION, klass=K.RESTRICTED):
        return None
    texts = db.session.scalars(
        sa.select(Concession.not_offered).where(
            Concession.account_id == account.id,
            Concession.case_ref == case.reference,
            Concession.not_offered != "",
        )
    )
    return tuple(line for text in texts for line in text.splitlines() if line.strip()) or None


def claims(case: Escalation, *, reader: Actor, now: datetime) -> tuple[paper.MoneyLine, ...]:
    """Give what the contract owes and the loss proven by documents, as the newest compensation of
    the case says; nothing for who may not read amounts.
    """
    if not sees(reader, Subject.CONCESSION, klass=K.RESTRICTED, related=True):
        return ()
    row = db.session.scalar(
        sa.select(Concession)
        .where(
            Concession.case_ref == case.reference,
            Concession.state.not_in(NOT_MEANT),
            concession_queries.seen_by(reader, now=now),
        )
        .order_by(Concession.id.desc())
        .limit(1)
    )
    if row is None:
        return ()
    loss = row.loss_minor if row.loss_documented else 0
    return tuple(
        paper.MoneyLine(
            kind=kind,
            amount=from_minor(minor, row.currency),
            source=row.reference,
            dated=day_in(row.requested_at or row.created_at, reader.zone),
        )
        for kind, minor in (
            (paper.MoneyKind.PROVEN_LOSS, loss),
            (paper.MoneyKind.OWED, row.owed_minor),
        )
        if minor
    )


def compensation(
    account: Account, *, reader: Actor, since: datetime, now: datetime
) -> paper.Compensation | None:
    """Give what was given since a moment, each ground apart, of what the reader may see; None for
    who may not read amounts.
    """
    if not sees(reader, Subject.CONCESSION, klass=K.RESTRICTED, related=True):
        return None
    query = (
        sa.select(
            ConcessionPart.ground, Concession.currency, sa.func.sum(ConcessionPart.face_minor)
        )
        .join(Concession, Concession.id == ConcessionPart.concession_id)
        .where(
            Concession.account_id == account.id,
            Concession.state.in_(GIVEN),
            Concession.approved_at >= since,
            concession_queries.seen_by(reader, now=now),
        )
        .group_by(ConcessionPart.ground, Concession.currency)
    )
    given: dict[Ground, list[Money]] = {ground: [] for ground in Ground}
    for ground, currency, total in db.session.execute(query):
        given[ground].append(from_minor(int(total), currency))
    sums = {
        ground: added(amounts, to=account.currency, now=now) for ground, amounts in given.items()
    }
    return paper.Compensation(
        since=since.date(),
        dated=now.date(),
        owed=sums[Ground.OWED],
        direct_loss=sums[Ground.DIRECT_LOSS],
        effort=sums[Ground.EFFORT],
        goodwill=sums[Ground.GOODWILL],
    )


def added(amounts: list[Money], *, to: str, now: datetime) -> Money | None:
    """Add up amounts in one currency, at the rate of the day; None where a rate is missing."""
    total = Decimal(0)
    for amount in amounts:
        found = policy_queries.rate(amount.currency.code, to, on=now.date())
        if found is None:
            return None
        total += amount.amount * found[0]
    return rounded(Money(total, to))


def sponsorship(account: Account, *, reader: Actor, now: datetime) -> paper.Sponsorship | None:
    """Give the sponsorship of an account, or the nomination that waits; None where there is
    neither that the reader may know of.
    """
    nominations, terms = sponsorship_queries.open_to(reader, now=now)
    term = db.session.execute(
        sa.select(Term, User.name)
        .join(Sponsor, Sponsor.id == Term.sponsor_id)
        .join(User, User.id == Sponsor.person_id)
        .where(Term.account_id == account.id, terms)
        .order_by(Term.state, Term.id.desc())
        .limit(1)
    ).one_or_none()
    if term is not None and term[0].state is SponsorshipState.ACTIVE:
        return _term(term[0], term[1])
    waiting = db.session.scalar(
        sa.select(Nomination)
        .where(
            Nomination.account_id == account.id,
            nominations,
            Nomination.state.in_((NominationState.DRAFT, NominationState.SENT)),
        )
        .order_by(Nomination.id.desc())
        .limit(1)
    )
    if waiting is not None:
        return paper.Sponsorship(
            state=paper.SponsorshipState.NOMINATED, lane=paper.LaneKind(waiting.lane.value)
        )
    return _term(term[0], term[1]) if term is not None else None


def _term(row: Term, sponsor: str) -> paper.Sponsorship:
    return paper.Sponsorship(
        state=paper.SponsorshipState(row.state.value),
        lane=paper.LaneKind(row.lane.value),
        sponsor=sponsor,
        until=row.ends_on,
        last_touch=_last_touch(row.id),
        next_touch=row.next_touch_on,
    )


def _last_touch(term_id: int) -> date | None:
    held = sa.select(sa.func.max(Touchpoint.held_on)).where(
        Touchpoint.sponsorship_id == term_id, Touchpoint.state == TouchpointState.HELD
    )
    return db.session.scalar(held)


def discount_rate() -> Decimal:
    """Give the discount rate of the value policy in force, as a share."""
    policy, _number = policy_queries.in_force(ValuePolicy)
    return policy.discount_rate
