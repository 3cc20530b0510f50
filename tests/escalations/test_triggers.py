"""Trigger phrases: sentences of our own, then the shared labelled texts where they are present."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from portal.blueprints.escalations.models import Trigger
from portal.blueprints.escalations.rules import gravest, propose_trigger, without_quotes
from portal.blueprints.policies.rules import TriggersPolicy, shipped

POLICY = shipped(TriggersPolicy)
DATA = Path(__file__).parents[2] / "../shared/data/triggers"

CANCEL, LEGAL = Trigger.CANCELLATION_THREAT, Trigger.LEGAL_THREAT
REGULATOR, PUBLIC = Trigger.REGULATOR_COMPLAINT, Trigger.PUBLIC_EXPOSURE
SECURITY = Trigger.SECURITY_OR_PRIVACY

SAYS = [
    ("We will terminate the contract on 31 December unless this is fixed.", CANCEL),
    ("If this is not solved by Friday, we are switching to a competitor.", CANCEL),
    ("Please accept this as notice of termination of our agreement.", CANCEL),
    ("We have decided that we will not renew our subscription.", CANCEL),
    ("WE ARE LEAVING. Please close our account.", CANCEL),
    ("Our lawyers will contact you next week.", LEGAL),
    ("We are prepared to take you to court over this.", LEGAL),
    ("This is a letter before action.", LEGAL),
    ("We have filed a complaint with the ombudsman.", REGULATOR),
    ("We will report you to the regulator.", REGULATOR),
    ("I am going to contact the press about how you treat customers.", PUBLIC),
    ("We shall go public with this story.", PUBLIC),
    ("Our customer data has been leaked through your platform.", SECURITY),
    ("This is a data breach under the GDPR.", SECURITY),
    ("Sans réponse d'ici vendredi, nous résilierons le contrat.", CANCEL),
    ("Nous allons changer de prestataire avant la fin du mois.", CANCEL),
    ("Nous ne renouvellerons pas notre abonnement.", CANCEL),
    ("Nous mettrons fin à notre collaboration le 31 mars.", CANCEL),
    ("Notre avocat vous adressera une mise en demeure.", LEGAL),
    ("Nous saisirons le tribunal de commerce.", LEGAL),
    ("Nous envisageons une action en justice.", LEGAL),
    ("Nous allons saisir la CNIL.", REGULATOR),
    ("Un signalement auprès de la DGCCRF est en cours.", REGULATOR),
    ("Nous alerterons la presse dès demain.", PUBLIC),
    ("Les données de nos clients ont été divulguées.", SECURITY),
    ("Se non risolvete entro venerdì, recederemo dal contratto.", CANCEL),
    ("Abbiamo deciso: cambieremo fornitore.", CANCEL),
    ("Vi inviamo formale disdetta.", CANCEL),
    ("Procederemo per vie legali.", LEGAL),
    ("Il nostro avvocato Vi scriverà.", LEGAL),
    ("Presenteremo un esposto all'AGCM.", REGULATOR),
    ("Segnaleremo il caso al Garante per la privacy.", REGULATOR),
    ("Racconteremo tutto ai giornali.", PUBLIC),
    ("C'è stata una violazione dei dati dei nostri clienti.", SECURITY),
]

SAYS_NOTHING = [
    "Could we cancel the meeting on Tuesday?",
    "Please cancel order 4711, we ordered twice.",
    "We do not want to cancel our subscription, only to pause it.",
    "We have no intention of terminating the contract.",
    "What happens if we cancel the contract early?",
    "If I ever cancelled my account, what would happen to the data?",
    "Our legal entity name has changed to Example Ltd.",
    "Please send the invoice to our legal department.",
    "The press release is attached.",
    "They cancelled my flight.",
    "Sue Smith will join the call.",
    "Thank you for your quick help with the release.",
    "Pouvons-nous annuler la réunion de jeudi ?",
    "Nous ne souhaitons pas résilier le contrat.",
    "Comment résilier une option que nous n'utilisons plus ?",
    "Notre entité juridique a changé de nom.",
    "Il y a une fuite d'eau dans le bâtiment.",
    "Vorremmo annullare la riunione di giovedì.",
    "Non vogliamo recedere dal contratto.",
    "Come posso disdire un'opzione?",
    "La nostra sede legale è a Milano.",
    "Grazie per la risoluzione del problema.",
    "",
]


@pytest.mark.parametrize(("text", "trigger"), SAYS)
def test_says(text: str, trigger: Trigger):
    assert trigger in {hit.trigger for hit in propose_trigger(text, POLICY)}


@pytest.mark.parametrize("text", SAYS_NOTHING)
def test_says_nothing(text: str):
    assert propose_trigger(text, POLICY) == []


def test_case_and_accents_do_not_matter_b17():
    plain = {hit.trigger for hit in propose_trigger("nous resilierons le contrat", POLICY)}
    loud = {hit.trigger for hit in propose_trigger("NOUS RÉSILIERONS LE CONTRAT", POLICY)}
    decomposed = {hit.trigger for hit in propose_trigger("nous re\u0301silierons", POLICY)}
    assert plain == loud == decomposed == {CANCEL}


def test_a_hit_shows_the_words_as_written():
    text = "Bonjour,\n\nSans réponse, nous RÉSILIERONS le contrat."
    (hit,) = propose_trigger(text, POLICY)
    assert text[slice(*hit.span)] == hit.phrase
    assert hit.phrase.startswith("RÉSILIERONS")
    assert hit.language == "fr"


@pytest.mark.parametrize(
    "mail",
    [
        "Thanks, all fine now.\n\n> We will terminate the contract.\n> Our lawyers are ready.",
        "Merci.\n\nLe lun. 12 janv. 2026 à 10:00, A <a@b.example> a écrit :\nNous résilions.",
        "Grazie.\n\nIl giorno 12 gen 2026 A <a@b.example> ha scritto:\nDisdetta del contratto.",
        "Thanks.\n\nOn Mon, 12 Jan 2026 at 10:00 A <a@b.example> wrote:\nWe will sue you.",
        "Fine.\n\n-----Original Message-----\nFrom: A\nWe are leaving you.",
        "Fine.\n\nFrom: A\nSent: Monday\nSubject: x\n\nWe are leaving you.",
    ],
)
def test_quoted_older_mail_does_not_fire_b17(mail: str):
    assert propose_trigger(mail, POLICY) == []


def test_new_words_above_a_quotation_fire():
    mail = "We will terminate the contract.\n\nOn Mon, A <a@b.example> wrote:\n> Hello"
    assert [hit.trigger for hit in propose_trigger(mail, POLICY)] == [CANCEL]


def test_blanking_quotations_moves_nothing():
    mail = "a\n> b c\nd"
    assert without_quotes(mail) == "a\n     \nd"


def test_the_gravest_is_proposed():
    hits = propose_trigger("We will cancel the contract and our lawyers will sue you.", POLICY)
    assert gravest(hits) is LEGAL
    assert gravest([]) is None


def test_a_very_long_text_is_read_to_a_limit():
    assert propose_trigger("word " * 20_000 + "we will sue you", POLICY) == []


LABELS = {
    CANCEL: "cancel",
    LEGAL: "legal",
    REGULATOR: "public",
    PUBLIC: "public",
    SECURITY: "safety",
}
# What the shipped lists reach on the development texts they were tuned on, with some room below:
# a change of the lists or of the reading that loses more than that must be looked at.
FLOORS = {"en": (0.95, 0.88), "fr": (0.85, 0.90), "it": (0.80, 0.85)}


@pytest.mark.parametrize("language", FLOORS)
def test_precision_and_recall_on_labelled_texts(language: str):
    path = DATA / f"triggers_dev_{language}.csv"
    if not path.exists():
        pytest.skip("the shared labelled texts are not here")
    counts: Counter[str] = Counter()
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["borderline"] == "1":
                continue
            wanted = set(row["labels"].split("|")) - {"none"}
            found = {LABELS.get(hit.trigger) for hit in propose_trigger(row["text"], POLICY)}
            found -= {None}
            counts["right"] += len(wanted & found)
            counts["wrong"] += len(found - wanted)
            counts["missed"] += len(wanted - found)
    precision = counts["right"] / (counts["right"] + counts["wrong"])
    recall = counts["right"] / (counts["right"] + counts["missed"])
    assert precision >= FLOORS[language][0]
    assert recall >= FLOORS[language][1]
