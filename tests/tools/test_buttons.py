"""Buttons speak in one mood: the infinitive in Italian and French, as most business software."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
BUTTONS = re.compile(
    r'(?:submit=|render_button\([^\n]*?,\s*|show_act\(\s*|render_form\([^\n]*?,\s*)_\("([^"\\]+)"'
)
ORDERS = {  # verbs in the imperative as they once stood on buttons, and their neighbours
    "it": "aggiungi allega annota annulla cambia cerca chiedi conserva continua controlla crea "
    "decidi dica elimina esci accedi ferma firma imposta informa invia metti mettilo modifica "
    "passa pianifica prolunga respingi riaprila riprova ritira ritirala salva termina togli torna "
    "vedi",
    "fr": "ajoutez joignez annulez changez cherchez demandez enregistrez créez décidez supprimez "
    "envoyez modifiez passez planifiez refusez retirez signez voyez",
}


@pytest.mark.parametrize("language", ORDERS)
def test_no_button_gives_an_order(language):
    files = [*(ROOT / "portal").rglob("*.html"), *(ROOT / "portal").rglob("views/*.py")]
    buttons = {text for file in files for text in BUTTONS.findall(file.read_text("utf-8"))}
    assert len(buttons) > 100
    said = {
        message.id: message.string
        for file in (ROOT / "portal/translations" / language).glob("*.po")
        for message in read_po(file.read_text("utf-8").splitlines(keepends=True))
        if message.id in buttons
    }
    orders = set(ORDERS[language].split())
    assert {k: v for k, v in said.items() if v.split()[0].lower() in orders} == {}
