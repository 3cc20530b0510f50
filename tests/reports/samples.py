"""Briefings for the tests: a full one and the emptiest."""
# ruff: noqa: E501 - the words of people are as long as they are

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from portal.core.money import Money
from portal.reports.facts import (
    Account,
    AccountBriefing,
    Answer,
    Ask,
    Band,
    Case,
    Change,
    ChangeKind,
    Changes,
    Channel,
    Compensation,
    Contact,
    ContactRole,
    CustomerPerson,
    EscalationBriefing,
    EscalationCase,
    Factor,
    Issue,
    LaneKind,
    MoneyKind,
    MoneyLine,
    Month,
    Option,
    PromiseLine,
    Promises,
    PromiseState,
    Quote,
    Reader,
    Risk,
    Sentiment,
    Severity,
    Situation,
    Source,
    Sponsorship,
    SponsorshipState,
    Strip,
    Trend,
    Trigger,
    Value,
)


def at(month: int, day: int, hour: int = 0, minute: int = 0, *, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def eur(amount: str | int) -> Money:
    return Money(Decimal(amount), "EUR")


ISSUE = Issue(
    reference="BRF-2026-0433",
    number=2,
    issued_at=at(11, 23, 6, 30),
    zone="Europe/Rome",
    organisation="Halden Systems",
    verify_at="parley.halden.example/verify",
)
AMOUNTS = (
    46200,
    46500,
    47100,
    46900,
    47800,
    48200,
    48000,
    48900,
    41000,
    49200,
    49800,
    50100,
    50400,
    50800,
    51200,
    50900,
    51500,
    51800,
    52100,
    51900,
    44500,
    52400,
    46100,
    41800,
)

EMPTIEST = AccountBriefing(
    issue=replace(ISSUE, reference="BRF-2026-0500", number=1),
    reader=Reader(name="Chiara Bonfanti"),
    account=Account(reference="ACC-00077", name="Nuova Officina"),
)

FULL = AccountBriefing(
    issue=ISSUE,
    reader=Reader(name="Chiara Bonfanti", title="Vice President, Southern Europe"),
    account=Account(
        reference="ACC-00042",
        name="Forges de Valmeyrac",
        industry="Forgings for aircraft and rail",
        region="France",
        customer_since=date(2022, 3, 1),
        reference_customer=True,
    ),
    situation=Situation(
        trigger=Trigger.CANCELLATION_THREAT,
        because="two stoppages in four days, a lawyer’s letter",
        deadline=at(11, 27, 17),
        at_stake=eur(612000),
        claimed=eur(240000),
    ),
    ask=Ask(
        question="Will you sponsor the recovery for 90 days?",
        options=(
            Option(
                label="A",
                title="Yes, from now",
                consequence="Hélène Vasseur asked for “somebody who decides”. First meeting Thursday 26.",
                effort="6 h a month",
                cover="20 Nov to 18 Feb",
            ),
            Option(
                label="B",
                title="Yes, once we agree",
                consequence="No face until 9 December.",
                effort="4 h a month",
                cover="from 9 Dec",
            ),
            Option(
                label="C",
                title="No, Ingrid Solheim stays",
                consequence="She has 3 customers of 3 already.",
                cost=eur(0),
                cover="over the limit",
            ),
        ),
        recommended="A",
        deadline=at(11, 24, 16),
        if_nothing="Thursday’s meeting takes place without a sponsor, and the promise for 27 November would be the third one broken.",
    ),
    strip=Strip(
        owner="Nadia Kerroum",
        csm="Paul Verdier",
        next_contact=Contact(
            when=at(11, 23, 15),
            ours="Ingrid Solheim",
            theirs="Hélène Vasseur",
            channel=Channel.PHONE,
        ),
        risk=Risk(
            score=78,
            band=Band.RED,
            dated=date(2026, 11, 23),
            policy="Policy “customer risk” v. 1",
            owner_score=70,
            owner_reason="they still call us",
            factors=(
                Factor(
                    name="E1 escalation open",
                    points=30,
                    source="ESC-2026-0117",
                    dated=date(2026, 11, 18),
                ),
                Factor(
                    name="Renewal in 97 days",
                    points=12,
                    source="contract",
                    dated=date(2026, 11, 23),
                ),
                Factor(
                    name="Promises broken", points=10, because="2 of 7", dated=date(2026, 11, 22)
                ),
                Factor(
                    name="Usage falling",
                    points=9,
                    because="orders a day –18 % on October",
                    source="telemetry",
                    dated=date(2026, 11, 20),
                ),
                Factor(
                    name="Mood of the people",
                    points=9,
                    because="2 of 4 negative",
                    dated=date(2026, 11, 20),
                ),
                Factor(name="Same cause again", points=8, because="two stoppages, 9–10 and 12 Nov"),
                Factor(
                    name="Late payment",
                    points=0,
                    because="no invoice overdue",
                    dated=date(2026, 11, 20),
                ),
            ),
        ),
        renewal=date(2027, 2, 28),
        notice_by=date(2026, 11, 30),
    ),
    money=(
        MoneyLine(
            kind=MoneyKind.ARR_UP_FOR_RENEWAL,
            amount=eur(612000),
            source="Contract 2022-0311; CRM",
            dated=date(2026, 11, 23),
        ),
        MoneyLine(
            kind=MoneyKind.CONTRACTED_REMAINING,
            amount=eur(153000),
            source="Dec–Feb, invoicing",
            dated=date(2026, 11, 23),
        ),
        MoneyLine(
            kind=MoneyKind.CLAIMED,
            amount=eur(240000),
            source="Aubry & Roche",
            dated=date(2026, 11, 17),
        ),
        MoneyLine(
            kind=MoneyKind.PROVEN_LOSS,
            amount=eur(121700),
            source="Finance check",
            dated=date(2026, 11, 20),
            part=True,
        ),
        MoneyLine(
            kind=MoneyKind.VALUE_IF_STAYS,
            amount=eur(884000),
            low=eur(713000),
            high=eur(979000),
            source="Model 7",
            dated=date(2026, 11, 23),
        ),
    ),
    quotes=(
        Quote(
            text="À défaut d’une proposition sérieuse et chiffrée avant le vendredi 27 novembre, 18 heures, le contrat sera tenu pour résilié à vos torts exclusifs.",
            language="fr",
            who="Claire Aubry",
            role="lawyer",
            when=date(2026, 11, 17),
            channel=Channel.LETTER,
            translation="… the contract will be held terminated through your sole fault.",
        ),
        Quote(
            text="On ne vous demande pas un geste.\nOn vous demande quand cela ne recommencera plus.",
            language="fr",
            who="Hélène Vasseur",
            role="operations",
            when=date(2026, 11, 19),
            channel=Channel.PHONE,
            translation="We are not asking for a gesture. We are asking when this will stop happening.",
        ),
    ),
    promises=Promises(
        kept=2,
        open=3,
        broken=2,
        since=date(2026, 11, 9),
        lines=(
            PromiseLine(
                state=PromiseState.OPEN,
                what="Root-cause report, in French",
                who="Tomasz Wieczorek",
                due=at(11, 24, 11),
            ),
            PromiseLine(
                state=PromiseState.BROKEN,
                what="Service back at 06:00",
                who="Paul Verdier",
                due=at(11, 10, 5),
                note="it was 13:10",
            ),
            PromiseLine(
                state=PromiseState.BROKEN,
                what="No release before December",
                who="Tomasz Wieczorek",
                due=date(2026, 12, 1),
            ),
            PromiseLine(
                state=PromiseState.OPEN,
                what="A Southern Europe executive visits them",
                due=date(2026, 11, 27),
            ),
            PromiseLine(
                state=PromiseState.OPEN,
                what="An update every day (5 of 5)",
                who="Nadia Kerroum",
                due=date(2026, 11, 23),
            ),
        ),
    ),
    changes=Changes(
        since_number=1,
        read_at=at(11, 19, 8),
        items=(
            Change(
                kind=ChangeKind.MONEY,
                money_kind=MoneyKind.PROVEN_LOSS,
                before=eur(62400),
                after=eur(121700),
            ),
            Change(kind=ChangeKind.RISK, score_before=71, score_after=78),
            Change(
                kind=ChangeKind.NOTE,
                subject="Cause found on the 21st; the fix held in two rehearsals on their data on the 22nd.",
            ),
        ),
    ),
    will_not_offer=(
        "Any written admission of fault (counsel, 18 Nov)",
        "Lost margin, €63,300: excluded by clause 14.2",
        "Prices frozen beyond 2027",
    ),
    value=Value(
        dated=date(2026, 11, 23),
        tier="A",
        percentile=94,
        revenue_to_date=eur(2447000),
        last_12_months=eur(606000),
        basis="invoiced",
        contracted_firm=eur(153000),
        contracted_may_leave=eur(0),
        clv_low=eur(713000),
        clv_base=eur(884000),
        clv_high=eur(979000),
        horizon_years=3,
        discount=Decimal("0.10"),
        margin=Decimal("0.71"),
        retention_source="Retention: survival model 7 (sBG), fitted on 2,041 contracts, 1 Nov",
        conversion=None,
    ),
    revenue=tuple(
        Month(month=date(2024 + (i + 10) // 12, (i + 10) % 12 + 1, 1), amount=eur(a))
        for i, a in enumerate(AMOUNTS)
    ),
    cases=(
        Case(
            reference="ESC-2026-0117",
            what="Lawyer’s letter; reply on Wednesday 25",
            severity=Severity.E1,
            who="Nadia Kerroum",
            due=at(11, 25, 11),
        ),
        Case(
            reference="CON-2026-0058",
            what="Compensation, proposal B: cost €85,200",
            who="Henrik Dahl",
            due=at(11, 24, 16),
        ),
        Case(
            reference="PM-2026-0024",
            what="Post-mortem: draft on the 25th, meeting on 2 December",
            who="Ruth Oduya",
            due=date(2026, 11, 25),
        ),
    ),
    compensation=Compensation(
        since=date(2025, 11, 23),
        dated=date(2026, 11, 22),
        owed=eur(2300),
        direct_loss=eur(0),
        effort=eur(0),
        goodwill=eur(2500),
    ),
    sponsorship=Sponsorship(
        state=SponsorshipState.NOMINATED, lane=LaneKind.RECOVERY, sponsor="Chiara Bonfanti"
    ),
    people=(
        CustomerPerson(
            name="Hélène Vasseur",
            title="operations",
            role=ContactRole.EXECUTIVE_COUNTERPART,
            sentiment=Sentiment.WAVERING,
            must_hear="A date, and the name of whoever answers for it",
        ),
        CustomerPerson(
            name="Gérard Montcalm",
            title="chairman",
            role=ContactRole.ECONOMIC_BUYER,
            must_hear="That we understood without his having to call",
        ),
        CustomerPerson(
            name="Lucas Tessier",
            title="IT",
            role=ContactRole.CHAMPION,
            sentiment=Sentiment.WITH_US,
            must_hear="How the failover is tested, on Saturday 28",
        ),
        CustomerPerson(
            name="Claire Aubry",
            title="lawyer",
            role=ContactRole.LEGAL,
            sentiment=Sentiment.AGAINST_US,
            must_hear="Only from our counsel, in writing",
        ),
    ),
    answers=(
        Answer(
            question="Who guarantees that it will not happen again?",
            answer="No migration without a rehearsal on your data. You will see the first, on Saturday 28, with us.",
            cleared_by="counsel",
            cleared_on=date(2026, 11, 22),
        ),
        Answer(
            question="Why did we find out before you did?",
            answer="The alarm reached somebody off duty. Since 19 November there is a second shift.",
            cleared_by="counsel",
            cleared_on=date(2026, 11, 22),
        ),
    ),
    sources=(
        Source(name="CRM", dated=date(2026, 11, 23)),
        Source(name="Invoicing", dated=date(2026, 11, 20), note="invoiced, without tax"),
        Source(name="Promise ledger", dated=date(2026, 11, 22)),
    ),
)

CASE = EscalationCase(
    reference="ESC-2026-0117",
    severity=Severity.E1,
    day=6,
    close_within=30,
    trend=Trend.IMPROVING,
    legal_mode_since=date(2026, 11, 18),
    silence_limit=at(11, 23, 17, 5),
    last_heard_from_us=at(11, 22, 17, 5),
)
FULL_CASE = EscalationBriefing(
    issue=FULL.issue,
    reader=FULL.reader,
    account=FULL.account,
    case=CASE,
    situation=FULL.situation,
    ask=FULL.ask,
    strip=FULL.strip,
    money=FULL.money,
    quotes=FULL.quotes,
    promises=FULL.promises,
    changes=FULL.changes,
    will_not_offer=FULL.will_not_offer,
)
EMPTIEST_CASE = EscalationBriefing(
    issue=EMPTIEST.issue,
    reader=EMPTIEST.reader,
    account=EMPTIEST.account,
    case=EscalationCase(reference="ESC-2026-0200"),
)
