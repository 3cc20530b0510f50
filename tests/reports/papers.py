"""Facts of every other kind of paper: one with much in it, one with nothing, one for customers."""
# ruff: noqa: E501 - the words of people are as long as they are

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal

from portal.reports.facts import (
    ActionLine,
    ActionState,
    Band,
    BandLine,
    CallCard,
    Candidate,
    CauseLine,
    Classification,
    CompensationMemo,
    CriterionLine,
    EscalationDelta,
    Ground,
    Holding,
    LaneKind,
    LessonCase,
    LessonState,
    MemoPart,
    MemoState,
    Moment,
    News,
    NominationDossier,
    NominationState,
    Objection,
    PortfolioCase,
    PortfolioReport,
    PostmortemReport,
    Precedent,
    Reader,
    Recommended,
    ScorePart,
    Seat,
    Severity,
    Signing,
    SponsorBrief,
    SponsorshipState,
    Touch,
    TouchState,
    Worth,
    WorthLevel,
)
from tests.reports.samples import EMPTIEST, EMPTIEST_CASE, FULL, FULL_CASE, at, eur

LONG = "Consorzio Intercomunale per la Gestione Integrata delle Acque e dei Servizi Ambientali del Nord"
ISSUE = replace(FULL.issue, reference="BRF-2026-0434", number=1)
PERSON = FULL.people[0]

MEMO = CompensationMemo(
    issue=ISSUE,
    reader=FULL.reader,
    account=FULL.account,
    reference="CON-2026-0058",
    state=MemoState.REQUESTED,
    case_reference="ESC-2026-0117",
    severity=Severity.E1,
    requested_by="Nadia Kerroum",
    requested_on=date(2026, 11, 22),
    answer_by=at(11, 24, 16),
    lapses=at(12, 9, 16),
    why="Three plants stood still for 31 hours; the contract pays for a seventh of the damage.",
    apology="Written by the chief operating officer on 18 November, in French.",
    fix="No migration without a rehearsal on their data; the first is on Saturday 28.",
    product="Order release",
    parts=(
        MemoPart(
            ground=Ground.OWED,
            what="Availability in November 95.18%: half of the month’s fee of €51,000",
            evidence="Schedule B, monitoring, 22 Nov",
            face=eur(25500),
            cost=eur(25500),
        ),
        MemoPart(
            ground=Ground.DIRECT_LOSS,
            what="A third of the €121,700 proven",
            evidence="Finance check, 20 Nov",
            face=eur(40000),
            cost=eur(40000),
        ),
        MemoPart(
            ground=Ground.EFFORT,
            what="200 h of re-keyed orders at €47.50",
            evidence="Plant time sheets, 18 Nov",
            face=eur(9500),
            cost=eur(9500),
        ),
        MemoPart(
            ground=Ground.GOODWILL,
            what="120 h of on-site engineering",
            face=eur(21600),
            cost=eur(10200),
        ),
    ),
    face=eur(96600),
    cost=eur(85200),
    proven_loss=eur(121700),
    recommended=Recommended(low=eur(82000), target=eur(91000), high=eur(99000)),
    not_offered=("Lost margin, €63,300 (clause 14.2)", "Any admission of fault"),
    precedents=tuple(
        Precedent(face=eur(n * 1000), day=date(2026, 3, 1 + n % 20), reference=ref)
        for n, ref in (
            (41, "CON-2025-0009"),
            (58, None),
            (66, "CON-2026-0011"),
            (74, None),
            (82, None),
            (117, None),
        )
    ),
    median=eur(70000),
    gesture=eur(91000),
    worth=Worth(
        low=WorthLevel(value=eur(713000), points=Decimal("11.9"), can_pay=True),
        base=WorthLevel(value=eur(884000), points=Decimal("9.6"), can_pay=True),
        high=WorthLevel(value=eur(979000), points=Decimal("8.7"), can_pay=True),
    ),
    path=(
        Signing(
            seat=Seat.FINANCE,
            why="Above €50,000",
            who="Ruth Oduya",
            on=at(11, 22, 15),
        ),
        Signing(
            seat=Seat.LEADERSHIP,
            why="Above the authority of a vice president: €100,000 with what was given before",
            who="Chiara Bonfanti",
            now=True,
            mine=True,
        ),
        Signing(seat=Seat.LEGAL, why="The customer threatens legal action; a release is asked"),
    ),
    given=eur(4800),
    budget=eur(220000),
    budget_left=eur(148700),
    objections=(Objection(text="It lies 38% above the middle of comparable decisions: say why."),),
    draws=eur(71100),
    liability_cap=eur(90000),
    sole_remedy="Service credits of Schedule B",
    governing_law="France",
    insurer=True,
    policy=1,
)
EMPTY_MEMO = CompensationMemo(
    issue=EMPTIEST.issue,
    reader=EMPTIEST.reader,
    account=EMPTIEST.account,
    reference="CON-2026-0001",
    state=MemoState.DRAFT,
)

SPONSOR = SponsorBrief(
    issue=replace(ISSUE, reference="BRF-2026-0441"),
    reader=FULL.reader,
    account=FULL.account,
    reference="SPO-2026-0009",
    lane=LaneKind.RECOVERY,
    state=SponsorshipState.ACTIVE,
    outcome="The renewal is signed, and no plant has stood still for 60 days",
    sponsor="Chiara Bonfanti",
    starts=date(2026, 11, 20),
    ends=date(2027, 2, 18),
    held=1,
    hours=6,
    next_touch=date(2026, 11, 26),
    touches=(
        Touch(
            state=TouchState.HELD,
            planned=date(2026, 11, 20),
            held=date(2026, 11, 20),
            note="She wants one person who decides, and a date",
        ),
        Touch(state=TouchState.MISSED_BY_US, planned=date(2026, 11, 22)),
        Touch(state=TouchState.PLANNED, planned=date(2026, 11, 26)),
    ),
    executive=PERSON,
    strip=FULL.strip,
    quotes=FULL.quotes,
    promises=FULL.promises,
    cases=FULL.cases,
    news=(
        News(on=date(2026, 11, 24), text="The root-cause report arrived, in French"),
        News(on=date(2026, 11, 24), text="Third rehearsal passed"),
    ),
    dont=("Speak of money without finance", "Promise a date of the roadmap"),
    duties=("A touchpoint every 30 days", "What you promise goes into the ledger"),
    charter=2,
)
EMPTY_SPONSOR = SponsorBrief(
    issue=EMPTIEST.issue,
    reader=EMPTIEST.reader,
    account=EMPTIEST.account,
    reference="SPO-2026-0001",
    lane=LaneKind.STRATEGIC,
    state=SponsorshipState.ACTIVE,
    outcome="",
    sponsor="A",
    starts=date(2026, 1, 1),
    ends=date(2026, 12, 31),
)

NOMINATION = NominationDossier(
    issue=replace(ISSUE, reference="BRF-2026-0442"),
    reader=FULL.reader,
    account=FULL.account,
    reference="NOM-2026-0012",
    lane=LaneKind.STRATEGIC,
    state=NominationState.SENT,
    case_reference="ESC-2026-0117",
    outcome="The renewal for three years, and a reference for the sector",
    why="The largest customer in the south; the chairman asked for a person who decides.",
    author="Paul Verdier",
    sent=date(2026, 11, 19),
    score=Decimal("71.5"),
    answer=NominationState.ADMITTED,
    executive=PERSON,
    strip=FULL.strip,
    criteria=(
        CriterionLine(
            name="Among the largest, or a high score",
            met=True,
            evidence="Rank 4 of 210 by revenue",
            threshold="among the first 20, or 70 points",
            source="score",
            dated=date(2026, 11, 19),
        ),
        CriterionLine(
            name="A fresh success plan",
            met=False,
            evidence="of 3 March 2026",
            threshold="not older than 180 days",
            needed="Renew the plan with the customer",
            source="ACC-00042",
            dated=date(2026, 11, 19),
        ),
        CriterionLine(name="A willing customer executive", needed="Ask her", threshold="named"),
    ),
    score_parts=(
        ScorePart(
            name="Size by ARR",
            of=Decimal(30),
            points=Decimal("28.5"),
            source="ACC-00042",
            dated=date(2026, 11, 18),
        ),
        ScorePart(name="Growth potential", of=Decimal(15)),
    ),
    candidates=(
        Candidate(
            name="Chiara Bonfanti",
            title="Vice President, Southern Europe",
            points=Decimal(82),
            accounts=2,
            places=3,
            proposed=True,
        ),
        Candidate(
            name="Henrik Dahl",
            points=Decimal(54),
            accounts=3,
            places=3,
            against="No place is free.",
        ),
    ),
    taken=14,
    places=20,
    yearly=eur(612000),
    cases=FULL.cases,
    promises=FULL.promises,
    policy=1,
)
EMPTY_NOMINATION = NominationDossier(
    issue=EMPTIEST.issue,
    reader=EMPTIEST.reader,
    account=EMPTIEST.account,
    reference="NOM-2026-0001",
    lane=LaneKind.RECOVERY,
    state=NominationState.DRAFT,
)

LESSONS = PostmortemReport(
    issue=replace(ISSUE, reference="BRF-2026-0443"),
    reader=FULL.reader,
    account=FULL.account,
    reference="PM-2026-0024",
    state=LessonState.IN_REVIEW,
    title="Three plants stopped for 31 hours",
    summary=(
        "We changed the database without rehearsing on the customer’s data. "
        "No executive of ours knew for 32 hours; then the customer’s told us."
    ),
    facilitator="Ruth Oduya",
    met_on=date(2026, 12, 2),
    approval_due=date(2026, 12, 9),
    cases=(
        LessonCase(
            reference="ESC-2026-0117",
            title="Lawyer’s letter",
            severity=Severity.E1,
            opened=at(11, 18, 9),
        ),
    ),
    moments=(
        Moment(
            stamp="2026-11-09 05:40",
            happened=("Release 26.11 starts. An index locks; order release stops in three plants",),
            decided=("On-duty engineer paged 05:52",),
        ),
        Moment(
            stamp="2026-11-09 07:10",
            happened=("Plant supervisors call support",),
            heard=("“We are looking into it” (07:25)",),
        ),
        Moment(
            stamp="2026-11-09 18:20",
            happened=("Second roll-back under way",),
            heard=("CSM calls the CIO",),
            promised=("“Back at 06:00 tomorrow”",),
        ),
        Moment(stamp="2026-11-10 13:10", happened=("Restored after 31 h 30",)),
    ),
    causes=(
        CauseLine(
            factor="Change or release",
            text="The migration ran only on test data",
            whys=(
                "An index was locked for 31 hours",
                "Their order table is 40 times the test table",
            ),
        ),
        CauseLine(factor="Monitoring gap", text="“Plant stopped” could not be entered"),
    ),
    well=("The daily update went out seven days out of seven",),
    badly=("Nine days from the first stop to the word “critical”",),
    luck=("Wednesday 11 November was a holiday",),
    actions=(
        ActionLine(
            what="Rehearse migrations on masked customer data",
            state=ActionState.OPEN,
            due=date(2026, 11, 20),
            owner="Tomasz Wieczorek",
            verification="Two rehearsals seen by the customer",
            priority=True,
            late=True,
        ),
        ActionLine(
            what="Add “plant stopped” to the form",
            state=ActionState.DONE,
            due=date(2026, 12, 18),
            owner="Ada Brandt",
        ),
    ),
    people=("Ruth Oduya", "Tomasz Wieczorek"),
    cost=eur(120220),
)
CUSTOMER = replace(
    LESSONS,
    issue=replace(LESSONS.issue, audience="customer", classification=Classification.CUSTOMER),
    reader=Reader(name="Forges de Valmeyrac"),
    state=LessonState.PUBLISHED,
    for_customer=True,
    facilitator=None,
    published=date(2026, 12, 10),
    cases=(),
    moments=tuple(replace(one, happened=(), decided=()) for one in LESSONS.moments),
    causes=tuple(replace(one, whys=()) for one in LESSONS.causes),
    well=(),
    badly=(),
    luck=(),
    actions=tuple(replace(one, owner=None, verification=None) for one in LESSONS.actions),
    people=(),
    cost=None,
)
EMPTY_LESSONS = PostmortemReport(
    issue=EMPTIEST.issue,
    reader=EMPTIEST.reader,
    account=EMPTIEST.account,
    reference="PM-2026-0001",
    state=LessonState.DUE,
    title="",
)

PORTFOLIO = PortfolioReport(
    issue=replace(ISSUE, reference="BRF-2026-0444"),
    reader=FULL.reader,
    reference="ALL",
    scope="All customers",
    accounts=64,
    yearly=eur(18_400_000),
    at_risk=eur(2_140_000),
    bands=(
        BandLine(band=Band.RED, accounts=6, yearly=eur(2_140_000), unknown=1),
        BandLine(band=Band.AMBER, accounts=17, yearly=eur(6_100_000)),
        BandLine(band=Band.GREEN, accounts=38, yearly=eur(10_160_000), unknown=2),
        BandLine(accounts=3),
    ),
    holdings=tuple(
        Holding(
            reference=f"ACC-{n:05}",
            name=LONG if n == 2 else f"Customer {n}",
            owner="Maximiliane-Theodora von Hohenzollern-Sigmaringen" if n == 3 else "Paul Verdier",
            band=Band.RED if n < 7 else Band.AMBER if n < 24 else Band.GREEN,
            score=98 - n,
            yearly=eur(900_000 - n * 9000) if n % 9 else None,
            renewal=date(2027, 1 + n % 12, 1 + n % 28),
            open_cases=1 if n < 8 else 0,
            severity=Severity.E2 if n < 8 else None,
            late_promises=2 if n == 1 else 0,
        )
        for n in range(1, 15)
    ),
    cases=tuple(
        PortfolioCase(
            reference=f"ESC-2026-{n:04}",
            customer=LONG if n == 2 else f"Customer {n}",
            severity=Severity.E1 if n == 1 else Severity.E2,
            what="Order release stood still",
            who="Nadia Kerroum",
            due=at(11, 25, 11),
        )
        for n in range(1, 8)
    ),
    grave=7,
    renewals=tuple(
        Holding(
            reference=f"ACC-{n:05}",
            name=f"Customer {n}",
            band=Band.RED,
            score=80,
            yearly=eur(100_000),
            renewal=date(2026, 12, n),
        )
        for n in range(1, 5)
    ),
    dated=date(2026, 11, 22),
)
EMPTY_PORTFOLIO = PortfolioReport(
    issue=EMPTIEST.issue, reader=EMPTIEST.reader, reference="ALL", scope="All customers"
)

DELTA = EscalationDelta(
    **{one.name: getattr(FULL_CASE, one.name) for one in fields(FULL_CASE)}
    | {"will_not_offer": None}
)
EMPTY_DELTA = EscalationDelta(
    **{one.name: getattr(EMPTIEST_CASE, one.name) for one in fields(EMPTIEST_CASE)}
)
CALL = CallCard(
    issue=ISSUE,
    reader=FULL.reader,
    account=FULL.account,
    reference="ESC-2026-0117",
    at=at(11, 24, 9),
    situation=FULL.situation,
    strip=FULL.strip,
    guests=FULL.people,
    say=(
        "We stopped your plants twice, and I am sorry.",
        "The next migration is rehearsed on your data, with you, on Saturday 28.",
        "I am your person for this until it is over: here is my number.",
    ),
    avoid=("It was the supplier’s fault.", "We will compensate you.", "This cannot happen again."),
    last=FULL.quotes[0],
    ask=FULL.ask,
    promises=FULL.promises,
    after="parley.halden.example/briefings/calls/12/after",
)
EMPTY_CALL = CallCard(
    issue=EMPTIEST.issue,
    reader=EMPTIEST.reader,
    account=EMPTIEST.account,
    reference="ACC-00042",
    at=at(11, 24, 9),
)
FULLEST = (DELTA, CALL, MEMO, SPONSOR, NOMINATION, LESSONS, PORTFOLIO)
BAREST = (
    EMPTY_DELTA,
    EMPTY_CALL,
    EMPTY_MEMO,
    EMPTY_SPONSOR,
    EMPTY_NOMINATION,
    EMPTY_LESSONS,
    EMPTY_PORTFOLIO,
)
