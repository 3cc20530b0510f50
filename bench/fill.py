"""A large company in a migrated database, by plain inserts; the same seed gives the same rows."""

import itertools
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bench.words import COUNTRIES, DEMANDS, FORMS, PLACES, SEGMENTS, THINGS, WORDS
from portal.blueprints.accounts.models import (
    Account,
    Band,
    Basis,
    Contact,
    ContactRole,
    Contract,
    EntryKind,
    Lane,
    Lifecycle,
    Promise,
    PromiseKind,
    RevenueLine,
    Tier,
    TimelineEntry,
)
from portal.blueprints.auth import actions as auth_actions
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.auth.models import Team, TeamMember, User
from portal.blueprints.escalations.models import (
    OPEN_STATES,
    ClockEvent,
    ClockKind,
    Escalation,
    ExitCriterion,
    Level,
    NextNotice,
    Problem,
    Severity,
    State,
    Trend,
    Trigger,
)
from portal.blueprints.policies import actions as policy_actions
from portal.core import access
from portal.core.access import Grade, Relation, RelationKind, Role
from portal.core.db import Base, Counter, db

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
OWNERS, TEAMS, BATCH = 240, 12, 4000
PASSWORD = "bench horse battery staple"
SYSTEM = access.operator("bench")


@dataclass(frozen=True)
class Company:
    """What the measurements need to know: how many rows there are, and who reads."""

    rows: dict[str, int]
    case: str
    account: str


def fill(size: int, *, accounts: int = 0, story: int = 30) -> Company:
    """Put `size` cases, and as many accounts or `accounts`, with all that hangs on them into the
    database; the newest case, which is the page that is measured, has a `story` of so many entries.
    """
    draw, customers = random.Random(7), accounts or size
    auth_actions.ensure_roles()
    auth_actions.ensure_organisation(name="Halden Systems").confirmed_at = NOW
    policy_actions.publish_defaults(by=SYSTEM, now=NOW)
    readers = [_reader("manager", Role.ESCALATION_MANAGER), _reader("csm", Role.CSM)]
    db.session.commit()
    owners, teams = _people()
    owners = [*owners, readers[1].id]
    _put(Account, _accounts(draw, customers, owners))
    _put(Contact, _contacts(draw, customers))
    _put(Contract, _contracts(draw, customers))
    _put(RevenueLine, _revenue(draw, customers))
    _put(Escalation, _cases(draw, size, customers, owners, teams))
    _go_on()
    _put(ClockEvent, _ticks(size))
    _put(ExitCriterion, _criteria(size))
    _put(TimelineEntry, _story(draw, size, customers, owners, story))
    _put(Promise, _promises(draw, size, customers, owners))
    _put(Relation, _relations(size, customers, owners, teams, reader=readers[1].id))
    _number(size, customers)
    _settle()
    return Company(
        rows={
            name: _count(name) for name in ("account", "escalation", "timeline_entry", "relation")
        },
        case=_case_ref(size - 1),
        account=_account_ref(customers - 1),
    )


def _reader(name: str, role: Role) -> User:
    found = auth_queries.by_email(f"{name}@bench.example")
    return found or auth_actions.add_person(
        email=f"{name}@bench.example",
        name=f"{name.capitalize()} Bench",
        roles=[role],
        password=PASSWORD,
        grade=Grade.MANAGER,
        by=SYSTEM,
        now=NOW,
    )


def _put(model: type[Base], rows: Iterable[dict[str, Any]]) -> None:
    """Insert rows in batches, each in a transaction of its own."""
    supply = iter(rows)
    while batch := list(itertools.islice(supply, BATCH)):
        db.session.execute(sa.insert(model.__table__), batch)
        db.session.commit()


def _people() -> tuple[list[int], list[int]]:
    """Make the people who own accounts and cases, in teams."""
    stamp = {"version": 1, "created_at": NOW, "updated_at": NOW}
    _put(Team, ({"name": f"Team {n + 1}", "region": "EMEA", **stamp} for n in range(TEAMS)))
    _put(User, (_owner(n) for n in range(OWNERS)))
    teams = list(db.session.scalars(sa.select(Team.id).order_by(Team.id)))
    mails = sa.select(User.id).where(User.email.like("owner%")).order_by(User.id)
    owners = list(db.session.scalars(mails))
    pairs = zip(itertools.cycle(teams), owners, strict=False)
    _put(TeamMember, ({"team_id": team, "person_id": person} for team, person in pairs))
    return owners, teams


def _owner(number: int) -> dict[str, Any]:
    return {
        "email": f"owner{number:03}@bench.example",
        "name": f"{PLACES[number % len(PLACES)]} Owner {number:03}",
        "password": "!",
        "active": True,
        "fs_uniquifier": f"owner{number:03}",
        "language": "en",
        "zone": "Europe/Paris",
        "calendar": "FR",
        "grade": Grade.STAFF,
        "create_datetime": NOW,
        "update_datetime": NOW,
    }


def _account_ref(index: int) -> str:
    return f"ACC-{index + 1:05d}"


def _case_ref(index: int) -> str:
    return f"ESC-2026-{index + 1:04d}"


def _customer(index: int, customers: int) -> int:
    """Give the account of a case: spread, so that neighbours in time are not neighbours there."""
    return (index * 7919) % customers + 1


def _stamp(at: datetime) -> dict[str, Any]:
    return {"version": 1, "created_at": at, "updated_at": at}


def _accounts(draw: random.Random, size: int, owners: list[int]) -> Iterator[dict[str, Any]]:
    for n in range(size):
        name = f"{draw.choice(PLACES)} {draw.choice(THINGS)} {n + 1} {draw.choice(FORMS)}"
        arr = int(draw.lognormvariate(15, 1.4))
        score = min(99, int(draw.expovariate(1 / 28)))
        yield {
            "id": n + 1,
            "reference": _account_ref(n),
            "external_id": _account_ref(n),
            "source": "bench",
            "name": name,
            "name_key": name.casefold(),
            "segment": draw.choice(SEGMENTS),
            "industry": draw.choice(THINGS),
            "country": draw.choice(COUNTRIES),
            "lifecycle": draw.choices(list(Lifecycle), (2, 5, 70, 12, 4, 7))[0],
            "owner_id": draw.choice(owners),
            "customer_since": date(2019, 1, 1) + timedelta(draw.randrange(2000)),
            "renewal_on": date(2026, 12, 1) + timedelta(draw.randrange(700)),
            "notice_days": 90,
            "arr_minor": arr,
            "arr_sort": arr,
            "risk_score": score,
            "risk_band": Band.RED if score >= 65 else Band.AMBER if score >= 35 else Band.GREEN,
            "value_tier": draw.choices(list(Tier), (10, 20, 30, 40))[0],
            **_stamp(NOW - timedelta(days=900)),
        }


def _contacts(draw: random.Random, size: int) -> Iterator[dict[str, Any]]:
    roles = list(ContactRole)
    for n in range(2 * size):
        yield {
            "account_id": n // 2 + 1,
            "name": f"Contact {n + 1}",
            "title": "Head of operations",
            "email": f"contact{n + 1}@customer.example",
            "role": draw.choice(roles),
            "influence": draw.randint(1, 5),
            **_stamp(NOW),
        }


def _contracts(draw: random.Random, size: int) -> Iterator[dict[str, Any]]:
    for n in range(size):
        yield {
            "account_id": n + 1,
            "number": f"C-{n + 1}",
            "starts_on": date(2025, 1, 1),
            "ends_on": date(2027, 1, 1),
            "arr_minor": draw.randrange(1_000_000, 90_000_000),
            "currency": "EUR",
            **_stamp(NOW),
        }


def _revenue(draw: random.Random, size: int) -> Iterator[dict[str, Any]]:
    months = (date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1))
    for n, month in itertools.product(range(size), months):
        yield {
            "account_id": n + 1,
            "month": month,
            "basis": Basis.INVOICED,
            "amount_minor": draw.randrange(10_000, 9_000_000),
            "currency": "EUR",
            "source": "bench",
            "recorded_at": NOW,
        }


def _opened(index: int, size: int) -> datetime:
    """Spread the openings of `size` cases over three years, the last one an hour ago."""
    return NOW - timedelta(hours=1) - timedelta(days=1095) * ((size - 1 - index) / max(size, 1))


def _cases(
    draw: random.Random, size: int, customers: int, owners: list[int], teams: list[int]
) -> Iterator[dict[str, Any]]:
    """One case in ten is open; most of those are young."""
    for n in range(size):
        opened = _opened(n, size)
        young = n > size * 0.93
        is_open = draw.random() < (0.85 if young else 0.045)
        state = draw.choice(OPEN_STATES) if is_open or n == size - 1 else State.CLOSED
        due = NOW + timedelta(hours=draw.randrange(-30, 200)) if state in OPEN_STATES else None
        yield {
            "id": n + 1,
            "reference": _case_ref(n),
            "register_year": 2026,
            "register_number": n + 1,
            "account_id": _customer(n, customers),
            "title": draw.choice(DEMANDS),
            "state": state,
            "trigger": draw.choice(list(Trigger)),
            "severity": draw.choices(list(Severity), (5, 20, 45, 30))[0],
            "level": Level.L2,
            "problem": draw.choice(list(Problem)),
            "customer_words": WORDS,
            "demand": draw.choice(DEMANDS),
            "stake_minor": draw.randrange(100_000, 50_000_000),
            "owner_id": draw.choice(owners),
            "team_id": draw.choice(teams),
            "trend": draw.choice(list(Trend)),
            "tags": [],
            "ask_options": [],
            "opened_at": opened,
            "accepted_at": opened + timedelta(minutes=20),
            "closed_at": None if state in OPEN_STATES else opened + timedelta(days=9),
            "next_due_at": due,
            "next_due_kind": ClockKind.SILENCE if due else None,
            "restricted": draw.random() < 0.002 and n != size - 1,
            **_stamp(opened),
        }


def _go_on() -> None:
    """Let the ladder of notice go on with each case when it is next due."""
    due = sa.select(Escalation.id, Escalation.next_due_at).where(
        Escalation.next_due_at.is_not(None)
    )
    db.session.execute(sa.insert(NextNotice).from_select(["id", "at"], due))


def new_case() -> dict[str, Any]:
    """Give the columns that new cases have alike, for whoever inserts one plainly; closed, so that
    its account is free for a declaration.
    """
    fixed = next(_cases(random.Random(7), 1, 1, [1], [1]))
    closed = {"register_year": 2025, "state": State.CLOSED, "next_due_at": None}
    changing = ("id", "reference", "register_number", "customer_words", "demand")
    return {**{k: v for k, v in fixed.items() if k not in changing}, **closed}


def _ticks(size: int) -> Iterator[dict[str, Any]]:
    kinds = ("opened", "owner_named", "acknowledged", "our_contact")
    for n, (turn, kind) in itertools.product(range(size), enumerate(kinds)):
        at = _opened(n, size) + timedelta(minutes=10 * turn)
        yield {"escalation_id": n + 1, "kind": kind, "at": at, "recorded_at": at, "reason": ""}


def _criteria(size: int) -> Iterator[dict[str, Any]]:
    texts = ("The invoices are correct", "The customer has confirmed it in writing")
    for n, text in itertools.product(range(size), texts):
        yield {"escalation_id": n + 1, "text": text, **_stamp(_opened(n, size))}


def _story(
    draw: random.Random, size: int, customers: int, owners: list[int], longest: int
) -> Iterator[dict[str, Any]]:
    """Three entries a case, the newest has the longest story."""
    kinds = (EntryKind.CALL, EntryKind.NOTE, EntryKind.EMAIL_OUT)
    for n in range(size):
        for turn in range(longest if n == size - 1 else 3):
            at = _opened(n, size) + timedelta(minutes=turn)
            yield {
                "account_id": _customer(n, customers),
                "case_ref": _case_ref(n),
                "lane": Lane.INTERNAL if turn % 3 == 1 else Lane.CUSTOMER,
                "kind": kinds[turn % 3],
                "klass": 1,
                "event_at": at,
                "recorded_at": at,
                "author_id": draw.choice(owners),
                "text": WORDS,
                "event_uid": f"bench{n}-{turn}",
            }


def _promises(
    draw: random.Random, size: int, customers: int, owners: list[int]
) -> Iterator[dict[str, Any]]:
    for n in range(0, size, 2):
        at = _opened(n, size)
        yield {
            "account_id": _customer(n, customers),
            "case_ref": _case_ref(n),
            "kind": PromiseKind.INFORMATION,
            "what": "Send the corrected invoices",
            "to_whom": "Contact 1",
            "by_id": draw.choice(owners),
            "made_at": at,
            "due_at": at + timedelta(days=2),
            **_stamp(at),
        }


def _relations(
    size: int, customers: int, owners: list[int], teams: list[int], *, reader: int
) -> Iterator[dict[str, Any]]:
    """Who owns an account or a case, whose team works on it; the CSM stands to one in 200."""
    blank: dict[str, Any] = {"person_id": None, "team_id": None, "role": None, "record_ref": None}
    for n in range(size):
        owner = reader if n % 200 == 0 else owners[n % (len(owners) - 1)]
        case = {"account_id": _customer(n, customers), "record_ref": _case_ref(n)}
        if n < customers:
            yield {**blank, "kind": RelationKind.OWNER, "account_id": n + 1, "person_id": owner}
        yield {**blank, "kind": RelationKind.OWNER, **case, "person_id": owner}
        yield {**blank, "kind": RelationKind.TEAM, **case, "team_id": teams[n % len(teams)]}


def _number(size: int, customers: int) -> None:
    """Let new records go on counting after ours, in every counter and sequence."""
    for kind, year, last in (("ACC", 0, customers), ("ESC", 2026, size)):
        db.session.execute(
            sa.insert(Counter).values(kind=kind, year=year, last=last, register=last)
        )
    if db.session.get_bind().dialect.name == "postgresql":
        for table, last in (("account", customers), ("escalation", size)):
            db.session.execute(
                sa.text(f"select setval(pg_get_serial_sequence('{table}', 'id'), :last)"),
                {"last": last},
            )
    db.session.commit()


def _settle() -> None:
    """Count open cases onto accounts as the actions do, and let the planner know the tables."""
    mine = sa.and_(Escalation.account_id == Account.id, Escalation.state.in_(OPEN_STATES))
    count = sa.select(sa.func.count()).where(mine).scalar_subquery()
    worst = sa.select(sa.cast(sa.func.min(Escalation.severity), sa.String)).where(mine)
    db.session.execute(
        sa.update(Account)
        .values(open_cases=count, worst_severity=worst.scalar_subquery())
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    db.session.execute(sa.text("analyze"))
    db.session.commit()


def _count(table: str) -> int:
    query = sa.select(sa.func.count()).select_from(Base.metadata.tables[table])
    return int(db.session.scalar(query) or 0)
