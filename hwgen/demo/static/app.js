// The page of the demo: takes the stream of frames, draws the newest one, and only what changed.

import { Camera, Timeline, classColour, runs } from "./charts.js$query";

const SILENCE_MS = 7000;        // the server speaks at least every 2 s
const element = (id) => document.getElementById(id);
const format = (value, digits = 0) => value.toLocaleString("en",
  { minimumFractionDigits: digits, maximumFractionDigits: digits }).replace("-", "−");
const percent = (share, digits = 0) => `${format(100 * share, digits)} %`;
const micro = (us) => (us === null || us === undefined ? "–"
  : us < 10000 ? `${format(us, us < 100 ? 1 : 0)} µs` : `${format(us / 1000, 1)} ms`);

const camera = new Camera(element("image"));
const timeline = new Timeline(element("timeline"));
const state = { hello: null, frame: null, drawn: null, paused: false, link: "connecting", fresh: false };
const stamps = [];              // when frames were drawn, of the last two seconds
// For tests and benchmarks: frames drawn so far, frames received, and frames a second of late.
window.hwgen = {
  frames: 0,
  received: 0,
  get fps() {
    const now = performance.now();
    return stamps.filter((stamp) => stamp > now - 2000).length / 2;
  },
};

// Text and attributes, written only if they are others than before.
const written = new WeakMap();
function write(node, name, value) {
  let known = written.get(node);
  if (!known) written.set(node, known = {});
  if (known[name] === value) return;
  known[name] = value;
  if (name === "text") node.textContent = value;
  else if (name === "hidden") node.hidden = value;
  else if (name === "fill") node.style.transform = `scaleX(${value})`;
  else if (name === "class") node.className = value;
  else node.setAttribute(name, value);
}
const say = (id, text) => write(element(id), "text", text);

// The stream.

let source, heard = 0, timer = null;
function connect() {
  clearTimeout(timer);
  source?.close();
  heard = Date.now();
  source = new EventSource(`stream${location.search}`);
  source.onopen = () => link("open");
  source.onerror = () => {
    const refused = source.readyState === EventSource.CLOSED;
    link(refused ? "refused" : "lost");
    if (refused) timer = setTimeout(connect, 2000);
  };
  const on = (name, take) => source.addEventListener(name, (event) => {
    heard = Date.now();
    link("open");
    take(JSON.parse(event.data));
  });
  on("ping", () => {});
  on("hello", start);
  on("answers", (answers) => { timeline.add(answers); state.fresh = true; });
  on("frame", (frame) => {
    window.hwgen.received++;
    state.frame = frame;
    ask();
  });
}
setInterval(() => {
  if (source.readyState !== EventSource.CLOSED && Date.now() - heard > SILENCE_MS) {
    link("lost");
    connect();
  }
}, 1000);

function link(name) {
  if (state.link === name) return;
  state.link = name;
  notice();
}

function notice() {
  const status = state.frame?.status ?? "running";
  const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
  const text = {
    connecting: "Connecting to the demo.",
    lost: "The connection to the demo is lost: trying again. What is shown is old.",
    refused: "The demo refuses this page: open the address that it printed last. Trying again.",
  }[state.link] ?? (state.hello === null ? "Waiting for the demo to start."
    : status !== "running" ? sentence(status)
      : state.paused ? "The display is paused; the board goes on. Press space to go on." : "");
  write(element("notice"), "text", text);
  write(element("notice"), "class", ["lost", "refused"].includes(state.link) || status !== "running" ? "bad" : "");
  write(document.body, "class", ["lost", "refused"].includes(state.link) ? "stale" : "");
}

// What does not change while the demo runs.

let bars = [], layers = new Map();
function start(hello) {
  const { model, board, source: events } = hello;
  Object.assign(state, { hello, frame: null, drawn: null, fresh: true });
  document.title = `${model.name} – hwgen demo`;
  say("network", model.name);
  const [length, hop] = [model.window_us, model.hop_us].map((us) => `${format(us / 1000)} ms`);
  say("about", `${model.dataset}, ${model.classes.length} classes, windows of ${length}, one every ${hop}`);
  const kind = { golden: "golden model, no hardware", rtl: "simulated hardware", serial: "board" }[board.backend]
    ?? board.backend;
  say("backend", board.backend === "golden" ? kind : `${kind}: ${board.title}${board.port ? ` on ${board.port}` : ""}`);
  write(element("backend"), "class", `badge ${board.backend}`);
  write(element("backend"), "hidden", false);
  for (const id of ["synthetic-source", "stamp"]) write(element(id), "hidden", !events.synthetic);
  write(element("synthetic-training"), "hidden", !model.synthetic);
  say("source", `${events.name}, ${events.width} × ${events.height} pixels`);
  element("image").setAttribute("aria-label", `Events of the last moments from ${events.name}, as pixels`);
  const clock = board.clock_hz ? `, clock ${format(board.clock_hz / 1e6, board.clock_hz % 1e6 ? 2 : 0)} MHz` : "";
  say("identity", `${board.title}${clock}, network ${board.network}`);
  camera.clear();
  timeline.reset(model.classes, model.hop_us / 1e6);
  bars = model.classes.map((name, index) => makeBar(name, classColour(index), index));
  element("bars").replaceChildren(...bars.map((bar) => bar.row));
  layers = new Map(model.layers.map((name) => [name, makeLayer(name)]));
  element("spikes").replaceChildren(...[...layers.values()].map((layer) => layer.row));
  notice();
  ask();
}

function make(name, kind, ...children) {
  const node = document.createElement(name);
  node.className = kind;
  node.append(...children);
  return node;
}

function makeBar(name, colour, index) {
  const fill = make("span", "fill"), score = make("span", "score"), mark = make("span", "mark");
  const row = make("div", "bar", mark, make("span", "number", String(index)), make("span", "name", name),
    make("span", "track", fill), score);
  row.style.setProperty("--class", colour);
  for (const [key, value] of [["role", "meter"], ["aria-label", name], ["aria-valuemin", "0"],
    ["aria-valuemax", "100"], ["aria-valuenow", "0"]]) row.setAttribute(key, value);
  return { row, fill, score, mark, name };
}

function makeLayer(name) {
  const fill = make("span", "fill"), share = make("span", "share", "–");
  const row = make("span", "layer", make("span", "name", name), make("span", "track", fill), share);
  return { row, fill, share };
}

// What changes with every frame.

let asked = false, spoken = 0, speaking = null, counting = null;     // numbers change four times a second: a person cannot read faster
function ask() {
  if (asked || state.paused) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    if (!state.paused) draw();
  });
}

// Who wants less motion sees four images a second, and strips that move once a second.
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let scrolledAt = -Infinity, flickeredAt = -Infinity;
function draw() {
  const { hello, frame } = state;
  if (!hello) return;
  const now = performance.now();
  if (state.fresh && !(calm.matches && now - scrolledAt < 1000)) {
    state.fresh = false;
    scrolledAt = now;
    timeline.draw();
    history();
  }
  if (!frame || frame === state.drawn) return;
  if (!calm.matches || now - flickeredAt >= 250) {
    flickeredAt = now;
    camera.draw(frame);
  }
  drawAnswer(frame);
  if (!counting) {
    drawNumbers(frame, hello);
    counting = setTimeout(() => { counting = null; if (state.drawn) drawNumbers(state.drawn, state.hello); }, 250);
  }
  drawEqual(frame, hello);
  notice();
  announce(frame);
  state.drawn = frame;
  window.hwgen.frames++;
  stamps.push(now);
  while (stamps[0] < now - 2000) stamps.shift();
}

function drawAnswer({ shares, scores, winner, label }) {
  const name = (index) => (index === null ? null : state.hello.model.classes[index] ?? `class ${index}`);
  const none = winner === null || !shares;
  say("winner", none ? "no answer yet" : name(winner));
  write(element("winner"), "class", none ? "none" : "");
  element("winner").style.setProperty("--class", none ? "transparent" : classColour(winner));
  say("truth", label === null ? "" : none ? `true class: ${name(label)}`
    : winner === label ? "✓ right" : `✗ the true class is ${name(label)}`);
  write(element("truth"), "class", label === null || none ? "" : winner === label ? "good" : "bad");
  if (!none && state.drawn?.winner !== winner) reveal(bars[winner].row);
  const aloud = performance.now() - spoken > 500;       // for screen readers, twice a second is enough
  if (aloud) spoken = performance.now();
  else speaking ??= setTimeout(() => {                  // the last frame of all is told, too
    speaking = null;
    if (state.frame) drawAnswer(state.frame);
  }, 500);
  bars.forEach((bar, index) => {
    const share = shares?.[index] ?? 0, best = index === winner && !none;
    write(bar.fill, "fill", share.toFixed(3));
    write(bar.score, "text", scores ? format(scores[index]) : "");
    write(bar.row, "class", `bar${best ? " winner" : ""}${index === label ? " true" : ""}`);
    write(bar.mark, "text", best ? "▶" : "");
    if (!aloud) return;
    write(bar.row, "aria-valuenow", String(Math.round(100 * share)));
    write(bar.row, "aria-valuetext", `${percent(share)}${scores ? `, score ${scores[index]}` : ""}${
      best ? ", the answer" : ""}${index === label ? ", the true class" : ""}`);
  });
}

// Where there are more classes than room, the answer's bar comes into sight.
function reveal(row) {
  const list = element("bars");
  if (list.scrollHeight <= list.clientHeight) return;
  const top = row.getBoundingClientRect().top - list.getBoundingClientRect().top + list.scrollTop;
  list.scrollTop = top - (list.clientHeight - row.clientHeight) / 2;
}

function drawNumbers(frame, hello) {
  say("rate", format(frame.events_per_s));
  say("latency", micro(frame.latency_us));
  say("latency-note", typeof frame.latency_us !== "number" ? "no hardware counts it"
    : `counted in hardware, ${percent(frame.latency_us / hello.model.hop_us, 1)} busy`);
  say("round-trip", micro(frame.round_trip_us));
  const known = frame.correct !== null && frame.labelled > 0;
  say("windows-name", known ? "Right answers" : "Windows");
  say("windows", known ? percent(frame.correct / frame.labelled, 1) : format(frame.windows));
  say("windows-note", known ? `${format(frame.correct)} of ${format(frame.labelled)} windows` : "answered");
  for (const name of ["refused", "merged", "outside", "untimely"]) say(name, format(frame[name]));
  write(element("refused").parentNode, "class", frame.refused ? "bad" : "");
  for (const [name, layer] of layers) {
    const share = frame.spikes?.[name];
    write(layer.fill, "fill", (share ?? 0).toFixed(3));
    write(layer.share, "text", share === undefined ? "–" : percent(share, 1));
  }
}

function drawEqual({ compared, equal, different }, hello) {
  const badge = element("equal"), wrong = compared - equal;
  const which = different.length ? `: window${different.length > 1 ? "s" : ""} ${different.slice(0, 4).join(", ")}${
    wrong > Math.min(4, different.length) ? ", …" : ""}` : "";
  const none = hello.board.backend === "golden";        // then equality says nothing of hardware
  write(badge, "hidden", none && !compared);
  write(badge, "class", `badge ${wrong ? "differs" : compared && !none ? "equals" : ""}`);
  write(badge, "text", !compared ? "board = golden: no window compared yet"
    : `${none ? "no board, link" : "board"} ${wrong ? "≠" : "="} golden: ${format(equal)} of ${format(compared)} windows equal${
      wrong ? `; ${format(wrong)} differ${wrong > 1 ? "" : "s"}${which}` : ""}`);
  say("alarm", wrong ? `The board differs from the golden model${which}` : "");
}

// The change of the winner, aloud, at most once a second.

let said = null, saidAt = -Infinity, later = null;
function announce(frame) {
  if (frame.winner === null || frame.winner === said || later) return;
  const wait = saidAt + 1000 - performance.now();
  if (wait > 0) {
    later = setTimeout(() => { later = null; if (state.drawn) announce(state.drawn); }, wait);
    return;
  }
  [said, saidAt] = [frame.winner, performance.now()];
  say("announce", state.hello.model.classes[frame.winner] ?? `class ${frame.winner}`);
}

// The timeline in words, at most once a second.

let toldAt = -Infinity;
function history() {
  const now = performance.now(), { answers } = timeline;
  if (now - toldAt < 1000) return;
  toldAt = now;
  const known = answers.filter((answer) => answer.label !== null);
  const right = known.filter((answer) => answer.label === answer.winner).length;
  element("timeline").setAttribute("aria-label", answers.length
    ? `Strips of ${answers.length} answers${known.length ? `, ${right} of ${known.length} right` : ""}`
    : "No answers yet");
  say("timeline-legend", known.length ? `${percent(right / known.length)} right; a red line marks wrong answers` : "");
  if (element("recent").open) table();
}

function table() {
  const { classes } = state.hello.model;
  const cells = runs(timeline.answers, "winner", timeline.hop).slice(-12).reverse().map((run) => {
    const inside = timeline.answers.filter((answer) => answer.time_s > run.from && answer.time_s <= run.to);
    const labels = [...new Set(inside.map((answer) => answer.label).filter((label) => label !== null))];
    return [`${run.from.toFixed(1)} s`, `${run.to.toFixed(1)} s`, classes[run.value] ?? run.value,
      labels.map((label) => classes[label] ?? label).join(", ") || "–", run.count];
  });
  element("rows").replaceChildren(...cells.map((row) => (
    make("tr", "", ...row.map((cell) => make("td", "", String(cell)))))));
}

// Controls.

function pause() {
  state.paused = !state.paused;
  element("pause").setAttribute("aria-pressed", String(state.paused));
  element("pause").firstChild.textContent = state.paused ? "Go on " : "Pause ";
  notice();
  ask();
}

element("pause").addEventListener("click", pause);
element("help").addEventListener("click", () => element("keys").showModal());
element("recent").addEventListener("toggle", () => { if (state.hello) table(); });
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || element("keys").open) return;
  if (event.key === "?") element("keys").showModal();
  else if (event.key === " " && !event.target.closest?.("button, summary, a")) {
    event.preventDefault();
    if (!event.repeat) pause();
  }
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  camera.theme();
  timeline.draw();
});
connect();
