"""Nominating an account: drafted by a person or by a case, completed and sent by a person."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import IO, Any

import sqlalchemy as sa

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account, Contact, Lifecycle
from portal.blueprints.accounts.rules import Objection
from portal.blueprints.escalations import queries as escalation_queries
from portal.blueprints.escalations.models import Escalation
from portal.blueprints.escalations.rules import filing
from portal.core import access, files
from portal.core.access import (
    Actor,
    ActorKind,
    K,
    Permission,
    Relation,
    RelationKind,
    Restriction,
)
from portal.core.db import db, next_reference
from portal.core.errors import Refused, Stale
from portal.core.i18n import _, show_date

from .. import queries, rules
from ..models import (
    LaneKind,
    Nomination,
    NominationState,
    Sponsor,
    Sponsorship,
    SponsorshipState,
)
from .recording import account_of, inform, kinds, log, programme, tell_story, tidy

LONGEST_OUTCOME = 400
MOST_FILES = 10


def draft(
    account: Account,
    lane: LaneKind,
    *,
    by: Actor,
    now: datetime,
    case: Escalation | None = None,
) -> Nomination:
    """Open a draft for an account; refused for a lost, merged or sponsored one, and while another
    nomination of it is open.
    """
    lock(account)
    objections = against_nominating(account)
    if objections:
        raise Refused(" ".join(one.message for one in objections), field="account")
    if case is None and not by.may(Permission.SPONSORSHIP_MANAGE):
        _refuse_too_soon(account, lane, now=now)
    return _open(account, lane, case=case, by=by, now=now)


def _refuse_too_soon(account: Account, lane: LaneKind, *, now: datetime) -> None:
    """Refuse before the day on which a declined account, or one that left, may come back."""
    earlier, left = queries.earlier_nomination(account, lane), queries.left_last(account)
    known: list[tuple[str, date | None]] = []
    if earlier is not None and earlier.state is NominationState.DECLINED:
        known.append((earlier.reference, earlier.come_back_on))
    if left is not None and left.lane is lane:
        known.append((left.reference, left.reentry_on))
    for reference, day in known:
        if day is not None and queries.today(now) < day:
            message = _(
                "After %(reference)s: come back on %(day)s, or ask who runs the programme.",
                reference=reference,
                day=show_date(day),
            )
            raise Refused(message, field="account")


def renominate(row: Nomination, *, by: Actor, now: datetime) -> Nomination:
    """Open a new draft for an account that was declined or taken back, with the words of the old
    nomination and linked to it.
    """
    if row.state not in {NominationState.DECLINED, NominationState.WITHDRAWN}:
        raise Refused(_("Only what was declined or taken back is nominated anew."))
    new = draft(account_of(row), row.lane, by=by, now=now)
    executive = db.session.get(Contact, row.customer_executive_id or 0)
    new.outcome, new.why, new.earlier_id = row.outcome, row.why, row.id
    if executive is not None and executive.left_at is None:
        new.customer_executive_id = executive.id
    db.session.flush()
    return new


def attach(
    row: Nomination, content: IO[bytes], *, name: str, by: Actor, now: datetime
) -> files.StoredFile:
    """Keep a file with a nomination until it is decided; who may read the one may read the other.

    Refused in words for a file that is empty, too large, of a kind that is not taken, or suspect.
    """
    if row.state not in queries.OPEN:
        raise Refused(_("This nomination was decided already."))
    if len(queries.attachments(row)) >= MOST_FILES:
        raise Refused(_("%(most)s files are enough.", most=str(MOST_FILES)), field="file")
    data = content.read(filing.LARGEST + 1)
    wrong = filing.objection(name, data)
    if wrong:
        raise Refused(wrong, field="file")
    kept = files.put(
        data,
        name=name,
        media_type=filing.media_type(data),
        klass=int(K.CONFIDENTIAL),
        account_id=row.account_id,
        record_ref=row.reference,
        now=now,
    )
    log(
        row,
        "attached",
        by=by,
        now=now,
        data={"file": kept.id, "type": kept.media_type, "size": kept.size, "sha256": kept.digest},
        changes={"name": (None, name)},
    )
    return kept


def draft_recovery(case_ref: str, *, by: Actor, now: datetime) -> Nomination | None:
    """Draft a recovery nomination for a case, once; a person completes and sends it.

    None where the case has one already, or the account cannot be nominated.
    """
    case = escalation_queries.by_reference(case_ref)
    account = account_queries.by_id(case.account_id)
    lock(account)
    if queries.for_case(case_ref) is not None or against_nominating(account):
        return None
    row = _open(account, LaneKind.RECOVERY, case=case, by=by, now=now)
    found = queries.matches(account, LaneKind.RECOVERY, now=now)
    if found and found[0][1].possible:
        row.proposed_sponsor_id = found[0][0].row.id
    people: dict[int | None, str] = {account.owner_id: "account_owner", case.owner_id: "owner"}
    inform(row, people, "drafted", key="drafted", by=by, now=now, case=case_ref)
    return row


def examined(account: Account, lane: LaneKind, *, now: datetime) -> rules.Check:
    """Hold an account against a lane today, with what its open nomination says, and say whether it
    can be nominated at all; nothing is written.
    """
    row = queries.open_nomination(account, lane)
    found = queries.checked(account, lane, now=now, nomination=row)
    against = against_nominating(account, except_id=row.id if row else None)
    on = queries.today(now)
    return rules.nominable(found, against, source=account.reference, on=on)


def lock(account: Account) -> None:
    """Let nobody else nominate or admit this account until this transaction ends."""
    db.session.execute(sa.select(Account.id).where(Account.id == account.id).with_for_update())


def against_nominating(account: Account, *, except_id: int | None = None) -> tuple[Objection, ...]:
    """Say why an account cannot be nominated, or admitted."""
    sponsored = db.session.scalar(
        sa.select(Sponsorship.lane).where(
            Sponsorship.account_id == account.id, Sponsorship.state == SponsorshipState.ACTIVE
        )
    )
    pending = sa.select(Nomination.lane).where(
        Nomination.account_id == account.id, Nomination.state.in_(queries.OPEN)
    )
    if except_id is not None:
        pending = pending.where(Nomination.id != except_id)
    return rules.objections_to_nomination(
        lost=account.lifecycle is Lifecycle.LOST,
        merged=account.merged_into_id is not None,
        sponsored_in=sponsored,
        pending_in=db.session.scalar(pending.limit(1)),
    )


def _open(
    account: Account, lane: LaneKind, *, case: Escalation | None, by: Actor, now: datetime
) -> Nomination:
    reference, _register = next_reference("NOM", year=queries.today(now).year)
    earlier = queries.earlier_nomination(account, lane)
    row = Nomination(
        reference=reference,
        account_id=account.id,
        case_ref=case.reference if case else None,
        lane=lane,
        author_id=by.id if by.kind is ActorKind.PERSON else None,
        policy_number=queries.policy_in_force()[1],
        earlier_id=earlier.id if earlier else None,
    )
    db.session.add(row)
    db.session.flush()
    _relate(row, by=by)
    follow_case(row)
    log(row, "drafted", by=by, now=now, data={"lane": lane.value, "case": row.case_ref})
    return row


def follow_case(row: Nomination) -> None:
    """Let only the people named on a restricted case see the nomination it led to, and all again
    afterwards.
    """
    if row.case_ref is not None:
        access.restrict_like(
            db.session, record_ref=row.reference, account_id=row.account_id, other=row.case_ref
        )
        _shut_out_panel(row)


def _shut_out_panel(row: Nomination) -> None:
    """Let a panel's members see nothing of what follows a restricted case that does not name
    them.
    """
    closed = sa.select(Restriction.record_ref).where(Restriction.record_ref == row.reference)
    if db.session.scalar(closed) is None:
        return
    named = sa.select(Relation.person_id).where(
        Relation.record_ref == row.case_ref, Relation.person_id.is_not(None)
    )
    db.session.execute(
        sa.delete(Relation).where(
            Relation.kind == RelationKind.NAMED,
            Relation.record_ref == row.reference,
            Relation.person_id.not_in(named),
        )
    )


def _relate(row: Nomination, *, by: Actor) -> None:
    """Let its author follow a nomination; the programme reads them all."""
    if by.kind is ActorKind.PERSON and by.id is not None:
        access.relate(
            db.session,
            kind=RelationKind.AUTHOR,
            account_id=row.account_id,
            record_ref=row.reference,
            person_id=by.id,
        )


def edit(
    row: Nomination,
    *,
    outcome: str,
    why: str,
    customer_executive_id: int | None,
    proposed_sponsor_id: int | None,
    expertise: Iterable[str] = (),
    by: Actor,
    now: datetime,
    lane: LaneKind | None = None,
    version: int | None = None,
) -> None:
    """Complete a draft: the outcome in words, the customer's executive, who might sponsor, and what
    that person should know (words of the sponsors' profiles, in any case of letters).

    `version` is that of the row the person saw: another one is `Stale`.
    """
    if row.state is not NominationState.DRAFT:
        raise Refused(_("Only a draft can be changed."))
    if version is not None and version != row.version:
        raise Stale(
            _("Somebody else changed this nomination meanwhile."),
            current={
                "outcome": row.outcome,
                "why": row.why,
                "expertise": ", ".join(row.expertise),
            },
        )
    before = {"outcome": row.outcome, "why": row.why, "expertise": row.expertise}
    row.outcome = tidy(outcome, field="outcome", most=LONGEST_OUTCOME)
    row.why = tidy(why, field="why")
    row.customer_executive_id = _contact(row, customer_executive_id)
    row.proposed_sponsor_id = _sponsor(proposed_sponsor_id)
    row.expertise = kinds(expertise, field="expertise")
    row.lane = lane or row.lane
    row.author_id = row.author_id or by.id
    db.session.flush()
    _relate(row, by=by)
    changes: dict[str, tuple[Any, Any]] = {
        name: (old, getattr(row, name)) for name, old in before.items() if old != getattr(row, name)
    }
    log(row, "edited", by=by, now=now, data={"lane": row.lane.value}, changes=changes)


def _contact(row: Nomination, contact_id: int | None) -> int | None:
    if contact_id is None:
        return None
    contact = db.session.get(Contact, contact_id)
    if contact is None or contact.account_id != row.account_id or contact.left_at is not None:
        raise Refused(
            _("Choose somebody who works at this customer."), field="customer_executive_id"
        )
    return contact_id


def _sponsor(sponsor_id: int | None) -> int | None:
    if sponsor_id is not None and db.session.get(Sponsor, sponsor_id) is None:
        raise Refused(_("Choose one of the sponsors."), field="proposed_sponsor_id")
    return sponsor_id


def send(row: Nomination, *, by: Actor, now: datetime) -> None:
    """Hand a nomination in: criteria and score are stored now, before anybody decides.

    A gap does not stop it; it is said plainly to those who decide.
    """
    if row.state is not NominationState.DRAFT:
        raise Refused(_("This nomination has been handed in already."))
    account = account_of(row)
    lock(account)
    objections = against_nominating(account, except_id=row.id)
    if objections:
        raise Refused(" ".join(one.message for one in objections))
    if not row.outcome:
        raise Refused(
            _("Write in a sentence what will be true at the end of the term."), field="outcome"
        )
    found, stored = queries.kept(account, row.lane, now=now, nomination=row)
    row.criteria, row.score = stored, found.score.value
    row.policy_number = queries.policy_in_force()[1]
    row.state, row.sent_at = NominationState.SENT, now
    row.author_id = by.id or row.author_id
    _relate(row, by=by)
    uid = log(
        row,
        "sent",
        by=by,
        now=now,
        data={
            "lane": row.lane.value,
            "eligible": found.eligible,
            "score": str(found.score.value),
            "gaps": [one.key for one in found.gaps],
        },
        changes={"outcome": (None, row.outcome)},
    )
    text = _("Nominated for executive sponsorship: %(outcome)s", outcome=row.outcome)
    tell_story(row, text, uid=uid, by=by, now=now)
    inform(
        row,
        programme(),
        "sent",
        key=f"sent:{now.isoformat()}",
        by=by,
        now=now,
        outcome=row.outcome,
        eligible=found.eligible,
        gaps=len(found.gaps),
    )


def withdraw(row: Nomination, *, reason: str, by: Actor, now: datetime) -> None:
    """Take a nomination back before it is decided."""
    if row.state not in queries.OPEN:
        raise Refused(_("This nomination was decided already."))
    if not reason.strip():
        raise Refused(_("Say why it is taken back."), field="because")
    row.state, row.reason = NominationState.WITHDRAWN, tidy(reason, field="because")
    log(row, "withdrawn", by=by, now=now, changes={"reason": (None, row.reason)})
