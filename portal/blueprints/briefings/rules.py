"""Who may open an issue, what its classification is, and what can be asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from portal.core.access import Actor, K, Role, Subject, sees
from portal.core.calendar import Calendar, from_local, knows_holidays
from portal.core.i18n import lazy_gettext
from portal.reports.linter import Lack

from .models import CopyEnding, Ending, Kind, Rhythm

WORDS = {K.INTERNAL: "internal", K.CONFIDENTIAL: "confidential", K.RESTRICTED: "restricted"}


CUSTOMER = "customer"
"""The audience that is none of our roles: a post-mortem without internal notes, names, amounts."""
ALL, MINE = "ALL", "MINE"
"""Portfolios besides those of a region: everybody a reader may see, and their own customers."""


@dataclass(frozen=True, kw_only=True)
class Edition:
    """What an issue shall look like: language, sheet, whose edition it is (empty: the
    reader's), with its annex or not; `final` refuses what the linter would make a draft, `news`
    what says nothing that the reader was not told. It opens no more from `expires_at` (UTC) on.
    """

    locale: str
    paper: str = "A4"
    verify_at: str = ""
    annex: bool = False
    audience: str = ""
    final: bool = False
    news: bool = False
    expires_at: datetime | None = None

    def audience_of(self, reader: Actor) -> str:
        """Give whose edition it is: the one that was asked for, else the reader's first role."""
        held = next((role for role in AUDIENCES if role in reader.roles), None)
        return self.audience or (held.value if held else "")


AUDIENCES = (
    Role.LEADERSHIP,
    Role.EXECUTIVE,
    Role.LEGAL,
    Role.FINANCE,
    Role.PROGRAMME_MANAGER,
    Role.ESCALATION_MANAGER,
    Role.CSM,
    Role.ACCOUNT_MANAGER,
    Role.SUPPORT,
    Role.CONTRIBUTOR,
)
"""For whom editions are made; of several roles of a reader the first is named."""
BEGIN = {
    "account": "ACC-",
    "escalation": "ESC-",
    "concession": "CON-",
    "sponsor": "SPO-",
    "nomination": "NOM-",
    "postmortem": "PM-",
    "portfolio": "",
}
"""How the references begin that the kinds are about, by the words of the command line."""


class Standing(StrEnum):
    """What a paper in somebody's hand is: the newest of its kind for its reader, an older one, one
    whose time is over, one that was taken back, or none of ours.
    """

    GENUINE = "genuine"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


def kind_of(about: str) -> str:
    """Give the kind, in the words of the command line, that a reference is about; what is no
    reference is a portfolio.
    """
    reference = about.upper()
    return next(
        (kind for kind, begins in BEGIN.items() if begins and reference.startswith(begins)),
        "portfolio",
    )


def end_of(day: date | None, *, zone: str) -> datetime | None:
    """Give the instant (UTC) at which a day is over on the wall of a zone."""
    if day is None:
        return None
    return from_local(datetime.combine(day + timedelta(days=1), time()), zone)


LACKS = {
    Lack.ASK: lazy_gettext("the decision asked of the reader"),
    Lack.OPTIONS: lazy_gettext("options to decide between"),
    Lack.RECOMMENDED: lazy_gettext("a recommendation that is one of the options"),
    Lack.ASK_DATE: lazy_gettext("the date by which to decide"),
    Lack.ASK_DATE_PAST: lazy_gettext("a date to decide by that is not already past"),
    Lack.OWNER: lazy_gettext("the owner"),
    Lack.QUOTE: lazy_gettext("the customer’s own words"),
    Lack.QUOTE_DATE: lazy_gettext("the date of the customer’s words"),
    Lack.SOURCE: lazy_gettext("the source of an amount"),
    Lack.SOURCE_DATE: lazy_gettext("the date of a source"),
    Lack.OFFER: lazy_gettext("what the customer gets"),
    Lack.APOLOGY: lazy_gettext("the apology"),
    Lack.FIX: lazy_gettext("the fix"),
    Lack.REQUEST: lazy_gettext("the request for signatures"),
    Lack.OBJECTION: lazy_gettext("an offer that the policy does not forbid"),
    Lack.INSURER: lazy_gettext("whether the insurer was told"),
    Lack.OUTCOME: lazy_gettext("the outcome in words"),
    Lack.WHY: lazy_gettext("why it should be admitted"),
    Lack.EXECUTIVE: lazy_gettext("the customer’s executive"),
    Lack.TOUCH_DATE: lazy_gettext("the day of the next touchpoint"),
    Lack.HANDED_IN: lazy_gettext("that it was handed in"),
    Lack.SUMMARY: lazy_gettext("the summary"),
    Lack.LESSON: lazy_gettext("what a post-mortem needs before approval"),
    Lack.APPROVAL: lazy_gettext("the approval by leadership"),
    Lack.PUBLICATION: lazy_gettext("its publication"),
    Lack.CUSTOMERS: lazy_gettext("a customer that this reader may see"),
    Lack.ROOM: lazy_gettext("who is in the room"),
    Lack.SAY: lazy_gettext("three sentences to say"),
    Lack.AVOID: lazy_gettext("three sentences not to say"),
}


KINDS = {
    Kind.ACCOUNT: lazy_gettext("Account briefing"),
    Kind.ESCALATION: lazy_gettext("Escalation briefing"),
    Kind.DELTA: lazy_gettext("Daily delta"),
    Kind.CALL: lazy_gettext("Call card"),
    Kind.COMPENSATION: lazy_gettext("Compensation memo"),
    Kind.SPONSOR: lazy_gettext("Sponsor brief"),
    Kind.NOMINATION: lazy_gettext("Nomination dossier"),
    Kind.POSTMORTEM: lazy_gettext("Post-mortem report"),
    Kind.PORTFOLIO_RISK: lazy_gettext("Portfolio report"),
    Kind.QUARTERLY_REVIEW: lazy_gettext("Book of a quarterly review"),
    Kind.BOOK: lazy_gettext("Book of accounts"),
}


FETCHES = {
    "briefings.opened": lazy_gettext("opened"),
    "briefings.downloaded": lazy_gettext("fetched"),
    "briefings.kept": lazy_gettext("kept on a device"),
    "briefings.opened_on_device": lazy_gettext("opened on a device"),
    "briefings.link_used": lazy_gettext("came by a link that opens once"),
}
"""What somebody did with an issue, by the event that says so."""


KEPT = (K.INTERNAL, K.CONFIDENTIAL)
"""The classes of issues that may be kept on a device: never what is restricted."""
COPY_ENDINGS = {
    CopyEnding.SIGNED_OUT: lazy_gettext("its reader signed out there"),
    CopyEnding.TAKEN_BACK: lazy_gettext("it was taken back"),
    CopyEnding.DROPPED: lazy_gettext("its reader removed it there"),
    CopyEnding.ACCESS: lazy_gettext("what its reader may do has changed"),
}


CLASSIFICATIONS = {
    "customer": lazy_gettext("For the customer"),
    "internal": lazy_gettext("Internal"),
    "confidential": lazy_gettext("Confidential"),
    "restricted": lazy_gettext("Restricted"),
}


def lacks(problems: list[str]) -> list[str]:
    """Say in the reader's language what keeps an issue a draft."""
    return [str(LACKS[Lack(problem)]) for problem in problems]


def classification(klass: K) -> str:
    """Give the word for the highest class of field that an issue holds."""
    return WORDS[klass]


def may_open(viewer: Actor, *, reader_id: int, author_id: int | None, klass: K) -> bool:
    """Say whether the viewer may read the content: its reader, or its author where they may
    read that class.
    """
    if viewer.id is None:
        return False
    own = viewer.id == author_id and sees(viewer, Subject.BRIEFING, klass=klass, related=True)
    return viewer.id == reader_id or own


CASES = (Kind.ESCALATION, Kind.DELTA)
"""Kinds about the same thing, a case: they share their numbers, and who read one was told."""
SENT = {
    Kind.DELTA: "ESC-",
    Kind.ESCALATION: "ESC-",
    Kind.ACCOUNT: "ACC-",
    Kind.SPONSOR: "SPO-",
    Kind.PORTFOLIO_RISK: "",
}
"""What can be sent by the clock, and how the references begin that it is about."""
SEVERAL = {
    Kind.DELTA: (MINE, ALL),
    Kind.ESCALATION: (MINE, ALL),
    Kind.ACCOUNT: (MINE,),
    Kind.SPONSOR: (MINE,),
    Kind.PORTFOLIO_RISK: (ALL, MINE),
}
"""What stands for several records, and for those that a reader has when it is sent."""
RHYTHMS = {
    Rhythm.WORKDAYS: lazy_gettext("every working day"),
    Rhythm.WEEKLY: lazy_gettext("once a week"),
    Rhythm.MONTHLY: lazy_gettext("on the first working day of the month"),
}
ENDINGS = {
    Ending.STOPPED: lazy_gettext("stopped"),
    Ending.UNSUBSCRIBED: lazy_gettext("unsubscribed from the mail"),
    Ending.OVER: lazy_gettext("what it was about is over"),
    Ending.HIDDEN: lazy_gettext("what it was about is not open to its reader"),
}
WEEK = {str(day): (("09:00", "17:00"),) for day in range(5)}
AHEAD = 400
"""How many days are looked at for the next working day of a rhythm: more than a month and a week of
holidays, and an end for a calendar that never opens.
"""


def days_off(calendar: str, *, zone: str) -> Callable[[date], bool]:
    """Give what says of a day whether somebody does not work: at weekends, and on the public
    holidays of the country that their calendar names, where they are known.
    """
    country = calendar.upper()
    if not knows_holidays(country):
        return lambda day: day.weekday() > 4
    opening = Calendar.for_country(country, zone=zone, week=WEEK)
    return lambda day: day.weekday() > 4 or opening.is_holiday(day)


def next_slot(
    rhythm: Rhythm,
    *,
    weekday: int,
    hour: int,
    zone: str,
    is_off: Callable[[date], bool],
    after: datetime,
) -> datetime:
    """Give the first instant (UTC) after another at which a rhythm delivers: at an hour on the wall
    of a zone, on a working day; what falls on a day off comes on the next working day.
    """
    day = after.astimezone(ZoneInfo(zone)).date()
    for _day in range(AHEAD):
        if not is_off(day) and _is_turn(day, rhythm, weekday=weekday, is_off=is_off):
            found = from_local(datetime.combine(day, time(hour)), zone)
            if found > after:
                return found
        day += timedelta(days=1)
    raise ValueError("a calendar without a working day")


def _is_turn(day: date, rhythm: Rhythm, *, weekday: int, is_off: Callable[[date], bool]) -> bool:
    """Say whether a working day is the one that a rhythm means: the day named, or the first working
    one after it.
    """
    if rhythm is Rhythm.WORKDAYS:
        return True
    back = (day.weekday() - weekday) % 7 if rhythm is Rhythm.WEEKLY else day.day - 1
    return all(is_off(day - timedelta(days=n)) for n in range(1, back + 1))


def is_about(about: str, *, kind: Kind) -> bool:
    """Say whether something can be what a subscription of a kind is about; a portfolio may be any
    region.
    """
    begins = SENT[kind]
    return about in SEVERAL[kind] or (about.startswith(begins) and bool(about))
