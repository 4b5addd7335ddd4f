import orjson
import pytest

from flowgen_core.pb.v1.flow_pb2 import Flow
from flowgen_core.pb.v1.generation_pb2 import Generation, GenerationState
from flowgen_core.pb.v1.project_pb2 import Project
from flowgen_gateway.dialects.recrubo.translate import (
    canonical_id,
    flow_resource,
    generation_resource,
    organization_resource,
)

PROJECT = "0c7f7e52-5d0c-4f0e-9d1b-2f7a0f4b8a11"
GENERATION = "5f0b1c9e-7a64-4e0f-8a55-0a1d0f3e9b21"
FLOW = "d59eda89-c5ed-456a-b20c-799e4c08f094"
ORGANIZATION = {"organization": {"links": {"related": f"/public/v2/organizations/{PROJECT}"}}}


def at(message, **times):
    for name, text in times.items():
        getattr(message, name).FromJsonString(text)
    return message


def drawn(resource):
    return orjson.loads(orjson.dumps(resource))


def finished():
    generation = Generation(
        id=GENERATION,
        flow_type="vacancy_application_flow",
        parameters_json='{"emojiUsage":"3","n":3.0}',
        context_json='{"type":"text","value":"Cook in Ghent"}',
        state=GenerationState.GENERATION_STATE_FINISHED,
        flow_id=FLOW,
        cost=1,
    )
    return at(generation, create_time="2026-11-21T09:31:00.999999Z", update_time="2026-11-21T09:31:01Z")


def test_a_finished_generation_has_its_flow():
    assert drawn(generation_resource(finished(), PROJECT)) == {
        "id": GENERATION,
        "type": "flowGenerations",
        "attributes": {
            "createdAt": "2026-11-21T09:31:00+00:00",
            "updatedAt": "2026-11-21T09:31:01+00:00",
            "flowType": "vacancy_application_flow",
            "parameters": {"emojiUsage": "3", "n": 3.0},
            "context": {"type": "text", "value": "Cook in Ghent"},
            "flowId": FLOW,
            "status": "finished",
            "cost": 1,
            "error": None,
        },
        "relationships": {**ORGANIZATION, "flow": {"links": {"related": f"/public/v2/flows/{FLOW}"}}},
    }


def test_parameters_are_written_as_they_were_stored():
    assert b'"parameters":{"emojiUsage":"3","n":3.0}' in orjson.dumps(
        generation_resource(finished(), PROJECT)
    )


def test_the_times_come_first():
    attributes = generation_resource(finished(), PROJECT)["attributes"]
    assert list(attributes)[:2] == ["createdAt", "updatedAt"]


def test_a_queued_generation_has_null_where_nothing_is_yet():
    queued = Generation(id=GENERATION, parameters_json="{}", state=GenerationState.GENERATION_STATE_QUEUED)
    resource = drawn(generation_resource(queued, PROJECT))
    attributes = resource["attributes"]
    assert attributes["status"] == "queued"
    assert [attributes[name] for name in ("context", "flowId", "cost", "error")] == [None] * 4
    assert resource["relationships"] == ORGANIZATION


def test_a_failed_generation_tells_why_and_costs_nothing():
    failed = Generation(state=GenerationState.GENERATION_STATE_FAILED, parameters_json="{}", cost=0)
    failed.failure.reason, failed.failure.message = "GENERATOR_ERROR", "It broke."
    attributes = drawn(generation_resource(failed, PROJECT))["attributes"]
    assert (attributes["status"], attributes["cost"]) == ("failed", 0)
    assert attributes["error"] == {"code": "generator_error", "detail": "It broke."}


def test_sparse_fields_keep_those_attributes_and_the_links():
    resource = drawn(generation_resource(finished(), PROJECT, {"status", "flowId", "color"}))
    assert resource["attributes"] == {"flowId": FLOW, "status": "finished"}
    assert set(resource["relationships"]) == {"organization", "flow"}


def test_a_flow_shows_minutes_and_its_release():
    flow = Flow(
        id=FLOW,
        name="Cook in Ghent",
        session_timeout=86_400,
        generation_id=GENERATION,
        properties_json='{"reminder_interval":60,"reminder_message":"Still there?"}',
    )
    at(flow, create_time="2026-11-21T09:31:01Z", update_time="2026-11-21T09:31:01Z")
    at(flow, release_time="2026-11-21T09:31:01Z")
    assert drawn(flow_resource(flow, PROJECT)) == {
        "id": FLOW,
        "type": "flows",
        "attributes": {
            "createdAt": "2026-11-21T09:31:01+00:00",
            "updatedAt": "2026-11-21T09:31:01+00:00",
            "name": "Cook in Ghent",
            "reminderInterval": 60,
            "reminderMessage": "Still there?",
            "sessionTimeout": 1440,
            "flowGenerationId": GENERATION,
            "publishedAt": "2026-11-21T09:31:01+00:00",
            "unpublishedChanges": False,
        },
        "relationships": ORGANIZATION,
    }


@pytest.mark.parametrize("properties", ["", "{}", '{"reminder_interval":"60","reminder_message":5}', "[]"])
def test_a_flow_without_good_reminders_has_none(properties):
    flow = Flow(properties_json=properties, session_timeout=61, has_unreleased_changes=True)
    attributes = drawn(flow_resource(flow, PROJECT))["attributes"]
    assert (attributes["reminderInterval"], attributes["reminderMessage"]) == (0, "")
    assert (attributes["sessionTimeout"], attributes["unpublishedChanges"]) == (2, True)
    assert (attributes["publishedAt"], attributes["flowGenerationId"]) == (None, None)


def test_an_organization_is_the_project():
    resource = drawn(organization_resource(Project(id=PROJECT, name="Acme")))
    assert (resource["id"], resource["type"], resource["attributes"]["name"]) == (
        PROJECT,
        "organizations",
        "Acme",
    )
    assert list(resource["attributes"]) == ["createdAt", "updatedAt", "name"]


def test_ids_are_uuids_in_any_case():
    assert canonical_id(FLOW.upper()) == FLOW
    assert [
        canonical_id(text) for text in ("", "x", FLOW + "0", "{" + FLOW + "}", FLOW.replace("-", ""))
    ] == [None] * 5
