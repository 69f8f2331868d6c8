"""The role of each column of a new table: target, id, group, time, feature, or none."""

import pandas as pd

from pipeline.adopt import column_types, suspects
from pipeline.adopt.guess import Guess, is_id
from pipeline.adopt.settings import Params
from pipeline.adopt.strings import MOST_LEVELS
from pipeline.core import params
from pipeline.core.errors import Refusal
from pipeline.data.kinds import KINDS
from pipeline.data.schema import Column

POSITIVE = ("yes", "true", "t", "y", "1", "1.0", "positive", "pos", "malignant", "fraud", "spam",
            "churn", "churned", "default", "failed", "failure", "fail", "bad", "died")  # fmt: skip
NEGATIVE = ("no", "false", "f", "n", "0", "0.0")
MOST_CLASSES = 50
CLASS_NUMBERS = 20  # distinct whole numbers, at most, that are taken for classes
CLASS_ROWS = 8  # rows that a class needs to be trained and tested on
LEAST_GROUPS = 20


def require_columns(table: pd.DataFrame, settings: Params) -> None:
    """Refuse a column name in the settings that the table does not have."""
    if not settings.target:
        names = ", ".join(map(str, table.columns[:20]))
        raise Refusal(f"name the column to predict by TARGET=; the table has: {names}")
    named = {"TARGET": [settings.target], "TIME": [settings.time], "GROUP": [settings.group],
             "ID": [settings.id], "SLICES": settings.slices, "KEEP": settings.keep}  # fmt: skip
    for key, names in named.items():
        for name in filter(None, names):
            if name not in table.columns:
                hint = params.nearest(name, list(table.columns)[:20])
                raise Refusal(f"{key}: there is no column {name!r}{hint}")
    roles = [settings.target, *filter(None, (settings.time, settings.group, settings.id))]
    if len(roles) != len({*roles}):
        raise Refusal("a column has one role: TARGET, TIME, GROUP and ID must differ")


def target(values: pd.Series, settings: Params, missing: list[str]) -> Guess:
    """Return what the target is: two classes, several classes, or a number."""
    name = settings.target
    guess = column_types.guess(name, values, missing)
    words, own = _words_of(values, guess, missing)
    counts = words.value_counts()
    if counts.empty:
        raise Refusal(f"the target `{name}` holds no values")
    numeric = _is_number(values, guess, counts) and not settings.positive
    kind = settings.set.get(f"columns.{name}.type")
    if kind == "number" or (numeric and kind != "category"):
        return _number_target(name, guess, counts)
    return _classes(name, counts, settings, own)


def _words_of(values: pd.Series, guess: Guess, missing: list[str]):
    """Return the target's cells as words, without the missing ones, and its own `missing`."""
    own = guess.keys.get("missing")
    blank = missing if own is None else own
    raw = values if values.dtype.kind in "fiubM" else values.mask(values.isin(blank))
    words, _ = KINDS["category"].cast(raw, Column(type="category"))
    return words.dropna(), own


def _is_number(values: pd.Series, guess: Guess, counts: pd.Series) -> bool:
    """Whether a target is a quantity, and not a class named by a number."""
    number = guess.keys["type"] == "number" or guess.why == "counts the rows"
    if not number or guess.keys.get("role") == "ignored":
        return False
    whole = guess.keys.get("integer", False) or guess.why == "counts the rows"
    few = len(counts) <= CLASS_NUMBERS and counts.sum() / len(counts) >= 10
    return not (whole and few)


def _number_target(name: str, guess: Guess, counts: pd.Series) -> Guess:
    if guess.keys["type"] not in ("number", "identifier") or len(counts) < 2:
        raise Refusal(f"`{name}` cannot be a number: {guess.why}")
    stays = ("missing", "decimal", "thousands", "symbols")
    keys = {"type": "number", "role": "target"}
    keys |= {key: guess.keys[key] for key in stays if key in guess.keys}
    return Guess(keys, f"the target, a number: {guess.why}", guess.warnings)


def _classes(name: str, counts: pd.Series, settings: Params, own: list[str] | None) -> Guess:
    """Return the target's classes; `counts` are its rows by class, `own` its missing cells."""
    warnings, questions, keys = [], [], {"type": "category", "role": "target"}
    if others := spellings(counts.index):
        level_of = {word: level for level, words in others.items() for word in words}
        counts = counts.groupby(counts.index.map(lambda word: level_of.get(word, word))).sum()
        keys["spellings"] = others
        warnings.append(_spellings_warning(name, others))
    if len(counts) > MOST_CLASSES:
        raise Refusal(
            f"`{name}` has {len(counts):,} different values and no numbers; a target has "
            f"at most {MOST_CLASSES} classes"
        )
    unwanted = settings.set.get(f"columns.{name}.left_out") or []
    few = sorted(counts.index[(counts < CLASS_ROWS) | counts.index.isin(unwanted)])
    if few and not unwanted:
        warnings.append(
            f"`{name}`: rows of the classes {', '.join(map(repr, few[:5]))} are left out, because "
            f"each has fewer than {CLASS_ROWS}"
        )
    counts = counts[~counts.index.isin(few)]
    if len(counts) < 2:
        only = f"one class of {CLASS_ROWS} rows or more" if len(counts) else "no class with rows"
        raise Refusal(f"`{name}` has {only}; a model needs two classes")
    keys["levels"] = sorted(counts.index)
    if few:
        keys["left_out"] = few
    if own is not None:
        keys["missing"] = own
    if len(counts) == 2:
        keys["positive"], sure = _positive(counts, settings.positive, name)
        if not sure:
            other = next(level for level in counts.index if level != keys["positive"])
            questions.append(
                f"`{name}`: is {keys['positive']!r} the positive class? It is taken for it as the "
                f"rarer one; POSITIVE={other!r} makes it the other"
            )
    elif settings.positive:
        raise Refusal(f"POSITIVE is for a target of two classes; `{name}` has {len(counts)}")
    shares = ", ".join(f"{level} {count:,}" for level, count in counts.head(6).items())
    return Guess(keys, f"the target: {shares}", warnings, questions)


def _spellings_warning(name: str, others: dict[str, list[str]]) -> str:
    """Return the warning that levels of a column are written in several ways."""
    pairs = [f"{word!r} is read as {level!r}" for level, words in others.items() for word in words]
    return f"`{name}`: {', '.join(pairs)}"


def spellings(levels) -> dict[str, list[str]]:
    """Return, by level, its other spellings: in case, in blanks, or as another word for yes or no.

    `levels` are in the order of their frequency, the most frequent first; that spelling is kept.

    >>> spellings(["yes", "No", "no", "Yes "])
    {'yes': ['Yes '], 'No': ['no']}
    """
    by_key: dict[str, list[str]] = {}
    folded = {level: level.strip().casefold() for level in levels}
    truth = {*folded.values()} <= {*POSITIVE[:6], *NEGATIVE}
    for level, word in folded.items():
        key = ("yes" if word in POSITIVE else "no") if truth else word
        by_key.setdefault(key, []).append(level)
    return {first: others for first, *others in by_key.values() if others}


def _positive(counts: pd.Series, positive: str, name: str) -> tuple[str, bool]:
    """Return the positive class, and whether that is certain; `positive` is what was set."""
    if positive:
        if positive not in counts.index:
            hint = params.nearest(positive, list(counts.index))
            raise Refusal(f"POSITIVE: `{name}` has no class {positive!r}{hint}")
        return positive, True
    known = [level for level in counts.index if level.strip().casefold() in POSITIVE]
    if len(known) == 1:
        return known[0], True
    return str(counts.index[-1]), False


def assign(guesses: dict[str, Guess], table: pd.DataFrame, settings: Params) -> None:
    """Give each column its role, in place, and say why one is no feature."""
    _time(guesses, settings)
    _group(guesses, table, settings)
    _id(guesses, table, settings)
    for name, guess in guesses.items():
        if guess.keys.get("role") is None:
            _leave_out(name, guess)
        why = suspects.personal(name, table[name], guess.keys["type"])
        if why and guess.keys.get("role") != "target":
            guess.keys["private"] = True
            guess.warnings.append(f"`{name}` {why}: it is private, so the server does not log it")
        if name == "row" and guess.keys.get("role") not in ("id", "target"):
            guess.keys |= {"role": "ignored"}  # the numbers of rows without an id have this name
        _spell(name, guess, table[name])


def _leave_out(name: str, guess: Guess) -> None:
    """Make a date, an identifier or survey weights no feature."""
    if guess.keys["type"] in ("date", "identifier"):
        stays = {key: guess.keys[key] for key in ("type", "formats") if key in guess.keys}
        guess.keys = {**stays, "role": "ignored"}
        if guess.keys["type"] == "date":
            guess.questions.append(
                f"`{name}` holds dates: is it when the row happened? TIME={name} makes the latest "
                f"rows the test set; SET='columns.{name}.role=feature' makes numbers of it"
            )
    elif suspects.is_weight(name) and guess.keys["type"] == "number":
        guess.keys |= {"role": "ignored"}
        guess.warnings.append(f"`{name}` is left out: it looks like survey weights")


def _spell(name: str, guess: Guess, values: pd.Series) -> None:
    """Make levels that differ in case and blanks only one level."""
    if guess.keys["type"] != "category" or guess.keys.get("role") or values.dtype.kind in "fiubM":
        return
    counts = values.dropna().value_counts()
    if len(counts) > MOST_LEVELS * 2:
        return
    blank = guess.keys.get("missing", [])
    others = spellings([level for level in counts.index if level.strip() and level not in blank])
    if others and "levels" in guess.keys:
        words = {word for level in others.values() for word in level}
        guess.keys["levels"] = [level for level in guess.keys["levels"] if level not in words]
        guess.keys["spellings"] = others
        guess.warnings.append(_spellings_warning(name, others))


def _time(guesses: dict[str, Guess], settings: Params) -> None:
    """Give the column that TIME names its role."""
    if not settings.time:
        return
    guess = guesses[settings.time]
    if guess.keys["type"] != "date":
        raise Refusal(f"TIME: `{settings.time}` holds no dates: {guess.why}")
    guess.keys |= {"role": "time"}


def _group(guesses: dict[str, Guess], table: pd.DataFrame, settings: Params) -> None:
    """Give the column that GROUP names its role; without GROUP, the first id that repeats."""
    name, taken = settings.group, (settings.id, settings.target)
    if not name and not settings.time:
        free = [column for column in guesses if f"columns.{column}.role" not in settings.set]
        name = next((one for one in free if _repeats(one, guesses[one], table[one])), "")
        if name and name not in taken:
            guesses[name].questions.append(
                f"`{name}` repeats: is it a person, a machine, a customer? It is taken for a "
                "group, and a group is either in the training set or in the test set; "
                f"SET='columns.{name}.role=feature' makes it a feature"
            )
    if not name or name in taken:
        return
    if table[name].nunique() < 5:
        raise Refusal(f"GROUP: `{name}` has fewer than five groups, too few to split")
    keys = guesses[name].keys
    kept = {key: keys[key] for key in ("missing",) if key in keys}
    guesses[name].keys = {"type": "identifier", "role": "group", **kept}
    guesses[name].why = f"{table[name].nunique():,} groups"


def _repeats(name: str, guess: Guess, values: pd.Series) -> bool:
    """Whether a column is called an id, and several rows have the same one."""
    count = values.nunique()
    enough = count >= max(LEAST_GROUPS, 0.02 * len(values)) and count < 0.9 * len(values)
    plain = guess.keys["type"] in ("category", "identifier") or guess.keys.get("integer", False)
    return is_id(name) and plain and enough and not guess.keys.get("role")


def _id(guesses: dict[str, Guess], table: pd.DataFrame, settings: Params) -> None:
    """Give the column that ID names its role; without ID, the first that identifies each row."""
    name = settings.id
    if not name:
        free = [
            column for column, guess in guesses.items()
            if guess.keys["type"] == "identifier" and not guess.keys.get("role")
            and table[column].is_unique
        ]  # fmt: skip
        name = next((column for column in free if is_id(column)), next(iter(free), ""))
    if not name:
        return
    guesses[name].keys = {"type": "identifier", "role": "id"}
    guesses[name].why = "identifies the row"
