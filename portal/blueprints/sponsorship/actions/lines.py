"""The direct line: a customer writes to their sponsor, who answers, or else somebody does."""

import secrets
from datetime import datetime

from portal.blueprints.accounts.models import Contact, EntryKind, Lane
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.escalations import queries as case_queries
from portal.blueprints.notifications import actions as post
from portal.blueprints.notifications import rules as post_rules
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import SeverityPolicy
from portal.core import access
from portal.core.access import Actor, RelationKind
from portal.core.calendar import end_of_business_day
from portal.core.db import db
from portal.core.errors import NotFound, Refused
from portal.core.i18n import _, speaking

from .. import queries
from ..models import Line, LineMessage, Sponsorship
from .recording import account_of, inform, log, programme, tell_story, tidy
from .running import refuse_ended, refuse_stranger

LONGEST_WORDS, MOST_A_DAY = 5_000, 10


def open_line(
    row: Sponsorship, contact: Contact, *, base_url: str, by: Actor, now: datetime
) -> Line:
    """Give a contact of the customer an address of their own to write to the sponsor, and send it
    to them in their language.
    """
    refuse_ended(row)
    refuse_stranger(row, by=by)
    if contact.account_id != row.account_id:
        raise NotFound
    if contact.left_at is not None:
        raise Refused(_("This contact has left the customer."), field="contact")
    if any(one.contact_id == contact.id for one in queries.lines(row)):
        raise Refused(_("This contact has a direct line already."), field="contact")
    line = Line(
        sponsorship_id=row.id, contact_id=contact.id, nonce=secrets.token_hex(8), opener_id=by.id
    )
    db.session.add(line)
    db.session.flush()
    account, sponsor = account_of(row), auth_queries.get(queries.sponsor_of(row).person_id)
    with speaking(contact.language, account.zone):
        lines = [
            _("Dear %(customer)s,", customer=contact.name),
            _(
                "%(sponsor)s looks after your company as its executive sponsor. Here you reach"
                " them directly, without signing in; what you wrote and the answers stay there:",
                sponsor=sponsor.name,
            ),
            f"{base_url}/sponsorship/line/{queries.line_token(line)}",
            _("The address is for you alone."),
        ]
        subject, text = str(_("Your direct line to %(sponsor)s", sponsor=sponsor.name)), lines
    post.write_to_contact(
        contact,
        subject=subject,
        text="\n\n".join(str(one) for one in text),
        record=row.reference,
        account_id=row.account_id,
        by=by,
        now=now,
        key=f"{row.reference}:line:{line.id}",
    )
    log(row, "line_opened", by=by, now=now, data={"line": line.id, "contact": contact.id})
    return line


def close_line(row: Sponsorship, line: Line, *, by: Actor, now: datetime) -> None:
    """Take an address back: it opens nothing any more."""
    refuse_stranger(row, by=by)
    if line.revoked_at is not None:
        raise Refused(_("This direct line was closed already."))
    line.revoked_at = now
    log(row, "line_closed", by=by, now=now, data={"line": line.id})


def write_in(who: queries.OnLine, text: str, *, now: datetime) -> LineMessage:
    """Take what the customer writes to their sponsor, who is told at once; while they are absent so
    is who stands in for them.
    """
    words = tidy(text, field="text", most=LONGEST_WORDS)
    if not words:
        raise Refused(_("Write something."), field="text")
    if queries.written_today(who.line, now=now) >= MOST_A_DAY:
        raise Refused(_("You have written a lot today: we read it all. Call us, please."))
    row, account = who.row, account_of(who.row)
    policy, _number = queries.policy_in_force()
    clocks, _clock_number = policy_queries.in_force(SeverityPolicy)
    due_at = end_of_business_day(
        case_queries.calendar_for(account, clocks), now, policy.line.answer_days
    )
    message = LineMessage(
        sponsorship_id=row.id, line_id=who.line.id, text=words, at=now, due_at=due_at
    )
    db.session.add(message)
    db.session.flush()
    by = access.contact(who.contact.name, language=who.contact.language)
    uid = log(row, "line_written", by=by, now=now, data={"message": message.id})
    tell_story(row, words, uid=uid, by=by, now=now, kind=EntryKind.EMAIL_IN, lane=Lane.CUSTOMER)
    sponsor_id = queries.sponsor_of(row).person_id
    told: dict[int | None, str] = {sponsor_id: "sponsor"}
    stand_in = auth_queries.responsible(sponsor_id, now=now)
    if stand_in not in {None, sponsor_id}:
        told[stand_in] = "substitute"
        _let_in(row, stand_in)
    key = f"line:{message.id}"
    inform(row, told, "line_written", key=key, by=by, now=now, day=due_at, words=words[:400])
    return message


def _let_in(row: Sponsorship, person_id: int | None) -> None:
    """Let who stands in for a sponsor see what they are told of."""
    access.relate(
        db.session,
        kind=RelationKind.NAMED,
        account_id=None,
        record_ref=row.reference,
        person_id=person_id,
    )


def answer_line(
    row: Sponsorship, message: LineMessage, *, text: str, by: Actor, now: datetime
) -> None:
    """Answer what the customer wrote: by mail, and where they wrote it. The sponsor does, whoever
    stands in for them, or who runs the programme.
    """
    if not queries.may_answer(row, by):
        raise Refused(_("The sponsor, their substitute or the programme manager answers."))
    if message.answered_at is not None:
        raise Refused(_("This is answered already."))
    words = tidy(text, field="answer", most=LONGEST_WORDS)
    if not words:
        raise Refused(_("Write an answer."), field="answer")
    post_rules.refuse_fields(words, field="answer")
    message.answer, message.answered_at, message.answered_by_id = words, now, by.id
    db.session.flush()
    contact = db.session.get_one(Contact, queries.line_of_message(message).contact_id)
    if contact.left_at is not None:
        raise Refused(_("%(name)s is no longer there.", name=contact.name))
    with speaking(contact.language, "UTC"):
        subject = str(_("%(sponsor)s has answered you", sponsor=by.name))
    post.write_to_contact(
        contact,
        subject=subject,
        text=words,
        record=row.reference,
        account_id=row.account_id,
        by=by,
        now=now,
        key=f"{row.reference}:line:{message.id}:answer",
    )
    uid = log(
        row,
        "line_answered",
        by=by,
        now=now,
        data={"message": message.id, "late": now > message.due_at},
        changes={"answer": (None, words)},
    )
    tell_story(row, words, uid=uid, by=by, now=now, kind=EntryKind.EMAIL_OUT, lane=Lane.CUSTOMER)


def pass_on(message: LineMessage, *, by: Actor, now: datetime) -> None:
    """Tell the sponsor's substitute, and who runs the programme, of words that nobody answered in
    time; once.
    """
    row = queries.of_message(message)
    message.passed_on_at = now
    sponsor = auth_queries.get(queries.sponsor_of(row).person_id)
    told: dict[int | None, str] = {**programme(), sponsor.id: "sponsor"}
    if sponsor.substitute_id is not None:
        told.setdefault(sponsor.substitute_id, "substitute")
        _let_in(row, sponsor.substitute_id)
    log(
        row,
        "line_passed_on",
        by=by,
        now=now,
        data={"message": message.id, "substitute": sponsor.substitute_id},
    )
    key = f"line:{message.id}:late"
    inform(row, told, "line_late", key=key, by=by, now=now, day=message.due_at)
