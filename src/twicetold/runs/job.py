"""Job: what the thread of a run does: take the lock, go on with what was left or begin anew, and see it through."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from twicetold import __version__, errors
from twicetold.decisions import Constraints
from twicetold.errors import InputInvalid, LockHeld, QualityGateFailed, RunNotFound, SettingInvalid, TwicetoldError
from twicetold.platform import services
from twicetold.platform.log import Log
from twicetold.runs.fingerprint import digest_of, run_fingerprint
from twicetold.runs.outcome import Interruption, Order, Outcome
from twicetold.runs.packing import pack, pack_input, unpack
from twicetold.store import decisions as stored_decisions
from twicetold.store import requests
from twicetold.store import results as stored_results
from twicetold.store import runs as stored_runs
from twicetold.store.engine import reading, transaction
from twicetold.store.lock import ProfileLock, holder_name, profile_lock
from twicetold.store.migrate import open_usable
from twicetold.store.puts import settle
from twicetold.store.workflows import forget_workflows

if TYPE_CHECKING:
    from collections.abc import Sequence

    import sqlalchemy as sa

    from twicetold.decisions import Decision
    from twicetold.model.artifact import Model
    from twicetold.pipeline import Settings
    from twicetold.runs.outcome import Stop
    from twicetold.runs.summary import Trace
    from twicetold.runs.work import Work
    from twicetold.sources.input import Input

#: Where nothing is locked yet, or any more.
_NO_LOCK = ProfileLock(lambda: True, lambda _holder: None)
#: Exit statuses that say nothing about what was asked: something was missing, time or memory was short.
_LATER = frozenset({3, 6})


class Job:
    """One run in a thread.

    Args:
        order: What was asked for.
        run_id: What the run is called if it is a new one.
        stop: What ends it from outside.
        trace: Times its stages.

    Attributes:
        outcome: What became of it; final when :meth:`run` has returned.
        log: Its log, once it is known which run it is.
    """

    def __init__(self, order: Order, run_id: str, stop: Stop, trace: Trace) -> None:
        self._order, self._stop, self._trace = order, stop, trace
        self._name = order.profile.name
        self._scopes: Sequence[str] | None = order.scopes
        self._requests: list[int] = []
        self._engine: sa.Engine | None = None
        self._lock = _NO_LOCK
        self._began_at = datetime.now(UTC)
        self._is_in_store = False
        self._only_publishes = order.release is not None
        self.outcome = Outcome(run_id)
        self.log: Log | None = None

    def run(self) -> None:
        """Does it all; raises nothing."""
        try:
            self._run()
        except Interruption as interruption:
            cause = interruption.cause
            self._end("interrupted", cause.exit_status if isinstance(cause, TwicetoldError) else 3, cause)
        except LockHeld as error:
            self._end("locked", error.exit_status, error)
        except errors.RunCancelled as error:
            self._end("cancelled", error.exit_status, error)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong, the summary says so
            self._end("failed", error.exit_status if isinstance(error, TwicetoldError) else 1, error)
            self._give_up()

    def holds_lock(self) -> bool:
        """Whether the lock is still held, or not needed now."""
        return self._lock.is_held()

    def is_cancelled(self) -> bool:
        """Whether somebody has cancelled the run; not, where the store does not say."""
        if not self._is_in_store or self._engine is None:
            return False
        try:
            with reading(self._engine) as connection:
                return bool(stored_runs.read_run(connection, self.outcome.run_id)["state"] == "cancelled")
        except Exception:  # noqa: BLE001 - who watches the run has more to watch
            return False

    def keep_summary(self, fields: dict[str, Any]) -> None:
        """Keeps the summary with the run, and answers the requests, if the store knows the run and can be reached."""
        if self._engine is None or self.outcome.state in ("interrupted", "locked"):
            return
        with suppress(TwicetoldError), transaction(self._engine) as connection:
            if self._is_in_store:
                stored_runs.set_summary(connection, self.outcome.run_id, self.outcome.exit_status, fields)
            run_id = self.outcome.run_id if self._is_in_store else None
            if self.outcome.exit_status in _LATER:
                return
            requests.end_requests(connection, self._requests, run_id, self.outcome.exit_status)

    def _run(self) -> None:
        holder = holder_name(self.outcome.run_id)
        self._engine = engine = open_usable(services.store(self._order.settings), application=holder)
        with profile_lock(engine, self._name, holder) as lock:
            self._lock = lock
            try:
                self._with_lock(engine)
            finally:
                self._lock = _NO_LOCK

    def _with_lock(self, engine: sa.Engine) -> None:
        from twicetold.runs import workflow  # noqa: PLC0415 - DBOS takes a second to import

        with transaction(engine) as connection:
            forget_workflows(connection, self._name)
            stored_runs.clear_cancelled(connection, self._name)
        if self._order.is_requested and not self._take_requests(engine):
            return self._end("noop", 0)
        model = self._model()
        settings = self._settings(model)
        work = (
            self._released(engine, model, settings) if self._order.release else self._resumed(engine, model, settings)
        )
        work = work or self._begun(engine, model, settings)
        if work is None:
            return self._end("noop", 0)
        with transaction(engine) as connection:
            requests.note_run(connection, self._requests, work.run_id)
        is_published = workflow.release(work) if self._only_publishes else workflow.run_to_end(work)
        self._tell(work)
        if is_published:
            return self._end("published", 0)
        failed = [verdict for verdict in self.outcome.gates if not verdict["passed"]]
        told = "; ".join(f"{each['gate']} is {each['measured']}, the bound {each['bound']}" for each in failed)
        remedy = f"Look at them; 'twicetold runs publish {work.run_id}' releases them."
        return self._end("held", 7, QualityGateFailed(f"the results were kept aside: {told}", remedy=remedy))

    def _take_requests(self, engine: sa.Engine) -> bool:
        """Makes the requests that wait this run's own; says whether there are any."""
        with transaction(engine) as connection:
            rows = requests.waiting_requests(connection, self._name)
            refused = [row["id"] for row in rows if not _is_list_of_scopes(row["scopes"])]
            requests.end_requests(connection, refused, None, InputInvalid.exit_status)
            rows = [row for row in rows if row["id"] not in refused]
            # What a run that died had taken may be answered by its resumption, which read its records before: whoever
            # asked after that waits for the next run.
            rows = [row for row in rows if row["state"] == "working"] or rows
            self._requests = [row["id"] for row in rows]
            requests.take_requests(connection, self._requests)
        asked = [row["scopes"] for row in rows]
        self._scopes = None if None in asked else sorted({scope for scopes in asked for scope in scopes})
        return bool(rows)

    def _resumed(self, engine: sa.Engine, model: Model, settings: Settings) -> Work | None:
        """The run of the same kind that was interrupted last, unless newer results are in force."""
        with transaction(engine) as connection:
            unfinished = stored_runs.unfinished_runs(connection, self._name)
            in_force = stored_runs.run_in_force(connection, self._name)
        wanted = (self._digest(model, settings), __version__, self._scopes)
        for row in unfinished:
            is_same = (row["settings_digest"], row["code_version"], row["scopes"]) == wanted
            if self._order.resume not in (None, row["id"]):
                continue
            if row["state"] != "published" and self._has_decided(engine, row["id"]):
                continue  # a new run obeys, and has what is compared already
            is_newest = (
                in_force is None or in_force["run_id"] == row["id"] or in_force["started_at"] < row["started_at"]
            )
            if is_same and is_newest:
                self._only_publishes = row["state"] == "published"  # and nobody was told
                self._is_about(row["id"], resumes=True)
                return self._work(engine, model, settings, row["id"], row["started_at"])
        if self._order.resume:
            raise RunNotFound(
                f"the run {self._order.resume} cannot go on: profile, program, decisions or results are others by now",
                remedy=f"Run the profile again: twicetold run --profile {self._name}.",
            )
        return None

    def _released(self, engine: sa.Engine, model: Model, settings: Settings) -> Work:
        """The run whose results were kept aside."""
        assert self._order.release is not None
        with transaction(engine) as connection:
            row = stored_runs.read_run(connection, self._order.release)
        if row["profile"] != self._name:
            raise RunNotFound(f"the run {row['id']} is one of the profile {row['profile']!r}, not of {self._name!r}")
        if row["state"] != "held":
            raise RunNotFound(f"the run {row['id']} is {row['state']}; only results that were held can be published")
        if (row["settings_digest"], row["code_version"]) != (self._digest(model, settings), __version__):
            raise RunNotFound(
                f"the run {row['id']} was made by another version of program, model or profile",
                remedy=f"Run the profile again: twicetold run --profile {self._name}.",
            )
        if self._has_decided(engine, row["id"]):
            raise RunNotFound(
                f"since the run {row['id']} was held back, people decided something",
                remedy=f"Run the profile again: twicetold run --profile {self._name}.",
            )
        self._scopes = row["scopes"]
        work = self._work(engine, model, settings, row["id"], row["started_at"])
        with transaction(engine) as connection:
            in_force = stored_runs.run_in_force(connection, self._name)
        work.require_base(in_force)
        self._is_about(row["id"])
        return work

    def _has_decided(self, engine: sa.Engine, run_id: str) -> bool:
        """Whether anybody has decided anything since a run read the decisions."""
        with transaction(engine) as connection:
            parts = stored_runs.read_stage(connection, run_id, "decisions")
            now = stored_decisions.read_decisions(connection, self._name)
        return not parts or unpack(parts[0]) != _said(now)

    def _begun(self, engine: sa.Engine, model: Model, settings: Settings) -> Work | None:
        """A new run over what the source has now; None if all is as it was."""
        from twicetold.runs.reading import read_source  # noqa: PLC0415

        self._is_about(self.outcome.run_id)
        self._stop.check()
        with self._trace.stage("read") as stage:
            found = read_source(self._order.profile)
            found = replace(found, records=found.records.in_order())
            stage.count(records=len(found.records), rejected=len(found.rejected))
        self._stop.check()
        self._require_scopes(engine, found)
        started_at, digest = self._began_at, self._digest(model, settings)
        input_digest = self.outcome.input_digest = found.records.digest
        with transaction(engine) as connection:
            decided = stored_decisions.read_decisions(connection, self._name)
            asked = digest_of(digest, self._destination)
            fingerprint = run_fingerprint(input_digest, found.rejected, asked, model.label, decided)
            in_force = stored_runs.run_in_force(connection, self._name)
            if in_force is not None and _says(in_force, fingerprint, self._scopes):
                settle(connection, self._name, started_at, self._scopes)
                return None
            work = self._work(engine, model, settings, self.outcome.run_id, started_at)
            work.found = found
            work.delivery.prepare()
            self._supersede(connection)
            self._begin(connection, found, started_at, decided, fingerprint, model, digest)
        self._is_in_store = True
        return work

    def _require_scopes(self, engine: sa.Engine, found: Input) -> None:
        """Refuses scopes that no record has, now or as of the results in force."""
        with transaction(engine) as connection:
            known = {*found.records.scopes, *stored_results.scopes_in_force(connection, self._name)}
        if unknown := [scope for scope in self._scopes or () if scope not in known]:
            raise SettingInvalid(
                f"no record of the profile {self._name!r} has the scope {unknown[0]!r}",
                remedy="Name scopes as the records have them; 'twicetold profile check' shows some.",
            )

    def _begin(
        self,
        connection: sa.Connection,
        found: Input,
        started_at: datetime,
        decided: Sequence[Decision],
        fingerprint: str,
        model: Model,
        digest: str,
    ) -> None:
        run_id = self.outcome.run_id
        stored_runs.begin_run(
            connection,
            id=run_id,
            profile=self._name,
            settings_digest=digest,
            code_version=__version__,
            scopes=self._scopes,
            input_digest=self.outcome.input_digest,
            fingerprint=fingerprint,
            model=model.label,
            started_at=started_at,
        )
        stored_runs.keep_stage(connection, run_id, "input", pack_input(found))
        stored_runs.keep_stage(connection, run_id, "decisions", [pack(_said(decided))])

    def _supersede(self, connection: sa.Connection) -> None:
        """Gives up what was interrupted and will not go on, since this run does the same over newer records."""
        for row in stored_runs.unfinished_runs(connection, self._name):
            if self._scopes is None or row["scopes"] == self._scopes:
                if row["state"] == "working":
                    stored_runs.set_state(connection, row["id"], "superseded")
                stored_runs.drop_stages(connection, row["id"])

    def _work(self, engine: sa.Engine, model: Model, settings: Settings, run_id: str, started_at: datetime) -> Work:
        from twicetold.runs.work import Work  # noqa: PLC0415

        return Work(
            engine=engine,
            profile=self._order.profile,
            run_id=run_id,
            scopes=self._scopes,
            started_at=started_at,
            model=model,
            settings=settings,
            memory=self._order.memory,
            work_dir=self._order.settings.work_dir,
            trace=self._trace,
            check=self._stop.check,
        )

    def _model(self) -> Model:
        from twicetold.engines.setup import load_model  # noqa: PLC0415

        with self._trace.stage("load"):
            model = load_model(self._order.settings)
        self.outcome.model = model.label
        return model

    def _settings(self, model: Model) -> Settings:
        from twicetold.engines.setup import pipeline_settings  # noqa: PLC0415

        return pipeline_settings(model, self._order.settings, Constraints(), self._order.profile.separations)

    def _digest(self, model: Model, settings: Settings) -> str:
        chosen = [settings.thresholds.duplicate, settings.thresholds.possible, settings.keeper.order]
        return digest_of(self._order.profile.digest, chosen, model.label)

    @property
    def _destination(self) -> dict[str, Any]:
        """Where the files go: a new place is no reason to compare, but one to publish."""
        return self._order.profile.publish.model_dump(mode="json", exclude={"gates"})

    def _is_about(self, run_id: str, *, resumes: bool = False) -> None:
        """Says which run this is."""
        self.outcome.run_id = run_id
        self.log = self._trace.log = self.log or Log(run_id)
        self._lock.rename(holder_name(run_id))
        self._is_in_store = self._is_in_store or resumes or self._order.release == run_id
        self.log.info("run.started", profile=self._name, scopes=len(self._scopes or ()), resumes=resumes)

    def _tell(self, work: Work) -> None:
        self.outcome.gates = work.concluded["gates"]
        self.outcome.counts = {name: n for name, n in work.concluded["counts"].items() if isinstance(n, int)}
        with transaction(work.engine) as connection:
            self.outcome.findings = stored_runs.read_findings(connection, work.run_id)
        if self.log is not None:
            for finding in self.outcome.findings:
                self.log.finding(finding)

    def _end(self, state: str, exit_status: int, error: BaseException | None = None) -> None:
        self.outcome.state, self.outcome.exit_status, self.outcome.error = state, exit_status, error
        if error is not None and not isinstance(error, TwicetoldError):
            (self.log or Log(self.outcome.run_id)).error("run.crashed", where=_places(error), kind=type(error).__name__)

    def _give_up(self) -> None:
        """A run that has failed for good is not taken up again; results that wait for a person stay."""
        if self._engine is None or self.log is None or self._order.release:
            return
        with suppress(TwicetoldError), transaction(self._engine) as connection:
            if not self._is_in_store:
                stored_runs.note_failed(connection, self.outcome.run_id, self._name, __version__, self._began_at)
                self._is_in_store = True
            elif stored_runs.read_run(connection, self.outcome.run_id)["state"] == "working":
                stored_runs.set_state(connection, self.outcome.run_id, "failed")
                stored_runs.drop_stages(connection, self.outcome.run_id)


def _said(decided: Sequence[Decision]) -> list[list[str]]:
    """Decisions as a run keeps them."""
    return [[each.record_a, each.record_b, str(each.answer)] for each in decided]


def _says(in_force: sa.RowMapping, fingerprint: str, scopes: Sequence[str] | None) -> bool:
    """Whether the results in force are those that a run over some scopes, or over all, would have."""
    return bool(in_force["fingerprint"] == fingerprint) and in_force["scopes"] in (None, scopes)


def _is_list_of_scopes(asked: object) -> bool:
    """Whether a request names scopes as it should; whoever may insert rows may insert anything."""
    return asked is None or (isinstance(asked, list) and asked != [] and all(isinstance(each, str) for each in asked))


def _places(error: BaseException) -> list[str]:
    """Where an error came from; its message is left out, since it may hold a record's text."""
    found, at = [], error.__traceback__
    while at is not None:
        found.append(f"{at.tb_frame.f_globals.get('__name__')}:{at.tb_lineno}")
        at = at.tb_next
    return found[-8:]
