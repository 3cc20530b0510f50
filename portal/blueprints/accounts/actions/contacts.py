"""The people at a customer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from portal.core import events
from portal.core.access import Actor, K
from portal.core.db import db
from portal.core.errors import Refused, Stale
from portal.core.i18n import LANGUAGES, _

from ..models import Account, Contact, ContactRole, Sentiment
from ..rules.text import tidy

CONTACT_FIELDS = ("name", "title", "email", "phone", "role", "influence", "sentiment", "language")


def add_contact(
    account: Account,
    *,
    name: str,
    role: ContactRole,
    by: Actor,
    now: datetime,
    title: str = "",
    email: str = "",
    phone: str = "",
    influence: int = 3,
    sentiment: Sentiment = Sentiment.NEUTRAL,
    language: str | None = None,
) -> Contact:
    """Add a person at the customer; refused without a name or with an influence beyond 1 to 5."""
    contact = Contact(account_id=account.id, created_at=now, updated_at=now)
    values = {
        "name": name,
        "title": title,
        "email": email,
        "phone": phone,
        "role": role,
        "influence": influence,
        "sentiment": sentiment,
        "language": language or account.language,
    }
    changes = _write_contact(contact, values)
    db.session.add(contact)
    _tell("accounts.contact_added", account, changes, by=by, now=now)
    db.session.flush()
    return contact


def edit_contact(
    account: Account,
    contact: Contact,
    *,
    version: int,
    values: Mapping[str, Any],
    left: bool,
    by: Actor,
    now: datetime,
) -> None:
    """Change a person at the customer, or note that they have left; `Stale` as in `edit`."""
    if contact.version != version:
        raise Stale(_("Somebody else changed this person while you were writing."))
    changes = _write_contact(contact, values)
    gone = now if left and contact.left_at is None else contact.left_at if left else None
    if gone != contact.left_at:
        changes["left_at"] = (contact.left_at, gone)
        contact.left_at = gone
    if changes:
        contact.updated_at = now
        _tell("accounts.contact_edited", account, changes, by=by, now=now)
        db.session.flush()


def _write_contact(contact: Contact, values: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    wanted = {field: values[field] for field in CONTACT_FIELDS if field in values}
    for field in ("name", "title", "email", "phone"):
        if field in wanted:
            wanted[field] = tidy(wanted[field])
    if not wanted.get("name"):
        raise Refused(_("Who is it? A contact needs a name."), field="name")
    if not 1 <= wanted.get("influence", 3) <= 5:
        raise Refused(_("Influence runs from 1 to 5."), field="influence")
    if wanted.get("language", "en") not in LANGUAGES:
        raise Refused(_("We speak English, French and Italian."), field="language")
    changes = {f: (getattr(contact, f), v) for f, v in wanted.items() if getattr(contact, f) != v}
    for field, (_before, value) in changes.items():
        setattr(contact, field, value)
    return changes


def _tell(
    name: str, account: Account, changes: Mapping[str, Any], *, by: Actor, now: datetime
) -> None:
    events.record(
        name,
        by=by,
        now=now,
        record=account.reference,
        account_id=account.id,
        klass=K.CONFIDENTIAL,
        changes=changes,
    )
