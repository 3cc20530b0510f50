"""Reading mail: real ones as programs wrote them, and what each of them may get wrong."""

import base64
import json
import re
from email import message_from_bytes, policy

import pytest
from click.testing import CliRunner

from portal.blueprints.intake.rules import read
from portal.blueprints.intake.rules.charsets import codec_of, decoded
from portal.blueprints.intake.rules.pages import text_of_page
from portal.blueprints.intake.rules.quoting import cut
from portal.blueprints.intake.rules.tnef import decompressed, text_of_rich
from portal.cli import portal

WORD = re.compile(r"\b\w{3,40}\b")


@pytest.fixture(scope="module")
def mails(shared_data):
    return {
        path.relative_to(shared_data / "email").as_posix(): path.read_bytes()
        for path in sorted((shared_data / "email").rglob("*"))
        if path.is_file()
    }


def shown_by_library(content):
    """Give the plain texts that Python's own reader finds to show; None where it fails itself."""
    try:
        mail = message_from_bytes(content.lstrip(), policy=policy.default)
        parts = [
            part.get_payload(decode=True).decode(part.get_content_charset("utf-8"))
            for part in mail.walk()
            if part.get_content_type() == "text/plain"
            and part.get_content_disposition() != "attachment"
        ]
    except (LookupError, ValueError, AttributeError, RecursionError):
        return None
    return "\n".join(parts).replace("\0", "")


def everything(letter):
    """Give all the words that a letter brought, those of its files included."""
    files = (decoded(one.content, None)[0] for one in letter.attachments)
    return "\n".join((letter.new, letter.quoted, *files))


def test_real_mails_come_in_with_every_word_a_mail_program_shows(mails):
    assert len(mails) >= 100
    for name, content in mails.items():
        letter = read(content)
        assert "\0" not in letter.text, name
        expected = shown_by_library(content)
        if expected is not None and not name.endswith(".tnef"):
            missing = set(WORD.findall(expected)) - set(WORD.findall(everything(letter)))
            assert not missing, (name, missing)
        json.dumps([letter.sender, letter.subject, letter.new]).encode()


def test_real_mails_cut_off_anywhere_still_come_in(mails):
    for content in mails.values():
        for share in (1, 3, 7):
            read(content[: len(content) * share // 8])
        read(content.replace(b"=", b"\0").replace(b"--", b"-"))


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("mimekit/attachments", {"zappa_av1.jpg": 2937, "bookmark.htm": 85805}),
        ("mimekit/one-file", {"AUTHORS": 244}),
        ("mimekit/unicode-mapi-attr", {"example.dat": 1024}),
        ("tnefparse/data-before-name", {"AUTOEXEC.BAT": 0, "CONFIG.SYS": 0, "boot.ini": 289}),
        ("tnefparse/long-filename", {"allproductsmar2000.dat": 279}),
    ],
)
def test_files_in_a_wrapping_are_taken_out(mails, name, files):
    letter = read(mails[f"{name}.tnef"])
    assert {one.name: len(one.content) for one in letter.attachments} == files


def test_rich_text_in_a_wrapping_is_read(mails):
    assert "We the People" not in read(mails["tnefparse/body.tnef"]).defects
    assert read(mails["tnefparse/body.tnef"]).subject == "Bill of Rights"
    assert "freedom of speech" in " ".join(read(mails["tnefparse/body.tnef"]).text.split())


def test_packed_rich_text_is_unpacked():
    # The example of MS-OXRTFCP, section 4.1.1.
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af320"
        "68656c090020627705b06c647d0a800fa0"
    )
    assert decompressed(packed).startswith(b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}")


def test_rich_text_says_its_words_alone():
    rich = rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}\uc1 Caf\'e9 \u8364? 5\par n\'b0 2\{\}}"
    assert text_of_rich(rich) == "Café € 5\nn° 2{}"


def mail(body, *head):
    lines = ("From: Ada <ada@acme.example>", "Subject: Hello", *head)
    return "\r\n".join((*lines, "", "")).encode() + body


@pytest.mark.parametrize(
    ("charset", "raw", "text", "defect"),
    [
        ("iso-8859-1", b"5 \x80", "5 €", False),
        ("x-nobody-knows", "déjà".encode(), "déjà", True),
        ("utf-8", b"d\xe9j\xe0", "déjà", True),
        ("ks_c_5601-1987", "안녕".encode("cp949"), "안녕", False),
        ("us-ascii", "più".encode(), "più", True),
        ("unicode-1-1-utf-7", b"Hi +AOk-", "Hi é", False),
        ("base64", b"plain", "plain", True),
    ],
)
def test_letters_of_every_set_are_read(charset, raw, text, defect):
    letter = read(mail(raw, f"Content-Type: text/plain; charset={charset}"))
    assert letter.text == text
    assert bool(letter.defects) is defect


def test_code_pages_by_number_are_known():
    assert codec_of("cp28605") == "iso8859-15"
    assert codec_of("cp65001") == "utf-8"
    assert codec_of("hex") is None


def test_null_bytes_are_left_out_and_told():
    letter = read(mail(b"a\0b", "Content-Type: text/plain"))
    assert letter.text == "ab"
    assert "null bytes" in letter.defects[0]


def test_head_in_broken_letters_is_read():
    content = b"From: J\xfcrgen <j@x.example>\nSubject: =?utf-8?q?caf=C3=A9?= =?nobody?q?x?=\n\nHi"
    letter = read(content)
    assert (letter.sender, letter.address) == ("Jürgen <j@x.example>", "j@x.example")
    assert letter.subject == "caféx"


def test_address_is_what_stands_in_brackets():
    assert read(mail(b"").replace(b"Ada", b'"boss@acme.example"')).address == "ada@acme.example"


def test_names_of_files_are_no_paths():
    boundary = "Content-Type: multipart/mixed; boundary=b"
    body = (
        b'--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename="'
        b'../../etc/p\\a\x07sswd.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        + base64.b64encode(b"%PDF")
        + b"\r\n--b--\r\n"
    )
    (file,) = read(mail(body, boundary)).attachments
    assert (file.name, file.content) == ("asswd.pdf", b"%PDF")


def test_of_page_and_plain_text_whichever_says_all_is_shown_else_both():
    boundary = "Content-Type: multipart/alternative; boundary=b"
    body = (
        b"--b\r\nContent-Type: text/plain\r\n\r\nYour program cannot show this.\r\n"
        b"--b\r\nContent-Type: text/html\r\n\r\n<p>We <b>leave</b> in May.</p>\r\n--b--\r\n"
    )
    assert read(mail(body, boundary)).text == "Your program cannot show this.\n\nWe leave in May."
    less = body.replace(b"Your program cannot show this.", b"We leave")
    assert read(mail(less, boundary)).text == "We leave in May."
    same = body.replace(b"Your program cannot show this.", b"We leave in May. > kept")
    assert read(mail(same, boundary)).text == "We leave in May. > kept"


def test_page_fetches_and_runs_nothing():
    page = (
        "<head><title>no</title></head><body>Dear all,<br>we wait.<style>p{}</style>"
        "<img src='http://x.example/t.gif' alt='logo'><script>no()</script>"
        "<table><tr><td>a</td><td>1</td></tr></table><ul><li>one</li></ul>"
        "<blockquote>old<blockquote>older</blockquote></blockquote>end</body>"
    )
    assert text_of_page(page) == (
        "Dear all,\nwe wait.logo\n\na\t1\n\n- one\n\n> old\n>\n> > older\n\nend"
    )


INTRODUCTIONS = [
    "On Mon, 4 May 2026 at 10:02, Ada Byron <ada@acme.example> wrote:",
    "On Mon, 4 May 2026 at 10:02, Ada Byron\n<ada@acme.example> wrote:",
    "Le lun. 4 mai 2026 à 10:02, Ada Byron <ada@acme.example> a écrit :",
    "Le 4 mai 2026 à 10:02, Ada Byron\n<ada@acme.example>\na écrit\u00a0:",
    "Il giorno lun 4 mag 2026 alle ore 10:02 Ada Byron <ada@acme.example> ha scritto:",
    "Il 04/05/2026 10:02, Ada Byron ha scritto:",
]


@pytest.mark.parametrize("introduction", INTRODUCTIONS)
@pytest.mark.parametrize("mark", ["> ", ""])
def test_answer_is_parted_from_what_it_answers(introduction, mark):
    text = f"We agree.\n\n{introduction}\n\n{mark}We cancel.\n{mark}\n{mark}Ada"
    assert cut(text) == ("We agree.", f"{introduction}\n{mark}We cancel.\n{mark}\n{mark}Ada") or (
        cut(text).new == "We agree." and "We cancel." in cut(text).quoted
    )


@pytest.mark.parametrize(
    "head",
    [
        "-----Original Message-----\nFrom: Ada",
        "-----Message d'origine-----\nDe : Ada",
        "-----Messaggio originale-----\nDa: Ada",
        "________________________________\nFrom: Ada\nSent: Monday\nTo: Us\nSubject: Trouble",
        "De : Ada\nEnvoyé : lundi 4 mai\nÀ : nous\nObjet : résiliation",
        "Da: Ada\nInviato: lunedì 4 maggio\nA: noi\nOggetto: disdetta",
        "*From:* Ada\n*Date:* Monday\n*To:* us\n*Subject:* x",
    ],
)
def test_older_mail_below_its_own_head_is_cut(head):
    found = cut(f"We agree.\n\n{head}\n\nWe cancel.")
    assert found.new == "We agree."
    assert "We cancel." in found.quoted


@pytest.mark.parametrize(
    "text",
    [
        "On balance we think that you wrote:\nnothing.",
        "From: Paris\nwe come by train.",
        "---------- Forwarded message ---------\nFrom: Bob\nDate: Monday\nSubject: x\n\nWe cancel.",
        "> only\n> older words",
        "Il contratto scade oggi.\nDa: domani, niente.",
    ],
)
def test_what_is_new_stays(text):
    assert cut(text).new == text or "wrote:" in text


def test_answers_between_the_lines_are_kept():
    found = cut("On Monday Ada wrote:\n> When?\nTomorrow.\n> Where?\nHere.\n")
    assert found.new == "Tomorrow.\nHere."
    assert found.quoted == "On Monday Ada wrote:\n> When?\n> Where?"


@pytest.mark.parametrize(
    ("lines", "automatic"),
    [
        ((), False),
        (("Auto-Submitted: no",), False),
        (("Auto-Submitted: auto-replied",), True),
        (("Precedence: bulk",), True),
        (("X-Autoreply: yes",), True),
        (("Return-Path: <>",), True),
        (("Content-Type: multipart/report; boundary=b",), True),
    ],
)
def test_mail_of_programs_is_told_apart(lines, automatic):
    assert read(mail(b"Hi", *lines)).automatic is automatic


def test_ids_that_it_answers_come_nearest_first():
    letter = read(mail(b"", "In-Reply-To: <c@x>", "References: <a@x> <b@x>\r\n <c@x>"))
    assert letter.answers == ("<c@x>", "<b@x>", "<a@x>")


def test_deep_and_wide_mail_ends():
    nested = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(400)
    )
    read(b"From: a@x.example\r\n" + nested)
    wide = b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" * 2000
    letter = read(mail(wide, "Content-Type: multipart/mixed; boundary=b"))
    assert any("more parts" in one for one in letter.defects)
    read(b"To: " + b"<" * 50_000 + b"\r\n\r\nx")
    read(mail(b"On " * 20_000 + b"\n" + b">" * 20_000))


def test_command_says_what_was_understood(tmp_path):
    path = tmp_path / "one.eml"
    path.write_bytes(mail(b"We agree.\r\n\r\nOn Monday you wrote:\r\n> We cancel."))
    done = CliRunner().invoke(portal, ["intake", "email", str(path), "--json"])
    assert (done.exit_code, json.loads(done.stdout)) == (
        0,
        {
            "from": "Ada <ada@acme.example>",
            "subject": "Hello",
            "text": "We agree.",
            "quoted": "On Monday you wrote:\n> We cancel.",
            "attachments": [],
            "defects": [],
        },
    )
    said = CliRunner().invoke(portal, ["intake", "email", str(path)])
    assert said.stdout.startswith("From: Ada <ada@acme.example>\nSubject: Hello\n\nWe agree.")
    assert CliRunner().invoke(portal, ["intake", "email", str(tmp_path / "no")]).exit_code == 2
