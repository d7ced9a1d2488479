"""Errors of survey submissions."""

from typing import Any

from data.errors import Conflict, Forbidden, Invalid, NotFound
from spatial.survey.readers.limits import MIB, UPLOAD
from spatial.survey.readers.records import Unreadable


class SurveyNotFound(NotFound):
    """There is no such submission for this caller."""

    code = "survey_not_found"


class SurveyVersionTaken(Conflict):
    """The project's version was sent before with other bytes."""

    code = "survey_version_taken"


class SurveyStateWrong(Conflict):
    """The submission is not in a state that allows this."""

    code = "survey_state_wrong"


class FixUnknown(Invalid):
    """A finding is none of the last run, or no fix is offered for it."""

    code = "fix_unknown"


class FixConflict(Conflict):
    """Fixes exclude each other, or would together leave a parcel worse than it was."""

    code = "fix_conflict"


class SurveyHasErrors(Conflict):
    """Errors stand that no reviewer has waived."""

    code = "survey_has_errors"


class SurveyLooksDifferent(Conflict):
    """The register changed since the check, and the check now finds errors."""

    code = "survey_recheck_errors"


class SameReviewer(Forbidden):
    """The second acceptance must come from another person than the first."""

    code = "same_reviewer"


class ReasonUnknown(Invalid):
    """A reason's code stands in no list in force."""

    code = "reason_unknown"


class ReasonWordsMissing(Invalid):
    """The reason needs words beside its code."""

    code = "reason_words_missing"


class FeatureUnknown(NotFound):
    """The submission has no feature of this number."""

    code = "feature_unknown"


class FindingUnknown(NotFound):
    """The finding is none of the submission's last check."""

    code = "finding_unknown"


class SurveyUnregistrable(Conflict):
    """Parcels without a valid polygon or a code cannot be registered, whatever is waived."""

    code = "survey_unregistrable"


class OwnSurvey(Forbidden):
    """Nobody decides on a submission of his own."""

    code = "own_survey"


class EffectiveDateWrong(Invalid):
    """The day of effect does not suit the kind of submission."""

    code = "effective_on_wrong"


class HashWrong(Invalid):
    """The file is not the one whose SHA-256 the sender states."""

    code = "sha256_wrong"


class ProjectContradicted(Invalid):
    """The manifest of a bundle names another project than its sender."""

    code = "project_contradicted"


class ReplacedUnknown(Invalid):
    """The sender has no submission of the version that is to be replaced."""

    code = "replaced_unknown"


class ReplacedAccepted(Conflict):
    """The version that is to be replaced was accepted: it stands, and what follows is a survey of its own."""

    code = "replaced_accepted"


class NoPrevious(NotFound):
    """The submission follows no other, so nothing can be compared."""

    code = "survey_no_previous"


class WaiverUnknown(Invalid):
    """A waiver names no error of the last run."""

    code = "waiver_unknown"


class FileRefused(Invalid):
    """A foreign file cannot be read."""

    code = "unreadable_file"


class CrsMissing(FileRefused):
    """No coordinate system is named, or none that is understood."""

    code = "crs_missing"


class CrsContradicted(FileRefused):
    """Numbers and declared coordinate system do not fit."""

    code = "crs_contradicted"


class AxesSwapped(FileRefused):
    """North and east stand in each other's place."""

    code = "axes_swapped"


class ZonePrefix(FileRefused):
    """The zone number before the easting is there and should not be, or the reverse."""

    code = "zone_prefix"


class DatumRefused(FileRefused):
    """Another datum; no public parameters lead from it to CGCS2000."""

    code = "datum_refused"


class ArchiveUnsafe(FileRefused):
    """The archive is too big unpacked, nested, linked or leads out of its folder."""

    code = "archive_unsafe"


class GeometryNotFinite(FileRefused):
    """A coordinate is no finite number."""

    code = "geometry_not_finite"


class TooDeep(FileRefused):
    """The file is nested too deeply."""

    code = "too_deep"


class WrongType(FileRefused):
    """The file is not of a type that is taken, or is not what its name says."""

    code = "wrong_type"


class TooMuch(FileRefused):
    """The file or what is in it is larger than is taken at once."""

    code = "too_large"


class SourceLayerUnknown(FileRefused):
    """The file has several layers and the wanted one is not named."""

    code = "source_layer_unknown"


_BY_CODE: dict[str, type[FileRefused]] = {
    kind.code: kind
    for kind in (
        FileRefused,
        CrsMissing,
        CrsContradicted,
        AxesSwapped,
        ZonePrefix,
        DatumRefused,
        ArchiveUnsafe,
        GeometryNotFinite,
        TooDeep,
        WrongType,
        SourceLayerUnknown,
    )
} | {"too_large": TooMuch}


def refused(problem: Unreadable) -> FileRefused:
    """Turn a reader's refusal into an error for the caller, with its reason, line and suggestion."""
    params = dict(problem.params)
    suggestion = params.pop("suggestion", None)
    fault: dict[str, Any] = {
        **params,
        "code": problem.reason,
        "message_code": f"survey.reason.{problem.reason}",
    }
    if "line" in params:
        fault["field"] = f"line {params['line']}"
    kind = _BY_CODE.get(problem.code, FileRefused)
    if kind is TooMuch:
        limit_mib = problem.params.get("limit_mib", UPLOAD.file_bytes // MIB)
        return kind(errors=[fault], reason=problem.reason, limit_mib=limit_mib)
    more: dict[str, Any] = {} if suggestion is None else {"suggestion": suggestion}
    return kind(errors=[fault], reason=problem.reason, **more)
