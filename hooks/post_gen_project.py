"""Makes the rendered folder a repository: one CI config, raw data in DVC, a first commit.

`make update` of a project renders too, and needs the files only: with ML_TEMPLATE_FILES_ONLY set,
no repository is created.
"""

import functools
import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

# JSON never holds three quotes in a row, so no answer can end this literal.
ANSWERS = json.loads(r"""<<cookiecutter|tojson>>""")
ORIGIN = json.loads(r"""<<cookiecutter|origin|tojson>>""")

CI_CONFIGS = {"github": Path(".github"), "gitlab": Path(".gitlab-ci.yml")}

# The first commit must not depend on how this user's git is set up.
NEUTRAL = {
    "commit.gpgSign": "false",
    "core.autocrlf": "false",
    "core.excludesFile": os.devnull,
    "core.hooksPath": os.devnull,
}

NEXT_STEPS = """
{project} is ready, and its first commit is made. What to do next:

    cd {folder}
    make validate    # train on the bundled data, test, and bless an image: a few minutes
    make deploy      # serve the blessed image

With a table of your own, before that:

    make adopt DATA=path/to/rows.csv TARGET=column

`make help` lists the rest.
"""


def remove_other_ci(chosen: str) -> None:
    """Keep the CI config that was chosen."""
    for ci, config in CI_CONFIGS.items():
        if ci == chosen:
            continue
        if config.is_dir():
            shutil.rmtree(config)
        else:
            config.unlink()


def write_origin() -> None:
    """Write `.template.json`, with the project's own code."""
    sys.dont_write_bytecode = True
    spec = importlib.util.spec_from_file_location("machinery", "pipeline/core/machinery.py")
    machinery = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = machinery  # dataclasses look their module up there
    spec.loader.exec_module(machinery)
    changelog = Path(ORIGIN["folder"], "CHANGELOG.md").read_text(encoding="utf-8")
    version = machinery.version(changelog, ORIGIN["commit"])
    record = machinery.record(
        ORIGIN["address"], ORIGIN["commit"], version, ANSWERS, project=Path.cwd()
    )
    Path(machinery.FILE).write_text(record, encoding="utf-8")


@functools.cache
def environment() -> dict[str, str]:
    """Return the environment without what points git at another repository, as its hooks do."""
    listed = subprocess.run(
        ["git", "rev-parse", "--local-env-vars"], capture_output=True, text=True, check=True
    )
    return {name: value for name, value in os.environ.items() if name not in listed.stdout.split()}


def git(*arguments: str, settings: dict[str, str] | None = None) -> None:
    """Run git quietly, with settings that hold for this one call.

    Raises:
        SystemExit: with the last line that git wrote.
    """
    # Git reads its settings as UTF-8 whatever the locale.
    options = [f"{name}={value}".encode() for name, value in (settings or {}).items()]
    command = ["git", *(part for option in options for part in ("-c", option)), *arguments]
    done = subprocess.run(command, capture_output=True, env=environment())
    if done.returncode:
        reason = " ".join(done.stderr.decode(errors="replace").strip().splitlines()[-1:])
        sys.exit(f"git {arguments[0]} failed, so no project was made: {reason}")


def is_configured(setting: str) -> bool:
    """Tell whether this user's git has a value for the setting."""
    asked = subprocess.run(["git", "config", setting], capture_output=True, env=environment())
    return bool(asked.stdout.strip())


def identity() -> dict[str, str]:
    """Return who makes the first commit, as far as this user's git does not know."""
    author = " ".join(ANSWERS["author"].split())
    named = re.fullmatch(r"([^<>]+) <([^<> ]+@[^<> ]+)>", author)
    name, mail = named.groups() if named else (author, f"{ANSWERS['project']}@localhost")
    # Git takes punctuation off a name's ends and refuses a name that holds nothing else.
    if not any(map(str.isalnum, name)):
        name = ANSWERS["project"]
    known = {"user.name": name, "user.email": mail}
    return {setting: value for setting, value in known.items() if not is_configured(setting)}


def take_raw_data_into_dvc() -> None:
    """Put the raw data into DVC's cache, where dvc is at hand; else the first `make` does."""
    dvc = shutil.which("dvc")
    if dvc is None:
        return
    pointers = sorted(str(pointer) for pointer in Path("data").rglob("*.dvc"))
    command = [dvc, "commit", "--force", "--quiet", *pointers]
    done = subprocess.run(command, capture_output=True, env=environment())
    if done.returncode:
        print("dvc could not take the raw data into its cache; the first `make` tries again.")


def main() -> None:
    """Leave a repository behind whose tree is clean, and say what to do next."""
    remove_other_ci(ANSWERS["ci"])
    write_origin()
    if os.environ.get("ML_TEMPLATE_FILES_ONLY"):
        return
    git("init", "--quiet", "--initial-branch=main")
    take_raw_data_into_dvc()
    git("add", "--all", settings=NEUTRAL)
    git("commit", "--quiet", "--message=Render ml-template", settings=NEUTRAL | identity())
    print(NEXT_STEPS.format(project=ANSWERS["project"], folder=shlex.quote(str(Path.cwd()))))


if __name__ == "__main__":
    main()
