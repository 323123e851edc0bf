// The live page: what is new comes from the server that this page came from, and a recording can be asked for.
const Live = {lost: false, asked: ""};
const record = make("div", {id: "record", role: "group"});
byId("choose").before(make("button", {id: "live", onclick: () => go(run.steps.length - 1)}), record);
byId("now").setAttribute("aria-live", "off");  // it changes several times a second

function receive({values, lists}) {
  const latest = view.k >= run.steps.length - 1;
  const kept = Object.fromEntries(Object.entries(lists).map(([name, [count]]) => [name, count]));
  for (const [name, [count, rest]] of Object.entries(lists)) run[name] = (run[name] || []).slice(0, count).concat(rest);
  Object.assign(run, values);
  if ((kept.changes ?? Infinity) <= Changes.at) Object.assign(Changes, {at: -1, findings: new Map()});
  if ("steps" in lists || "lanes" in lists) redraw(kept.steps ?? run.steps.length);
  else {
    listFacts();
    tellLive();
  }
  if ("steps" in lists || "findings" in lists) go(latest ? run.steps.length - 1 : view.k);
}

function redraw(from) {  // but not what somebody is typing in or has the focus on
  indexLanes();
  if (byId("choose").contains(document.activeElement) || byId("go").contains(document.activeElement)) tellLive();
  else controls();
  addSteps(from);
  drawLanes();
  listFacts();
}

function tellLive() {
  const at = byId("live"), latest = view.k >= run.steps.length - 1;
  at.textContent = Live.lost ? word("lost") : `● ${word("live")}: ${run.boxes_now?.join(", ") || word("nobody")}`;
  at.title = word("latest");
  at.classList.toggle("lost", Live.lost);
  at.setAttribute("aria-pressed", String(latest && !Live.lost));
  if (!record.contains(document.activeElement) || document.activeElement.tagName !== "SELECT") tellRecording();
}

function tellRecording() {
  const {state, what, said, page} = run.recording || {}, running = state === "running";
  const list = make("select", {"aria-label": word("torecord"), disabled: running, onchange: (event) => { Live.asked = event.target.value; }},
    ...(run.choices || []).map(([key, said, now]) => make("option", {value: key}, `${now ? "▶ " : ""}${inLanguage(said)}`)));
  const keys = [...list.options].map((option) => option.value), now = (run.choices || []).find((choice) => choice[2]);
  list.value = keys.includes(Live.asked) ? Live.asked : now ? now[0] : keys[0];
  const status = {running: () => [`● ${word("recording")} ${what}: ${said}`], failed: () => [`${word("failed")} ${what}: ${said}`],
    kept: () => [make("a", {href: page, target: "_blank", rel: "noopener"}, `${word("opened")} ${what}`)]}[state];
  const focused = record.contains(document.activeElement) && document.activeElement.tagName;
  record.replaceChildren(list, make("button", {class: "rec", onclick: () => ask(running ? "" : list.value)},
    running ? `■ ${word("stop")}` : `● ${word("torecord")}`), make("span", {role: "status", title: said}, ...(status ? status() : [])));
  if (focused === "BUTTON") record.querySelector("button").focus();
}

async function ask(what) {
  try {
    const answer = await fetch("record", {method: "POST", body: JSON.stringify({what})});
    if (!answer.ok) run.recording = {state: "failed", what: "", said: await answer.text()};
  } catch (error) {
    Live.lost = true;
  }
  tellLive();
}

Extras.push(tellLive);
const source = new EventSource("live");
source.onmessage = (event) => { Live.lost = false; receive(JSON.parse(event.data)); };
source.onerror = () => { Live.lost = true; tellLive(); };
go(run.steps.length - 1);
render();
