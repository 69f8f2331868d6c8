"""Public tables as CSV files, and the options of `make adopt` for each.

Those of scikit-learn come from a project's environment, those of palmerpenguins and vega_datasets
from ours; both are read as files.
"""

import csv
import json
import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from baked import Project

FROM_SCIKIT_LEARN = """
import sys
from sklearn import datasets
table = getattr(datasets, f"load_{sys.argv[1]}")(as_frame=True).frame
table.to_csv(sys.argv[2], index=False)
"""


@dataclass(frozen=True)
class Table:
    """A table: where it comes from, and the options that its user gives beside its path."""

    source: str  # a data set of scikit-learn, or a package and a path in it
    words: tuple[str, ...]

    def write(self, path: Path, project: Project) -> None:
        """Write the table to `path`, a CSV file."""
        package, _, inside = self.source.partition("/")
        if not inside:
            done = project.run(".venv/bin/python", "-c", FROM_SCIKIT_LEARN, package, str(path))
            assert done.status == 0, done.output
            return
        (folder,) = find_spec(package).submodule_search_locations
        file = Path(folder) / inside
        if file.suffix == ".csv":
            shutil.copyfile(file, path)
            return
        rows = json.loads(file.read_text())
        with path.open("w", newline="") as file_out:
            writer = csv.DictWriter(file_out, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


TABLES = {
    "breast_cancer": Table("breast_cancer", ("TARGET=target",)),
    "wine": Table("wine", ("TARGET=target",)),
    "iris": Table("iris", ("TARGET=target",)),
    "diabetes": Table("diabetes", ("TARGET=target",)),
    "digits": Table("digits", ("TARGET=target",)),
    "penguins": Table("palmerpenguins/data/penguins.csv", ("TARGET=species",)),
    "penguins_raw": Table("palmerpenguins/data/penguins-raw.csv", ("TARGET=Sex",)),
    "cars": Table("vega_datasets/_data/cars.json", ("TARGET=Miles_per_Gallon",)),
    "weather": Table("vega_datasets/_data/seattle-weather.csv", ("TARGET=temp_max",)),
    "riots": Table("vega_datasets/_data/la-riots.csv", ("TARGET=gender",)),
}
