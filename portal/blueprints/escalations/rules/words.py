"""The words for what a case is made of, in the reader's language."""

from collections.abc import Mapping, Sequence

from portal.blueprints.policies.rules import LadderStep, word
from portal.core.i18n import _

from ..models import (
    Channel,
    ClockKind,
    EscalationKind,
    Level,
    NoticeChannel,
    NoticeKind,
    Problem,
    Resolution,
    Severity,
    Stance,
    State,
    Trend,
    Trigger,
)


def part_words(part: str) -> str:
    """Name who takes a part in a playbook: a role, the owner, or a team."""
    team = part.removeprefix("team:")
    return word(part) if team == part else _("the team “%(name)s”", name=team)


def trigger_words(trigger: Trigger) -> str:
    """Name a trigger."""
    words: dict[Trigger, str] = {
        Trigger.CANCELLATION_THREAT: _("Threat to cancel"),
        Trigger.LEGAL_THREAT: _("Legal threat"),
        Trigger.REGULATOR_COMPLAINT: _("Complaint to an authority"),
        Trigger.PUBLIC_EXPOSURE: _("Public exposure"),
        Trigger.EXECUTIVE_COMPLAINT: _("Complaint executive to executive"),
        Trigger.SECURITY_OR_PRIVACY: _("Security or privacy"),
        Trigger.SLA_BREACH: _("Agreed service not met"),
        Trigger.CUSTOMER_DEADLINE: _("Deadline set by the customer"),
        Trigger.INACTIVITY: _("Customer gone quiet"),
        Trigger.RECURRENCE: _("Same trouble again"),
        Trigger.OPPORTUNITY: _("Opportunity"),
        Trigger.OTHER_EXTRAORDINARY: _("Something else out of the ordinary"),
    }
    return words[trigger]


def severity_words(severity: Severity) -> str:
    """Name a severity."""
    words: dict[Severity, str] = {
        Severity.E1: _("E1 critical"),
        Severity.E2: _("E2 high"),
        Severity.E3: _("E3 medium"),
        Severity.E4: _("E4 watch"),
    }
    return words[severity]


def level_words(level: Level) -> str:
    """Name a level."""
    words: dict[Level, str] = {
        Level.L0: _("L0 self-service"),
        Level.L1: _("L1 front line"),
        Level.L2: _("L2 specialist"),
        Level.L3: _("L3 expert"),
        Level.EXECUTIVE: _("Executive level"),
    }
    return words[level]


def kind_words(kind: EscalationKind) -> str:
    """Name what a case asks for."""
    words: dict[EscalationKind, str] = {
        EscalationKind.FUNCTIONAL: _("Other expertise"),
        EscalationKind.HIERARCHICAL: _("More authority"),
    }
    return words[kind]


def channel_words(channel: Channel) -> str:
    """Name how the customer's words came."""
    words: dict[Channel, str] = {
        Channel.PHONE: _("Telephone"),
        Channel.EMAIL: _("E-mail"),
        Channel.MEETING: _("Meeting"),
        Channel.LETTER: _("Letter"),
        Channel.TICKET: _("Support ticket"),
        Channel.SOCIAL: _("Social network"),
        Channel.FORM: _("Web form"),
        Channel.API: _("Another system"),
    }
    return words[channel]


def problem_words(problem: Problem) -> str:
    """Name what went wrong."""
    words: dict[Problem, str] = {
        Problem.BILLING: _("Billing"),
        Problem.OUTAGE: _("Outage"),
        Problem.DATA_LOSS: _("Loss of data"),
        Problem.UNDELIVERED_OR_DEFECTIVE: _("Not delivered, or defective"),
        Problem.FEATURE_GAP: _("Missing function"),
        Problem.SERVICE_CONDUCT: _("How we served them"),
        Problem.EMPLOYEE_CONDUCT: _("Conduct of a named employee (restricted)"),
        Problem.PRICE: _("Price"),
        Problem.OTHER: _("Other"),
    }
    return words[problem]


def trend_words(trend: Trend) -> str:
    """Name which way a case goes."""
    words: dict[Trend, str] = {
        Trend.IMPROVING: _("Improving"),
        Trend.SAME: _("Same"),
        Trend.DECLINING: _("Declining"),
    }
    return words[trend]


def resolution_words(resolution: Resolution) -> str:
    """Name how a case ended."""
    words: dict[Resolution, str] = {
        Resolution.FIX: _("Fixed"),
        Resolution.WORKAROUND: _("Workaround, the fix comes later"),
        Resolution.CONCESSION: _("Compensation agreed"),
        Resolution.NO_FAULT: _("No fault of ours"),
        Resolution.LOST: _("Customer lost"),
    }
    return words[resolution]


def clock_words(kind: ClockKind) -> str:
    """Name a clock."""
    words: dict[ClockKind, str] = {
        ClockKind.ACKNOWLEDGE: _("Acknowledge"),
        ClockKind.OWNER_NAMED: _("Owner named"),
        ClockKind.SILENCE: _("Customer hears from us"),
        ClockKind.REPLY_OWED: _("Answer owed to the customer"),
        ClockKind.EXECUTIVE_BRIEF: _("Executive briefing"),
        ClockKind.CLOSE: _("Close"),
        ClockKind.HOLDER: _("New owner takes it up"),
        ClockKind.PROMISE: _("Next promise"),
    }
    return words[kind]


def notice_words(kind: NoticeKind) -> str:
    """Name a formal notice; terms of one law keep their own language."""
    words: dict[NoticeKind, str] = {
        NoticeKind.TERMINATION: _("Notice of termination"),
        NoticeKind.MISE_EN_DEMEURE: "Mise en demeure",
        NoticeKind.DIFFIDA_AD_ADEMPIERE: "Diffida ad adempiere",
        NoticeKind.MESSA_IN_MORA: "Messa in mora",
        NoticeKind.LETTER_BEFORE_ACTION: _("Letter before action"),
        NoticeKind.SWITCHING_REQUEST: _("Switching request"),
    }
    return words[kind]


def notice_channel_words(channel: NoticeChannel) -> str:
    """Name how a formal notice came."""
    words: dict[NoticeChannel, str] = {
        NoticeChannel.CERTIFIED_MAIL: _("Certified e-mail"),
        NoticeChannel.REGISTERED_POST: _("Registered post"),
        NoticeChannel.LAWYER: _("Through a lawyer"),
        NoticeChannel.MAIL: _("E-mail"),
    }
    return words[channel]


def stance_words(stance: Stance) -> str:
    """Name where somebody stands."""
    words: dict[Stance, str] = {
        Stance.UNKNOWN: _("Not known"),
        Stance.SUPPORTIVE: _("Supportive"),
        Stance.NEUTRAL: _("Neutral"),
        Stance.CRITICAL: _("Critical"),
    }
    return words[stance]


def state_name(state: State) -> str:
    """Name where a case stands, as a heading or a cell does."""
    words: dict[State, str] = {
        State.DRAFT: _("Draft"),
        State.REQUESTED: _("Requested"),
        State.DECLARED: _("Declared"),
        State.ACCEPTED: _("Accepted"),
        State.STABILISING: _("Stabilising"),
        State.AWAITING_CUSTOMER: _("Awaiting the customer"),
        State.CLOSED: _("Closed"),
        State.DECLINED: _("Declined"),
        State.MERGED: _("Merged"),
        State.VOID: _("Void"),
    }
    return words[state]


def day_words(day: str) -> str:
    """Name a weekday of a calendar document: "0" is Monday."""
    words = (
        _("Monday"),
        _("Tuesday"),
        _("Wednesday"),
        _("Thursday"),
        _("Friday"),
        _("Saturday"),
        _("Sunday"),
    )
    return words[int(day)]


def week_words(week: Mapping[str, Sequence[Sequence[str]]]) -> list[tuple[str, str]]:
    """Give a calendar document's week as (days, hours); days in a row with the same hours stand
    together.
    """
    rows: list[tuple[list[str], str]] = []
    for day in map(str, range(7)):
        hours = ", ".join(f"{start}–{end}" for start, end in week.get(day, ()))
        if rows and rows[-1][1] == hours:
            rows[-1][0].append(day)
        else:
            rows.append(([day], hours))
    return [
        (
            day_words(days[0])
            if len(days) == 1
            else _("%(first)s – %(last)s", first=day_words(days[0]), last=day_words(days[-1])),
            hours or _("closed"),
        )
        for days, hours in rows
    ]


def step_words(step: LadderStep) -> str:
    """Name a step of the ladder: when, and who is told."""
    people = {
        "owner": _("the owner"),
        "substitute": _("the substitute"),
        "manager": _("the owner's manager"),
        "executive_owner": _("the executive owner"),
    }
    told = ", ".join(people[recipient] for recipient in step.tell)
    if step.minutes_after:
        return _("%(n)s min after it ran out: %(who)s", n=step.minutes_after, who=told)
    return _("%(share)s %% of the time: %(who)s", share=step.share_percent, who=told)


def hold_words(room: str) -> str:
    """Name the room whose record holds a case open."""
    names: dict[str, str] = {
        "concessions": _("Compensation"),
        "postmortems": _("Post-mortem"),
        "sponsorship": _("Sponsorship"),
    }
    return names.get(room, room)


def turn_words(verb: str) -> str:
    """Say in a sentence what turn a case took; `verb` is one of `TURNS`."""
    return {
        "accepted": _("It is accepted."),
        "closed": _("It is closed."),
        "executive_named": _("It has another executive owner."),
        "handed_over": _("It has another owner or another team."),
        "level_moved": _("It is handled at another level."),
        "merged": _("It was merged into another case."),
        "received": _("The customer answered."),
        "reopened": _("It is open again."),
        "severity_lowered": _("It is less grave."),
        "severity_raised": _("It is graver."),
        "stabilising": _("It is stabilising."),
        "told_customer": _("The customer heard from us."),
        "voided": _("It is void."),
    }[verb]
