"""Errors of supervision."""

from data.errors import Invalid


class MetricUnknown(Invalid):
    """There is no such metric."""

    code = "metric_unknown"
    status = 400


class PeriodBad(Invalid):
    """The period ends before it begins or is longer than ten years."""

    code = "period_bad"
    status = 400


class CellSizeBad(Invalid):
    """The cell is smaller than 100 m or larger than 20 km."""

    code = "cell_size_bad"
    status = 400
