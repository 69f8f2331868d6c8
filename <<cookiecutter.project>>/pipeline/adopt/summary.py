"""What `adopt` decided and why, and what it could not decide, on one page of the terminal."""

from pipeline.adopt.describe import Described
from pipeline.adopt.proposal import Proposal
from pipeline.adopt.propose_data import TEST_SHARE

MOST_SHOWN = 12  # warnings and questions that are printed; the report has all
MOST_NAMED = 8  # columns and keys that are named


def summary(described: Described, plan: Proposal) -> list[str]:
    """Return the lines that say what was decided and why, and what is left to decide."""
    lines = [*_table(described), *_parameters(plan)]
    if described.own:
        lines.append(f"  yours     kept: {', '.join(described.own[:MOST_NAMED])}")
    for heading, items in (("Warnings", plan.warnings), ("Questions", plan.questions)):
        if items:
            lines += ["", f"{heading}:", *(f"  - {item}" for item in items[:MOST_SHOWN])]
            if len(items) > MOST_SHOWN:
                lines.append(f"  … and {len(items) - MOST_SHOWN} more, in reports/adopt.json")
    return [
        *lines,
        "",
        "Change what you want in schema.yaml and params.yaml: it stays when you adopt again.",
        "Next: make validate, then make report and a look at reports/index.html, then git commit",
    ]


def _table(described: Described) -> list[str]:
    """Return the lines on the table and its columns."""
    rules, why = described.rules, described.why
    types = {kind: rules.features_of(kind) for kind in ("number", "category", "text")}
    counts = ", ".join(f"{len(names)} {kind}" for kind, names in types.items() if names)
    rows = f"{described.survey.rows:,} rows, {len(rules.columns)} columns"
    lines = ["", f"adopted {described.source.path}: {rows}"]
    lines.append(f"  target    `{rules.target}`, {rules.task}: {_reason(why[rules.target])}")
    lines.append(f"  features  {len(rules.features)}: {counts}")
    for role in ("id", "time", "group"):
        lines += [f"  {role:9} `{name}`: {why[name]}" for name in rules.with_role(role)]
    ignored = [name for name in rules.with_role("ignored") if name not in described.leaks]
    if ignored:
        named = "; ".join(f"`{name}` ({why[name]})" for name in ignored[:MOST_NAMED])
        more = f" and {len(ignored) - MOST_NAMED} more" if len(ignored) > MOST_NAMED else ""
        lines.append(f"  left out  {named}{more}")
    if private := rules.private:
        lines.append(f"  private   {_names(private)}: the server does not log them")
    for name, sentence in described.leaks.items():
        lines.append(f"  LEAK?     {sentence}: left out; KEEP={name!r} makes it a feature")
    for sentence in described.strong.values():
        lines.append(f"  strong    {sentence}: kept (check_data.strong)")
    return lines


def _reason(why: str) -> str:
    return why.removeprefix("the target: ").removeprefix("the target, a number: ")


def _parameters(plan: Proposal) -> list[str]:
    """Return the lines on the split, the model, the thresholds and the slices."""
    estimator, tried = plan.values["train.estimator"]
    lines = [f"  split     {_split(plan)}"]
    lines.append(f"  model     {estimator.rsplit('.', 1)[-1]}; {tried.split('; ')[-1]}")
    thresholds, reached = plan.values["evaluate.thresholds"]
    for name, limits in thresholds.items():
        limit = ", ".join(f"{side} {number:g}" for side, number in limits.items())
        lines.append(f"  gate      {name}: {limit} ({reached[name]})")
    value = {key: value for key, (value, _) in plan.values.items()}
    cuts = [*value["evaluate.slices.values"], *value["evaluate.slices.bins"]]
    limits = ", ".join(
        f"{name} {side} {limit:g}"
        for name, sides in value["evaluate.slices.thresholds"].items()
        for side, limit in sides.items()
    )
    return [*lines, f"  slices    {_names(cuts) or 'none'}: {limits}"]


def _names(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _split(plan: Proposal) -> str:
    by, first = (plan.values[f"ingest.split.{key}"][0] for key in ("by", "test_from"))
    if by == "time":
        return f"by time: the rows from {first} on are the test set"
    how = "by group, each whole," if by == "group" else "at random, with each class in its share:"
    return f"{how} {TEST_SHARE:.0%} of the rows are the test set"
