"""package: model -> Bento. What the server needs and nothing else; its version is its digest.

No model is packaged whose gates did not all pass, on these very files.
"""

import os
import re
import shutil
import tempfile
from pathlib import Path

from pydantic import Field

from pipeline import custody, params
from pipeline.stage import (
    GateClosed,
    Input,
    Output,
    Refusal,
    Report,
    read_json,
    run,
    say,
    write_json,
)

# The modules that score a row in production.
MODULES = (
    "__init__",
    "stage",
    "params",
    "schema",
    "model_file",
    "scorer",
    "prediction_log",
    "service",
)
STORE = Path(".bentoml")
LONGEST_VERSION = 16


class Project(params.Section):
    """Section `project` of params.yaml."""

    name: str
    registry: str


class Params(params.Section):
    """Section `package` of params.yaml."""

    max_rows: int = Field(ge=1)
    max_concurrency: int = Field(ge=1)
    request_seconds: int = Field(ge=1)


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
    report: Report,
) -> dict:
    """Build the Bento of a model that passed every gate."""
    settings = params.load("package", Params)
    project = params.load("project", Project)
    records = [ingested, featurized, data_verdict, trained, model_verdict, evaluated]
    reasons = custody.verify(*records)
    if reasons:
        raise GateClosed(reasons, {})
    with tempfile.TemporaryDirectory() as folder:
        context = Path(folder)
        gather(context, model, schema, requirements, entry)
        served = {
            "name": project.name,
            "model": custody.digest(model),
            "decision_threshold": read_json(evaluated)["params"]["decision_threshold"],
            **dict(settings),
        }
        write_json(context / "service.json", served)
        version = custody.digest(context).removeprefix("sha256:")[:LONGEST_VERSION]
        build(context, project.name, version, bento)
    tag = f"{project.name}:{version}"
    say(f"package: {tag}, in {bento}")
    return {"bento": tag, "model": served["model"]}


def gather(context: Path, model: Path, schema: Path, requirements: Path, entry: Path) -> None:
    """Copy what the server needs into the empty folder `context`."""
    for folder in ("pipeline", "models", "requirements"):
        (context / folder).mkdir()
    for name in MODULES:
        shutil.copyfile(Path(__file__).parent / f"{name}.py", context / "pipeline" / f"{name}.py")
    shutil.copyfile(model, context / "models" / "model.skops")
    shutil.copyfile(schema, context / "schema.yaml")
    shutil.copyfile(requirements, context / "requirements" / "serve.txt")
    shutil.copyfile(entry, context / "serve.py")


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
