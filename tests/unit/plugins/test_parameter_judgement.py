"""What a plugin author gets for free: sentences made of the errors of their models."""

from enum import Enum

import pytest
from pydantic import BaseModel, ConfigDict, Field, field_validator

from flowgen_core.api import FlowType, InvalidParameters


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Pet(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=2, max_length=5)
    legs: int = Field(default=4, gt=0, lt=9)
    weight: float | None = None
    colour: Colour = Colour.RED

    @field_validator("name")
    @classmethod
    def _bark(cls, name: str) -> str:
        if name == "rex":
            raise ValueError("must not be rex")
        return name


class Farm(FlowType):
    name = "farm"

    class Parameters(BaseModel):
        pets: list[Pet] = Field(default=[], min_length=1)
        notes: dict[str, int] = {}
        when: str = Field(default="", pattern="^[a-z]*$")

    class Context(Pet):
        pass


def judge(parameters, context=None):
    with pytest.raises(InvalidParameters) as caught:
        Farm().check(parameters, context)
    return [(found.path, found.reason, found.message) for found in caught.value.violations]


@pytest.mark.parametrize(
    ("pet", "path", "reason", "message"),
    [
        ({"name": "x"}, "name", "TOO_SHORT", "must have at least 2 characters"),
        ({"name": "x" * 6}, "name", "TOO_LONG", "must have at most 5 characters"),
        ({"name": "rex"}, "name", "INVALID_VALUE", "must not be rex"),
        ({"name": "bo", "legs": 0}, "legs", "INVALID_VALUE", "must be more than 0"),
        ({"name": "bo", "legs": 9}, "legs", "INVALID_VALUE", "must be less than 9"),
        ({"name": "bo", "legs": "x"}, "legs", "INVALID_TYPE", "must be a whole number"),
        ({"name": "bo", "legs": 1.5}, "legs", "INVALID_TYPE", "must be a whole number"),
        ({"name": "bo", "weight": "x"}, "weight", "INVALID_TYPE", "must be a number"),
        ({"name": "bo", "colour": "pink"}, "colour", "INVALID_VALUE", "must be one of red, blue"),
        ({"name": "bo", "leg": 1}, "leg", "UNKNOWN_PARAMETER", "is not known; did you mean legs?"),
    ],
)
def test_each_kind_of_error_has_its_sentence(pet, path, reason, message):
    assert judge({"pets": [pet]}) == [(f"parameters.pets[0].{path}", reason, message)]


def test_a_list_that_is_too_short_has_too_few_items():
    assert judge({"pets": []}) == [("parameters.pets", "TOO_FEW", "must have at least 1 items")]


@pytest.mark.parametrize(
    ("key", "path"),
    [("plain", ".plain"), ("a.b", '["a.b"]'), ('say "é"', '["say \\"é\\""]'), ("0", '["0"]'), ("", '[""]')],
)
def test_a_key_that_is_no_plain_name_is_quoted(key, path):
    assert judge({"notes": {key: "x"}})[0][0] == f"parameters.notes{path}"


def test_what_has_no_sentence_yet_keeps_the_words_of_pydantic():
    assert judge({"when": "!"}) == [
        ("parameters.when", "INVALID_VALUE", "is not valid: String should match pattern '^[a-z]*$'")
    ]


def test_problems_of_the_context_come_first():
    assert [path for path, _, _ in judge({"pets": 1}, {})] == ["context.name", "parameters.pets"]


def test_an_absent_context_is_none():
    assert Farm().check({}, None) == (Farm.Parameters(), None)
