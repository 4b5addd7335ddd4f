"""Settings come from the environment, are documented, and say what is wrong with them."""

import pytest
from pydantic import BaseModel, ValidationError

from flowgen_core.settings import CoreSettings


def test_nothing_needs_to_be_set():
    settings = CoreSettings()
    assert (settings.grpc_listen, settings.jwt.issuer, settings.wait.generation) == (
        "127.0.0.1:50051",
        "",
        30,
    )


def test_every_setting_says_what_it_is_for():
    def fields(model: type[BaseModel]):
        for name, field in model.model_fields.items():
            yield name, field.description
            if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
                yield from fields(field.annotation)

    assert [name for name, description in fields(CoreSettings) if not description] == []


def test_settings_are_read_from_the_environment(monkeypatch):
    monkeypatch.setenv("FLOWGEN_KEY_PEPPER", "canary-canary-canary")
    monkeypatch.setenv("FLOWGEN_JWT__ISSUER", "https://issuer.test")
    monkeypatch.setenv("FLOWGEN_JWT__AUDIENCE", "flowgen")
    monkeypatch.setenv("FLOWGEN_JWT__JWKS_URL", "https://issuer.test/keys")
    monkeypatch.setenv("FLOWGEN_JWT__ALGORITHMS", '["ES256"]')
    settings = CoreSettings()
    assert (settings.jwt.issuer, settings.jwt.algorithms) == ("https://issuer.test", ["ES256"])
    assert "canary" not in repr(settings)


@pytest.mark.parametrize(
    "jwt",
    [
        {"issuer": "i"},
        {"issuer": "i", "audience": "a"},
        {"issuer": "i", "audience": "a", "jwks_url": "u", "jwks_file": "f"},
        {"algorithms": ["HS256"]},
        {"algorithms": ["none"]},
        {"algorithms": []},
        {"leeway": -1},
    ],
)
def test_a_dangerous_or_unfinished_setting_stops_the_start(jwt):
    with pytest.raises(ValidationError):
        CoreSettings(jwt=jwt)


def test_a_short_pepper_stops_the_start():
    with pytest.raises(ValidationError):
        CoreSettings(key_pepper="short")
