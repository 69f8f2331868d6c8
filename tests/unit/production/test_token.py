"""The token that clients must send."""

import pytest

from pipeline.core.errors import Refusal
from pipeline.production import token
from pipeline.production.settings import Params


@pytest.fixture
def how(settings, tmp_path) -> Params:
    """Settings that name a token's file."""
    return settings("deploy", Params).model_copy(update={"token_file": str(tmp_path / "token")})


def test_the_first_line_is_sent_as_a_bearer_token(how, tmp_path):
    (tmp_path / "token").write_text(" crumble \nanother line\n")
    assert token.headers(how) == {"Authorization": "Bearer crumble"}
    assert token.file_of(how) == tmp_path / "token"


def test_without_a_token_file_no_header_is_sent(settings):
    how = settings("deploy", Params)
    assert (token.file_of(how), token.headers(how)) == (None, {})


@pytest.mark.parametrize("text", [None, "\n"])
def test_a_file_without_a_token_is_refused(how, tmp_path, text):
    if text is not None:
        (tmp_path / "token").write_text(text)
    with pytest.raises(Refusal, match="token holds no token"):
        token.headers(how)
