from uuid import UUID

import pytest

from flowgen_gateway.dialects.voipbin import ids

SOME = "605f5650-ba92-4dcd-bdac-91fcf6260939"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (SOME, SOME),
        (SOME.upper(), SOME),
        (ids.NIL, ids.NIL),
        (SOME.replace("-", ""), None),
        (SOME + "0", None),
        ("main-greeting", None),
        ("", None),
    ],
)
def test_a_uuid_is_taken_in_any_case_and_given_in_lower_case(text, found):
    assert ids.canonical_id(text) == found


@pytest.mark.parametrize("text", [None, "", ids.NIL])
def test_nothing_an_empty_text_and_the_nil_uuid_name_none(text):
    assert ids.named(text) == ""


def test_any_other_text_names_what_it_says():
    assert [ids.named(text) for text in ("a1", SOME.upper())] == ["a1", SOME.upper()]


@pytest.mark.parametrize("text", [ids.START, ids.FINISH, ids.FINISH[:-1] + "3", "x" * 256])
def test_ids_that_are_reserved_or_too_long_are_replaced(text):
    assert ids.is_replaced(text)


@pytest.mark.parametrize("text", ["x" * 255, ids.FINISH[:-1] + "4", "a1", SOME])
def test_other_ids_are_kept(text):
    assert not ids.is_replaced(text)


@pytest.mark.parametrize(
    ("text", "malformed"),
    [
        ("9c30642a-f05e-11ef-8674-ebba44c5cb0f2", True),
        ("9c30642a-f05e-11ef-8674-ebba44c5cb", True),
        ("9c30642af05e11ef8674ebba44c5cb0f", True),
        ("9c30642a-f05e-11ef-8674-ebba44c5cb0f", False),
        ("9C30642A-F05E-11EF-8674-EBBA44C5CB0F", False),
        ("9c30642a-f05e-11ef-8674-ebb", False),
        ("a" * 41, False),
        ("welcome-to-the-main-menu-of-the-shop", False),
    ],
)
def test_an_id_that_looks_like_a_uuid_and_is_none_is_malformed(text, malformed):
    assert ids.is_malformed(text) is malformed


def test_made_ids_are_uuids_of_version_4_and_all_different():
    for key in ("", "key"):
        make = ids.id_maker(key)
        made = [make() for _ in range(20)]
        assert {UUID(id).version for id in made} == {4}
        assert len(set(made)) == 20


def test_the_same_key_makes_the_same_ids_and_no_key_makes_new_ones():
    assert ids.id_maker("key")() == ids.id_maker("key")() != ids.id_maker("other")()
    assert ids.id_maker("")() != ids.id_maker("")()
