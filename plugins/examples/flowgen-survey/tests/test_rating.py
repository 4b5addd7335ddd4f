from datetime import timedelta

import pytest
from fakes import NOW, FakeContext
from flowgen_core.api import Answer, Due, Jump, Next, Wait
from pydantic import ValidationError

from flowgen_survey.rating import Rating

OPTION = Rating.Option(
    text="How was it?", low_target_id="why", no_answer_target_id="end", max_retries=1, timeout_seconds=60
)


async def asked() -> tuple[FakeContext, Wait]:
    ctx = FakeContext()
    outcome = await Rating().run(ctx, OPTION)
    assert isinstance(outcome, Wait)
    return FakeContext(outcome.data), outcome


async def test_it_asks_and_waits_for_a_minute():
    ctx = FakeContext()
    outcome = await Rating().run(ctx, OPTION)
    assert ctx.said == ["How was it?"]
    assert isinstance(outcome, Wait)
    assert (outcome.prompt, outcome.until) == ("How was it?", NOW + timedelta(seconds=60))


async def test_a_high_score_is_kept_and_goes_on():
    ctx, _ = await asked()
    assert await Rating().resume(ctx, OPTION, Answer("5!")) == Next()
    assert ctx.variables == {"rating": 5}


async def test_a_low_score_goes_where_the_option_says():
    ctx, _ = await asked()
    assert await Rating().resume(ctx, OPTION, Answer("2")) == Jump("why")


async def test_an_unclear_answer_is_asked_for_again_and_the_deadline_stays():
    ctx, first = await asked()
    again = await Rating().resume(ctx, OPTION, Answer("well"))
    assert ctx.said == ["Please answer with a number from 1 to 5."]
    assert isinstance(again, Wait) and again.until == first.until
    ctx = FakeContext(again.data)
    assert await Rating().resume(ctx, OPTION, Answer("well")) == Jump("end")
    assert ctx.variables == {}


async def test_silence_ends_the_question():
    ctx, _ = await asked()
    assert await Rating().resume(ctx, OPTION, Due()) == Jump("end")


def test_the_targets_are_told():
    assert Rating().targets(OPTION) == {"low_target_id": "why", "no_answer_target_id": "end"}


@pytest.mark.parametrize("wrong", [{}, {"text": ""}, {"text": "?", "highest": 3, "low_until": 3}])
def test_an_option_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValidationError):
        Rating.Option.model_validate(wrong)
