"""Errors of the tile room."""

from data.errors import Forbidden, Invalid, NotFound, Unauthenticated


class LayerUnknown(NotFound):
    """There is no tile layer of this name."""

    code = "tile_layer_unknown"


class TileOutside(NotFound):
    """The address is no tile of the grid, or outside the layer's zooms."""

    code = "tile_outside"


class LayerNeedsSignIn(Unauthenticated):
    """The layer shows work in progress; nobody is signed in."""

    code = "tile_layer_sign_in"


class LayerNotYours(Forbidden):
    """The layer needs a role that the caller has not."""

    code = "tile_layer_forbidden"


class LayerHasNoPast(Invalid):
    """The layer has no history; a date cannot be asked for."""

    code = "tile_layer_undated"


class TileParameterBad(Invalid):
    """A query parameter that tiles do not have, or a date that is none."""

    code = "tile_parameter_bad"
    status = 400


class StyleUnknown(NotFound):
    """There is no map style of this name."""

    code = "tile_style_unknown"
