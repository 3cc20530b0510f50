"""The demo company's books: exchange rates, and what customers spent month by month."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from portal.blueprints.accounts import actions
from portal.blueprints.accounts.actions import Revenue
from portal.blueprints.accounts.models import Basis
from portal.blueprints.accounts.rules.loading import DayRate
from portal.blueprints.policies import actions as policies
from portal.core import clock
from portal.core.money import Money

from .customers import PRODUCTS, Customer
from .diary import Story, local
from .people import Staff

BASE = {"CHF": "0.9560", "GBP": "1.1650", "USD": "0.9180"}
"""What one unit was worth in euros when the story begins."""
SEASONS: dict[str, tuple[int, ...]] = {
    # Use of each month of the year, 100 being the average.
    "manufacturing": (98, 101, 106, 104, 103, 104, 97, 72, 106, 109, 107, 93),
    "food": (88, 87, 93, 96, 99, 102, 104, 98, 102, 108, 116, 107),
    "retail": (94, 82, 88, 92, 96, 98, 101, 93, 97, 103, 121, 135),
    "logistics": (90, 91, 97, 98, 99, 100, 98, 92, 104, 110, 116, 105),
    "leisure": (132, 138, 121, 78, 62, 84, 118, 124, 86, 66, 70, 121),
    "education": (108, 107, 109, 104, 106, 98, 46, 38, 122, 124, 122, 116),
    "utilities": (119, 114, 106, 97, 90, 88, 89, 86, 91, 99, 108, 113),
}
EVEN = (100, 100, 102, 101, 100, 100, 97, 91, 102, 103, 103, 101)


def months(first: date, until: date) -> list[date]:
    """Give the first days of the months from one day to before another."""
    found, day = [], first.replace(day=1)
    while day < until.replace(day=1):
        found.append(day)
        day = (day + timedelta(days=32)).replace(day=1)
    return found


def rates(staff: Staff, *, founded: date, now: datetime) -> Story:
    """Publish a table of rates on every first of a month, by two people."""
    random = Random("rates")
    worth = {code: Decimal(start) for code, start in BASE.items()}
    first, second = staff.ids["finance2"], staff.ids["leadership"]
    for day in [*months(founded, now.date()), now.date().replace(day=1)]:
        yield local(max(day, founded), 8)
        for code in BASE:
            step = Decimal(random.randint(-90, 90)) / 10_000
            worth[code] = (worth[code] * (1 + step)).quantize(Decimal("0.00001"))
            inverse = (1 / worth[code]).quantize(Decimal("0.00001"))
            for source, target, rate in ((code, "EUR", worth[code]), ("EUR", code, inverse)):
                policies.publish_rate(
                    source,
                    target=target,
                    day=max(day, founded),
                    rate=rate,
                    source="Treasury, monthly table",
                    first_id=first,
                    second_id=second,
                    by=staff.actor("finance2"),
                    now=clock.now(),
                )


def next_rates(staff: Staff, *, now: datetime) -> Story:
    """Send a table of rates of the last days, which waits for a second person."""
    yield local((now - timedelta(days=1)).date(), 15)
    rates = [
        DayRate(code, "EUR", (now - timedelta(days=back)).date(), Decimal(worth))
        for back in (4, 3, 2)
        for code, worth in BASE.items()
    ]
    actions.send_rates(
        actions.compare_rates(rates),
        source="Treasury, daily table",
        file_name="rates-daily.csv",
        by=staff.actor("finance2"),
        now=clock.now(),
    )


def spending(customers: Sequence[Customer], staff: Staff, *, founded: date, now: datetime) -> Story:
    """Book every month's revenue on the third of the next one."""
    random = Random("spending")
    for month in months(founded, now.date()):
        following = (month + timedelta(days=32)).replace(day=1)
        yield local(following + timedelta(days=2), 7, 40)
        lines = [
            line
            for customer in customers
            if customer.id
            for line in _lines(customer, month, staff.entities[customer.country], random=random)
        ]
        actions.add_revenue(lines, source="ERP", by=staff.actor("finance2"), now=clock.now())


def _lines(customer: Customer, month: date, entity: int, *, random: Random) -> list[Revenue]:
    """Give a month of one customer: the subscription, use on top of it, now and then a credit."""
    arr = customer.arr_on(month + timedelta(days=14))
    if not arr:
        return []
    season = SEASONS.get(customer.industry, EVEN)[month.month - 1]
    drift = 1 + (month - customer.joins).days / 365 * (-0.05 if customer.leaves else 0.06)
    use = arr / 12 * 0.16 * season / 100 * drift * random.uniform(0.88, 1.12)
    monthly = Decimal(arr * 100 // 12) / 100
    found = [(PRODUCTS[0], monthly), (PRODUCTS[1], Decimal(round(max(use, 0) * 100)) / 100)]
    if random.random() < 0.006:
        found.append((PRODUCTS[0], -(monthly / 10).quantize(Decimal("0.01"))))
    return [
        Revenue(
            account_id=customer.id,
            month=month,
            amount=Money(amount, customer.currency),
            basis=Basis.RECOGNISED,
            product=product,
            legal_entity_id=entity,
        )
        for product, amount in found
    ]


def models(staff: Staff, *, now: datetime) -> Story:
    """Have the models of customer value fitted last week: who signs has not decided yet."""
    yield local((now - timedelta(days=6)).date(), 9)
    actions.ask_for_fit(by=staff.actor("finance"), now=clock.now())
