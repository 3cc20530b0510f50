"""What an installation still lacks before people can work with it."""

from typing import NamedTuple

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.accounts.queries.accounts import visible
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.auth.models import User
from portal.blueprints.notifications.models import Channel, Duty, Notification, State
from portal.blueprints.policies.models import ExchangeRate, Policy
from portal.core import access
from portal.core.db import db
from portal.core.events import Event

LEAST_ADMINISTRATORS = 2
"""Sensitive roles need a second person to agree, and nobody agrees to their own."""


class Step(NamedTuple):
    """Something to do at the beginning: its name, and whether it is done, which the data say."""

    name: str
    done: bool


def first_steps() -> list[Step]:
    """Give what comes first in an empty installation, in its order, each ticked off by what is
    there.
    """
    house = auth_queries.organisation()
    foreign = _any(sa.select(Account.id).where(visible(), Account.currency != house.currency))
    accounts = _any(sa.select(Account.id).where(visible()))
    rated = _any(sa.select(ExchangeRate.id).where(ExchangeRate.target == house.currency))
    kept = sa.select(Event.seq).where(Event.name == "policies.kept")
    tried = sa.select(Notification.id).where(
        Notification.channel == Channel.MAIL, Notification.state == State.SENT
    )
    people = auth_queries.people()
    administrators = [one for one in people if _is_admin(one)]
    return [
        Step("organisation", house.confirmed_at is not None),
        Step("administrator", len(administrators) >= LEAST_ADMINISTRATORS),
        Step("mail", _any(tried)),
        Step("people", any(one.roles and not _is_admin(one) for one in people)),
        Step("policies", _any(kept) or _any(sa.select(Policy.id).where(Policy.number > 1))),
        Step("accounts", accounts),
        Step("rates", rated or (accounts and not foreign)),
        Step("duty", _any(sa.select(Duty.id))),
    ]


def _is_admin(person: User) -> bool:
    return access.Role.ADMIN.value in {role.name for role in person.roles}


def _any(query: sa.Select[int]) -> bool:
    return db.session.scalar(query.limit(1)) is not None
