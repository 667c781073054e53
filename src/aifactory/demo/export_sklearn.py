"""Write two real tables that come with scikit-learn as CSV files, for the demo and the tests.

Runs with the Python of a recipe's environment, which has scikit-learn; the platform's own has not:
`PYTHON export_sklearn.py FOLDER` writes breast_cancer.csv (Wisconsin diagnostic, 569 cases x 30 measures) and
digits.csv (1,797 images of 8 x 8 grey pixels with their digit). Both are from UCI's repository, CC BY 4.0.
"""

import csv
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from sklearn.datasets import (  # type: ignore[import-not-found]
    load_breast_cancer,
    load_digits,
)


def write(path: Path, header: list[str], rows: Iterable[Sequence[object]]) -> None:
    """Write one CSV file with a header."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def main(folder: Path) -> None:
    """Write both tables into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    cancer = load_breast_cancer()
    names = [str(name).replace(" ", "_") for name in cancer.feature_names]
    diagnoses = [str(cancer.target_names[k]) for k in cancer.target]
    rows = ([*map(float, x), y] for x, y in zip(cancer.data, diagnoses, strict=True))
    write(folder / "breast_cancer.csv", [*names, "diagnosis"], rows)
    digits = load_digits()
    pixels = [f"pixel_{row}_{column}" for row in range(8) for column in range(8)]
    images = ([*map(int, x), int(y)] for x, y in zip(digits.data, digits.target, strict=True))
    write(folder / "digits.csv", [*pixels, "digit"], images)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
