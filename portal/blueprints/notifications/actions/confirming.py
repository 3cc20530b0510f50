"""A binding yes of a customer: the person on file confirms it by a code mailed to them, says who
they are and in which capacity. Any room that needs one asks for it here.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from portal.core import events, mail, seals
from portal.core.access import Actor, K
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import Channel, OneTimeCode
from ..rules import codes
from .writing import put

if TYPE_CHECKING:
    from portal.blueprints.accounts.models import Contact


def ask_code(
    contact: Contact, *, act: str, words: str, record: str, by: Actor, now: datetime
) -> OneTimeCode:
    """Mail a contact a code to confirm an act (a key such as `exit_criteria`) about a record, to
    the address on file; `words` are what they say yes to. The code before holds no more. Refused
    where nobody can be written to, and a fourth time within an hour.
    """
    if not rules.is_address(contact.email or ""):
        raise Refused(_("We have no mail address of yours on file: ask the person at our side."))
    about = {"act": act, "record": record}
    if queries.codes_asked(contact.id, **about, now=now) >= codes.MOST_AN_HOUR:
        raise Refused(_("You were sent several codes already: wait an hour, or call us."))
    row = OneTimeCode(
        contact_id=contact.id,
        record_ref=record,
        act=act,
        digest=codes.digest(words),
        nonce=secrets.token_hex(16),
        expires_at=now + codes.HOLDS,
        tries=0,
        name="",
        capacity="",
    )
    db.session.add(row)
    db.session.flush()
    put(
        key=f"code:{row.id}",
        channel=Channel.MAIL,
        contact_id=contact.id,
        address=contact.email,
        language=contact.language,
        zone="UTC",
        template=codes.TEMPLATE,
        context=rules.packed({"code_id": row.id, "words": words, "from": ""}),
        why="customer",
        record_ref=record,
        account_id=contact.account_id,
        klass=int(K.CONFIDENTIAL),
        message_id=mail.new_message_id(),
        in_reply_to=None,
        send_at=now,
        now=now,
    )
    _record("code_asked", row, contact, by=by, now=now)
    return row


def confirm(
    contact: Contact,
    *,
    act: str,
    words: str,
    record: str,
    given: str,
    name: str,
    capacity: str,
    by: Actor,
    now: datetime,
) -> OneTimeCode | None:
    """Hold a code against the last one that was mailed for an act. It gives the confirmation, kept
    with name and capacity, once; None for a wrong code, which the door commits: five end it.

    Refused without name or capacity, after a quarter of an hour, and where the words are others
    than those that the code was asked for.
    """
    if not name.strip():
        raise Refused(_("Say who you are."), field="name")
    if not capacity.strip():
        raise Refused(_("Say in which capacity you speak for your company."), field="capacity")
    row = queries.last_code(contact.id, act=act, record=record, lock=True)
    if row is None or row.confirmed_at is not None or row.expires_at <= now:
        raise Refused(_("This code holds no more: ask for a new one."), field="code")
    if row.digest != codes.digest(words):
        raise Refused(_("What you agree to has changed: read it, and ask for a new code."))
    if row.tries >= codes.MOST_TRIES:
        raise Refused(_("Too many wrong codes: ask for a new one."), field="code")
    row.tries += 1
    expected = codes.code(row.id, nonce=row.nonce, key=seals.key(codes.PURPOSE))
    if not hmac.compare_digest(codes.typed(given).encode(), expected.encode()):
        _record("code_wrong", row, contact, by=by, now=now)
        return None
    row.confirmed_at = now
    row.name, row.capacity = " ".join(name.split())[:120], " ".join(capacity.split())[:120]
    _record("code_confirmed", row, contact, by=by, now=now)
    return row


def _record(verb: str, row: OneTimeCode, contact: Contact, *, by: Actor, now: datetime) -> None:
    said = {"name": (None, row.name), "capacity": (None, row.capacity)} if row.name else None
    events.record(
        f"notifications.{verb}",
        by=by,
        now=now,
        record=row.record_ref,
        account_id=contact.account_id,
        klass=K.CONFIDENTIAL,
        data={"code": row.id, "act": row.act, "contact": contact.id, "tries": row.tries},
        changes=said,
    )
