"""What a vacancy flow says in German."""

from flowgen_plugins.vacancy.texts.language import Language

DE = Language(
    code="de",
    greeting=(
        "Hallo! Schön, dass du dich für die Stelle {job} interessierst. Ich stelle dir ein paar kurze Fragen."
    ),
    knockout='Erfüllst du diese Anforderung: "{value}"?',
    preferred='Trifft das auf dich zu: "{value}"?',
    field="Wie lautet {label}?",
    field_other="Bitte sag uns: {label}.",
    skip_hint='Du kannst das überspringen: schreibe "weiter".',
    retry_yes_no="Das habe ich leider nicht verstanden. Bitte antworte mit Ja oder Nein.",
    retry_example="Das scheint nicht zu stimmen. Beispiel: {example}",
    retry_name="Das sieht nicht nach einem Namen aus. Bitte schreibe nur deinen Namen.",
    retry_text="Bitte schreibe eine kurze Antwort (höchstens 1000 Zeichen).",
    retry_choice="Bitte wähle eine der Nummern.",
    limit_text="Kein Problem, wir machen weiter.",
    appointment="Welcher Termin passt dir am besten für: {title} ({how})?",
    appointment_open="An welchem Tag und um wie viel Uhr passt dir: {title} ({how})?",
    summary="Das habe ich notiert:\n{lines}\nStimmt das?",
    correction="Was soll anders sein? Bitte schreibe es in einer Nachricht.",
    accepted="Danke! Deine Bewerbung für {job} ist angekommen. Wir melden uns bald bei dir.",
    declined=(
        "Danke für deine ehrliche Antwort. Für {job} ist das eine Voraussetzung, daher können "
        "wir jetzt nicht weitermachen. Viel Erfolg bei der Suche!"
    ),
    abandoned="Wir hören hier auf. Du kannst später neu beginnen.",
    reminder="Bist du noch da? Deine Bewerbung ist noch nicht fertig.",
    yes="Ja",
    no="Nein",
    skip="Weiter",
    default_name="Bewerbung",
    appointment_title="Kennenlerngespräch",
    examples={
        "email": "name@beispiel.de",
        "phone": "+49 151 23456789",
        "url": "https://beispiel.de",
        "linkedin": "linkedin.com/in/name",
        "date": "31.12.2026",
    },
    modes={
        "phone": "telefonisch",
        "video": "per Video",
        "on_site": "vor Ort: {location}",
    },
    openings={
        "verfügt über": "Verfügst du über {x}?",
        "besitzt": "Hast du {x}?",
        "hat": "Hast du {x}?",
        "ist": "Bist du {x}?",
        "wohnt in": "Wohnst du in {x}?",
        "spricht": "Sprichst du {x}?",
        "kann": "Kannst du {x}?",
        "bereit": "Bist du bereit {x}?",
    },
    labels={
        "first_name": "dein Vorname",
        "last_name": "dein Nachname",
        "name": "dein Name",
        "email": "deine E-Mail-Adresse",
        "phone": "deine Telefonnummer",
        "address": "deine Adresse",
        "postal_code": "deine Postleitzahl",
        "city": "dein Wohnort",
        "linkedin": "dein LinkedIn-Link",
        "portfolio": "dein Portfolio-Link",
        "website": "deine Website",
        "birth_date": "dein Geburtsdatum",
        "start_date": "dein Startdatum",
    },
    possessives=("deine ", "dein "),
    weekdays="Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
    months="Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    slot="{weekday}, {day}. {month}, {time}",
)
