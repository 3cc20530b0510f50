"""The letter that offers a compensation to its customer, and the letters that were mailed."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account, Contact
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.escalations.models import Escalation
from portal.blueprints.notifications import queries as post
from portal.blueprints.notifications.models import Notification
from portal.blueprints.notifications.models import State as MailState
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import CompensationPolicy
from portal.core import files, seals
from portal.core.access import Role
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.files import StoredFile
from portal.core.i18n import _, ngettext, show_date, show_money, speaking
from portal.core.money import Money
from portal.reports.letter import Letter

from .. import rules
from ..models import Concession, ConcessionPart, Ground, SentOffer, State
from . import finding
from .finding import money

KEY = "offer of compensation"
STANDS = rules.Standing.ACCEPTED


@dataclass(frozen=True)
class Item:
    """One thing that the customer gets, and what it is worth to them."""

    what: str
    worth: Money | None
    months: int


@dataclass(frozen=True)
class OfferLetter:
    """What stands in a letter; `admits` is what counsel has not let through, `owed` says that the
    contract gives all of it: nobody need accept that.
    """

    row: Concession
    account: Account
    to: str
    language: str
    items: list[Item]
    total: Money
    until: datetime
    who: str
    admits: tuple[str, ...]
    owed: bool


@dataclass(frozen=True)
class Offered:
    """Who came in by the address of a letter, and what for."""

    sent: SentOffer
    row: Concession
    contact: Contact
    zone: str

    @property
    def act(self) -> str:
        """Give the key of the yes that is confirmed by a code."""
        return f"offer:{self.sent.id}"


@dataclass(frozen=True)
class ShownOffer:
    """All that the page of a letter shows. What is not named here is not shown."""

    house: str
    contact: str
    text: str
    language: str
    sent_at: datetime
    lapses_at: datetime
    standing: rules.Standing
    answered_by: str
    answered_at: datetime | None
    code_sent: bool
    owed: bool
    reversed_at: datetime | None
    delivered_at: datetime | None
    has_file: bool


def addressees(account: Account) -> list[Contact]:
    """Give who of an account can be written to, those with most say first."""
    return [one for one in account_queries.contacts(account) if one.left_at is None and one.email]


def letter(
    row: Concession, account: Account, *, now: datetime, to: Contact | None = None
) -> OfferLetter:
    """Give the letter of an offer: to a person of the account, else to who has most say in it."""
    policy = policy_queries.numbered(CompensationPolicy, row.policy_number)
    parts = finding.parts(row)
    people = [one for one in account_queries.contacts(account) if one.left_at is None]
    reader = to or (people[0] if people else None)
    return OfferLetter(
        row=row,
        account=account,
        to=reader.name if reader else "",
        language=to.language if to else account.language,
        items=[
            Item(one.what, money(row, one.face_minor) if one.face_minor else None, one.months or 1)
            for one in parts
        ],
        total=money(row, sum(one.face_minor for one in parts)),
        until=row.lapses_at or rules.lapses_at(now, zone=account.zone, policy=policy),
        who=auth_queries.names([row.requested_by_id]).get(row.requested_by_id or 0, ""),
        admits=admitted(row, parts),
        owed=is_owed(parts),
    )


def letter_text(found: OfferLetter, *, now: datetime) -> str:
    """Write a letter out, in its language and the customer's zone; paragraphs are parted by an
    empty line.
    """
    row = found.row
    with speaking(found.language, found.account.zone):
        dear = _("Dear %(name)s,", name=found.to) if found.to else _("Dear Sir or Madam,")
        items = "\n".join(_item(one) for one in found.items)
        if found.owed:
            first = _("Your contract gives you for this:")
            last = _("It is yours without your asking: it is on its way, and you need do nothing.")
        else:
            first = _("We should like to offer you:")
            last = _(
                "This offer stands until %(until)s. Please tell us by then whether you accept it.",
                until=show_date(found.until),
            )
        whole = _("Together this is worth %(total)s, without tax.", total=show_money(found.total))
        close = _("Yours sincerely,")
        said: tuple[object, ...] = (
            show_date(now),
            dear,
            row.apology,
            row.fix,
            f"{first}\n{items}",
            whole if found.total.amount else "",
            row.terms,
            last,
            f"{close}\n{found.who}",
        )
        return "\n\n".join(str(one) for one in said if str(one).strip())


def _item(one: Item) -> str:
    long = ngettext("for one month", "for %(num)d months", one.months)
    months = f" ({long})" if one.months > 1 else ""
    what = f"{one.what}{months}"
    if one.worth is None:
        return f"– {what}"
    priced = _("%(what)s: %(worth)s", what=what, worth=show_money(one.worth))
    return f"– {priced}"


def is_owed(parts: Sequence[ConcessionPart]) -> bool:
    """Say whether the contract gives all of an offer: then nobody need accept it."""
    return bool(parts) and all(one.ground is Ground.OWED for one in parts)


def admitted(row: Concession, parts: list[ConcessionPart]) -> tuple[str, ...]:
    """Give the words of a letter that admit liability; none where counsel signed the offer."""
    signed = {one.seat.partition(":")[2] for one in finding.living(row)}
    if Role.LEGAL.value in signed:
        return ()
    policy, _number = policy_queries.in_force(CompensationPolicy)
    texts = [row.apology, row.fix, row.terms, *(one.what for one in parts)]
    return rules.admissions(texts, words=policy.admission_words)


def offer_token(sent: SentOffer) -> str:
    """Give what the address of a mailed letter ends with."""
    said = (sent.nonce, int(sent.sent_at.timestamp()))
    return seals.token(sent.id, *said, key=seals.key(KEY))


def offered(token: str, *, now: datetime, lock: bool = False) -> Offered:
    """Give who comes in by the address of a letter; `NotFound` for one that is altered, is long
    over, was written to somebody who has left, or belongs to a case that counsel speaks for.
    """
    number = seals.number_in(token)
    query = (
        sa.select(SentOffer, Concession, Contact, Account.zone, Escalation.legal_mode)
        .join(Concession, Concession.id == SentOffer.concession_id)
        .join(Contact, Contact.id == SentOffer.contact_id)
        .join(Account, Account.id == Concession.account_id)
        .outerjoin(Escalation, Escalation.id == Concession.escalation_id)
        .where(SentOffer.id == number)
    )
    if lock:
        query = query.with_for_update(of=Concession).execution_options(populate_existing=True)
    found = db.session.execute(query).one_or_none() if number is not None else None
    if found is None or not seals.is_genuine(token, offer_token(found.SentOffer)):
        raise NotFound
    over = now >= found.SentOffer.lapses_at + rules.READABLE
    if over or found.legal_mode or found.Contact.left_at is not None:
        raise NotFound
    return Offered(found.SentOffer, found.Concession, found.Contact, found.zone)


def standing_of(who: Offered, *, now: datetime) -> rules.Standing:
    """Say how the offer stands for who came in."""
    sent, row = who.sent, who.row
    return rules.letter_standing(
        row.state,
        sent_at=sent.sent_at,
        offered_at=row.offered_at,
        countered=sent.countered,
        lapses_at=sent.lapses_at,
        now=now,
        reversed_at=row.reversed_at,
    )


def shown_offer(who: Offered, *, now: datetime) -> ShownOffer:
    """Give what somebody who came in by the address of a letter sees."""
    sent, row = who.sent, who.row
    standing = standing_of(who, now=now)
    code = post.last_code(who.contact.id, act=who.act, record=row.reference)
    answered = standing in (rules.Standing.ACCEPTED, rules.Standing.DECLINED)
    return ShownOffer(
        house=auth_queries.organisation().name,
        contact=who.contact.name,
        text=sent.text,
        language=sent.language,
        sent_at=sent.sent_at,
        lapses_at=sent.lapses_at,
        standing=standing,
        answered_by=row.answered_by if answered else "",
        answered_at=row.answered_at if answered else None,
        code_sent=code is not None and code.confirmed_at is None and code.expires_at > now,
        owed=is_owed(finding.parts(row)) and standing in (STANDS, rules.Standing.OPEN),
        reversed_at=row.reversed_at if standing is rules.Standing.REVERSED else None,
        delivered_at=row.delivered_at if standing is STANDS else None,
        has_file=sent.file_id is not None,
    )


def letter_file(who: Offered) -> StoredFile:
    """Give the file of a letter; `NotFound` while there is none."""
    found = None if who.sent.file_id is None else db.session.get(StoredFile, who.sent.file_id)
    if found is None:
        raise NotFound
    return found


def unprinted(sent_id: int) -> tuple[SentOffer, Concession] | None:
    """Give a letter that has no file yet with its compensation, None where it has one."""
    query = (
        sa.select(SentOffer, Concession)
        .join(Concession, Concession.id == SentOffer.concession_id)
        .where(SentOffer.id == sent_id, SentOffer.file_id.is_(None))
    )
    found = db.session.execute(query).one_or_none()
    return None if found is None else (found.SentOffer, found.Concession)


def as_letter(sent: SentOffer, row: Concession) -> Letter:
    """Give a letter that was mailed as it is printed."""
    with speaking(sent.language, "UTC"):
        title = _("Our letter")
    logo = auth_queries.logo()
    return Letter(
        title=f"{title} ({row.reference})",
        reference=row.reference,
        house=auth_queries.organisation().name,
        language=sent.language,
        text=sent.text,
        made=sent.sent_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        logo=b64encode(files.read(logo)).decode() if logo else "",
    )


def sent_offers(row: Concession) -> Sequence[Any]:
    """Give the letters of a compensation, the newest first: each with its contact's name and what
    became of its mail.
    """
    query = (
        sa.select(SentOffer, Contact.name.label("contact"), Notification)
        .join(Contact, Contact.id == SentOffer.contact_id)
        .outerjoin(Notification, Notification.id == SentOffer.notification_id)
        .where(SentOffer.concession_id == row.id)
    )
    return db.session.execute(query.order_by(SentOffer.id.desc())).all()


def sent_to(contact: Contact, case: Escalation, *, now: datetime) -> list[tuple[SentOffer, str]]:
    """Give the letters of a case's offers that have left to a contact, the newest first, with the
    end of their addresses.
    """
    query = (
        sa.select(SentOffer)
        .join(Concession, Concession.id == SentOffer.concession_id)
        .join(Notification, Notification.id == SentOffer.notification_id)
        .where(
            SentOffer.contact_id == contact.id,
            Notification.state == MailState.SENT,
            Concession.escalation_id == case.id,
            Concession.state.not_in((State.DRAFT, State.REQUESTED, State.APPROVED)),
            SentOffer.lapses_at > now - rules.READABLE,
        )
        .order_by(SentOffer.id.desc())
        .limit(10)
    )
    return [(one, offer_token(one)) for one in db.session.scalars(query)]


def case_of(reference: str) -> str | None:
    """Give the case that a compensation belongs to, by its reference; None where it has none."""
    return db.session.scalar(
        sa.select(Concession.case_ref).where(Concession.reference == reference)
    )


def of_letter(notification_id: int) -> Concession | None:
    """Give the compensation whose letter a message is, None where it is another message."""
    query = sa.select(Concession).join(SentOffer, SentOffer.concession_id == Concession.id)
    return db.session.scalar(query.where(SentOffer.notification_id == notification_id))
