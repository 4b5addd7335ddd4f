"""Refusals that this API words or places differently from the core."""

from dataclasses import replace

import grpc

from flowgen_gateway.errors import CoreError, Violation


def no_template() -> CoreError:
    """Makes the refusal of a flow that is not there or is not marked as a template."""
    return CoreError(grpc.StatusCode.NOT_FOUND, "TEMPLATE_NOT_FOUND", "Template not found.")


def scope_missing(scope: str) -> CoreError:
    """Makes the refusal of a credential without a scope."""
    return CoreError(
        grpc.StatusCode.PERMISSION_DENIED, "PERMISSION_DENIED", "A scope is missing.", {"scope": scope}
    )


def refused_source(error: CoreError, from_type: str) -> CoreError:
    """Words the core's refusal of a chat's flow by the field that named it."""
    if error.reason == "FLOW_NOT_FOUND" and from_type == "template":
        return no_template()
    if error.reason == "FLOW_NOT_CHAT_COMPATIBLE":
        violation = Violation(f"from_{from_type}", "FLOW_NOT_CHAT_COMPATIBLE", error.message)
        return replace(error, violations=[violation])
    return error
