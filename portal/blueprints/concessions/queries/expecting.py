"""What is expected of a customer before anything is offered: kept with the request, so that what
comes can be held against it.
"""

from datetime import datetime
from typing import Any

from portal.blueprints.accounts import queries as account_queries
from portal.core import access

from ..models import Concession
from . import finding
from .assessing import Weighed
from .bench import retention, worth


def expected(row: Concession, weighed: Weighed, *, now: datetime) -> dict[str, Any]:
    """Give, as decimal strings, the share of such customers who stay a year (`stays`), and by how
    much the proposal must raise it to pay for itself at the base value (`needed`, None where the
    value is not known). It is reckoned whoever asks, and shown to those who may know.
    """
    account = account_queries.by_id(row.account_id)
    value = account_queries.value(
        account.id, at=now, viewer=access.job("concessions.keep_expectation")
    )
    found = worth(row, account, finding.parts(row), weighed, value)
    base = next((one.even for one in found if one.level == "base"), None)
    needed = None if base is None or base.needed is None else round(base.needed, 6)
    return {
        "stays": str(round(retention(account, value), 6)),
        "needed": None if needed is None else str(needed),
    }
