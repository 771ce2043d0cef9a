"use strict";
// Draws what the trading process sends; the process itself never renders anything.

const HISTORY_MAX = 3600; // points kept for the two lines, one a second
const equityLine = [];
const rateLine = []; // [orders, replaces and cancels; fills] per second
let previous = null; // the snapshot of the last point
let last = null;
let sortBy = "pnl_usd";
let sortDown = true;

const byId = (id) => document.getElementById(id);
const money = (x) => x.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const signed = (x) => (x > -0.005 ? "+" : "−") + money(Math.abs(x));
const tone = (x) => (x > 0.005 ? "gain" : x < -0.005 ? "loss" : "");
const count = (x) => x.toLocaleString("en-US");
const short = (address) => `${address.slice(0, 6)}…${address.slice(-4)}`;
const ADDRESSES = /\b0x[0-9a-fA-F]{40}\b/g;
const several = (n, one, many) => `${count(n)} ${n === 1 ? one : many}`;
const px = (x) => (x === null ? "–" : Number(x.toPrecision(6)).toString().replace("-", "−"));
const whole = (x) => count(Math.round(x)).replace(/^-0$/, "0").replace("-", "−");

function cell(row, text, className) {
  const td = row.insertCell();
  td.textContent = text; // text only: names come from the venue and from users
  if (className) td.className = className;
  return td;
}

function quiet(text) {
  const span = document.createElement("small");
  span.className = "quiet";
  span.textContent = text;
  return span;
}

function clock(ms) {
  const s = Math.floor(ms / 1000);
  const two = (n) => String(n).padStart(2, "0");
  return `${two(Math.floor(s / 3600))}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}

function tile(label, value, note) {
  const div = document.createElement("div");
  div.className = "tile";
  const span = document.createElement("span");
  span.textContent = label;
  const b = document.createElement("b");
  b.textContent = value;
  div.append(span, b);
  if (note) {
    const small = document.createElement("small");
    small.textContent = " " + note;
    div.append(small);
  }
  return div;
}

function drawTiles(s) {
  byId("tiles").replaceChildren(
    tile("Strategies", s.strategies_running, s.strategies_paused ? `running, ${count(s.strategies_paused)} paused` : "running"),
    tile("Orders asked for", count(s.orders), s.refused ? `${count(s.refused)} refused here` : ""),
    tile("Replaces", count(s.replaces)),
    tile("Cancels", count(s.cancels)),
    tile("Fills", count(s.fills)),
    tile("Rejects", count(s.rejects), "by the venue"),
    tile("Signed actions", count(s.signed_actions)),
    tile("Sockets", s.sockets, `${s.subscriptions} streams`),
    tile("Reconnects", s.reconnects, several(s.lost_responses, "lost answer", "lost answers")),
    ...s.accounts.slice(0, 1).map((a) => tile("Actions left", count(a.actions_left), a.forecast)),
    tile("Loop lag p99", s.loop_lag_p99_ms.toFixed(1), "ms"),
    tile("Memory", Math.round(s.rss_mb), "MB"),
  );
}

const fixed = (v, digits) => v.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });

function line(canvas, series, colours, zeroBased) {
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth, height = canvas.clientHeight;
  if (canvas.width !== width * ratio || canvas.height !== height * ratio) {
    canvas.width = width * ratio;
    canvas.height = height * ratio;
  }
  const g = canvas.getContext("2d");
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  g.clearRect(0, 0, width, height);
  const all = series.flat();
  if (all.length < 2) return;
  let low = zeroBased ? 0 : Math.min(...all), high = Math.max(...all);
  if (high - low < 1e-9) { high += 1; if (!zeroBased) low -= 1; }
  const labels = [0, 1, 2, 3].map((step) => low + ((high - low) * step) / 3)
    .map((v) => fixed(v, high - low < 1 ? 2 : high - low < 10 ? 1 : 0));
  g.font = "11px system-ui";
  const left = 14 + Math.max(...labels.map((label) => g.measureText(label).width)), right = width - 8, top = 8, bottom = height - 22;
  const y = (v) => bottom - ((v - low) / (high - low)) * (bottom - top);
  g.textAlign = "right";
  g.lineWidth = 1;
  for (let step = 0; step <= 3; step++) {
    const v = low + ((high - low) * step) / 3;
    g.strokeStyle = "#e9edf3";
    g.beginPath(); g.moveTo(left, y(v)); g.lineTo(right, y(v)); g.stroke();
    g.fillStyle = "#6b7585";
    g.fillText(labels[step], left - 8, y(v) + 4);
  }
  g.fillText("now", right, height - 4);
  g.textAlign = "left";
  g.fillText(ago(series[0].length - 1), left, height - 4);
  series.forEach((points, index) => {
    g.strokeStyle = colours[index];
    g.lineWidth = 1.6;
    g.beginPath();
    points.forEach((v, i) => {
      const x = left + (i / Math.max(1, points.length - 1)) * (right - left);
      if (i) g.lineTo(x, y(v)); else g.moveTo(x, y(v));
    });
    g.stroke();
  });
}

// Points are a second apart.
const ago = (seconds) => (seconds < 120 ? `${seconds} s ago` : `${Math.round(seconds / 60)} min ago`);

// Who spends and trades nothing is dearer than whoever trades at all.
const sortable = (row) => row[sortBy] ?? (row.actions ? Infinity : -Infinity);

function ratio(row) {
  if (row.actions_per_1000_usd !== null) return row.actions_per_1000_usd.toFixed(2);
  return row.actions ? "nothing traded" : "–";
}

function drawStrategies(s) {
  const rows = [...s.strategies].sort((one, other) => {
    const [left, right] = [sortable(one), sortable(other)];
    const order = left < right ? -1 : left > right ? 1 : one.strategy < other.strategy ? -1 : 1;
    return sortDown ? -order : order;
  });
  const widest = Math.max(1, ...rows.map((r) => Math.abs(r.pnl_usd)));
  const body = document.createElement("tbody");
  for (const r of rows) {
    const row = body.insertRow();
    cell(row, r.strategy);
    cell(row, r.kind, "quiet extra roomy");
    cell(row, r.coins, "extra");
    cell(row, r.state, r.state === "running" ? "" : r.state === "paused" ? "paused" : "quiet").title = r.reason;
    cell(row, signed(r.pnl_usd), "n " + tone(r.pnl_usd));
    const bar = cell(row, "", "bar extra roomy");
    const box = document.createElement("div"), fill = document.createElement("i");
    fill.className = r.pnl_usd >= 0 ? "gain" : "loss";
    fill.style.width = (50 * Math.abs(r.pnl_usd)) / widest + "%";
    box.append(fill);
    bar.append(box);
    cell(row, whole(r.position_usd), "n");
    cell(row, count(r.orders), "n");
    cell(row, count(r.fills), "n");
    cell(row, whole(r.traded_usd), "n");
    cell(row, ratio(r), "n");
    cell(row, r.handler_us.toFixed(1), "n quiet extra");
    drawRemarks(body, r);
  }
  byId("strategies").tBodies[0].replaceWith(body);
  byId("strategies-count").textContent = `${several(s.strategies.length, "strategy", "strategies")} on ${several(s.accounts.length, "account", "accounts")}`;
  for (const th of document.querySelectorAll("#strategies th[data-by]")) {
    th.classList.toggle("sorted", th.dataset.by === sortBy);
    th.classList.toggle("up", !sortDown);
  }
}

// Below a strategy's figures: why it is paused, and what it wants shown.
function drawRemarks(body, r) {
  const shown = Object.entries(r.shown).map(([key, value]) => `${key} ${value}`).join(" · ");
  const reason = r.state === "paused" ? r.reason : "";
  if (!reason && !shown) return;
  const remarks = cell(body.insertRow(), reason, "remarks paused");
  remarks.colSpan = 12;
  remarks.title = [reason, shown].filter(Boolean).join("\n");
  if (shown) remarks.append(quiet((reason ? " · " : "") + shown));
}

function trouble(a) {
  if (a.halt_reason) return `halted: ${a.halt_reason}`;
  if (a.key_refusal) return `key refused: ${a.key_refusal}`;
  return a.hold_reason ? `held: ${a.hold_reason}` : "";
}

function drawAccounts(s) {
  const body = document.createElement("tbody");
  for (const a of s.accounts) {
    const row = body.insertRow();
    cell(row, short(a.account)).title = a.account;
    cell(row, a.equity_usd === null ? "–" : money(a.equity_usd), "n");
    cell(row, count(a.actions_left), "n");
    cell(row, a.forecast, a.actions_left ? "" : "loss");
    cell(row, a.min_move_bps, "n extra");
    cell(row, count(a.held_back), "n extra");
    cell(row, count(a.throttled), "n extra" + (a.throttled ? " loss" : ""));
    cell(row, a.lag_ms ? `${(a.lag_ms / 1000).toFixed(1)} s` : "–", "n extra");
    cell(row, trouble(a) || "trading", "why" + (trouble(a) ? " loss" : "")).title = trouble(a);
  }
  byId("accounts").tBodies[0].replaceWith(body);
}

function drawPositions(s) {
  const body = document.createElement("tbody");
  for (const p of s.positions) {
    const row = body.insertRow();
    cell(row, p.coin);
    cell(row, px(p.size), "n");
    cell(row, px(p.entry_px), "n extra");
    cell(row, px(p.mark_px), "n");
    cell(row, whole(p.value_usd), "n");
    cell(row, signed(p.pnl_usd), "n " + tone(p.pnl_usd));
  }
  byId("positions").tBodies[0].replaceWith(body);
}

function drawLog(s) {
  const items = [...s.log].reverse().map((entry) => {
    const li = document.createElement("li");
    li.className = entry.kind;
    const time = document.createElement("time");
    time.textContent = new Date(entry.wall_ms).toISOString().slice(11, 19);
    const b = document.createElement("b");
    b.textContent = entry.kind;
    const text = document.createElement("span");
    text.textContent = entry.text.replace(ADDRESSES, short);
    text.title = entry.text;
    if (entry.details) text.append(quiet("  " + entry.details));
    if (entry.times > 1) text.append(quiet(`  ${count(entry.times)} times`));
    li.append(time, b, text);
    return li;
  });
  byId("log").replaceChildren(...items);
}

function keep(points, value) {
  points.push(value);
  if (points.length > HISTORY_MAX) points.shift();
}

function draw() {
  const s = last;
  if (!s) return;
  const mode = byId("mode");
  mode.textContent = s.mode;
  mode.className = "badge good";
  const accounts = s.accounts.length > 1 ? several(s.accounts.length, "account", "accounts") : short(s.account);
  byId("account").textContent = `${accounts} · ${s.venue_url}`;
  byId("remark").textContent = s.remark;
  byId("data").textContent = Object.entries(s.data_troubles).map(([name, n]) => `${name}: ${count(n)}`).join(" · ");
  byId("uptime").textContent = "up " + clock(s.uptime_ms);
  drawTiles(s);
  byId("equity").textContent = "$" + money(s.equity_usd);
  byId("fees").textContent = money(s.fees_usd);
  const profit = byId("profit");
  profit.textContent = signed(s.pnl_usd);
  profit.className = tone(s.pnl_usd);
  line(byId("equity-line"), [equityLine], ["#0b8457"], false);
  line(byId("rate-line"), [rateLine.map((r) => r[0]), rateLine.map((r) => r[1])], ["#2a6fdb", "#c98a0a"], true);
  drawAccounts(s);
  drawStrategies(s);
  drawPositions(s);
  drawLog(s);
}

const sent = (s) => s.strategies.reduce((sum, row) => sum + row.actions, 0);

function take(s) {
  last = s;
  if (previous && s.uptime_ms - previous.uptime_ms < 950) return;
  keep(equityLine, s.equity_usd);
  if (previous) {
    const seconds = (s.uptime_ms - previous.uptime_ms) / 1000;
    keep(rateLine, [(sent(s) - sent(previous)) / seconds, (s.fills - previous.fills) / seconds]);
  }
  previous = s;
}

async function recall() {
  // What was before somebody looked.
  const history = await (await fetch("/api/history")).json();
  equityLine.push(...history.equity_usd);
  history.sent.forEach((count, i) => {
    // The burst with which a run starts would flatten all the rest.
    if (i > 2) rateLine.push([count - history.sent[i - 1], history.fills[i] - history.fills[i - 1]]);
  });
}

function listen() {
  const link = byId("link");
  const socket = new WebSocket(`ws://${location.host}/live`);
  socket.onopen = () => { link.textContent = "live"; link.className = "badge good"; };
  socket.onmessage = (message) => { take(JSON.parse(message.data)); requestAnimationFrame(draw); };
  socket.onclose = () => {
    link.textContent = "stopped";
    link.className = "badge bad";
    setTimeout(listen, 1500);
  };
}

for (const th of document.querySelectorAll("#strategies th[data-by]"))
  th.addEventListener("click", () => {
    sortDown = sortBy === th.dataset.by ? !sortDown : true;
    sortBy = th.dataset.by;
    draw();
  });
window.addEventListener("resize", draw);
recall().finally(listen);
