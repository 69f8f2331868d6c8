"""Sections `package`, `containerize` and `smoke` of params.yaml."""

from typing import Literal

from pydantic import Field, field_validator

from pipeline.core.params import Section

PlaceName = Literal["built", "docker", "podman", "process"]


class Log(Section):
    """How much of its predictions the server logs."""

    share: float = Field(ge=0, le=1)
    max_mb: int = Field(ge=1)
    keep_mb: int = Field(ge=2)


class PackageParams(Section):
    """Section `package` of params.yaml: the limits on a request, and the prediction log."""

    max_rows: int = Field(ge=1)
    max_body_mb: int = Field(ge=1)
    max_concurrency: int = Field(ge=1)
    request_seconds: int = Field(ge=1)
    log: Log


class ContainerizeParams(Section):
    """Section `containerize` of params.yaml."""

    base_image: str


class SmokeParams(Section):
    """Section `smoke` of params.yaml: where the server is proved, and what it has to reach."""

    targets: list[PlaceName]
    memory: str
    cpus: float = Field(gt=0)
    ready_seconds: float = Field(gt=0)
    request_seconds: float = Field(gt=0)
    golden_rows: int = Field(ge=1)
    tolerance: float = Field(gt=0)
    mode: Literal["load", "load_and_query"]
    tries: int = Field(ge=1, le=10)
    latency_requests: int = Field(ge=1)
    max_p95_ms: float = Field(gt=0)
    load_seconds: float = Field(gt=0)
    load_connections: int = Field(ge=1, le=100)
    min_requests_per_second: float = Field(gt=0)
    max_loaded_p99_ms: float = Field(gt=0)
    max_memory_share: float = Field(gt=0, le=1)

    @field_validator("targets")
    @classmethod
    def _each_once(cls, names: list[str]) -> list[str]:
        if not names:
            raise ValueError(
                "a server that is started nowhere is not proved; name at least `built`"
            )
        if repeated := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"`{repeated[0]}` is listed twice; once is enough")
        return names
