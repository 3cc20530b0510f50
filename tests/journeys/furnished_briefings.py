"""What is sent by the clock, and calls, as the pages of the walk show them."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.auth.models import User
from portal.blueprints.briefings import actions as briefings
from portal.blueprints.briefings import queries
from portal.blueprints.briefings.actions import BookWish, CallWish, Wish
from portal.blueprints.briefings.models import (
    AccountBook,
    Briefing,
    Kind,
    Rhythm,
    State,
    Subscription,
)
from portal.blueprints.escalations.models import Escalation
from portal.core import clock
from tests.cast import Cast


def send_and_call(case: Escalation, cast: Cast, now: datetime) -> None:
    """Let somebody be sent a delta each morning, and a call be over and another to come."""
    wish = Wish(kind=Kind.DELTA, about="MINE", rhythm=Rhythm.WORKDAYS, hour=7)
    row = briefings.subscribe(cast.ava, wish, reader=cast.ava, now=now)
    briefings.deliver(row, verify_at="x.example/verify", now=row.next_at or now)
    about = case.reference
    found = queries.ahead(cast.ava, about, now=now)
    call = CallWish(
        about=about,
        at=now + timedelta(minutes=1),
        guests={one.id: "Their plant" for one in found.contacts[:2]},
        say=found.say,
        avoid=found.avoid,
    )
    for at in (now + timedelta(minutes=1), now + timedelta(days=1)):
        over = replace(call, at=at)
        briefings.plan(cast.ava, over, caller=cast.ava, verify_at="x.example/verify", now=now)
    book = BookWish(accounts=[cast.acme.reference], locale="en")
    briefings.ask_for_book(cast.ava, book, reader=cast.ava, most=9, by=cast.ava, now=now)


def known(db: Any, case: str) -> dict[tuple[str, str], list[str]]:
    """Give the addresses that the walk opens."""
    rows = db.session.scalars(sa.select(Subscription))
    tokens = [queries.leave_path(row).rpartition("/")[2] for row in rows]
    return {
        ("briefings", "token"): tokens,
        ("briefings", "book"): list(db.session.scalars(sa.select(AccountBook.reference))),
        ("briefings", "word"): [_used(db)],
        ("briefings.plan_call", "?"): [f"?about={case}"],
    }


def _used(db: Any) -> str:
    """Give the word of a link that was opened already."""
    ready = Briefing.state.in_((State.ISSUED, State.DRAFT))
    row = db.session.scalars(sa.select(Briefing).where(ready).order_by(Briefing.id)).first()
    reader = auth_queries.actor(row.reader_id)
    _keep(db, ready)
    made = briefings.make_link(row, days=1, by=reader, now=clock.now())
    briefings.use_link(made.row, by=reader, now=clock.now())
    word = made.word
    db.session.commit()
    return word


def _keep(db: Any, ready: Any) -> None:
    """Keep what may be kept on a device of its reader."""
    for row in db.session.scalars(sa.select(Briefing).where(ready)):
        reader = auth_queries.actor(row.reader_id)
        if queries.may_keep(reader, row, now=clock.now()):
            key = db.session.get_one(User, reader.id).fs_uniquifier
            given = {"word": "", "user_key": key, "hours": 72, "by": reader}
            briefings.keep_copy(row, **given, now=clock.now())
