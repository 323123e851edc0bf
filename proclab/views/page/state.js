// The state after a step, from the differences that proclab's reducer has left with each step.
view.std = run.steps.some((step) => ["dup", "close", "open"].includes(step.kind) && step.fds.some((fd) => fd <= 2));
const Changes = {at: -1, findings: new Map(), fresh: new Set()};

function stateAt(k) {
  if (k < Changes.at) Object.assign(Changes, {at: -1, findings: new Map()});
  Changes.fresh = new Set();
  while (Changes.at < k) {
    Changes.at += 1;
    for (const [name, value] of Object.entries(run.changes[Changes.at] || {})) {
      if (value === null) Changes.findings.delete(name);
      else Changes.findings.set(name, value);
    }
  }
  const now = run.changes[k] || {};
  const state = {process: [], thread: [], fd: [], description: [], object: new Map(), wait: new Map(), lock: []};
  for (const [name, value] of Changes.findings) take(state, name.split("\t"), value, name in now);
  state.process.sort((a, b) => order(a) - order(b));
  return state;
}
const laneOf = new Map();
function indexLanes() {
  laneOf.clear();
  run.lanes.forEach((lane, number) => laneOf.set(lane.box + "\t" + lane.task, number));
}
const order = (one) => laneOf.get(one.key) ?? 1e9;
const calledAs = (key) => { const lane = run.lanes[laneOf.get(key)]; return lane ? lane.name : key.split("\t")[1]; };

function take(state, [kind, box, one, two], value, fresh) {
  const key = box + "\t" + one;
  if (kind === "P") {
    const [parent, status, end, orphan, program] = value;
    state.process.push({key, box, parent: parent && box + "\t" + parent, status, end, orphan, program, fresh});
  } else if (kind === "T") state.thread.push({key, box, proc: box + "\t" + value, fresh});
  else if (kind === "F") state.fd.push({proc: key, fd: Number(two), of: box + "\t" + value[0], cloexec: value[1], fresh});
  else if (kind === "D") state.description.push({key, obj: box + "\t" + value[0], mode: value[1], nonblock: value[2], fresh});
  else if (kind === "O") {
    const [what, peer, addr, local, listening, bytes, peerBox] = value;
    state.object.set(key, {key, name: one, what, peer: peer && `${peerBox || box}\t${peer}`, elsewhere: peerBox, addr, local, listening, bytes, fresh});
  } else if (kind === "W") {
    const [call, on, fds, obj, name, ends] = value;
    state.wait.set(key, {key, call, on, fds, obj, name, ends: ends.map((task) => box + "\t" + task)});
  } else if (kind === "L") state.lock.push({name: one, owners: value.map((owner) => box + "\t" + owner)});
}

function waiting(wait) {  // in a few words
  if (wait.on === "lock") return `${word("waits")}: ${wait.name}`;
  if (wait.on === "fd" && wait.fds.length) return `${word("waits")}: ${wait.call} fd ${wait.fds.join(", ")}`;
  if (wait.on === "fds" && wait.fds.length) return `${word("waits")}: ${wait.call} fd ${wait.fds.join(", ")}`;
  return `${word("waits")}: ${wait.on === "sleep" ? "sleep" : wait.call || wait.name}`;
}
const thing = (name) => name.replace(/^(file|dir|tty|device):/, "").replace(/^fifo:/, "FIFO ");

const dead = () => new Set(run.findings.filter((finding) => finding.kind === "deadlock" && finding.step <= view.k && view.k < finding.until)
  .flatMap((finding) => finding.tasks.map((task) => finding.box + "\t" + task)));
