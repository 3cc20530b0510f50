"""What is added to the story of an account: entries, and promises with what became of them."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal.blueprints.policies.models import Decision
from portal.core import events
from portal.core.access import Actor, ActorKind, K
from portal.core.db import db
from portal.core.deadlines import refuse_too_late
from portal.core.errors import Refused
from portal.core.i18n import LANGUAGES, _, kept

from ..models import (
    Account,
    EntryKind,
    Lane,
    Promise,
    PromiseKind,
    PromiseState,
    TimelineEntry,
)
from ..rules.text import tidy

LONGEST_TEXT = 20_000
LONGEST_PROMISE = 400
CLOCKS_DIFFER = timedelta(minutes=5)
NEED_AUTHORITY = frozenset(
    {
        PromiseKind.MONEY,
        PromiseKind.PRICE,
        PromiseKind.TERM,
        PromiseKind.SCOPE,
        PromiseKind.ROADMAP,
    }
)
"""Kinds of promise that touch money or the contract: they need an approved compensation case."""


def add_entry(
    account_id: int,
    *,
    lane: Lane,
    kind: EntryKind,
    text: str,
    by: Actor,
    now: datetime,
    case_ref: str | None = None,
    event_at: datetime | None = None,
    klass: K = K.INTERNAL,
    language: str = "en",
    corrects_id: int | None = None,
    event_uid: str | None = None,
    file_id: int | None = None,
) -> TimelineEntry:
    """Note something that happened with an account or a case of it; it is never changed, only
    corrected by a new entry that names it.

    `event_at` (aware) is when it happened, now if not given. An action that tells of the change
    itself passes its own event as `event_uid`; otherwise the entry records one. Refused for an
    empty text, a time to come, or a correction of what is not of this account.
    """
    words, happened = _entry_words(text), event_at or now
    if happened > now + CLOCKS_DIFFER:
        raise Refused(_("This lies in the future: note it once it has happened."), field="event_at")
    if klass >= K.COUNSEL:
        raise ValueError("the counsel lane is not kept here")
    if corrects_id is not None:
        _check_corrected(corrects_id, account_id=account_id, case_ref=case_ref)
    uid = event_uid or _record(
        "accounts.entry_added",
        account_id,
        by=by,
        now=now,
        record=case_ref,
        klass=klass,
        data={"lane": lane.value, "kind": kind.value, "corrects": corrects_id},
        changes={"text": (None, words)},
    )
    entry = TimelineEntry(
        account_id=account_id,
        case_ref=case_ref,
        lane=lane,
        kind=kind,
        klass=int(klass),
        event_at=happened,
        recorded_at=now,
        author_id=by.id if by.kind is ActorKind.PERSON else None,
        author_name=_shown(by),
        text=words,
        said=kept(text),
        language=language if language in LANGUAGES else "en",
        corrects_id=corrects_id,
        event_uid=uid,
        file_id=file_id,
    )
    db.session.add(entry)
    db.session.flush()
    return entry


def _shown(author: Actor) -> str:
    """Give an author's name; our own work has one for the log alone, in no reader's language."""
    return "" if author.kind is ActorKind.JOB else author.name[:120]


def _entry_words(text: str) -> str:
    words = tidy(text, lines=True)
    if not words:
        raise Refused(_("There is nothing to note: the text is empty."), field="text")
    if len(words) > LONGEST_TEXT:
        raise Refused(
            _("The text is too long: %(n)s characters at most.", n=LONGEST_TEXT), field="text"
        )
    return words


def _check_corrected(entry_id: int, *, account_id: int, case_ref: str | None) -> None:
    found = db.session.execute(
        sa.select(TimelineEntry.account_id, TimelineEntry.case_ref).where(
            TimelineEntry.id == entry_id
        )
    ).one_or_none()
    if found is None or tuple(found) != (account_id, case_ref):
        raise Refused(_("The entry to correct is not part of this story."), field="corrects_id")


def _record(
    name: str,
    account_id: int,
    *,
    by: Actor,
    now: datetime,
    record: str | None = None,
    klass: K = K.INTERNAL,
    data: dict[str, Any] | None = None,
    changes: dict[str, tuple[Any, Any]] | None = None,
) -> str:
    if record is None:
        record = db.session.scalar(sa.select(Account.reference).where(Account.id == account_id))
    return events.record(
        name,
        by=by,
        now=now,
        record=record,
        account_id=account_id,
        klass=klass,
        data=data,
        changes=changes,
    )


def promise(
    account_id: int,
    *,
    kind: PromiseKind,
    what: str,
    to_whom: str,
    due_at: datetime,
    by: Actor,
    now: datetime,
    by_id: int | None = None,
    authority_id: int | None = None,
    case_ref: str | None = None,
    concession_ref: str | None = None,
    made_at: datetime | None = None,
    language: str = "en",
    klass: K = K.INTERNAL,
) -> Promise:
    """Write down what we promised: to whom, by whom (the actor if not given), by when.

    What touches money, price, term, scope or roadmap rests on an approved compensation case of this
    account; without one it is kept too, marked, and `accounts.promised_without_authority` tells
    finance. Refused for empty words or a due time that has passed when the promise was made.
    """
    made = made_at or now
    words, person = _promise_words(what, to_whom)
    if due_at <= made:
        raise Refused(_("A promise is due after it was made."), field="due_at")
    refuse_too_late(due_at, now=now, field="due_at")
    if made > now + CLOCKS_DIFFER:
        raise Refused(_("This lies in the future: note it once it has happened."), field="made_at")
    alone = kind in NEED_AUTHORITY and not _approved(concession_ref, account_id=account_id)
    row = Promise(
        account_id=account_id,
        case_ref=case_ref,
        kind=kind,
        what=words,
        to_whom=person,
        by_id=by_id or (by.id if by.kind is ActorKind.PERSON else None),
        authority_id=authority_id,
        concession_ref=concession_ref,
        without_authority=alone,
        made_at=made,
        due_at=due_at,
        next_notice_at=now if case_ref else None,
        created_at=now,
        updated_at=now,
    )
    db.session.add(row)
    db.session.flush()
    _tell_promise(
        "accounts.promised_without_authority" if alone else "accounts.promised",
        row,
        by=by,
        now=now,
        text=words,
        event_at=made,
        language=language,
        klass=klass,
    )
    return row


def _promise_words(what: str, to_whom: str) -> tuple[str, str]:
    words, person = tidy(what), tidy(to_whom)
    if not words:
        raise Refused(_("What was promised? Write it down in a sentence."), field="what")
    if len(words) > LONGEST_PROMISE:
        raise Refused(
            _("The text is too long: %(n)s characters at most.", n=LONGEST_PROMISE), field="what"
        )
    if not person:
        raise Refused(_("To whom was it promised?"), field="to_whom")
    return words, person[:160]


def _approved(concession_ref: str | None, *, account_id: int) -> bool:
    """Say whether a compensation case of the account was approved: its last decision says so."""
    if not concession_ref:
        return False
    chosen = db.session.scalar(
        sa.select(Decision.chosen)
        .where(Decision.record_ref == concession_ref, Decision.account_id == account_id)
        .order_by(Decision.id.desc())
        .limit(1)
    )
    if not chosen:
        return False
    return chosen.get("approved") is True or chosen.get("state") == "approved"


def _tell_promise(
    name: str,
    row: Promise,
    *,
    by: Actor,
    now: datetime,
    text: str,
    event_at: datetime | None = None,
    language: str = "en",
    klass: K = K.INTERNAL,
    reason: str = "",
) -> None:
    uid = _record(
        name,
        row.account_id,
        by=by,
        now=now,
        record=row.case_ref,
        klass=klass,
        data={
            "promise": row.id,
            "replaces": row.replaces_id,
            "kind": row.kind.value,
            "state": row.state.value,
            "due": row.due_at.isoformat(),
            "by": row.by_id,
            "concession": row.concession_ref,
        },
        changes={"what": (None, row.what), **({"reason": (None, reason)} if reason else {})},
    )
    add_entry(
        row.account_id,
        case_ref=row.case_ref,
        lane=Lane.CUSTOMER,
        kind=EntryKind.PROMISE,
        text=text,
        event_at=event_at,
        klass=klass,
        by=by,
        now=now,
        language=language,
        event_uid=uid,
    )


def _settle(row: Promise, state: PromiseState, *, reason: str, now: datetime) -> str:
    if row.state is not PromiseState.OPEN:
        raise Refused(_("This promise is settled already."))
    words = tidy(reason)
    if state is not PromiseState.KEPT and not words:
        raise Refused(_("Why? Write the reason in a sentence."), field="reason")
    row.state, row.settled_at, row.updated_at = state, now, now
    row.reason = words[:LONGEST_PROMISE]
    db.session.flush()
    return words


def keep(row: Promise, *, by: Actor, now: datetime, reason: str = "") -> None:
    """Note that a promise was kept; refused where it is settled already."""
    words = _settle(row, PromiseState.KEPT, reason=reason, now=now)
    text = _("Kept: %(what)s", what=row.what)
    _tell_promise("accounts.promise_kept", row, by=by, now=now, text=text, reason=words)


def break_(row: Promise, *, reason: str, by: Actor, now: datetime) -> None:
    """Note that a promise was broken, and why; refused without a reason or where it is settled."""
    words = _settle(row, PromiseState.BROKEN, reason=reason, now=now)
    text = _("Broken: %(what)s", what=row.what)
    _tell_promise("accounts.promise_broken", row, by=by, now=now, text=text, reason=words)


def renegotiate(
    row: Promise, *, what: str, due_at: datetime, reason: str, by: Actor, now: datetime
) -> Promise:
    """Replace a promise by another that the customer agreed to; gives the new one, which names the
    old.
    """
    if due_at <= now:
        raise Refused(_("A promise is due after it was made."), field="due_at")
    refuse_too_late(due_at, now=now, field="due_at")
    words, _person = _promise_words(what, row.to_whom)
    why = _settle(row, PromiseState.RENEGOTIATED, reason=reason, now=now)
    alone = row.kind in NEED_AUTHORITY and not _approved(
        row.concession_ref, account_id=row.account_id
    )
    new = Promise(
        account_id=row.account_id,
        case_ref=row.case_ref,
        kind=row.kind,
        what=words,
        to_whom=row.to_whom,
        by_id=row.by_id,
        authority_id=row.authority_id,
        concession_ref=row.concession_ref,
        without_authority=alone,
        made_at=now,
        due_at=due_at,
        replaces_id=row.id,
        next_notice_at=now if row.case_ref else None,
        created_at=now,
        updated_at=now,
    )
    db.session.add(new)
    db.session.flush()
    text = _("Renegotiated: %(what)s", what=words)
    _tell_promise("accounts.promise_renegotiated", new, by=by, now=now, text=text, reason=why)
    return new
