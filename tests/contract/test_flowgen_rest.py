import re
import threading
import time
import uuid

import httpx
import pytest

from tests.support.flowgen_chats import (
    ECHO,
    GREETER,
    LOOPER,
    SLEEPER,
    Api,
    delete_flow,
    say,
    status_of,
    texts,
    until,
)

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture(scope="module")
def api(server):
    with Api(server.http, server.api_key) as client:
        yield client


@pytest.fixture(scope="module")
def greeter(server):
    return server.create_flow(GREETER)


@pytest.fixture(scope="module")
def echo(server):
    return server.create_flow(ECHO)


@pytest.fixture(scope="module")
def sleeper(server):
    return server.create_flow(SLEEPER)


def part(text):
    return [{"type": "text", "payload": {"text": text}}]


# A whole conversation, as the documentation of the API tells it.


def test_a_new_chat_is_ready_and_says_nothing(api, greeter):
    answer = api.post("/chats", json={"name": "My Chatbot", "from_type": "flow", "from_flow": greeter})
    chat = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/chats/{chat['id']}"
    assert UUID.fullmatch(chat["id"])
    assert TIME.fullmatch(chat["created"])
    assert chat == {
        "id": chat["id"],
        "name": "My Chatbot",
        "owner": chat["owner"],
        "from_type": "flow",
        "from_flow": greeter,
        "from_template": None,
        "status": "ready",
        "prompt": None,
        "error": None,
        "queued": 0,
        "last_seq": 1,
        "paused": False,
        "created": chat["created"],
        "updated": chat["updated"],
    }
    assert list(chat)[:3] == ["id", "name", "owner"]
    assert api.history(chat["id"]) == []


def test_a_message_is_stored_and_answered_at_once(api, greeter):
    chat = api.chat(greeter)["id"]
    answer = api.post(f"/v1/chats/{chat}/messages", json={"message": "Hello, FlowGen!"})
    sent = answer.json()
    assert answer.status_code == 200
    assert sent == {
        "id": sent["id"],
        "seq": 2,
        "chat": chat,
        "type": "user",
        "sender": "user",
        "receiver": "assistant",
        "content": "Hello, FlowGen!",
        "message": "Hello, FlowGen!",
        "responses": part("Hello, FlowGen!"),
        "metadata": {},
        "created": sent["created"],
        "status": "running",
        "prompt": None,
        "error": None,
        "messages": [],
    }


def test_the_polling_loop_of_the_documentation_works(api, greeter):
    chat = api.chat(greeter)["id"]
    sent = api.post(f"/chats/{chat}/messages", json={"message": "Hello, FlowGen!"}).json()
    until(lambda: status_of(api, chat) != "running")
    now = api.get(f"/chats/{chat}").json()
    assert (now["status"], now["prompt"], now["queued"]) == ("wait_for_human_input", "What is your name?", 0)
    replies = api.history(chat, after=sent["seq"])
    assert texts(replies) == ["Hi!", "What is your name?"]
    assert replies[0] == {
        "id": replies[0]["id"],
        "seq": replies[0]["seq"],
        "chat": chat,
        "type": "assistant",
        "sender": "assistant",
        "receiver": "user",
        "content": "Hi!",
        "message": "Hi!",
        "responses": part("Hi!"),
        "metadata": {},
        "created": replies[0]["created"],
    }
    assert now["last_seq"] > replies[-1]["seq"] > replies[0]["seq"] > sent["seq"]


def test_input_answers_the_prompt_and_waits_for_what_is_said(api, greeter):
    chat = api.chat(greeter)["id"]
    api.say(chat, "Hello")
    answer = api.post(f"/chats/{chat}/input?wait=10", json={"message": "Ann"})
    sent = answer.json()
    assert answer.status_code == 200
    assert (sent["status"], sent["prompt"], sent["error"]) == ("completed", None, None)
    assert (sent["content"], sent["type"], sent["receiver"]) == ("Ann", "user", "assistant")
    assert texts(sent["messages"]) == ["Nice to meet you, Ann."]
    assert sent["messages"][0]["seq"] > sent["seq"]


def test_input_that_nobody_asked_for_is_refused_and_not_stored(api, greeter):
    chat = api.chat(greeter)["id"]
    api.say(chat, "Hello")
    api.say(chat, "Ann")
    before = api.history(chat)
    answer = api.post(f"/chats/{chat}/input", json={"message": "Hello, FlowGen!"})
    assert answer.status_code == 409
    assert answer.json() == {
        "detail": "The chat is not waiting for human input (status: completed); send it to /messages.",
        "code": "CHAT_NOT_WAITING",
    }
    assert api.history(chat) == before


def test_a_chat_can_be_aborted_and_aborting_again_is_safe(api, sleeper):
    chat = api.chat(sleeper)["id"]
    api.post(f"/chats/{chat}/messages", json={"message": "Hello"})
    until(lambda: texts(api.history(chat))[-1] == "Good night.")
    first, second = api.post(f"/chats/{chat}/abort"), api.post(f"/chats/{chat}/abort")
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == {**api.get(f"/chats/{chat}").json(), "detail": "Chat aborted."}
    assert (first.json()["status"], first.json()["prompt"]) == ("ready", None)
    assert second.json() == {**first.json(), "detail": "Nothing to abort."}


def test_a_deleted_chat_is_gone_with_all_its_paths(api, greeter):
    chat = api.chat(greeter)["id"]
    answer = api.delete(f"/chats/{chat}")
    assert (answer.status_code, answer.content) == (204, b"")
    gone = {"detail": "Chat not found.", "code": "CHAT_NOT_FOUND"}
    for method, path in [
        ("GET", ""),
        ("DELETE", ""),
        ("GET", "/messages"),
        ("POST", "/messages"),
        ("POST", "/input"),
        ("POST", "/abort"),
        ("GET", "/events"),
    ]:
        again = api.request(method, f"/chats/{chat}{path}", json={"message": "x"})
        assert (again.status_code, again.json()) == (404, gone), (method, path)


def test_a_wait_ends_with_404_when_its_chat_is_deleted(api, sleeper):
    chat = api.chat(sleeper)["id"]
    answers = []
    waiting = threading.Thread(
        target=lambda: answers.append(api.post(f"/chats/{chat}/messages?wait=30", json={"message": "Hello"}))
    )
    waiting.start()
    until(lambda: texts(api.history(chat))[-1:] == ["Good night."])
    api.delete(f"/chats/{chat}")
    waiting.join(10)
    assert answers[0].status_code == 404


# What messages may be.


def test_content_is_another_name_of_message(api, echo):
    chat = api.chat(echo)["id"]
    answer = api.post(f"/chats/{chat}/messages", json={"content": "Hello"})
    assert (answer.status_code, answer.json()["message"]) == (200, "Hello")
    both = api.post(f"/chats/{chat}/messages", json={"content": "Hello", "message": "Hello", "type": "user"})
    assert both.status_code == 200


def test_sender_and_metadata_are_stored_and_given_back_as_they_were(api, echo):
    chat = api.chat(echo)["id"]
    raw = (
        b'{"message": "Hi", "sender": "Ann", "metadata": {"z": 7.0, "a": 7, "n": 9007199254740993, "o": []}}'
    )
    answer = api.post(f"/chats/{chat}/messages", content=raw)
    assert (answer.json()["sender"], answer.json()["metadata"]["n"]) == ("Ann", 9007199254740993)
    assert b'"metadata":{"z":7.0,"a":7,"n":9007199254740993,"o":[]}' in answer.content
    assert (
        b'"metadata":{"z":7.0,"a":7,"n":9007199254740993,"o":[]}'
        in api.get(f"/chats/{chat}/messages").content
    )


def test_fields_that_real_clients_send_besides_are_ignored(api, echo):
    body = {"name": "x", "from_type": "flow", "from_flow": echo, "id": 7, "owner": "me", "status": "error"}
    made = api.post("/chats?what=ever", json={**body, "from_template": ""}).json()
    assert made["owner"] != "me"
    sent = api.post(f"/chats/{made['id']}/messages", json={"message": "x", "chat": 1, "id": 2, "owner": "me"})
    assert sent.status_code == 200


def test_the_empty_input_means_that_nothing_was_said(api, greeter):
    chat = api.chat(greeter)["id"]
    api.say(chat, "Hello")
    answer = api.post(f"/chats/{chat}/input", json={"message": ""})
    assert (answer.status_code, answer.json()["content"]) == (200, "")


def test_the_body_is_json_whatever_its_type_says(api, echo):
    chat = api.chat(echo)["id"]
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = api.post(
            f"/chats/{chat}/messages", content=b'{"message": "x"}', headers={"Content-Type": kind}
        )
        assert answer.status_code == 200, kind


def test_a_text_may_have_32768_characters_of_any_kind(api, echo):
    chat = api.chat(echo)["id"]
    text = "\U0001f600é\t\n" * 8192
    assert api.say(chat, text, wait=0)["content"] == text


# Status.


def test_a_message_to_a_completed_chat_begins_a_new_conversation(api, echo):
    chat = api.chat(echo)["id"]
    assert api.say(chat, "one")["messages"][0]["content"] == "You said one."
    again = api.say(chat, "two")
    assert (again["status"], texts(again["messages"])) == ("completed", ["You said two."])
    assert texts(api.history(chat)) == ["one", "You said one.", "two", "You said two."]


def test_a_message_to_a_waiting_chat_is_the_answer(api, greeter):
    chat = api.chat(greeter)["id"]
    api.say(chat, "Hello")
    assert texts(api.say(chat, "Bob")["messages"]) == ["Nice to meet you, Bob."]


def test_messages_to_a_busy_chat_are_queued_and_the_101st_is_refused(api, sleeper):
    chat = api.chat(sleeper)["id"]
    api.say(chat, "first", wait=0)
    until(lambda: texts(api.history(chat))[-1] == "Good night.")
    for number in range(100):
        assert api.say(chat, f"more {number}", wait=0)["status"] == "running"
    assert api.get(f"/chats/{chat}").json()["queued"] == 100
    answer = api.post(f"/chats/{chat}/messages", json={"message": "too much"})
    assert (answer.status_code, answer.json()["code"]) == (429, "CHAT_QUEUE_FULL")
    assert int(answer.headers["retry-after"]) >= 1
    assert "too much" not in texts(api.history(chat))
    assert api.post(f"/chats/{chat}/abort").json()["queued"] == 0
    assert len(api.history(chat)) == 102


def test_a_failed_run_is_told_with_status_200(api, server):
    chat = api.chat(server.create_flow(LOOPER))["id"]
    sent = api.say(chat, "Go")
    assert sent["status"] == "error"
    assert sent["error"]["code"] == "LIMIT_EXCEEDED"
    assert api.get(f"/chats/{chat}").json()["error"] == sent["error"]
    assert api.post(f"/chats/{chat}/input", json={"message": "x"}).json()["detail"] == (
        "The chat is not waiting for human input (status: error); send it to /messages."
    )


def test_a_wait_that_is_over_answers_with_the_state_as_it_is(api, sleeper):
    chat = api.chat(sleeper)["id"]
    started = time.monotonic()
    sent = api.say(chat, "Hello", wait=0.5)
    assert sent["status"] == "running"
    assert 0.4 < time.monotonic() - started < 5


def test_a_flow_that_only_listens_waits_without_a_prompt(api, server):
    step = {
        "id": "hello",
        "type": "UNKNOWN",
        "title": "Any",
        "actions": [say("I hear you.")],
    }
    chat = api.chat(server.create_flow({"name": "Listener", "steps": [step]}))["id"]
    sent = api.say(chat, "Hello")
    assert (sent["status"], sent["prompt"], texts(sent["messages"])) == (
        "wait_for_human_input",
        None,
        ["I hear you."],
    )


def test_a_deleted_flow_starts_no_run_but_open_runs_go_on(api, server):
    flow = server.create_flow(GREETER)
    idle, open_one = api.chat(flow)["id"], api.chat(flow)["id"]
    api.say(open_one, "Hello")
    delete_flow(server, flow)
    refused = api.post(f"/chats/{idle}/messages", json={"message": "Hello"})
    assert (refused.status_code, refused.json()["code"]) == (409, "FLOW_DELETED")
    assert texts(api.say(open_one, "Ann")["messages"]) == ["Nice to meet you, Ann."]


def test_agents_and_people_are_told_apart_by_sender_and_receiver(api, server):
    lines = [
        ("Writer", "Critic", "Tea for you."),
        ("Critic", "Writer", "Too plain."),
        ("Writer", "Critic", "Tea, and all is well."),
        ("Critic", "user", "Shall I go on?"),
    ]
    script = [{"sender": sender, "receiver": receiver, "text": text} for sender, receiver, text in lines]
    flow = {"name": "Agents", "actions": [{"type": "scripted_agents", "option": {"lines": script}}]}
    chat = api.chat(server.create_flow(flow))["id"]
    sent = api.say(chat, "A slogan for tea")
    assert (sent["status"], sent["prompt"]) == ("wait_for_human_input", "Shall I go on?")
    assert texts(sent["messages"]) == [text for _, _, text in lines]
    answered = api.post(f"/chats/{chat}/input", json={"content": "yes"}).json()
    assert (answered["sender"], answered["receiver"]) == ("user", "Critic")
    history = api.history(chat)
    assert [(each["sender"], each["receiver"]) for each in history] == [
        ("user", "assistant"),
        *((sender, receiver) for sender, receiver, _ in lines),
        ("user", "Critic"),
    ]
    inner = [{}, {"internal": True}, {"internal": True}, {"internal": True}, {}, {}]
    assert [each["metadata"] for each in history] == inner
    assert api.history(chat, internal="false") == [history[0], history[4], history[5]]


# Templates.


def test_a_template_is_a_flow_with_the_mark_and_can_be_used_as_a_flow_too(api, server):
    flow = server.create_flow({**ECHO, "properties": {"template": True}})
    body = {"name": "x", "from_type": "template", "from_template": flow, "from_flow": None}
    made = api.post("/chats", json=body).json()
    assert (made["from_type"], made["from_flow"], made["from_template"]) == ("template", None, flow)
    assert texts(api.say(made["id"], "one")["messages"]) == ["You said one."]
    assert api.chat(flow)["from_flow"] == flow


# Lists.


def test_chats_are_listed_newest_first_and_the_link_leads_on(api, echo):
    made = [api.chat(echo, name=f"chat {number}")["id"] for number in range(5)]
    first = api.get("/v1/chats?limit=2")
    assert [chat["id"] for chat in first.json()] == [made[4], made[3]]
    target = first.links["next"]["url"]
    assert target.startswith("/v1/chats?limit=2&page_token=")
    second = api.get(target)
    assert [chat["id"] for chat in second.json()] == [made[2], made[1]]


def test_chats_are_listed_by_status(api, echo, sleeper):
    chat = api.chat(sleeper)["id"]
    api.say(chat, "Hello", wait=0)
    api.chat(echo)
    assert chat in [each["id"] for each in api.get("/chats?status=running").json()]
    assert {each["status"] for each in api.get("/chats?status=ready").json()} == {"ready"}
    api.post(f"/chats/{chat}/abort")


def test_the_last_page_has_no_link(api, server, echo):
    api.chat(echo)
    assert "link" not in api.get("/chats?limit=99999").headers


def test_messages_are_paged_by_seq_in_both_directions(api, echo):
    chat = api.chat(echo)["id"]
    for number in range(3):
        api.say(chat, str(number))
    everything = api.history(chat)
    seqs = [message["seq"] for message in everything]
    assert seqs == sorted(seqs)

    newest = api.get(f"/chats/{chat}/messages?limit=2")
    assert newest.json() == everything[-2:]
    assert set(newest.links) == {"prev"}
    older = api.get(newest.links["prev"]["url"])
    assert older.json() == everything[2:4]
    assert set(older.links) == {"prev", "next"}
    assert api.get(older.links["next"]["url"]).json() == everything[4:6]
    oldest = api.get(older.links["prev"]["url"])
    assert oldest.json() == everything[:2]
    assert set(oldest.links) == {"next"}

    first = api.get(f"/chats/{chat}/messages?after=0&limit=4")
    assert first.json() == everything[:4]
    assert set(first.links) == {"next"}
    rest = api.get(first.links["next"]["url"])
    assert rest.json() == everything[4:]
    assert set(rest.links) == {"prev"}


def test_seqs_beyond_all_messages_are_no_mistake(api, echo):
    chat = api.chat(echo)["id"]
    api.say(chat, "one")
    assert api.history(chat, after=10**30) == []
    assert len(api.history(chat, before=10**30)) == 2
    assert api.history(chat, before=0) == []
    assert len(api.history(chat, internal="false", limit=10**6)) == 2


# Idempotency.


def test_a_repeated_message_is_stored_once(api, echo):
    chat = api.chat(echo)["id"]
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    first = api.post(f"/chats/{chat}/messages", json={"message": "one"}, headers=headers)
    assert "idempotency-replayed" not in first.headers
    until(lambda: status_of(api, chat) == "completed")
    second = api.post(f"/v1/chats/{chat}/messages?wait=5", json={"message": "one"}, headers=headers)
    assert second.headers["idempotency-replayed"] == "true"
    assert (second.json()["id"], second.json()["status"]) == (first.json()["id"], "completed")
    assert texts(second.json()["messages"]) == ["You said one."]
    assert texts(api.history(chat)) == ["one", "You said one."]


def test_a_repeated_chat_is_made_once(api, echo):
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    body = {"name": "Once", "from_type": "flow", "from_flow": echo}
    first, second = (api.post("/chats", json=body, headers=headers) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert second.headers["idempotency-replayed"] == "true"


def test_a_repeated_input_is_taken_once(api, greeter):
    chat = api.chat(greeter)["id"]
    api.say(chat, "Hello")
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    first, second = (
        api.post(f"/chats/{chat}/input?wait=5", json={"message": "Ann"}, headers=headers) for _ in range(2)
    )
    assert second.status_code == 200
    assert first.json() == second.json()


def test_a_repeated_api_key_is_made_once_and_not_shown_again(api):
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    first, second = (api.post("/admin/api-keys", json={"name": "Once"}, headers=headers) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.headers["idempotency-replayed"] == "true"
    assert first.json()["id"] == second.json()["id"]
    assert second.json()["key"] == masked(first.json()["key"])


def test_fifty_equal_requests_at_once_have_one_effect(api, server, echo):
    chat = api.chat(echo)["id"]
    headers = {"Idempotency-Key": str(uuid.uuid4()), "X-API-KEY": server.api_key}
    ids = []

    def post():
        with httpx.Client(base_url=server.http, headers=headers, timeout=30) as client:
            ids.append(client.post(f"/chats/{chat}/messages", json={"message": "one"}).json()["id"])

    threads = [threading.Thread(target=post) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ids)) == 1
    until(lambda: status_of(api, chat) == "completed")
    assert texts(api.history(chat)) == ["one", "You said one."]


# API keys.


def masked(key):
    return f"{key[: key.index('_', 3) + 1]}…{key[-4:]}"


def test_an_api_key_is_whole_once_then_masked_then_gone(api, server):
    answer = api.post("/admin/api-keys", json={"name": "CI"})
    made = answer.json()
    assert answer.status_code == 201
    assert list(made) == ["id", "name", "key", "owner", "scopes", "created", "updated"]
    assert (made["name"], made["scopes"]) == ("CI", ["read", "write"])
    assert re.match(r"fg_(test|live)_", made["key"])
    with Api(server.http, made["key"]) as other:
        assert other.get("/chats").status_code == 200
        listed = api.get("/v1/admin/api-keys").json()
        assert listed[0] == {**made, "key": masked(made["key"])}
        deleted = api.delete(f"/v1/admin/api-keys/{made['id']}")
        assert deleted.status_code == 200
        assert deleted.json() == {"message": f"API key {made['id']} deleted."}
        assert until(lambda: other.get("/chats").status_code == 401, 1)
    assert made["id"] not in [key["id"] for key in api.get("/admin/api-keys").json()]


def test_api_keys_are_paged(api):
    made = [api.key("read")["id"] for _ in range(3)]
    page = api.get("/admin/api-keys?limit=2")
    assert [key["id"] for key in page.json()] == [made[2], made[1]]
    assert api.get(page.links["next"]["url"]).json()[0]["id"] == made[0]


def test_scopes_named_twice_count_once(api):
    assert api.key("read", "admin", "read")["scopes"] == ["read", "admin"]


# Credentials, paths, headers.


def test_the_key_may_come_as_a_bearer_in_any_case(server):
    with httpx.Client(base_url=server.http) as client:
        for scheme in ("Bearer", "bearer", "BEARER"):
            headers = {"Authorization": f"{scheme} {server.api_key}"}
            assert client.get("/chats", headers=headers).status_code == 200


def test_a_good_key_is_used_even_beside_a_bad_bearer(api):
    assert api.get("/chats", headers={"Authorization": "Bearer nonsense"}).status_code == 200


def test_a_trailing_slash_is_the_same_path(api, echo):
    chat = api.chat(echo)["id"]
    for path in ("/chats/", f"/chats/{chat}/", f"/v1/chats/{chat}/messages/", "/admin/api-keys/"):
        assert api.get(path, follow_redirects=False).status_code == 200, path


def test_links_keep_the_prefix_of_the_request(api, echo):
    body = {"name": "x", "from_type": "flow", "from_flow": echo}
    answer = api.post("/v1/chats", json=body)
    assert answer.headers["location"] == f"/v1/chats/{answer.json()['id']}"


def test_every_answer_has_a_request_id_and_keeps_a_good_one(api):
    for path in ("/chats", "/chats/nobody", "/nothing", "/healthz"):
        assert re.fullmatch(r"req_[A-Z2-7]{26}", api.get(path).headers["x-request-id"])
        given = api.get(path, headers={"X-Request-Id": "mine-1"})
        assert given.headers["x-request-id"] == "mine-1"
        assert api.get(path, headers={"X-Request-Id": "b d"}).headers["x-request-id"] != "b d"


def test_ids_are_taken_in_any_case(api, echo):
    chat = api.chat(echo)["id"]
    assert api.get(f"/chats/{chat.upper()}").json()["id"] == chat


def test_the_server_says_that_it_lives_and_can_serve(api):
    assert api.get("/healthz").status_code == 200
    assert api.get("/readyz").status_code == 200


def test_the_documentation_names_every_route_with_its_parts(api):
    document = api.get("/openapi.json").json()
    routes = {
        "/chats": {"get", "post"},
        "/chats/{chat_id}": {"get", "delete"},
        "/chats/{chat_id}/messages": {"get", "post"},
        "/chats/{chat_id}/input": {"post"},
        "/chats/{chat_id}/abort": {"post"},
        "/chats/{chat_id}/events": {"get"},
        "/admin/api-keys": {"get", "post"},
        "/admin/api-keys/{key_id}": {"delete"},
    }
    for prefix in ("", "/v1"):
        for path, methods in routes.items():
            assert set(document["paths"][prefix + path]) == methods
    post = document["paths"]["/chats/{chat_id}/messages"]["post"]
    assert {each["name"] for each in post["parameters"]} == {"chat_id", "wait", "Idempotency-Key"}
    assert {name for each in post["security"] for name in each} == {"APIKeyHeader", "HTTPBearer"}
    assert "message" in post["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert {"200", "401", "403", "404", "409", "413", "422", "429", "500", "503", "504"} <= set(
        post["responses"]
    )
    assert api.get("/docs").status_code == 200
