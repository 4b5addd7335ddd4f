"""The two job applications that `flowgen demo` plays, word for word as the flow type promises them."""

from collections.abc import Mapping
from dataclasses import dataclass

PARAMETERS = {
    "emojiUsage": "3",
    "flowName": "Driver",
    "knockoutRequirements": [
        {"value": "Has drivers license B", "sessionField": "drivers_license"},
        {"value": "Must be communicative", "sessionField": "communicative"},
    ],
    "preferredRequirements": [{"value": "Lives in Amsterdam", "sessionField": "location"}],
    "requiredFields": [
        {"value": "firstName", "sessionField": "first_name"},
        {"value": "email", "sessionField": "email"},
        {"value": "phoneNumber", "sessionField": "phone"},
    ],
    "optionalFields": [
        {"value": "address", "sessionField": "address"},
        {"value": "linkedin", "sessionField": "linkedin"},
        {"value": "portfolio", "sessionField": "portfolio"},
    ],
}
CONTEXT = {"type": "text", "value": "Example vacancy text here."}


@dataclass(frozen=True, slots=True)
class Turn:
    """What the job seeker says, and what the bot must answer, one text a message."""

    said: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """A conversation, and the output (JSON) that it must end with."""

    title: str
    language: str
    turns: tuple[Turn, ...]
    output: Mapping[str, object]


DUTCH = Sample(
    title="Sanne applies, in Dutch",
    language="nl",
    turns=(
        Turn(
            "Hallo",
            (
                "👋 Hallo! Leuk dat je interesse hebt in de vacature Driver. "
                "Ik stel je een paar korte vragen.",
                'Voldoe je aan deze eis: "Has drivers license B"?',
            ),
        ),
        Turn("jazeker", ('Voldoe je aan deze eis: "Must be communicative"?',)),
        Turn(
            "misschien",
            (
                "Sorry, dat begreep ik niet. Antwoord alsjeblieft met ja of nee.\n"
                'Voldoe je aan deze eis: "Must be communicative"?',
            ),
        ),
        Turn("Ja, dat ben ik", ('Geldt dit voor jou: "Lives in Amsterdam"?',)),
        Turn("nee, nog niet", ("Wat is je voornaam?",)),
        Turn("Ik heet Sanne", ("Wat is je e-mailadres?",)),
        Turn("sanne at mail", ("Dat lijkt niet te kloppen. Voorbeeld: naam@voorbeeld.nl",)),
        Turn("sanne@example.nl", ("Wat is je telefoonnummer?",)),
        Turn("06-12345678", ('Wat is je adres? Je mag dit overslaan: typ "overslaan".',)),
        Turn("overslaan", ('Wat is je LinkedIn-link? Je mag dit overslaan: typ "overslaan".',)),
        Turn("linkedin.com/in/sanne", ('Wat is je portfoliolink? Je mag dit overslaan: typ "overslaan".',)),
        Turn(
            "nee",
            (
                "📋 Dit heb ik genoteerd:\n- Voornaam: Sanne\n- E-mailadres: sanne@example.nl\n"
                "- Telefoonnummer: 0612345678\n- Adres:\n- LinkedIn-link: https://linkedin.com/in/sanne\n"
                "- Portfoliolink:\nKlopt dit?",
            ),
        ),
        Turn(
            "klopt", ("🎉 Bedankt! Je sollicitatie voor Driver is binnen. We nemen snel contact met je op.",)
        ),
    ),
    output={
        "outcome": "accepted",
        "needs_review": False,
        "score": 0,
        "fields": {
            "first_name": "Sanne",
            "email": "sanne@example.nl",
            "phone": "0612345678",
            "address": None,
            "linkedin": "https://linkedin.com/in/sanne",
            "portfolio": None,
        },
        "requirements": {"drivers_license": "yes", "communicative": "yes", "location": "no"},
        "appointment": None,
        "reasons": [],
        "language": "nl",
        "vacancy_id": None,
    },
)

ENGLISH = Sample(
    title="Somebody else applies, in English, and is declined",
    language="en",
    turns=(
        Turn(
            "Hello",
            (
                "👋 Hello! Great that you are interested in the vacancy Driver. "
                "I will ask you a few short questions.",
                "Do you have drivers license B?",
            ),
        ),
        Turn("yes I do", ("Are you communicative?",)),
        Turn(
            "nope",
            (
                "Thank you for your honest answer. For Driver this is a requirement, "
                "so we cannot continue now. Good luck with your search!",
            ),
        ),
    ),
    output={
        "outcome": "declined",
        "needs_review": False,
        "score": None,
        "fields": dict.fromkeys(("first_name", "email", "phone", "address", "linkedin", "portfolio")),
        "requirements": {"drivers_license": "yes", "communicative": "no", "location": None},
        "appointment": None,
        "reasons": [
            {
                "code": "knockout_failed",
                "field": "communicative",
                "label": "Must be communicative",
                "answer": "nope",
            }
        ],
        "language": "en",
        "vacancy_id": None,
    },
)

SAMPLES = (DUTCH, ENGLISH)
