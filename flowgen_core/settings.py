"""The settings of the core, read from the environment: `FLOWGEN_DATA_FOLDER`, `FLOWGEN_JWT__ISSUER` …"""

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

# No HS256 and no `none`: whoever can check a token must not be able to make one.
Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]


class JwtSettings(BaseModel):
    """Whose JWTs are accepted. Without `issuer` none are."""

    issuer: str = Field("", description="The claim `iss` that a token must have; empty accepts no tokens.")
    audience: str = Field("", description="The claim `aud` that a token must have.")
    jwks_url: str = Field("", description="Where the issuer publishes its keys, as an http or https URL.")
    jwks_file: Path | None = Field(None, description="A file that holds the keys instead.")
    algorithms: list[Algorithm] = Field(
        ["RS256", "ES256"], min_length=1, description="Accepted signature algorithms, as a JSON list."
    )
    leeway: float = Field(60, ge=0, le=300, description="Seconds by which clocks may differ.")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.issuer and not (self.audience and bool(self.jwks_url) != bool(self.jwks_file)):
            raise ValueError("`issuer` needs `audience`, and either `jwks_url` or `jwks_file`")
        return self


class WaitSettings(BaseModel):
    """The longest that a call may ask to wait for its work; a longer `wait` is shortened to it."""

    generation: float = Field(30, gt=0, description="Seconds for CreateGeneration.")
    message: float = Field(60, gt=0, description="Seconds for SendMessage and ProvideInput.")


class CoreSettings(BaseSettings):
    """All settings of the core."""

    model_config = SettingsConfigDict(env_prefix="FLOWGEN_", env_nested_delimiter="__", extra="ignore")

    data_folder: Path = Field(
        Path("data"), description="Folder of the database and the server's own secrets."
    )
    grpc_listen: str = Field("127.0.0.1:50051", description="Address of the gRPC server; port 0 takes any.")
    key_pepper: SecretStr | None = Field(
        None,
        min_length=16,
        description="Secret that API keys are hashed with; else made once in the data folder.",
    )
    jwt: JwtSettings = Field(default_factory=JwtSettings, description="Whose JWTs are accepted.")
    wait: WaitSettings = Field(default_factory=WaitSettings, description="The longest waits.")
    allow_private_networks: bool = Field(
        False, description="Let flows call loopback, private and link-local addresses."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least level logged."
    )
    log_format: Literal["json", "console"] = Field(
        "json", description="One JSON object a line, or text for people."
    )
