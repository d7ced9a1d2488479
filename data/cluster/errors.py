"""What can keep the embedded PostGIS from running."""

from data.errors import Unavailable


class PostgisAbsent(Unavailable):
    """No PostgreSQL 15 or later with PostGIS was found on this machine."""

    code = "postgis_absent"


class ClusterFailed(Unavailable):
    """A program of PostgreSQL failed; ``output`` is the end of what it said."""

    code = "cluster_failed"


class DatabaseUnfit(Unavailable):
    """A given database cannot be used; ``reason`` says why."""

    code = "database_unfit"
