"""Two people at once: one outcome, on both databases."""

import threading
from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa
from flask import Flask

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.concessions import actions, queries
from portal.blueprints.concessions.models import Approval, Concession, State
from portal.core import clock
from portal.core.db import db as database
from portal.core.errors import Refused
from tests.cast import Cast

from . import making


def at_once(app: Flask, now: datetime, works: list[Callable[[], None]]) -> list[str]:
    """Do several things at the same time, each in a transaction of its own; gives what came."""
    outcomes: list[str] = []
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[], None]) -> None:
        with app.app_context(), clock.moved(now):
            barrier.wait()
            try:
                work()
                database.session.commit()
                outcomes.append("done")
            except (Refused, sa.exc.IntegrityError) as refusal:
                outcomes.append(type(refusal).__name__)
            finally:
                database.session.rollback()
                database.session.remove()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def test_two_approvers_at_once_leave_one_signature(app: Flask, cast: Cast, now: datetime) -> None:
    row = making.draft(cast.acme, 8000, by=cast.carl, now=now)
    actions.request(row, by=cast.carl, now=now)
    database.session.commit()
    reference = row.reference

    def sign(person_id: int) -> Callable[[], None]:
        def work() -> None:
            by = auth_queries.actor(person_id)
            found = queries.get(by, reference, now=now, lock=True)
            actions.approve(found, by=by, now=now)

        return work

    people = [sign(cast.ids["dora"]), sign(cast.ids["ava"])]
    database.session.commit()
    assert at_once(app, now, people) == ["Refused", "done"]
    database.session.expire_all()
    marks = database.session.scalars(sa.select(Approval).filter_by(concession_id=row.id)).all()
    assert len(marks) == 1
    assert database.session.get_one(Concession, row.id).state is State.APPROVED


def test_two_requests_signed_at_once_share_one_limit(app: Flask, cast: Cast, now: datetime) -> None:
    rows = [making.draft(cast.acme, 3000, by=cast.carl, now=now) for _turn in range(2)]
    for row in rows:
        actions.request(row, by=cast.carl, now=now)
    database.session.commit()
    erik = cast.ids["erik"]

    def sign(reference: str) -> Callable[[], None]:
        def work() -> None:
            by = auth_queries.actor(erik)
            actions.approve(queries.get(by, reference, now=now, lock=True), by=by, now=now)

        return work

    works = [sign(row.reference) for row in rows]
    assert at_once(app, now, works) == ["Refused", "done"]
    database.session.expire_all()
    budget = queries.budget("", now=now)
    assert budget is not None
    assert budget.drawn_minor == 300_000
