"""A lab that is being written, worked through by its author: nothing is locked, and the lab may change on the way."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from runner.labs.model import Command, Lab, Step
from runner.session.consoles import Consoles
from runner.session.events import CLEANUP, SETUP, CommandFinished, Event
from runner.session.session import Session
from runner.session.step_states import CommandState
from runner.session.visit import Visit
from runner.session.walk import Walk


class PreviewWalk(Walk):
    """A walk whose lab can be put in place of the one before; what was done for what stayed the same is kept."""

    def first_to_do(self, step: str) -> Step | None:
        """Nothing is to be done before a step: its author may look at any."""
        return None

    async def replace(self, lab: Lab) -> None:
        """Go on with this lab. Checks that changed are looked at anew; commands are known by their words.

        Between the last look at the old lab and the first at the new one nothing else runs.
        """
        before = {step.id: step for step in self.lab.steps}
        after = {step.id: step for step in lab.steps}
        changed = [each for each in before if each not in after or after[each].checks != before[each].checks]
        while followed := [self._followed.pop(each) for each in changed if each in self._followed]:
            # another step may pass meanwhile, and bring a step that was let go back
            await asyncio.gather(*(each.close() for each in followed))
        self.lab = self.session.lab = lab
        for each in changed:
            self._forget_checks(each)
        for step in lab.steps:
            known = self._outcomes.get(step.id)
            if known is None or len(known) != len(step.checks):
                self._outcomes[step.id] = [None] * len(step.checks)
            if step.id in before:
                self._carry_over(step)
        if not self._record.cleaned:
            self._follow_unlocked()

    def _forget_checks(self, step: str) -> None:
        record = self._record
        for steps in (record.passed, record.reached, record.broken, self._holding):
            steps.discard(step)
        for key in [key for key in record.held if key[0] == step]:
            del record.held[key]
        self._outcomes.pop(step, None)
        record.finished = False

    def _carry_over(self, step: Step) -> None:
        """What ran of a step's commands, by their new numbers."""
        record = self._record
        ran = {at: run for (of, at), run in record.runs.items() if of == step.id}
        for at in ran:
            del record.runs[step.id, at]
        for index, command in enumerate((*step.run, *(step.solution or ()))):
            places = sorted(ran, key=lambda at: at != index)
            same = [at for at in places if _is_of(ran[at], command)]
            if same:
                record.runs[step.id, index] = replace(ran.pop(same[0]), index=index)
        states = self.commands(step.id)
        record.commands_done[step.id] = next(
            (at for at, each in enumerate(states) if not each.good), len(states)
        )

    def _command(self, step: str, index: int) -> CommandState:
        """Never of a command that stood there earlier."""
        run = self._record.runs.get((step, index))
        of = next((each for each in self.lab.steps if each.id == step), None)
        commands = (*of.run, *(of.solution or ())) if of else ()
        if (
            run is not None
            and of is not None
            and (index >= len(commands) or not _is_of(run, commands[index]))
        ):
            return CommandState(running=self._running == (step, index))
        return super()._command(step, index)

    def _tell_of_work(self, event: Event) -> None:
        """A command may have been taken out of the lab while it ran."""
        if isinstance(event, CommandFinished) and event.step not in (SETUP, CLEANUP):
            step = next((each for each in self.lab.steps if each.id == event.step), None)
            if step is None:
                self._tell(event)
                self._look_beside()
                return
            commands = (*step.run, *(step.solution or ()))
            at = [index for index, command in enumerate(commands) if _is_of(event, command)]
            if at and event.index not in at:
                event = replace(event, index=at[0])
        super()._tell_of_work(event)


def _is_of(run: CommandFinished, command: Command) -> bool:
    return run.command in (command.command, command.otherwise)


class PreviewVisit(Visit):
    """A visit whose lab is always the newest that could be read."""

    def walk_of(self, session: Session, consoles: Consoles) -> PreviewWalk:
        return PreviewWalk(session, consoles)
