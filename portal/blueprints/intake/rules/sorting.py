"""Where a mail goes: to the case it answers, to the people who sort mail, or nowhere."""

from typing import NamedTuple

from portal.core.i18n import _

from ..models import State, Why
from .letters import Letter

MOST_AN_HOUR = 60
"""Mails of one address to one case in an hour; more is no conversation: a person looks first."""


class Known(NamedTuple):
    """What we know around a mail: the record whose message it answers (`by_id`), the one that the
    address it was sent to names and signs (`by_address`), whether such an address was `forged`,
    whether the message it answers went to a colleague or was sent by one, whether it came from the
    mailbox itself, and how many came from its sender within an hour.
    """

    by_id: str | None = None
    by_address: str | None = None
    forged: bool = False
    colleague: bool = False
    ours: bool = False
    within_hour: int = 0

    @property
    def record(self) -> str | None:
        """The record it belongs to."""
        return self.by_id or self.by_address


def verdict(letter: Letter, known: Known) -> tuple[State, Why]:
    """Say what becomes of a mail. What programs write is answered by nobody and moves no clock, so
    that two of them never talk to each other.
    """
    if letter.report is not None:
        return State.PUT_ASIDE, Why.REPORT
    if known.ours:
        return State.PUT_ASIDE, Why.OURS
    if letter.automatic:
        return State.PUT_ASIDE, Why.PROGRAM
    if known.colleague:
        return State.WAITING, Why.COLLEAGUE
    if known.record is None:
        return State.WAITING, Why.FORGED if known.forged else Why.NO_MATCH
    if known.within_hour >= MOST_AN_HOUR:
        return State.WAITING, Why.TOO_MANY
    return State.FILED, Why.ANSWER if known.by_id else Why.ADDRESS


def reason(why: Why) -> str:
    """Say why a mail waits for somebody, or was put aside."""
    return {
        Why.NO_MATCH: _("It answers nothing of ours."),
        Why.FORGED: _("Its address names a case, but the signature is not ours."),
        Why.COLLEAGUE: _("A colleague wrote it, or it answers what only a colleague was told."),
        Why.TOO_MANY: _("More came from this address within an hour than one person writes."),
        Why.TOO_LARGE: _("It is too large to be taken: only its head was read."),
        Why.ANSWER: _("It answers a message of ours."),
        Why.ADDRESS: _("It was sent to the address of the case."),
        Why.PERSON: _("Somebody decided it."),
        Why.PROGRAM: _("A program wrote it."),
        Why.OURS: _("It came from our own mailbox."),
        Why.REPORT: _("A mail server reports that a message did not arrive."),
    }[why]
