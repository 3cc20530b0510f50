"""What a customer writes to us about a case, and what did not reach them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.accounts.models import Contact, EntryKind, Lane
from portal.blueprints.notifications.models import Notification
from portal.core import access, files
from portal.core.access import Actor, K
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _

from ..models import OPEN_STATES, ClockEvent, Escalation, State
from ..rules import ClockEventKind, filing
from ..rules.standing import RETRACTED
from .recording import answering, inform, log, settle, tell_story, tick
from .saying import acknowledge
from .weighing import propose_trigger

MAIL = access.job("mail")
LONGEST = 18_000
"""Characters of one answer in the timeline; the mail itself is kept whole."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a customer wrote, and what they sent along (name, content); `contact` is who gets a note
    that it arrived; `said` is what of the text is newly said, where that is not all of it.
    """

    text: str
    at: datetime
    language: str
    kind: EntryKind = EntryKind.EMAIL_IN
    contact: Contact | None = None
    files: Sequence[tuple[str, bytes]] = ()
    said: str | None = None


def receive(case: Escalation, answer: Answer, *, by: Actor, now: datetime) -> None:
    """Add to a case what a customer (`by`) wrote: to its timeline and files, and to its clocks, for
    we owe an answer. A graver trigger that their words say is proposed. The owner is told. A file
    that is not taken is named with the reason.
    """
    if case.state in (State.DRAFT, State.REQUESTED):
        raise Refused(_("The case is not declared yet."))
    at = min(answer.at, now)
    taken, refused = _sorted(answer.files)
    text = answer.text.strip()
    if len(text) > LONGEST:
        said = _("Shortened here: the message itself is kept whole.")
        text = f"{text[:LONGEST]}\n\n{said}"
    text = "\n".join([text or _("A message without words."), *refused])
    uid = log(
        case,
        "received",
        by=by,
        now=now,
        klass=K.INTERNAL,
        data={"files": len(taken), "refused": len(refused), "kind": answer.kind.value},
        changes={"text": (None, text)},
    )
    tell_story(
        case,
        text,
        kind=answer.kind,
        lane=Lane.CUSTOMER,
        uid=uid,
        by=by,
        now=now,
        at=at,
        language=answer.language,
    )
    for name, content in taken:
        _keep_file(case, name, content, uid=uid, at=at, by=by, now=now)
    if case.state in OPEN_STATES:
        tick(case, ClockEventKind.CUSTOMER_MESSAGE, at=max(at, case.opened_at), by=by, now=now)
        settle(case, now=now)
        if answer.contact is not None:
            acknowledge(case, answer.contact, by=MAIL, now=now)
    said = answer.text if answer.said is None else answer.said
    proposed = propose_trigger(case, said, by=MAIL, now=now)
    if proposed is None:
        inform(case, answering(case, now=now), "replied", key=f"replied:{uid}", by=by, now=now)
    else:
        # One mail for one answer: this one says that there is one, too.
        said_so = proposed.recommendation
        context = {"trigger": said_so["trigger"], "to": said_so["severity"]}
        inform(
            case,
            answering(case, now=now),
            "threat",
            key=f"threat:{proposed.id}",
            by=by,
            now=now,
            **context,
        )


def _sorted(given: Sequence[tuple[str, bytes]]) -> tuple[list[tuple[str, bytes]], list[str]]:
    """Part the files that are taken from the words about those that are not."""
    taken, refused = [], []
    for name, content in given:
        wrong = filing.objection(name, content)
        if wrong:
            refused.append(_("Not taken: %(name)s. %(why)s", name=name, why=wrong))
        else:
            taken.append((name, content))
    return taken, refused


def _keep_file(
    case: Escalation,
    name: str,
    content: bytes,
    *,
    uid: str,
    at: datetime,
    by: Actor,
    now: datetime,
) -> None:
    kept = files.put(
        content,
        name=name,
        media_type=filing.media_type(content),
        klass=int(K.CONFIDENTIAL),
        account_id=case.account_id,
        record_ref=case.reference,
        now=now,
    )
    account_actions.add_entry(
        case.account_id,
        lane=Lane.CUSTOMER,
        kind=EntryKind.NOTE,
        text=_("Sent by the customer: %(name)s", name=name),
        by=by,
        now=now,
        case_ref=case.reference,
        event_at=at,
        klass=K.CONFIDENTIAL,
        event_uid=uid,
        file_id=kept.id,
    )


def note_bounced(
    case: Escalation, message: Notification, *, status: str, by: Actor, now: datetime
) -> None:
    """Put into the story of a case that a message of ours did not arrive: it did not reach the
    customer, so the clock of silence runs on as if it had not been sent.
    """
    uid = log(case, "bounced", by=by, now=now, data={"notification": message.id, "status": status})
    text = _(
        "Did not arrive: the message to %(address)s of %(subject)s.",
        address=message.address,
        subject=message.context.get("subject", ""),
    )
    tell_story(case, text, kind=EntryKind.SYSTEM, lane=Lane.CUSTOMER, uid=uid, by=by, now=now)
    if message.sent_at is not None:
        # Read by nothing but the story of the clocks, which passes over both.
        db.session.add(
            ClockEvent(
                escalation_id=case.id,
                kind=f"{RETRACTED}{ClockEventKind.OUR_CONTACT.value}",
                at=max(message.sent_at, case.opened_at),
                recorded_at=now,
            )
        )
        settle(case, now=now)
    inform(case, answering(case, now=now), "bounced", key=f"bounced:{message.id}", by=by, now=now)
