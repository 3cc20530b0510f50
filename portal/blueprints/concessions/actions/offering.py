"""The offer by letter: mailed to a contact, and answered by them through its address."""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from portal.blueprints.accounts.models import Contact
from portal.blueprints.escalations import queries as escalation_queries
from portal.blueprints.notifications import actions as post
from portal.blueprints.notifications import queries as post_queries
from portal.core import access, files, jobs
from portal.core.access import Actor, K
from portal.core.db import db
from portal.core.errors import NotFound, Refused
from portal.core.i18n import _, show_date, speaking

from .. import queries, rules
from ..models import Concession, Move, SentOffer, State
from ..queries import Offered
from .booking import book
from .giving import accept, counter, decline, offer
from .recording import account_of, hold_case, log, step


def send_offer(
    row: Concession, contact: Contact, *, base_url: str, by: Actor, now: datetime
) -> SentOffer:
    """Offer an approved compensation by mail to a contact of its account, in their language; it
    leaves after 60 seconds, in which `unsend` takes it back. The address in it opens this letter.
    """
    if contact.account_id != row.account_id:
        raise NotFound
    if contact.left_at is not None:
        raise Refused(_("%(name)s is no longer there.", name=contact.name), field="contact")
    account = account_of(row)
    offer(row, by=by, now=now)
    found = queries.letter(row, account, now=now, to=contact)
    sent = SentOffer(
        concession_id=row.id,
        contact_id=contact.id,
        nonce=secrets.token_hex(8),
        language=found.language,
        text=queries.letter_text(found, now=now),
        sent_at=now,
        lapses_at=row.lapses_at or now,
    )
    db.session.add(sent)
    db.session.flush()
    message = mail_letter(row, sent, contact, base_url=base_url, by=by, now=now)
    sent.notification_id = message.id
    log(row, "letter_written", by=by, now=now, data={"letter": sent.id, "contact": contact.id})
    return sent


def mail_letter(
    row: Concession, sent: SentOffer, contact: Contact, *, base_url: str, by: Actor, now: datetime
) -> Any:
    """Put a letter into the post, behind what we wrote to its reader in the case before."""
    owed = queries.is_owed(queries.parts(row))
    with speaking(sent.language, account_of(row).zone):
        subject = _("Your credit") if owed else _("Our offer to you")
        told = (
            _("You can read this letter here, without signing in:")
            if owed
            else _(
                "Read it again and answer it here, without signing in, until %(day)s. The address"
                " is for you alone:",
                day=show_date(sent.lapses_at),
            )
        )
        address = f"{base_url}/concessions/offers/{queries.offer_token(sent)}"
        text = f"{sent.text}\n\n{told}\n{address}"
    case = escalation_queries.by_reference(row.case_ref) if row.case_ref else None
    return post.write_to_contact(
        contact,
        subject=f"{subject} ({row.reference})",
        text=text,
        record=row.reference,
        account_id=row.account_id,
        by=by,
        now=now,
        in_reply_to=escalation_queries.last_message(case, contact.id) if case else None,
        key=f"offer:{sent.id}",
    )


def unsend(row: Concession, *, by: Actor, now: datetime) -> None:
    """Take a letter back before it leaves: nothing was offered, the signatures hold. What somebody
    has agreed to meanwhile stands.
    """
    letters = queries.sent_offers(row)
    if not letters or letters[0].SentOffer.sent_at != row.offered_at:
        raise NotFound
    message = letters[0].Notification
    if message is None:
        raise NotFound
    if row.state is State.ACCEPTED and not queries.is_owed(queries.parts(row)):
        raise Refused(_("This is answered already."))
    post.withdraw(message, by=by, now=now)
    before = step(row, allowed=(State.OFFERED, State.ACCEPTED), to=State.APPROVED)
    book(row, Move.TAKEN_BACK if before is State.OFFERED else Move.CANCELLED, now=now)
    row.offered_at = row.lapses_at = row.answered_at = None
    log(row, "letter_taken_back", by=by, now=now, data={"letter": letters[0].SentOffer.id})
    hold_case(row, by=by, now=now)


def note_letter_left(notification_id: int, *, now: datetime) -> bool:
    """Write down that the mail of a letter has left; gives whether it was one of ours."""
    message = post_queries.get(notification_id)
    row = queries.of_letter(message.id)
    if row is None:
        return False
    by = access.job("concessions.note_letter_left")
    log(row, "letter_left", by=by, now=now, data={"notification": message.id})
    return True


def note_offer_read(who: Offered, *, now: datetime) -> None:
    """Count a visit to the page of a letter; the first is told in the log, and has it printed."""
    sent = who.sent
    sent.visits, sent.visited_at = sent.visits + 1, now
    if sent.visits == 1:
        log(who.row, "offer_read", by=_actor(who), now=now, data={"letter": sent.id})
        jobs.enqueue(
            "concessions.print_letter", key=f"letter:{sent.id}", payload={"sent_id": sent.id}
        )


def keep_letter(sent: SentOffer, row: Concession, content: bytes, *, now: datetime) -> None:
    """Keep the file of a letter: the words that were mailed, and nothing else."""
    kept = files.put(
        content,
        name=f"{row.reference}.pdf",
        media_type="application/pdf",
        klass=int(K.RESTRICTED),
        now=now,
        account_id=row.account_id,
        record_ref=row.reference,
    )
    sent.file_id = kept.id
    by = access.job("concessions.print_letter")
    log(row, "letter_printed", by=by, now=now, data={"letter": sent.id, "file": kept.id})


def ask_offer_code(who: Offered, *, now: datetime) -> None:
    """Mail the reader of a letter the code by which they accept what it offers."""
    _expect_open(who, now=now)
    post.ask_code(
        who.contact,
        act=who.act,
        words=who.sent.text,
        record=who.row.reference,
        by=_actor(who),
        now=now,
    )


def accept_offer(who: Offered, *, code: str, name: str, capacity: str, now: datetime) -> bool:
    """Let a named person accept, with effect, what a letter offers, confirmed by the code that was
    mailed to them; False for a wrong code, which counts.
    """
    _expect_open(who, now=now)
    given = post.confirm(
        who.contact,
        act=who.act,
        words=who.sent.text,
        record=who.row.reference,
        given=code,
        name=name,
        capacity=capacity,
        by=_actor(who),
        now=now,
    )
    if given is None:
        return False
    how = _how(who) | {"code": given.id}
    accept(who.row, who=_named(given.name, given.capacity), by=_actor(who), now=now, how=how)
    return True


def decline_offer(who: Offered, *, name: str, capacity: str, now: datetime) -> None:
    """Let the reader of a letter decline what it offers, by name and capacity."""
    _answer(who, decline, name=name, capacity=capacity, now=now)


def counter_offer(who: Offered, *, what: str, name: str, capacity: str, now: datetime) -> None:
    """Let the reader of a letter ask for something else; the proposal is a draft again."""
    _answer(who, counter, name=name, capacity=capacity, now=now, what=what)
    who.sent.countered = True


def _answer(
    who: Offered, act: Callable[..., None], *, name: str, capacity: str, now: datetime, **more: str
) -> None:
    _expect_open(who, now=now)
    if not name.strip():
        raise Refused(_("Say who you are."), field="name")
    if not capacity.strip():
        raise Refused(_("Say in which capacity you speak for your company."), field="capacity")
    said = _named(name, capacity)
    act(who.row, who=said, by=_actor(who), now=now, how=_how(who), **more)


def _expect_open(who: Offered, *, now: datetime) -> None:
    if queries.standing_of(who, now=now) is not rules.Standing.OPEN:
        raise Refused(_("This offer cannot be answered any more."))


def _actor(who: Offered) -> Actor:
    return access.contact(who.contact.name, language=who.contact.language)


def _how(who: Offered) -> dict[str, Any]:
    return {"how": "room", "letter": who.sent.id, "contact": who.contact.id}


def _named(name: str, capacity: str) -> str:
    return f"{' '.join(name.split())}, {' '.join(capacity.split())}"
