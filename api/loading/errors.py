"""Errors of loading."""

from data.errors import Conflict


class OtherCityLoaded(Conflict):
    """The database holds parcels that are not those of the city asked for."""

    code = "other_city_loaded"
