import json
from pathlib import Path

import pytest

from tests.support.player import generate, play

TRANSCRIPTS = sorted((Path(__file__).parents[2] / "transcripts").glob("vacancy_*.json"))


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
async def test_a_transcript_plays_byte_for_byte(path):
    transcript = json.loads(path.read_text())
    document = await generate(
        transcript["parameters"], transcript["context"], generation_id=transcript["generation_id"]
    )
    player, heard = await play(document, transcript["inputs"])
    assert heard == transcript["expected"]
    assert player.ended
    # Text, not values: the order of members is part of what people read.
    assert json.dumps(player.output) == json.dumps(transcript["output"])
