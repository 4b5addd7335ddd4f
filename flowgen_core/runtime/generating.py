"""What a flow type makes of a generation: judged parameters, then a document or a failure."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from flowgen_core.api import FlowType, GenerationContext, InvalidParameters
from flowgen_core.model import documents, jsontext
from flowgen_core.model.chat import Failure
from flowgen_core.model.errors import Violation
from flowgen_core.model.flow import Document
from flowgen_core.model.generation import Generation
from flowgen_core.runtime.jsonfields import read_json

log = structlog.get_logger(__name__)
SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Failed:
    """A try that made no flow; only some failures may go away by themselves."""

    failure: Failure
    again: bool = True


def judge(flow_types: Mapping[str, FlowType], generation: Generation) -> list[Violation]:
    """Gives everything wrong in what somebody asks to be generated."""
    violations: list[Violation] = []
    flow_type = flow_types.get(generation.flow_type)
    if flow_type is None:
        violations.append(_unknown(generation.flow_type, flow_types))
    parameters = read_json(generation.parameters, "parameters", violations.append)
    context = read_json(generation.context or "", "context", violations.append)
    if generation.context == "":
        violations.append(Violation("context", "INVALID_JSON", "is not valid JSON: it is empty"))
    if flow_type is None and not generation.parameters:
        violations.append(Violation("parameters", "REQUIRED", "is required"))
    if flow_type is not None and not violations:
        violations += _check(flow_type, parameters, context)
    return violations


async def generate(
    flow_types: Mapping[str, FlowType], generation: Generation, seconds: float
) -> Document | Failed:
    """Runs a flow type once. Only cancellation is raised."""
    flow_type = flow_types.get(generation.flow_type)
    if flow_type is None:
        return Failed(
            Failure(
                "FLOW_TYPE_UNAVAILABLE", f"The flow type `{generation.flow_type}` is not installed any more."
            ),
            again=False,
        )
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            raw = await _run(flow_type, generation)
    except TimeoutError as error:
        return _timed_out(seconds) if limit.expired() else _raised(generation, error)
    except Exception as error:  # a flow type may fail in any way, and fails its own generation alone
        return _raised(generation, error)
    return _read(raw)


# JSON of any kind.
async def _run(flow_type: FlowType, generation: Generation) -> Any:
    sent = (generation.parameters, generation.context)
    parameters, about = flow_type.check(*(jsontext.parse(text) if text else None for text in sent))
    return await flow_type.generate(GenerationContext(generation.id), parameters, about)


# JSON of any kind.
def _read(raw: Any) -> Document | Failed:
    try:
        # Through text, so that what is kept is what a flow may hold and nothing of the plugin's own.
        return documents.from_json(jsontext.parse(jsontext.dump(raw)))
    except (jsontext.BadJson, documents.BadDocument) as error:
        return Failed(Failure("INVALID_FLOW", f"What the flow type made is no flow: {error}"), again=False)


def _check(flow_type: FlowType, parameters: Any, context: Any) -> list[Violation]:
    try:
        flow_type.check(parameters, context)
    except InvalidParameters as error:
        return list(error.violations)
    return []


def _unknown(name: str, known: Mapping[str, FlowType]) -> Violation:
    if not name:
        return Violation("flow_type", "REQUIRED", "is required")
    return Violation(
        "flow_type", "UNKNOWN_FLOW_TYPE", f"is not known; known: {', '.join(sorted(known)) or 'none'}"
    )


def _timed_out(seconds: float) -> Failed:
    return Failed(Failure("TIMEOUT", f"The flow type took more than {seconds:g} seconds."))


def _raised(generation: Generation, error: Exception) -> Failed:
    # The text of an unknown error may hold anything; it is for the log only.
    log.warning(
        "flow_type_failed", flow_type=generation.flow_type, generation_id=generation.id, exc_info=error
    )
    return Failed(Failure("GENERATOR_ERROR", f"The flow type raised {type(error).__name__}."))
