"""The situation of a case in one sentence, in parts that a page or a briefing may style."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from portal.core.i18n import _
from portal.core.money import Money

from ..models import Severity, Trigger


@dataclass(frozen=True)
class Situation:
    """What the sentence is made of."""

    account: str
    trigger: Trigger
    severity: Severity
    demand_due: date | None = None
    at_stake: Money | None = None
    owner: str | None = None
    next_contact: datetime | None = None


@dataclass(frozen=True)
class Formats:
    """How the reader writes dates, times and money."""

    day: Callable[[date], str]
    moment: Callable[[datetime], str]
    money: Callable[[Money], str]


def headline(situation: Situation, *, formats: Formats) -> tuple[str, ...]:
    """Give the parts of the sentence, in order; joined with "; " they read as one."""
    threat = _threat(situation.trigger, situation.account)
    if situation.demand_due is not None:
        threat = _("%(threat)s by %(day)s", threat=threat, day=formats.day(situation.demand_due))
    severity = situation.severity.value
    parts: list[str] = [_("%(severity)s: %(threat)s", severity=severity, threat=threat)]
    if situation.at_stake is not None:
        parts.append(_("%(amount)s of ARR at stake", amount=formats.money(situation.at_stake)))
    if situation.owner:
        parts.append(_("%(name)s owns it", name=situation.owner))
    else:
        parts.append(_("nobody owns it yet"))
    if situation.next_contact is not None:
        moment = formats.moment(situation.next_contact)
        parts.append(_("next news to the customer %(moment)s", moment=moment))
    return tuple(parts)


def _threat(trigger: Trigger, account: str) -> str:
    """Say what set the case off, with the account as subject."""
    words: dict[Trigger, str] = {
        Trigger.CANCELLATION_THREAT: _("%(account)s threatens to leave", account=account),
        Trigger.LEGAL_THREAT: _("%(account)s threatens legal steps", account=account),
        Trigger.REGULATOR_COMPLAINT: _("%(account)s turns to an authority", account=account),
        Trigger.PUBLIC_EXPOSURE: _("%(account)s goes public", account=account),
        Trigger.EXECUTIVE_COMPLAINT: _(
            "%(account)s complains from executive to executive", account=account
        ),
        Trigger.SECURITY_OR_PRIVACY: _(
            "%(account)s reports a matter of security or privacy", account=account
        ),
        Trigger.SLA_BREACH: _("%(account)s did not get the agreed service", account=account),
        Trigger.CUSTOMER_DEADLINE: _("%(account)s has set a deadline", account=account),
        Trigger.INACTIVITY: _("%(account)s has gone quiet", account=account),
        Trigger.RECURRENCE: _("%(account)s has the same trouble again", account=account),
        Trigger.OPPORTUNITY: _("%(account)s offers an opportunity", account=account),
        Trigger.OTHER_EXTRAORDINARY: _("%(account)s takes an extraordinary step", account=account),
    }
    return words[trigger]
