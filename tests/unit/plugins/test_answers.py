import time

import pytest

from flowgen_plugins.conversation.answers import KINDS, Asked, Offered
from flowgen_plugins.conversation.questions import AskOption
from flowgen_plugins.conversation.understanding import understand

SLOTS = (
    Offered("2026-12-01T09:00:00+01:00", "dinsdag 1 december, 09:00"),
    Offered("2026-12-02T10:00:00+01:00", "woensdag 2 december, 10:00"),
    Offered("2026-12-02T09:30:00+01:00", "woensdag 2 december, 09:30"),
)
TAKEN = [
    ("name", "Ik heet Sanne", "Sanne"), ("name", "  Sanne   de Vries ", "Sanne de Vries"),
    ("name", "Je m'appelle Zoé.", "Zoé"), ("name", "Je m’appelle Zoé", "Zoé"), ("name", "I'm Bo", "Bo"),
    ("name", "MEIN NAME IST Jörg", "Jörg"), ("name", "soy Ana", "Ana"),
    ("name", "Soyeon Kim", "Soyeon Kim"),
    ("name", "O'Neill-Smith", "O'Neill-Smith"), ("name", "李明", "李明"),
    ("email", "mijn mail is Sanne@Example.NL.", "Sanne@example.nl"), ("email", "<jan@x.nl>", "jan@x.nl"),
    ("email", "mailto:jan+cv@sub.x.co.uk", "jan+cv@sub.x.co.uk"),
    ("email", "jan@müller.de", "jan@müller.de"),
    ("phone", "+31 (0)6 1234 5678", "+31612345678"), ("phone", "06-12345678", "0612345678"),
    ("phone", "0031 6 12345678", "+31612345678"), ("phone", "bel (06) 1234.5678 na 5 uur", "0612345678"),
    ("linkedin", "in/sanne-de-vries", "https://www.linkedin.com/in/sanne-de-vries"),
    ("linkedin", "linkedin.com/in/sanne", "https://linkedin.com/in/sanne"),
    ("linkedin", "https://nl.linkedin.com/in/sanne", "https://nl.linkedin.com/in/sanne"),
    ("url", "linkedin.com/in/sanne", "https://linkedin.com/in/sanne"),
    ("url", "mijn site: http://example.nl:8080/cv?x=1#y.", "http://example.nl:8080/cv?x=1#y"),
    ("date", "2001-04-30", "2001-04-30"), ("date", "30-4-2001", "2001-04-30"),
    ("date", "30/04/2001", "2001-04-30"),
    ("date", "30.04.2001", "2001-04-30"), ("date", "04/30/2001", "2001-04-30"),
    ("date", "05/04/2001", "2001-04-05"),
    ("date", "30 april 2001", "2001-04-30"), ("date", "April 30, 2001", "2001-04-30"),
    ("date", "30. März 2001", "2001-03-30"), ("date", "le 1er février 2001", "2001-02-01"),
    ("date", "3 de agosto de 2001", "2001-08-03"), ("date", "30th of April 2001", "2001-04-30"),
    ("date", "29-02-2024", "2024-02-29"), ("text", "  Kerkstraat 1 ", "Kerkstraat 1"),
    ("text", "x" * 1000, "x" * 1000),
    ("choice", "2", SLOTS[1].value), ("choice", " 1. ", SLOTS[0].value),
    ("choice", "dinsdag", SLOTS[0].value),
    ("choice", "9:00", SLOTS[0].value), ("choice", "09:00", SLOTS[0].value),
    ("choice", "Woensdag 2 December, 10:00", SLOTS[1].value),
    ("choice", "woensdag 9:30", SLOTS[2].value),
    ("yes_no", "jazeker", "yes"), ("yes_no", "nee", "no"),
]  # fmt: skip
REFUSED = [
    ("name", "nee"), ("name", "06 1234"), ("name", "jan@x.nl"), ("name", "www.jan.nl"),
    ("name", "jan.nl"),
    ("name", "..."), ("name", "Ik heet"), ("name", "x" * 101), ("name", ""),
    ("email", "a@b"), ("email", "a@b.nl of c@d.nl"), ("email", "jan..p@x.nl"), ("email", "jan@@x.nl"),
    ("email", "@x.nl"), ("email", ".jan@x.nl"), ("email", "jan@x..nl"), ("email", "jan@-x.nl"),
    ("email", "sanne at mail"),
    ("email", "x" * 250 + "@x.nl"), ("phone", "12345"), ("phone", "0612345678 of 0687654321"),
    ("phone", "1" * 16),
    ("phone", "geen"), ("linkedin", "example.com/in/sanne"),
    ("linkedin", "https://notlinkedin.com/in/x"),
    ("linkedin", "https://linkedin.com@evil.example/in/x"), ("url", "localhost"),
    ("url", "javascript:alert(1)"),
    ("url", "javascript://x.nl/%0aalert(1)"), ("url", "ftp://x.nl"), ("url", "https://jan:pw@x.nl"),
    ("url", "jan@x.nl"),
    ("url", "https://x.nl/" + "a" * 2048), ("url", "http://["), ("url", "a.nl b.nl"),
    ("url", "https://x.nl\\@y.nl"),
    ("date", "31-02-2001"), ("date", "30-4-01"), ("date", "morgen"), ("date", "1-2-2001 of 2-2-2001"),
    ("date", "29-02-2023"),
    ("date", "00-00-0000"), ("text", ""), ("text", " "), ("text", "x" * 1001), ("text", "👍"),
    ("text", "overslaan"),
    ("choice", "4"), ("choice", "0"), ("choice", "woensdag"), ("choice", "niet dinsdag"), ("choice", ""),
    ("choice", "december"), ("yes_no", "misschien"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "said", "value"), TAKEN)
def test_an_answer_is_taken_out_of_what_people_say(kind, said, value):
    taken = KINDS[kind](said, Asked("nl", SLOTS, strict=True))
    assert taken
    assert taken.value == value


@pytest.mark.parametrize(("kind", "said"), REFUSED)
def test_what_is_no_answer_is_refused(kind, said):
    assert KINDS[kind](said, Asked("nl", SLOTS, strict=True)) is None


def test_a_no_that_names_no_choice_refuses_them_all():
    taken = KINDS["choice"]("nee, geen van deze", Asked("nl", SLOTS))
    assert taken
    assert (taken.outcome, taken.value) == ("none", "")


def test_a_choice_is_saved_with_its_label():
    taken = KINDS["choice"]("1", Asked("nl", SLOTS))
    assert taken
    assert taken.label == SLOTS[0].label


SIZE = 32 * 1024
NASTY = [
    "a" * SIZE, "a " * SIZE, "1" * SIZE, " " * SIZE, "+" * SIZE, "@" * SIZE, "a@" * SIZE,
    "a.b " * SIZE, "1-" * SIZE,
    "jan 1 " * SIZE, "ﷺ" * SIZE, "no problem " * SIZE, "aaabbb" * SIZE, "!" * SIZE, "e\u0301" * SIZE,
    "(0)" * SIZE,
    "in/" + "a" * SIZE, "https://a.nl/" + "x" * SIZE, "30" + " " * SIZE + "april 2001", "\n" * SIZE,
    "👍🏽" * SIZE,
    "12:34 " * SIZE, "ik heet " * SIZE, "".join(f"{number}.nl " for number in range(SIZE)),
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
# Bounds lie inside: the longest text that is read at all is as bad as the longest that can be sent.
@pytest.mark.parametrize("length", [1000, 3000, SIZE])
def test_hostile_text_is_judged_at_once(kind, length):
    choices = [{"value": slot.value, "label": slot.label} for slot in SLOTS * 3]
    option = AskOption(
        text="?", kind=kind, group="g", skippable=True, targets={"stopped": "x"}, choices=choices
    )
    for text in NASTY:
        # The best of three: a busy machine is not what is measured.
        assert min(seconds(text[:length], option) for _ in range(3)) < 0.05, text[:20]


def seconds(text, option):
    started = time.process_time()
    understand(text, option, option.choices)
    return time.process_time() - started
