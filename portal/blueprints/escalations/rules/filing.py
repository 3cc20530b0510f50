"""What a file is, by its content; and which files are not taken."""

import re
from unicodedata import category

from portal.core.i18n import _

LARGEST = 25 << 20
"""Bytes of one attachment: letters, photos and reports are far smaller; recordings belong in a
place for recordings."""
LONGEST_NAME = 200

OPENDOCUMENT = "application/vnd.oasis.opendocument."
OFFICE = "application/vnd.openxmlformats-officedocument."
TYPES: dict[str, frozenset[str]] = {
    "application/pdf": frozenset({"pdf"}),
    "image/png": frozenset({"png"}),
    "image/jpeg": frozenset({"jpg", "jpeg"}),
    "image/gif": frozenset({"gif"}),
    "image/webp": frozenset({"webp"}),
    "image/tiff": frozenset({"tif", "tiff"}),
    "image/heic": frozenset({"heic", "heif"}),
    f"{OFFICE}wordprocessingml.document": frozenset({"docx"}),
    f"{OFFICE}spreadsheetml.sheet": frozenset({"xlsx"}),
    f"{OFFICE}presentationml.presentation": frozenset({"pptx"}),
    f"{OPENDOCUMENT}text": frozenset({"odt"}),
    f"{OPENDOCUMENT}spreadsheet": frozenset({"ods"}),
    f"{OPENDOCUMENT}presentation": frozenset({"odp"}),
    "application/x-ole-storage": frozenset({"doc", "xls", "ppt", "msg"}),
    "text/plain": frozenset({"txt", "csv", "log", "md", "eml", "json", "xml"}),
}
"""Types that are taken, by content, and the endings that go with each."""
ENDINGS = frozenset().union(*TYPES.values())

BEGINS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
)
# The parts that a packed document names; names lie unpacked in the file, so nothing is unpacked.
PARTS: tuple[tuple[bytes, str], ...] = (
    (b"word/document.xml", f"{OFFICE}wordprocessingml.document"),
    (b"xl/workbook.xml", f"{OFFICE}spreadsheetml.sheet"),
    (b"ppt/presentation.xml", f"{OFFICE}presentationml.presentation"),
    (f"mimetype{OPENDOCUMENT}text".encode(), f"{OPENDOCUMENT}text"),
    (f"mimetype{OPENDOCUMENT}spreadsheet".encode(), f"{OPENDOCUMENT}spreadsheet"),
    (f"mimetype{OPENDOCUMENT}presentation".encode(), f"{OPENDOCUMENT}presentation"),
)
MACROS = b"vbaProject.bin"
# Turned round, so that no scanner takes this file for what it looks for.
EICAR = b"*H+H$!ELIF-TSET-SURIVITNA-DRADNATS-RACIE$}7)CC7)^P(45XZP\\4[PA@%P!O5X"[::-1]
PATHLIKE = re.compile(r"[/\\:]|^\.\.?$")


def media_type(content: bytes) -> str:
    """Give the type of some bytes by what they begin with and hold; "" for a type that is not
    taken.
    """
    for begin, kind in BEGINS:
        if content.startswith(begin):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:8] == b"ftyp" and content[8:12] in {b"heic", b"heix", b"mif1", b"msf1"}:
        return "image/heic"
    if content[:4] == b"PK\x03\x04":
        return next((kind for part, kind in PARTS if part in content), "")
    return "text/plain" if _is_text(content) else ""


def _is_text(content: bytes) -> bool:
    if b"\x00" in content or content[:2] == b"MZ":
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        # Old exports are in a Western 8-bit set, where these signs have no letter.
        return not any(sign in content for sign in (b"\x7f", b"\x01", b"\x02", b"\x03"))
    return True


def name_objection(name: str) -> str:
    """Say what is wrong with a file's name, "" if nothing is."""
    if not name.strip():
        return _("The file has no name.")
    if PATHLIKE.search(name):
        return _("The file's name contains a path. Rename it and choose it again.")
    if any(category(sign) in {"Cc", "Cf", "Cs"} for sign in name):
        return _("The file's name contains hidden signs. Rename it and choose it again.")
    if len(name) > LONGEST_NAME:
        return _("The file's name is too long: %(n)s characters at most.", n=LONGEST_NAME)
    return ""


def objection(name: str, content: bytes, *, most: int = LARGEST) -> str:
    """Say why a file is not taken, in words for the person; "" where it is. `most` is in bytes."""
    wrong = name_objection(name)
    if wrong:
        return wrong
    if not content:
        return _("The file is empty: 0 bytes.")
    if len(content) > most:
        return _("The file is too large: %(n)s MB at most.", n=most >> 20)
    if EICAR in content:
        return _("The file looks like malware. Nothing was stored; tell your security team.")
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if ending not in ENDINGS:
        return _(
            "Files of this kind are not taken. We take %(kinds)s.",
            kinds=", ".join(sorted(ENDINGS)),
        )
    if content[:4] == b"PK\x03\x04" and MACROS in content:
        return _("The document holds macros. Save it without them, or as a PDF.")
    if ending not in TYPES.get(media_type(content), frozenset()):
        return _("The file is not what its name says: its content is no %(kind)s.", kind=ending)
    return ""
