"""Opening a customer's room and closing it; what the customer does in it."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.accounts.models import Account, Contact, EntryKind, Lane
from portal.blueprints.escalations import actions as escalations
from portal.blueprints.escalations.models import OPEN_STATES, Escalation
from portal.blueprints.escalations.rules import filing
from portal.blueprints.notifications import actions as post
from portal.blueprints.notifications import rules as post_rules
from portal.core import access, events
from portal.core.access import Actor, K
from portal.core.db import db
from portal.core.errors import NotFound, Refused
from portal.core.i18n import _, show_date, speaking

from . import queries, rules
from .models import Pulse, RoomLink, RoomMessage, RoomTick


def make_link(
    case: Escalation,
    contact: Contact,
    *,
    days: int,
    base_url: str,
    send: bool,
    by: Actor,
    now: datetime,
) -> RoomLink:
    """Open the room of a case to a contact for some days; `send`: write them its address, in their
    language, after the 60 seconds of every message.
    """
    if case.state not in OPEN_STATES:
        raise Refused(_("The case is not open."))
    if case.legal_mode:
        raise Refused(_("Messages to this customer need counsel's release."))
    if contact.account_id != case.account_id:
        raise NotFound
    if not 1 <= days <= rules.LONGEST_DAYS:
        raise Refused(_("A link lasts from 1 to %(n)s days.", n=rules.LONGEST_DAYS), field="days")
    row = RoomLink(
        escalation_id=case.id,
        contact_id=contact.id,
        nonce=secrets.token_hex(8),
        made_by_id=by.id,
        expires_at=(now + timedelta(days=days)).replace(microsecond=0),
    )
    db.session.add(row)
    db.session.flush()
    if send:
        _write(case, contact, row, base_url=base_url, by=by, now=now)
    data = {"link": row.id, "contact": contact.id, "days": days, "sent": send}
    _record(case, "link_made", data=data, by=by, now=now)
    return row


def _write(
    case: Escalation, contact: Contact, row: RoomLink, *, base_url: str, by: Actor, now: datetime
) -> None:
    account = db.session.get_one(Account, case.account_id)
    with speaking(contact.language, account.zone):
        subject = str(_("Where your matter stands, at any time"))
        lines = [
            _("Dear %(customer)s,", customer=contact.name),
            _(
                "Here you see who looks after your matter, what we are doing, and when you hear"
                " from us. You can answer and send files there, without signing in:"
            ),
            f"{base_url}/room/{queries.token_of(row)}",
            _("The address is for you alone and ends on %(day)s.", day=show_date(row.expires_at)),
        ]
        text = "\n\n".join(str(line) for line in lines)
    post.write_to_contact(
        contact,
        subject=subject,
        text=text,
        record=case.reference,
        account_id=case.account_id,
        by=by,
        now=now,
        key=f"{post_rules.BY_ITSELF}{case.id}:room:{row.id}",
    )


def revoke_link(case: Escalation, row: RoomLink, *, by: Actor, now: datetime) -> None:
    """Take a link back: its address opens nothing any more."""
    if row.revoked_at is not None:
        raise Refused(_("This link was taken back already."))
    row.revoked_at, row.revoked_by_id = now, by.id
    _record(case, "link_revoked", data={"link": row.id}, by=by, now=now)


def note_visit(who: queries.Entered, *, now: datetime) -> None:
    """Count a visit to the room; the first is told in the log."""
    link = who.link
    link.visits, link.visited_at = link.visits + 1, now
    if link.visits == 1:
        _record(who.case, "entered", data={"link": link.id}, by=_actor(who), now=now)


def _actor(who: queries.Entered) -> Actor:
    return access.contact(who.contact.name, language=who.contact.language)


def write(
    who: queries.Entered, text: str, *, files: Sequence[tuple[str, bytes]], now: datetime
) -> RoomMessage:
    """Take what the customer writes or sends in their room: it goes to the case as their message,
    and we owe an answer. Refused for too much of it.
    """
    case = _open_case(who)
    words = text.strip()
    if not words and not files:
        raise Refused(_("Write something, or choose a file."), field="text")
    if len(words) > rules.LONGEST_MESSAGE:
        raise Refused(
            _("The text is too long: %(n)s characters at most.", n=rules.LONGEST_MESSAGE),
            field="text",
        )
    if len(files) > rules.MOST_FILES:
        raise Refused(_("At most %(n)s files at a time.", n=rules.MOST_FILES), field="files")
    if any(len(content) > rules.LARGEST_FILE for _name, content in files):
        most = rules.LARGEST_FILE >> 20
        raise Refused(_("A file may have at most %(n)s MB.", n=most), field="files")
    against = [(name, filing.objection(name, content)) for name, content in files]
    if wrong := [f"{name}: {why}" for name, why in against if why]:
        raise Refused(" ".join(wrong), field="files")
    if queries.written_since(case, now - timedelta(days=1)) >= rules.MOST_A_DAY:
        raise Refused(_("You have written a lot today: we read it all. Call us, please."))
    answer = escalations.Answer(
        text=words,
        at=now,
        language=who.contact.language,
        kind=EntryKind.NOTE,
        contact=who.contact,
        files=files,
    )
    escalations.receive(case, answer, by=_actor(who), now=now)
    row = RoomMessage(
        escalation_id=case.id,
        link_id=who.link.id,
        text=words,
        files=[name for name, _content in files],
        at=now,
    )
    db.session.add(row)
    db.session.flush()
    _record(case, "written", data={"message": row.id, "files": len(files)}, by=_actor(who), now=now)
    return row


def tick(who: queries.Entered, criterion_id: int, *, met: bool, now: datetime) -> None:
    """Note that the customer sees a criterion as met, or does not: their view, beside ours."""
    case = _open_case(who)
    row = queries.criterion(case, criterion_id)
    before = queries.tick_of(row.id)
    if (before is not None) == met:
        return
    if before is not None:
        db.session.delete(before)
    else:
        db.session.add(RoomTick(criterion_id=row.id, link_id=who.link.id, at=now))
    data = {"criterion": row.id, "met": met}
    uid = _record(case, "ticked", data=data, by=_actor(who), now=now)
    text = (
        _("The customer sees this as met: %(what)s", what=row.text)
        if met
        else _("The customer no longer sees this as met: %(what)s", what=row.text)
    )
    _tell(case, text, uid=uid, by=_actor(who), now=now)


def ask_code(who: queries.Entered, *, now: datetime) -> None:
    """Mail the contact a code with which they can agree that the matter is solved, with effect."""
    case = _open_case(who)
    words = queries.agreed_words(who)
    post.ask_code(
        who.contact,
        act=queries.AGREE,
        words=words,
        record=case.reference,
        by=_actor(who),
        now=now,
    )


def agree(who: queries.Entered, *, code: str, name: str, capacity: str, now: datetime) -> bool:
    """Let a named person agree, with effect, that the exit criteria are met, confirmed by the code
    that was mailed to them; False for a wrong code, which counts.
    """
    case = _open_case(who)
    given = post.confirm(
        who.contact,
        act=queries.AGREE,
        words=queries.agreed_words(who),
        record=case.reference,
        given=code,
        name=name,
        capacity=capacity,
        by=_actor(who),
        now=now,
    )
    if given is None:
        return False
    escalations.note_agreed(case, by=_actor(who), now=now)
    uid = _record(case, "agreed", data={"code": given.id}, by=_actor(who), now=now)
    text = _(
        "%(name)s, %(capacity)s, agrees that the exit criteria are met; confirmed by a code mailed"
        " to %(contact)s.",
        name=given.name,
        capacity=given.capacity,
        contact=who.contact.name,
    )
    _tell(case, text, uid=uid, by=_actor(who), now=now)
    if case.owner_id is not None:
        account = db.session.get_one(Account, case.account_id)
        post.notify(
            case.owner_id,
            template="customer_room/agreed",
            context={"account": account.name, "reference": case.reference},
            why="owner",
            key=f"{case.reference}:agreed:{given.id}",
            record=case.reference,
            account_id=case.account_id,
            klass=K.INTERNAL,
            by=_actor(who),
            now=now,
        )
    return True


def take_pulse(who: queries.Entered, *, on_track: bool, now: datetime) -> None:
    """Note whether we are on track for the customer; two "no" in a row tell the executive owner, or
    who owns the case.
    """
    case = _open_case(who)
    asked = queries.asked_round(case, now=now)
    if asked is None:
        return
    row = Pulse(escalation_id=case.id, link_id=who.link.id, round=asked, on_track=on_track, at=now)
    db.session.add(row)
    db.session.flush()
    data = {"round": asked, "on_track": on_track}
    uid = _record(case, "pulse_taken", data=data, by=_actor(who), now=now)
    text = (
        _("The customer says that we are on track.")
        if on_track
        else _("The customer says that we are not on track.")
    )
    _tell(case, text, uid=uid, by=_actor(who), now=now)
    if rules.is_off_track([one.on_track for one in queries.pulses(case)]):
        _warn(case, asked, now=now)


def _warn(case: Escalation, asked: int, *, now: datetime) -> None:
    told = case.executive_owner_id or case.owner_id
    if told is None:
        return
    account = db.session.get_one(Account, case.account_id)
    post.notify(
        told,
        template="customer_room/off_track",
        context={"account": account.name, "reference": case.reference},
        why="executive" if told == case.executive_owner_id else "owner",
        key=f"{case.reference}:pulse:{asked}",
        record=case.reference,
        account_id=case.account_id,
        klass=K.INTERNAL,
        by=access.job("pulse"),
        now=now,
    )


def _open_case(who: queries.Entered) -> Escalation:
    if who.case.state not in OPEN_STATES:
        raise Refused(_("This matter is closed. Answer our last message if something is missing."))
    return who.case


def _tell(case: Escalation, text: str, *, uid: str, by: Actor, now: datetime) -> None:
    account_actions.add_entry(
        case.account_id,
        lane=Lane.CUSTOMER,
        kind=EntryKind.SYSTEM,
        text=text,
        by=by,
        now=now,
        case_ref=case.reference,
        event_uid=uid,
    )


def _record(
    case: Escalation, verb: str, *, data: Mapping[str, object], by: Actor, now: datetime
) -> str:
    return events.record(
        f"customer_room.{verb}",
        by=by,
        now=now,
        record=case.reference,
        account_id=case.account_id,
        klass=K.INTERNAL,
        data=data,
    )
