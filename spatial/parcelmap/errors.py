"""Errors of parcel maps."""

from data.errors import Invalid


class MapScaleTooLarge(Invalid):
    """The parcel does not fit the paper at the scale asked for."""

    code = "map_scale_too_large"
