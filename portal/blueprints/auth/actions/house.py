"""Setting up the house: its roles, the organisation and its companies."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import available_timezones

import sqlalchemy as sa

from portal.core import access, events, files, picture
from portal.core.access import Actor
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.files import StoredFile
from portal.core.i18n import _
from portal.core.money import is_currency

from .. import queries, rules
from ..models import LegalEntity, Organisation, Role

LOGO_BYTES = 4 << 20


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
    """Set the organisation's name, zone, reporting currency, language, first fiscal month, names of
    its quarters, how it rounds, and the countries whose law it works under.
    """
    settings["jurisdictions"] = rules.countries(settings.get("jurisdictions", ()))
    if settings.get("zone") not in available_timezones():
        raise Refused(_("This is no time zone that we know."), field="zone")
    if "quarter_names" in settings:
        settings["quarter_names"] = rules.quarter_names(settings["quarter_names"])
    found = queries.organisation()
    changes = {field: (getattr(found, field), value) for field, value in settings.items()}
    for field, value in settings.items():
        setattr(found, field, value)
    found.confirmed_at = now
    events.record("auth.organisation_set", by=by, now=now, changes=changes)
    return found


def set_paper_words(
    words: Mapping[str, Mapping[str, str]], *, by: Actor, now: datetime
) -> Organisation:
    """Set what papers say at the top left, by language and level; ours stand where it is empty."""
    found = queries.organisation()
    before = found.classifications
    kept = {
        code: {level: text.strip() for level, text in levels.items() if text.strip()}
        for code, levels in words.items()
    }
    found.classifications = {code: levels for code, levels in kept.items() if levels}
    changes = {"classifications": (before, found.classifications)}
    events.record("auth.organisation_set", by=by, now=now, changes=changes)
    return found


def set_logo(content: bytes, *, by: Actor, now: datetime) -> StoredFile:
    """Set the organisation's logo: a PNG of at most 480 by 120 pixels made of what is seen of the
    picture. Refused for what is no picture, or one too large.
    """
    if len(content) > LOGO_BYTES:
        raise Refused(
            _("The picture is too large: at most %(most)s MB.", most=LOGO_BYTES >> 20),
            field="logo",
        )
    try:
        made = picture.shrunk(content, width=480, height=120)
    except picture.NotAPicture as error:
        raise Refused(_("This is no picture that can be read."), field="logo") from error
    kept = files.put(
        made, name="logo.png", media_type="image/png", klass=access.K.INTERNAL, now=now
    )
    _put_logo(kept.id, by=by, now=now)
    return kept


def drop_logo(*, by: Actor, now: datetime) -> None:
    """Go back to the organisation's name without a logo."""
    _put_logo(None, by=by, now=now)


def _put_logo(file_id: int | None, *, by: Actor, now: datetime) -> None:
    found = queries.organisation()
    changes = {"logo_file_id": (found.logo_file_id, file_id)}
    found.logo_file_id = file_id
    events.record("auth.organisation_set", by=by, now=now, changes=changes)


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
