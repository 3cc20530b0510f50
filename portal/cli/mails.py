"""Commands about mail that comes in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .base import Failed, portal, say

if TYPE_CHECKING:
    from portal.blueprints.intake.rules import Letter

LARGEST = 64 << 20
"""Bytes of one mail: no mail server passes on more."""


@portal.group()
def intake() -> None:
    """What comes in from outside."""


@intake.command("email")
@click.argument("file", type=click.File("rb"), metavar="FILE.eml")
@click.option("--json", "as_json", is_flag=True)
def intake_email(file: Any, as_json: bool) -> None:
    """Say what is understood of a mail: who wrote, what is new in it, what is attached, what is
    wrong with it. Nothing is stored.
    """
    from portal.blueprints.intake.rules import read

    content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise Failed("The file is larger than 64 MiB: this is no mail.")
    letter = read(content)
    say(told(letter), _words(letter), as_json=as_json)


def told(letter: Letter) -> dict[str, Any]:
    """Give what was understood of a mail as JSON: `text` is what is new, `quoted` the older mail
    below it.
    """
    return {
        "from": letter.sender,
        "subject": letter.subject,
        "text": letter.new,
        "quoted": letter.quoted,
        "attachments": [
            {"name": one.name, "type": one.media_type, "size": len(one.content)}
            for one in letter.attachments
        ],
        "defects": letter.defects,
    }


def _words(letter: Letter) -> str:
    lines = [f"From: {letter.sender}", f"Subject: {letter.subject}", "", letter.new]
    lines += [
        f"Attached: {one.name} ({one.media_type}, {len(one.content)} bytes)"
        for one in letter.attachments
    ]
    return "\n".join(lines + [f"Wrong: {defect}" for defect in letter.defects])
