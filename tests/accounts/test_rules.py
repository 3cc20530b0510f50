"""What a customer is worth and what is at stake: tables of cases, then properties."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.blueprints.accounts import rules
from portal.blueprints.accounts.models import Basis, Tier
from portal.blueprints.accounts.rules import Contract, Customer, Rate, RateTable, RevenueLine, Why
from portal.blueprints.policies.rules.value import Curve, ValuePolicy
from portal.core.money import Money
from tests.shipped import shipped

POLICY = shipped(ValuePolicy, "value")
ON = date(2026, 7, 14)
NO_RATES = RateTable([], max_age_days=45)


def eur(amount: str | int) -> Money:
    return Money(Decimal(amount), "EUR")


def line(month: str, amount: str, *, basis: Basis = Basis.INVOICED, currency: str = "EUR"):
    return RevenueLine(date.fromisoformat(month + "-01"), Money(amount, currency), basis, "REV")


def a_year(amount: str = "1000") -> list[RevenueLine]:
    """Twelve complete months before July 2026."""
    months = [f"2025-{m:02}" for m in range(7, 13)] + [f"2026-{m:02}" for m in range(1, 7)]
    return [line(month, amount) for month in months]


ACME = Customer("ACC-00001", "Enterprise", date(2023, 7, 14), Decimal("0.60"), date(2026, 1, 1))


def value(
    customer=ACME, lines=(), contracts=(), *, rates=NO_RATES, policy=POLICY, on=ON, fitted=None
):
    return rules.customer_value(
        customer,
        lines,
        contracts,
        policy=policy,
        policy_source="value 1",
        rates=rates,
        currency="EUR",
        on=on,
        fitted=fitted,
    )


# Revenue


def test_last_12_months_are_complete_months():
    lines = [*a_year(), line("2026-07", "77"), line("2025-06", "500")]
    found = value(lines=lines)
    assert found.last_12_months.value == eur(12000)
    assert found.revenue_to_date.value == eur(12577)
    assert found.last_12_months.why is None


def test_future_lines_are_not_revenue_to_date():
    assert value(lines=[line("2026-06", "10"), line("2026-08", "99")]).revenue_to_date.value == eur(
        10
    )


def test_credit_notes_reduce_and_cents_are_exact():
    lines = [line("2026-05", "0.10"), line("2026-05", "0.20"), line("2026-06", "-0.30")]
    assert value(lines=lines).last_12_months.value == eur(0)


def test_bases_are_never_added_up():
    lines = [
        line("2026-06", "10", basis=Basis.BOOKED),
        line("2026-06", "7", basis=Basis.RECOGNISED),
    ]
    found = value(lines=lines)
    assert found.basis.value is Basis.RECOGNISED
    assert found.revenue_to_date.value == eur(7)
    assert found.basis.inputs[0].value == 1


def test_short_history_is_said_and_not_extrapolated():
    found = value(lines=[line("2026-05", "100"), line("2026-06", "100")])
    assert found.last_12_months.value == eur(200)
    assert found.last_12_months.why is Why.SHORT_HISTORY
    assert found.margin_12_months.why is Why.SHORT_HISTORY


def test_nothing_missing_becomes_zero():
    found = value(Customer("ACC-00002"))
    for figure in found.figures:
        assert figure.value is None, figure.name
        assert figure.why is not None, figure.name
        assert rules.words(figure.why)


def test_old_revenue_only_has_no_last_12_months():
    found = value(lines=[line("2020-01", "100")])
    assert found.revenue_to_date.value == eur(100)
    assert found.last_12_months.value is None
    assert found.last_12_months.why is Why.NO_REVENUE_LAST_12_MONTHS
    assert found.decision.base.why is Why.NO_REVENUE_LAST_12_MONTHS


def test_missing_margin_leaves_lifetime_unknown():
    found = value(replace(ACME, gross_margin=None), a_year())
    assert found.last_12_months.known
    assert found.decision.base.value is None
    assert found.decision.base.why is Why.NO_MARGIN


def test_lost_account_has_no_lifetime_value():
    assert value(replace(ACME, lost=True), a_year()).decision.base.why is Why.LOST


def test_revenue_is_converted_at_the_rate_of_its_month_and_says_so():
    table = RateTable(
        [
            Rate("USD", "EUR", date(2026, 4, 30), Decimal("0.90"), "ECB"),
            Rate("USD", "EUR", date(2026, 5, 29), Decimal("0.80"), "ECB"),
        ],
        max_age_days=45,
    )
    lines = [line("2026-04", "100", currency="USD"), line("2026-05", "100", currency="USD")]
    figure = value(lines=lines, rates=table).revenue_to_date
    assert figure.value == eur("170.00")
    used = [(part.name, part.value, part.on) for part in figure.inputs if "rate" in part.name]
    assert used == [
        ("rate_USD_EUR", Decimal("0.90"), date(2026, 4, 30)),
        ("rate_USD_EUR", Decimal("0.80"), date(2026, 5, 29)),
    ]


def test_one_line_without_a_rate_makes_the_sum_unknown():
    figure = value(
        lines=[line("2026-05", "1"), line("2026-05", "1", currency="USD")]
    ).revenue_to_date
    assert figure.value is None
    assert figure.why is Why.NO_RATE


# Tenure


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        ("2026-01-15", "2026-01-15", 0),
        ("2026-01-15", "2026-02-14", 0),
        ("2026-01-15", "2026-02-15", 1),
        ("2026-01-31", "2026-02-27", 0),
        ("2026-01-31", "2026-02-28", 1),
        ("2024-02-29", "2025-02-28", 12),
        ("2024-02-29", "2025-02-27", 11),
        ("2020-12-31", "2021-01-31", 1),
        ("2026-05-01", "2026-04-01", 0),
        ("2000-01-01", "2026-01-01", 312),
    ],
)
def test_whole_months(start, end, months):
    assert rules.whole_months(date.fromisoformat(start), date.fromisoformat(end)) == months


def test_tenure_falls_back_to_the_first_revenue():
    found = value(replace(ACME, since=None), [line("2025-07", "1"), line("2026-01", "1")])
    assert found.tenure_months.value == 12
    assert value(replace(ACME, since=None)).tenure_months.why is Why.NO_START


# Lifetime value


def test_survival_is_the_published_one():
    """Fader and Hardie (2007): high end 0.668 / 3.806, S(8) … S(12)."""
    curve = Curve(alpha=Decimal("0.668"), beta=Decimal("3.806"))
    found = rules.survival(curve, renewals=0, years=12)[7:]
    assert [round(part, 3) for part in found] == [
        Decimal(text) for text in ("0.460", "0.436", "0.414", "0.395", "0.378")
    ]


def test_lifetime_by_hand():
    """Enterprise base 0.8 / 9.2, three renewals: it stays 12.2 / 13, 13.2 / 14, 14.2 / 15."""
    found = value(lines=a_year()).decision.base
    stays, total = Fraction(1), Fraction(0)
    for year, beta in enumerate((Fraction(122, 10), Fraction(132, 10), Fraction(142, 10)), start=1):
        stays *= beta / (beta + Fraction(8, 10))
        total += 7200 * stays / Fraction(11, 10) ** year
    assert found.value is not None
    assert abs(Fraction(found.value.amount) - total) <= Fraction(1, 200)
    assert found.why is Why.SEGMENT_PRIOR
    names = {part.name: part.value for part in found.inputs}
    assert names["discount_rate"] == Decimal("0.10")
    assert (names["alpha"], names["beta"], names["renewals"]) == (Decimal("0.8"), Decimal("9.2"), 3)
    assert names["margin_12_months"] == eur("7200.00")


def test_unknown_segment_uses_the_plain_formula():
    found = value(replace(ACME, segment="Martian"), a_year()).decision
    assert found.base.why is Why.PLAIN_FORMULA
    expected = sum(Decimal(7200) * (Decimal("0.85") / Decimal("1.1")) ** t for t in (1, 2, 3))
    assert found.base.value is not None
    assert found.base.value.amount == expected.quantize(Decimal("0.01"))


@pytest.mark.parametrize("name", ["Mid-Market", "mid_market", " MID  market "])
def test_segments_are_found_whatever_their_spelling(name):
    prior = POLICY.prior_of(name)
    assert prior is not None
    assert prior.segment == "mid market"
    assert POLICY.prior_of(None) is None


def test_a_customer_who_costs_money_is_worth_less_than_nothing_in_order():
    found = value(lines=a_year("-10")).decision
    assert found.low.value < found.base.value < found.high.value < eur(0)


@given(
    margin=st.decimals("-1", "1", places=4),
    monthly=st.decimals("0", "1000000", places=2),
    segment=st.sampled_from(
        ["enterprise", "mid market", "small business", "consumer", "none", None]
    ),
    tenure=st.integers(0, 400),
)
def test_lifetime_lies_between_low_and_high_and_under_the_undiscounted_sum(
    margin, monthly, segment, tenure
):
    since = ON - timedelta(days=30 * tenure)
    customer = Customer("ACC-1", segment, since, margin)
    found = value(customer, a_year(str(monthly)))
    for life in (found.decision, found.display):
        assert life.low.value <= life.base.value <= life.high.value
        ceiling = abs(monthly * 12 * margin) * life.horizon_years
        assert abs(life.high.value.amount) <= ceiling + Decimal("0.01")
    assert abs(found.decision.base.value.amount) <= abs(found.display.base.value.amount)


@given(alpha=st.decimals("0.01", "20", places=2), beta=st.decimals("0.01", "20", places=2))
def test_survival_falls_and_tenure_helps(alpha, beta):
    curve = Curve(alpha=alpha, beta=beta)
    new, old = (rules.survival(curve, renewals=n, years=5) for n in (0, 4))
    assert list(new) == sorted(new, reverse=True)
    assert 0 < new[-1] <= new[0] < 1
    assert all(later >= first for first, later in zip(new, old, strict=True))


def test_every_figure_can_stand_in_a_snapshot():
    found = value(lines=a_year(), contracts=[CONTRACT])
    for figure in (*found.figures, found.basis):
        frozen = rules.plain(figure)
        assert frozen["name"] == figure.name
        assert (frozen["value"] is None) == (figure.value is None)


# Contracts


CONTRACT = Contract("CTR-1", "ACC-00001", date(2026, 1, 1), date(2027, 1, 1), eur(365000))


def test_at_stake_counts_each_contract_once():
    other = replace(CONTRACT, reference="CTR-2", account="ACC-00002", arr=eur(1000))
    found = rules.at_stake([CONTRACT, other, CONTRACT, other], to="EUR", on=ON, rates=NO_RATES)
    assert found.total.value == eur(366000)
    assert found.whole
    assert [part.source for part in found.total.inputs] == ["CTR-1", "CTR-2"]


def test_contradicting_contracts_are_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="CTR-1"):
        rules.distinct([CONTRACT, replace(CONTRACT, arr=eur(1))])


@pytest.mark.parametrize(
    ("start", "end", "counts"),
    [
        ("2026-07-14", "2026-07-15", True),
        ("2026-07-15", "2027-07-15", False),
        ("2025-07-14", "2026-07-14", False),
        ("2020-01-01", None, True),
    ],
)
def test_only_contracts_in_force_are_at_stake(start, end, counts):
    contract = replace(
        CONTRACT, start=date.fromisoformat(start), end=date.fromisoformat(end) if end else None
    )
    found = rules.at_stake([contract], to="EUR", on=ON, rates=NO_RATES)
    assert found.total.known is counts
    assert counts or found.total.why is Why.NO_CONTRACT


def test_unknown_arr_makes_a_lower_bound_and_all_unknown_is_unknown():
    dark = replace(CONTRACT, reference="CTR-9", arr=None)
    found = rules.at_stake([CONTRACT, dark], to="EUR", on=ON, rates=NO_RATES)
    assert found.total.value == eur(365000)
    assert found.total.why is Why.SOME_MISSING
    assert found.unknown == ("CTR-9",)
    alone = rules.at_stake([dark], to="EUR", on=ON, rates=NO_RATES)
    assert (alone.total.value, alone.total.why) == (None, Why.NO_ARR)


def test_at_stake_says_which_rate():
    table = RateTable([Rate("EUR", "CHF", ON, Decimal("0.95"), "ECB")], max_age_days=45)
    swiss = replace(CONTRACT, arr=Money("95", "CHF"))
    found = rules.at_stake([swiss], to="EUR", on=ON, rates=table)
    assert found.total.value == eur("100.00")
    assert found.total.inputs[0].inputs[1].name == "rate_CHF_EUR"
    none = rules.at_stake([swiss], to="EUR", on=ON, rates=NO_RATES)
    assert (none.total.value, none.total.why) == (None, Why.NO_RATE)


@pytest.mark.parametrize(
    ("changes", "firm", "loose"),
    [
        ({}, "171000", "0"),  # 171 of 365 days
        ({"may_leave_from": date(2026, 1, 1), "notice_days": 30}, "30000", "141000"),
        ({"may_leave_from": date(2026, 8, 1), "notice_days": 30}, "48000", "123000"),
        ({"may_leave_from": date(2026, 12, 31), "notice_days": 90}, "171000", "0"),
        ({"end": None, "notice_days": 90}, "90000", "0"),
        ({"end": None}, "0", "0"),
    ],
)
def test_remaining_is_firm_or_may_leave(changes, firm, loose):
    found = rules.contracted_remaining(
        [replace(CONTRACT, **changes)], to="EUR", on=ON, rates=NO_RATES
    )
    assert found.firm.value == eur(firm)
    assert found.may_leave.value == eur(loose)
    assert found.total.value == eur(firm) + eur(loose)


def test_a_signed_successor_counts_as_remaining_in_full():
    after = replace(CONTRACT, reference="CTR-2", start=date(2027, 1, 1), end=date(2029, 1, 1))
    found = rules.contracted_remaining([CONTRACT, after], to="EUR", on=ON, rates=NO_RATES)
    assert found.total.value == eur(171000 + 730000)


def test_an_ended_contract_leaves_nothing_known():
    over = replace(CONTRACT, end=ON)
    found = rules.contracted_remaining([over], to="EUR", on=ON, rates=NO_RATES)
    assert (found.total.value, found.total.why) == (None, Why.NO_CONTRACT)


DAYS = st.dates(date(1996, 1, 1), date(2040, 1, 1))


@given(start=DAYS, years=st.integers(0, 12))
def test_a_year_is_a_year_with_or_without_29_february(start, years):
    try:
        end = start.replace(year=start.year + years)
    except ValueError:
        end = start.replace(year=start.year + years, day=28)
    assert rules.years_between(start, end) == years


@given(start=DAYS, one=DAYS, two=DAYS)
def test_more_days_are_never_fewer_years(start, one, two):
    early, late = sorted((one, two))
    assert rules.years_between(start, early) <= rules.years_between(start, late)


@given(
    arr=st.decimals("0", "9999999", places=2),
    start=DAYS,
    length=st.integers(1, 2000),
    leave=st.none() | DAYS,
    notice=st.none() | st.integers(0, 400),
    on=DAYS,
)
def test_firm_and_loose_are_the_whole(arr, start, length, leave, notice, on):
    contract = Contract("C", "A", start, start + timedelta(length), eur(str(arr)), notice, leave)
    found = rules.contracted_remaining([contract], to="EUR", on=on, rates=NO_RATES)
    if contract.end <= on:
        assert not found.total.known
        return
    both = found.firm.value + found.may_leave.value
    assert abs(both.amount - found.total.value.amount) <= Decimal("0.01")
    assert found.firm.value.amount >= 0
    assert found.may_leave.value.amount >= 0


# Rates


def test_of_two_ways_to_say_a_rate_the_one_with_more_digits_counts():
    many, few = Decimal("17663.52"), Decimal("0.00005661")
    rates = [Rate("EUR", "IDR", ON, many, "ECB"), Rate("IDR", "EUR", ON, few, "ECB")]
    table = RateTable(rates, max_age_days=45)
    assert table.path("IDR", "EUR", on=ON)[0].value == 1 / many
    assert table.path("EUR", "IDR", on=ON)[0].value == many
    # Another source says something else, not the same with fewer digits.
    other = RateTable([rates[0], Rate("IDR", "EUR", ON, few, "Bank")], max_age_days=45)
    assert other.path("IDR", "EUR", on=ON)[0].value == few


def test_rates_direct_turned_and_through_a_third():
    table = RateTable(
        [
            Rate("EUR", "USD", date(2026, 7, 1), Decimal("1.25"), "ECB"),
            Rate("EUR", "GBP", date(2026, 7, 1), Decimal("0.80"), "ECB"),
        ],
        max_age_days=45,
    )
    assert table.convert(eur(100), to="EUR", on=ON).rates == ()
    assert table.convert(eur(100), to="USD", on=ON).amount == Money("125", "USD")
    assert table.convert(Money("125", "USD"), to="EUR", on=ON).amount == eur(100)
    cross = table.convert(Money("125", "USD"), to="GBP", on=ON)
    assert cross.amount == Money("80", "GBP")
    assert len(cross.rates) == 2
    assert cross.factor == Decimal("0.64")


@pytest.mark.parametrize(
    ("on", "found"),
    [("2026-06-30", False), ("2026-07-01", True), ("2026-08-15", True), ("2026-08-16", False)],
)
def test_a_rate_holds_from_its_day_until_it_is_too_old(on, found):
    table = RateTable(
        [Rate("EUR", "USD", date(2026, 7, 1), Decimal("1.25"), "ECB")], max_age_days=45
    )
    answer = table.convert(eur(1), to="USD", on=date.fromisoformat(on))
    assert (answer is not None) is found


@pytest.mark.parametrize("bad", ["0", "-1", "NaN", "Infinity"])
def test_a_rate_is_above_zero(bad):
    with pytest.raises(ValueError, match="rate"):
        Rate("EUR", "USD", ON, Decimal(bad), "ECB")


@pytest.mark.parametrize(
    ("current", "moved"),
    [("1.02", False), ("1.0200001", True), ("0.98", False), ("0.9799", True), ("1", False)],
)
def test_a_rate_moves_above_two_percent(current, moved):
    answer = rules.rate_moved(Decimal(1), Decimal(current), tolerance=Decimal("0.02"))
    assert answer is moved


# Standing


def test_tiers_of_ten_are_one_two_three_four():
    found = rules.standings({n: eur(n) for n in range(1, 11)}, policy=POLICY)
    tiers = "".join(found[n].tier.value for n in range(10, 0, -1))
    assert tiers == "ABBCCCDDDD"
    assert found[10].percentile == Decimal("95.00")


def test_equals_share_a_place_and_unknown_has_none():
    found = rules.standings({"a": eur(5), "b": eur(5), "c": eur(5), "x": None}, policy=POLICY)
    assert set(found) == {"a", "b", "c"}
    assert {place.tier for place in found.values()} == {Tier.C}
    assert found["a"].percentile == Decimal("50.00")


def test_two_currencies_cannot_be_ranked():
    with pytest.raises(ValueError, match="currencies"):
        rules.standings({"a": eur(5), "b": Money(5, "USD")}, policy=POLICY)


@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=60))
def test_more_value_never_stands_lower(amounts):
    found = rules.standings({n: eur(a) for n, a in enumerate(amounts)}, policy=POLICY)
    for one, first in enumerate(amounts):
        for two, second in enumerate(amounts):
            if first >= second:
                assert found[one].tier <= found[two].tier
                assert found[one].percentile >= found[two].percentile
    top = sum(place.tier is Tier.A for place in found.values())
    assert top <= max(1, len(amounts) // 10 + 1)


# Bad figures


@pytest.mark.parametrize(
    ("amount", "currency", "month", "codes"),
    [
        ("100", "EUR", "2026-07-01", []),
        ("0", "EUR", "2026-07-01", []),
        ("-5", "EUR", "2026-06-01", ["credit_note"]),
        ("10000000", "EUR", "2026-06-01", []),
        ("10000000.01", "EUR", "2026-06-01", ["absurd"]),
        ("-10000000.01", "EUR", "2026-06-01", ["absurd"]),
        ("1.005", "EUR", "2026-06-01", ["too_fine"]),
        ("1.5", "JPY", "2026-06-01", ["too_fine"]),
        ("1.005", "KWD", "2026-06-01", []),
        ("NaN", "EUR", "2026-06-01", ["not_a_number"]),
        ("-Infinity", "EUR", "2026-06-01", ["not_a_number"]),
        ("1E+40", "EUR", "2026-06-01", ["absurd"]),
        ("1", "EUR", "2026-08-01", ["future_month"]),
        ("1", "EUR", "1989-12-01", ["too_early"]),
    ],
)
def test_revenue_brought_by_a_file(amount, currency, month, codes):
    found = rules.objections_to_revenue(
        Money(amount, currency), month=date.fromisoformat(month), today=ON, limits=POLICY.limits
    )
    assert [one.code for one in found] == codes
    assert all(one.stops for one in found if one.code != "credit_note")


@pytest.mark.parametrize(
    ("amount", "factor", "codes"),
    [
        ("1600000000", "0.00625", []),
        ("1600000001", "0.00625", ["absurd"]),
        ("-1600000000", "0.00625", ["credit_note"]),
        ("1600000000", None, ["no_rate"]),
        ("-1600000000", None, ["no_rate", "credit_note"]),
        ("9223372036854775807", None, ["no_rate"]),
        ("9223372036854775808", None, ["no_rate", "absurd"]),
        ("9223372036854775808", "0.000000000001", ["absurd"]),
    ],
)
def test_what_is_believable_is_judged_in_the_reporting_currency(amount, factor, codes):
    found = rules.objections_to_revenue(
        Money(amount, "JPY"),
        month=ON,
        today=ON,
        limits=POLICY.limits,
        factor=None if factor is None else Decimal(factor),
    )
    assert [one.code for one in found] == codes


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"arr": eur(-1)}, ["negative"]),
        ({"arr": eur(0)}, []),
        ({"arr": eur(50000001)}, ["absurd"]),
        ({"start": date(2027, 1, 1), "end": date(2027, 1, 1)}, ["ends_before_start"]),
        ({"end": date(2026, 7, 13)}, ["renewal_passed"]),
        ({"end": date(2026, 7, 14)}, []),
        ({"notice_days": -1}, ["notice"]),
        ({"start": date(1066, 10, 14)}, ["too_early"]),
    ],
)
def test_contracts_brought_by_a_file(changes, codes):
    facts = {
        "arr": eur(1000),
        "start": date(2024, 1, 1),
        "end": date(2027, 1, 1),
        "notice_days": 90,
    } | changes
    found = rules.objections_to_contract(**facts, today=ON, limits=POLICY.limits)
    assert [one.code for one in found] == codes


@pytest.mark.parametrize(
    ("margin", "fine"), [("0.6", True), ("-1", True), ("1", True), ("62", False), ("NaN", False)]
)
def test_margins_are_shares(margin, fine):
    assert (rules.objections_to_margin(Decimal(margin)) == ()) is fine


def test_prose_of_every_objection_is_filled_in():
    found = rules.objections_to_money(eur(99), field="x", largest=Decimal(9))
    assert "99 EUR" in found[0].message
    assert "%" not in found[0].message


@pytest.mark.parametrize(
    ("renewal", "days", "until", "passed"),
    [
        ("2026-12-31", 90, "2026-10-02", None),
        ("2026-09-15", 90, "2026-06-17", None),  # today still counts
        ("2026-09-14", 90, "2027-06-16", "2026-06-16"),
        ("2024-02-29", 30, "2027-01-29", "2024-01-30"),
        ("2020-01-01", 0, "2027-01-01", "2020-01-01"),
        ("2026-07-01", 1_000, "2026-10-05", "2023-10-05"),
    ],
)
def test_the_day_for_notice_is_the_next_one_and_says_what_has_passed(renewal, days, until, passed):
    today = date(2026, 6, 17)
    found = rules.notice_day(date.fromisoformat(renewal), days, today=today)
    assert (found.until.isoformat(), found.passed and found.passed.isoformat()) == (until, passed)
    assert found.until >= today
