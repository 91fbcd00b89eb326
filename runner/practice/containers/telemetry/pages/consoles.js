"use strict";
// What the consoles' pages have in common. No library, no network but the program's own address.
const base = window.console_values.base;
const COLORS = ["#1f77b4", "#d95f02", "#1b9e77", "#7570b3", "#c2185b", "#66a61e", "#a6761d", "#0097a7", "#5d4037", "#455a64"];
const $ = (id) => document.getElementById(id);

/** An element: make("a", {href: "/x"}, "text", other, …). SVG elements where the name begins with "svg:". */
function make(name, attributes = {}, ...children) {
  const svg = name.startsWith("svg:");
  const made = svg ? document.createElementNS("http://www.w3.org/2000/svg", name.slice(4)) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

function show(where, ...children) { where.replaceChildren(...children.flat().filter(Boolean)); }

/** JSON from the program; its own words where it refuses. */
async function ask(path, options) {
  const answer = await fetch(base + path, options);
  const text = await answer.text();
  let found;
  try { found = JSON.parse(text); } catch { throw new Error(text.trim() || `${answer.status} ${answer.statusText}`); }
  if (!answer.ok) throw new Error(found.error || found.message || found.detail || `${answer.status}`);
  return found;
}

function failed(where, error) { show(where, make("div", {class: "error", role: "alert"}, String(error.message || error))); }

function short(value) {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1e9) return (value / 1e9).toPrecision(3) + "G";
  if (size >= 1e6) return (value / 1e6).toPrecision(3) + "M";
  if (size >= 1e4) return (value / 1e3).toPrecision(3) + "k";
  return size && size < 0.001 ? value.toExponential(1) : String(Number(value.toPrecision(4)));
}

function clock(seconds, withSeconds = false) {
  return new Date(seconds * 1000).toLocaleTimeString([], {hour: "2-digit", minute: "2-digit", second: withSeconds ? "2-digit" : undefined, hour12: false});
}

function seriesName(metric) {
  const labels = Object.entries(metric).filter(([key]) => key !== "__name__").map(([key, value]) => `${key}="${value}"`);
  return (metric.__name__ || "") + (labels.length || !metric.__name__ ? `{${labels.join(", ")}}` : "");
}

/** A line chart. series: [{name, points: [[seconds, value], …]}]; a gap of more than two steps is not drawn over. */
function lineChart(where, series, {start, end, step = 15, height = 260, unit = "", legend = true, stacked = false} = {}) {
  const width = Math.max(320, where.clientWidth - 4 || 800), left = 52, bottom = 22, top = 8, right = 10;
  const values = series.flatMap((each) => each.points.map((point) => point[1])).filter(Number.isFinite);
  if (!values.length) { show(where, make("p", {class: "quiet"}, "No data")); return; }
  const low = Math.min(0, ...values);
  let high = Math.max(...values);
  if (high <= low) high = low + 1;
  const size = 10 ** Math.floor(Math.log10((high - low) / 4));
  const tick = [1, 2, 2.5, 5, 10].map((n) => n * size).find((n) => (high - low) / n <= 5);
  high = Math.ceil(high / tick) * tick;
  const x = (time) => left + (width - left - right) * (time - start) / (end - start);
  const y = (value) => top + (height - top - bottom) * (1 - (value - low) / (high - low));
  const svg = make("svg:svg", {viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": `graph of ${series.length} series`});
  for (let value = Math.ceil(low / tick) * tick; value <= high + tick / 1000; value += tick) {
    svg.append(make("svg:line", {x1: left, x2: width - right, y1: y(value), y2: y(value), stroke: "#e3e7ec"}),
      make("svg:text", {x: left - 6, y: y(value) + 4, "text-anchor": "end"}, short(value) + unit));
  }
  const times = Math.max(2, Math.floor(width / 130));
  for (let n = 0; n <= times; n++) {
    const time = start + (end - start) * n / times;
    const anchor = n === 0 ? "start" : n === times ? "end" : "middle";
    svg.append(make("svg:text", {x: x(time), y: height - 6, "text-anchor": anchor}, clock(time, end - start < 600)));
  }
  series.forEach((each, number) => {
    const color = COLORS[number % COLORS.length];
    let path = "", before = null;
    for (const [time, value] of each.points) {
      if (!Number.isFinite(value)) { before = null; continue; }
      path += `${before !== null && time - before <= step * 2.1 ? "L" : "M"}${x(time).toFixed(1)} ${y(value).toFixed(1)}`;
      before = time;
    }
    const line = make("svg:path", {d: path, fill: "none", stroke: color, "stroke-width": 1.6, "stroke-linecap": "round"});
    line.append(make("svg:title", {}, each.name));
    svg.append(line);
    if (each.points.length === 1) svg.append(make("svg:circle", {cx: x(each.points[0][0]), cy: y(each.points[0][1]), r: 2.5, fill: color}));
  });
  const names = legend ? make("div", {class: "legend"}, series.slice(0, 60).map((each, number) =>
    make("span", {}, make("i", {style: `background:${COLORS[number % COLORS.length]}`}), each.name))) : null;
  show(where, svg, names);
}
