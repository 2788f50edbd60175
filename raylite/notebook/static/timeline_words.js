// Durations, sizes and sentences of the timeline. The same as in shown_words_model.py, since a
// thousand bars are not to carry a thousand sentences.

const UNITS = ["B", "kB", "MB", "GB", "TB"];
const STATES = ["finished", "failed", "running", "never ran"];
const SIGNS = ["✓", "✕", "▶", "✕"];

/** What stands where in a bar, as timeline_model.py writes it. */
export function barOf(list) {
  const [lane, row, name, state, start, end, submitted, sent, replied, line, fetched, args, result, owner, error] = list;
  return { lane, row, name, state, start, end, submitted, sent, replied, line, fetched, args, result, owner, error };
}

/** The same for a cell. */
export function cellOf(list) {
  const [lane, start, end, count, failed, busy, name] = list;
  return { lane, start, end, count, failed, busy, name };
}

function three(value) {
  if (value >= 99.95) return value.toFixed(0);
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2).replace(/0$/, "");
}

/** 12.3 µs, 4.56 ms, 7.89 s, 2 min 03 s. */
export function timed(seconds) {
  if (seconds < 0.9995e-3) return `${three(Math.max(seconds, 0) * 1e6)} µs`;
  if (seconds < 0.9995) return `${three(seconds * 1e3)} ms`;
  if (seconds < 60) return `${three(seconds)} s`;
  const whole = Math.round(seconds);
  const two = (number) => String(number).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

/** 812 B, 1.5 kB, 23 MB. */
export function sized(bytes) {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return unit ? `${three(value)} ${UNITS[unit]}` : `${value} B`;
}

/** 1 call, 1,204 calls. */
export function counted(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

/** Round moments in a window, about so many, with their texts. */
export function ticksOf([first, last], most) {
  const span = last - first;
  const power = 10 ** Math.floor(Math.log10(span / most));
  const step = power * ([1, 2, 5, 10].find((one) => span / (one * power) <= most) ?? 10);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const ticks = [];
  for (let at = Math.ceil(first / step - 1e-9); at * step <= last + step * 1e-9; at += 1) {
    ticks.push({ at: at * step, text: `${(at * step).toFixed(digits)} s` });
  }
  return ticks;
}

/** What is told of a call: a heading and its facts. */
export function tellBar(view, bar) {
  const lane = view.lanes[bar.lane];
  const facts = [`${bar.start.toFixed(6)} s to ${bar.end.toFixed(6)} s`];
  if (bar.state === 2) facts[0] = `since ${bar.start.toFixed(3)} s`;
  else if (bar.state !== 3) facts.push(`took ${timed(bar.end - bar.start)}`);
  if (bar.state !== 2) {
    const held = bar.sent - bar.submitted;
    const queued = bar.start - bar.sent - bar.fetched;
    facts.push(`held back by its caller ${timed(held)}`);
    if (bar.state !== 3) facts.push(`on its way and in the queue ${timed(queued)}`);
    if (bar.fetched > 0) facts.push(`arguments fetched in ${timed(bar.fetched)}`);
    if (bar.state !== 3) facts.push(`reply ${timed(bar.replied - bar.end)} later`);
    facts.push(`arguments ${sized(bar.args)}, result ${sized(bar.result)}`);
  }
  if (bar.owner >= 0) facts.push(`called by ${view.callers[bar.owner]}`);
  const where = ["ran in", "ran in", "runs in", "held by"][bar.state];
  facts.push([`${where} ${lane.label}`, lane.detail].filter(Boolean).join(", "));
  const error = bar.error ? ` (${bar.error})` : "";
  return { head: `${SIGNS[bar.state]} ${view.names[bar.name]}: ${STATES[bar.state]}${error}`, facts: facts.join(" · ") };
}

/** What is told of a column of short calls. */
export function tellCell(view, cell) {
  const lane = view.lanes[cell.lane];
  const name = cell.name >= 0 ? ` of ${view.names[cell.name]}` : "";
  const failed = cell.failed ? `, ${cell.failed.toLocaleString("en")} failed` : "";
  return {
    head: `▮ ${counted(cell.count, "short call")}${name}${failed}`,
    facts: [
      `began between ${cell.start.toFixed(6)} s and ${cell.end.toFixed(6)} s`,
      `busy ${Math.round(cell.busy * 100)} % of it`,
      `in ${lane.label}, ${lane.detail}`,
      "zoom in to see them one by one",
    ].join(" · "),
  };
}
