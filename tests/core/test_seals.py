"""Addresses that name a row and cannot be altered."""

import pytest

from portal.core import seals

KEY = b"k" * 32


def made(number=7, *said, key=KEY):
    return seals.token(number, *(said or ("abc", 5)), key=key)


def test_address_names_its_row_and_nothing_in_it_can_be_changed():
    token = made()
    assert seals.number_in(token) == 7
    assert seals.is_genuine(token, made())
    others = [made(8), made(7, "abd", 5), made(7, "abc", 6), made(key=b"l" * 32)]
    flipped = [token[:i] + ("a" if c != "a" else "b") + token[i + 1 :] for i, c in enumerate(token)]
    assert not any(seals.is_genuine(one, token) for one in others + flipped)


@pytest.mark.parametrize("given", ["", "-", "x-abc", "9999999999-a", "-1-a", "１-a", "1e3-a"])
def test_what_names_no_row_is_none(given):
    assert seals.number_in(given) is None
