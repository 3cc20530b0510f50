"""Which times may be a deadline at all."""

from datetime import date, datetime

from portal.core.errors import Refused
from portal.core.i18n import _

YEARS = 10


def refuse_untimely(due: datetime, *, now: datetime, field: str) -> None:
    """Refuse a deadline that is not after `now`, or more than ten years later (both in UTC); the
    `field` names its place in a form.
    """
    if due <= now:
        raise Refused(_("This has passed already: choose a time to come."), field=field)
    refuse_too_late(due, now=now, field=field)


def refuse_too_late(due: date | None, *, now: date, field: str) -> None:
    """Refuse a deadline, an instant or a day, more than ten years after `now`: nobody means it; no
    deadline is none too late.
    """
    if due is not None and (due.year, due.month, due.day) > (now.year + YEARS, now.month, now.day):
        raise Refused(
            _("This lies more than %(years)s years ahead: is the year right?", years=str(YEARS)),
            field=field,
        )
