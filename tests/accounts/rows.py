"""Rows that the tests of accounts share."""

from datetime import date
from decimal import Decimal

from portal.blueprints.accounts import actions
from portal.blueprints.accounts.models import Basis
from portal.blueprints.accounts.rules.mapping import shifted
from portal.core.db import db
from portal.core.money import Money
from tests import cast as _cast


def some_accounts(many, *, owner, now):
    """Add accounts of an owner."""
    made = [
        actions.create(name=f"Client {i:03d}", by=_cast.SYSTEM, now=now, owner_id=owner.id)
        for i in range(many)
    ]
    db.session.commit()
    return made


def revenue(account, *, by, now, months=24, amount="51000"):
    """Give an account revenue up to the month before June 2026."""
    lines = [
        actions.Revenue(
            account_id=account.id,
            month=shifted(date(2026, 6, 1), -back),
            amount=Money(Decimal(amount), "EUR"),
            basis=Basis.INVOICED,
        )
        for back in range(1, months + 1)
    ]
    actions.add_revenue(lines, source="tests", by=by, now=now, account_id=account.id)
    db.session.commit()
    return lines
