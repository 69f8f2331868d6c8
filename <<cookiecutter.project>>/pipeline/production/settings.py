"""Section `deploy` of params.yaml, and the environment that ENV names."""

import os
from typing import Any

from pydantic import Field, ValidationError

from pipeline.core import params
from pipeline.core.errors import Refusal

PRODUCTION = "production"  # the environment that ENV names by default


def environment() -> str:
    """Return the name of the environment to act on."""
    return os.environ.get("ENV") or PRODUCTION


class Params(params.Section):
    """Section `deploy` of params.yaml."""

    port: int = Field(ge=1, le=65535)
    replicas: int = Field(ge=1, le=32)
    ready_seconds: float = Field(gt=0)
    canary_requests: int = Field(ge=1)
    watch_seconds: float = Field(ge=0)
    max_p95_ms: float = Field(gt=0)
    max_error_share: float = Field(ge=0, le=1)
    token_file: str | None = None
    proxy_image: str
    environments: dict[str, dict[str, Any]] = Field(default_factory=dict)

    def of(self, environment: str) -> "Params":
        """Return the settings of an environment; raises Refusal for one that has none."""
        if environment == PRODUCTION:
            return self
        if environment not in self.environments:
            known = ", ".join((PRODUCTION, *self.environments))
            raise Refusal(f"ENV must be one of {known} (deploy.environments), not {environment!r}")
        try:
            return Params.model_validate({**self.model_dump(), **self.environments[environment]})
        except ValidationError as error:
            wrong = error.errors()[0]
            where = ".".join(("deploy.environments", environment, *map(str, wrong["loc"])))
            raise Refusal(f"params.yaml: `{where}`: {wrong['msg']}") from None
