"""Two more stories of this week, told beside the big one."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import formataddr

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.accounts.models import EntryKind, PromiseKind
from portal.blueprints.customer_room import actions as rooms
from portal.blueprints.customer_room import queries as room_queries
from portal.blueprints.escalations import actions
from portal.blueprints.escalations.models import (
    Channel,
    Escalation,
    Problem,
)
from portal.blueprints.escalations.queries import Wish
from portal.blueprints.intake import actions as intake
from portal.core import clock
from portal.core.access import Actor

from .customers import Customer
from .diary import Story, day
from .people import Staff


def monteverdi(customer: Customer, staff: Staff, *, now: datetime) -> Story:
    """Paper machine seven prints labels nobody can read; the renewal is in spring."""
    yield day(now, -3, 11, 40)
    case = actions.declare(
        customer.row,
        Wish(
            words="La macchina sette stampa etichette che nessun magazzino legge. È la quarta volta "
            "dall'estate. Se entro venerdì non c'è una soluzione diamo disdetta: ne ho già parlato "
            "con la proprietà.",
            demand="Etichette leggibili entro venerdì, e la causa per iscritto",
            deadline_at=day(now, 2, 18),
            problem=Problem.UNDELIVERED_OR_DEFECTIVE,
            channel=Channel.PHONE,
            owner_id=staff.ids["ferri"],
        ),
        words_by=customer.contact().name,
        impact="Fourth time since July; the same cause as in Valmeyrac is possible.",
        reason="Bianca handled the last one.",
        by=staff.actor("csm2"),
        now=clock.now(),
    )
    yield clock.now() + timedelta(hours=1)
    bianca = staff.actor("ferri")
    actions.accept(case, by=bianca, now=clock.now())
    yield clock.now() + timedelta(minutes=40)
    sent = actions.write(
        case,
        customer.contact(),
        subject="Etichette della macchina sette",
        text="Buongiorno, stasera torna il formato di prima su tutte le linee. La causa per "
        "iscritto segue domani; resto il Suo riferimento fino ad allora e oltre.\n\nBianca Ferri",
        by=bianca,
        now=clock.now(),
        key=f"monteverdi:{case.reference}",
    )
    manager = staff.actor("escalation_manager")
    yield from _calm(case, customer, bianca, manager, answers=sent.message_id, now=now)


def _calm(
    case: Escalation,
    customer: Customer,
    bianca: Actor,
    manager: Actor,
    *,
    answers: str,
    now: datetime,
) -> Iterator[datetime]:
    """What Bianca agreed, promised and heard."""
    yield clock.now() + timedelta(minutes=20)
    for text in ("Etichette lette senza errori per cinque giorni", "Causa spiegata per iscritto"):
        actions.add_criterion(case, text, by=bianca, now=clock.now())
    yield clock.now() + timedelta(hours=3)
    actions.stabilise(case, by=bianca, now=clock.now())
    account_actions.promise(
        customer.id,
        kind=PromiseKind.ACTION,
        what="Causa per iscritto, con la data della correzione definitiva",
        to_whom=customer.contact().name,
        due_at=now - timedelta(hours=16),
        case_ref=case.reference,
        language="it",
        by=bianca,
        now=clock.now(),
    )
    actions.note_briefed(case, by=bianca, now=clock.now())
    yield from _answered(case, customer, bianca, manager, answers=answers, now=now)
    yield now - timedelta(hours=44)
    actions.note_briefed(case, by=bianca, now=clock.now())
    actions.note(
        case,
        "Chiamata: le etichette si leggono, la macchina sette è ancora ferma per prudenza.",
        kind=EntryKind.CALL,
        reached=True,
        language="it",
        by=bianca,
        now=clock.now(),
    )


def _answered(
    case: Escalation,
    customer: Customer,
    bianca: Actor,
    manager: Actor,
    *,
    answers: str,
    now: datetime,
) -> Iterator[datetime]:
    """What the customer answered, and what they read since."""
    yield now - timedelta(hours=46)
    text = "Buongiorno, le etichette ora si leggono. Quando riparte la macchina sette?"
    _mail(customer, "Re: Etichette della macchina sette", text, answers=answers)
    told = actions.write_status(
        case,
        "Le etichette si leggono su tutte le linee. La macchina sette riparte quando la causa è "
        "scritta e controllata: ne diamo notizia appena è fatto.",
        contact=customer.contact(),
        every_days=3,
        by=bianca,
        now=clock.now(),
    )
    actions.approve_status(case, told, by=manager, now=clock.now())
    link = rooms.make_link(
        case,
        customer.contact(),
        days=30,
        base_url="http://127.0.0.1:8000",
        send=True,
        by=bianca,
        now=clock.now(),
    )
    yield now - timedelta(hours=45)
    who = room_queries.entered(room_queries.token_of(link), now=clock.now())
    rooms.note_visit(who, now=clock.now())
    rooms.tick(who, room_queries.criteria(case)[1].id, met=True, now=clock.now())


def _mail(customer: Customer, subject: str, text: str, *, answers: str = "") -> None:
    """Let a customer's mail come in."""
    mail = EmailMessage()
    contact = customer.contact()
    mail["From"] = formataddr((contact.name, contact.email or ""))
    mail["Subject"] = subject
    mail["Message-ID"] = f"<{clock.now():%Y%m%d%H%M}.{customer.id}@mail.example>"
    if answers:
        mail["In-Reply-To"] = answers
    mail.set_content(text)
    intake.take_in(mail.as_bytes(), arrived_at=clock.now(), now=clock.now())


def bresse(customer: Customer, staff: Staff, *, now: datetime) -> Story:
    """A matter of conduct, which only few may see."""
    yield day(now, -6, 15, 10)
    case = actions.declare(
        customer.row,
        Wish(
            words="Pendant la formation, votre consultant a tenu devant deux soignantes des propos "
            "que je ne répéterai pas ici. Elles sont prêtes à témoigner. J'ai écrit à votre direction.",
            demand="Qu'il ne revienne pas, et qu'on entende les deux personnes",
            problem=Problem.EMPLOYEE_CONDUCT,
            channel=Channel.EMAIL,
            owner_id=staff.ids["escalation_manager"],
        ),
        words_by=customer.contact().name,
        reason="She has the training for such talks.",
        by=staff.actor("brun"),
        now=clock.now(),
    )
    yield clock.now() + timedelta(minutes=50)
    actions.accept(case, by=staff.actor("escalation_manager"), now=clock.now())
    yield clock.now() + timedelta(hours=1)
    actions.note(
        case,
        "Appelé la direction : le consultant ne viendra plus, la conformité entendra les deux "
        "personnes cette semaine.",
        kind=EntryKind.CALL,
        reached=True,
        language="fr",
        by=staff.actor("escalation_manager"),
        now=clock.now(),
    )
    yield now - timedelta(hours=5)
    _mail(customer, "Votre facture de mai", "Bonjour, la facture compte deux journées de trop.")
