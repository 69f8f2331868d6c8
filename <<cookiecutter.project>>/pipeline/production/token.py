"""The token that clients must send, where deploy.token_file names one."""

from pathlib import Path

from pipeline.core.errors import Refusal
from pipeline.production.settings import Params


def file_of(settings: Params) -> Path | None:
    """Return the token's file, or None where clients need no token.

    Raises Refusal when the file holds none.
    """
    if settings.token_file is None:
        return None
    file = Path(settings.token_file)
    if not file.is_file() or not file.read_text(encoding="utf-8").strip():
        raise Refusal(
            f"{file} holds no token (deploy.token_file in params.yaml; null: none is needed)"
        )
    return file


def headers(settings: Params) -> dict[str, str]:
    """Return the headers with the token that a client has to send."""
    if (file := file_of(settings)) is None:
        return {}
    token = file.read_text(encoding="utf-8").strip().splitlines()[0].strip()
    return {"Authorization": f"Bearer {token}"}
