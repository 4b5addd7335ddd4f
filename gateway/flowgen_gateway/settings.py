"""What an operator can set about the gateway."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class GatewaySettings(BaseSettings):
    """The gateway's settings; each is read from the environment as `FLOWGEN_HTTP_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="FLOWGEN_HTTP_", frozen=True)

    core_address: str = Field(default="127.0.0.1:50051", description="host:port of the core's gRPC door")
    public_name: str = Field(default="FlowGen", description="title of the API documentation")
    cors_origins: tuple[str, ...] = Field(
        default=(), description='web origins that browsers may call from, as a JSON list; `["*"]` is any'
    )
    body_limit: int = Field(
        default=2**20, gt=0, description="largest JSON body taken, in bytes; `/flows` takes twice as much"
    )
    run_wait: int = Field(
        default=300,
        gt=0,
        le=300,
        description="longest wait for the end of a run that is not streamed, in seconds",
    )
