"""The customers of the demo company: who they are, what they signed, and how that went."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from portal.blueprints.accounts import actions
from portal.blueprints.accounts.models import Account, Contact, ContactRole, Lifecycle, Sentiment
from portal.core import clock
from portal.core.db import db
from portal.core.money import Money

from . import lessons
from .companies import FIRST, LAST, PLACES
from .diary import Story, local
from .people import Staff

PRODUCTS = ("Halden Flow", "Halden Sense")
"""The subscription, and what is paid by use on top of it."""
SELLERS = {"FR": "delmas", "BE": "delmas", "IT": "account_manager", "ES": "account_manager"}
SELLERS |= {"DE": "stein", "CH": "stein", "NL": "stein", "GB": "hartley", "US": "hartley"}
LAW = {"FR": "France", "IT": "Italy", "DE": "Germany", "CH": "Switzerland", "GB": "England"}
LAW |= {"ES": "Spain", "BE": "Belgium", "NL": "Netherlands", "US": "New York"}
SEGMENTS = {
    "enterprise": (190_000, 560_000, (24, 36), "0.71"),
    "mid market": (42_000, 165_000, (12, 24), "0.68"),
    "small business": (7_200, 38_000, (12,), "0.62"),
    "public sector": (36_000, 210_000, (36,), "0.64"),
}
PUBLIC = {"education", "utilities"}
HEAVY = {"banking", "insurance", "health care", "pharmaceuticals", "utilities"}
TITLES = {
    "en": ("Chief Operating Officer", "Head of Purchasing", "Head of IT", "General Counsel"),
    "fr": (
        "Directrice des opérations",
        "Responsable des achats",
        "Directeur informatique",
        "Juriste",
    ),
    "it": ("Direzione operativa", "Responsabile acquisti", "Responsabile IT", "Ufficio legale"),
}
ROLES = (
    ContactRole.EXECUTIVE_COUNTERPART,
    ContactRole.ECONOMIC_BUYER,
    ContactRole.CHAMPION,
    ContactRole.LEGAL,
)


@dataclass(frozen=True)
class Term:
    """What was signed for a while."""

    starts: date
    ends: date
    arr: int


@dataclass
class Customer:
    """A customer as it was planned, and its rows once they are there."""

    name: str
    industry: str
    town: str
    country: str
    zone: str
    currency: str
    language: str
    region: str
    csm: str
    segment: str
    joins: date
    terms: tuple[Term, ...]
    leaves: bool = False
    private: bool = False
    parent: str = ""
    people: tuple[tuple[str, str], ...] = ()
    id: int = 0
    contacts: list[int] = field(default_factory=list)

    @property
    def row(self) -> Account:
        """Give the account's row."""
        return db.session.get_one(Account, self.id)

    def contact(self, n: int = 0) -> Contact:
        """Give one of its people: 0 the executive counterpart, 1 the buyer, 2 the champion."""
        return db.session.get_one(Contact, self.contacts[n])

    def arr_on(self, day: date) -> int:
        """Give the yearly amount under contract on a day, 0 where there is none."""
        return next((t.arr for t in self.terms if t.starts <= day < t.ends), 0)


LEAD = "Forges de Valmeyrac"
FAMILIES = {
    "Tipografia Manzolini": "Cartiere Monteverdi",
    "Farmaceutici Bramante": "Aurelia Pharma",
    "Kreissparkasse Hohenfels": "Rheingau Versicherung",
    "Papeteries Malleval": "Cartonneries Brissac",
    "Imprimerie du Beffroi": "Imprimerie Desrousseaux",
    "Kestrel Freight": "Mersey Container Lines",
    "Verreries de Charlemont": "Verrerie de Sermaize",
    "Chocolaterie Van Assche": "Chocolaterie Grandson",
    "Glarner Textil": "Textilwerk Plauen",
    "Northfield Paper & Board": "Ottery Paper Mills",
}
PRIVATE = (
    "Élodie Marchetel, architecte",
    "Ditta Silvano Pedrotti",
    "Dunmore Joinery, T. Callaghan",
)
LEAVERS = frozenset(
    (
        "Biscuiterie Kerouanton",
        "Textiles Fontanges",
        "Nautisme Porquerolles",
        "Conserverie La Houle",
        "Filati Biellesi Associati",
        "Terme di Casteldoria",
        "Gioielli Vallescura",
        "Bäckerei Grünwald Gruppe",
        "Modehaus Tannhäuser",
        "Walensee Pharma",
        "Harlow Polymers",
        "Wexcombe Pharmacies",
        "Cítricos Mareny",
        "Haarlem Drukkers",
        "Harbor Light Insurance",
    )
)


def plan(random: Random, *, today: date, founded: date) -> list[Customer]:
    """Plan every customer: the most memorable first, the others country by country."""
    found = []
    for country, (names, *_rest) in PLACES.items():
        for place, line in enumerate(names.strip().splitlines()):
            name, industry, town = line.split("|")
            rank = place / max(1, len(names.strip().splitlines()) - 1)
            found.append(
                _customer(random, name, industry, town, country, rank, today=today, founded=founded)
            )
    lead = next(customer for customer in found if customer.name == LEAD)
    lead.segment, lead.terms = "enterprise", _lead_terms(today)
    lead.people = (
        ("Hélène", "Vasseur"),
        ("Gérard", "Montcalm"),
        ("Lucas", "Tessier"),
        ("Claire", "Aubry"),
    )
    lead.csm, lead.joins = "csm", founded
    return found


def _lead_terms(today: date) -> tuple[Term, ...]:
    ends = today + timedelta(days=97)
    middle = ends - timedelta(days=730)
    first = middle - timedelta(days=1096)
    return (Term(first, middle, 528_000), Term(middle, ends, 612_000))


def _customer(
    random: Random,
    name: str,
    industry: str,
    town: str,
    country: str,
    rank: float,
    *,
    today: date,
    founded: date,
) -> Customer:
    _names, zone, currency, languages, csms, region = PLACES[country]
    segment = _segment(name, industry, rank)
    low, high, months, _margin = SEGMENTS[segment]
    arr = round(low + (high - low) * (1 - rank) * random.uniform(0.45, 1.0), -2)
    kin = name in FAMILIES or name in FAMILIES.values()
    late = random.random() < 0.24 and not kin and rank > 0.25
    joins = founded + timedelta(days=random.randint(120, 960)) if late else founded
    leaves = name in LEAVERS
    ends = (
        today - timedelta(days=random.randint(12, 620))
        if leaves
        else today + timedelta(days=random.randint(9, 420))
    )
    if leaves:
        joins = founded
    terms = _terms(random, ends=ends, joins=joins, arr=int(arr), months=random.choice(months))
    first, last = FIRST[country], LAST[country]
    return Customer(
        name=name,
        industry=industry,
        town=town,
        country=country,
        zone=zone,
        currency=currency,
        language=random.choice(languages),
        region=region,
        csm=random.choice(csms),
        segment=segment,
        joins=joins,
        terms=terms,
        leaves=leaves,
        private=name in PRIVATE,
        parent=FAMILIES.get(name, ""),
        people=tuple(zip(random.sample(first, 4), random.sample(last, 4), strict=True)),
    )


def _segment(name: str, industry: str, rank: float) -> str:
    if name in PRIVATE:
        return "small business"
    if industry in PUBLIC:
        return "public sector"
    return "enterprise" if rank < 0.12 else "mid market" if rank < 0.55 else "small business"


def _terms(random: Random, *, ends: date, joins: date, arr: int, months: int) -> tuple[Term, ...]:
    """Go back from the last contract to the one in which the customer came; prices grew."""
    found: list[Term] = []
    length = timedelta(days=round(months * 30.44))
    while ends > joins:
        starts = max(ends - length, joins) if found and ends - length < joins else ends - length
        found.insert(0, Term(starts, ends, arr))
        ends, arr = starts, round(arr / random.uniform(0.97, 1.16) / 100) * 100
    return tuple(found)


def story(
    customer: Customer, staff: Staff, families: dict[str, Customer], *, now: datetime
) -> Story:
    """Tell a customer's life: signed, renewed, gone."""
    random = Random(customer.name)
    hour = 8 if customer.name == LEAD else 15 if customer.parent else 9
    yield local(customer.joins, hour, random.randint(0, 59))
    _come(customer, staff, families, random=random)
    for later in customer.terms[1:]:
        yield from _renewal(customer, later, staff, random=random)
    yield from _last_months(customer, staff, now=now)


def _come(
    customer: Customer, staff: Staff, families: dict[str, Customer], *, random: Random
) -> None:
    now, seller = clock.now(), SELLERS[customer.country]
    by = staff.actor(seller)
    private = customer.private
    parent = families.get(customer.parent)
    account = actions.create(
        name=customer.name,
        owner_id=staff.ids[customer.csm],
        account_executive_id=staff.ids[seller],
        currency=customer.currency,
        external_id=f"HS-{random.randint(100_000, 999_999)}",
        liability_cap=None if private else Money(customer.terms[0].arr, customer.currency),
        segment=customer.segment,
        industry=customer.industry,
        country=customer.country,
        region=customer.region,
        language=customer.language,
        zone=customer.zone,
        natural_person=private,
        customer_since=customer.terms[0].starts - timedelta(days=random.choice((0, 0, 365, 1095))),
        gross_margin=Decimal(SEGMENTS[customer.segment][3]),
        governing_law=LAW[customer.country],
        reference_customer=customer.name == LEAD or random.random() < 0.08,
        logo=random.random() < 0.3,
        regulator_exposed=customer.industry in HEAVY,
        parent_id=parent.id if parent else None,
        by=by,
        now=now,
    )
    customer.id = account.id
    _meet(customer, staff, random=random)
    _sign(customer, customer.terms[0], staff)


def _meet(customer: Customer, staff: Staff, *, random: Random) -> None:
    """Add the people at the customer; a sole trader is one."""
    many = (
        1
        if customer.private
        else 4
        if customer.segment == "enterprise"
        else random.choice((2, 3, 3))
    )
    titles = TITLES[customer.language]
    for (first, last), role, title in list(zip(customer.people, ROLES, titles, strict=True))[:many]:
        contact = actions.add_contact(
            customer.row,
            name=f"{first} {last}",
            role=role,
            title=title,
            email=f"{plain(first)}.{plain(last)}@{plain(customer.name)}.example",
            influence={0: 5, 1: 4, 2: 3, 3: 3}[ROLES.index(role)],
            sentiment=random.choice(
                (Sentiment.WITH_US, Sentiment.WITH_US, Sentiment.NEUTRAL, Sentiment.WAVERING)
            ),
            language=customer.language,
            by=staff.actor(customer.csm),
            now=clock.now(),
        )
        customer.contacts.append(contact.id)


def _sign(customer: Customer, term: Term, staff: Staff) -> None:
    number = sum(map(ord, customer.name)) % 900 + 100 + customer.terms.index(term)
    actions.add_contract(
        customer.row,
        number="2022-0311"
        if customer.name == LEAD and term is customer.terms[0]
        else f"{term.starts.year}-{number:04d}",
        product=PRODUCTS[0],
        starts_on=term.starts,
        ends_on=term.ends,
        notice_days=90 if customer.segment == "enterprise" else 60,
        arr=Money(term.arr, customer.currency),
        legal_entity_id=staff.entities[customer.country],
        by=staff.actor(SELLERS[customer.country]),
        now=clock.now(),
    )


def _renewal(customer: Customer, term: Term, staff: Staff, *, random: Random) -> Iterator[datetime]:
    yield local(term.starts, 10, random.randint(0, 59))
    _sign(customer, term, staff)
    _edit(customer, staff, growth_potential=growth(customer, term.starts.year))


def growth(customer: Customer, year: int) -> int | None:
    """Judge what a customer could still buy, in %; of one in five nobody knows."""
    chance = Random(f"{customer.name} {year}")
    return None if chance.random() < 0.2 else 5 * chance.randint(1, 14)


def _last_months(customer: Customer, staff: Staff, *, now: datetime) -> Iterator[datetime]:
    """Let the last contract come to its end: notice, goodbye, or talks of renewal."""
    ends = customer.terms[-1].ends
    if customer.leaves:
        yield local(ends - timedelta(days=62), 11)
        _turn(customer, Lifecycle.NOTICE_GIVEN, staff)
        yield local(ends, 18)
        _turn(customer, Lifecycle.LOST, staff)
        yield from lessons.after_loss(customer.row, staff, now=now)
    elif ends - timedelta(days=120) < now.date():
        yield local(ends - timedelta(days=120), 9, 30)
        _turn(customer, Lifecycle.RENEWAL, staff)


def _turn(customer: Customer, lifecycle: Lifecycle, staff: Staff) -> None:
    _edit(customer, staff, lifecycle=lifecycle)


def _edit(customer: Customer, staff: Staff, **values: Any) -> None:
    account = customer.row
    actions.edit(
        account,
        version=account.version,
        values=values,
        by=staff.actor(customer.csm),
        now=clock.now(),
    )


def plain(name: str) -> str:
    """Make a name fit for an address."""
    ascii_only = (
        unicodedata.normalize("NFKD", name.split(",", maxsplit=1)[0])
        .encode("ascii", "ignore")
        .decode()
    )
    return "".join(c for c in ascii_only.lower() if c.isalnum())
