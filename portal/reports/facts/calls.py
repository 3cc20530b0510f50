"""What a call card says: one page before a call with a customer."""

from dataclasses import dataclass, field
from datetime import datetime

from .parts import Account, Ask, CustomerPerson, Issue, Promises, Quote, Reader, Situation, Strip


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCard:
    """Everything a call card says. `reference` is the case or customer that it is about; `guests`
    are who is in the room, `must_hear` what is at stake for each; `last` is the last word of the
    last touchpoint; `after` is host and path of the page that asks what was promised.
    """

    issue: Issue
    reader: Reader
    account: Account
    reference: str
    at: datetime
    situation: Situation = field(default_factory=Situation)
    strip: Strip = field(default_factory=Strip)
    guests: tuple[CustomerPerson, ...] = ()
    say: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    last: Quote | None = None
    ask: Ask | None = None
    promises: Promises = field(default_factory=Promises)
    after: str | None = None
