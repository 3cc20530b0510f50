"""The catalogues of the visible texts: collected per room, merged, checked."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo

from tools import strings

PYTHON = """
from portal.core.i18n import _, ngettext, pgettext
# Translators: a greeting
hello = _("Hello %(name)s", name=1)
days = ngettext("%(num)d day", "%(num)d days", 3)
shut = pgettext("verb", "Close")
save = _("Save")
"""
PAGE = """
{{ _("Save") }} {{ _("Sign in") }}
{% trans n=items %}One
   thing{% pluralize %}{{ n }} things{% endtrans %}
"""
POLICY = """
title = "Ceiling"
[[rule]]
note = "Nobody signs their own"
kind = "not a text"
"""


@pytest.fixture
def tree(tmp_path: Path) -> strings.Tree:
    """A tiny portal with texts in Python, in a page and in a policy."""
    files = {
        "core/words.py": PYTHON,
        "blueprints/auth/__init__.py": "",
        "blueprints/policies/__init__.py": "",
        "blueprints/policies/defaults/limits.toml": POLICY,
        "templates/auth/sign_in.html": PAGE,
    }
    for name, text in files.items():
        file = tmp_path / "portal" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return strings.Tree(tmp_path)


def catalogue(tree: strings.Tree, room: str, language: str = "fr") -> Catalog:
    return strings.read(tree.catalogue(language, room), language)


def words(catalog: Catalog) -> set[str]:
    return {strings.key(message)[0] for message in strings.texts(catalog)}


def translate(tree: strings.Tree, room: str, text: str, translation: str) -> None:
    file = tree.catalogue("fr", room)
    before = file.read_text()
    assert f'msgid "{text}"\nmsgstr ""' in before
    file.write_text(
        before.replace(f'msgid "{text}"\nmsgstr ""', f'msgid "{text}"\nmsgstr "{translation}"')
    )


def test_each_room_gets_its_own_texts(tree):
    strings.extract_command(tree)
    assert words(catalogue(tree, "core")) == {"Hello %(name)s", "%(num)d day", "Close", "Save"}
    assert words(catalogue(tree, "auth")) == {"Save", "Sign in", "One thing"}
    assert words(catalogue(tree, "policies")) == {"Ceiling", "Nobody signs their own"}
    assert not tree.catalogue("fr", "reports").exists()


def test_contexts_plurals_and_comments_are_kept(tree):
    strings.extract_command(tree)
    core = {strings.key(message): message for message in strings.texts(catalogue(tree, "core"))}
    assert ("Close", "verb") in core
    assert core["%(num)d day", None].id == ("%(num)d day", "%(num)d days")
    assert core["Hello %(name)s", None].auto_comments == ["a greeting"]


def test_extracting_again_changes_nothing(tree):
    strings.extract_command(tree)
    before = tree.catalogue("fr", "core").read_bytes()
    strings.extract_command(tree)
    assert tree.catalogue("fr", "core").read_bytes() == before


def test_translations_survive_and_obsolete_texts_go(tree):
    strings.extract_command(tree)
    translate(tree, "core", "Save", "Enregistrer")
    source = tree.portal / "core" / "words.py"
    source.write_text(PYTHON.replace('_("Hello %(name)s", name=1)', '_("Welcome")'))
    strings.extract_command(tree)
    core = catalogue(tree, "core")
    assert core.get("Save").string == "Enregistrer"
    assert "Welcome" in words(core)
    assert "Hello %(name)s" not in words(core)


def test_another_rooms_translation_is_taken_over(tree):
    strings.extract_command(tree)
    translate(tree, "core", "Save", "Enregistrer")
    strings.extract_command(tree)
    assert catalogue(tree, "auth").get("Save").string == "Enregistrer"


def test_compiled_catalogue_holds_all_rooms(tree):
    strings.extract_command(tree)
    translate(tree, "core", "Save", "Enregistrer")
    translate(tree, "auth", "Sign in", "Connexion")
    strings.compile_command(tree)
    with tree.compiled("fr").open("rb") as stream:
        merged = read_mo(stream)
    assert merged.get("Save").string == "Enregistrer"
    assert merged.get("Sign in").string == "Connexion"
    assert merged.get("Hello %(name)s") is None


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("Qui : « tous » ?", "Qui\u00a0: «\u00a0tous\u00a0»\u00a0?"),
        ("Non ! 10 %% ; %(n)s", "Non\u00a0! 10\u00a0%%\u00a0; %(n)s"),
        ("à 18:30, http://x", "à 18:30, http://x"),
        (("Un : %(n)s", "Des : %(n)s"), ("Un\u00a0: %(n)s", "Des\u00a0: %(n)s")),
    ],
)
def test_french_signs_stay_with_their_word(typed, printed):
    assert strings.tied(typed, "fr") == printed
    assert strings.tied(typed, "it") == typed


def test_two_translations_of_one_text_are_refused(tree):
    strings.extract_command(tree)
    translate(tree, "core", "Save", "Enregistrer")
    translate(tree, "auth", "Save", "Sauver")
    with pytest.raises(strings.CatalogueError, match=r"'Enregistrer' in core\.po"):
        strings.merged(tree, "fr")


def test_check_names_what_is_missing_or_in_doubt(tree):
    strings.extract_command(tree)
    translate(tree, "core", "Save", "Enregistrer")
    translate(tree, "core", "Hello %(name)s", "Bonjour %(nom)s")
    file = tree.catalogue("fr", "core")
    before = file.read_text()
    file.write_text(before.replace('msgctxt "verb"\n', '#, fuzzy\nmsgctxt "verb"\n'))
    found = [line for line in strings.problems(tree) if "fr/core.po" in line]
    assert sorted(found) == [
        "portal/translations/fr/core.po: fuzzy: 'Close'",
        "portal/translations/fr/core.po: missing: '%(num)d day'",
        "portal/translations/fr/core.po: missing: 'Close'",
        "portal/translations/fr/core.po: other placeholders: 'Hello %(name)s'",
    ]


def test_check_sees_catalogues_behind_their_sources(tree):
    strings.extract_command(tree)
    page = tree.portal / "templates" / "auth" / "sign_in.html"
    page.write_text('{{ _("Sign out") }}')
    stray = tree.catalogue("it", "gone")
    stray.write_bytes(tree.catalogue("it", "core").read_bytes())
    found = strings.problems(tree)
    assert "portal/translations/fr/auth.po: out of date: run `make strings`" in found
    assert any(
        line.startswith("portal/translations/it/gone.po: belongs to no room") for line in found
    )


def test_a_template_of_no_room_is_refused(tree):
    stray = tree.portal / "templates" / "nowhere" / "a.html"
    stray.parent.mkdir()
    stray.write_text("text")
    with pytest.raises(strings.CatalogueError, match=r"nowhere/a\.html"):
        strings.sources(tree)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Hello %(name)s", {"name"}),
        ("50%% of %(n)d", {"n"}),
        ("%(a)s and %(b)05.1f", {"a", "b"}),
        ("{who} wrote", {"{who}"}),
        ("nothing", set()),
    ],
)
def test_placeholders(text, names):
    assert strings.placeholders(text) == names


def test_no_text_stands_inside_a_formatted_string():
    """What reads the sources sees no call there: the text would be in English for ever."""
    inside = re.compile(r"""\b[fF]r?["'][^\n]*\{(_|n?gettext|lazy_gettext)\(""")
    found = [
        f"{path.name}: {one.group()}"
        for path in (Path(__file__).parents[2] / "portal").rglob("*.py")
        for one in inside.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not found
