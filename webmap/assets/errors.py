"""What can go wrong with the browser's libraries."""

from data.errors import NotFound, Unavailable


class AssetLinkUnknown(NotFound):
    """A page asks for an address that the manifest does not map to a local file."""

    code = "asset_link_unknown"


class AssetNotBrought(Unavailable):
    """A package could not be had from the registry."""

    code = "asset_not_brought"


class AssetAltered(Unavailable):
    """A file's SHA-256 is not the one of the manifest."""

    code = "asset_altered"
