"""The first message to a customer, as the template that a route names proposes it.

Each only says what is sure on the first day: that it was heard, who answers for it, when the
customer hears next. None says whose fault it was.
"""

from collections.abc import Callable
from typing import NamedTuple

from portal.core.i18n import _


class Letter(NamedTuple):
    """A proposed message, to be read and changed by whoever sends it."""

    subject: str
    text: str


def letter(template: str, *, demand: str, owner: str, day: str) -> Letter | None:
    """Give what a template proposes in the language spoken now; `day` is by when the customer hears
    from us next, as they write it. None for a template that does not exist.
    """
    made = _LETTERS.get(template)
    if made is None:
        return None
    subject, paragraphs = made(demand)
    answers = _("%(owner)s answers for it on our side.", owner=owner) if owner else ""
    again = _("You hear from us again by %(day)s at the latest.", day=day) if day else ""
    closing = " ".join(filter(None, (answers, again)))
    text = "\n\n".join(filter(None, (_("Good day,"), *paragraphs, closing, _("Kind regards"))))
    return Letter(subject, text)


def _executive(demand: str) -> tuple[str, tuple[str, ...]]:
    return _("What you told us, and how we go on"), (
        _("Thank you for telling us plainly what this means for you. Our management knows of it."),
        _("This is how we understood what you ask for: %(demand)s", demand=demand),
        _("Please correct us if we missed something."),
    )


def _legal(_demand: str) -> tuple[str, tuple[str, ...]]:
    return _("We have received your letter"), (
        _("We confirm that your letter has reached us. It is being examined."),
        _("You will have our answer on the matter itself in writing."),
    )


def _security(_demand: str) -> tuple[str, tuple[str, ...]]:
    return _("Your report on security or personal data"), (
        _("We have received your report. Those who look after security and privacy know of it."),
        _("We tell you what we find as soon as it is certain, and what you can do yourselves."),
        _("Please send us no personal data by e-mail."),
    )


def _opportunity(demand: str) -> tuple[str, tuple[str, ...]]:
    return _("Your plans, and what we can do for them"), (
        _("Thank you for thinking of us."),
        _("This is how we understood what you ask for: %(demand)s", demand=demand),
    )


_LETTERS: dict[str, Callable[[str], tuple[str, tuple[str, ...]]]] = {
    "executive": _executive,
    "legal": _legal,
    "security": _security,
    "opportunity": _opportunity,
}
