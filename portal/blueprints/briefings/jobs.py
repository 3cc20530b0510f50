"""Typesetting, in a process of its own; and what is sent by the clock."""

import json
from datetime import datetime, timedelta
from typing import Any

from flask import current_app

from portal.blueprints.auth import queries as auth_queries
from portal.core import access, clock, jobs
from portal.core.db import db, looking
from portal.reports import pdf, signature

from . import actions, queries, rules
from .models import BookState, CopyEnding, State


def render(reference: str) -> None:
    """Typeset an issue from its snapshot, sign it where a certificate is set, and store it; done
    twice, the second time finds it done.
    """
    row = queries.by_reference(reference)
    text, kind, locale, paper = json.dumps(row.snapshot), row.kind.value, row.locale, row.paper
    waiting = row.state is State.RENDERING
    db.session.commit()  # nothing is held while the child works
    if not waiting:
        return
    by = access.job("briefings.render")
    try:
        made = pdf.render(kind, text, locale=locale, paper=paper)
        # The key is not in the process that typesets what people wrote.
        signer: signature.Signer | None = current_app.extensions["portal_signer"]
        content = signer.sign(made, at=clock.now()) if signer else made
    except pdf.ReportError as error:
        current_app.logger.warning("briefing %s failed: %s", reference, error)
        row = queries.by_reference(reference, lock=True)
        actions.give_up(row, why=type(error).__name__, by=by, now=clock.now())
    else:
        actions.keep_pdf(
            queries.by_reference(reference, lock=True),
            content,
            pages=made.pages,
            signed=signer.name if signer else "",
            by=by,
            now=clock.now(),
        )
    db.session.commit()


def bind(book_id: int) -> None:
    """Collect the customers of a book one by one, writing how far it is, and bind them as one
    issue; one that was cancelled is left alone. Killed in the middle, it begins anew.
    """
    base: str = current_app.config["PORTAL"].base_url
    now = clock.now()
    with looking():
        row = queries.book_to_bind(book_id)
        if row.state is not BookState.COLLECTING:
            return
        wanted = list(row.accounts)
        reader = auth_queries.actor(row.reader_id)
        edition = rules.Edition(
            locale=row.locale,
            paper=row.paper,
            verify_at=base.partition("://")[2] + "/verify",
            annex=row.annex,
        )
    parts = []
    for done, reference in enumerate(wanted, start=1):
        with looking():
            found = queries.part_of(reference, reader=reader, edition=edition, now=now)
        if found is not None:
            parts.append(found)
        is_wanted = actions.keep_done(book_id, done=done)
        db.session.commit()
        if not is_wanted:
            return
    row = queries.book_to_bind(book_id, lock=True)
    actions.bind(row, parts, reader=reader, edition=edition, now=now)
    db.session.commit()


def deliver_due(now: str) -> None:
    """Queue what subscriptions send now, each turn once."""
    for number, turn in queries.due(now=datetime.fromisoformat(now)):
        jobs.enqueue(
            "briefings.deliver",
            key=f"deliver:{number}:{turn.isoformat()}",
            payload={"subscription_id": number},
        )


def deliver(subscription_id: int) -> None:
    """Make what one subscription sends: its issues and its next turn, in one transaction."""
    base: str = current_app.config["PORTAL"].base_url
    actions.deliver(
        queries.to_deliver(subscription_id),
        verify_at=base.partition("://")[2] + "/verify",
        now=clock.now(),
    )


def ask_callers(now: str) -> None:
    """Ask who made a call what they promised, half an hour after it began."""
    moment = datetime.fromisoformat(now)
    for row in queries.calls_over(now=moment):
        actions.ask_after(row, by=access.job("briefings.ask_callers"), now=moment)


def end_copies(event: dict[str, Any]) -> None:
    """End what somebody keeps on devices once they are switched off, or their roles change."""
    copies = queries.unended_of(event["data"]["person"])
    by = access.job("briefings.end_copies")
    actions.end_all(copies, CopyEnding.ACCESS, by=by, now=clock.now())


JOBS = {render: "heavy", bind: "heavy", deliver: "default"}
EVERY = {deliver_due: timedelta(minutes=5), ask_callers: timedelta(minutes=5)}
FOLLOWS = {"auth.person_switched": end_copies, "auth.role_changed": end_copies}
