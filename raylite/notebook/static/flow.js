// A flow that can be played: its parts, the player's buttons, the lanes and the diagram below them.
// All words and places come from the kernel; it plays in the browser alone.

import { h, inFrames, list, liveView, setAttribute, setShown, setText, wantsCalm } from "./dom.js";
import { diagram, setRows } from "./flow_diagram.js";
import { stage } from "./flow_stage.js";
import { Player, SPEEDS } from "./player.js";

const LONGEST_FRAME_S = 0.1;
const KEYS = "Keys: Space plays and pauses, ← → step, Home and End, + and − change the speed.";
const SEEN_MS = 150; // An arrow is not marked for less: nobody sees it, and each time is paint.
const NEAR_TOP = 0.75; // Where the moment is kept, as a part of the window's height.

const players = new WeakMap(); // The newest of each model: its output may be replaced while it plays.

export default liveView("flow", (root, { speak, signal, model }) => {
  const before = players.get(model);
  const player = new Player();
  players.set(model, player);
  let view = null;
  let later = null; // A view in which what is looked at is gone already.
  let spokenStep = -1;
  let spokenAt = 0;
  let frameAt = 0;

  const title = h("strong", { class: "raylite-flow-title" });
  const subtitle = h("span", { class: "raylite-detail" });
  const parts = h("div", { class: "raylite-flow-parts", role: "group", "aria-label": "Parts" });
  const button = (sign, label, act, extra) =>
    h("button", { type: "button", class: "raylite-button", "aria-label": label, title: label, onclick: act, ...extra }, sign);
  const playButton = button("▶ Play", "Play (Space)", () => toggle(), { class: "raylite-button raylite-flow-play" });
  const range = h("input", {
    type: "range", min: "0", max: "1000", step: "1", class: "raylite-flow-range", "aria-label": "Position",
    oninput: () => move(() => player.seek((Number(range.value) / 1000) * player.end)),
  });
  const speed = h("select", { class: "raylite-button", "aria-label": "Speed", onchange: () => setSpeed(speed.selectedIndex) },
    SPEEDS.map(({ label }) => h("option", {}, label)));
  const clock = h("span", { class: "raylite-detail raylite-flow-clock" });
  const tools = h("div", { class: "raylite-flow-tools", role: "group", "aria-label": "Player" },
    button("|◀", "To the beginning (Home)", () => move(() => player.goTo(0))),
    button("◀", "One step back (←)", () => move(() => player.stepBy(-1))),
    playButton,
    button("▶", "One step on (→)", () => move(() => player.stepBy(1)), { class: "raylite-button raylite-flow-next" }),
    button("▶|", "To the end (End)", () => move(() => player.goTo(Infinity))),
    range, speed, clock);
  const sentence = h("div", { class: "raylite-flow-sentence" });
  const number = h("span", { class: "raylite-flow-count" });
  const words = h("span", {});
  sentence.append(number, words);
  const hint = h("div", { class: "raylite-detail raylite-flow-hint" });
  const lanes = stage();
  const body = diagram(showHint, (to) => move(() => player.goTo(to)));
  const sticky = h("div", { class: "raylite-flow-sticky" }, lanes.node);
  const pane = h("div", { class: "raylite-flow-pane", tabindex: "0", role: "region", "aria-label": "Diagram" }, sticky, body.node);
  const rows = h("tbody");
  const caption = h("caption");
  const table = h("details", { ontoggle: () => table.open && view && setRows(rows, view) },
    h("summary", {}, "Step by step, as a table"),
    h("table", {}, caption, h("thead", {}, h("tr", {}, ["Step", "After", "Part", "What happened"].map((name) => h("th", { scope: "col" }, name)))), rows));
  const note = h("div", { class: "raylite-detail" });
  const box = h("div", { class: "raylite-flow-player", "data-lm-suppress-shortcuts": "true" }, tools, sentence, pane);
  root.append(h("div", { class: "raylite-flow-top" }, title, " ", subtitle), parts, box, note, hint, table);

  const drawParts = list(parts, () => {
    const [name, said, ring] = [h("b"), h("span", { class: "raylite-detail" }), h("span", { class: "raylite-flow-ring" })];
    let first = 0;
    const node = h("button", { type: "button", class: "raylite-flow-part", onclick: () => first && move(() => player.goTo(first)) },
      h("span", { class: "raylite-flow-part-name" }, ring, name), said);
    return {
      node,
      draw(part) {
        first = part.first;
        setAttribute(node, "data-part", part.number);
        setAttribute(node, "aria-disabled", first ? "false" : "true");
        ring.className = `raylite-flow-ring raylite-part-${part.number}`;
        setText(name, part.title);
        setText(said, part.text);
      },
    };
  });

  function showHint(text) {
    setText(hint, text || KEYS);
  }

  function toggle() {
    isFresh = false;
    if (player.isPlaying) player.pause();
    else player.play();
    paint();
    run();
  }

  function move(change) {
    isFresh = false;
    player.pause();
    change();
    if (later && player.isAtEnd) draw(later);
    if (view) paintNow(); // At once: who presses a key sees what it does.
  }

  function setSpeed(index) {
    player.speed = Math.min(Math.max(index, 0), SPEEDS.length - 1);
    speed.selectedIndex = player.speed;
  }

  let frame = 0;
  function run() {
    if (frame || !player.isPlaying) return;
    frameAt = performance.now();
    frame = requestAnimationFrame(tick);
  }

  function tick(now) {
    frame = 0;
    const passed = Math.min(Math.max((now - frameAt) / 1000, 0), LONGEST_FRAME_S);
    frameAt = now;
    if (!root.isConnected) player.pause();
    player.advance(passed);
    paintNow();
    if (player.isPlaying) frame = requestAnimationFrame(tick);
  }

  const paint = inFrames(() => view && paintNow());

  function paintNow() {
    const step = player.step;
    // With less movement: nothing slides, each step is there at once.
    const y = wantsCalm() && player.isPlaying ? player.restOf(step) : player.y;
    scrollTo(y); // Before anything is touched: it has to know how high all of it is.
    lanes.at(y);
    body.at(y, scale);
    const place = String(Math.round((player.y / Math.max(player.end, 1)) * 1000));
    if (range.value !== place) range.value = place;
    setText(playButton, player.isPlaying ? "❚❚ Pause" : "▶ Play");
    setAttribute(playButton, "aria-label", player.isPlaying ? "Pause (Space)" : "Play (Space)");
    if (step !== spokenStep) tellStep(step);
    body.mark(player.isPlaying && performance.now() - spokenAt < SEEN_MS ? 0 : step);
  }

  function tellStep(step) {
    spokenStep = step;
    spokenAt = performance.now();
    const one = view.steps[step - 1];
    setText(number, one ? `${step} / ${view.steps.length}` : `0 / ${view.steps.length}`);
    setText(words, one ? one.text : "Before the first step: press Play, or → for one step.");
    setText(clock, one ? `${one.time} of ${view.took}` : `0 of ${view.took}`);
    setAttribute(range, "aria-valuetext", one ? `Step ${step}: ${one.text}` : "Before the first step");
    for (const part of parts.children) {
      part.classList.toggle("raylite-current", Boolean(one) && part.dataset.part === String(one.phase));
    }
    speak(one ? `Step ${step}: ${one.text}` : "", !player.isPlaying);
  }

  let scale = 1;
  let paneHeight = 1;
  let headHeight = 0;
  const measure = new ResizeObserver(() => {
    scale = body.node.clientWidth / (view?.width ?? 960) || 1;
    paneHeight = pane.clientHeight || 1;
    headHeight = sticky.clientHeight;
    see(pane.scrollTop);
    paint();
  });
  measure.observe(pane);
  measure.observe(sticky);

  let scrolled = -1;
  let isFresh = true; // Nobody has moved it, and it has not grown: it is read from the top.
  function scrollTo(y) {
    if (isFresh) return;
    const room = paneHeight - headHeight;
    const wanted = Math.max(0, Math.round(y * scale - room * NEAR_TOP));
    if (wanted === scrolled) return;
    scrolled = wanted;
    pane.scrollTop = wanted;
    see(wanted);
  }

  /** So much is scrolled away. */
  function see(top) {
    body.see(top / scale, (top + paneHeight) / scale);
  }

  pane.addEventListener("scroll", () => see(pane.scrollTop), { signal, passive: true });

  const SHORTCUTS = {
    " ": () => toggle(),
    ArrowRight: () => move(() => player.stepBy(1)),
    ArrowLeft: () => move(() => player.stepBy(-1)),
    Home: () => move(() => player.goTo(0)),
    End: () => move(() => player.goTo(Infinity)),
    "+": () => setSpeed(player.speed + 1),
    "-": () => setSpeed(player.speed - 1),
  };
  box.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const isSelect = event.target === speed;
    const isPress = event.target instanceof HTMLButtonElement && event.key === " ";
    if (SHORTCUTS[event.key] && !isSelect && !isPress) {
      event.preventDefault();
      SHORTCUTS[event.key]();
    }
    event.stopPropagation(); // Not the notebook's own shortcuts, too.
  }, { signal });

  /** Whether what is looked at now stays where it is. */
  function isLonger(next) {
    const same = (index) => next.steps[index]?.text === view.steps[index]?.text;
    return view === null || player.isAtEnd || (same(0) && same(Math.max(player.step - 1, 0)));
  }

  /** Where the player before was, if there was one; else all is seen. */
  function begin() {
    showHint("");
    player.goTo(Infinity);
    if (!before) return;
    player.seek(before.y);
    setSpeed(before.speed);
    if (before.isPlaying) toggle();
    before.pause();
  }

  function draw(next) {
    later = isLonger(next) ? null : next;
    if (later) {
      setText(note, "There are newer events: they are shown at the end (key End).");
      return;
    }
    const isFirst = view === null;
    isFresh &&= isFirst || view.height === next.height;
    view = next;
    setText(title, view.title);
    setText(subtitle, view.subtitle);
    setText(note, view.note);
    setText(caption, `${view.title}, step by step`);
    setShown(box, view.steps.length > 0);
    setShown(table, view.steps.length > 0);
    setShown(hint, view.steps.length > 0);
    drawParts(view.phases);
    lanes.take(view);
    body.take(view);
    player.take(view);
    if (isFirst) begin();
    if (table.open) setRows(rows, view);
    spokenStep = -1;
    scrolled = -1;
    paintNow();
  }

  return {
    draw,
    close() {
      cancelAnimationFrame(frame);
      measure.disconnect();
    },
  };
});
