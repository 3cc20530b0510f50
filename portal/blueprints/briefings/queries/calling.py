"""Calls with customers: whose they are, what their cards say, whom to ask afterwards."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account, Contact, EntryKind, Lane
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.auth.models import User
from portal.blueprints.escalations import queries as escalation_queries
from portal.blueprints.escalations.models import Escalation
from portal.core.access import Actor, K
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.i18n import _, speaking
from portal.core.paging import LIMIT, Page, keyset
from portal.reports import facts as paper

from ..models import Briefing, Call, Guest
from ..rules import Edition
from . import collecting, deals, leading
from .finding import opens
from .readers import sees

TOUCHES = {
    EntryKind.CALL: paper.Channel.PHONE,
    EntryKind.EMAIL_IN: paper.Channel.EMAIL,
    EntryKind.EMAIL_OUT: paper.Channel.EMAIL,
    EntryKind.MEETING: paper.Channel.MEETING,
}
"""What counts as a touchpoint in a timeline, and by which channel it was."""
MOST_GUESTS, LINES = 12, 3


@dataclass(frozen=True)
class Ahead:
    """What can be proposed for the card of a call: who may be in the room with what is at stake for
    them, and sentences of the playbook.
    """

    account: Account
    case: Escalation | None
    contacts: list[Contact]
    stakes: dict[int, str]
    say: tuple[str, ...]
    avoid: tuple[str, ...]


def ahead(viewer: Actor, about: str, *, now: datetime) -> Ahead:
    """Give what is known for a call about a case or a customer that the viewer may see."""
    reference = about.strip().upper()
    case = None
    if reference.startswith("ESC-"):
        case = escalation_queries.get(viewer, reference, now=now)
        account = escalation_queries.account_of(case)
    else:
        klass = account_queries.own_class(viewer)
        account = account_queries.get(viewer, reference, now=now, klass=klass)
    book = escalation_queries.playbook_of(case) if case else None
    return Ahead(
        account=account,
        case=case,
        contacts=contacts(account),
        stakes=escalation_queries.needs_of(case) if case else {},
        say=tuple(str(_(text)) for text in book[0].say[:LINES]) if book else (),
        avoid=tuple(str(_(text)) for text in book[0].avoid[:LINES]) if book else (),
    )


def contacts(account: Account) -> list[Contact]:
    """Give the people of an account who may be in a room, the most influential first."""
    query = sa.select(Contact).where(Contact.account_id == account.id, Contact.left_at.is_(None))
    ordered = query.order_by(Contact.influence.desc(), Contact.id).limit(MOST_GUESTS)
    return list(db.session.scalars(ordered))


class CallRow(NamedTuple):
    """One call in a list."""

    id: int
    at: datetime
    account: str
    account_ref: str
    case_ref: str | None
    caller: str
    promises: int
    dropped_at: datetime | None
    answered_at: datetime | None


def calls(
    viewer: Actor, *, now: datetime, cursor: str | None = None, limit: int = LIMIT
) -> Page[CallRow]:
    """Give a page of the calls that the viewer makes or prepared, the latest first; none about what
    they may no longer see.
    """
    cases = sa.select(Escalation.reference).where(escalation_queries.seen_by(viewer, now=now))
    klass = account_queries.own_class(viewer)
    query: Any = (
        sa.select(
            Call.id,
            Call.at,
            Account.name.label("account"),
            Account.reference.label("account_ref"),
            Call.case_ref,
            User.name.label("caller"),
            Call.promises,
            Call.dropped_at,
            Call.answered_at,
        )
        .join(Account, Account.id == Call.account_id)
        .join(User, User.id == Call.caller_id)
        .where(
            sa.or_(Call.caller_id == viewer.id, Call.author_id == viewer.id),
            sa.or_(
                Call.case_ref.in_(cases),
                sa.and_(
                    Call.case_ref.is_(None), account_queries.mine(viewer, now=now, klass=klass)
                ),
            ),
        )
    )
    return keyset(query, sort=Call.at, row_id=Call.id, cursor=cursor, limit=limit)


def call(viewer: Actor, number: int, *, now: datetime) -> Call:
    """Give a call that the viewer makes or prepared; `NotFound` for any other."""
    row: Call | None = db.session.get(Call, number)
    if row is None or viewer.id not in (row.caller_id, row.author_id):
        raise NotFound
    if not _seen(viewer, row, now=now):
        raise NotFound
    return row


def _seen(viewer: Actor, row: Call, *, now: datetime) -> bool:
    return sees(viewer, row.case_ref or account_queries.by_id(row.account_id).reference, now=now)


def guests(row: Call) -> list[tuple[Contact, str]]:
    """Give who is in the room of a call, with what is at stake for each."""
    query = (
        sa.select(Contact, Guest.stake)
        .join(Guest, Guest.contact_id == Contact.id)
        .where(Guest.call_id == row.id)
        .order_by(Contact.influence.desc(), Contact.id)
    )
    return [(contact, stake) for contact, stake in db.session.execute(query)]


def calls_over(*, now: datetime) -> list[Call]:
    """Give the calls whose caller is to be asked now what they promised."""
    query = sa.select(Call).where(Call.ask_at <= now).order_by(Call.ask_at, Call.id)
    return list(db.session.scalars(query))


def call_facts(
    row: Call, *, reader: Actor, edition: Edition, now: datetime
) -> collecting.Collected[paper.CallCard]:
    """Freeze what a caller may know before a call."""
    with speaking(edition.locale, reader.zone):
        account = account_queries.by_id(row.account_id)
        case = escalation_queries.get(reader, row.case_ref, now=now) if row.case_ref else None
        gravest = case or collecting.open_cases(account, reader=reader, now=now)[0]
        found = paper.CallCard(
            issue=collecting.header(reader, edition=edition, now=now),
            reader=collecting.addressee(reader),
            account=collecting.identity(account),
            reference=row.case_ref or account.reference,
            at=row.at,
            situation=leading.situation(account, gravest, reader=reader, now=now),
            strip=leading.strip(account, gravest, now=now),
            guests=tuple(_guest(contact, stake) for contact, stake in guests(row)),
            say=tuple(row.say),
            avoid=tuple(row.avoid),
            last=_last_word(account, case, reader=reader, now=now),
            ask=deals.ask(account, gravest, reader=reader, now=now),
            promises=collecting.promises(account, case=case, reader=reader, now=now),
            after=_after(row, edition),
        )
        seen = collecting.seen(account, Escalation.reference, reader, now=now)
        told = frozenset(db.session.scalars(seen))
    return collecting.Collected(collecting.marked(found, K.CONFIDENTIAL), K.CONFIDENTIAL, told)


def _guest(contact: Contact, stake: str) -> paper.CustomerPerson:
    return paper.CustomerPerson(
        name=contact.name,
        title=contact.title or None,
        role=paper.ContactRole(contact.role.value),
        sentiment=paper.Sentiment(contact.sentiment.value),
        must_hear=stake or None,
    )


def _after(row: Call, edition: Edition) -> str | None:
    host = edition.verify_at.partition("/")[0]
    return f"{host}/briefings/calls/{row.id}/after" if host else None


def _last_word(
    account: Account, case: Escalation | None, *, reader: Actor, now: datetime
) -> paper.Quote | None:
    """Give the last word of the last touchpoint between the customer and us."""
    page = account_queries.timeline(
        reader,
        account.id,
        now=now,
        case_refs=[case.reference] if case else None,
        lanes=[Lane.CUSTOMER],
        limit=20,
    )
    for entry in page.rows:
        if entry.kind in TOUCHES and not entry.redacted and entry.text.strip():
            return paper.Quote(
                text=entry.text,
                language=entry.language,
                who=entry.by or None,
                when=entry.at,
                channel=TOUCHES[entry.kind],
            )
    return None


def caller_names(rows: list[Call]) -> dict[int, str]:
    """Give the names of who makes some calls."""
    return auth_queries.names(row.caller_id for row in rows)


def account_of(row: Call) -> Account:
    """Give whose call it is."""
    return account_queries.by_id(row.account_id)


def card_of(row: Call, viewer: Actor) -> tuple[Briefing, bool] | None:
    """Give the card of a call, and whether the viewer may open it; None before there is one."""
    card: Briefing | None = db.session.get(Briefing, row.briefing_id) if row.briefing_id else None
    return (card, opens(viewer, card.reference)) if card else None
