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
const px = (x) => (x === null ? "–" : Number(x.toPrecision(6)).toString());

function cell(row, text, className) {
  const td = row.insertCell();
  td.textContent = text; // text only: names come from the venue and from users
  if (className) td.className = className;
  return td;
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
    tile("Strategies", s.strategies_running, s.strategies_paused ? `${s.strategies_paused} paused` : "running"),
    tile("Orders", s.orders.toLocaleString("en-US")),
    tile("Replaces", s.replaces.toLocaleString("en-US")),
    tile("Cancels", s.cancels.toLocaleString("en-US")),
    tile("Fills", s.fills.toLocaleString("en-US")),
    tile("Rejects", s.rejects),
    tile("Signed actions", s.signed_actions.toLocaleString("en-US")),
    tile("Sockets", s.sockets, `${s.subscriptions} streams`),
    tile("Reconnects", s.reconnects, `${s.lost_responses} lost answers`),
    tile("Address budget", Math.max(0, s.address_cap - s.address_used).toLocaleString("en-US"), "left"),
    tile("Loop lag p99", s.loop_lag_p99_ms.toFixed(1), "ms"),
    tile("Memory", Math.round(s.rss_mb), "MB"),
  );
}

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
  const left = 58, right = width - 8, top = 8, bottom = height - 10;
  const y = (v) => bottom - ((v - low) / (high - low)) * (bottom - top);
  g.font = "11px system-ui";
  g.textAlign = "right";
  g.lineWidth = 1;
  for (let step = 0; step <= 3; step++) {
    const v = low + ((high - low) * step) / 3;
    g.strokeStyle = "#e9edf3";
    g.beginPath(); g.moveTo(left, y(v)); g.lineTo(right, y(v)); g.stroke();
    g.fillStyle = "#6b7585";
    g.fillText(v.toLocaleString("en-US", { maximumFractionDigits: high - low < 10 ? 1 : 0 }), left - 8, y(v) + 4);
  }
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

function drawStrategies(s) {
  const rows = [...s.strategies].sort((a, b) => {
    const order = a[sortBy] < b[sortBy] ? -1 : a[sortBy] > b[sortBy] ? 1 : a.strategy < b.strategy ? -1 : 1;
    return sortDown ? -order : order;
  });
  const widest = Math.max(1, ...rows.map((r) => Math.abs(r.pnl_usd)));
  const body = document.createElement("tbody");
  for (const r of rows) {
    const row = body.insertRow();
    cell(row, r.strategy);
    cell(row, r.kind, "quiet");
    cell(row, r.coins);
    cell(row, r.state, r.state === "running" ? "" : "loss");
    cell(row, signed(r.pnl_usd), "n " + tone(r.pnl_usd));
    const bar = cell(row, "", "bar");
    const box = document.createElement("div"), fill = document.createElement("i");
    fill.className = r.pnl_usd >= 0 ? "gain" : "loss";
    fill.style.width = (50 * Math.abs(r.pnl_usd)) / widest + "%";
    box.append(fill);
    bar.append(box);
    cell(row, Math.round(r.position_usd).toLocaleString("en-US"), "n");
    cell(row, r.orders, "n");
    cell(row, r.fills, "n");
    cell(row, r.handler_us.toFixed(1), "n quiet");
  }
  byId("strategies").tBodies[0].replaceWith(body);
  byId("strategies-count").textContent = `${s.strategies.length} strategies on one account`;
  for (const th of document.querySelectorAll("#strategies th[data-by]"))
    th.classList.toggle("sorted", th.dataset.by === sortBy);
}

function drawPositions(s) {
  const body = document.createElement("tbody");
  for (const p of s.positions) {
    const row = body.insertRow();
    cell(row, p.coin);
    cell(row, px(p.size), "n");
    cell(row, px(p.entry_px), "n");
    cell(row, px(p.mark_px), "n");
    cell(row, Math.round(p.value_usd).toLocaleString("en-US"), "n");
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
    li.append(time, b, " " + entry.text);
    li.title = entry.text;
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
  byId("account").textContent = `${s.account.slice(0, 6)}…${s.account.slice(-4)} · ${s.venue_url}`;
  byId("uptime").textContent = "up " + clock(s.uptime_ms);
  drawTiles(s);
  byId("equity").textContent = "$" + money(s.equity_usd);
  const change = byId("equity-change");
  change.textContent = signed(s.pnl_usd);
  change.className = tone(s.pnl_usd);
  line(byId("equity-line"), [equityLine], ["#0b8457"], false);
  line(byId("rate-line"), [rateLine.map((r) => r[0]), rateLine.map((r) => r[1])], ["#2a6fdb", "#c98a0a"], true);
  drawStrategies(s);
  drawPositions(s);
  drawLog(s);
}

const sent = (s) => s.orders + s.replaces + s.cancels;

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
    if (i) rateLine.push([count - history.sent[i - 1], history.fills[i] - history.fills[i - 1]]);
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
