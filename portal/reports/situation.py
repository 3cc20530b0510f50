"""The situation in one sentence: who does what, by when, and what is at stake."""

from collections.abc import Callable

from markupsafe import Markup, escape

from portal.reports.facts import Problem, Situation, Trigger
from portal.reports.sheet import Rung
from portal.reports.words import NBSP, Words, clip

Gettext = Callable[[str], str]
ROOM = 160
"""The most characters of free text in the normal look."""
NORMAL = Rung()


def _clauses(_: Gettext) -> dict[Trigger, str]:
    return {
        Trigger.CANCELLATION_THREAT: _("%(who)s threatens to cancel"),
        Trigger.LEGAL_THREAT: _("%(who)s threatens legal action"),
        Trigger.REGULATOR_COMPLAINT: _("%(who)s is turning to the regulator"),
        Trigger.PUBLIC_EXPOSURE: _("%(who)s threatens to go public"),
        Trigger.EXECUTIVE_COMPLAINT: _("%(who)s has complained to our executives"),
        Trigger.SECURITY_OR_PRIVACY: _("%(who)s reports a breach of security or privacy"),
        Trigger.SLA_BREACH: _("%(who)s holds a breach of our service agreement against us"),
        Trigger.CUSTOMER_DEADLINE: _("%(who)s has set us a deadline"),
        Trigger.INACTIVITY: _("%(who)s has gone quiet"),
        Trigger.RECURRENCE: _("%(who)s is hit by the same problem again"),
        Trigger.OPPORTUNITY: _("%(who)s offers us an opening"),
        Trigger.OTHER_EXTRAORDINARY: _("%(who)s is taking an extraordinary step"),
    }


def _problem(kind: Problem, *, words: Words) -> str:
    pgettext = words.pgettext
    return {
        Problem.BILLING: pgettext("problem", "invoices"),
        Problem.OUTAGE: pgettext("problem", "an outage"),
        Problem.DATA_LOSS: pgettext("problem", "a loss of data"),
        Problem.UNDELIVERED_OR_DEFECTIVE: pgettext(
            "problem", "something not delivered or defective"
        ),
        Problem.FEATURE_GAP: pgettext("problem", "a missing function"),
        Problem.SERVICE_CONDUCT: pgettext("problem", "the way we served them"),
        Problem.PRICE: pgettext("problem", "the price"),
    }[kind]


def sentence(situation: Situation, *, words: Words, rung: Rung = NORMAL) -> Markup:
    """Build the lead from the parts that are known, and say which are not; `rung` has the room for
    free text.
    """
    if situation.trigger is None:
        return _calm(situation, words=words)
    return _ending_together(_alarm(situation, words=words, rung=rung))


def _ending_together(text: Markup) -> Markup:
    # The last three words stay together: one short word on a line of its own reads as a mistake.
    return escape(NBSP).join(text.rsplit(" ", 2))


def _alarm(situation: Situation, *, words: Words, rung: Rung) -> Markup:
    _ = words.gettext
    who = (
        clip(situation.who, rung.room(80))
        if situation.who
        else words.pgettext("paper", "The customer")
    )
    # The first two words stay together: a line of one short word at the top reads as a mistake.
    assert situation.trigger is not None
    clause = words.fill(_clauses(_)[situation.trigger], who=who.replace(" ", NBSP, 1))
    because = _because(situation, words=words, rung=rung)
    if because:
        clause = words.fill(_("%(clause)s (%(because)s)"), clause=clause, because=because)
    return _with_deadline_and_stake(situation, clause=clause, words=words)


def _because(situation: Situation, *, words: Words, rung: Rung) -> str:
    if situation.because:
        what = words.pgettext("paper", "Impact")
        return rung.fit(situation.because, ROOM, what=what).rstrip(".")
    return _problem(situation.problem, words=words) if situation.problem else ""


def remark(situation: Situation, *, words: Words, rung: Rung = NORMAL) -> str:
    """Give the owner's words on the impact where they are in another language, in its quotation
    marks.
    """
    if not situation.impact:
        return ""
    language = situation.impact_language or words.language
    what = words.pgettext("paper", "Impact")
    kept, pointer = rung.split(situation.impact, ROOM, what=what, language=language)
    said = words.said(kept, language=language)
    text = words.gettext("Impact, in its author’s words: %(said)s") % {"said": said}
    return f"{text} {pointer}".rstrip()


def _calm(situation: Situation, *, words: Words) -> Markup:
    _ = words.gettext
    if situation.at_stake is None:
        return words.fill(
            _(
                "Nothing urgent is known of this customer: "
                "no open case, no deadline, no amount at stake."
            )
        )
    return words.fill(
        _("No open case threatens this customer, which is worth %(stake)s."),
        stake=_bold(_stake(situation, words=words)),
    )


def _with_deadline_and_stake(situation: Situation, *, clause: Markup, words: Words) -> Markup:
    _ = words.gettext
    due = _due(situation, words=words)
    stake = _bold(_stake(situation, words=words)) if situation.at_stake else ""
    claim = ""
    if situation.claimed is not None:
        claim = words.fill(
            _(", and %(claimed)s is claimed"), claimed=words.money(situation.claimed)
        )
    if due and stake:
        text = _("%(clause)s: %(due)s, with %(stake)s at stake%(claim)s.")
    elif due:
        text = _("%(clause)s: %(due)s%(claim)s. What is at stake is not known.")
    elif stake:
        text = _("%(clause)s, with %(stake)s at stake%(claim)s. No deadline is known.")
    else:
        text = _("%(clause)s%(claim)s. Neither a deadline nor the revenue at stake is known.")
    return words.fill(text, clause=clause, due=due, stake=stake, claim=claim)


def _due(situation: Situation, *, words: Words) -> Markup | str:
    if situation.deadline is None:
        return ""
    _ = words.gettext
    when = _bold(words.moment(situation.deadline, long=True))
    if words.past(situation.deadline):
        return words.fill(_("the answer was due by %(when)s"), when=when)
    return words.fill(_("the answer is due by %(when)s"), when=when)


def _stake(situation: Situation, *, words: Words) -> str:
    if situation.at_stake is None:
        return ""
    return str(
        words.fill(
            words.gettext("%(amount)s a year"), amount=words.money(situation.at_stake, cents=False)
        )
    )


def _bold(text: str) -> Markup:
    return Markup("<b>%s</b>") % text
