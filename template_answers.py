"""What may be answered to the template's questions, and how an answer is written into a file.

Cookiecutter loads `Answers` as a Jinja extension (`_extensions` in cookiecutter.json), which gives

* `cookiecutter|checked`: nothing when every answer is good; else stops, before anything is written;
* `cookiecutter|refusals`: one sentence for each bad answer, for the hook that checks replayed ones;
* `text|escaped`: the text as it stands between double quotes in TOML and in YAML 1.2.
"""

import re
import unicodedata
from collections.abc import Mapping

from cookiecutter.exceptions import FailedHookException
from jinja2 import Environment
from jinja2.ext import Extension

PROJECT = re.compile(r"[a-z][a-z0-9]*([-_.][a-z0-9]+)*")
PROJECT_LENGTH = 50  # leaves room for suffixes within the 63 characters of a host name

# What a reference to an image may start with. Without a dot, a port or "localhost" the first part
# would not be read as a host.
_HOST = r"(localhost|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+|[A-Za-z0-9-]+(?=:))"
_PATH = r"(/[a-z0-9]+((\.|__?|-+)[a-z0-9]+)*)*"
REGISTRY = re.compile(_HOST + r"(:[0-9]{1,5})?" + _PATH)
REGISTRY_LENGTH = 200  # with a slash and the project's name this fits the 255 of an image name

TEXT_LENGTH = 1000

CI_CHOICES = ("github", "gitlab")

ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


class BadAnswer(FailedHookException):
    """An answer that cannot be used; cookiecutter prints an error of this family as it is."""


def project_refusal(project: str) -> str | None:
    """Say what is wrong with the project's name, if anything."""
    if PROJECT.fullmatch(project) and len(project) <= PROJECT_LENGTH:
        return None
    return (
        f"project: type at most {PROJECT_LENGTH} lower-case letters and digits, a letter first, "
        "with single - _ or . between them, such as strike-triage, because it names a folder, an "
        "image and a container."
    )


def registry_refusal(registry: str) -> str | None:
    """Say what is wrong with the registry, if anything; none at all is fine."""
    if not registry or (REGISTRY.fullmatch(registry) and len(registry) <= REGISTRY_LENGTH):
        return None
    return (
        "registry: type a host with an optional port and lower-case path, such as "
        "registry.example.org:5000/team, without https:// before it or a / after it, because the "
        "names of images start with it; or leave it empty to keep images on this machine."
    )


def text_refusal(question: str, text: str) -> str | None:
    """Say what is wrong with free text, if anything; none at all is fine."""
    if len(text) > TEXT_LENGTH:
        return (
            f"{question}: type at most {TEXT_LENGTH} characters, because it is one line in files."
        )
    # Cc are control characters, Cs are halves of characters that no encoding can write.
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in text if char not in "\n\t"):
        return (
            f"{question}: type it without control characters and in UTF-8, because it is written "
            "into TOML, YAML and Markdown files."
        )
    return None


def ci_refusal(ci: str) -> str | None:
    """Say what is wrong with the choice of CI, if anything; a replay file can hold any text."""
    if ci in CI_CHOICES:
        return None
    return f"ci: type {' or '.join(CI_CHOICES)}, because the template has a config for these only."


def refusals(answers: Mapping[str, str]) -> list[str]:
    """Return a sentence for each bad answer among those that are given."""
    rules = {
        "project": project_refusal,
        "description": lambda text: text_refusal("description", text),
        "author": lambda text: text_refusal("author", text),
        "registry": registry_refusal,
        "ci": ci_refusal,
    }
    found = (rule(answers[question]) for question, rule in rules.items() if question in answers)
    return [refusal for refusal in found if refusal]


def checked(answers: Mapping[str, str]) -> str:
    """Return nothing, for good answers.

    Raises:
        BadAnswer: with a sentence for each bad one.
    """
    if found := refusals(answers):
        raise BadAnswer("\n".join(found))
    return ""


def escaped(text: str) -> str:
    r"""Return text as it is written between double quotes in TOML, YAML 1.2 and Python.

    JSON's escapes would not do: they write an emoji as two halves, which TOML and YAML refuse.

    >>> print(escaped('the "C:\\" drive'))
    the \"C:\\\" drive
    """
    return "".join(_escaped_character(char) for char in text)


def _escaped_character(char: str) -> str:
    if char in ESCAPES:
        return ESCAPES[char]
    if char.isprintable():
        return char
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"


class Answers(Extension):
    """Gives the template's Jinja environment the filters of this module."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.filters.update(checked=checked, refusals=refusals, escaped=escaped)
