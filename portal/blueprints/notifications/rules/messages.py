"""Decisions about messages: when to try again, what stays in the portal, where they lead."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from unicodedata import category

from portal.core import records
from portal.core.access import K
from portal.core.errors import Refused
from portal.core.i18n import _
from portal.core.money import Currency, Money

GIVE_UP_AFTER, PAGES_GIVE_UP_AFTER = 80, 8
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
LEASE = timedelta(minutes=2)
"""How long a try may take; after that somebody else takes the message over."""

LARGEST_FILE = 8 * 1024 * 1024
"""The largest file, in bytes, that goes with a mail: many servers take no more, once encoded."""

SEALED, RESET = "notifications/sealed", "auth/reset"
BY_ITSELF = "automatic:"
"""Begins the keys of messages to customers that no person wrote."""
ADDRESS = re.compile(r"[^@\s<>,;:\"]+@[^@\s<>,;:\"]+\.[^@\s<>,;:\".]+")


def wait(tries: int) -> timedelta:
    """Give how long to wait after the n-th failed try: 30 s doubling to an hour; 80 tries are about
    three days, and a replay begins anew.
    """
    doublings: int = min((tries - 1) % GIVE_UP_AFTER, 10)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def is_final(*, tries: int, code: int | None, most: int = GIVE_UP_AFTER) -> bool:
    """Say whether a failure ends the tries: the server's permanent no (RFC 5321: 5yz), or `most`
    tries, which for mail are three days.
    """
    return tries % most == 0 or (code is not None and 500 <= code < 600)


def is_address(text: str) -> bool:
    """Say whether this can be one mail address: no second one, no line break, no display name."""
    return len(text) <= 254 and ADDRESS.fullmatch(text) is not None


def template_for(template: str, *, klass: K) -> str:
    """Give the template that may leave the portal: restricted words never do, a neutral hint
    does.
    """
    return SEALED if klass >= K.RESTRICTED else template


def path_of(context: Mapping[str, Any], *, record: str | None) -> str:
    """Give the page a notification leads to: its own, its record's, or the list."""
    return str(context.get("path") or records.path_of(record) or "/notifications/")


def clean(text: str) -> str:
    """Give a text without control characters and half characters; line breaks and tabs stay."""
    if text.isprintable():  # what nearly always comes; the way below looks at each character
        return text
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c in "\n\t" or category(c) not in {"Cc", "Cs"})


def packed(context: Mapping[str, Any]) -> dict[str, Any]:
    """Give a context as JSON; instants, days, amounts and rates keep their kind."""
    return {name: _packed(value) for name, value in context.items()}


def _packed(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, Money):
        return {"~money": [str(value.amount), value.currency.code]}
    if isinstance(value, datetime):
        return {"~at": value.astimezone(UTC).isoformat()}
    if isinstance(value, date):
        return {"~on": value.isoformat()}
    if isinstance(value, Decimal):
        return {"~number": str(value)}
    if isinstance(value, list | tuple):
        return [_packed(item) for item in value]
    if isinstance(value, Mapping):
        return packed(value)
    return value


def unpacked(context: Mapping[str, Any]) -> dict[str, Any]:
    """Give a context back as it was before `packed`."""
    return {name: _unpacked(value) for name, value in context.items()}


def _unpacked(value: Any) -> Any:
    if isinstance(value, list):
        return [_unpacked(item) for item in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"~money": [amount, code]}:
            return Money(Decimal(amount), Currency(code))
        case {"~at": at}:
            return datetime.fromisoformat(at)
        case {"~on": on}:
            return date.fromisoformat(on)
        case {"~number": number}:
            return Decimal(number)
    return unpacked(value)


def reason(why: str, *, record: str | None) -> str:
    """Say in a sentence why somebody is told; `why` is the code that the sender gave."""
    known = {
        "owner": _("you own it"),
        "account_owner": _("you look after this customer"),
        "team": _("it is your team's"),
        "assigned": _("it was assigned to you"),
        "manager": _("you lead the person who owns it"),
        "executive": _("you are its executive"),
        "sponsor": _("you sponsor this customer"),
        "sponsoring": _("you are an executive sponsor"),
        "finance": _("you look after what we spend"),
        "panel": _("you sit on the panel that decides it"),
        "programme": _("you run the sponsorship programme"),
        "approver": _("your decision is needed"),
        "response": _("its playbook names you"),
        "named": _("you are one of the people named on it"),
        "watcher": _("you watch it"),
        "proposer": _("you asked for it"),
        "author": _("you wrote it"),
        "facilitator": _("you lead this post-mortem"),
        "contributor": _("you contribute to it"),
        "mentioned": _("somebody named you"),
        "promised": _("you promised it"),
        "reader": _("it is addressed to you"),
        "subscribed": _("you subscribed to it"),
        "caller": _("you had this customer on the phone"),
        "duty": _("you are on duty"),
        "roster": _("you plan who is on duty"),
        "duty_over": _("you were on duty"),
        "admin": _("you run this installation"),
        "policy": _("you look after the policies"),
        "digest": _("you chose to hear of some things once a day"),
        "substitute": _("you stand in for somebody who is away"),
        "security": _("it concerns your access to Parley"),
        "intake": _("you sort the mail that comes in"),
        "customer": _("you are our contact for this matter"),
    }
    other = _("you work on %(record)s", record=record) if record else _("it concerns you")
    return str(known.get(why, other))


FIELD = re.compile(
    r"(?<![\w/$=:.\-\"'`])(?:\{\{?\s?[^\W\d_][\w .’'-]{0,40}\}\}?|%\([^\W\d_]\w{0,40}\)s)(?![\w/])"
)
"""A field as templates write it, standing by itself: in an address or in code it is none."""


def refuse_fields(*texts: str, field: str) -> None:
    """Refuse words that still hold a field of a template, such as {customer}: it would go out as it
    stands.
    """
    found = dict.fromkeys(mark for text in texts for mark in FIELD.findall(text))
    if found:
        raise Refused(
            _(
                "Write out what stands as a field: it would go out so: %(names)s.",
                names=", ".join(found),
            ),
            field=field,
        )
