"""The words that people answer with, one table a language, in the form that `normalise` gives."""

import re
import unicodedata
from dataclasses import dataclass

_EMOJI = str.maketrans({"👍": " yes ", "✅": " yes ", "👌": " yes ", "👎": " no ", "❌": " no "})
_DROPPED = re.compile("[\U0001f3fb-\U0001f3ff\ufe0f'‘’‛`´ʼ＇]")
_ACCENTS = re.compile("[\u0300-\u036f]")
_MARKS = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """Gives a text in small letters and without accents."""
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", text).casefold())


def normalise(text: str) -> str:
    """Gives the words of a text in small letters, without accents and marks; some emoji are yes or no."""
    return _MARKS.sub(" ", fold(_DROPPED.sub("", text).translate(_EMOJI))).strip()


def _list(words: str) -> frozenset[str]:
    return frozenset(words.split(", "))


@dataclass(frozen=True, slots=True)
class Words:
    """The words and phrases of one language; `nots` turn a sentence into a no, `fine` ones into a yes.

    `retry` is what an ask says to an answer that it did not understand, when its flow gives no text.
    """

    yes: frozenset[str]
    no: frozenset[str]
    nots: frozenset[str]
    affirm: frozenset[str]
    fine: frozenset[str]
    unsure: frozenset[str]
    skip: frozenset[str]
    stop: frozenset[str]
    retry: str


FILLERS = _list(
    "nou, nu, eh, ehm, euh, uh, um, hm, hmm, oh, ah, well, so, also, alors, bon, ben, bueno, "
    "pues, na, naja, tja, sorry, eigenlijk, actually, eigentlich"
)

# The order is that in which the other languages are tried.
WORDS = {
    "nl": Words(
        yes=_list("ja, jawel, jazeker, jaha, jep, jup, jo, yes, yep, yeah"),
        no=_list("nee, neen, neuh, nope, no, nah"),
        nots=_list("niet, geen, nooit, niks, helaas"),
        affirm=_list(
            "zeker, klopt, inderdaad, natuurlijk, uiteraard, absoluut, precies, wel, ik heb, heb ik, "
            "ik ben, ben ik, doe ik, kan ik, ok, oke, okay, prima"
        ),
        fine=_list("geen probleem, waarom niet"),
        unsure=_list(
            "misschien, wellicht, mogelijk, weet ik niet, weet niet, weet het niet, geen idee, ligt "
            "eraan, ligt er aan, hangt ervan af, soms, beetje, bijna, twijfel, ja en nee, niet zeker, "
            "ik denk het, denk ik, vraag, hoe bedoel, hoezo"
        ),
        skip=_list("overslaan, sla over, volgende, skip"),
        stop=_list("stop, stoppen, annuleren, afbreken"),
        retry="Sorry, dat begreep ik niet.",
    ),
    "en": Words(
        yes=_list("yes, yeah, yep, yup, yea, ya, aye"),
        no=_list("no, nope, nah, nay"),
        nots=_list(
            "not, dont, doesnt, didnt, havent, hasnt, isnt, arent, wasnt, cant, cannot, couldnt, "
            "wont, never, none, unfortunately"
        ),
        affirm=_list(
            "sure, correct, right, true, exactly, definitely, absolutely, certainly, indeed, of "
            "course, i do, i have, ive, i am, im, i can, i did, ok, okay"
        ),
        fine=_list("no problem, why not, no worries"),
        unsure=_list(
            "maybe, perhaps, possibly, not sure, unsure, dont know, idk, dunno, depends, sometimes, "
            "almost, a bit, a little, kind of, sort of, yes and no, i think so, i guess, question, "
            "what do you mean"
        ),
        skip=_list("skip, pass, next, no thanks"),
        stop=_list("stop, cancel, quit, end"),
        retry="Sorry, I did not understand that.",
    ),
    "de": Words(
        yes=_list("ja, jawohl, jep, jup, jo, doch, yes, yep"),
        no=_list("nein, nee, ne, no, nope"),
        nots=_list("nicht, kein, keine, keinen, keinem, keiner, nie, niemals, leider"),
        affirm=_list(
            "klar, genau, richtig, stimmt, naturlich, sicher, selbstverstandlich, gern, gerne, ich "
            "habe, habe ich, hab ich, ich bin, bin ich, kann ich, ok, okay"
        ),
        fine=_list("kein problem, warum nicht"),
        unsure=_list(
            "vielleicht, eventuell, weiss nicht, weiss ich nicht, weiss es nicht, keine ahnung, kommt "
            "darauf an, kommt drauf an, manchmal, fast, bisschen, teilweise, nicht sicher, jein, ja "
            "und nein, ich glaube, glaube schon, frage, wie meinst"
        ),
        skip=_list("uberspringen, auslassen, weiter, skip"),
        stop=_list("stop, stopp, abbrechen, beenden"),
        retry="Das habe ich leider nicht verstanden.",
    ),
    "fr": Words(
        yes=_list("oui, ouais, ouaip, si, yes"),
        no=_list("non, nan, no, nope"),
        nots=_list("pas, jamais, aucun, aucune, malheureusement"),
        affirm=_list(
            "exact, exactement, absolument, certainement, effectivement, bien sur, tout a fait, "
            "daccord, cest ca, jai, je lai, je suis, ok, okay"
        ),
        fine=_list("pas de probleme, pourquoi pas, pas de souci"),
        unsure=_list(
            "peut etre, sais pas, ne sais pas, aucune idee, ca depend, parfois, presque, un peu, pas "
            "sur, pas sure, plus ou moins, oui et non, je pense, je crois, question, comment ca"
        ),
        skip=_list("passer, passe, suivant, skip"),
        stop=_list("stop, arreter, annuler"),
        retry="Désolé, je n'ai pas compris.",
    ),
    "es": Words(
        yes=_list("si, sip, yes"),
        no=_list("no, nop, nope"),
        nots=_list("nunca, jamas, tampoco, ningun, ninguna, ninguno, lamentablemente"),
        affirm=_list(
            "claro, correcto, exacto, efectivamente, por supuesto, desde luego, vale, asi es, de "
            "acuerdo, tengo, lo tengo, soy, ok, okay"
        ),
        fine=_list("no hay problema, sin problema, por que no"),
        unsure=_list(
            "quizas, quiza, tal vez, a lo mejor, no se, ni idea, depende, a veces, casi, un poco, no "
            "estoy seguro, no estoy segura, mas o menos, si y no, creo, pregunta, que quieres decir"
        ),
        skip=_list("omitir, saltar, siguiente, skip"),
        stop=_list("stop, parar, cancelar, terminar"),
        retry="Perdona, no lo he entendido.",
    ),
}

STOP_WORDS = frozenset(word for words in WORDS.values() for word in words.stop)
