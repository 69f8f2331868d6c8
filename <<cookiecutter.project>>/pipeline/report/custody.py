"""The report's part on custody: each file of the chain with its digest, who made it, who read it,
and whether it still has these bytes.
"""

from pathlib import Path
from typing import Any

from pipeline.core import custody
from pipeline.core.errors import Refusal
from pipeline.html import page
from pipeline.report.stages import PASSED, Step, champion_apart

SHORT = len("sha256:") + 16  # of a digest; the records hold all of it


def build(steps: list[Step], blessing: dict[str, Any]) -> page.Part:
    """Return the part; `blessing` is the record of `smoke`, empty where there is none."""
    done = [step for step in steps if step.record]
    apart = champion_apart(step.path for step in steps)
    rows = [_row(path, sha, done, apart) for path, sha in files(done).items()]
    reading = (
        "From the raw rows downwards, each file is made by one stage and read by later ones: what "
        "was read must be what was made, and what is there now. The digests are cut short here; "
        "the stages' records hold them whole."
    )
    columns = ["file", "digest", "made by", "read by", "now"]
    items = [_state(done, apart), page.Table("The chain of digests", reading, columns, rows)]
    items += _records(done) + _image(blessing)
    lead = "What was deployed can be traced to the bytes that it was made from."
    return page.Part("custody", "Custody", lead, items)


def files(steps: list[Step]) -> dict[str, str]:
    """Return the digest of each file in the records, in the order of the journey."""
    found: dict[str, str] = {}
    for step in steps:
        for path, sha in {**step.record["inputs"], **step.record["outputs"]}.items():
            found.setdefault(path, sha)
    return found


def _row(path: str, sha: str, steps: list[Step], apart: Path | None) -> list[str]:
    made = [step.name for step in steps if path in step.record["outputs"] or path == step.path]
    read = [step.name for step in steps if path in step.record["inputs"]]
    expected = {step.record[kind][path] for step in steps for kind in ("inputs", "outputs")
                if path in step.record[kind]}  # fmt: skip
    if path == str(apart):
        now = "this model, since it was deployed"
    elif not Path(path).exists():
        now = "missing"
    else:
        now = "same" if expected == {custody.digest(Path(path))} else "changed"
    return [path, sha[:SHORT], ", ".join(made) or "you", ", ".join(read) or "–", now]


def _state(steps: list[Step], apart: Path | None) -> page.Text:
    """Return whether the chain up to the last stage that left a record holds."""
    heading = "Does it hold?"
    last = steps[-1]
    try:
        broken = custody.verify(Path(last.path), apart_from=apart)
    except Refusal as refusal:
        broken = [str(refusal)]
    if broken:
        return page.Text(heading, f"Not up to `{last.name}`:", broken, bad=True)
    whole = "`make deploy` would find it whole" if last.verdict == PASSED else "it goes no further"
    return page.Text(heading, f"Every digest was recomputed, up to `{last.name}`: {whole}.")


def _records(steps: list[Step]) -> list[page.Table]:
    rows = [[step.name, step.path, custody.digest(Path(step.path))[:SHORT], step.record["verdict"]]
            for step in steps]  # fmt: skip
    reading = "Each stage's record names what it read, what it made, and by which parameters."
    return [page.Table("Records", reading, ["stage", "record", "digest", "verdict"], rows)]


def _image(blessing: dict[str, Any]) -> list[page.Table]:
    keys = {"image": "image", "bento": "Bento", "model": "model", "revision": "commit of the code"}
    rows = [[said, blessing[key]] for key, said in keys.items() if blessing.get(key)]
    if not rows:
        return []
    reading = "The blessing names these, and no other image is deployed by it."
    return [page.Table("What was blessed", reading, ["what", "which"], rows)]
