"""Why no model comes of a table, in words for people."""

from portal.core.fitting.errors import NotFitted
from portal.core.i18n import lazy_gettext as _

WORDS = {
    "no_column": _("There is no column “%(column)s”; the table has: %(there)s."),
    "column_twice": _("There are two columns “%(column)s”: which one counts?"),
    "no_rows": _("There are no rows under the header."),
    "short_row": _("Line %(line)s has %(there)s cells, the header has %(wanted)s."),
    "blank": _("Line %(line)s, %(column)s: the cell is blank."),
    "not_a_number": _("Line %(line)s, %(column)s: “%(text)s” is not a number."),
    "negative": _("Line %(line)s, %(column)s: %(text)s is below zero."),
    "not_whole": _("Line %(line)s, %(column)s: %(text)s is not a whole number."),
    "too_large": _("Line %(line)s, %(column)s: %(text)s is too large to be believed."),
    "too_many_rows": _("There are more than %(most)s rows."),
    "year_twice": _("Line %(line)s: year %(year)s stands twice in the same cohort."),
    "no_year_0": _("A cohort needs year 0: how many there were at the beginning."),
    "empty_cohort": _("A cohort begins with nobody."),
    "more_survivors": _("Line %(line)s: more survive than the year before."),
    "only_year_0": _("A cohort has no year after year 0: nothing was observed of it."),
    "no_time": _("Line %(line)s: T must be above zero."),
    "recency_after_end": _("Line %(line)s: recency is later than T."),
    "not_positive": _("Line %(line)s: who bought again must have a monetary value above zero."),
    "one_customer": _("One customer tells nothing of how customers differ: there must be more."),
    "all_stay": _("Nobody was lost (100 % retention): no curve can be fitted to no loss."),
    "all_leave": _(
        "Everybody left at the first renewal (0 % retention): no curve can be fitted to that."
    ),
    "one_renewal": _("One renewal fixes one number, not two: at least two later years are needed."),
    "nobody_again": _("Nobody bought a second time: there are no repeat purchases to fit."),
    "all_the_same": _("All have the same monetary value: there is no difference to fit."),
    "no_interior": _(
        "The likelihood has no interior maximum: it grows towards zero or infinite parameters. "
        "These data show no such differences between customers, or only extreme ones."
    ),
    "ridge": _(
        "The likelihood has no single maximum: many parameters fit these data equally well."
    ),
    "one_class": _("The target “%(column)s” has one class only: there is nothing to tell apart."),
    "many_classes": _(
        "The target “%(column)s” has %(count)s different values; two are needed: %(there)s."
    ),
    "blank_target": _("Line %(line)s: the target is blank."),
    "too_few": _(
        "The rarer class has %(count)s rows: at least %(wanted)s are needed to hold some back."
    ),
    "no_factors": _("No column tells the two classes apart: there is no factor to score by."),
    "no_model": _("This is no model file of ours: %(detail)s."),
    "took_too_long": _("The fit took longer than it may and was ended."),
    "failed": _("The fit ended without an answer: %(detail)s."),
}


def said(error: NotFitted) -> str:
    """Give the sentence for a person, in the reader's language."""
    return str(WORDS[error.why]) % error.details if error.details else str(WORDS[error.why])
