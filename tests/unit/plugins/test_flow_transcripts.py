"""Flows written by hand, played by the real engine as their transcripts say."""

import json
from pathlib import Path

import pytest

from flowgen_core.registry import load
from tests.support.stage import Stage

TRANSCRIPTS = sorted((Path(__file__).parents[2] / "transcripts").glob("flow_*.json"))
TYPES = load().action_types


async def play(transcript) -> dict:
    """Gives what a transcript expects. An input is what somebody says; null is time that passes."""
    here = Stage(transcript["flow"], transcript.get("flows"), TYPES)
    heard = [await (here.time_pass() if said is None else here.hear(said)) for said in transcript["inputs"]]
    ending = here.ending
    return {
        "heard": heard,
        "trace": [f"{id} {outcome.lower()}".strip() for id, outcome in here.trace],
        "prompt": here.pending.prompt if here.pending else "",
        "end": {"state": ending.state, "reason": ending.failure.reason if ending.failure else ending.reason}
        if ending
        else None,
        "variables": here.variables,
    }


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
async def test_a_flow_plays_byte_for_byte(path):
    transcript = json.loads(path.read_text())
    # Text, not values: 7 is not 7.0, and the order of members is part of what people read.
    assert json.dumps(await play(transcript)) == json.dumps(transcript["expected"])
