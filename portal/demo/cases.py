"""How a case goes, from the customer's first words to where it stands today."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.accounts.models import EntryKind, Promise, PromiseState
from portal.blueprints.escalations import actions, queries
from portal.blueprints.escalations.actions import Ending, NoticeGiven
from portal.blueprints.escalations.models import (
    OPEN_STATES,
    Escalation,
    NoticeChannel,
    NoticeKind,
    Resolution,
    Severity,
    State,
    Trend,
    Trigger,
)
from portal.blueprints.escalations.queries import Wish
from portal.blueprints.surveys import queries as surveys
from portal.blueprints.surveys.actions import answer as say
from portal.core import clock
from portal.core.access import Actor
from portal.core.db import db

from .course import Course
from .diary import Story, awake, working
from .people import Staff
from .plots import filled, lines, said

PACE = {"E1": 0.7, "E2": 1.6, "E3": 4.2, "E4": 7.5}
"""Days between two words to the customer, a little less than the policy allows."""
LASTS = {"E1": (5, 13), "E2": (7, 21), "E3": (9, 27), "E4": (8, 24)}
ANSWERED = 0.6
"""Share of the customers who answer when they are asked how it went."""
NOTICES = {"fr": NoticeKind.MISE_EN_DEMEURE, "it": NoticeKind.DIFFIDA_AD_ADEMPIERE}


class Teller:
    """Tells one course: who speaks, in whose words; `aside` takes stories that go on beside it."""

    def __init__(self, course: Course, staff: Staff, *, aside: Callable[[Story], None]) -> None:
        self.course, self.staff, self.aside = course, staff, aside
        self.customer, self.plot = course.customer, course.plot
        self.random = Random(f"{course.customer.name} {course.plot.key} {course.seed}")
        self.words = said(course.plot, course.customer.language)
        self.talk: dict[str, Any] = lines("talk")[course.customer.language]
        self.number = self.random.randint(3, 48)
        self.briefed_at: datetime | None = None

    @property
    def case(self) -> Escalation:
        """Give the case."""
        return self.course.case

    @property
    def owner(self) -> Actor:
        """Give who owns the case now."""
        owner_id = self.case.owner_id
        assert owner_id is not None
        return self.staff.by_id(owner_id)

    def text(self, words: str) -> str:
        """Fill what a text leaves open."""
        who = self.owner.name if self.course.case_id else ""
        contact = self.customer.contact().name
        town = self.customer.town
        return filled(words, town=town, n=self.number, who=who, contact=contact)

    def tell(self) -> Story:
        """Tell it all."""
        ends = self.course.ends
        young = ends in (State.DRAFT, State.DECLARED)
        yield self.course.starts if young else working(self.course.starts)
        self.declare()
        if young:
            return
        if ends in (State.DECLINED, State.VOID):
            yield working(clock.now() + timedelta(hours=self.random.uniform(1, 9)))
            self.turn_down()
            return
        yield self.acknowledged()
        actions.accept(self.case, by=self.owner, now=clock.now())
        yield from self.first_words()
        if ends is not State.ACCEPTED:
            yield from self.work()
            yield from self.finish()
        if ends in OPEN_STATES and not (self.course.breaks or self.course.late):
            yield from self.carry_on()

    def carry_on(self) -> Story:
        """Go on telling the customer how things stand."""
        while True:
            yield self.next_word(PACE[self.case.severity.value] * self.random.uniform(0.6, 1.0))
            self.step()

    def next_word(self, days: float) -> datetime:
        """Give when the customer hears from us after so many days: a grave case knows no weekend."""
        moment = clock.now() + timedelta(days=days)
        grave = self.case.severity in (Severity.E1, Severity.E2)
        return awake(moment) if grave else working(moment)

    def declare(self) -> None:
        """Let who looks after the customer, or support, declare it."""
        plot, now = self.plot, clock.now()
        author = self.random.choice([self.customer.csm, self.customer.csm, "support"])
        wants = timedelta(days=self.random.randint(4, 20))
        notice = NOTICES.get(self.customer.language, NoticeKind.LETTER_BEFORE_ACTION)
        wish = Wish(
            words=self.text(self.random.choice(self.words["words"])),
            demand=self.words["demand"],
            deadline_at=now + wants if self.random.random() < 0.5 else None,
            trigger=plot.trigger,
            problem=plot.problem,
            channel=plot.channel,
            notice=notice if self.course.notice else None,
        )
        case = actions.declare(
            self.customer.row,
            wish,
            by=self.staff.actor(author),
            now=now,
            words_by=self.customer.contact().name,
            impact=plot.title,
            notice=NoticeGiven(kind=notice, channel=NoticeChannel.REGISTERED_POST, received_at=now)
            if self.course.notice
            else None,
            draft=self.course.ends is State.DRAFT,
        )
        self.course.case_id = case.id

    def turn_down(self) -> None:
        """Decline it, or void it, as an escalation manager."""
        by, now = self.staff.actor("escalation_manager"), clock.now()
        if self.course.ends is State.DECLINED:
            why = "Known maintenance window, announced ten days ago; the customer has the answer."
            actions.decline(self.case, reason=why, by=by, now=now)
        else:
            why = "Declared twice within the hour; the other case goes on."
            actions.void(self.case, reason=why, by=by, now=now)

    def acknowledged(self) -> datetime:
        """Give when the owner takes it: in time, or late."""
        hours = {"E1": 0.6, "E2": 2.5, "E3": 4.0, "E4": 6.0}[self.case.severity.value]
        factor = (
            self.random.uniform(2.0, 3.4) if self.course.late else self.random.uniform(0.2, 0.8)
        )
        later = clock.now() + timedelta(hours=hours * factor)
        return later if self.case.severity in (Severity.E1, Severity.E2) else working(later)

    def first_words(self) -> Iterator[datetime]:
        """Write to the customer, agree when it is over, and promise something."""
        yield clock.now() + timedelta(minutes=self.random.randint(20, 75))
        actions.write(
            self.case,
            self.customer.contact(),
            subject=self.text(self.words["subject"]),
            text=self.text(self.words["letter"]),
            by=self.owner,
            now=clock.now(),
            key=f"first:{self.case.reference}",
        )
        yield clock.now() + timedelta(minutes=self.random.randint(10, 40))
        for text in self.words["criteria"]:
            actions.add_criterion(self.case, text, by=self.owner, now=clock.now())
        self.promise()
        self.brief()

    def promise(self) -> None:
        """Promise what was asked for, by a day."""
        row = account_actions.promise(
            self.customer.id,
            kind=self.plot.promise,
            what=self.text(self.words["promise"]),
            to_whom=self.customer.contact().name,
            due_at=working(clock.now() + timedelta(days=self.random.randint(2, 6))),
            case_ref=self.case.reference,
            language=self.customer.language,
            by=self.owner,
            now=clock.now(),
        )
        self.aside(self.word(row.id))

    def word(self, promise_id: int) -> Story:
        """Tell what becomes of a promise: kept in time, most of them; else broken, or kept a day
        late, or another date agreed on.
        """
        row, chance = db.session.get_one(Promise, promise_id), self.random.random()
        made, due = clock.now(), row.due_at
        if self.course.breaks and chance < 0.6:
            yield working(due + timedelta(hours=20))
        elif chance > 0.9:
            yield working(due + timedelta(hours=26))
        else:
            yield made + (due - made) * self.random.uniform(0.5, 0.9)
        self.settle(db.session.get_one(Promise, promise_id), chance)

    def settle(self, row: Promise, chance: float) -> None:
        """Keep a promise, break it, or agree on another date."""
        now = clock.now()
        if row.state is not PromiseState.OPEN:
            return
        if self.course.breaks and chance < 0.6:
            why = "Engineering needed two days more."
            account_actions.break_(row, reason=why, by=self.owner, now=now)
        elif chance < 0.12:
            later = account_actions.renegotiate(
                row,
                what=row.what,
                due_at=working(now + timedelta(days=4)),
                reason="The customer asked for it after their inventory.",
                by=self.owner,
                now=now,
            )
            self.aside(self.word(later.id))
        else:
            account_actions.keep(row, by=self.owner, now=now)

    def work(self) -> Iterator[datetime]:
        """Work until it is nearly over: words each way, hand-overs."""
        yield working(clock.now() + timedelta(hours=self.random.uniform(2, 20)))
        self.hear()
        actions.stabilise(self.case, by=self.owner, now=clock.now())
        low, high = LASTS[self.case.severity.value]
        until = self.course.starts + timedelta(
            days=self.course.lasts or self.random.uniform(low, high)
        )
        moves = self.course.moves
        while clock.now() < until:
            pace = PACE[self.case.severity.value] * self.random.uniform(0.6, 1.0)
            pace *= self.random.choice((1, 1, 1, 1.9)) if self.course.breaks else 1
            yield self.next_word(pace)
            self.step()
            if moves and self.random.random() < 0.5:
                moves -= 1
                yield clock.now() + timedelta(minutes=50)
                self.hand_over()
        while moves:
            moves -= 1
            yield working(clock.now() + timedelta(hours=3))
            self.hand_over()

    def brief(self) -> None:
        """Brief the executive owner as often as the grade asks for, half as often where all goes
        late.
        """
        every = {Severity.E1: timedelta(hours=12), Severity.E2: timedelta(days=5)}
        pause = every.get(self.case.severity)
        now = clock.now()
        if pause is None:
            return
        if self.course.late or self.course.breaks:
            pause *= 2
        if self.briefed_at is None or now - self.briefed_at > pause:
            actions.note_briefed(self.case, by=self.owner, now=now)
            self.briefed_at = now

    def step(self) -> None:
        """Say something to the customer, or among ourselves; now and then the grade changes."""
        now, case = clock.now(), self.case
        self.brief()
        if self.course.raised and self.random.random() < 0.5:
            self.course.raised = False
            self.graver()
        kind = self.random.choice((EntryKind.CALL, EntryKind.CALL, EntryKind.EMAIL_OUT))
        text = self.text(self.random.choice(self.talk["update"]))
        actions.note(
            case,
            text,
            kind=kind,
            reached=True,
            language=self.customer.language,
            by=self.owner,
            now=now,
        )
        if self.random.random() < 0.3:
            among = self.random.choice(lines("talk")["among"])
            actions.note(case, among, by=self.owner, now=now)
        if self.random.random() < 0.25:
            trend = self.random.choice((Trend.IMPROVING, Trend.SAME, Trend.DECLINING))
            actions.set_trend(case, trend, by=self.owner, now=now)

    def graver(self) -> None:
        """Make it one step graver."""
        above = {Severity.E3: Severity.E2, Severity.E4: Severity.E3, Severity.E2: Severity.E1}
        good = self.case.trigger is Trigger.OPPORTUNITY  # the policy keeps it where it is
        if self.case.severity in above and not good:
            actions.raise_severity(
                self.case,
                above[self.case.severity],
                reason="The management there has taken it over and counts the days.",
                by=self.owner,
                now=clock.now(),
            )

    def hear(self) -> None:
        """Note what the customer answered."""
        actions.note(
            self.case,
            self.text(self.words["reply"]),
            kind=EntryKind.EMAIL_IN,
            from_customer=True,
            language=self.customer.language,
            by=self.owner,
            now=clock.now(),
        )

    def hand_over(self) -> None:
        """Give the case to somebody else, with what they must know."""
        managers = ["escalation_manager", "ferri", "adler", "pryce"]
        others = [k for k in managers if self.staff.ids[k] != self.case.owner_id]
        actions.hand_over(
            self.case,
            to_id=self.staff.ids[self.random.choice(others)],
            why=self.random.choice(
                (
                    "Speaks their language and sits in their zone.",
                    "Away from tomorrow for two weeks.",
                )
            ),
            summary=f"{self.plot.title}. The customer knows the exit criteria and was last told "
            "today. One promise is open; engineering waits for nothing. Call before noon, "
            "they are in meetings afterwards.",
            by=self.owner,
            now=clock.now(),
        )

    def finish(self) -> Iterator[datetime]:
        """End it as it is to end."""
        if self.course.ends is State.AWAITING_CUSTOMER:
            actions.wait(self.case, for_what=self.talk["waiting"], by=self.owner, now=clock.now())
        if self.course.ends is not State.CLOSED:
            return
        if self.random.random() < 0.3:
            actions.wait(self.case, for_what=self.talk["waiting"], by=self.owner, now=clock.now())
            yield working(clock.now() + timedelta(days=2))
            actions.stabilise(
                self.case, what_came=self.talk["came"], by=self.owner, now=clock.now()
            )
        yield working(clock.now() + timedelta(hours=self.random.uniform(2, 20)))
        while queries.holds(self.case):
            yield working(clock.now() + timedelta(days=1))
        self.close()
        self.aside(self.look_back(clock.now()))

    def look_back(self, closed: datetime) -> Story:
        """Say how it went, if the customer was asked: most do, in two taps."""
        dice = Random(self.case.reference)
        yield working(closed + timedelta(days=dice.uniform(1.2, 4)))
        survey = surveys.of_case(self.case)
        if survey is None or dice.random() > ANSWERED:
            return
        who = surveys.asked(surveys.token_of(survey), now=clock.now())
        lost = self.case.resolution is Resolution.LOST
        csat = dice.choice((1, 2, 2)) if lost else dice.choice((3, 4, 4, 5, 5))
        ces = dice.randint(1, 3) if lost else dice.randint(3, 7)
        say(who, csat=csat, ces=ces, comment="", now=clock.now())

    def come_back(self, at: datetime) -> Story:
        """Take a closed case up again."""
        yield working(at)
        why = "The same error came back on the second site."
        actions.reopen(self.case, reason=why, by=self.owner, now=clock.now())
        yield clock.now() + timedelta(minutes=30)
        self.step()

    def close(self) -> None:
        """Tick what was agreed and close, with the customer's word or the reason why not."""
        resolution = self.course.resolution or self.plot.resolution
        lost = resolution is Resolution.LOST
        for row in queries.criteria(self.case):
            actions.tick_criterion(
                self.case, row, met=True, agreed=not lost, by=self.owner, now=clock.now()
            )
        workaround = resolution is Resolution.WORKAROUND
        if workaround and not queries.has_open_promise(self.case):
            self.promise()
        agreed = self.customer.contact().name
        actions.close(
            self.case,
            Ending(
                resolution=resolution,
                text="They go to a competitor when the contract ends; the criteria were met too "
                "late to matter."
                if lost
                else self.plot.end,
                agreed_by="" if lost else agreed,
                not_agreed_because="Their decision was taken before we were heard." if lost else "",
                fix_owner_id=self.staff.ids["contributor"] if workaround else None,
                fix_due=(clock.now() + timedelta(days=60)).date() if workaround else None,
            ),
            by=self.owner,
            now=clock.now(),
        )
