"""The people of the demo company: one who signs in per role, and their colleagues."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask_security.utils import hash_password

from portal.blueprints.auth import actions, queries
from portal.blueprints.auth.models import Team, User
from portal.core.access import Actor, Grade, Role
from portal.core.db import db

PASSWORD = "parley-demo-2026"  # noqa: S105 - the demo's, printed by `portal demo`
HOST = "demo.example"
C, A, S, E, F = Role.CSM, Role.ACCOUNT_MANAGER, Role.SUPPORT, Role.ESCALATION_MANAGER, Role.FINANCE
L, X, T, P, K = (
    Role.LEGAL,
    Role.EXECUTIVE,
    Role.LEADERSHIP,
    Role.PROGRAMME_MANAGER,
    Role.CONTRIBUTOR,
)
STAFF, MANAGER, DIRECTOR, VP, CXO = Grade.STAFF, Grade.MANAGER, Grade.DIRECTOR, Grade.VP, Grade.CXO


@dataclass(frozen=True)
class Part:
    """Somebody at the demo company: the word before the @ tells colleagues apart; `boss` too."""

    key: str
    name: str
    title: str
    role: Role
    grade: Grade
    language: str = "en"
    boss: str = ""
    zone: str = "Europe/Paris"

    @property
    def email(self) -> str:
        """Give the address they sign in with."""
        return f"{self.key}@{HOST}"


CAST = (
    Part("ceo", "Marguerite Aubry", "Chief Executive Officer", T, CXO, "fr"),
    Part("leadership", "Henrik Dahl", "Chief Financial Officer", T, CXO, "en", "ceo"),
    Part("executive", "Chiara Bonfanti", "Vice President, Southern Europe", X, VP, "it", "ceo"),
    Part("solheim", "Ingrid Solheim", "Vice President, Northern Europe", X, VP, "en", "ceo"),
    Part("executive2", "Benoît Lacaze", "Director, France", X, DIRECTOR, "fr", "executive"),
    Part("feld", "Marcus Feld", "Director, Germany and Switzerland", X, DIRECTOR, "en", "solheim"),
    Part("legal", "Anne-Laure Perrin", "General Counsel", L, DIRECTOR, "fr", "ceo"),
    Part("finance", "Ruth Oduya", "Finance partner", F, MANAGER, "en", "leadership"),
    Part(
        "finance2", "Étienne Marchal", "Head of Revenue Accounting", F, DIRECTOR, "fr", "leadership"
    ),
    Part(
        "escalation_manager", "Nadia Kerroum", "Escalation manager", E, MANAGER, "fr", "executive"
    ),
    Part("ferri", "Bianca Ferri", "Escalation manager", E, MANAGER, "it", "executive"),
    Part("adler", "Jonas Adler", "Escalation manager", E, MANAGER, "en", "solheim"),
    Part("pryce", "Owen Pryce", "Escalation manager", E, MANAGER, "en", "solheim", "Europe/London"),
    Part(
        "programme_manager", "Petra Vos", "Sponsorship programme manager", P, MANAGER, "en", "ceo"
    ),
    Part("csm", "Paul Verdier", "Customer success manager", C, STAFF, "fr", "escalation_manager"),
    Part("csm2", "Giulia Marchetti", "Customer success manager", C, STAFF, "it", "ferri"),
    Part("haas", "Lukas Haas", "Customer success manager", C, STAFF, "en", "adler"),
    Part(
        "nkemelu",
        "Adaeze Nkemelu",
        "Customer success manager",
        C,
        STAFF,
        "en",
        "pryce",
        "Europe/London",
    ),
    Part("brun", "Solène Brun", "Customer success manager", C, STAFF, "fr", "escalation_manager"),
    Part("galli", "Davide Galli", "Customer success manager", C, STAFF, "it", "ferri"),
    Part(
        "roth", "Miriam Roth", "Customer success manager", C, STAFF, "en", "adler", "Europe/Zurich"
    ),
    Part(
        "ortega",
        "Inés Ortega",
        "Customer success manager",
        C,
        STAFF,
        "fr",
        "ferri",
        "Europe/Madrid",
    ),
    Part("dejong", "Sanne de Jong", "Customer success manager", C, STAFF, "en", "adler"),
    Part(
        "whitlock",
        "Tess Whitlock",
        "Customer success manager",
        C,
        STAFF,
        "en",
        "pryce",
        "America/New_York",
    ),
    Part("account_manager", "Matteo Rinaldi", "Account executive", A, STAFF, "it", "executive2"),
    Part("delmas", "Camille Delmas", "Account executive", A, STAFF, "fr", "executive2"),
    Part("stein", "Florian Stein", "Account executive", A, STAFF, "en", "feld"),
    Part(
        "hartley", "Imogen Hartley", "Account executive", A, STAFF, "en", "solheim", "Europe/London"
    ),
    Part("support", "Samuel Okoye", "Support engineer", S, STAFF, "en", "adler"),
    Part("lefevre", "Maud Lefèvre", "Support engineer", S, STAFF, "fr", "escalation_manager"),
    Part("contributor", "Tomasz Wieczorek", "Head of Engineering", K, DIRECTOR, "en", "ceo"),
    Part("lindqvist", "Freja Lindqvist", "Release manager", K, MANAGER, "en", "contributor"),
    Part("bassi", "Elena Bassi", "Billing product owner", K, STAFF, "it", "contributor"),
    Part(
        "privacy", "Priscille Noël", "Data-protection officer", Role.PRIVACY, MANAGER, "fr", "legal"
    ),
    Part("auditor", "Aldo Ricci", "Internal auditor", Role.AUDITOR, MANAGER, "it", "ceo"),
    Part("admin", "Adam Root", "Portal administrator", Role.ADMIN, STAFF, "en", "contributor"),
)
LOGINS = tuple(part for part in CAST if part.key in {*Role, "csm2", "finance2", "executive2"})
TEAMS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "escalations": (
        "",
        "escalation_manager",
        ("escalation_manager", "ferri", "adler", "pryce", "lefevre"),
    ),
    "security": ("", "adler", ("adler", "contributor", "privacy")),
    "compliance": ("", "legal", ("legal", "ceo")),
    "Southern Europe": ("South", "executive", ("csm", "csm2", "brun", "galli", "ortega")),
    "Northern Europe": ("North", "solheim", ("haas", "nkemelu", "roth", "dejong", "whitlock")),
}


@dataclass
class Staff:
    """Everybody by key, as a row's number; `actor` gives who acts; `entities` are the companies that
    invoice the customers of each country.
    """

    ids: dict[str, int] = field(default_factory=dict)
    teams: dict[str, int] = field(default_factory=dict)
    entities: dict[str, int] = field(default_factory=dict)
    _actors: dict[int, Actor] = field(default_factory=dict)

    def actor(self, key: str) -> Actor:
        """Give somebody as who acts."""
        return self.by_id(self.ids[key])

    def by_id(self, person_id: int) -> Actor:
        """Give somebody as who acts, by number."""
        if person_id not in self._actors:
            self._actors[person_id] = queries.actor(person_id)
        return self._actors[person_id]


def hire(*, by: Actor, now: datetime) -> Staff:
    """Add everybody, with managers and teams; who signs in has an address of their role."""
    staff, password_hash = Staff(), hash_password(PASSWORD)
    for part in CAST:
        person = actions.add_person(
            email=part.email,
            name=part.name,
            roles=[part.role],
            password=PASSWORD,
            password_hash=password_hash,
            language=part.language,
            zone=part.zone,
            grade=part.grade,
            title=part.title,
            manager_id=staff.ids.get(part.boss),
            by=by,
            now=now,
        )
        staff.ids[part.key] = person.id
    for name, (region, lead, members) in TEAMS.items():
        team: Team = actions.add_team(
            name=name,
            region=region,
            lead_id=staff.ids[lead],
            members=[staff.ids[key] for key in members],
            by=by,
            now=now,
        )
        staff.teams[name] = team.id
    db.session.flush()
    return staff


SUBSTITUTES = {
    "escalation_manager": "ferri",
    "ferri": "escalation_manager",
    "adler": "pryce",
    "pryce": "adler",
    "executive": "executive2",
    "csm": "brun",
    "csm2": "galli",
}


def stand_in(staff: Staff, *, by: Actor, now: datetime) -> None:
    """Name who stands in for whom; one of them is away this week."""
    for key, other in SUBSTITUTES.items():
        away = key == "adler"
        actions.set_absence(
            person(staff, key),
            substitute_id=staff.ids[other],
            absent_from=now - timedelta(days=2) if away else None,
            absent_until=now + timedelta(days=6) if away else None,
            by=by,
            now=now,
        )


def person(staff: Staff, key: str) -> User:
    """Give somebody's own row."""
    return queries.get(staff.ids[key])


def logins() -> str:
    """Say who can sign in, and with which password."""
    width = max(len(part.key) for part in LOGINS) + len(HOST) + 1
    lines = [f"  {part.email:<{width}}  {part.name}, {part.title}" for part in LOGINS]
    return "\n".join(["Sign in with one of these addresses:", *lines, f"Password: {PASSWORD}"])
