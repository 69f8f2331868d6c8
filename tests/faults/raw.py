"""Faults of the raw table."""

from baked import Project
from faults.fault import RAW, Fault, Row, each_row, in_test_set, rows_changed


def metres(row: Row) -> None:
    if row["height"]:
        row["height"] = str(round(float(row["height"]) * 0.3048))


def day_first(row: Row) -> None:
    year, month, day = row["date"].split("-")
    row["date"] = f"{day}/{month}/{year}"


def in_the_future(rows: list[Row]) -> None:
    for row in rows[::40]:
        row["date"] = f"20{row['date'][2:]}"


def ids_twice(rows: list[Row]) -> None:
    for row, other in zip(rows[::30], rows[1::30], strict=False):
        row["report_id"] = other["report_id"]


def reports_twice(rows: list[Row]) -> list[Row]:
    """A third of the test set's reports are also in the training set, under another id and date."""
    again = [row for row in rows if in_test_set(row)][::3]
    copies = [
        {**row, "report_id": f"9{row['report_id']}", "date": f"1995{row['date'][4:]}"}
        for row in again
    ]
    return sorted([*rows, *copies], key=lambda row: row["date"].replace("02-29", "02-28"))


def cut(project: Project) -> None:
    file = project.folder / RAW
    file.write_text(file.read_text()[:900_000])


def first_half_lost(rows: list[Row]) -> list[Row]:
    return rows[len(rows) // 2 :]


def unquoted(project: Project) -> None:
    file = project.folder / RAW
    file.write_text(file.read_text().replace('"', ""))


def two_encodings(project: Project) -> None:
    file = project.folder / RAW
    lines = file.read_text().replace("DAMAGE", "DÉGÂT").splitlines(keepends=True)
    half = len(lines) // 2
    file.write_bytes("".join(lines[:half]).encode() + "".join(lines[half:]).encode("latin-1"))


FAULTS = [
    Fault(
        "heights in metres, not feet",
        each_row(metres),
        "check_data",
        "below mocks.min_in_region",
    ),
    Fault(
        "heights in metres from 1996 on",
        each_row(metres, in_test_set),
        "check_data",
        "`height` differs between the sets",
        alike=True,
    ),
    Fault(
        "heights and speeds swapped",
        each_row(lambda row: row.update(height=row["speed"], speed=row["height"])),
        "ingest",
        "column `speed`: in row",
    ),
    Fault(
        "a level renamed",
        each_row(lambda row: row.update(sky=row["sky"].replace("No Cloud", "Clear"))),
        "ingest",
        "'Clear' is none of the levels",
    ),
    Fault(
        "airlines in small letters from 1996 on",
        each_row(lambda row: row.update(operator=row["operator"].title()), in_test_set),
        "check_data",
        "`operator` differs between the sets",
        alike=True,
    ),
    Fault(
        "the day first in dates",
        each_row(day_first),
        "ingest",
        "is not an ISO date",
        alike=True,
    ),
    Fault("dates in the future", rows_changed(in_the_future), "ingest", "is above 2029-12-31"),
    Fault("ids that stand twice", rows_changed(ids_twice), "ingest", "stands more than once"),
    Fault(
        "reports of the test set also in the training set",
        rows_changed(reports_twice),
        "check_data",
        "train",
    ),
    Fault("a table cut in the middle", cut, "ingest", "good rows are fewer than 10000"),
    Fault(
        "a table without its first half",
        rows_changed(first_half_lost),
        "ingest",
        "rows.min",
        alike=True,
    ),
    Fault("remarks without their quotes", unquoted, "ingest", "is not a table that can be read"),
    Fault("a table in two encodings", two_encodings, "ingest", "some is not; save it in one"),
    Fault(
        "missing heights written as -1",
        each_row(lambda row: row.update(height=row["height"] or "-1")),
        "ingest",
        "'-1.0' is below 0.0 ft",
    ),
    Fault(
        "missing states written as nan",
        each_row(lambda row: row.update(state=row["state"] or "nan")),
        "ingest",
        "'nan' is a missing value; name it under `missing`",
        alike=True,
    ),
    Fault(
        "speeds with their unit",
        each_row(lambda row: row.update(speed=row["speed"] and f"{row['speed']} kt")),
        "ingest",
        "'150 kt' is not a finite number",
        alike=True,
    ),
    Fault(
        "a column mostly empty",
        each_row(lambda row: row.update(sky=""), lambda row: int(row["report_id"]) % 3 > 0),
        "ingest",
        "column `sky` is missing in",
    ),
    Fault(
        "no remarks from 1996 on",
        each_row(lambda row: row.update(remarks=""), in_test_set),
        "check_data",
        "`remarks` differs between the sets",
        alike=True,
    ),
]
