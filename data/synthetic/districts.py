"""Cadastral districts (地籍区) and sub-districts (地籍子区) that tile each county exactly.

A town makes a district, a village a sub-district; their real names are used, their extents are invented:
each face of the mesh goes to the nearest seat. CRS: EPSG:4547 (E, N) metres.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from data.reference.records import Row
from data.synthetic.mesh import Faces, Floats, Integers
from data.synthetic.randomness import stream
from data.synthetic.records import SyntheticDistrict

# Rounds of moving village seats to the middle of their ground, so that villages are of like size.
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Towns:
    """The towns of one county with their villages.

    Attributes
    ----------
    seats : ndarray, shape (n, 2)
        Known places, NaN where unknown; EPSG:4547 (E, N) metres.
    """

    county_code: str
    names: list[str]
    villages: list[list[str]]
    seats: Floats


@dataclass(frozen=True, slots=True)
class Division:
    """One county divided.

    Attributes
    ----------
    face_town, face_village : ndarray of int
        Index of town and, counted over the whole county, of village for each face.
    town_seats, village_seats : ndarray, shape (n, 2)
        EPSG:4547 (E, N) metres.
    codes : list of str
        Sub-district code (12) of each village.
    """

    towns: Towns
    faces: Faces
    face_town: Integers
    face_village: Integers
    town_seats: Floats
    village_seats: Floats
    village_town: Integers
    village_names: list[str]
    codes: list[str]

    @property
    def county_code(self) -> str:
        """Return the six digits of the county."""
        return self.towns.county_code


def towns_of(county_code: str, townships: list[Row], villages: list[Row]) -> Towns:
    """Gather the towns of a county from the reference rows."""
    found = [row for row in townships if row["county_code"] == county_code]
    names: dict[str, list[str]] = {row["town_code"]: [] for row in found}
    for row in villages:
        if row["town_code"] in names:
            names[row["town_code"]].append(row["name"])
    return Towns(county_code, [row["name"] for row in found], list(names.values()), _places(found))


def _places(townships: list[Row]) -> Floats:
    """Return the known places; of towns said to be at one place only the first is taken to be there."""
    places = np.full((len(townships), 2), np.nan)
    seen: set[tuple[str, str]] = set()
    for index, row in enumerate(townships):
        if row["east_m"] is not None and (row["east_m"], row["north_m"]) not in seen:
            seen.add((row["east_m"], row["north_m"]))
            places[index] = float(row["east_m"]), float(row["north_m"])
    return places


def divide(towns: Towns, faces: Faces, seed: int) -> Division:
    """Divide a county: every face to a town, and inside it to a village."""
    rng = stream(seed, "districts", int(towns.county_code))
    town_seats = _seats(towns, faces, rng)
    face_town = _nearest(town_seats, faces.centres)
    face_village = np.empty(len(faces.centres), dtype=np.int64)
    seats: list[Floats] = []
    count = 0
    for town, villages in enumerate(towns.villages):
        mine = np.flatnonzero(face_town == town)
        centres = faces.centres[mine]
        chosen = _spread(centres, min(len(villages), len(mine)), rng)
        face_village[mine] = _nearest(chosen, centres) + count
        seats.append(chosen)
        count += len(chosen)
    village_town = np.repeat(np.arange(len(seats)), [len(found) for found in seats])
    names = [
        name
        for found, all_names in zip(seats, towns.villages, strict=True)
        for name in all_names[: len(found)]
    ]
    codes = [
        f"{towns.county_code}{town + 1:03d}{place + 1:03d}"
        for town, found in enumerate(seats)
        for place in range(len(found))
    ]
    return Division(
        towns,
        faces,
        face_town,
        face_village,
        town_seats,
        np.concatenate(seats),
        village_town,
        names,
        codes,
    )


def districts(division: Division) -> Iterator[SyntheticDistrict]:
    """Yield the districts (nine digits) and then the sub-districts (twelve) of a county."""
    polygons = division.faces.polygons
    for town, name in enumerate(division.towns.names):
        code = f"{division.county_code}{town + 1:03d}"
        yield SyntheticDistrict(code, name, _joined(polygons[division.face_town == town]))
    for village, (code, name) in enumerate(zip(division.codes, division.village_names, strict=True)):
        yield SyntheticDistrict(code, name, _joined(polygons[division.face_village == village]))


def _joined(faces: NDArray[np.object_]) -> shapely.MultiPolygon:
    joined = shapely.normalize(shapely.coverage_union_all(faces))
    return joined if isinstance(joined, shapely.MultiPolygon) else shapely.MultiPolygon([joined])


def _seats(towns: Towns, faces: Faces, rng: np.random.Generator) -> Floats:
    """Return a seat for every town: the known place, or a face far from the seats before it."""
    inside = faces.centres[: len(faces.cells)]
    seats = [seat for seat in towns.seats if not np.isnan(seat).any()]
    answer = towns.seats.copy()
    for town in np.flatnonzero(np.isnan(towns.seats).any(axis=1)):
        candidates = inside[rng.choice(len(inside), size=64, replace=False)]
        if seats:
            gaps = np.linalg.norm(candidates[:, None] - np.array(seats)[None], axis=2).min(axis=1)
            answer[town] = candidates[np.argmax(gaps)]
        else:
            answer[town] = candidates[0]
        seats.append(answer[town])
    return answer


def _spread(centres: Floats, count: int, rng: np.random.Generator) -> Floats:
    """Return ``count`` points among the centres, evenly spread (a few rounds of Lloyd's rule)."""
    seats = centres[np.sort(rng.choice(len(centres), size=count, replace=False))]
    for _ in range(ROUNDS):
        owner = _nearest(seats, centres)
        weight = np.maximum(np.bincount(owner, minlength=count), 1)
        middle = np.stack([np.bincount(owner, centres[:, axis], count) / weight for axis in (0, 1)], axis=1)
        seats = centres[_nearest(centres, middle)]
    return np.unique(seats, axis=0)


def _nearest(seats: Floats, points: Floats) -> Integers:
    """Return the index of the seat nearest to each point; of equal ones the first."""
    gaps_m2 = ((points[:, None, 0] - seats[:, 0]) ** 2) + ((points[:, None, 1] - seats[:, 1]) ** 2)
    nearest: Integers = np.argmin(gaps_m2, axis=1)
    return nearest
