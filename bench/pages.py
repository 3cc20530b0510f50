"""Which pages are measured, what the floor is asked beside each, and how often ours may take."""

import itertools
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import Flask

from bench.fill import NOW, Company
from bench.measure import Answer, Pair, Remote
from bench.measure import counted as statements
from bench.words import WORDS
from portal.blueprints.accounts import queries as accounts
from portal.blueprints.accounts.models import Account, Contact
from portal.blueprints.auth import queries as auth
from portal.blueprints.customer_room import actions as room
from portal.blueprints.customer_room import queries as room_queries
from portal.blueprints.escalations import actions as acts
from portal.blueprints.escalations import queries as cases
from portal.blueprints.escalations.models import Escalation
from portal.core import clock
from portal.core.access import Actor
from portal.core.db import db

DEEP = 50_000
DEMAND = "Correct the invoices of the third quarter"
STEP = 1000


@dataclass(frozen=True)
class Plan:
    """The addresses of both sides, by the name of the page; accounts without an open case."""

    case: str
    deep: int
    accounts_after: tuple[str, str]
    cases_after: tuple[str, str]
    calm: list[str]
    room: str


def plan(company: Company, *, size: int) -> Plan:
    """Find the cursors of the pages that lie deep, and accounts that have no open case."""
    person = auth.by_email("manager@bench.example")
    assert person
    me, deep = auth.actor_of(person), min(DEEP, size // 2)
    deep -= deep % STEP or 0
    calm = sa.select(Account.reference).where(Account.open_cases == 0).limit(2000)
    return Plan(
        case=company.case,
        deep=deep,
        accounts_after=_accounts_after(me, deep),
        cases_after=_cases_after(me, deep),
        calm=list(db.session.scalars(calm)),
        room=_room(company.case, me),
    )


def _room(reference: str, me: Actor) -> str:
    """Open a case to one of the customer's people, with what they read there; gives the address."""
    now = clock.now()
    case = cases.get(me, reference, now=now)
    who = sa.select(Contact).where(Contact.account_id == case.account_id).limit(1)
    for text in ("Three in five invoices are correct.", "All are checked by Friday."):
        row = acts.write_status(case, text, contact=None, every_days=None, by=me, now=now)
        row.approved_by_id, row.approved_at = me.id, now
    for n in range(5):
        acts.add_criterion(case, f"Invoices of week {n + 1} are right", by=me, now=now)
    given = {"days": 90, "base_url": "http://127.0.0.1", "send": False}
    link = room.make_link(case, db.session.scalars(who).one(), **given, by=me, now=now)
    return f"{ROOM}{room_queries.token_of(link)}"


def _accounts_after(me: Actor, deep: int) -> tuple[str, str]:
    cursor = None
    for _turn in range(deep // STEP):
        cursor = accounts.page(me, accounts.Search(), cursor=cursor, now=NOW, limit=STEP).after
    there = (
        sa.select(Account.name_key, Account.id)
        .order_by(Account.name_key, Account.id)
        .offset(max(deep - 1, 0))
        .limit(1)
    )
    name, row = db.session.execute(there).one()
    ours = f"/accounts/?{urlencode({'after': cursor or ''})}"
    return f"/accounts/after?{urlencode({'name': name, 'id': row})}", ours


def _cases_after(me: Actor, deep: int) -> tuple[str, str]:
    cursor, search = None, cases.Search(state="all")
    for _turn in range(deep // STEP):
        cursor = cases.page(me, search, cursor=cursor, now=NOW, limit=STEP).after
    there = (
        sa.select(Escalation.opened_at, Escalation.id)
        .order_by(Escalation.opened_at.desc(), Escalation.id.desc())
        .offset(max(deep - 1, 0))
        .limit(1)
    )
    at, row = db.session.execute(there).one()
    ours = f"/escalations/?{urlencode({'state': 'all', 'after': cursor or ''})}"
    return f"/cases/after?{urlencode({'at': str(at.replace(tzinfo=None)), 'id': row})}", ours


def _names(plan: Plan) -> dict[str, tuple[str, str, float]]:
    """Give the pages that are read: the floor's address, ours, the goal."""
    return {
        "account list, first page": ("/accounts", "/accounts/", 2.0),
        f"account list, {plan.deep:,} rows in": (*plan.accounts_after, 2.0),
        "escalation list, first page": ("/cases", "/escalations/", 2.0),
        f"escalation list, {plan.deep:,} rows in": (*plan.cases_after, 2.0),
        "case page": (f"/cases/{plan.case}", f"/escalations/{plan.case}", 3.0),
        "customer room": (f"/cases/{plan.case}", plan.room, 3.0),
    }


DECLARE, ROOM = "declare a case", "/room/"


def pairs(plan: Plan, floor: Remote, ours: Remote) -> Iterator[Pair]:
    """Give every measurement; each declaration is for an account that has no open case."""
    guest = Remote(ours.port)
    for name, (theirs, own, goal) in _names(plan).items():
        side = guest if own.startswith(ROOM) else ours
        yield Pair(name, _getting(floor, theirs), _getting(side, own), goal)
    numbers = itertools.count(1)
    calm = iter(plan.calm)
    token = _token(ours.get("/escalations/new"))

    def create() -> Answer:
        number = next(numbers)
        form = {"reference": f"FLOOR-{number}", "number": number, "words": WORDS, "demand": DEMAND}
        return floor.post("/cases", form)

    def declare() -> Answer:
        return ours.post("/escalations/new", _form(next(calm), token))

    yield Pair(DECLARE, create, declare, 2.0, status=303)


def _getting(side: Remote, address: str) -> Callable[[], Answer]:
    return lambda: side.get(address)


def _token(answer: Answer) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer.body.decode())
    if found is None:
        raise RuntimeError(f"no form to declare with: {answer.status}")
    return found[1]


def _form(account: str, token: str) -> dict[str, str]:
    return {
        "account": account,
        "words": WORDS,
        "demand": DEMAND,
        "problem": "billing",
        "channel": "phone",
        "notice_channel": "mail",
        "csrf_token": token,
        "once": secrets.token_urlsafe(16),
    }


def counted(app: Flask, cookie: str, plan: Plan) -> dict[str, int]:
    """Count the statements of each page, once everything that is kept has been read."""
    client = app.test_client()
    name, _mark, word = cookie.partition("=")
    client.set_cookie(name, word)
    found = {}
    for page, (_floor, own, _goal) in _names(plan).items():
        client.get(own)
        with statements() as seen:
            assert client.get(own).status_code == 200
        found[page] = len(seen)
    token = _token(Answer(200, {}, client.get("/escalations/new").data))
    with statements() as seen:
        answer = client.post("/escalations/new", data=_form(plan.calm.pop(), token))
    assert answer.status_code == 303, answer.get_data(as_text=True)[:2000]
    found[DECLARE] = len(seen)
    return found
