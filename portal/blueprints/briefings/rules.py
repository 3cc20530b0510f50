"""Who may open an issue, and what its classification is."""

from portal.core.access import Actor, K, Subject, sees
from portal.core.i18n import lazy_gettext
from portal.reports.linter import Lack

from .models import Kind

WORDS = {K.INTERNAL: "internal", K.CONFIDENTIAL: "confidential", K.RESTRICTED: "restricted"}


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
}


KINDS = {
    Kind.ACCOUNT: lazy_gettext("Account briefing"),
    Kind.ESCALATION: lazy_gettext("Escalation briefing"),
    Kind.QUARTERLY_REVIEW: lazy_gettext("Book of a quarterly review"),
}


CLASSIFICATIONS = {
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
