"""The protos and the code made of them: fresh, complete, documented."""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import grpc_tools  # type: ignore[import-untyped]  # it has no types, and nobody publishes any
import pytest
from google.protobuf.descriptor import EnumDescriptor, FileDescriptor, MethodDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from grpc_tools import protoc

from flowgen_core.pb.v1 import (
    chat_pb2,
    common_pb2,
    error_pb2,
    flow_pb2,
    generation_pb2,
    options_pb2,
    plugin_pb2,
    project_pb2,
    run_pb2,
)

ROOT = Path(__file__).resolve().parents[2]
PROTOS = ROOT / "protos"
FILES: list[FileDescriptor] = [
    module.DESCRIPTOR
    for module in (
        chat_pb2,
        common_pb2,
        error_pb2,
        flow_pb2,
        generation_pb2,
        options_pb2,
        plugin_pb2,
        project_pb2,
        run_pb2,
    )
]
SCOPES = {
    "FlowService": {
        "CreateFlow": "WRITE",
        "GetFlow": "READ",
        "ListFlows": "READ",
        "UpdateFlow": "WRITE",
        "DeleteFlow": "WRITE",
        "ValidateFlow": "READ",
        "CreateRelease": "WRITE",
        "GetRelease": "READ",
        "ListReleases": "READ",
    },
    "RunService": {
        "StartRun": "WRITE",
        "StreamRun": "READ",
        "GetRun": "READ",
        "ListRuns": "READ",
        "ContinueRun": "WRITE",
        "StopRun": "WRITE",
        "DeleteRun": "WRITE",
    },
    "GenerationService": {
        "CreateGeneration": "WRITE",
        "GetGeneration": "READ",
        "ListGenerations": "READ",
        "DeleteGeneration": "WRITE",
    },
    "ChatService": {
        "CreateChat": "WRITE",
        "GetChat": "READ",
        "ListChats": "READ",
        "DeleteChat": "WRITE",
        "SendMessage": "WRITE",
        "ProvideInput": "WRITE",
        "ListMessages": "READ",
        "PauseChat": "WRITE",
        "ResumeChat": "WRITE",
        "AbortChat": "WRITE",
        "WatchChat": "READ",
    },
    "ProjectService": {
        "GetCaller": "ANY",
        "CreateProject": "OPERATOR",
        "GetProject": "READ",
        "UpdateProject": "ADMIN",
        "CreateApiKey": "ADMIN",
        "ListApiKeys": "ADMIN",
        "DeleteApiKey": "ADMIN",
        "CreateChannel": "ADMIN",
        "GetChannel": "READ",
        "DeleteChannel": "ADMIN",
        "ListChannels": "READ",
        "UpdateChannel": "ADMIN",
    },
    "PluginService": {
        "ListPlugins": "READ",
        "ListFlowTypes": "READ",
        "ListActionTypes": "READ",
        "ListChannelTypes": "READ",
    },
}
COMMON = {
    "UNAUTHENTICATED",
    "PERMISSION_DENIED",
    "RATE_LIMITED",
    "OVERLOADED",
    "UNAVAILABLE",
    "STORAGE_UNAVAILABLE",
    "DEADLINE_EXCEEDED",
    "INTERNAL",
}
REASONS = {value.name.removeprefix("ERROR_REASON_") for value in error_pb2.ErrorReason.DESCRIPTOR.values}

# Field numbers of the descriptor protos, as source locations name them.
MESSAGE, ENUM, SERVICE, EXTENSION = 4, 5, 6, 7
FIELD, NESTED_MESSAGE, NESTED_ENUM, ONEOF = 2, 3, 4, 8
VALUE, METHOD = 2, 2


def methods() -> list[MethodDescriptor]:
    return [
        method for file in FILES for service in file.services_by_name.values() for method in service.methods
    ]


def enums() -> list[EnumDescriptor]:
    return [enum for file in FILES for enum in file.enum_types_by_name.values()]


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> list[FileDescriptorProto]:
    """The protos with their comments."""
    out = tmp_path_factory.mktemp("protos") / "set"
    names = sorted(str(path.relative_to(PROTOS)) for path in PROTOS.glob("flowgen/v1/*.proto"))
    well_known = Path(grpc_tools.__file__).parent / "_proto"
    paths = [f"--proto_path={PROTOS}", f"--proto_path={well_known}"]
    assert (
        protoc.main(["protoc", *paths, "--include_source_info", f"--descriptor_set_out={out}", *names]) == 0
    )
    return list(FileDescriptorSet.FromString(out.read_bytes()).file)


def comments(file: FileDescriptorProto) -> dict[tuple[int, ...], str]:
    return {tuple(place.path): place.leading_comments.strip() for place in file.source_code_info.location}


def places(file: FileDescriptorProto) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Everything in a file that needs a comment: its name and its source path."""
    for i, message in enumerate(file.message_type):
        assert not message.nested_type, f"{message.name}: nested messages need a case here"
        assert not message.enum_type, f"{message.name}: nested enums need a case here"
        yield message.name, (MESSAGE, i)
        for j, field in enumerate(message.field):
            yield f"{message.name}.{field.name}", (MESSAGE, i, FIELD, j)
        for j, oneof in enumerate(message.oneof_decl):
            if not oneof.name.startswith("_"):  # protoc makes those of `optional` fields
                yield f"{message.name}.{oneof.name}", (MESSAGE, i, ONEOF, j)
    for i, enum in enumerate(file.enum_type):
        yield enum.name, (ENUM, i)
        for j, value in enumerate(enum.value):
            yield value.name, (ENUM, i, VALUE, j)
    for i, service in enumerate(file.service):
        yield service.name, (SERVICE, i)
        for j, method in enumerate(service.method):
            yield method.name, (SERVICE, i, METHOD, j)
    for i, extension in enumerate(file.extension):
        yield extension.name, (EXTENSION, i)


def errors(file: FileDescriptorProto) -> Iterator[tuple[str, str]]:
    """The list of errors in each rpc's comment."""
    texts = comments(file)
    for i, service in enumerate(file.service):
        for j, method in enumerate(service.method):
            comment = texts.get((SERVICE, i, METHOD, j), "")
            yield method.name, comment.partition("Errors: ")[2]


def check(root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / "protos" / "generate.py"), "--check"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_committed_stubs_are_what_the_protos_make() -> None:
    done = check(ROOT)
    assert done.returncode == 0, done.stderr


def test_a_stub_that_was_edited_is_named(tmp_path: Path) -> None:
    shutil.copytree(PROTOS, tmp_path / "protos")
    shutil.copytree(ROOT / "flowgen_core" / "pb", tmp_path / "flowgen_core" / "pb")
    stub = tmp_path / "flowgen_core" / "pb" / "v1" / "run_pb2.py"
    stub.write_text(stub.read_text("utf-8") + "# edited\n", "utf-8")
    done = check(tmp_path)
    assert done.returncode == 1
    assert done.stderr == "Stale in flowgen_core/pb/v1: run_pb2.py; run `python protos/generate.py`.\n"


def test_every_proto_file_has_its_module() -> None:
    assert {file.name for file in FILES} == {
        str(path.relative_to(PROTOS)) for path in PROTOS.glob("**/*.proto")
    }


def test_messages_know_the_module_that_they_live_in() -> None:
    assert chat_pb2.Chat.__module__ == "flowgen_core.pb.v1.chat_pb2"
    assert chat_pb2.Chat.DESCRIPTOR.full_name == "flowgen.v1.Chat"


def test_the_rpcs_are_those_that_are_served_each_with_its_scope() -> None:
    found: dict[str, dict[str, str]] = {}
    for method in methods():
        scope = method.GetOptions().Extensions[options_pb2.scope]
        name = options_pb2.Scope.Name(scope).removeprefix("SCOPE_")
        found.setdefault(method.containing_service.name, {})[method.name] = name
    assert found == SCOPES


def test_every_rpc_declares_a_scope() -> None:
    assert [
        method.name for method in methods() if not method.GetOptions().HasExtension(options_pb2.scope)
    ] == []


def test_every_list_is_paged_alike() -> None:
    for method in methods():
        if method.name.startswith("List"):
            asked = [field.name for field in method.input_type.fields]
            answered = [field.name for field in method.output_type.fields]
            assert asked[-3:] == ["page_size", "page_token", "with_total"], method.name
            assert answered[1:] == ["next_page_token", "total_size"], method.name


def test_field_numbers_are_the_order_of_the_fields() -> None:
    for file in FILES:
        for message in file.message_types_by_name.values():
            numbers = [field.number for field in message.fields]
            assert numbers == list(range(1, len(numbers) + 1)), message.name


def test_every_enum_begins_with_unspecified_and_carries_its_name() -> None:
    for enum in enums():
        prefix = re.sub(r"(?<!^)(?=[A-Z])", "_", enum.name).upper() + "_"
        assert enum.values[0].name == f"{prefix}UNSPECIFIED", enum.name
        assert enum.values[0].number == 0, enum.name
        assert all(value.name.startswith(prefix) for value in enum.values), enum.name


def test_everything_in_the_protos_has_a_comment(sources: list[FileDescriptorProto]) -> None:
    bare = [name for file in sources for name, path in places(file) if not comments(file).get(path)]
    assert bare == []


def test_every_rpc_lists_its_errors_by_their_reasons(sources: list[FileDescriptorProto]) -> None:
    for file in sources:
        for rpc, listed in errors(file):
            assert listed, f"{rpc} lists no errors"
            named = set(re.findall(r"[A-Z][A-Z_]{3,}", listed))
            assert named <= REASONS, f"{rpc} lists {sorted(named - REASONS)}, which are no reasons"
            assert "the common ones" in listed.replace("\n ", " "), rpc


def test_the_common_errors_are_named_where_they_are_explained(sources: list[FileDescriptorProto]) -> None:
    [file] = [file for file in sources if file.name == "flowgen/v1/error.proto"]
    explained = comments(file)[(ENUM, 0)].partition('"The common ones"')[2]
    assert set(re.findall(r"[A-Z][A-Z_]{3,}", explained)) == COMMON


def test_no_generated_file_names_a_path_of_this_machine() -> None:
    for path in (ROOT / "flowgen_core" / "pb" / "v1").glob("*_pb2*"):
        text = path.read_text("utf-8")
        assert str(ROOT) not in text, path.name
        assert tempfile.gettempdir() not in text, path.name
