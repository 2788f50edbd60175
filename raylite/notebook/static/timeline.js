// The timeline: lanes that can be zoomed and moved. The browser has a bounded number of bars and
// cells; a deeper look asks the kernel for others, and does with what it has until they come.

import { h, inFrames, list, liveView, setShown, setText } from "./dom.js";
import { coloursOf, paintAxis, paintLanes } from "./timeline_canvas.js";
import { barOf, cellOf, tellBar, tellCell } from "./timeline_words.js";

const ASK_AFTER_MS = 150;
const GROW_EVERY_MS = 250;
const LOOK_AGAIN_MS = 200;
const NEAR = 4;
const RUNNING = 2;
const HINT = "Hover over a call, or press . and , to go from call to call.";
const KEYS = "Keys: + and − zoom, ← → move, ↑ ↓ lane, . and , call, 0 all. With the mouse: drag, Ctrl and wheel.";

export default liveView("timeline", (root, { send, speak, signal }) => {
  let [view, bars, cells] = [null, [], []];
  let window = [0, 1];
  let isFollowing = true;
  let arrivedAt = 0;
  let choice = null;
  let [timer, later] = [0, 0];

  const title = h("strong", {});
  const button = (sign, label, act) =>
    h("button", { type: "button", class: "raylite-button", "aria-label": label, title: label, onclick: act }, sign);
  const tools = h("div", { class: "raylite-tools", role: "group", "aria-label": "Zoom and move" },
    button("−", "Zoom out (key −)", () => zoom(2)),
    button("+", "Zoom in (key +)", () => zoom(0.5)),
    button("◀", "Earlier (key ←)", () => move(-0.25)),
    button("▶", "Later (key →)", () => move(0.25)),
    button("All", "Show all (key 0)", () => showAll()));
  const labels = h("div", { class: "raylite-lanes" });
  const canvas = h("canvas", {
    tabindex: "0", role: "application", "aria-roledescription": "timeline",
    "data-lm-suppress-shortcuts": "true",
  });
  const axis = h("canvas", { "aria-hidden": "true" });
  const pane = h("div", { class: "raylite-pane" }, labels, h("div", { class: "raylite-field" }, canvas));
  const head = h("div", {}, HINT);
  const facts = h("div", { class: "raylite-detail" });
  const told = h("div", { class: "raylite-told" }, head, facts);
  const notes = h("div", { class: "raylite-detail" });
  root.append(h("div", { class: "raylite-top" }, title, tools), pane,
    h("div", { class: "raylite-axis" }, axis), told, legend(), notes,
    h("div", { class: "raylite-detail" }, KEYS));

  const drawLabels = list(labels, () => {
    const [node, label, detail] = [h("div", { class: "raylite-node" }), h("span"), h("span", { class: "raylite-detail" })];
    const line = h("div", { class: "raylite-lane" }, label, " ", detail);
    return {
      node: h("div", {}, node, line),
      draw(lane) {
        setText(node, lane.node);
        setShown(node, Boolean(lane.node));
        node.style.top = `${lane.y - 24}px`;
        line.style.top = `${lane.y}px`;
        setText(label, lane.label);
        setText(detail, lane.detail);
        line.title = `${lane.label} ${lane.detail}`;
      },
    };
  });

  const paint = inFrames(() => {
    if (!view || !canvas.isConnected) return;
    const width = canvas.parentElement.clientWidth;
    if (width === 0) {
      // While the page changes its theme nothing has a size, and nobody tells when it has one again.
      clearTimeout(later);
      later = setTimeout(paint, LOOK_AGAIN_MS);
      return;
    }
    const colours = coloursOf(root);
    paintLanes(canvas, { view, barList: bars, cellList: cells, window, width, colours, choice });
    paintAxis(axis, { width, window, colours });
  });

  function changed() {
    paint();
    clearTimeout(timer);
    const wanted = isFollowing ? null : [...window];
    timer = setTimeout(() => send({ do: "window", window: wanted }), ASK_AFTER_MS);
  }

  /** Where the chosen call is in the window, so that zooming keeps it in sight. */
  function focus() {
    const at = (choice?.thing?.start - window[0]) / (window[1] - window[0]);
    return at >= 0 && at <= 1 ? at : 0.5;
  }

  function zoom(factor, share = focus()) {
    const [first, last] = window;
    const room = view.extent[1] - view.extent[0];
    const span = Math.min(Math.max((last - first) * factor, 2e-5), 1.5 * room);
    const at = first + share * (last - first);
    window = [at - share * span, at + (1 - share) * span];
    isFollowing = false;
    changed();
  }

  function move(share) {
    const step = share * (window[1] - window[0]);
    const [first, last] = view.extent;
    if (window[1] + step < first || window[0] + step > last) return;
    window = [window[0] + step, window[1] + step];
    isFollowing = false;
    changed();
  }

  function showAll() {
    isFollowing = true;
    window = [...view.extent];
    changed();
  }

  function tell(found, isAloud) {
    choice = found;
    const words = !found ? { head: HINT, facts: "" }
      : found.kind === "bar" ? tellBar(view, found.thing)
      : found.kind === "cell" ? tellCell(view, found.thing)
      : { head: `${found.thing[2]} ${found.thing[3]}`, facts: `at ${found.thing[1].toFixed(3)} s` };
    setText(head, words.head);
    setText(facts, words.facts);
    if (isAloud) speak(`${words.head}. ${words.facts}`, true);
    paint();
  }

  function timeAt(x) {
    return window[0] + (x / canvas.clientWidth) * (window[1] - window[0]);
  }

  function find(x, y) {
    const place = view.lanes.findIndex((lane) => y >= lane.y && y < lane.y + lane.height);
    if (place < 0) return null;
    const [at, near] = [timeAt(x), timeAt(x + NEAR) - timeAt(x)];
    const mark = view.marks.find(([lane, when]) => lane === place && Math.abs(when - at) < 2 * near);
    if (mark) return { kind: "mark", thing: mark };
    const row = Math.floor((y - view.lanes[place].y) / view.sizes.row);
    const hit = (one) => one.lane === place && at >= one.start - near / 2 && at <= one.end + near / 2;
    const bar = bars.find((one) => one.row === row && hit(one));
    if (bar) return { kind: "bar", thing: bar };
    const cell = cells.find(hit);
    return cell ? { kind: "cell", thing: cell } : null;
  }

  function step(by) {
    const of = choice?.kind === "bar" ? choice.thing.lane : null;
    const seen = bars.filter((one) => of === null || one.lane === of).sort((a, b) => a.start - b.start);
    if (!seen.length) return;
    const now = seen.findIndex((one) => one === choice?.thing);
    const from = now < 0 ? seen.findIndex((one) => one.end >= window[0]) - (by > 0 ? 1 : 0) : now;
    choose(seen[Math.min(Math.max(from + by, 0), seen.length - 1)]);
  }

  function changeLane(by) {
    const from = choice?.kind === "bar" ? choice.thing.lane : by > 0 ? -1 : view.lanes.length;
    const at = choice?.thing?.start ?? window[0];
    for (let lane = from + by; lane >= 0 && lane < view.lanes.length; lane += by) {
      const there = bars.filter((one) => one.lane === lane);
      if (!there.length) continue;
      choose(there.reduce((a, b) => (Math.abs(b.start - at) < Math.abs(a.start - at) ? b : a)));
      return;
    }
  }

  function choose(bar) {
    const span = window[1] - window[0];
    if (bar.start < window[0] || bar.start > window[1]) move((bar.start - window[0] - span / 4) / span);
    tell({ kind: "bar", thing: bar }, true);
    const top = view.lanes[bar.lane].y;
    if (top < pane.scrollTop || top > pane.scrollTop + pane.clientHeight - 40) pane.scrollTop = top - 60;
  }

  const acts = {
    "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), "−": () => zoom(2), 0: showAll,
    ArrowLeft: () => move(-0.25), ArrowRight: () => move(0.25),
    ArrowUp: () => changeLane(-1), ArrowDown: () => changeLane(1),
    ".": () => step(1), ",": () => step(-1), Escape: () => tell(null),
  };
  canvas.addEventListener("keydown", (event) => {
    const act = acts[event.key];
    if (!act || !view || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });
  canvas.addEventListener("wheel", (event) => {
    if (!view || !(event.ctrlKey || event.metaKey || event.altKey)) return;
    event.preventDefault();
    zoom(1.0015 ** event.deltaY, event.offsetX / canvas.clientWidth);
  }, { passive: false });
  canvas.addEventListener("dblclick", (event) => zoom(0.25, event.offsetX / canvas.clientWidth));
  let dragged = null;
  canvas.addEventListener("pointerdown", (event) => {
    dragged = event.offsetX;
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointerup", () => { dragged = null; });
  canvas.addEventListener("pointermove", (event) => {
    if (!view) return;
    if (dragged === null) tell(find(event.offsetX, event.offsetY));
    else if (event.offsetX !== dragged) {
      move((dragged - event.offsetX) / canvas.clientWidth);
      dragged = event.offsetX;
    }
  });
  canvas.addEventListener("pointerleave", () => { if (dragged === null) tell(null); });

  const watch = new ResizeObserver(paint);
  watch.observe(pane);
  const theme = new MutationObserver(paint);
  theme.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-jp-theme-name", "class"] });
  // A call that runs grows, though nothing has happened.
  const growing = setInterval(() => {
    if (!view?.live || !bars.some((one) => one.state === RUNNING) || root.classList.contains("raylite-stale")) return;
    const now = view.extent[1] + (performance.now() - arrivedAt) / 1000;
    for (const bar of bars) if (bar.state === RUNNING) bar.end = now;
    if (isFollowing && view.follows) window = [view.extent[0], now];
    paint();
  }, GROW_EVERY_MS);

  /** What was chosen, among what is here now; it may have been counted since. */
  function again(old, label) {
    if (!old || old.kind === "mark") return old;
    const isSame = (one) => one.start === old.thing.start && one.submitted === old.thing.submitted
      && one.count === old.thing.count && view.lanes[one.lane].label === label;
    const thing = (old.kind === "bar" ? bars : cells).find(isSame);
    return thing ? { kind: old.kind, thing } : null;
  }

  function draw(newest) {
    if (!newest?.lanes) return;
    const chosenLane = view?.lanes[choice?.thing?.lane]?.label;
    view = newest;
    arrivedAt = performance.now();
    [bars, cells] = [view.bars.map(barOf), view.cells.map(cellOf)];
    if (isFollowing) window = [...view.window];
    choice = again(choice, chosenLane);
    setText(title, view.title);
    setText(notes, view.notes.join(" "));
    setShown(notes, view.notes.length > 0);
    canvas.setAttribute("aria-label", `${view.summary} ${KEYS}`);
    labels.style.height = `${view.height}px`;
    drawLabels(view.lanes);
    speak(view.summary);
    paint();
  }

  return {
    draw,
    close() {
      clearTimeout(timer);
      clearTimeout(later);
      clearInterval(growing);
      watch.disconnect();
      theme.disconnect();
      paint.cancel();
    },
  };
});

function legend() {
  const one = (kind, text) => h("span", {}, h("i", { class: `raylite-sample raylite-${kind}`, "aria-hidden": "true" }), text);
  return h("div", { class: "raylite-legend raylite-detail" },
    one("call", "a call"), one("short", "short calls, counted"), one("waited", "submitted, waits"),
    one("held", "held back by its caller"), h("span", {}, "✕ failed, or a worker ended"), h("span", {}, "↻ started again"));
}
