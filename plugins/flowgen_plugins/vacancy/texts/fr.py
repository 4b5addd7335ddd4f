"""What a vacancy flow says in French."""

from flowgen_plugins.vacancy.texts.language import Language

FR = Language(
    code="fr",
    greeting=(
        "Bonjour ! Merci de votre intérêt pour le poste {job}. Je vais vous poser quelques questions courtes."
    ),
    knockout='Remplissez-vous cette exigence : "{value}" ?',
    preferred='Est-ce votre cas : "{value}" ?',
    field="Pouvez-vous indiquer votre {label} ?",
    field_other="Merci de nous indiquer : {label}.",
    skip_hint='Vous pouvez passer : écrivez "passer".',
    retry_yes_no="Désolé, je n'ai pas compris. Répondez par oui ou par non, s'il vous plaît.",
    retry_example="Cela ne semble pas correct. Exemple : {example}",
    retry_name="Cela ne ressemble pas à un nom. Écrivez seulement votre nom.",
    retry_text="Écrivez une réponse courte (1000 caractères au plus).",
    retry_choice="Choisissez l'un des numéros, s'il vous plaît.",
    limit_text="Pas de problème, continuons.",
    appointment="Quel moment vous convient le mieux pour : {title} ({how}) ?",
    appointment_open="Quel jour et à quelle heure pourriez-vous pour : {title} ({how}) ?",
    summary="Voici ce que j'ai noté :\n{lines}\nEst-ce exact ?",
    correction="Que faut-il corriger ? Écrivez-le en un seul message.",
    accepted=("Merci ! Votre candidature pour {job} est bien arrivée. Nous vous contacterons bientôt."),
    declined=(
        "Merci pour votre réponse honnête. Pour {job}, c'est une condition : nous ne pouvons pas "
        "continuer pour le moment. Bonne chance dans vos recherches !"
    ),
    abandoned="Nous nous arrêtons ici. Vous pourrez recommencer plus tard.",
    reminder="Êtes-vous toujours là ? Votre candidature n'est pas terminée.",
    yes="Oui",
    no="Non",
    skip="Passer",
    default_name="Candidature",
    appointment_title="premier entretien",
    examples={
        "email": "nom@exemple.fr",
        "phone": "+33 6 12 34 56 78",
        "url": "https://exemple.fr",
        "linkedin": "linkedin.com/in/nom",
        "date": "31/12/2026",
    },
    modes={
        "phone": "par téléphone",
        "video": "en visio",
        "on_site": "sur place : {location}",
    },
    openings={
        "possède": "Possédez-vous {x} ?",
        "a un": "Avez-vous un {x} ?",
        "a une": "Avez-vous une {x} ?",
        "est": "Êtes-vous {x} ?",
        "habite": "Habitez-vous {x} ?",
        "parle": "Parlez-vous {x} ?",
        "peut": "Pouvez-vous {x} ?",
        "sait": "Pouvez-vous {x} ?",
        "disponible": "Êtes-vous disponible {x} ?",
    },
    labels={
        "first_name": "prénom",
        "last_name": "nom de famille",
        "name": "nom complet",
        "email": "adresse e-mail",
        "phone": "numéro de téléphone",
        "address": "adresse",
        "postal_code": "code postal",
        "city": "ville",
        "linkedin": "lien LinkedIn",
        "portfolio": "lien de portfolio",
        "website": "site web",
        "birth_date": "date de naissance",
        "start_date": "date de début",
    },
    weekdays="lundi mardi mercredi jeudi vendredi samedi dimanche",
    months="janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    slot="{weekday} {day} {month}, {time}",
)
