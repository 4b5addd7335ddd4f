import pytest
from flowgen_core.api import GenerationContext, InvalidParameters

from flowgen_survey.rating import Rating
from flowgen_survey.survey import SatisfactionSurvey


async def written(**parameters):
    kind = SatisfactionSurvey()
    return await kind.generate(GenerationContext("id"), *kind.check(parameters, None))


async def test_the_same_parameters_give_the_same_flow():
    assert await written(subject="your stay") == await written(subject="your stay")


@pytest.mark.parametrize("highest", range(3, 11))
async def test_every_scale_gives_a_valid_rating_whose_targets_exist(highest):
    actions = (await written(subject="your stay", highest=highest))["actions"]
    option = Rating.Option.model_validate(actions[0]["option"])
    assert set(Rating().targets(option).values()) <= {action["id"] for action in actions}


@pytest.mark.parametrize(
    ("parameters", "path"),
    [({}, "parameters.subject"), ({"subject": "x", "scale": 5}, "parameters.scale")],
)
def test_what_is_wrong_is_named(parameters, path):
    with pytest.raises(InvalidParameters) as caught:
        SatisfactionSurvey().check(parameters, None)
    assert [violation.path for violation in caught.value.violations] == [path]
