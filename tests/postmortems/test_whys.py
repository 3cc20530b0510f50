"""The answers to “why?”: a tree that never comes round, written by several people."""

import pytest

from portal.blueprints.postmortems import actions, queries, rules
from portal.blueprints.postmortems.models import Factor
from portal.blueprints.postmortems.rules import Why
from portal.core.errors import NotFound, Refused, Stale

from .cases import begun


def tree(*pairs):
    return [Why(number, parent, f"because {number}") for number, parent in pairs]


@pytest.mark.parametrize(
    ("whys", "expected"),
    [
        ([], []),
        (tree((1, None), (2, 1), (3, 1), (4, None)), []),
        (tree((1, 1)), ["cycle"]),
        (tree((1, 2), (2, 1)), ["cycle"]),
        (tree((1, None), (2, 4), (3, 2), (4, 3)), ["cycle"]),
        (tree((1, 9)), ["no_parent"]),
        (tree((1, None), *((n, n - 1) for n in range(2, 8))), []),
        (tree((1, None), *((n, n - 1) for n in range(2, 9))), ["too_deep"]),
        (tree(*((n, None) for n in range(1, 42))), ["too_many"]),
        (tree((1, None), (1, None)), ["too_many"]),
        ([Why(1, None, " ")], ["no_words"]),
        ([Why(1, None, "x" * 401)], ["too_long"]),
    ],
)
def test_answers_are_a_tree(whys, expected):
    assert [one.code for one in rules.objections_to_whys(whys)] == expected


@pytest.mark.parametrize(
    ("whys", "expected"),
    [
        (rules.chain(["a", " ", "b", "c"]), ["1", "2", "3"]),
        (tree((1, None), (2, 1), (3, 1), (4, None), (5, 3)), ["1", "1.1", "1.2", "1.2.1", "2"]),
        ([], []),
    ],
)
def test_a_chain_is_counted_through_and_branches_are_numbered(whys, expected):
    assert [node.number for node in rules.flat(rules.why_tree(whys))] == expected
    assert rules.whys_read(rules.whys_kept(whys)) == whys


def test_texts_kept_before_there_was_a_tree_are_a_chain():
    assert rules.whys_read(["a", "b"]) == [Why(1, None, "a"), Why(2, 1, "b")]


def test_what_explained_an_answer_that_is_taken_out_moves_up():
    whys = tree((1, None), (2, 1), (3, 2), (4, 2))
    assert rules.without_why(whys, 2) == tree((1, None), (3, 1), (4, 1))


def test_people_answer_one_by_one_and_a_circle_is_refused(cast, db, now, browse):
    row = begun(cast, now)
    by = {"by": cast.erik, "now": now}
    cause = actions.add_cause(
        row, factor=Factor.PROCESS_GAP, text="No rehearsal", whys=["No copy"], **by
    )
    seen = cause.version
    actions.add_why(row, cause, "No budget", parent=1, **by)
    actions.add_why(row, cause, "Nobody asked", parent=1, by=cast.carl, now=now)
    db.session.flush()
    for bad in ({"parent": 9}, {"parent": None, "text": " "}):
        with pytest.raises(Refused):
            actions.add_why(row, cause, bad.get("text", "x"), parent=bad["parent"], **by)
    given = {"text": "No copy", "parent": 2}
    with pytest.raises(Refused):
        actions.change_why(row, cause, 1, **given, version=None, **by)  # 2 explains 1 already
    with pytest.raises(Stale):
        actions.change_why(row, cause, 1, **given, version=seen, **by)
    with pytest.raises(NotFound):
        actions.remove_why(row, cause, 77, **by)
    db.session.commit()
    erik, home = browse("erik"), f"/postmortems/{row.reference}"
    text = erik.text(home)
    assert text.index("No copy") < text.index("No budget") < text.index("Nobody asked")
    path = f"{home}/causes/{cause.id}/whys"
    assert "1.2. Nobody asked" in erik.text(f"{path}/new?under=2")
    assert erik.post(f"{path}/new", data={"text": "It was May", "parent": "2"}).status_code == 303
    assert erik.post(f"{path}/1", data={"text": "No copy", "parent": "4"}).status_code == 422
    assert erik.post(f"{path}/3", data={"text": "Nobody", "parent": ""}).status_code == 303
    assert erik.post(f"{path}/2/remove").status_code == 303
    db.session.rollback()
    cause = queries.causes_of(row)[0]
    assert [(one.id, one.parent, one.text) for one in rules.whys_read(cause.whys)] == [
        (1, None, "No copy"),
        (3, None, "Nobody"),
        (4, 1, "It was May"),
    ]
    assert browse("sam").get(f"{path}/1").status_code == 404
