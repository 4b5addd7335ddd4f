import json

import pytest

from flowgen_cli.ready import Ready, print_json, print_text

DEMO = Ready(
    http="http://127.0.0.1:8080", grpc="127.0.0.1:50051", project_id="p", api_key="fg_test_k", demo=True
)


def test_the_line_for_programs_is_exactly_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    print_json(DEMO)
    assert json.loads(capsys.readouterr().out) == {
        "http": "http://127.0.0.1:8080",
        "grpc": "127.0.0.1:50051",
        "project_id": "p",
        "api_key": "fg_test_k",
    }


def test_the_line_names_only_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    print_json(Ready(grpc="127.0.0.1:1"))
    assert json.loads(capsys.readouterr().out) == {"grpc": "127.0.0.1:1"}


def test_the_text_of_a_demo_has_a_request_to_paste(capsys: pytest.CaptureFixture[str]) -> None:
    print_text(DEMO)
    text = capsys.readouterr().out
    assert "curl -s 'http://127.0.0.1:8080/flow-generations?sync=true'" in text
    assert "-H 'Authorization: Bearer fg_test_k'" in text


def test_the_first_key_comes_with_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    print_text(Ready(http="http://h:1", grpc="h:2", project_id="p", api_key="fg_live_k"))
    text = capsys.readouterr().out
    assert "fg_live_k" in text
    assert "not shown again" in text
    assert "curl" not in text
