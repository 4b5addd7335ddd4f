import pytest

from flowgen_plugins.conversation.answers.yes_no import judge
from flowgen_plugins.conversation.words import WORDS

IN_ALL_LANGUAGES = [
    ("ja", "yes"), ("jazeker", "yes"), ("yes I do", "yes"),
    ("nope", "no"), ("nee, nog niet", "no"), ("misschien", "unclear"),
]  # fmt: skip
IN_ONE_LANGUAGE = [
    ("nl", "ja hoor!", "yes"), ("de", "na klar", "yes"), ("de", "Natürlich", "yes"),
    ("fr", "bien sûr", "yes"),
    ("es", "Sí, claro", "yes"), ("nl", "geen probleem", "yes"), ("nl", "👍", "yes"), ("en", "👍🏽", "yes"),
    ("nl", "nog niet", "no"), ("nl", "zeker niet", "no"), ("en", "of course not", "no"),
    ("en", "I don't think so", "no"), ("en", "I don’t think so", "no"), ("de", "nö", "no"),
    ("fr", "bien sûr que non", "no"), ("es", "claro que no", "no"), ("es", "todavía no", "no"),
    ("en", "👎", "no"),
    ("nl", "ja, maar nog niet", "unclear"), ("nl", "ja en nee", "unclear"),
    ("nl", "nee, geen probleem", "unclear"),
    ("de", "weiß nicht", "unclear"), ("es", "no sé", "unclear"), ("fr", "ça dépend", "unclear"),
    ("nl", "ik woon in Utrecht", "unclear"), ("en", "do I?", "unclear"), ("en", "42", "unclear"),
    ("en", "", "unclear"), ("nl", "jaaa", "yes"), ("nl", "neeee", "no"), ("en", "ooookay", "yes"),
    ("nl", "nou ja", "yes"), ("en", "I do?", "unclear"),
]  # fmt: skip


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize(("said", "verdict"), IN_ALL_LANGUAGES)
def test_common_answers_mean_the_same_in_a_flow_of_any_language(language, said, verdict):
    assert judge(said, language) == verdict


@pytest.mark.parametrize(("language", "said", "verdict"), IN_ONE_LANGUAGE)
def test_an_answer_is_judged_in_its_own_language(language, said, verdict):
    assert judge(said, language) == verdict


@pytest.mark.parametrize("language", WORDS)
def test_a_page_of_text_is_never_taken_for_a_no(language):
    assert judge("no " * 5000, language) == "unclear"


@pytest.mark.parametrize("language", WORDS)
def test_each_word_of_the_tables_means_what_its_row_says(language):
    words = WORDS[language]
    assert {judge(word, language) for word in words.yes | words.affirm | words.fine} == {"yes"}
    assert {judge(word, language) for word in words.no | words.nots} == {"no"}
    assert {judge(phrase, language) for phrase in words.unsure} == {"unclear"}
