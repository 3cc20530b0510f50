"""What set a case off, in one sentence; who owns it and what is owed stand below it."""

from collections.abc import Callable
from datetime import date

from portal.core.i18n import _

from ..models import Trigger


def headline(
    account: str, trigger: Trigger, *, due: date | None, day: Callable[[date], str]
) -> str:
    """Give the sentence; `due` is when the customer wants it by, `day` how the reader writes it."""
    threat = _threat(trigger, account)
    return threat if due is None else _("%(threat)s by %(day)s", threat=threat, day=day(due))


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
