"""How events change processes and threads: births, programs, ends, orphans, reaping."""

from __future__ import annotations

from dataclasses import replace

from proclab.events import Event, Exec, Exit, Fork, Killed, Orphan, Start, Stopped, Task, Thread, ThreadExit, Wait
from proclab.state import descriptors as fds
from proclab.state import records
from proclab.state.box import Box
from proclab.state.locks import unlock
from proclab.state.records import Process
from proclab.state.signals import ignores


def meet(box: Box, task: Task, proc: Task) -> None:
    """A task that does something exists, whether or not we have seen its birth."""
    if task == proc and task not in box.processes:
        _new_process(box, Process(task))
        if task in box.threads:  # we took it for another's thread
            _thread_over(box, task, box.seq)
            del box.threads[task]
    if task not in box.threads:
        _new_thread(box, task, proc, None)


def _new_process(box: Box, process: Process, table: int = 0) -> None:
    if table:
        box.users[table] = (*box.users.get(table, ()), process.task)
    number = table or fds.new_table(box, process.task)
    box.processes[process.task] = replace(process, table=number)
    if process.parent is not None:
        _adopt(box, process.parent, process.task)


def _new_thread(box: Box, task: Task, proc: Task, born: int | None) -> None:
    maker = box.threads.get(proc)
    mask = maker.blocked if maker else ()
    box.threads[task] = records.Thread(task, proc, born, None, mask, maker.inverted if maker else False)
    if proc in box.processes and box.processes[proc].alive:
        box.members[proc] = (*box.members.get(proc, ()), task)


def _adopt(box: Box, parent: Task, child: Task) -> None:
    box.children[parent] = box.children.get(parent, frozenset()) | {child}


def _descends(box: Box, task: Task | None, ancestor: Task) -> bool:
    while task is not None and task != ancestor:
        task = box.processes[task].parent
    return task is not None


def _disown(box: Box, process: Process) -> None:
    if process.parent in box.children:
        box.children[process.parent] -= {process.task}


def on_start(box: Box, event: Start) -> None:
    process = box.processes[event.proc]
    task = box.at_pid(event.ppid) if event.ppid else None
    parent = box.threads[task].proc if task else None
    if process.parent is None and parent is not None and not _descends(box, parent, event.proc):
        _adopt(box, parent, event.proc)
        process = replace(process, parent=parent, maker=parent)
    if event.task == event.proc and process.born is None:
        process = replace(process, born=event.seq)
    box.processes[event.proc] = process


def on_fork(box: Box, event: Fork) -> None:
    child, parent = event.child, box.processes[event.proc]
    if child is None or child == event.proc or child in box.threads:
        return
    above = parent.parent if "CLONE_PARENT" in event.flags.split("|") else event.proc  # a sibling then, clone(2)
    made = Process(child, above, event.proc, path=parent.path, argv=parent.argv, born=event.seq)
    if event.files and parent.table in box.tables:
        _new_process(box, made, parent.table)
    else:
        _new_process(box, made)
        for fd, entry in list(box.tables.get(parent.table, {}).items()):
            fds.copy_entry(box, box.processes[child].table, fd, entry)
    forker = box.threads[event.task]
    box.threads[child] = records.Thread(child, child, event.seq, None, forker.blocked, forker.inverted)
    box.members[child] = (child,)
    box.handlers[child] = box.handlers.get(event.proc, {})


def on_thread(box: Box, event: Thread) -> None:
    if event.child is not None and event.child not in box.threads:
        _new_thread(box, event.child, event.proc, event.seq)


def on_exec(box: Box, event: Exec) -> None:
    process = box.processes[event.proc]
    for task in (*event.ended, *(member for member in box.members.get(event.proc, ()) if member != event.proc)):
        if task != event.proc and task in box.threads and box.threads[task].proc == event.proc:
            _thread_over(box, task, event.seq)
    if len(box.users.get(process.table, ())) > 1:  # execve(2) unshares the table
        own = dict(box.tables[process.table])
        fds.leave_table(box, event.proc, event, ended=False)
        process = replace(process, table=fds.new_table(box, event.proc, own))
        box.processes[event.proc] = process
    for fd in event.closed:
        fds.drop(box, event, fd)
    ignored = {sig: "ignore" for sig, action in box.handlers.get(event.proc, {}).items() if action == "ignore"}
    box.handlers[event.proc] = ignored
    unlock(box, event.proc, over=False)
    box.processes[event.proc] = replace(process, path=event.path, argv=event.argv)


def on_exit(box: Box, event: Exit) -> None:
    _over(box, event, event.code, "")


def on_killed(box: Box, event: Killed) -> None:
    _over(box, event, None, event.sig)


def _over(box: Box, event: Event, code: int | None, sig: str) -> None:
    """A process has ended: its descriptors are closed, its children orphans, itself a zombie where it has a parent."""
    process = box.processes[event.proc]
    if not process.alive:
        return
    for task in box.members.pop(event.proc, ()):
        _thread_over(box, task, event.seq)
    fds.leave_table(box, event.proc, event, ended=True)
    unlock(box, event.proc)
    parent = box.processes.get(process.parent) if process.parent else None
    waited_for = parent is not None and parent.alive and not ignores(box, parent.task, "SIGCHLD", default=False)
    box.processes[event.proc] = replace(
        process,
        status="zombie" if waited_for else "gone",
        ended=event.seq,
        ended_at=event.t,
        code=code,
        sig=sig,
        table=0,
    )
    if not waited_for:
        _disown(box, process)
    for child in sorted(box.children.pop(event.proc, ())):
        _orphan_of(box, event, child)


def _orphan_of(box: Box, event: Event, child: Task) -> None:
    process = box.processes[child]
    gone = process.status == "zombie"  # init reaps it
    box.processes[child] = replace(process, parent=None, orphaned=event.seq, status="gone" if gone else process.status)


def on_orphan(box: Box, event: Orphan) -> None:
    process = box.processes[event.proc]
    known = event.parent is not None and event.parent in box.processes
    parent = event.parent if known and not _descends(box, event.parent, event.proc) else None
    _disown(box, process)
    since = event.seq if process.orphaned is None else process.orphaned
    box.processes[event.proc] = replace(process, parent=parent, orphaned=since)
    if parent is not None and process.status != "gone":
        _adopt(box, parent, event.proc)


def on_thread_exit(box: Box, event: ThreadExit) -> None:
    if event.task != event.proc:
        _thread_over(box, event.task, event.seq)


def _thread_over(box: Box, task: Task, seq: int) -> None:
    thread = box.threads[task]
    box.waits.pop(task, None)
    box.threads[task] = replace(thread, ended=seq if thread.ended is None else thread.ended)
    if thread.proc in box.members:
        box.members[thread.proc] = tuple(member for member in box.members[thread.proc] if member != task)


def on_wait(box: Box, event: Wait) -> None:
    process = box.processes.get(event.child) if event.child else None
    if process is None or process.task == event.proc:
        return
    if event.how in ("stopped", "continued") and process.alive:
        box.processes[process.task] = replace(process, status="stopped" if event.how == "stopped" else "running")
    if event.reaped and process.reaped is None:
        if process.alive:  # its end is not in the recording
            _over(box, _end_reported_by(event, process.task), event.code, event.sig)
            process = box.processes[process.task]
        _disown(box, process)
        box.processes[process.task] = replace(
            process, status="gone", reaper=event.proc, reaped=event.seq, reaped_at=event.end
        )


def _end_reported_by(event: Wait, child: Task) -> Event:
    """The end of a process as far as the wait that reports it knows."""
    return Exit(seq=event.seq, t=event.end, box=event.box, task=child, proc=child, code=event.code)


def on_stopped(box: Box, event: Stopped) -> None:
    process = box.processes[event.proc]
    if process.alive:
        box.processes[event.proc] = replace(process, status="stopped")
