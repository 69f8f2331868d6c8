"""package: model -> Bento. What the server needs and nothing else; its version is its digest.

A model is packaged only if all of its gates passed on these very files and on all of their rows,
and only if the server will get the same versions of the packages that trained it.
"""

import importlib.metadata
import tempfile
from pathlib import Path

from pipeline.core import custody, params
from pipeline.core.console import say
from pipeline.core.errors import GateClosed
from pipeline.core.files import read_json, write_json
from pipeline.core.project import Project
from pipeline.core.stage import Input, Output, Report, run
from pipeline.release import bento as bentos
from pipeline.release import sbom as sboms
from pipeline.release.settings import PackageParams

LONGEST_VERSION = 16


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
    """Build the Bento of a model that passed every gate, and its SBOM."""
    settings = params.load("package", PackageParams)
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
        bentos.gather(context, model, schema, requirements, entry)
        served = {
            "name": project.name,
            "model": custody.digest(model),
            "decision_threshold": read_json(evaluated)["params"].get("decision_threshold"),
            "reads": read_json(featurized)["reads"],
            "derived": read_json(featurized)["derived"],
            **settings.model_dump(),
        }
        write_json(context / "service.json", served)
        version = custody.digest(context).removeprefix("sha256:")[:LONGEST_VERSION]
        bentos.build(context, project.name, version, bento)
    tag = f"{project.name}:{version}"
    sboms.write(sbom, project.name, version, requirements, served["model"], custody.digest(bento))
    say(f"package: {tag}, in {bento}; its SBOM is {sbom}")
    return {"bento": tag, "model": served["model"]}


def judge_rows(ingested: dict, trained: dict, evaluated: dict) -> list[str]:
    """Return why the records do not describe the same rows: a set that was not used whole."""
    parts = ingested["parts"]
    reasons = []
    if trained["rows"] != parts["train"]["rows"]:
        reasons.append(
            f"`train` learned from {trained['rows']:,} rows, but the training set has "
            f"{parts['train']['rows']:,}"
        )
    test = parts["test"]
    counts = {label: round(test["rows"] * test["target"][label]) for label in evaluated["classes"]}
    if (evaluated["rows"], evaluated["classes"]) != (test["rows"], counts):
        reasons.append(
            f"`evaluate` measured {_rows(evaluated['rows'], evaluated['classes'])}, but the test "
            f"set has {_rows(test['rows'], counts)}"
        )
    return reasons


def _rows(rows: int, classes: dict[str, int]) -> str:
    counts = ", ".join(f"{count:,} {label}" for label, count in classes.items())
    return f"{rows:,} rows ({counts})" if counts else f"{rows:,} rows"


def judge_versions(requirements: Path) -> list[str]:
    """Return which of the server's packages have another version here, where training ran."""
    reasons = []
    for package in sboms.locked(requirements):
        try:
            installed = importlib.metadata.version(package.name)
        except importlib.metadata.PackageNotFoundError:
            installed = "none"
        if not package.specifier.contains(installed, prereleases=True):
            reasons.append(
                f"{requirements}: the server would get {package.name}{package.specifier}, and the "
                f"model was trained with {installed}; run `make lock`, then `make setup validate`"
            )
    return reasons


if __name__ == "__main__":
    run(main)
