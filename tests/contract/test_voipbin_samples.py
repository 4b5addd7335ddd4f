"""Flows of others, where a folder of them is at hand."""

import json
import os
from pathlib import Path

import pytest

from tests.support.voipbin import Voipbin, good, told

FOLDER = os.environ.get("FLOWGEN_SAMPLES")

if FOLDER:

    @pytest.mark.parametrize("path", sorted(Path(FOLDER).rglob("*.json")), ids=lambda path: path.stem)
    def test_a_flow_of_others_is_taken_and_comes_to_rest(server, path):
        body = json.loads(path.read_text())
        with Voipbin(server) as api:
            answer = api.post("/flows", json=body)
            if any(action["type"] == "ai" for action in body["actions"]):
                assert told(answer) == (400, "INVALID_ACTION_TYPE")
                return
            flow = good(answer)
            stored = [action | {"next_id": "", "id": ""} for action in flow["actions"]]
            given = [{"id": "", "next_id": "", **action} for action in body["actions"]]
            expected = [{name: one[name] for name in one if one[name] is not None} for one in given]
            assert stored == [one | {"next_id": "", "id": ""} for one in expected]
            run = api.play(flow_id=flow["id"])
            assert run["flow_id"] == flow["id"]
            api.delete(f"/activeflows/{run['id']}")
