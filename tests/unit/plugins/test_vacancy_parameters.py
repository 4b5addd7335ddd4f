import pytest

from flowgen_core.api import InvalidParameters
from tests.support.player import flow_type
from tests.support.vacancies import TEXT, bare, driver

SLOT = "must be a date-time with offset, such as 2026-12-01T09:00:00+01:00"
EMOJI = "parameters.emojiUsage must be 0, 1, 2, 3, 4 or 5"
SESSION_FIELD = "must be letters, digits and _, not starting with a digit, at most 64"


def judge(parameters, context=TEXT):
    """Gives reason and sentence of each violation."""
    try:
        flow_type().check(parameters, context)
    except InvalidParameters as error:
        return [(found.reason, f"{found.path} {found.message}") for found in error.violations]
    return []


def item(**members):
    return bare(requiredFields=[{"value": "email", **members}])


def talk(**members):
    return bare(appointment=members)


WRONG = [
    (bare(language="pl"), "UNSUPPORTED_LANGUAGE", "parameters.language must be one of nl, en, de, fr, es"),
    (bare(language=5), "INVALID_TYPE", "parameters.language must be a string"),
    *[
        (bare(emojiUsage=usage), "INVALID_EMOJI_USAGE", EMOJI)
        for usage in (6, "many", 2.5, 3.0, True, -1, "", [], "²")
    ],
    ("x", "INVALID_TYPE", "parameters must be an object"),
    ([], "INVALID_TYPE", "parameters must be an object"),
    (
        bare(knockoutRequirements=["B"]),
        "INVALID_TYPE",
        "parameters.knockoutRequirements[0] must be an object",
    ),
    (bare(knockoutRequirements="B"), "INVALID_TYPE", "parameters.knockoutRequirements must be a list"),
    (
        bare(knockoutRequirements=None),
        "REQUIRED",
        "parameters.knockoutRequirements is required; use [] for none",
    ),
    (
        bare(requiredFields=[{"sessionField": "x"}]),
        "REQUIRED",
        "parameters.requiredFields[0].value is required",
    ),
    (item(value=None), "REQUIRED", "parameters.requiredFields[0].value is required"),
    (item(value="  "), "REQUIRED", "parameters.requiredFields[0].value is required"),
    (
        item(value="x" * 301),
        "TOO_LONG",
        "parameters.requiredFields[0].value must have at most 300 characters",
    ),
    (item(value=3), "INVALID_TYPE", "parameters.requiredFields[0].value must be a string"),
    (item(value="${x}"), "TEMPLATE_NOT_ALLOWED", "parameters.requiredFields[0].value must not contain ${"),
    *[
        (
            item(sessionField=name),
            "INVALID_SESSION_FIELD",
            f"parameters.requiredFields[0].sessionField {SESSION_FIELD}",
        )
        for name in ("first name", "1st", "naïve", "x" * 65, "a\n", "a.b")
    ],
    (
        item(sessionField="answers"),
        "INVALID_SESSION_FIELD",
        "parameters.requiredFields[0].sessionField must not be answers or application",
    ),
    (
        item(kind="colour"),
        "INVALID_VALUE",
        "parameters.requiredFields[0].kind must be one of name, email, phone, url, linkedin, date, text",
    ),
    (
        bare(knockoutRequirement=[]),
        "UNKNOWN_PARAMETER",
        "parameters.knockoutRequirement is not known; did you mean knockoutRequirements?",
    ),
    (
        bare(knockoutRequirements=[{"value": "x", "kind": "text"}]),
        "UNKNOWN_PARAMETER",
        "parameters.knockoutRequirements[0].kind is not known; known: value, sessionField",
    ),
    (
        item(session_field="x"),
        "UNKNOWN_PARAMETER",
        "parameters.requiredFields[0].session_field is not known; did you mean sessionField?",
    ),
    (
        {**bare(), "flow.Name": None},
        "UNKNOWN_PARAMETER",
        'parameters["flow.Name"] is not known; did you mean flowName?',
    ),
    (
        bare(optionalFields=[{"value": "x"}] * 21),
        "TOO_MANY",
        "parameters.optionalFields must have at most 20 items",
    ),
    (bare(vacancyId="12"), "INVALID_ID", "parameters.vacancyId must be a UUID"),
    (bare(vacancyId=12), "INVALID_ID", "parameters.vacancyId must be a UUID"),
    (bare(flowName="${x}"), "TEMPLATE_NOT_ALLOWED", "parameters.flowName must not contain ${"),
    (bare(flowName="x" * 121), "TOO_LONG", "parameters.flowName must have at most 120 characters"),
    *[
        (talk(slots=[slot]), "INVALID_SLOT", f"parameters.appointment.slots[0] {SLOT}")
        for slot in (
            "2026-12-01 09:00",
            "2026-12-01T09:00:00",
            "2026-02-30T09:00:00Z",
            "",
            5,
            None,
            "9999-12-31T23:59Z",
        )
    ],
    (
        talk(slots=["2026-12-01T09:00Z"] * 11),
        "TOO_MANY",
        "parameters.appointment.slots must have at most 10 items",
    ),
    (talk(mode="fax"), "INVALID_VALUE", "parameters.appointment.mode must be one of phone, video, on_site"),
    (talk(mode="on_site"), "REQUIRED", "parameters.appointment.location is required for on_site"),
    (talk(durationMinutes=4), "INVALID_VALUE", "parameters.appointment.durationMinutes must be at least 5"),
    (
        talk(durationMinutes=2**63),
        "INVALID_VALUE",
        "parameters.appointment.durationMinutes must be at most 480",
    ),
    (
        talk(durationMinutes="30"),
        "INVALID_TYPE",
        "parameters.appointment.durationMinutes must be a whole number",
    ),
    (talk(required=1), "INVALID_TYPE", "parameters.appointment.required must be true or false"),
    (bare(appointment=[]), "INVALID_TYPE", "parameters.appointment must be an object"),
]


@pytest.mark.parametrize(("parameters", "reason", "sentence"), WRONG)
def test_what_is_wrong_is_said_in_one_sentence(parameters, reason, sentence):
    assert judge(parameters) == [(reason, sentence)]


@pytest.mark.parametrize(
    ("context", "reason", "sentence"),
    [
        ({"type": "url", "value": "x"}, "UNSUPPORTED_CONTEXT_TYPE", "context.type must be text"),
        ({"value": "x"}, "REQUIRED", "context.type is required"),
        ({"type": "text", "value": " \n"}, "REQUIRED", "context.value is required"),
        (
            {"type": "text", "value": "x" * 50_001},
            "TOO_LONG",
            "context.value must have at most 50000 characters",
        ),
        ("x", "INVALID_TYPE", "context must be an object"),
        (None, "REQUIRED", "context is required unless parameters.vacancyId is set"),
    ],
)
def test_a_wrong_context_is_said_too(context, reason, sentence):
    assert judge(bare(), context) == [(reason, sentence)]


def test_nothing_at_all_misses_three_things_in_order():
    assert judge({}, None) == [
        ("REQUIRED", "context is required unless parameters.vacancyId is set"),
        ("REQUIRED", "parameters.knockoutRequirements is required; use [] for none"),
        ("REQUIRED", "parameters.preferredRequirements is required; use [] for none"),
    ]


def test_problems_come_in_the_order_of_the_documentation_whatever_the_order_of_the_body():
    parameters = {
        "requiredFields": [{"value": "x"}, {"value": ""}],
        "preferredRequirements": 1,
        "language": "pl",
    }
    paths = [sentence.split(" ")[0] for _, sentence in judge(parameters, {"type": "url"})]
    assert paths == [
        "context.type",
        "context.value",
        "parameters.language",
        "parameters.knockoutRequirements",
        "parameters.preferredRequirements",
        "parameters.requiredFields[1].value",
    ]


def test_at_most_a_hundred_problems_are_listed():
    assert len(judge({f"x{number}": 1 for number in range(500)}, None)) == 100


def test_absent_parameters_are_required():
    assert judge(None) == [("REQUIRED", "parameters is required")]


@pytest.mark.parametrize("said", ["nl-NL", "NL_be", "nl", "Nl"])
def test_case_and_region_of_a_language_are_ignored(said):
    parameters, _ = flow_type().check(bare(language=said), TEXT)
    assert parameters.language == "nl"


def test_optional_parameters_may_be_null():
    names = (
        "language",
        "emojiUsage",
        "flowName",
        "vacancyId",
        "requiredFields",
        "optionalFields",
        "appointment",
    )
    parameters, _ = flow_type().check(bare(**dict.fromkeys(names)), TEXT)
    assert (parameters.language, parameters.emoji_usage, parameters.required_fields) == ("en", 0, [])
    appointment = dict.fromkeys(
        ("title", "mode", "location", "durationMinutes", "slots", "required", "sessionField")
    )
    parameters, _ = flow_type().check(bare(appointment=appointment), TEXT)
    assert parameters.appointment.duration_minutes == 30


def test_a_vacancy_id_makes_the_context_optional_and_is_kept_in_small_letters():
    parameters, context = flow_type().check(bare(vacancyId="8D328918-2622-4DE5-A41C-9A8749FEDEB0"), None)
    assert parameters.vacancy_id == "8d328918-2622-4de5-a41c-9a8749fedeb0"
    assert context is None


def test_slots_are_sorted_and_none_is_offered_twice():
    slots = ["2026-12-02T09:00:00Z", "2026-12-01T10:00:00+01:00", "2026-12-01T09:00:00Z"]
    parameters, _ = flow_type().check(talk(slots=slots), TEXT)
    assert [slot.isoformat() for slot in parameters.appointment.slots] == [
        "2026-12-01T10:00:00+01:00",
        "2026-12-02T09:00:00+00:00",
    ]


def deep(levels):
    value = []
    for _ in range(levels):
        value = [value]
    return value


HOSTILE = [
    2**63 - 1,
    -(2**63),
    1.5e308,
    True,
    None,
    "x" * 100_000,
    "\u202e${",
    deep(60),
    {"a": deep(60)},
    [{}],
    {"": ""},
]


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: type(value).__name__)
def test_hostile_values_anywhere_raise_nothing_but_violations(value):
    for name in driver():
        judge({**driver(), name: value})
        judge({**driver(), name: [value]})
        judge({**driver(), name: [{"value": value, "sessionField": value, "kind": value}]})
    for name in ("title", "mode", "location", "durationMinutes", "slots", "required", "sessionField"):
        judge(talk(**{name: value}))
    judge(value, value)
    judge({**driver(), "a" * 10_000: value}, {"type": value, "value": value})


def test_the_documented_body_is_taken():
    assert judge(driver()) == []
