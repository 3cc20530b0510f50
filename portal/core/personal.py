"""The registry of personal data: every column of words says whose data it may hold, or that it
holds none.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Personal:
    """What article 30 asks of a column: whose data, for what, on which ground, how long."""

    whose: str
    purpose: str
    ground: str
    retention: str


CONTACT = Personal(
    "customer contact", "looking after the account", "legitimate interest", "contract end + 3 years"
)
WORDS = Personal(
    "customer contact", "handling the escalation", "legitimate interest", "case closed + 5 years"
)
EMPLOYEE = Personal("employee", "operating the portal", "employment contract", "leaving + 1 year")
MESSAGE = Personal(
    "customer contact or employee",
    "informing the people concerned",
    "legitimate interest",
    "2 years",
)
LOG = Personal(
    "employee or customer contact",
    "proving who did what",
    "legal obligation",
    "10 years, erasable store",
)
SESSION = Personal("employee", "keeping a person signed in", "contract", "end of the session")


def personal(what: Personal) -> dict[str, Any]:
    """Mark a column as able to hold personal data."""
    return {"personal": what}


IMPERSONAL: dict[str, Any] = {"personal": None}
"""Marks a column of words that holds no personal data: keys, enums, digests, texts of policies."""
