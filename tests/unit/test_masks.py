"""Secrets of configurations are hidden, and come back where their mask is sent."""

import pytest
from pydantic import BaseModel, SecretStr

from flowgen_core.runtime.masks import MASK, hidden, masks_in, restored


class Login(BaseModel):
    user: str = ""
    password: SecretStr = SecretStr("")


class Config(BaseModel):
    note: str = ""
    token: SecretStr | None = None
    headers: dict[str, SecretStr] = {}
    login: Login = Login()
    logins: list[Login] = []


STORED = {
    "note": "n",
    "token": "t-1",
    "headers": {"A": "h-1", "B": ""},
    "login": {"user": "u", "password": "p-1"},
    "logins": [{"user": "a", "password": "p-2"}, {"user": "b", "password": "p-3"}],
}
READ = Config.model_validate(STORED)


def put_back(sent):
    return restored(sent, STORED, READ)


def test_every_secret_is_hidden_and_nothing_else():
    assert hidden(STORED, READ) == {
        "note": "n",
        "token": MASK,
        "headers": {"A": MASK, "B": ""},
        "login": {"user": "u", "password": MASK},
        "logins": [{"user": "a", "password": MASK}, {"user": "b", "password": MASK}],
    }


def test_what_was_shown_can_be_sent_back():
    assert put_back(hidden(STORED, READ)) == STORED


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ({}, {}),
        ({"token": "t-2"}, {"token": "t-2"}),
        ({"token": MASK, "note": MASK}, {"token": "t-1", "note": MASK}),
        ({"token": None}, {"token": None}),
        ({"headers": {"A": MASK, "C": MASK}}, {"headers": {"A": "h-1", "C": MASK}}),
        ({"headers": 7, "login": [MASK]}, {"headers": 7, "login": [MASK]}),
        ({"login": {"user": "v", "password": MASK}}, {"login": {"user": "v", "password": "p-1"}}),
    ],
)
def test_a_mask_stands_for_the_value_in_its_place(sent, meant):
    assert put_back(sent) == meant


@pytest.mark.parametrize(
    "logins",
    [
        [{"user": "b", "password": MASK}],
        [{"user": "b", "password": MASK}, {"user": "a", "password": MASK}],
        [{"user": "a", "password": MASK}, {"user": "b", "password": MASK}, {"user": "c", "password": MASK}],
    ],
)
def test_in_a_list_that_has_changed_no_mask_gets_anybodys_secret(logins):
    assert put_back({"logins": logins}) == {"logins": logins}


def test_masks_that_are_left_are_found():
    left = {
        "token": MASK,
        "headers": {"A": MASK, "B": "b"},
        "logins": [{"password": "x"}, {"password": MASK}],
    }
    assert masks_in(Config.model_validate(left)) == [("token",), ("headers", "A"), ("logins", 1, "password")]
