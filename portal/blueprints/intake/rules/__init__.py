"""Decisions about what comes in: how a mail is read, whose it is, what is a program's."""

from .letters import Attachment, Letter, read

__all__ = ["Attachment", "Letter", "read"]
