import pytest

from flowgen_survey.scores import read_score


@pytest.mark.parametrize("said", ["4", " 4!", "a 4 I think", "4/5", "4 out of 5", "4, really 4"])
def test_a_score_is_found_in_what_people_write(said):
    assert read_score(said, 1, 5) == 4


@pytest.mark.parametrize("said", ["", "great", "0", "6", "-4", "3 or 4", "4.5", "4,5", "2026", "9" * 5000])
def test_what_names_no_one_score_is_none(said):
    assert read_score(said, 1, 5) is None
