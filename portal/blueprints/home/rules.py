"""What a day's first sentence says, and in which order things need a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.core.i18n import lazy_gettext

WORDS = {
    "clock_acknowledge": lazy_gettext("Acknowledge as owner:"),
    "clock_owner_named": lazy_gettext("Name an owner:"),
    "clock_silence": lazy_gettext("The customer must hear from us:"),
    "clock_reply_owed": lazy_gettext("The customer waits for an answer:"),
    "clock_executive_brief": lazy_gettext("Brief the executive:"),
    "clock_close": lazy_gettext("Close within the limit:"),
    "clock_promise": lazy_gettext("A promise of this case falls due:"),
    "ask": lazy_gettext("Decision asked of you:"),
    "promise": lazy_gettext("Promised:"),
    "task": lazy_gettext("To do for a case:"),
    "step": lazy_gettext("Step of the playbook:"),
    "postmortem": lazy_gettext("Post-mortem to write:"),
    "action": lazy_gettext("Action of a post-mortem:"),
    "loss": lazy_gettext("Loss note to write, five minutes:"),
    "waiver": lazy_gettext("Post-mortem to leave out, or not:"),
    "briefing": lazy_gettext("Briefing to read:"),
    "sign": lazy_gettext("Compensation to sign:"),
    "nomination": lazy_gettext("Nomination to decide:"),
    "line": lazy_gettext("The customer wrote to their sponsor:"),
    "policy": lazy_gettext("Policy to sign:"),
    "roster": lazy_gettext("The roster runs out:"),
    "complete": lazy_gettext("Nomination to complete and send:"),
}
VERBS = {
    "clock_acknowledge": lazy_gettext("Accept or hand on"),
    "clock_silence": lazy_gettext("Write or log a call"),
    "clock_reply_owed": lazy_gettext("Answer"),
    "clock_promise": lazy_gettext("Keep or renegotiate"),
    "ask": lazy_gettext("Decide"),
    "promise": lazy_gettext("Keep or renegotiate"),
    "task": lazy_gettext("Do or hand on"),
    "step": lazy_gettext("Do and tick"),
    "briefing": lazy_gettext("Read it"),
    "sign": lazy_gettext("Look and sign"),
    "waiver": lazy_gettext("Decide"),
    "nomination": lazy_gettext("Decide"),
    "line": lazy_gettext("Answer"),
    "policy": lazy_gettext("Look and sign"),
    "roster": lazy_gettext("Plan the duty"),
    "complete": lazy_gettext("Complete"),
}


@dataclass(frozen=True)
class Need:
    """One thing that needs the viewer: until when, what, where to do it."""

    kind: str
    title: str
    note: str
    href: str
    at: datetime | None = None
    severity: str | None = None


@dataclass(frozen=True)
class Day:
    """What needs the viewer: late, today and tomorrow by the clock, later, and without a clock."""

    late: tuple[Need, ...]
    soon: tuple[Need, ...]
    later: tuple[Need, ...]
    undated: tuple[Need, ...]

    @property
    def count(self) -> int:
        """Give how many things need the viewer."""
        return sum(len(part) for part in (self.late, self.soon, self.later, self.undated))


def arranged(needs: Sequence[Need], *, now: datetime, until: datetime) -> Day:
    """Put needs in the order of their clocks: over, due before `until`, and the rest."""
    dated = sorted((n for n in needs if n.at is not None), key=lambda n: (n.at, n.title))
    return Day(
        late=tuple(n for n in dated if n.at is not None and n.at < now),
        soon=tuple(n for n in dated if n.at is not None and now <= n.at < until),
        later=tuple(n for n in dated if n.at is not None and n.at >= until),
        undated=tuple(n for n in needs if n.at is None),
    )
