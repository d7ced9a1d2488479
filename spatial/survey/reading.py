"""Reading a sender's file: in a confined child, with a refusal that says what to mend; needs no database."""

from spatial.survey.errors import refused
from spatial.survey.objects.land import add_land_tables
from spatial.survey.readers.limits import Limits
from spatial.survey.readers.records import Asked, Content, Unreadable
from spatial.survey.readers.sandbox import read_file
from spatial.survey.records import Incoming


def read(incoming: Incoming, limits: Limits) -> Content:
    """Read a foreign file.

    Parameters
    ----------
    incoming : Incoming
        File, and as what to read it.
    limits : Limits
        Bounds of the file.

    Returns
    -------
    Content
        Polygons in EPSG:4547 (E, N) metres, with plots and stands that parcels name as tables of their own.

    Raises
    ------
    FileRefused
    """
    order = incoming.order
    asked = Asked(order.source_layer, order.crs, order.axes)
    try:
        content = read_file(incoming.path, incoming.name, asked, limits)
    except Unreadable as problem:
        raise refused(problem) from problem
    add_land_tables(content)
    return content
