"""The account briefing on paper: what it says, on how many pages, in whose language."""

from dataclasses import fields, is_dataclass, replace
from datetime import date
from typing import Any

import page
import pytest

from portal.reports import snapshot, typeset
from portal.reports.facts import (
    Case,
    Changes,
    Compensation,
    MoneyKind,
    MoneyLine,
    Option,
    Promises,
    Quote,
    Severity,
    Strip,
)
from tests.reports.pages import attached, made, reader, text_of, words
from tests.reports.samples import EMPTIEST, FULL, at, eur

LONG = "Consorzio Intercomunale per la Gestione Integrata delle Acque e dei Servizi Ambientali del"
OWNERS = (
    "Maximiliane-Theodora von Hohenzollern-Sigmaringen",
    "Jean-Baptiste de La Rochefoucauld-Liancourt",
)
SETTINGS = [("en", "A4"), ("en", "Letter"), ("fr", "Letter"), ("it", "A4")]
LONG_NAMES = replace(
    FULL,
    account=replace(FULL.account, name=LONG),
    strip=replace(FULL.strip, owner=OWNERS[0], csm=OWNERS[1]),
)


def test_page_one_says_what_an_executive_needs() -> None:
    said = words(made(FULL), page=0)
    for text in (
        "CONFIDENTIAL",
        "For Chiara Bonfanti, Vice President, Southern Europe",
        "Issue 2, Monday 23 November 2026, 07:30 CET",
        "Forges de Valmeyrac",
        "Customer since 1 March 2022, public reference.",
        "the answer is due by Friday 27 November, 18:00, with €612,000 a year at stake",
        "Nadia Kerroum CSM: Paul Verdier",
        "Today 16:00",
        "78, red",
        "notice until 30 Nov",
        "Will you sponsor the recovery for 90 days? We recommend A.",
        "by Tue 24 Nov, 17:00",
        "If nothing is decided: Thursday’s meeting",
        "Loss proven by documents €62,400 €121,700",
        "€240,000 Aubry & Roche, 17 Nov",
        "On ne vous demande pas un geste.",
        "We are not asking for a gesture.",
        "since 9 Nov: 2 kept, 3 open, 2 broken",
        "Prices frozen beyond 2027.",
        "ACC-00042 · BRF-2026-0433, issue 2 · verify at parley.halden.example/verify:",
        "Page 1 of 2",
    ):
        assert text in said


def test_page_two_proves_it() -> None:
    said = words(made(FULL), page=1)
    for text in (
        "Why the risk is 78",
        "the owner judges 70: they still call us",
        "Revenue of the last three months was 6% below that of a year before.",
        "Revenue to date €2,447,000",
        "range €713,000 to €979,000, 3 years, margin 71%, discount 10%",
        "Owed under the contract €2,300; goodwill €2,500.",
        "Recovery programme: nominated, not decided yet (Chiara Bonfanti).",
        "Gérard Montcalm, chairman, holds the budget not known",
        "ESC-2026-0117, E1",
    ):
        assert text in said
    assert snapshot.digest(text_of(FULL)) in said.replace(" ", "")


@pytest.mark.parametrize(("locale", "paper"), SETTINGS)
@pytest.mark.parametrize("facts", [FULL, EMPTIEST, LONG_NAMES], ids=["full", "emptiest", "long"])
def test_account_briefing_has_at_most_two_pages(facts: Any, paper: str, locale: str) -> None:
    pdf = reader(made(facts, locale=locale, paper=paper))
    assert len(pdf.pages) == (1 if facts is EMPTIEST else 2)
    width, height = (float(x) for x in pdf.pages[0].mediabox.upper_right)
    assert (round(width), round(height)) == {"A4": (595, 842), "Letter": (612, 792)}[paper]


@pytest.mark.parametrize(
    ("locale", "texts"),
    [
        (
            "fr",
            (
                "Le client menace de résilier",
                "la réponse est attendue au plus tard le vendredi 27 novembre, 18 h",
                "612 000 € par an",
                "Décision qui vous est demandée",
                "Promesses",
                "Pourquoi le risque est à 78",
                "inférieur de 6 %",
                "Page 1 sur 2",
            ),
        ),
        (
            "it",
            (
                "Il cliente minaccia di porre fine al contratto",
                "entro venerdì 27 novembre, ore 18",
                "612.000 € l’anno",
                "Decisione chiesta a Lei",
                "Cambiato dalla Sua ultima lettura",
                "Cliente dal 1º marzo 2022",
                "disdetta entro il 30 nov",
                "Pagina 1 di 2",
            ),
        ),
    ],
)
def test_reader_reads_in_their_language(locale: str, texts: tuple[str, ...]) -> None:
    said = words(made(FULL, locale=locale))
    for text in texts:
        assert text in said
    assert "not known" not in said
    assert "Money at stake" not in said


def test_emptiest_account_says_what_is_not_known() -> None:
    said = words(made(EMPTIEST))
    for text in (
        "Nothing urgent is known of this customer: no open case, no deadline, no amount at stake.",
        "Nobody named",
        "None agreed",
        "Not assessed yet",
        "Date not known",
        "No decision is asked of you in this issue.",
        "This is your first issue about this customer.",
        "No amount at stake is recorded.",
        "The customer’s own words are not recorded.",
        "No promise to this customer is recorded.",
        "Fewer than two months of revenue are recorded.",
        "Customer value has not been computed",
        "No compensation is recorded.",
        "No sponsor, and none nominated.",
        "Nobody at the customer’s is recorded.",
        "No case is open.",
        "No source is recorded.",
    ):
        assert text in said
    assert "€" not in said
    assert "None," not in said


def test_what_we_will_not_offer_is_only_in_the_edition_that_may_show_it() -> None:
    without = words(made(replace(FULL, will_not_offer=None)))
    assert "will not offer" not in without
    assert "Prices frozen" not in without
    assert "will not offer" in words(made(FULL))


def test_reader_who_may_not_see_all_is_told_how_much_is_missing() -> None:
    facts = replace(FULL, issue=replace(FULL.issue, left_out=3))
    assert "3 records are left out because this reader may not see them." in words(made(facts))


def test_draft_looks_like_one_and_says_what_is_missing() -> None:
    money = (*FULL.money, MoneyLine(kind=MoneyKind.OWED, amount=eur(25500), source="Monitoring"))
    said = words(made(replace(FULL, money=money)))
    assert "DRAFT · not for circulation" in said
    assert "Draft of issue 2" in said
    assert "the source date of “Owed under the contract”" in said
    assert "not final, cannot be verified" in said
    assert "verify at" not in said
    assert snapshot.digest(text_of(FULL))[:8] not in said
    assert "DRAFT" not in words(made(FULL))


def test_rows_that_do_not_fit_are_counted() -> None:
    many = tuple(replace(FULL.cases[0], reference=f"ESC-2026-{n:04}") for n in range(40))
    said = words(made(replace(FULL, cases=many)))
    shown = sum(case.reference in said for case in many)
    assert 1 < shown < 40
    assert f"{40 - shown} more in the portal" in said


def _everything(value: Any, text: str) -> Any:
    kept = {"zone", "language", "label", "recommended", "reference"}
    if type(value) is str:
        return text
    if isinstance(value, tuple):
        return tuple(_everything(item, text) for item in value) * 3
    if is_dataclass(value) and not isinstance(value, type):
        names = [f.name for f in fields(value) if f.name not in kept]
        return replace(value, **{n: _everything(getattr(value, n), text) for n in names})
    return value


@pytest.mark.slow  # the whole ladder is climbed, eight layouts
@pytest.mark.parametrize(
    ("text", "paper"),
    [
        ("W" * 2000, "A4"),
        ("W" * 2000, "Letter"),
        ("Wagen " * 300, "Letter"),
        ("بشيت " * 200, "A4"),
        ("漢字" * 300, "Letter"),
    ],
)
def test_nothing_makes_it_longer_than_two_pages(text: str, paper: str) -> None:
    facts = replace(_everything(FULL, text), revenue=FULL.revenue)
    assert len(reader(made(facts, paper=paper)).pages) == 2


@pytest.mark.parametrize("locale", ["en", "fr", "it"])
@pytest.mark.parametrize("facts", [FULL, EMPTIEST], ids=["full", "emptiest"])
def test_pdf_is_accessible_and_can_be_archived(facts: Any, locale: str) -> None:
    pdf = made(facts, locale=locale)
    for profile in (page.ValidationProfile.PDF_UA_1, page.ValidationProfile.PDF_A_3A):
        report = page.validate_pdf_bytes(pdf, profile=profile)
        assert report.is_compliant, [str(failure) for failure in report.failures]


def test_pdf_names_its_language_title_and_the_language_of_each_quotation() -> None:
    pdf = reader(made(FULL, locale="it"))
    root = pdf.trailer["/Root"]
    assert root["/Lang"] == "it"
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Briefing sul cliente ACC-00042, Forges de Valmeyrac, numero 2"
    found = []

    def walk(node: Any) -> None:
        node = node.get_object()
        if not isinstance(node, dict):
            return
        if node.get("/S") == "/BlockQuote":
            found.append(node.get("/Lang"))
        kids = node.get("/K", [])
        for kid in kids if isinstance(kids, list) else [kids]:
            walk(kid)

    walk(root["/StructTreeRoot"])
    assert found == ["fr", "fr"]


def test_snapshot_is_attached_as_the_data_of_the_paper() -> None:
    pdf = made(FULL)
    assert attached(pdf) == {"briefing.json": [text_of(FULL).encode()]}
    (file,) = reader(pdf).trailer["/Root"]["/AF"]
    assert file.get_object()["/AFRelationship"] == "/Data"


@pytest.mark.parametrize(("locale", "paper"), SETTINGS)
def test_lead_never_begins_with_one_word_alone(locale: str, paper: str) -> None:
    variants = [
        FULL,
        LONG_NAMES,
        replace(FULL, situation=replace(FULL.situation, who="A " + "x" * 75)),
    ]
    for facts in variants:
        lines = reader(made(facts, locale=locale, paper=paper)).pages[0].extract_text().splitlines()
        heads = {"en": ("threatens",), "fr": ("menace",), "it": ("minaccia",)}[locale]
        first = next(
            line for line in lines if any(h in line for h in heads) or line.startswith("A ")
        )
        assert len(first.split()) > 1


def test_long_name_and_owners_are_printed_whole() -> None:
    for paper in ("A4", "Letter"):
        said = words(made(LONG_NAMES, paper=paper)).replace("- ", "-")
        for name in (LONG, *OWNERS):
            assert name in said


def test_first_issue_and_no_change_are_told_apart() -> None:
    first = words(made(replace(FULL, changes=None)))
    assert "This is your first issue about this customer." in first
    still = words(made(replace(FULL, changes=Changes(since_number=1, read_at=at(11, 19)))))
    assert "Nothing that this briefing follows has changed." in still


def test_deadline_that_has_passed_is_said_so() -> None:
    facts = replace(FULL, situation=replace(FULL.situation, deadline=at(11, 20)))
    assert "the answer was due by Friday 20 November" in words(made(facts))


def test_amounts_of_a_column_show_cents_together() -> None:
    money = (
        MoneyLine(kind=MoneyKind.ARR, amount=eur("612000"), source="CRM", dated=date(2026, 11, 1)),
        MoneyLine(kind=MoneyKind.OWED, amount=eur("25.5"), source="CRM", dated=date(2026, 11, 1)),
        MoneyLine(kind=MoneyKind.CLAIMED, source="CRM", dated=date(2026, 11, 1)),
    )
    said = words(made(replace(FULL, money=money)))
    assert "€612,000.00" in said
    assert "€25.50" in said
    assert "Claimed by the customer not known" in said


def test_quotation_in_an_unknown_language_is_printed_as_it_is() -> None:
    quote = Quote(text="Vi er ikke tilfredse", language="da", who="Bo", when=date(2026, 11, 1))
    assert "“Vi er ikke tilfredse”" in words(made(replace(FULL, quotes=(quote,))))


def test_red_score_and_missing_owner_stand_out_in_words() -> None:
    facts = replace(FULL, strip=Strip())
    assert "Nobody named" in words(made(facts))


def test_where_no_risk_is_assessed_the_gravest_case_stands_in_its_place() -> None:
    strip = replace(FULL.strip, risk=None, severity=Severity.E1, day=6, close_within=30)
    said = words(made(replace(FULL, strip=strip)), page=0)
    assert "Open case" in said
    assert "E1 critical" in said
    assert "day 6 of 30" in said
    assert "Not assessed yet" not in said


def test_a_question_put_in_another_language_says_so() -> None:
    assert FULL.ask is not None
    asked = replace(FULL, ask=replace(FULL.ask, language="it"))
    assert "put in Italian" in words(made(asked), page=0)
    assert "put in" not in words(made(asked, locale="it"), page=0)


def test_options_have_no_column_that_nobody_filled() -> None:
    assert FULL.ask is not None
    options = (Option(label="A", title="Pay", cost=eur(97_300)), Option(label="B", title="Wait"))
    said = words(made(replace(FULL, ask=replace(FULL.ask, options=options))), page=0)
    assert "€97,300" in said
    assert "Until when, cover" not in said


def test_a_case_whose_time_has_passed_is_late() -> None:
    case = Case(reference="ESC-2026-0001", what="A reply", who="Nadia", due=at(11, 22, 9))
    assert "late since Sun 22 Nov, 10:00" in words(made(replace(FULL, cases=(case,))), page=1)


def test_sections_that_have_nothing_to_list_say_what_is_so() -> None:
    nothing = Compensation(since=date(2025, 11, 23), owed=eur(0), goodwill=eur(0),
                           direct_loss=eur(0), effort=eur(0))  # fmt: skip
    said = words(made(replace(FULL, promises=Promises(kept=2), compensation=nothing)))
    assert "Every promise was kept; none is open." in said
    assert "None was given." in said


def test_amounts_of_other_currencies_name_their_rate() -> None:
    assert FULL.value is not None
    rate = "Converted from GBP at 1.139, the rate of Sun 1 Nov"
    said = words(made(replace(FULL, value=replace(FULL.value, conversion=rate))), page=0)
    assert f"{rate}." in said


def test_characters_that_xml_does_not_know_are_printed_as_a_box() -> None:
    assert words(typeset.Page("<p>a\x0cb</p>", assets=typeset.Assets({})).write_pdf()) == "a□b"
