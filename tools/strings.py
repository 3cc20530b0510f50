"""Collects the visible texts into one catalogue per room and language, merges and checks them.

    strings.py extract   update portal/translations/<language>/<room>.po from the sources
    strings.py compile   merge them into portal/translations/<language>/LC_MESSAGES/messages.mo
    strings.py check     fail if a text is missing, in doubt, out of date or translated twice

One catalogue per room, so that two people who work on two rooms never touch the same file.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("fr", "it")
CORE_TEMPLATES = ("layout", "macros", "errors", "email")
# The sign-in library looks for its pages and mails in a folder of its own.
OTHER_TEMPLATES = {"auth": ("security",)}
NOT_TRANSLATED = ("demo",)
POLICY_KEYS = (
    "title", "note", "label", "means", "measure", "applies_to", "starts", "warning", "aim", "does",
    "say", "avoid", "counsel",
)  # fmt: skip

KEYWORDS = {
    "_": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "lazy_pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
COMMENT_TAGS = ("Translators:",)
# As the application reads its templates: new-style calls, white space in blocks trimmed.
TEMPLATE_OPTIONS = {
    "newstyle_gettext": "true",
    "trimmed": "true",
    "silent": "false",
    "extensions": "jinja2.ext.do,jinja2.ext.loopcontrols",
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[#0\- +]*[\d.]*[a-zA-Z]|\{(\w*)\}")
BEFORE_SIGNS = re.compile(r"(?<=\S) (?=[:;?!»]|%%)|(?<=«) ")
DATES_AND_PEOPLE = re.compile(
    r'^"(POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Report-Msgid-Bugs-To'
    r"|Generated-By|Project-Id-Version): .*\n",
    re.MULTILINE,
)

Key = tuple[str, str | None]
Room = str


class CatalogueError(Exception):
    """The catalogues cannot be merged or a source cannot be read."""


# Sources -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tree:
    """Where sources and catalogues are; tests give another root."""

    root: Path = ROOT

    @property
    def portal(self) -> Path:
        """The application."""
        return self.root / "portal"

    def catalogue(self, language: str, room: Room) -> Path:
        """The file with one room's texts in one language."""
        return self.portal / "translations" / language / f"{room}.po"

    def compiled(self, language: str) -> Path:
        """The file that the application loads."""
        return self.portal / "translations" / language / "LC_MESSAGES" / "messages.mo"

    def catalogues(self, language: str) -> list[Path]:
        """All catalogues of a language that exist."""
        return sorted((self.portal / "translations" / language).glob("*.po"))


def sources(tree: Tree) -> dict[Room, list[Path]]:
    """Returns the files of each catalogue; raises CatalogueError for a stray template."""
    rooms = sorted(init.parent.name for init in tree.portal.glob("blueprints/*/__init__.py"))
    folders = {
        "core": [tree.portal / name for name in ("core", "app", "cli")],
        "reports": [tree.portal / "reports", tree.portal / "templates" / "reports"],
    }
    folders["core"] += [tree.portal / "templates" / name for name in CORE_TEMPLATES]
    for room in rooms:
        names = (room, *OTHER_TEMPLATES.get(room, ()))
        folders[room] = [tree.portal / "blueprints" / room]
        folders[room] += [tree.portal / "templates" / name for name in names]
    found = {
        room: [f for folder in where for f in _texts(folder)] for room, where in folders.items()
    }
    found["core"] += [f for f in (tree.portal / "config.py",) if f.exists()]
    _refuse_strays(tree, found)
    return found


def _texts(folder: Path) -> list[Path]:
    kinds = (".py", ".html", ".txt", ".toml")
    return sorted(f for f in folder.rglob("*") if f.suffix in kinds and f.is_file())


def _refuse_strays(tree: Tree, found: dict[Room, list[Path]]) -> None:
    owned = {file for files in found.values() for file in files}
    templates = tree.portal / "templates"
    strays = [
        str(file.relative_to(tree.root))
        for file in _texts(templates)
        if file not in owned and file.relative_to(templates).parts[0] not in NOT_TRANSLATED
    ]
    if strays:
        raise CatalogueError(f"These templates belong to no room: {', '.join(strays)}")


# Extracting ----------------------------------------------------------------------------------


def template(tree: Tree, files: Iterable[Path]) -> Catalog:
    """Collects the texts of some files, each with the files it stands in."""
    catalog = Catalog(charset="utf-8", fuzzy=False)
    for file in files:
        location = str(file.relative_to(tree.root))
        for line, text, comments, context in _extracted(file):
            catalog.add(text, None, [(location, line)], auto_comments=comments, context=context)
    return catalog


def _extracted(file: Path) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    if file.suffix == ".toml":
        yield from ((0, text, [], None) for text in _policy_texts(tomllib.loads(file.read_text())))
        return
    method = "python" if file.suffix == ".py" else "jinja2.ext:babel_extract"
    options = {} if file.suffix == ".py" else TEMPLATE_OPTIONS
    try:
        with file.open("rb") as stream:
            found = extract(
                method, stream, KEYWORDS, COMMENT_TAGS, options, strip_comment_tags=True
            )
            yield from list(found)
    except Exception as error:
        # The parsers raise errors of many kinds; all need the name of the file.
        raise CatalogueError(f"{file}: {error}") from error


def _policy_texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in POLICY_KEYS and isinstance(inner, str):
                yield inner
            elif key in POLICY_KEYS and isinstance(inner, list):
                yield from inner
            else:
                yield from _policy_texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _policy_texts(inner)


# Catalogues ----------------------------------------------------------------------------------


def read(file: Path, language: str) -> Catalog:
    """Reads a catalogue; an absent one is empty; raises CatalogueError if it cannot be read."""
    if not file.exists():
        return Catalog(locale=language, charset="utf-8", fuzzy=False)
    try:
        with file.open("rb") as stream:
            return read_po(stream, locale=language, charset="utf-8", abort_invalid=True)
    except PoFileError as error:
        raise CatalogueError(f"{file}: {error}") from error


def key(message: Message) -> Key:
    """What makes a text the same text: its (first) wording and its context."""
    text = message.id if isinstance(message.id, str) else message.id[0]
    return text, message.context


def texts(catalog: Catalog) -> list[Message]:
    """The messages of a catalogue without its header."""
    return [message for message in catalog if message.id]


def is_translated(message: Message) -> bool:
    """Says whether every form of a text has a translation."""
    if isinstance(message.string, str):
        return bool(message.string)
    return bool(message.string) and all(message.string or ())


def updated(fresh: Catalog, old: Catalog, *, known: dict[Key, Message]) -> Catalog:
    """Returns the texts of the sources with the translations of the old catalogue.

    A new text takes over the translation that another room already has for the same words.
    """
    before = {key(message): message for message in texts(old)}
    result = Catalog(locale=old.locale, charset="utf-8", fuzzy=False, header_comment="#")
    for message in texts(fresh):
        mine = before.get(key(message))
        source = mine if mine and is_translated(mine) else known.get(key(message), mine)
        fits = source is not None and source.pluralizable == message.pluralizable
        result.add(
            message.id,
            source.string if source and fits else None,
            sorted({(file, 0) for file, _ in message.locations}),
            flags=({"fuzzy"} & mine.flags) if mine else (),
            auto_comments=message.auto_comments,
            user_comments=mine.user_comments if mine else (),
            context=message.context,
        )
    return result


def rendered(catalog: Catalog) -> bytes:
    """Returns the text of a catalogue, in a fixed order and without dates: merges are easy."""
    stream = BytesIO()
    write_po(stream, catalog, width=100, sort_output=True, include_lineno=False, omit_header=False)
    text = stream.getvalue().decode()
    return (DATES_AND_PEOPLE.sub("", text).removeprefix("#\n").strip() + "\n").encode()


def _renewed(tree: Tree) -> Iterator[tuple[Path, bytes | None, Catalog]]:
    """Each catalogue's file, its text as the sources demand it (None: not wanted), its content."""
    templates = {room: template(tree, files) for room, files in sources(tree).items()}
    for language in LANGUAGES:
        known = _known(tree, language)
        for room, fresh in templates.items():
            file = tree.catalogue(language, room)
            catalog = updated(fresh, read(file, language), known=known)
            if texts(catalog):
                yield file, rendered(catalog), catalog
        wanted = {
            tree.catalogue(language, room) for room, fresh in templates.items() if texts(fresh)
        }
        for file in tree.catalogues(language):
            if file not in wanted:
                yield file, None, Catalog()


def _known(tree: Tree, language: str) -> dict[Key, Message]:
    return {
        key(message): message
        for file in tree.catalogues(language)
        for message in texts(read(file, language))
        if is_translated(message) and not message.fuzzy
    }


def tied(said: Any, language: str) -> Any:
    """Keeps French signs on the line of their word: who translates types a plain space."""
    if language != "fr":
        return said
    tie = partial(BEFORE_SIGNS.sub, "\u00a0")
    return tie(said) if isinstance(said, str) else tuple(map(tie, said))


def merged(tree: Tree, language: str) -> Catalog:
    """Joins the rooms' catalogues; raises CatalogueError if two translate a text differently."""
    result = Catalog(locale=language, charset="utf-8", fuzzy=False)
    first: dict[Key, tuple[Path, Message]] = {}
    conflicts = []
    for file in tree.catalogues(language):
        for message in texts(read(file, language)):
            if message.fuzzy or not is_translated(message):
                continue
            owner, same = first.setdefault(key(message), (file, message))
            if same.string != message.string:
                both = f"{same.string!r} in {owner.name}, {message.string!r} in {file.name}"
                conflicts.append(f"{key(message)[0]!r} is {both}")
            result.add(message.id, tied(message.string, language), context=message.context)
    if conflicts:
        listed = "\n  ".join(conflicts)
        raise CatalogueError(f"{language}: one text, two translations:\n  {listed}")
    return result


# Checking ------------------------------------------------------------------------------------


def placeholders(text: str) -> set[str]:
    """The names that a text expects to be filled in, such as {"name"} for "%(name)s"."""
    return {a or f"{{{b}}}" for a, b in PLACEHOLDER.findall(text.replace("%%", ""))}


def mismatch(message: Message) -> bool:
    """Says whether a translation asks for other values than its text offers."""
    if not is_translated(message):
        return False
    if isinstance(message.string, str):
        return placeholders(message.string) != placeholders(str(message.id))
    one, many = (placeholders(text) for text in message.id)
    forms = [placeholders(text) for text in message.string or ()]
    return any(form - one - many for form in forms) or forms[-1] != many


def problems(tree: Tree) -> list[str]:
    """Lists everything that keeps the translations from being complete, one line each."""
    found = []
    for file, text, catalog in _renewed(tree):
        name = file.relative_to(tree.root)
        if text is None:
            found.append(f"{name}: belongs to no room or has no texts: run `make strings`")
        elif not file.exists() or file.read_bytes() != text:
            found.append(f"{name}: out of date: run `make strings`")
        for message in texts(catalog):
            found += [f"{name}: {fault}: {key(message)[0]!r}" for fault in _faults(message)]
    for language in LANGUAGES:
        try:
            merged(tree, language)
        except CatalogueError as error:
            found.append(str(error))
    return found


def _faults(message: Message) -> list[str]:
    tests = {"missing": not is_translated(message), "fuzzy": message.fuzzy}
    tests["other placeholders"] = mismatch(message)
    return [name for name, failed in tests.items() if failed]


# Commands ------------------------------------------------------------------------------------


def extract_command(tree: Tree) -> int:
    """Brings all catalogues up to date with the sources."""
    missing = dict.fromkeys(LANGUAGES, 0)
    for file, text, catalog in list(_renewed(tree)):
        if text is None:
            file.unlink()
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text)
        missing[file.parent.name] += sum(not is_translated(m) for m in texts(catalog))
    for language, count in missing.items():
        print(f"{language}: {count} texts without translation")
    return 0


def compile_command(tree: Tree) -> int:
    """Writes what the application loads."""
    for language in LANGUAGES:
        file = tree.compiled(language)
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_suffix(".new")
        with fresh.open("wb") as stream:
            write_mo(stream, merged(tree, language))
        fresh.replace(file)
    return 0


def check_command(tree: Tree) -> int:
    """Prints what is wrong with the translations; 1 if anything is."""
    found = problems(tree)
    if found:
        print(*found, f"{len(found)} problems with translations.", sep="\n")
    return 1 if found else 0


COMMANDS: dict[str, Callable[[Tree], int]] = {
    "extract": extract_command,
    "compile": compile_command,
    "check": check_command,
}


def main(arguments: list[str]) -> int:
    """Runs the command named by the only argument."""
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        return COMMANDS[arguments[0]](Tree())
    except CatalogueError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
