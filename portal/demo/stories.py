"""The customers everybody at the demo company talks about this week."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from babel.dates import format_date

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.accounts.models import EntryKind, Lane, Promise, PromiseKind
from portal.blueprints.briefings import actions as briefings
from portal.blueprints.briefings.models import Briefing
from portal.blueprints.concessions import actions as concessions
from portal.blueprints.concessions.actions import PartWish
from portal.blueprints.concessions.actions import Wish as Offer
from portal.blueprints.concessions.models import Form, Ground, Insurer
from portal.blueprints.escalations import actions
from portal.blueprints.escalations.actions import NoticeGiven
from portal.blueprints.escalations.models import (
    Channel,
    Escalation,
    NoticeChannel,
    NoticeKind,
    Problem,
    Trend,
)
from portal.blueprints.escalations.queries import Wish
from portal.blueprints.sponsorship import actions as sponsorship
from portal.blueprints.sponsorship.models import Nomination
from portal.core import clock
from portal.core.db import db

from . import asks
from .customers import LEAD, Customer
from .diary import Story, day
from .people import Staff
from .sidelines import bresse, monteverdi

SITE = "127.0.0.1:8000/verify"
LETTER = (
    "Maître Claire Aubry, pour les Forges de Valmeyrac : à deux reprises, vos interventions ont "
    "arrêté trois ateliers, trente-quatre heures quarante au total. Nous vous mettons en demeure. "
    "À défaut d'une proposition sérieuse et chiffrée avant {day}, dix-huit heures, le contrat sera "
    "tenu pour résilié à vos torts exclusifs."
)
DEMAND = "Une proposition sérieuse et chiffrée, la cause établie et la garantie que cela ne recommence pas"


def stories(everyone: Mapping[str, Customer], staff: Staff, *, now: datetime) -> Iterator[Story]:
    """Give what happens at the customers that matter most this week."""
    yield _valmeyrac(everyone[LEAD], staff, now=now)
    yield monteverdi(everyone["Cartiere Monteverdi"], staff, now=now)
    yield bresse(everyone["Hospices de la Bresse"], staff, now=now)


def _valmeyrac(customer: Customer, staff: Staff, *, now: datetime) -> Story:
    """Two stops in four days, a lawyer's letter, and a decision that nobody below can take."""
    yield from _two_stops(customer, staff, now=now)
    yield day(now, -5, 10, 5)
    case = _declare_letter(customer, staff, now=now)
    yield clock.now() + timedelta(minutes=17)
    nadia = staff.actor("escalation_manager")
    actions.accept(case, by=nadia, now=clock.now())
    yield clock.now() + timedelta(minutes=38)
    _first_call(case, customer, staff, now=now)
    yield day(now, -4, 9, 20)
    yield from _propose(case, customer, staff)
    yield from _daily(case, customer, staff, now=now)
    yield from _ask(case, customer, staff, now=now)


def _two_stops(customer: Customer, staff: Staff, *, now: datetime) -> Iterator[datetime]:
    """Tell what came before the letter: two stops and two promises that did not hold."""
    paul = staff.actor("csm")
    yield day(now, -14, 18, 20)
    _note(
        customer,
        staff,
        "Arrêt du lancement des ordres depuis 5 h 40, trois ateliers. Appelé Lucas Tessier : retour promis pour demain 6 h.",
        EntryKind.CALL,
    )
    first = _promise(customer, staff, "Service rétabli à 6 heures", due=day(now, -13, 6))
    yield day(now, -13, 13, 25)
    account_actions.break_(
        first, reason="Rétabli à 13 h 10, après 31 heures et demie.", by=paul, now=clock.now()
    )
    second = _promise(customer, staff, "Aucune livraison avant la fin du mois", due=day(now, 9, 18))
    yield day(now, -11, 11)
    _note(
        customer,
        staff,
        "Nouvel arrêt de 10 h 15 à 13 h 25 : un correctif a verrouillé le même index. Le client l'a découvert lui-même.",
        EntryKind.CALL,
    )
    account_actions.break_(
        second,
        reason="Un correctif est parti le troisième jour : la promesse n'avait pas atteint l'équipe.",
        by=paul,
        now=clock.now(),
    )


def _note(customer: Customer, staff: Staff, text: str, kind: EntryKind) -> None:
    account_actions.add_entry(
        customer.id,
        lane=Lane.CUSTOMER,
        kind=kind,
        text=text,
        language=customer.language,
        by=staff.actor(customer.csm),
        now=clock.now(),
    )


def _promise(
    customer: Customer,
    staff: Staff,
    what: str,
    *,
    due: datetime,
    case: Escalation | None = None,
    by: str = "csm",
    kind: PromiseKind = PromiseKind.ACTION,
) -> Promise:
    return account_actions.promise(
        customer.id,
        kind=kind,
        what=what,
        to_whom=customer.contact().name,
        due_at=due,
        case_ref=case.reference if case else None,
        by_id=staff.ids[by],
        language=customer.language,
        by=staff.actor(by if case is None else "escalation_manager"),
        now=clock.now(),
    )


def _declare_letter(customer: Customer, staff: Staff, *, now: datetime) -> Escalation:
    deadline = day(now, 4, 18)
    return actions.declare(
        customer.row,
        Wish(
            words=LETTER.replace("{day}", f"le {format_date(deadline, 'd MMMM', locale='fr')}"),
            demand=DEMAND,
            deadline_at=deadline,
            problem=Problem.OUTAGE,
            channel=Channel.LETTER,
            owner_id=staff.ids["escalation_manager"],
            notice=NoticeKind.MISE_EN_DEMEURE,
            language="fr",
        ),
        words_by="Maître Claire Aubry",
        impact="Trois ateliers, 34 h 40 sans lancement d'ordres en novembre ; référence publique.",
        reason="Nadia knows the plant and speaks their language.",
        notice=NoticeGiven(
            kind=NoticeKind.MISE_EN_DEMEURE,
            channel=NoticeChannel.LAWYER,
            received_at=day(now, -5, 9, 12),
            sender="Aubry & Roche, avocats",
        ),
        by=staff.actor("csm"),
        now=clock.now(),
    )


def _first_call(case: Escalation, customer: Customer, staff: Staff, *, now: datetime) -> None:
    """Call their COO, agree when it is over, and promise what can be kept."""
    nadia = staff.actor("escalation_manager")
    actions.note(
        case,
        "Appelé Hélène Vasseur. « On ne vous demande pas un geste. On vous demande quand cela ne "
        "recommencera plus. »",
        kind=EntryKind.CALL,
        reached=True,
        language="fr",
        by=nadia,
        now=clock.now(),
    )
    for text in (
        "La cause est établie par écrit et acceptée par l'usine",
        "La bascule de secours est essayée sur site, un samedi",
        "Une proposition chiffrée est remise à Maître Aubry",
    ):
        actions.add_criterion(case, text, by=nadia, now=clock.now())
    actions.stabilise(case, by=nadia, now=clock.now())
    actions.note_briefed(case, by=nadia, now=clock.now())
    _promise(
        customer,
        staff,
        "Rapport sur la cause, en français",
        due=day(now, 1, 12),
        case=case,
        by="contributor",
    )
    _promise(
        customer,
        staff,
        "Un dirigeant Europe du Sud vient les voir",
        due=day(now, 4, 15),
        case=case,
        by="executive",
        kind=PromiseKind.MEETING,
    )
    _promise(
        customer,
        staff,
        "Un point chaque jour avant 18 heures",
        due=day(now, 2, 18),
        case=case,
        by="escalation_manager",
        kind=PromiseKind.INFORMATION,
    )


def _propose(case: Escalation, customer: Customer, staff: Staff) -> Iterator[datetime]:
    """Propose compensation: what is owed, what is proved, the effort, and a gesture."""
    nadia = staff.actor("escalation_manager")
    row = concessions.propose(
        customer.row,
        Offer(
            why="Availability 95.18 % in November; three plants stood still for 34 hours 40.",
            currency="EUR",
            apology="Said by telephone on the first day, without naming a cause.",
            fix="Index rebuilt online; migrations rehearsed on a masked copy of their data.",
            product="Halden Flow",
            rests_on="Schedule B, availability below 96 %: half of the month's fee",
            owed=Decimal("25500"),
            loss=Decimal("40000"),
            documented=True,
            effort_hours=Decimal("200"),
            fee=Decimal("51000"),
            release=True,
            terms="Against a release and a renewal for twelve months.",
            departure="Their three plants lost a day and a half and the contract ends in March.",
            not_offered="Nessuna ammissione scritta di colpa.\nMancato margine, 63.300 €: escluso dall'art. 14.2.\nPrezzi bloccati oltre il rinnovo.",
        ),
        by=nadia,
        now=clock.now(),
        case=case,
    )
    concessions.add_part(
        row,
        PartWish(
            ground=Ground.GOODWILL,
            form=Form.SERVICE_HOURS,
            what="120 hours of engineering on site",
            amount=Decimal("21600"),
            cost=Decimal("10200"),
        ),
        by=nadia,
        now=clock.now(),
    )
    yield clock.now() + timedelta(hours=5)
    concessions.request(row, by=nadia, now=clock.now())
    yield clock.now() + timedelta(hours=2)
    concessions.note_insurer(row, Insurer.TOLD, by=staff.actor("finance"), now=clock.now())


def _daily(
    case: Escalation, customer: Customer, staff: Staff, *, now: datetime
) -> Iterator[datetime]:
    """Tell the customer every day, and nominate the account for a sponsor."""
    nadia = staff.actor("escalation_manager")
    words = (
        (-4, "Point du jour : l'index est reconstruit, aucun arrêt depuis six jours."),
        (
            -3,
            "Point du jour : la cause est confirmée ; première répétition sur leurs données cette nuit.",
        ),
        (
            -2,
            "Point du jour : la répétition a tenu. Essai de bascule convenu pour samedi avec l'usine.",
        ),
        (
            -1,
            "Point du jour : deuxième répétition réussie. Hélène Vasseur demande qui viendra jeudi.",
        ),
    )
    for ahead, text in words:
        yield day(now, ahead, 17, 35) if ahead < -1 else now - timedelta(hours=20)
        actions.note(
            case, text, kind=EntryKind.CALL, reached=True, language="fr", by=nadia, now=clock.now()
        )
        actions.note_briefed(case, by=nadia, now=clock.now())
        if ahead == -3:
            actions.set_trend(case, Trend.IMPROVING, by=nadia, now=clock.now())
            actions.watch(case, by=staff.actor("leadership"), now=clock.now())
            _nominate(case, customer, staff)
        if ahead == -2:
            _brief(customer, staff, case, locale="it")
            yield clock.now() + timedelta(hours=2)
            _read(customer, staff)


def _nominate(case: Escalation, customer: Customer, staff: Staff) -> None:
    row = db.session.scalars(
        sa.select(Nomination).where(Nomination.case_ref == case.reference)
    ).one()
    sponsorship.edit(
        row,
        outcome="Plus un arrêt pendant quatre-vingt-dix jours, et un interlocuteur qui décide",
        why="Hélène Vasseur asked for somebody who can decide; their chairman knows nobody of ours.",
        customer_executive_id=customer.contacts[0],
        proposed_sponsor_id=None,
        by=staff.actor("csm"),
        now=clock.now(),
    )
    sponsorship.send(row, by=staff.actor("csm"), now=clock.now())


def _brief(customer: Customer, staff: Staff, case: Escalation, *, locale: str) -> None:
    """Put the paper on the customer and the one on the case before the executive."""
    how: dict[str, Any] = {
        "reader": staff.actor("executive"),
        "locale": locale,
        "paper": "A4",
        "verify_at": SITE,
        "annex": True,
        "by": staff.actor("escalation_manager"),
    }
    briefings.make_account_briefing(customer.row, now=clock.now(), **how)
    briefings.make_escalation_briefing(case, now=clock.now(), **how)


def _read(customer: Customer, staff: Staff) -> None:
    mine = sa.select(Briefing).where(Briefing.account_id == customer.id)
    for row in db.session.scalars(mine):
        briefings.mark_read(row, downloaded=True, by=staff.actor("executive"), now=clock.now())


def _ask(
    case: Escalation, customer: Customer, staff: Staff, *, now: datetime
) -> Iterator[datetime]:
    """Ask the executive, in her language, for the one decision, then put the second briefing before
    her.
    """
    yield now - timedelta(hours=3)
    lines = (
        "Solo il dovuto per contratto | 25500 EUR | Il resto è contestato; Maître Aubry ha già scritto che non basta",
        "Credito, parte della perdita, 120 ore sul posto | 97300 EUR | Contro liberatoria e dodici mesi di rinnovo",
        "Pagare per intero la richiesta | 240000 EUR | Un precedente per ogni fermo",
    )
    options = [asks.option(line) for line in lines]
    actions.ask(
        case,
        "Quale offerta va nella risposta a Maître Aubry?",
        of_id=staff.ids["executive"],
        options=options,
        recommended=options[1].text,
        answer_by=day(now, 1, 17),
        if_nothing="L'ufficio legale non può rispondere: il termine scade e possono ritenere il "
        "contratto risolto per colpa nostra.",
        by=staff.actor("escalation_manager"),
        now=clock.now(),
    )
    yield now - timedelta(hours=2, minutes=30)
    _brief(customer, staff, case, locale="it")
