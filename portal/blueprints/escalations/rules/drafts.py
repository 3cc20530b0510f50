"""Letters to customers: what each says, in the language that is spoken, with its fields."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from portal.core.i18n import _


class Draft(NamedTuple):
    """A letter with the values of its fields in place; a field without one stands as [its name]."""

    subject: str
    text: str


KINDS = ("first_answer", "progress", "delay", "solved")
FIELDS = ("done", "next_step", "by_when", "reason")
"""What only its author knows; the rest is known of the case."""
MARK = re.compile(r"\[([^\[\]\n]{1,60})\]")


def kind_words(kind: str) -> str:
    """Give the name of a letter."""
    return {
        "first_answer": _("First answer"),
        "progress": _("How far we are"),
        "delay": _("It takes longer"),
        "solved": _("It is solved"),
    }[kind]


def field_words(name: str) -> str:
    """Give the name of a field."""
    return {
        "done": _("what we have done"),
        "next_step": _("what we do next"),
        "by_when": _("by when"),
        "reason": _("why it takes longer"),
        "customer": _("name of the customer's contact"),
        "owner": _("name of the owner"),
        "next_update": _("when they next hear from us"),
    }[name]


def draft(kind: str, known: Mapping[str, str]) -> Draft:
    """Give a letter in the language that is spoken; `known` are the fields with a value."""
    given = {name: known.get(name) or f"[{field_words(name)}]" for name in _needed(kind)}
    hello, bye = _("Dear %(customer)s,", **_of(given, "customer")), given["owner"]
    promise = _("You hear from us again by %(next_update)s.", **_of(given, "next_update"))
    subject, middle = _body(kind, given)
    parts = [hello, *middle, promise, bye] if kind != "solved" else [hello, *middle, bye]
    return Draft(str(subject), "\n\n".join(str(part) for part in parts))


def _needed(kind: str) -> tuple[str, ...]:
    own = {
        "first_answer": ("next_step",),
        "progress": ("done", "next_step"),
        "delay": ("reason", "by_when"),
        "solved": ("done",),
    }[kind]
    return ("customer", "owner", "next_update", *own)


def _of(given: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: given[name] for name in names}


def _body(kind: str, given: Mapping[str, str]) -> tuple[str, list[str]]:
    if kind == "first_answer":
        return _("We have taken up your matter"), [
            _("Your message has reached us, and I am now responsible for it."),
            _("Our next step: %(next_step)s.", **_of(given, "next_step")),
        ]
    if kind == "progress":
        return _("How far we are"), [
            _("Since we last wrote: %(done)s.", **_of(given, "done")),
            _("Our next step: %(next_step)s.", **_of(given, "next_step")),
        ]
    if kind == "delay":
        return _("We need more time"), [
            _(
                "It takes longer than we told you, because of this: %(reason)s.",
                **_of(given, "reason"),
            ),
            _("It will be done by %(by_when)s.", **_of(given, "by_when")),
        ]
    return _("Your matter is solved"), [
        _("This is what we have done: %(done)s.", **_of(given, "done")),
        _("If anything is missing, answer this message: it reaches me."),
    ]


def unfilled(text: str, names: Mapping[str, str]) -> list[str]:
    """Give the names of fields that still stand in a text without a value; `names` gives, for each
    name in whichever language, the name to say.
    """
    found = [names[mark] for mark in MARK.findall(text) if mark in names]
    return list(dict.fromkeys(found))
