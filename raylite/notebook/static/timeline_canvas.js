// Paints the lanes of a timeline. A canvas, since thousands of bars are moved at each frame.

import { counted, ticksOf } from "./timeline_words.js";

const NARROW = 5;
const CHAR = 6.4;
const FAILED = 1;
const RUNNING = 2;
const NEVER_RAN = 3;

/** The page's colours as they are now; they change with its theme. */
export function coloursOf(root) {
  const style = getComputedStyle(root);
  const get = (name) => style.getPropertyValue(`--raylite-${name}`).trim();
  return {
    text: get("text"),
    detail: get("detail"),
    line: get("line"),
    life: get("life"),
    focus: get("focus"),
    card: get("card"),
    orange: get("orange"),
    failed: get("red"),
    names: ["blue", "green", "pink", "grey"].map(get),
    font: style.fontFamily,
  };
}

/** Makes a canvas as sharp as the screen is. */
export function sharpen(canvas, width, height) {
  const ratio = globalThis.devicePixelRatio || 1;
  const [wide, tall] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== tall) canvas.height = tall;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/** The line with the times below the lanes. */
export function paintAxis(canvas, { width, window, colours }) {
  const context = sharpen(canvas, width, 24);
  context.fillStyle = colours.detail;
  context.font = `12px ${colours.font}`;
  context.textAlign = "center";
  for (const { at, text } of ticksOf(window, Math.max(2, Math.floor(width / 110)))) {
    const x = ((at - window[0]) / (window[1] - window[0])) * width;
    const half = context.measureText(text).width / 2;
    context.fillText(text, Math.min(Math.max(x, half), width - half), 16);
  }
}

/** Everything above it. `scene` has view, bars, cells, window, width, colours and chosen. */
export function paintLanes(canvas, scene) {
  const painter = new Painter(canvas, scene);
  painter.grid();
  scene.view.lanes.forEach((lane) => painter.lane(lane));
  for (const [place, points] of scene.view.depths) painter.depth(scene.view.lanes[place], points);
  painter.cells();
  painter.bars();
  for (const mark of scene.view.marks) painter.mark(mark);
  painter.chosen();
}

class Painter {
  constructor(canvas, scene) {
    Object.assign(this, scene);
    this.context = sharpen(canvas, scene.width, scene.view.height);
    this.scale = scene.width / (scene.window[1] - scene.window[0]);
    this.rowHeight = scene.view.sizes.row;
    this.context.font = `11px ${scene.colours.font}`;
  }

  x(at) {
    return Math.min(Math.max((at - this.window[0]) * this.scale, -2), this.width + 2);
  }

  colour(name) {
    if (name < 0) return this.colours.detail;
    return this.colours.names[this.view.hues[name] % this.colours.names.length];
  }

  grid() {
    const { context } = this;
    context.globalAlpha = 0.5;
    context.fillStyle = this.colours.line;
    for (const { at } of ticksOf(this.window, Math.max(2, Math.floor(this.width / 110)))) {
      context.fillRect(Math.round(this.x(at)), 0, 1, this.view.height);
    }
    context.globalAlpha = 1;
  }

  lane(lane) {
    const { context } = this;
    const first = this.x(lane.born);
    const last = lane.gone === null ? this.width : this.x(lane.gone);
    if (last <= first) return;
    context.fillStyle = this.colours.life;
    context.beginPath();
    context.roundRect(first, lane.y, last - first, lane.height, 3);
    context.fill();
  }

  depth(lane, points) {
    const { context } = this;
    const base = lane.y + lane.depth + this.view.sizes.depth;
    const most = Math.max(...points.map(([, depth]) => depth));
    context.beginPath();
    context.moveTo(this.x(points[0][0]), base);
    for (const [at, depth] of points) {
      context.lineTo(this.x(at), context.lastY ?? base);
      context.lastY = base - (this.view.sizes.depth * depth) / most;
      context.lineTo(this.x(at), context.lastY);
    }
    if (points.at(-1)[1]) context.lineTo(this.width, context.lastY);
    context.lineTo(points.at(-1)[1] ? this.width : this.x(points.at(-1)[0]), base);
    context.lastY = undefined;
    context.globalAlpha = 0.45;
    context.fillStyle = this.colours.orange;
    context.fill();
    context.globalAlpha = 1;
    context.strokeStyle = this.colours.detail;
    context.stroke();
    context.fillStyle = this.colours.text;
    const text = `up to ${counted(most, "call")} held back`;
    const from = Math.max(this.x(points[0][0]), 0) + 4;
    const fits = from + CHAR * text.length < this.width;
    context.textAlign = fits ? "left" : "right";
    context.fillText(text, fits ? from : Math.min(this.x(points[0][0]), this.width) - 4, base - 4);
  }

  cells() {
    const { context } = this;
    for (const cell of this.cellList) {
      const [x, last] = [this.x(cell.start), this.x(cell.end)];
      if (last < 0 || x > this.width) continue;
      const tall = 4 + (this.rowHeight - 4) * cell.busy;
      const y = this.view.lanes[cell.lane].y;
      const width = Math.max(last - x, 1);
      context.globalAlpha = 0.5;
      context.fillStyle = this.colour(cell.name);
      context.fillRect(x, y + this.rowHeight - tall, width, tall);
      context.globalAlpha = 1;
      if (cell.failed) {
        context.fillStyle = this.colours.failed;
        context.fillRect(x, y, width, 4);
      }
    }
    for (const run of this.runs()) this.countOf(run);
  }

  /** Neighbouring cells have one number: how many calls they are together. */
  runs() {
    const runs = [];
    for (const cell of this.cellList) {
      const last = runs.at(-1);
      if (last && last.lane === cell.lane && cell.start - last.end < 2 * (cell.end - cell.start)) {
        last.end = cell.end;
        last.count += cell.count;
      } else runs.push({ lane: cell.lane, start: cell.start, end: cell.end, count: cell.count });
    }
    return runs;
  }

  countOf({ lane, start, end, count }) {
    const [x, last] = [Math.max(this.x(start), 0), Math.min(this.x(end), this.width)];
    const text = counted(count, "call");
    if (last - x < CHAR * text.length + 8) return;
    this.context.fillStyle = this.colours.text;
    this.context.textAlign = "left";
    this.context.fillText(text, x + 5, this.view.lanes[lane].y + 15);
  }

  bars() {
    for (const bar of this.barList) {
      const [x, last] = [this.x(bar.start), this.x(bar.end)];
      if (last < 0 || x > this.width) continue;
      const y = this.view.lanes[bar.lane].y + bar.row * this.rowHeight + 1;
      this.wait(this.x(bar.line), x, y);
      this.bar(bar, x, Math.max(last - x, 1.5), y);
    }
  }

  wait(from, to, y) {
    if (to - from <= NARROW) return;
    const { context } = this;
    context.strokeStyle = this.colours.detail;
    context.setLineDash([2, 3]);
    context.beginPath();
    context.moveTo(from, y + 10);
    context.lineTo(to, y + 10);
    context.stroke();
    context.setLineDash([]);
  }

  bar(bar, x, width, y) {
    const { context } = this;
    const isBad = bar.state === FAILED || bar.state === NEVER_RAN;
    const colour = isBad ? this.colours.failed : this.colour(bar.name);
    const height = this.rowHeight - 2;
    context.fillStyle = colour;
    if (width < NARROW) {
      context.fillRect(x, y, width, height);
      return;
    }
    context.globalAlpha = 0.26;
    context.fillRect(x, y, width, height);
    context.globalAlpha = 1;
    context.strokeStyle = colour;
    if (bar.state === RUNNING) context.setLineDash([4, 3]);
    context.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
    context.setLineDash([]);
    context.fillRect(x, y, 3, height);
    const from = Math.max(x, 0) + 7;
    this.word(bar, isBad ? "✕ " : "", from, x + width - from - 3, y + 14);
  }

  word(bar, sign, x, room, y) {
    const full = sign + this.view.names[bar.name];
    const most = Math.floor(room / CHAR);
    const short = sign + this.view.names[bar.name].split(".").at(-1);
    const cut = most >= 4 ? `${short.slice(0, most - 1)}…` : "";
    const text = full.length <= most ? full : short.length <= most ? short : cut;
    if (!text) return;
    this.context.fillStyle = this.colours.text;
    this.context.textAlign = "left";
    this.context.fillText(text, x, y);
  }

  mark([place, at, sign]) {
    const { context } = this;
    if (at < this.window[0] || at > this.window[1]) return;
    const [x, y] = [this.x(at), this.view.lanes[place].y + 11];
    context.beginPath();
    context.arc(x, y, 8, 0, 2 * Math.PI);
    context.fillStyle = this.colours.card;
    context.fill();
    context.lineWidth = 1.5;
    context.strokeStyle = sign === "✕" ? this.colours.failed : this.colours.names[0];
    context.stroke();
    context.lineWidth = 1;
    context.fillStyle = this.colours.text;
    context.textAlign = "center";
    context.fillText(sign, x, y + 4);
  }

  chosen() {
    const { thing, kind } = this.choice ?? {};
    if (!thing || kind === "mark") return;
    const { context } = this;
    const row = kind === "bar" ? thing.row : 0;
    const y = this.view.lanes[thing.lane].y + row * this.rowHeight;
    const [x, last] = [this.x(thing.start), this.x(thing.end)];
    context.strokeStyle = this.colours.text;
    context.lineWidth = 2;
    context.strokeRect(x - 1, y, Math.max(last - x, 2) + 2, this.rowHeight);
    context.lineWidth = 1;
    if (kind !== "bar" || thing.state === NEVER_RAN) return;
    context.beginPath();
    context.moveTo(this.x(thing.submitted), y + this.rowHeight);
    context.lineTo(x, y + this.rowHeight);
    context.stroke();
  }
}
