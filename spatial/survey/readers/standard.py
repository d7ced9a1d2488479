"""Tables of the register standard by name: which layer holds parcels, which holds what stands beside them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from spatial.survey.readers.records import Unreadable

SUBDISTRICTS: Final = "subdistricts"
PARCELS: Final = frozenset({"zd", "zdjbxx", "宗地", "宗地基本信息", "parcel", "parcels"})
_OBJECTS: Final = {
    "jzd": "JZD", "界址点": "JZD", "jzx": "JZX", "界址线": "JZX", "zrz": "ZRZ", "自然幢": "ZRZ",
    "ljz": "LJZ", "逻辑幢": "LJZ", "c": "C", "层": "C", "h": "H", "户": "H",
    "fht": "FHT", "分户图": "FHT",
}  # fmt: skip
# Further tables of the standard that no survey brings into the register from here.
_BESIDE: Final = frozenset({
    "xzq", "xzqjx", "djq", "djzq", "zdbhqk", "zhjbxx", "gzw", "mzdzw", "xzdzw", "dzdzw", "zj", "kzd", "qlr",
    "行政区", "地籍区", "地籍子区", "构筑物", "注记", "控制点", "权利人",
})  # fmt: skip
_LISTED: Final = 50


@dataclass(frozen=True, slots=True)
class Chosen:
    """The layer of parcels, the layers of objects by standard name, and the layers that are not read."""

    parcels: str
    objects: dict[str, str]
    left: list[str]


def object_name(layer: str) -> str | None:
    """Return the standard name of a table beside the parcels, None for any other.

    Examples
    --------
    >>> object_name("jzd"), object_name("户"), object_name("ZD")
    ('JZD', 'H', None)
    """
    return _OBJECTS.get(layer.strip().lower())


def is_parcels(layer: str) -> bool:
    """Tell whether a layer is named as parcels are."""
    return layer.strip().lower() in PARCELS


def choose(found: Iterable[str], wanted: str | None) -> Chosen:
    """Sort the layers of a file.

    Parameters
    ----------
    found : iterable of str
        Names of all layers and tables.
    wanted : str or None
        The sender's word on which one holds the parcels.

    Raises
    ------
    Unreadable
        ``source_layer_unknown`` when it is not there or not clear, ``unreadable_file`` when none can be it.
    """
    names = list(found)
    objects: dict[str, str] = {}
    for name in names:
        table = object_name(name)
        if table is None or name == wanted:
            continue
        if table in objects:
            raise Unreadable("unreadable_file", "table_twice", table=table)
        objects[table] = name
    known = {SUBDISTRICTS, *objects.values()}
    candidates = [name for name in names if name not in known and name.strip().lower() not in _BESIDE]
    parcels = _parcels(names, candidates, wanted)
    left = [name for name in names if name not in known and name != parcels]
    return Chosen(parcels, objects, left)


def _parcels(names: list[str], candidates: list[str], wanted: str | None) -> str:
    if wanted is not None:
        if wanted in names:
            return wanted
        raise Unreadable("source_layer_unknown", "source_layer_choose", layers=names[:_LISTED])
    if len(candidates) == 1:
        return candidates[0]
    if not candidates:
        if names == [SUBDISTRICTS]:
            return SUBDISTRICTS
        if not names:
            raise Unreadable("unreadable_file", "no_features")
        raise Unreadable("unreadable_file", "no_parcel_layer", layers=names[:_LISTED])
    named = [name for name in candidates if is_parcels(name)]
    more = {"suggestion": {"parameter": "source_layer", "value": named[0]}} if len(named) == 1 else {}
    raise Unreadable("source_layer_unknown", "source_layer_choose", layers=candidates[:_LISTED], **more)
