"""Work: what one run does, step by step; a step that is done again gives the same, so a run can stop anywhere.

Steps hand on what they found through the store, so that the next one may happen in another process. Nothing is
visible to others before :meth:`Work.publish`, one transaction that replaces the results in force.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from twicetold.decisions import Answer, Constraints, Decision, conflicts
from twicetold.engines.gathering import gather
from twicetold.engines.packing import unpack_scope
from twicetold.errors import DecidedMeanwhile, RunNotFound
from twicetold.findings import Finding, Severity
from twicetold.matching.identity import identify
from twicetold.matching.plan import plan, scope_rows
from twicetold.platform.container import return_memory
from twicetold.records import Records
from twicetold.runs import anchors, gates
from twicetold.runs.cluster import SparkBlocks, steps
from twicetold.runs.comparing import Blocks
from twicetold.runs.delivery import Delivery
from twicetold.runs.fingerprint import scope_digests
from twicetold.runs.packing import pack, unpack, unpack_input
from twicetold.runs.rows import row_of_change, rows_of_pairs, rows_of_scopes
from twicetold.store import decisions as stored_decisions
from twicetold.store import records as stored_records
from twicetold.store import results as stored_results
from twicetold.store import runs as stored_runs
from twicetold.store.engine import transaction
from twicetold.store.puts import settle
from twicetold.store.vectors import keep_vectors
from twicetold.text.abbreviations import learn

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    import sqlalchemy as sa

    from twicetold.model.artifact import Model
    from twicetold.pipeline import Result, Settings
    from twicetold.runs.comparing import Comparison
    from twicetold.runs.profile import Profile
    from twicetold.runs.summary import Trace
    from twicetold.sources.input import Input
    from twicetold.text.abbreviations import Learned


@dataclass(kw_only=True)
class Work:
    """One run of a profile, as far as this process is concerned.

    Attributes:
        engine: The store.
        profile: What is run.
        run_id: Which run it is.
        scopes: The scopes that were asked for; None for all.
        started_at: When the run began; all its rows carry this time.
        model: Compares the texts.
        settings: How, without what people decided.
        memory: Bytes that may be used; None for no limit.
        work_dir: Where what does not fit into memory is kept meanwhile; None for the system's folder.
        trace: Times the steps.
        check: Called now and then; it raises where the work must stop.
    """

    engine: sa.Engine
    profile: Profile
    run_id: str
    scopes: Collection[str] | None
    started_at: datetime
    model: Model
    settings: Settings
    memory: int | None
    work_dir: Path | None
    trace: Trace
    check: Callable[[], None]
    _blocks: Comparison | None = field(default=None, init=False)

    @cached_property
    def found(self) -> Input:
        """What the run has read."""
        found = unpack_input(self._stage("input"))
        return replace(found, records=found.records.in_order())

    @cached_property
    def decisions(self) -> list[Decision]:
        """What people had decided when the run began."""
        return [Decision(a, b, Answer(answer)) for a, b, answer in unpack(self._stage("decisions")[0])]

    @cached_property
    def chosen(self) -> Settings:
        """How records are compared and grouped."""
        return replace(self.settings, constraints=Constraints.of(self.decisions))

    @cached_property
    def learned(self) -> Learned:
        """What the texts teach, those of other scopes too."""
        records = self.found.records
        return learn(records.texts, records.scopes, self.model.lexicon, self.model.is_known)

    def plan(self) -> int:
        """Finds out which scopes have to be compared; returns into how many blocks they are divided."""
        with self.trace.stage("plan") as stage:
            records = self.found.records
            rows = scope_rows(records)
            names = [records.scopes[int(scope[0])] for scope in rows]
            digests = scope_digests(records, rows, self.learned, self.chosen, self.model.label)
            with transaction(self.engine) as connection:
                kept = stored_results.compared_digests(connection, self.profile.name)
                wanted = self._wanted(connection, names)
            chosen = [place for place, name in enumerate(names) if wanted is None or name in wanted]
            todo = [rows[place] for place in chosen if (names[place], digests[names[place]]) not in kept]
            part = records.take(np.concatenate(todo).tolist()) if todo else Records([], [], [])
            blocks = steps(plan(part, None).blocks) if self.profile.spark else plan(part, self.memory).blocks
            planned = {
                "digests": {names[place]: digests[names[place]] for place in chosen},
                "gone": sorted(wanted - set(names)) if wanted is not None else [],
                "blocks": [[part.scopes[int(scope[0])] for scope in block] for block in blocks],
            }
            with transaction(self.engine) as connection:
                stored_runs.keep_stage(connection, self.run_id, "plan", [pack(planned)])
            stage.count(scopes=len(chosen), scopes_to_compare=len(todo), records_to_compare=len(part))
            return len(blocks)

    def compare(self, number: int) -> None:
        """Compares the scopes of one block and keeps what came of it."""
        with self.trace.stage("compare") as stage:
            self.check()
            blocks = self._comparison()
            block = blocks.compare(number)
            digests = self._planned["digests"]
            rows = [(name, digests[name], content) for name, content in block.scopes.items()]
            with transaction(self.engine) as connection:
                keep_vectors(connection, self.model.encoding, block.vectors)
                stored_results.keep_compared(connection, self.profile.name, rows)
                told = pack({"done": number + 1, "of": len(blocks.blocks)})
                stored_runs.keep_stage(connection, self.run_id, "compared", [told])
            if self.trace.log is not None:
                self.trace.log.progress("compare", number + 1, len(blocks.blocks))
            stage.count(scopes=len(rows), texts_encoded=block.encoded, texts_compared=block.new, records=block.records)

    def conclude(self) -> bool:
        """Makes groups that last of what was compared, and holds them to the gates; says whether they pass."""
        with self.trace.stage("conclude") as stage:
            if self._blocks is not None:
                self._blocks.close()
                self._blocks = None
            self._let_go()
            with transaction(self.engine) as connection:
                former = stored_results.groups_in_force(connection, self.profile.name)
                last = stored_runs.run_in_force(connection, self.profile.name)
            identified = identify(former, self._gathered.groups, set(self._gathered.records.ids))
            measured = gates.measure(self._gathered, len(self.found.rejected))
            verdicts = gates.judge(self.profile.publish.gates, measured, last["counts"] if last else None)
            concluded = {
                "ids": [group.id for group in identified.groups],
                "changes": [row_of_change(change) for change in identified.changes],
                "base": last["run_id"] if last else None,
                "counts": measured,
                "gates": verdicts,
            }
            with transaction(self.engine) as connection:
                stored_runs.keep_stage(connection, self.run_id, "conclusion", [pack(concluded)])
                stored_runs.keep_findings(connection, self.run_id, self._gathered.findings)
            stage.count(groups=len(identified.groups), changes=len(identified.changes))
            return all(verdict["passed"] for verdict in verdicts)

    def hold(self) -> None:
        """Keeps the results aside until a person has looked at them and releases them."""
        self.delivery.set_aside(self.result, self.concluded["changes"])
        counts = self.concluded["counts"]
        with transaction(self.engine) as connection:
            stored_runs.require_not_cancelled(connection, self.run_id)
            for row in stored_runs.runs_in(connection, self.profile.name, "held"):
                if self.scopes is None or row["scopes"] == self.scopes:  # this one says it all, and is newer
                    stored_runs.set_state(connection, row["id"], "superseded")
                    stored_runs.drop_stages(connection, row["id"])
            stored_runs.set_state(connection, self.run_id, "held", counts=counts)
        self._clear_aside()

    def deliver(self) -> None:
        """Puts the files of the run where nobody looks for them yet."""
        with self.trace.stage("deliver") as stage:
            self.check()
            with transaction(self.engine) as connection:
                last = stored_runs.run_in_force(connection, self.profile.name)
            self.require_base(last)
            stage.count(files=self.delivery.deliver(self.result, self.concluded["changes"]))

    def publish(self) -> None:
        """Replaces the results in force, in one transaction."""
        with self.trace.stage("publish") as stage:
            result, planned, records = self.result, self._planned, self.found.records
            self._let_go()
            with transaction(self.engine) as connection:
                last = stored_runs.run_in_force(connection, self.profile.name, lock=True)
                if last is not None and last["run_id"] == self.run_id:
                    return  # it was cut off before anybody noted that this was done
                stored_runs.require_not_cancelled(connection, self.run_id)
                self.require_base(last)
                self._require_obedient(connection, result)
                self._publish(connection, result, planned, records, stage.count)

    def announce(self) -> None:
        """Points those who look for files to the new ones, and clears up."""
        with self.trace.stage("announce"):
            self.delivery.announce(lambda: (self.result, self.concluded["changes"]))
            with transaction(self.engine) as connection:
                stored_runs.drop_stages(connection, self.run_id)
                stored_results.prune_compared(connection, self.profile.name, self._planned_by_others(connection))
            self._clear_aside()

    def _clear_aside(self) -> None:
        """Takes away the files of runs that were held back and wait for nobody any more."""
        with transaction(self.engine) as connection:
            held = stored_runs.runs_in(connection, self.profile.name, "held")
        self.delivery.clear_aside({row["id"] for row in held})

    @cached_property
    def result(self) -> Result:
        """What the run found, with the groups' lasting ids, the findings about its input first."""
        ids = self.concluded["ids"]
        groups = tuple(replace(group, id=name) for group, name in zip(self._gathered.groups, ids, strict=True))
        return replace(self._gathered, groups=groups)

    @cached_property
    def concluded(self) -> dict[str, Any]:
        """What :meth:`conclude` left: ids of groups, changes, counts, and verdicts of the gates."""
        return dict(unpack(self._stage("conclusion")[0]))

    def require_base(self, last: sa.RowMapping | None) -> None:
        """Refuses results that were compared with others than those in force: ids and changes of groups would be wrong.

        Args:
            last: The run in force, which may be this one; None if there is none.

        Raises:
            RunNotFound: It is another one.
        """
        if (last["run_id"] if last else None) not in (self.concluded["base"], self.run_id):
            raise RunNotFound(f"other results are in force than when {self.run_id} was compared with them")

    def _require_obedient(self, connection: sa.Connection, result: Result) -> None:
        """Nobody's "different" is broken, not even one that was said while the run was at work."""
        group_of = {member: group.id for group in result.groups for member in group.members}
        apart = Constraints.of(stored_decisions.read_decisions(connection, self.profile.name)).cannot_link
        broken = [pair for pair in sorted(apart) if group_of.get(pair[0], "a") == group_of.get(pair[1], "b")]
        if broken:
            message = f"while the run was at work, {len(broken):,} pairs in its groups were decided to be different"
            raise DecidedMeanwhile(message)

    def _planned_by_others(self, connection: sa.Connection) -> set[tuple[str, str]]:
        """Scope and digest of what interrupted and held runs of the profile still need."""
        needed: set[tuple[str, str]] = set()
        for row in stored_runs.runs_in(connection, self.profile.name, "working", "held"):
            for content in stored_runs.read_stage(connection, row["id"], "plan"):
                needed |= set(unpack(content)["digests"].items())
        return needed

    @cached_property
    def delivery(self) -> Delivery:
        return Delivery(self.profile, self.run_id, self.started_at, self.found)

    def _publish(
        self,
        connection: sa.Connection,
        result: Result,
        planned: Mapping[str, Any],
        records: Records,
        count: Callable[..., None],
    ) -> None:
        name, at = self.profile.name, self.started_at
        digests = planned["digests"]
        in_force = stored_results.scopes_in_force(connection, name)
        changed = {scope for scope, digest in digests.items() if in_force.get(scope) != digest}
        gone = set(in_force) - set(digests) if self.scopes is None else set(planned["gone"])
        rows = [row for row, scope in enumerate(records.scopes) if scope in digests]
        read = None if self.scopes is None else {*digests, *gone}
        seen = stored_records.publish_records(connection, name, at, map(records.__getitem__, rows), read)
        settle(connection, name, at, read)
        stored_results.publish_scopes(
            connection,
            name,
            at,
            gone=changed | gone,
            fresh=rows_of_scopes(result, digests, changed),
            found_groups=(group for group in result.groups if group.scope in changed),
            found_pairs=rows_of_pairs(result, changed),
        )
        stored_results.add_changes(connection, name, self.run_id, at, self.concluded["changes"])
        anchors.anchor(connection, name, result.records, self.model.lexicon, self.decisions)
        stored_runs.set_in_force(
            connection, name, self.run_id, stored_runs.read_run(connection, self.run_id)["fingerprint"], at
        )
        stored_runs.set_state(connection, self.run_id, "published", counts=self.concluded["counts"])
        count(scopes_changed=len(changed), scopes_gone=len(gone), **{f"records_{kind}": n for kind, n in seen.items()})

    def _let_go(self) -> None:
        """Gives up what comparing needed, before results and files need room."""
        self.model.let_go()
        self.__dict__.pop("_part", None)
        return_memory()

    @cached_property
    def _gathered(self) -> Result:
        """The results of all scopes as one: those of this run, and of a run over some scopes the others in force."""
        # What is read from the store is read first: SQLite has one transaction at a time.
        planned, chosen, learned = self._planned, self.chosen, self.learned
        digests, records = dict(planned["digests"]), self.found.records
        with transaction(self.engine) as connection:
            if self.scopes is not None:
                stored = stored_records.read_records(connection, self.profile.name)
                touched = {*digests, *planned["gone"]}
                fresh = [records[row] for row, scope in enumerate(records.scopes) if scope in digests]
                records = Records.of([*(each for each in stored if each.scope not in touched), *fresh]).in_order()
                in_force = stored_results.scopes_in_force(connection, self.profile.name)
                digests = {scope: digest for scope, digest in in_force.items() if scope not in touched} | digests
            rows = {records.scopes[int(scope[0])]: scope for scope in scope_rows(records)}
            contents = stored_results.read_compared(connection, self.profile.name, {s: digests[s] for s in rows})
            results = (unpack_scope(content, scope, rows[scope]) for scope, content in contents)
            gathered = gather(records, results, self.model, chosen, learned)
        return replace(gathered, findings=(*self.found.findings, *gathered.findings, *self._about_decisions(records)))

    def _about_decisions(self, records: Records) -> Iterator[Finding]:
        if found := conflicts(self.chosen.constraints):
            listed = "; ".join(map(str, found[:5])) + ("; ..." if len(found) > 5 else "")
            message = f"decisions contradict each other, and 'different' was obeyed: {listed}"
            yield Finding(Severity.WARNING, "decisions-conflict", message, len(found))
        with transaction(self.engine) as connection:
            yield from anchors.about_edited(connection, self.profile.name, records, self.model.lexicon)

    @cached_property
    def _planned(self) -> dict[str, Any]:
        return dict(unpack(self._stage("plan")[0]))

    @cached_property
    def _part(self) -> Records:
        """The records of the scopes that have to be compared."""
        todo = {scope for block in self._planned["blocks"] for scope in block}
        records = self.found.records
        return records.take([row for row, scope in enumerate(records.scopes) if scope in todo])

    def _comparison(self) -> Comparison:
        if self._blocks is None:
            rows = {self._part.scopes[int(scope[0])]: scope for scope in scope_rows(self._part)}
            blocks = [[rows[scope] for scope in block] for block in self._planned["blocks"]]
            if self.profile.spark:
                master = self.profile.spark.master
                self._blocks = SparkBlocks(
                    self._part, blocks, self.model, self.chosen, self.learned, master, self.check
                )
                return self._blocks
            with transaction(self.engine) as connection:
                in_force = stored_results.scopes_in_force(connection, self.profile.name)

            def read_past(connection: sa.Connection, names: Collection[str]) -> Iterator[tuple[str, bytes]]:
                digests = {name: in_force[name] for name in names if name in in_force}
                return stored_results.read_compared(connection, self.profile.name, digests)

            self._blocks = Blocks(
                self._part,
                blocks,
                self.model,
                self.chosen,
                self.learned,
                self.engine,
                self.check,
                read_past,
                self.work_dir,
            )
        return self._blocks

    def _wanted(self, connection: sa.Connection, names: Collection[str]) -> set[str] | None:
        """The scopes that were asked for, with those that records moved from or to; None for all."""
        if self.scopes is None:
            return None
        before = stored_records.record_scopes(connection, self.profile.name)
        now = dict(zip(self.found.records.ids, self.found.records.scopes, strict=True))
        moves = [{before[record], scope} for record, scope in now.items() if before.get(record, scope) != scope]
        wanted = set(self.scopes) & {*names, *before.values()}
        while more := {scope for move in moves if move & wanted for scope in move} - wanted:
            wanted |= more
        return wanted

    def _stage(self, name: str) -> list[bytes]:
        with transaction(self.engine) as connection:
            return stored_runs.read_stage(connection, self.run_id, name)
