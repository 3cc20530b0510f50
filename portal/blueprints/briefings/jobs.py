"""Typesetting, in a process of its own; and what is sent by the clock."""

import json
from datetime import datetime, timedelta

from flask import current_app

from portal.core import access, clock, jobs
from portal.core.db import db
from portal.reports import pdf, signature

from . import actions, queries
from .models import State


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
        actions.give_up(
            queries.by_reference(reference), why=type(error).__name__, by=by, now=clock.now()
        )
    else:
        row = queries.by_reference(reference)
        actions.keep_pdf(
            row,
            content,
            pages=made.pages,
            signed=signer.name if signer else "",
            by=by,
            now=clock.now(),
        )
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


JOBS = {render: "heavy", deliver: "default"}
EVERY = {deliver_due: timedelta(minutes=5), ask_callers: timedelta(minutes=5)}
