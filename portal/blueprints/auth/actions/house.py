"""Setting up the house: its roles, the organisation and its companies."""

from datetime import date, datetime
from typing import Any
from zoneinfo import available_timezones

import sqlalchemy as sa

from portal.core import access, events
from portal.core.access import Actor
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _
from portal.core.money import is_currency

from .. import queries, rules
from ..models import LegalEntity, Organisation, Role


def ensure_roles() -> None:
    """Let every role have its row; repeating it changes nothing."""
    there = set(db.session.scalars(sa.select(Role.name)))
    db.session.add_all(
        Role(name=role.value, description="") for role in access.Role if role.value not in there
    )
    db.session.flush()


def ensure_organisation(*, name: str) -> Organisation:
    """Let the organisation have its row."""
    found = db.session.scalar(sa.select(Organisation))
    if found is None:
        found = Organisation(name=name)
        db.session.add(found)
        db.session.flush()
    return found


def set_up_organisation(*, by: Actor, now: datetime, **settings: Any) -> Organisation:
    """Set the organisation's name, zone, reporting currency, language, first fiscal month, and the
    countries whose law it works under.
    """
    settings["jurisdictions"] = rules.countries(settings.get("jurisdictions", ()))
    if settings.get("zone") not in available_timezones():
        raise Refused(_("This is no time zone that we know."), field="zone")
    found = queries.organisation()
    changes = {field: (getattr(found, field), value) for field, value in settings.items()}
    for field, value in settings.items():
        setattr(found, field, value)
    found.confirmed_at = now
    events.record("auth.organisation_set", by=by, now=now, changes=changes)
    return found


def add_legal_entity(
    *, name: str, country: str, currency: str, by: Actor, now: datetime, since: date | None = None
) -> LegalEntity:
    """Add a company of the organisation, to which contracts and invoices belong; refused for a name
    that is there, an unknown country or currency.
    """
    name, country, currency = " ".join(name.split()), country.strip().upper(), currency.upper()
    if not name:
        raise Refused(_("A company needs its name."), field="name")
    if not rules.is_country(country):
        raise Refused(_("This is no country that we know."), field="country")
    if not is_currency(currency):
        raise Refused(_("This is no currency that we know."), field="currency")
    entity = LegalEntity(name=name, country=country, currency=currency, since=since)
    if any(one.name.casefold() == name.casefold() for one in queries.legal_entities()):
        raise Refused(_("This company is there already."), field="name")
    db.session.add(entity)
    db.session.flush()
    events.record(
        "auth.legal_entity_added",
        by=by,
        now=now,
        data={"entity": entity.id, "country": country, "currency": currency},
        changes={"name": (None, name)},
    )
    return entity
