"""All that a vacancy flow says, one module a language."""

from collections.abc import Mapping

from flowgen_plugins.vacancy.texts.de import DE
from flowgen_plugins.vacancy.texts.en import EN
from flowgen_plugins.vacancy.texts.es import ES
from flowgen_plugins.vacancy.texts.fr import FR
from flowgen_plugins.vacancy.texts.language import Language
from flowgen_plugins.vacancy.texts.nl import NL

__all__ = ["LANGUAGES", "Language"]

LANGUAGES: Mapping[str, Language] = {language.code: language for language in (NL, EN, DE, FR, ES)}
