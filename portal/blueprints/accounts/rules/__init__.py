"""What a customer is worth, what is at stake, and what is wrong with the figures brought to us."""

from .checks import (
    Objection,
    objections_to_contract,
    objections_to_growth,
    objections_to_margin,
    objections_to_money,
    objections_to_revenue,
)
from .contracts import (
    AtStake,
    Contract,
    NoticeDay,
    Remaining,
    at_stake,
    contracted_remaining,
    distinct,
    notice_day,
    years_between,
)
from .explained import Explained, Why, plain, unknown, words
from .lifetime import Customer, Lifetime, survival
from .rates import Conversion, Rate, RateTable, rate_moved
from .standing import Standing, standings
from .value import (
    CustomerValue,
    RevenueLine,
    customer_value,
    last_12_months,
    month_end,
    one_basis,
    tenure_months,
    whole_months,
)

__all__ = [
    "AtStake",
    "Contract",
    "Conversion",
    "Customer",
    "CustomerValue",
    "Explained",
    "Lifetime",
    "NoticeDay",
    "Objection",
    "Rate",
    "RateTable",
    "Remaining",
    "RevenueLine",
    "Standing",
    "Why",
    "at_stake",
    "contracted_remaining",
    "customer_value",
    "distinct",
    "last_12_months",
    "month_end",
    "notice_day",
    "objections_to_contract",
    "objections_to_growth",
    "objections_to_margin",
    "objections_to_money",
    "objections_to_revenue",
    "one_basis",
    "plain",
    "rate_moved",
    "standings",
    "survival",
    "tenure_months",
    "unknown",
    "whole_months",
    "words",
    "years_between",
]
