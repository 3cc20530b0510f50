"""Customers with all that their risk is reckoned from, laid set by set: seconds for 200,000."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bench.fill import NOW, SYSTEM
from portal.blueprints.accounts.models import (
    Account,
    Contact,
    ContactRole,
    HealthSignal,
    Lifecycle,
    Promise,
    PromiseKind,
    PromiseState,
    Sentiment,
)
from portal.blueprints.auth import actions as auth_actions
from portal.blueprints.escalations.models import (
    ClockEvent,
    ClockKind,
    Escalation,
    Level,
    Notice,
    Problem,
    Severity,
    State,
    Trigger,
)
from portal.blueprints.policies import actions as policy_actions
from portal.core.access import Grade, Role
from portal.core.db import Base, db

READER, PASSWORD = "leader@bench.example", "bench horse battery staple"
DAY = timedelta(days=1)
SEEN = tuple(NOW - days * DAY for days in (88, 64, 40, 16))
"""When health, use and delay of payment were observed, or up to thirteen days later."""
CASES, BROKEN, BREACHED, AGAIN = 5, 20, 25, 100
"""One account in so many has a case, a broken promise, went without news, saw a case come back."""


def lay(size: int) -> None:
    """Put `size` accounts into a migrated database, with two people each, twelve signals, and
    cases, notices, promises and cases that came back for some.
    """
    auth_actions.ensure_roles()
    auth_actions.ensure_organisation(name="Halden Systems").confirmed_at = NOW
    policy_actions.publish_defaults(by=SYSTEM, now=NOW)
    auth_actions.add_person(
        email=READER,
        name="Leader Bench",
        roles=[Role.LEADERSHIP],
        password=PASSWORD,
        grade=Grade.CXO,
        by=SYSTEM,
        now=NOW,
    )
    db.session.flush()
    for model, columns, rows in (
        *_customers(size),
        *_signals(size),
        *_cases(size),
        *_promises(size),
    ):
        names = list(columns)
        query = rows.with_only_columns(*(columns[name].label(name) for name in names))
        db.session.execute(sa.insert(model).from_select(names, query))
    db.session.commit()
    settle()


def settle() -> None:
    """Let the planner know the tables, as the database itself does after a while."""
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as line:
            line.execute(sa.text("vacuum analyze"))
            line.execute(sa.text("checkpoint"))
    else:
        db.session.execute(sa.text("analyze"))
        db.session.commit()


Laid = Iterator[tuple[type[Base], dict[str, Any], sa.Select[Any]]]


def _count(to: int) -> Any:
    first = sa.select(sa.literal(1).label("i")).cte("n", recursive=True)
    return first.union_all(sa.select(first.c.i + 1).where(first.c.i < to))


def _one(model: type[Base], name: str, value: Any) -> Any:
    return sa.literal(value, model.__table__.c[name].type)


def _pick(by: Any, model: type[Base], name: str, values: Sequence[Any]) -> Any:
    """Give one of some values for a column, in turn."""
    kind = model.__table__.c[name].type
    every = {n: sa.literal(value, kind) for n, value in enumerate(values)}
    return sa.case(every, value=by % len(values))


def _customers(size: int) -> Laid:
    n = _count(size)
    i, word = n.c.i, sa.cast(n.c.i, sa.String)
    renewals = [date(2026, 11, 25) + 9 * k * DAY for k in range(80)]
    arr = (i * 7919) % 997 * (i % 89 + 1) * 10_000 + 50_000
    yield (
        Account,
        {
            "id": i,
            "reference": sa.literal("ACC-") + word,
            "external_id": word,
            "source": sa.literal("bench"),
            "name": sa.literal("Customer ") + word,
            "name_key": sa.literal("customer ") + word,
            "segment": _pick(i, Account, "segment", ["enterprise", "mid-market", "small"]),
            "region": _pick(i // 7, Account, "region", ["emea", "north", "south", "apac"]),
            "lifecycle": _pick(
                i, Account, "lifecycle", [Lifecycle.NOTICE_GIVEN] + [Lifecycle.ACTIVE] * 49
            ),
            "renewal_on": _pick(i * 31, Account, "renewal_on", renewals),
            "arr_minor": arr,
            "arr_sort": arr,
        },
        sa.select(n),
    )
    n = _count(2 * size)
    i = n.c.i
    gone = [None] * 12 + [NOW - 40 * DAY]
    yield (
        Contact,
        {
            "account_id": (i + 1) // 2,
            "name": sa.literal("Contact"),
            "role": _pick(
                i, Contact, "role", [ContactRole.EXECUTIVE_COUNTERPART, ContactRole.CHAMPION]
            ),
            "influence": i % 5 + 1,
            "sentiment": _pick(
                i // 3,
                Contact,
                "sentiment",
                [Sentiment.WITH_US, Sentiment.NEUTRAL, Sentiment.WAVERING, Sentiment.AGAINST_US],
            ),
            "left_at": _pick(i, Contact, "left_at", gone),
        },
        sa.select(n),
    )


def _signals(size: int) -> Laid:
    n = _count(size)
    i, unit = n.c.i, 10**8
    # In the order in which they came in, as they do: account by account within a day.
    for turn, at in enumerate(SEEN):
        worth = {
            "health": 100 - turn * (i % 9),
            "usage": 5_000 - turn * (i % 700),
            "payment_delay": (i * 13 + turn) % 45,
        }
        for kind, value in worth.items():
            yield (
                HealthSignal,
                {
                    "account_id": i,
                    "kind": sa.literal(kind),
                    "value": sa.cast(value, sa.BigInteger) * unit,
                    "observed_at": _pick(
                        i, HealthSignal, "observed_at", [at + days * DAY for days in range(14)]
                    ),
                    "source": sa.literal("bench"),
                    "external_id": sa.literal(f"{turn}"),
                },
                sa.select(n),
            )


def _cases(size: int) -> Laid:
    n = _count(size // CASES)
    i, word = n.c.i, sa.cast(n.c.i, sa.String)
    opened = [NOW - days * DAY for days in range(3, 400, 3)]
    yield (
        Escalation,
        {
            "id": i,
            "reference": sa.literal("ESC-2026-") + word,
            "register_year": sa.literal(2026),
            "register_number": i,
            "account_id": i * CASES,
            "title": sa.literal("Invoices are wrong"),
            "state": _pick(i, Escalation, "state", [State.STABILISING, State.CLOSED]),
            "trigger": _one(Escalation, "trigger", Trigger.EXECUTIVE_COMPLAINT),
            "severity": _pick(i // 2, Escalation, "severity", list(Severity)),
            "level": _one(Escalation, "level", Level.L2),
            "problem": _one(Escalation, "problem", Problem.OTHER),
            "customer_words": sa.literal("We shall not pay."),
            "demand": sa.literal("Correct invoices"),
            "opened_at": _pick(i, Escalation, "opened_at", opened),
        },
        sa.select(n),
    )
    n = _count(size // BREACHED)
    at = _pick(n.c.i, Notice, "due_at", [NOW - days * DAY for days in range(1, 150, 7)])
    yield (
        Notice,
        {
            "escalation_id": n.c.i * (BREACHED // CASES),
            "clock": _one(Notice, "clock", ClockKind.SILENCE),
            "step": sa.literal("due"),
            "occurrence": sa.literal("1"),
            "due_at": at,
            "given_at": at,
        },
        sa.select(n),
    )
    n = _count(size // AGAIN)
    at = _pick(n.c.i, ClockEvent, "at", [NOW - days * DAY for days in range(1, 150, 7)])
    yield (
        ClockEvent,
        {
            "escalation_id": n.c.i * (AGAIN // CASES),
            "kind": sa.literal("reopened"),
            "at": at,
            "recorded_at": at,
        },
        sa.select(n),
    )


def _promises(size: int) -> Laid:
    n = _count(size // BROKEN)
    at: datetime = NOW - 100 * DAY
    yield (
        Promise,
        {
            "account_id": n.c.i * BROKEN,
            "kind": _one(Promise, "kind", PromiseKind.INFORMATION),
            "what": sa.literal("Send the corrected invoices"),
            "to_whom": sa.literal("Contact"),
            "made_at": _one(Promise, "made_at", at),
            "due_at": _one(Promise, "due_at", at),
            "state": _one(Promise, "state", PromiseState.BROKEN),
            "settled_at": _pick(
                n.c.i, Promise, "settled_at", [NOW - days * DAY for days in range(1, 150, 7)]
            ),
        },
        sa.select(n),
    )
