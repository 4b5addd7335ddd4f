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
    run: float = Field(300, gt=0, description="Seconds for StartRun.")


class LlmSettings(BaseModel):
    """The language model that flows ask: any endpoint that speaks OpenAI's chat completions. None by default."""

    base_url: str = Field(
        "",
        pattern="^(https?://.+)?$",
        description="Where the endpoint is, such as `https://api.openai.com/v1`; empty for no language model.",
    )
    api_key: SecretStr | None = Field(None, description="The endpoint's key, where it needs one.")
    model: str = Field("", description="Name of the model.")
    timeout: float = Field(60, gt=0, le=600, description="Most seconds that one answer may take.")
    max_tokens: int = Field(4096, ge=1, description="Most tokens that one answer may have.")
    max_tokens_parameter: Literal["max_tokens", "max_completion_tokens"] = Field(
        "max_tokens",
        description="What the endpoint calls that limit; OpenAI's reasoning models know the second name only.",
    )

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if bool(self.base_url) != bool(self.model):
            raise ValueError("`base_url` and `model` need each other")
        return self


class SmtpSettings(BaseModel):
    """The mail server that flows send e-mail through. None by default."""

    host: str = Field("", description="The server's name; empty sends no e-mail.")
    port: int = Field(587, ge=1, le=65535, description="The server's port.")
    tls: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="Encryption: asked for after connecting, from the first byte on, or none."
    )
    username: str = Field("", description="User name, where the server needs one.")
    password: SecretStr | None = Field(None, description="Password of that user.")
    timeout: float = Field(30, gt=0, le=600, description="Most seconds that sending one message may take.")
    sender: str = Field("", description="Address that e-mail comes from, as `name@host`.")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.host and not self.sender:
            raise ValueError("`host` needs `sender`")
        if bool(self.username) != bool(self.password):
            raise ValueError("`username` and `password` need each other")
        return self


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
    llm: LlmSettings = Field(default_factory=LlmSettings, description="The language model that flows ask.")
    smtp: SmtpSettings = Field(default_factory=SmtpSettings, description="The server that sends e-mail.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least level logged."
    )
    log_format: Literal["json", "console"] = Field(
        "json", description="One JSON object a line, or text for people."
    )
