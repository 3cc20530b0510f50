"""The one sentence that says how it stands with an account: page and briefing open with it."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from portal.blueprints.accounts.models import Band, Lifecycle
from portal.core.i18n import _, show_date, show_money
from portal.core.money import Money


def headline(
    *,
    name: str,
    lifecycle: Lifecycle,
    renewal_on: date | None,
    worth: Money | None,
    years: int,
    band: Band | None,
    worst_severity: str | None,
    today: date,
) -> str:
    """Give the sentence, in the reader's language; None is unknown, or not for the reader."""
    return (
        " ".join([_worth(name, lifecycle, worth, years), _risk(band, worst_severity)]).strip()
        + (" " + _contract(lifecycle, renewal_on, today)).rstrip()
    )


def _worth(name: str, lifecycle: Lifecycle, worth: Money | None, years: int) -> str:
    if lifecycle is Lifecycle.LOST:
        return str(_("%(name)s is no longer a customer.", name=name))
    if lifecycle is Lifecycle.PROSPECT:
        return str(_("%(name)s is not a customer yet.", name=name))
    if worth is None:
        return str(_("%(name)s is a customer.", name=name))
    return str(
        _(
            "%(name)s is worth %(worth)s over %(years)s years.",
            name=name,
            worth=show_money(_whole(worth), cents=False),
            years=years,
        )
    )


def _whole(money: Money) -> Money:
    # An expectation has no cents; rounded as everywhere else on the page.
    return Money(money.amount.quantize(Decimal(1), rounding=ROUND_HALF_UP), money.currency)


def _risk(band: Band | None, worst_severity: str | None) -> str:
    if worst_severity:
        return str(_("A case of severity %(severity)s is open.", severity=worst_severity))
    if band is Band.RED:
        return str(_("Its risk is red."))
    if band is Band.AMBER:
        return str(_("Its risk is amber."))
    return ""


def _contract(lifecycle: Lifecycle, renewal_on: date | None, today: date) -> str:
    if lifecycle is Lifecycle.NOTICE_GIVEN and renewal_on:
        return str(_("It has given notice for %(day)s.", day=show_date(renewal_on)))
    if renewal_on is None or lifecycle in {Lifecycle.LOST, Lifecycle.PROSPECT}:
        return ""
    if renewal_on < today:
        return str(_("Its contract ended on %(day)s.", day=show_date(renewal_on)))
    return str(_("Its contract runs to %(day)s.", day=show_date(renewal_on)))
