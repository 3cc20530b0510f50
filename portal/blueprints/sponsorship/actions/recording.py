"""What every action of this room does: the event, the story, the people told, the decision."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account, EntryKind, Lane
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.notifications import actions as notification_actions
from portal.core import events
from portal.core.access import Actor, K, Role
from portal.core.errors import Refused
from portal.core.i18n import _
from portal.core.plain import legible, plain

from ..models import Nomination, Panel, Sponsor, Sponsorship

Record = Nomination | Sponsorship
ROOM = "sponsorship"
LONGEST = 4_000
MOST_KINDS, LONGEST_KIND = 20, 80


def account_of(row: Record) -> Account:
    """Give the account of a nomination or a sponsorship."""
    return account_queries.by_id(row.account_id)


def log(
    row: Record | Sponsor | Panel,
    verb: str,
    *,
    by: Actor,
    now: datetime,
    data: Mapping[str, Any] | None = None,
    changes: Mapping[str, tuple[Any, Any]] | None = None,
) -> str:
    """Record the one event of an action; gives its id."""
    return events.record(
        f"{ROOM}.{verb}",
        by=by,
        now=now,
        record=row.reference,
        account_id=row.account_id if isinstance(row, Nomination | Sponsorship) else None,
        klass=K.INTERNAL if isinstance(row, Sponsor) else K.CONFIDENTIAL,
        data=data,
        changes=changes,
    )


def tell_story(
    row: Record,
    text: str,
    *,
    uid: str,
    by: Actor,
    now: datetime,
    kind: EntryKind = EntryKind.DECISION,
    lane: Lane = Lane.INTERNAL,
    at: datetime | None = None,
) -> None:
    """Add an entry to the story of the account, or of the case that a nomination follows."""
    account_actions.add_entry(
        row.account_id,
        lane=lane,
        kind=kind,
        text=text,
        by=by,
        now=now,
        event_at=at,
        case_ref=row.case_ref if isinstance(row, Nomination) else None,
        klass=K.CONFIDENTIAL,
        language=by.language,
        event_uid=uid,
    )


def inform(
    row: Record,
    people: Mapping[int | None, str],
    template: str,
    *,
    key: str,
    by: Actor,
    now: datetime,
    **context: Any,
) -> None:
    """Tell people (id → why they are told) about a record, but not who did it."""
    shown = {"account": account_of(row).name, "by": by.name}
    for person_id, why in people.items():
        if person_id is None or person_id == by.id:
            continue
        notification_actions.notify(
            person_id,
            template=f"{ROOM}/{template}",
            context=shown | context,
            why=why,
            key=f"{row.reference}:{key}:{person_id}",
            record=row.reference,
            account_id=row.account_id,
            klass=K.CONFIDENTIAL,
            by=by,
            now=now,
        )


def programme() -> dict[int | None, str]:
    """Give who runs the programme, and why they are told."""
    return {person.id: "programme" for person in auth_queries.people(role=Role.PROGRAMME_MANAGER)}


def tidy(text: str, *, field: str, most: int = LONGEST) -> str:
    """Give a text without spaces around it; Refused where it is too long."""
    words = text.replace("\r\n", "\n").strip()
    if len(words) > most:
        raise Refused(_("This is too long: %(most)s characters at most.", most=most), field=field)
    return words


def kinds(given: Iterable[str], *, field: str) -> list[str]:
    """Give names of what people know once each, whatever their accents and capitals, without those
    in which nothing can be read; `Refused` for too many, or a long one.
    """
    said = [legible(one) for one in given]
    names = {plain(one): one for one in said if one}
    if len(names) > MOST_KINDS:
        raise Refused(_("Name at most %(most)s.", most=MOST_KINDS), field=field)
    if any(len(one) > LONGEST_KIND for one in names.values()):
        raise Refused(
            _("Separate them by commas, each of at most %(most)s letters.", most=LONGEST_KIND),
            field=field,
        )
    return sorted(names.values(), key=str.casefold)


def note_export(what: str, count: int, *, kind: str, by: Actor, now: datetime) -> None:
    """Record that somebody took a table as a file: which, how many lines, in which form."""
    events.record(
        f"{ROOM}.exported",
        by=by,
        now=now,
        klass=K.CONFIDENTIAL,
        data={"table": what, "lines": count, "kind": kind},
    )
