"""Everything that can be done with accounts."""

from .accounts import (
    create,
    edit,
    hand_to,
    name_executive,
    note_export,
    rank,
)
from .contacts import add_contact, edit_contact
from .fits import ask_for_fit, decline_models, fitted_document, keep_fit, publish_models
from .history import add_entry, break_, keep, promise, renegotiate
from .imports import (
    begin_import,
    check_file,
    import_batches,
    write_checked,
)
from .mappings import read_by, retire_mapping, save_mapping
from .merging import merge, unmerge
from .money import Revenue, add_contract, add_revenue
from .rates import (
    LookedAt,
    compare_rates,
    look_at_rates,
    publish_rates,
    send_rates,
    withdraw_rates,
)
from .signals import MOST_ROWS as MOST_SIGNALS
from .signals import SHOWN as SIGNALS_SHOWN
from .signals import Taken, read_signals, take_signals
from .undoing import take_back, undo, undo_batches

__all__ = [
    "MOST_SIGNALS",
    "SIGNALS_SHOWN",
    "LookedAt",
    "Revenue",
    "Taken",
    "add_contact",
    "add_contract",
    "add_entry",
    "add_revenue",
    "ask_for_fit",
    "begin_import",
    "break_",
    "check_file",
    "compare_rates",
    "create",
    "decline_models",
    "edit",
    "edit_contact",
    "fitted_document",
    "hand_to",
    "import_batches",
    "keep",
    "keep_fit",
    "look_at_rates",
    "merge",
    "name_executive",
    "note_export",
    "promise",
    "publish_models",
    "publish_rates",
    "rank",
    "read_by",
    "read_signals",
    "renegotiate",
    "retire_mapping",
    "save_mapping",
    "send_rates",
    "take_back",
    "take_signals",
    "undo",
    "undo_batches",
    "unmerge",
    "withdraw_rates",
    "write_checked",
]
