"""Bodies that tests of the vacancy flow share."""

from typing import Any


def driver(**changes: Any) -> dict[str, Any]:
    """The parameters that the documentation shows."""
    parameters = {
        "language": "nl",
        "emojiUsage": "3",
        "flowName": "Driver",
        "knockoutRequirements": [
            {"value": "Has drivers license B", "sessionField": "drivers_license"},
            {"value": "Must be communicative", "sessionField": "communicative"},
        ],
        "preferredRequirements": [{"value": "Lives in Amsterdam", "sessionField": "location"}],
        "requiredFields": [
            {"value": "firstName", "sessionField": "first_name"},
            {"value": "email", "sessionField": "email"},
            {"value": "phoneNumber", "sessionField": "phone"},
        ],
        "optionalFields": [
            {"value": "address", "sessionField": "address"},
            {"value": "linkedin", "sessionField": "linkedin"},
            {"value": "portfolio", "sessionField": "portfolio"},
        ],
    }
    return {**parameters, **changes}


TEXT = {"type": "text", "value": "Example vacancy text here."}


def bare(**changes: Any) -> dict[str, Any]:
    """The fewest parameters that make a flow."""
    return {"knockoutRequirements": [], "preferredRequirements": [], **changes}
