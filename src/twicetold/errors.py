"""Every error that Twicetold raises on purpose, in one tree.

    TwicetoldError
    ├── UsageError              exit 2   what was asked for cannot be done as asked
    │   ├── FileNotUsable                a path is missing, a folder, or not readable
    │   ├── ColumnNotFound               a named column is not in the input
    │   ├── ColumnAmbiguous              columns cannot be guessed
    │   ├── SettingInvalid               a setting or option has a value that is not allowed
    │   ├── OutputNotWritable            the output folder cannot be written
    │   ├── SchemaTooOld                 the store has to be upgraded first
    │   ├── SchemaTooNew                 a newer program has changed the store
    │   ├── RunNotFound                  there is no such run, or not in the state that is needed
    │   ├── KeyRefused                   the service was asked without a key, or with one that is not valid
    │   ├── NotAllowed                   the caller is known, but may not do this
    │   ├── NotThere                     there is no such group, record, scope or page, or the key may not see it
    │   ├── RequestTooLarge              a request has more bytes than are read
    │   ├── LoginRefused                 what a browser brings back from the identity provider lets nobody in
    │   └── TooManyRequests              a caller or an address asks too often, or was refused too often
    ├── DependencyUnavailable   exit 3   something outside the program is missing or broken
    │   ├── ModelCorrupt                 a model file differs from its manifest
    │   ├── ExtraMissing                 an optional package is not installed
    │   ├── Overloaded                   the service has more to do than it can do in time
    │   └── StorageFull                  the disk filled up while writing
    ├── InputInvalid            exit 4   the input breaks its contract
    │   ├── FormatNotRecognised          the bytes are no table that can be read
    │   ├── InputEmpty                   there is no record to compare
    │   └── RowsRejected                 --strict, and some rows had to be set aside
    ├── LockHeld                exit 5   another run works on the same profile
    ├── DecidedMeanwhile        exit 6   people decided something that the results would break; run again
    ├── BudgetExceeded          exit 6   the work does not fit the memory or the time it may use
    ├── RunCancelled            exit 143 somebody has cancelled the run; it published nothing
    └── QualityGateFailed       exit 7   a measured quality is below the bound that was asked for

A message says what happened and with which value; the remedy says what to do about it.
"""

from __future__ import annotations

from typing import ClassVar


class TwicetoldError(Exception):
    """Something went wrong that a person can do something about."""

    code: ClassVar[str] = "TT000"
    exit_status: ClassVar[int] = 1
    http_status: ClassVar[int] = 500
    remedy: ClassVar[str] = "Report this with the command that led to it."

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = remedy or self.remedy

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}"


class UsageError(TwicetoldError):
    """What was asked for cannot be done as asked."""

    code = "TT200"
    exit_status = 2
    http_status = 400
    remedy = "See 'twicetold --help'."


class FileNotUsable(UsageError):
    """A path that was named is missing, is a folder, or may not be read."""

    code = "TT201"
    http_status = 404
    remedy = "Check the path and its permissions."


class ColumnNotFound(UsageError):
    """A column that was named is not in the input."""

    code = "TT202"
    remedy = "Name one of the columns listed above."


class ColumnAmbiguous(UsageError):
    """The columns to read cannot be guessed with one clear answer."""

    code = "TT203"
    remedy = "Name the columns with --id, --text and --scope."


class SettingInvalid(UsageError):
    """A setting or option has a value that is not allowed."""

    code = "TT204"
    remedy = "See 'twicetold config show' for each setting and its allowed values."


class OutputNotWritable(UsageError):
    """The place for the results cannot be written."""

    code = "TT205"
    remedy = "Choose another folder with --out, or change its permissions."


class SchemaTooOld(UsageError):
    """The store's schema is older than what this program needs."""

    code = "TT206"
    remedy = "Run 'twicetold db upgrade'."


class SchemaTooNew(UsageError):
    """The store's schema was changed by a newer program that no longer serves this one."""

    code = "TT207"
    remedy = "Use the newer program."


class RunNotFound(UsageError):
    """There is no such run, or it is not in the state that the command needs."""

    code = "TT208"
    http_status = 404
    remedy = "See 'twicetold runs list'."


class KeyRefused(UsageError):
    """The service was asked without a key, or with one that is unknown or has expired."""

    code = "TT209"
    http_status = 401
    remedy = "Send a valid key as 'Authorization: Bearer KEY' or 'X-API-Key: KEY'."


class NotAllowed(UsageError):
    """The caller is known, but may not do this, or not in this profile or scope."""

    code = "TT210"
    http_status = 403
    remedy = "Ask whoever runs the service for a key or a role that may do this."


class NotThere(UsageError):
    """There is no such group, record, scope or page, or the key may not see it."""

    code = "TT211"
    http_status = 404
    remedy = "Check the name, and that the last run of the profile has it."


class RequestTooLarge(UsageError):
    """A request to the service has more bytes than are read."""

    code = "TT212"
    http_status = 413
    remedy = "Send less at a time."


class LoginRefused(UsageError):
    """What a browser brings back from the identity provider lets nobody in."""

    code = "TT220"
    http_status = 403
    remedy = "Begin again at /login; if it happens again, tell whoever runs the service."


class TooManyRequests(UsageError):
    """A caller or an address asks too often, or was refused too often."""

    code = "TT221"
    http_status = 429
    remedy = "Wait as long as Retry-After says."

    def __init__(self, message: str, *, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


class DependencyUnavailable(TwicetoldError):
    """Something that the work needs is missing or does not answer."""

    code = "TT300"
    exit_status = 3
    http_status = 503
    remedy = "Run 'twicetold doctor' to see what is reachable."


class ModelCorrupt(DependencyUnavailable):
    """A file of the model differs from what its manifest says."""

    code = "TT301"
    remedy = "Install the package again, or point --model to an intact model folder."


class ExtraMissing(DependencyUnavailable):
    """An optional package is not installed."""

    code = "TT302"
    remedy = "Install the extra that is named above."


class StorageFull(DependencyUnavailable):
    """The disk filled up while results were written; nothing half-written was left."""

    code = "TT303"
    http_status = 507
    remedy = "Free some space or choose another folder with --out, then run again."


class Overloaded(DependencyUnavailable):
    """The service has more to do than it can do in time; nothing was done."""

    code = "TT304"
    remedy = "Try again in a few seconds."


class InputInvalid(TwicetoldError):
    """The input breaks its contract."""

    code = "TT400"
    exit_status = 4
    http_status = 422
    remedy = "Mend the input and run again."


class FormatNotRecognised(InputInvalid):
    """The bytes are no table that can be read."""

    code = "TT401"
    remedy = "Give CSV, TSV, JSON Lines or Parquet, plain or gzipped."


class InputEmpty(InputInvalid):
    """There is no record to compare."""

    code = "TT402"
    remedy = "Check the file, the text column, and any --where or --query."


class RowsRejected(InputInvalid):
    """Strict reading was asked for and some rows had to be set aside."""

    code = "TT403"
    remedy = "Mend the rows listed in rejected.csv, or run without --strict."


class LockHeld(TwicetoldError):
    """Another run works on the same profile; nothing was done."""

    code = "TT500"
    exit_status = 5
    http_status = 409
    remedy = "Wait until it ends, or stop it."


class DecidedMeanwhile(TwicetoldError):
    """While a run was at work, people decided something that its results would break; they were not published."""

    code = "TT601"
    exit_status = 6
    http_status = 409
    remedy = "Run again; what is compared already is not compared again."


class RunCancelled(TwicetoldError):
    """Somebody has cancelled the run while it was at work; it published nothing and does not go on."""

    code = "TT001"
    exit_status = 143
    http_status = 409
    remedy = "Run again; what is compared already is not compared again."


class BudgetExceeded(TwicetoldError):
    """The work does not fit into the memory or the time that it may use; what is done so far is kept."""

    code = "TT600"
    exit_status = 6
    http_status = 413
    remedy = "Give more memory with --memory (or a larger container), or compare within scopes."


class QualityGateFailed(TwicetoldError):
    """A measured quality is below the bound that was asked for."""

    code = "TT700"
    exit_status = 7
    remedy = "See the evaluation report for what went wrong."
