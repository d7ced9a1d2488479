"""What the writers write."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from spatial.survey.readers.records import ObjectTable
from spatial.survey.records import Features


@dataclass(frozen=True, slots=True)
class Result:
    """A survey result on its way out.

    Parameters
    ----------
    parcels : Features
        EPSG:4547 (E, N) metres; the attributes as uploaded are in ``rows``, which may be empty.
    objects : dict
        Tables beside the parcels by standard name, EPSG:4547.
    made_on : date
        Day of the file.
    made_by : str
        Who makes the file.
    manifest : dict
        Fields of the bundle's manifest that are known; see `bundle.MUST`.
    """

    parcels: Features
    objects: dict[str, ObjectTable]
    made_on: date
    made_by: str
    manifest: dict[str, Any] = field(default_factory=dict)
