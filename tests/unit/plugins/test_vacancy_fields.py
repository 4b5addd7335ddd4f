import pytest

from flowgen_plugins.vacancy.fields import derive, in_words, look_up, name_fields
from flowgen_plugins.vacancy.questions import field_line, field_question, requirement_question
from flowgen_plugins.vacancy.texts import LANGUAGES
from tests.support.player import flow_type
from tests.support.vacancies import TEXT, bare


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("firstName", "first_name"),
        ("Has drivers license B", "has_drivers_license_b"),
        ("2 years' experience", "f_2_years_experience"),
        ("Prénom", "prenom"),
        ("!!!", "field"),
        ("李", "field"),
        ("Straße", "strasse"),
        ("has worked for several years in a large kitchen", "has_worked_for_several_years_in_a_large"),
        ("x" * 60, "x" * 40),
    ],
)
def test_a_session_field_is_derived_from_what_is_asked(value, name):
    assert derive(value) == name


def names(**parameters):
    judged, _ = flow_type().check(bare(**parameters), TEXT)
    return name_fields(judged)


def test_explicit_names_are_given_out_first():
    found = names(
        knockoutRequirements=[{"value": "email"}, {"value": "x", "sessionField": "a"}],
        requiredFields=[{"value": "y", "sessionField": "email"}, {"value": "z", "sessionField": "a"}],
    )
    assert found.knockout == ("email_2", "a")
    assert found.required == ("email", "a_2")


def test_derived_names_avoid_all_taken_ones():
    found = names(
        optionalFields=[{"value": "City!"}, {"value": "city"}, {"value": "answers"}, {"value": "CITY"}]
    )
    assert found.optional == ("city", "city_2", "answers_2", "city_3")


def test_an_appointment_takes_its_label_too():
    found = names(requiredFields=[{"value": "appointment_label"}, {"value": "Appointment"}], appointment={})
    assert found.appointment == "appointment"
    assert found.required == ("appointment_label_2", "appointment_2")


def test_an_appointment_goes_out_of_the_way_of_explicit_names():
    field = {"value": "x", "sessionField": "appointment_label"}
    assert names(requiredFields=[field], appointment={}).appointment == "appointment_2"


@pytest.mark.parametrize(
    ("value", "row"),
    [
        ("firstName", ("first_name", "name")),
        ("E-mail", ("email", "email")),
        ("Prénom", ("first_name", "name")),
        ("Phone number", ("phone", "phone")),
        ("LinkedIn", ("linkedin", "linkedin")),
        ("portfolio", ("portfolio", "url")),
        ("Geboortedatum", ("birth_date", "date")),
        ("codePostal", ("postal_code", "text")),
        ("hobby", None),
    ],
)
def test_common_fields_are_known_by_many_names(value, row):
    assert look_up(value) == row


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("noticePeriod", "notice period"),
        ("notice_period", "notice period"),
        ("LinkedIn profile of your boss", "LinkedIn profile of your boss"),
        ("GitHub", "GitHub"),
        ("_", "_"),
    ],
)
def test_a_label_is_the_value_in_words(value, words):
    assert in_words(value) == words


@pytest.mark.parametrize(
    ("language", "value", "question"),
    [
        ("en", "Has drivers license B", "Do you have drivers license B?"),
        ("en", "Must be able to lift 20 kg.", "Can you lift 20 kg?"),
        ("en", "must be 18 or older", "Are you 18 or older?"),
        ("en", "Has no criminal record", 'Q "Has no criminal record"'),
        ("en", "Can work without supervision", 'Q "Can work without supervision"'),
        ("en", "Do you like cats?", "Do you like cats?"),
        ("en", "Has", 'Q "Has"'),
        ("en", "Hasty workers", 'Q "Hasty workers"'),
        ("nl", "Has drivers license B", 'Q "Has drivers license B"'),
        ("nl", "Is in het bezit van rijbewijs B", "Heb je rijbewijs B?"),
        ("nl", "woont in Utrecht!", "Woon je in Utrecht?"),
        ("de", "Verfügt über Führerschein B;", "Verfügst du über Führerschein B?"),
        ("fr", "A une voiture", "Avez-vous une voiture ?"),
        ("es", "Está disponible", "¿Estás disponible?"),
        ("es", "Tiene {x} y {0}", "¿Tienes {x} y {0}?"),
    ],
)
def test_a_requirement_becomes_a_question_to_which_yes_means_that_it_is_met(language, value, question):
    assert requirement_question(value, LANGUAGES[language], 'Q "{value}"') == question


@pytest.mark.parametrize(
    ("language", "value", "question", "line"),
    [
        ("nl", "firstName", "Wat is je voornaam?", "- Voornaam: ${x}"),
        ("de", "firstName", "Wie lautet dein Vorname?", "- Vorname: ${x}"),
        ("de", "email", "Wie lautet deine E-Mail-Adresse?", "- E-Mail-Adresse: ${x}"),
        ("en", "noticePeriod", "Please tell us: notice period.", "- Notice period: ${x}"),
        ("en", "Why us?", "Why us?", "- Why us? ${x}"),
    ],
)
def test_a_field_becomes_a_question_and_a_line_of_the_summary(language, value, question, line):
    assert field_question(value, LANGUAGES[language]) == question
    assert field_line(value, "x", LANGUAGES[language]) == line


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=lambda language: language.code)
def test_every_language_has_all_texts(language):
    assert len(language.weekdays.split()) == 7
    assert len(language.months.split()) == 12
    assert set(language.labels) == set(LANGUAGES["en"].labels)
    assert set(language.examples) == {"email", "phone", "url", "linkedin", "date"}
