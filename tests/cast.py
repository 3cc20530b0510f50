"""The people of the tests: one per role, and Otto, who may see nothing of theirs."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, Contact, ContactRole, Contract
from portal.blueprints.auth import actions as auth_actions
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.auth.models import User
from portal.blueprints.policies import actions as policy_actions
from portal.core import access
from portal.core.access import Actor, Grade, RelationKind, Role
from portal.core.db import db, next_reference

NOW = datetime(2026, 6, 17, 8, 0, tzinfo=UTC)  # a Wednesday, 10:00 in Paris
PASSWORD = "correct horse battery staple"
SYSTEM = access.operator("tests")

PEOPLE: dict[str, tuple[str, tuple[Role, ...], Grade, str]] = {
    "carl": ("Carl Berger", (Role.CSM,), Grade.STAFF, "en"),
    "clara": ("Clara Nunes", (Role.CSM,), Grade.STAFF, "fr"),
    "otto": ("Otto Fremd", (Role.CSM,), Grade.STAFF, "en"),
    "mario": ("Mario Conti", (Role.ACCOUNT_MANAGER,), Grade.STAFF, "it"),
    "sam": ("Sam Okoye", (Role.SUPPORT,), Grade.STAFF, "en"),
    "erik": ("Erik Lund", (Role.ESCALATION_MANAGER,), Grade.MANAGER, "en"),
    "fina": ("Fina Weiss", (Role.FINANCE,), Grade.MANAGER, "en"),
    "felix": ("Felix Brun", (Role.FINANCE,), Grade.DIRECTOR, "fr"),
    "lisa": ("Lisa Moretti", (Role.LEGAL,), Grade.DIRECTOR, "it"),
    "dora": ("Dora Klein", (Role.EXECUTIVE,), Grade.DIRECTOR, "en"),
    "ava": ("Ava Solheim", (Role.EXECUTIVE,), Grade.VP, "it"),
    "lena": ("Lena Quint", (Role.LEADERSHIP,), Grade.CXO, "fr"),
    "petra": ("Petra Ferrand", (Role.PROGRAMME_MANAGER,), Grade.MANAGER, "fr"),
    "kim": ("Kim Park", (Role.CONTRIBUTOR,), Grade.STAFF, "en"),
    "prisca": ("Prisca Noël", (Role.PRIVACY,), Grade.MANAGER, "fr"),
    "aldo": ("Aldo Ricci", (Role.AUDITOR,), Grade.MANAGER, "it"),
    "adam": ("Adam Root", (Role.ADMIN,), Grade.STAFF, "en"),
    "alma": ("Alma Root", (Role.ADMIN,), Grade.STAFF, "en"),
}


@dataclass
class Cast:
    """Everybody by first name, and the two accounts they know."""

    ids: dict[str, int] = field(default_factory=dict)
    acme_id: int = 0
    borealis_id: int = 0

    def __getattr__(self, name: str) -> Actor:
        if name not in PEOPLE:
            raise AttributeError(name)
        return auth_queries.actor(self.ids[name])

    def user(self, name: str) -> User:
        return auth_queries.get(self.ids[name])

    def read_english(self, *names: str) -> None:
        """Let people read English, where a test looks for words rather than for what they say."""
        for name in names:
            self.user(name).language = "en"
        db.session.commit()

    @property
    def acme(self) -> Account:
        return db.session.get_one(Account, self.acme_id)

    @property
    def borealis(self) -> Account:
        return db.session.get_one(Account, self.borealis_id)


def build(*, now: datetime = NOW) -> Cast:
    """Put the cast into an empty, migrated database and commit."""
    auth_actions.ensure_roles()
    auth_actions.ensure_organisation(name="Halden Systems").confirmed_at = now
    policy_actions.publish_defaults(by=SYSTEM, now=now)
    cast = Cast()
    for name, (full, roles, grade, language) in PEOPLE.items():
        user = auth_actions.add_person(
            email=f"{name}@halden.example",
            name=full,
            roles=roles,
            password=PASSWORD,
            language=language,
            grade=grade,
            by=SYSTEM,
            now=now,
        )
        cast.ids[name] = user.id
    db.session.execute(
        sa.update(User).where(User.id != cast.ids["erik"]).values(manager_id=cast.ids["erik"])
    )
    cast.acme_id = _account(
        "Acme Forges", owner=cast.ids["carl"], now=now, arr=61_200_000, language="fr"
    )
    cast.borealis_id = _account(
        "Borealis Foods", owner=cast.ids["clara"], now=now, arr=12_000_000, language="it"
    )
    db.session.commit()
    return cast


def _account(name: str, *, owner: int, now: datetime, arr: int, language: str) -> int:
    reference, _ = next_reference("ACC", year=0)
    row = Account(
        reference=reference,
        name=name,
        name_key=name.casefold(),
        owner_id=owner,
        arr_minor=arr,
        arr_sort=arr,
        language=language,
        currency="EUR",
        external_id=reference,
        country="FR",
        segment="enterprise",
        industry="manufacturing",
        gross_margin=Decimal("0.7"),
        contract_start=date(2023, 3, 1),
        renewal_on=date(2027, 2, 28),
        notice_days=90,
        customer_since=date(2022, 3, 1),
    )
    db.session.add(row)
    db.session.flush()
    db.session.add(
        Contact(
            account_id=row.id,
            name="Hélène Vasseur",
            title="COO",
            email=f"coo@{reference.lower()}.example",
            role=ContactRole.EXECUTIVE_COUNTERPART,
            language=language,
        )
    )
    db.session.add(
        Contract(
            account_id=row.id,
            number=f"C-{reference}",
            starts_on=date(2023, 3, 1),
            ends_on=date(2027, 2, 28),
            notice_days=90,
            arr_minor=arr,
            currency="EUR",
        )
    )
    access.relate(db.session, kind=RelationKind.OWNER, account_id=row.id, person_id=owner)
    db.session.flush()
    return int(row.id)
