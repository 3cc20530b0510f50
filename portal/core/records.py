"""What a public reference points to: its subject, its page, and who may see a row that names it."""

from typing import Any

import sqlalchemy as sa

from portal.core import access
from portal.core.access import Actor, Instant, K, Reach, Restriction, Subject

ROOMS: dict[str, tuple[Subject, str]] = {
    "ESC": (Subject.ESCALATION, "escalations"),
    "ACC": (Subject.ACCOUNT, "accounts"),
    "CON": (Subject.CONCESSION, "concessions"),
    "LOT": (Subject.CONCESSION, "concessions/lots"),
    "NOM": (Subject.NOMINATION, "sponsorship"),
    "PNL": (Subject.NOMINATION, "sponsorship"),
    "SPO": (Subject.SPONSORSHIP, "sponsorship"),
    "PM": (Subject.POSTMORTEM, "postmortems"),
    "LN": (Subject.POSTMORTEM, "postmortems"),
    "QR": (Subject.REVIEW, "reviews"),
    "RSK": (Subject.ACCOUNT, "risk"),
    "BRF": (Subject.BRIEFING, "briefings"),
}
"""Prefix of a reference → what it is about, and the room with its page."""


def path_of(record: str | None) -> str | None:
    """Give the page of a record by its reference, None for one that we do not know."""
    room = ROOMS.get((record or "").partition("-")[0])
    return f"/{room[1]}/{record}" if room else None


def visible(
    viewer: Actor, *, account_id: Any, record_ref: Any, klass: Any, now: Instant
) -> sa.ColumnElement[bool]:
    """Give the predicate for rows whose record the viewer may see up to the row's class.

    The three columns say what a row belongs to; a row without a record asks for nothing here. `now`
    is an instant, or `access.AT_RUN`.
    """
    found: list[sa.ColumnElement[bool]] = [record_ref.is_(None)]
    hidden = sa.exists().where(Restriction.record_ref == record_ref)
    for prefix, (subject, _room) in ROOMS.items():
        for wanted in (Reach.ALL, Reach.RELATED):
            top = max(
                (k for k in K if access.reach(viewer, subject, klass=k) >= wanted), default=None
            )
            if top is None or (wanted is Reach.RELATED and top == _top(viewer, subject)):
                continue
            rows = access.scope(
                viewer,
                subject,
                account_id=account_id,
                refs=(record_ref,),
                restricted=hidden,
                klass=top,
                now=now,
            )
            found.append(sa.and_(record_ref.startswith(f"{prefix}-"), klass <= int(top), rows))
    return sa.or_(*found)


def _top(viewer: Actor, subject: Subject) -> K | None:
    """Give the highest class that the viewer may see of every row, without any relation."""
    return max((k for k in K if access.reach(viewer, subject, klass=k) is Reach.ALL), default=None)
