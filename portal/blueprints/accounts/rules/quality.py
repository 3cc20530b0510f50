"""What may be wrong with the data of an account, and what counts as the same name."""

from enum import StrEnum

from portal.core.i18n import lazy_gettext


class Fault(StrEnum):
    """What may be wrong with an account."""

    NO_OWNER = "no_owner"
    RENEWAL_PASSED = "renewal_passed"
    RENEWAL_BEFORE_START = "renewal_before_start"
    OTHER_CURRENCY = "other_currency"
    NOTHING_ABOVE = "nothing_above"
    DUPLICATE = "duplicate"


FAULTS = {
    Fault.NO_OWNER: lazy_gettext("Nobody looks after it"),
    Fault.RENEWAL_PASSED: lazy_gettext("Renewal in the past"),
    Fault.RENEWAL_BEFORE_START: lazy_gettext("Renewal before the start"),
    Fault.OTHER_CURRENCY: lazy_gettext("Contract in another currency"),
    Fault.NOTHING_ABOVE: lazy_gettext("The account above is not there"),
    Fault.DUPLICATE: lazy_gettext("Likely a duplicate"),
}
LEGAL_FORMS = (
    "gmbh & co. kg", "gmbh & co kg", "incorporated", "corporation", "limited", "company", "gmbh",
    "s.p.a.", "s.r.l.", "s.a.s.", "s.a.r.l.", "s.a.", "s.l.", "b.v.", "n.v.", "sarl", "sasu", "spa",
    "srl", "sas", "ltd.", "ltd", "llc", "llp", "plc", "inc.", "inc", "corp.", "corp", "co.", "aps",
    "oyj", "oy", "asa", "ag", "kg", "se", "sa", "sl", "bv", "nv", "ab", "as",
)  # fmt: skip
"""How companies' names end, the longer ones first: what they say of the owner, not of the name."""
