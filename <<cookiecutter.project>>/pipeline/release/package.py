"""package: model -> Bento. What the server needs and nothing else; its version is its digest.

No model is packaged whose gates did not all pass, on these very files and on all of their rows, or
whose server would get other versions of packages than those that trained it.
"""

import importlib.metadata
import os
import re
import shutil
import tempfile
from pathlib import Path

from pydantic import Field

from pipeline.core import custody, params
from pipeline.core.console import say
from pipeline.core.errors import GateClosed, Refusal
from pipeline.core.files import read_json, write_json
from pipeline.core.project import Project
from pipeline.core.stage import Input, Output, Report, run
from pipeline.release import sbom as sboms

# The modules that score a row in production, by folder of pipeline/.
MODULES = {
    "": ("__init__",),
    "core": ("__init__", "errors", "params"),
    "data": ("__init__", "schema", "columns"),
    "model": ("__init__", "model_file", "scorer", "compiled"),
    "serving": (
        "__init__",
        "prediction_log",
        "telemetry",
        "predictor",
        "front",
        "service",
        "server",
    ),
}
PIPELINE = Path(__file__).parents[1]
STORE = Path(".bentoml")
LONGEST_VERSION = 16


class Log(params.Section):
    """What the service keeps of what it predicted."""

    share: float = Field(ge=0, le=1)
    max_mb: int = Field(ge=1)
    keep_mb: int = Field(ge=2)


class Params(params.Section):
    """Section `package` of params.yaml."""

    max_rows: int = Field(ge=1)
    max_body_mb: int = Field(ge=1)
    max_concurrency: int = Field(ge=1)
    request_seconds: int = Field(ge=1)
    log: Log


def main(
    model: Input,
    schema: Input,
    requirements: Input,
    entry: Input,
    ingested: Input,
    featurized: Input,
    data_verdict: Input,
    trained: Input,
    model_verdict: Input,
    evaluated: Input,
    bento: Output,
    sbom: Output,
    report: Report,
) -> dict:
    """Build the Bento of a model that passed every gate, and say what it is made of."""
    settings = params.load("package", Params)
    project = params.load("project", Project)
    records = [ingested, featurized, data_verdict, trained, model_verdict, evaluated]
    reasons = custody.verify(*records) or [
        *judge_rows(read_json(ingested), read_json(trained), read_json(evaluated)),
        *judge_versions(requirements),
    ]
    if reasons:
        raise GateClosed(reasons, {})
    with tempfile.TemporaryDirectory() as folder:
        context = Path(folder)
        gather(context, model, schema, requirements, entry)
        served = {
            "name": project.name,
            "model": custody.digest(model),
            "decision_threshold": read_json(evaluated)["params"].get("decision_threshold"),
            **settings.model_dump(),
        }
        write_json(context / "service.json", served)
        version = custody.digest(context).removeprefix("sha256:")[:LONGEST_VERSION]
        build(context, project.name, version, bento)
    tag = f"{project.name}:{version}"
    sboms.write(sbom, project.name, version, requirements, served["model"], custody.digest(bento))
    say(f"package: {tag}, in {bento}; what it is made of: {sbom}")
    return {"bento": tag, "model": served["model"]}


def judge_rows(ingested: dict, trained: dict, evaluated: dict) -> list[str]:
    """Return why the records do not speak of the same rows: a part that was not used in whole."""
    parts = ingested["parts"]
    reasons = []
    if trained["rows"] != parts["train"]["rows"]:
        reasons.append(
            f"`train` learned from {trained['rows']:,} rows, but the train part has "
            f"{parts['train']['rows']:,}"
        )
    test = parts["test"]
    counts = {label: round(test["rows"] * test["target"][label]) for label in evaluated["classes"]}
    if (evaluated["rows"], evaluated["classes"]) != (test["rows"], counts):
        reasons.append(
            f"`evaluate` measured {_rows(evaluated['rows'], evaluated['classes'])}, but the test "
            f"part has {_rows(test['rows'], counts)}"
        )
    return reasons


def _rows(rows: int, classes: dict[str, int]) -> str:
    counts = ", ".join(f"{count:,} {label}" for label, count in classes.items())
    return f"{rows:,} rows ({counts})" if counts else f"{rows:,} rows"


def judge_versions(requirements: Path) -> list[str]:
    """Return which of the server's packages are not those that are installed here."""
    reasons = []
    for wanted in sboms.locked(requirements):
        try:
            here = importlib.metadata.version(wanted.name)
        except importlib.metadata.PackageNotFoundError:
            here = "none"
        if not wanted.specifier.contains(here, prereleases=True):
            reasons.append(
                f"{requirements}: the server would get {wanted.name}{wanted.specifier}, and the "
                f"model was trained with {here}; run `make lock`, then `make setup validate`"
            )
    return reasons


def gather(context: Path, model: Path, schema: Path, requirements: Path, entry: Path) -> None:
    """Copy what the server needs into the empty folder `context`."""
    for folder in ("models", "requirements"):
        (context / folder).mkdir()
    for source in sources():
        target = context / source.relative_to(PIPELINE.parent)
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(source, target)
    shutil.copyfile(model, context / "models" / "model.skops")
    shutil.copyfile(schema, context / "schema.yaml")
    shutil.copyfile(requirements, context / "requirements" / "serve.txt")
    shutil.copyfile(entry, context / "serve.py")


def sources() -> list[Path]:
    """Return the files of code that the server needs."""
    return [PIPELINE / folder / f"{name}.py" for folder, names in MODULES.items() for name in names]


def build(context: Path, name: str, version: str, bento: Path) -> None:
    """Run `bentoml build` on `context` into the project's own store; copy the Bento to `bento`."""
    os.environ["BENTOML_HOME"] = str(STORE.resolve())
    os.environ["BENTOML_DO_NOT_TRACK"] = "True"
    import bentoml

    shutil.rmtree(STORE / "bentos" / name / version, ignore_errors=True)
    try:
        built = bentoml.build(
            "serve:service",
            name=name,
            version=version,
            build_ctx=str(context),
            python={"requirements_txt": "requirements/serve.txt", "lock_packages": False},
        )
    except (bentoml.exceptions.BentoMLException, ImportError) as error:
        raise Refusal(f"bentoml build failed: {' '.join(str(error).split())}") from None
    shutil.rmtree(bento, ignore_errors=True)
    shutil.copytree(built.path, bento)
    # The one thing in a Bento that tells two builds of the same content apart.
    manifest = bento / "bento.yaml"
    text = manifest.read_text(encoding="utf-8")
    fixed = re.sub(r"(?m)^creation_time: .*$", "creation_time: '1980-01-01T00:00:00+00:00'", text)
    manifest.write_text(fixed, encoding="utf-8")


if __name__ == "__main__":
    run(main)
