"""What more than one format cannot carry."""

from collections.abc import Sequence

from datasets.formats.model import LabelClass, Loss, Written

ATTRIBUTES = Loss("attributes", "Attributes are left out.")
CONFIDENCE = Loss("confidence", "Confidence is left out.")
CONNECTIONS = Loss("connections", "The connections of a skeleton are left out, its points are kept.")
SUPERCATEGORIES = Loss("supercategories", "The groups that classes belong to are left out.")


def count_connections(classes: Sequence[LabelClass], written: Written) -> None:
    for each in classes:
        written.lose(CONNECTIONS.code, bool(each.skeleton and each.skeleton["edges"]))


def count_supercategories(classes: Sequence[LabelClass], written: Written) -> None:
    for each in classes:
        written.lose(SUPERCATEGORIES.code, bool(each.supercategory))
