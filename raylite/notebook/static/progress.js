// Draws what raylite/notebook/bars/model.py says; nothing is decided here.
//
// The page is built once and then only changed: at the next frame after a message, so that of
// several messages within a frame only the newest is drawn.

const SPEAK_EVERY_MS = 5000; // A screen reader reads each change aloud: ten a second would be noise.

/** A new element of this class, the last child of its parent. */
function add(parent, tag, className) {
  const made = document.createElement(tag);
  made.className = className;
  parent.append(made);
  return made;
}

/** A bar with a part for what went well and one for what failed. */
function addBar(parent, className) {
  const track = add(parent, "div", `raylite-progress-track ${className}`);
  track.setAttribute("role", "progressbar");
  track.setAttribute("aria-valuemin", "0");
  track.setAttribute("aria-valuemax", "100");
  const good = add(track, "div", "raylite-progress-good");
  const bad = add(track, "div", "raylite-progress-bad");
  return function draw(label, fraction, failed, text, isOpen = false) {
    good.style.width = `${(fraction - failed) * 100}%`;
    bad.style.width = `${failed * 100}%`;
    track.classList.toggle("raylite-progress-full", fraction >= 1);
    track.setAttribute("aria-label", label);
    track.classList.toggle("raylite-progress-open", isOpen);
    if (isOpen) track.removeAttribute("aria-valuenow");
    else track.setAttribute("aria-valuenow", String(Math.floor(fraction * 100)));
    track.setAttribute("aria-valuetext", text);
  };
}

/** One line for each task: its name, its bar, its number. */
function addRow(parent) {
  const label = add(parent, "span", "raylite-progress-label");
  const draw = addBar(parent, "raylite-progress-small");
  const text = add(parent, "span", "raylite-progress-number");
  const parts = [...parent.children].slice(-3);
  return {
    draw(bar) {
      label.textContent = bar.label;
      label.title = bar.label;
      text.textContent = bar.text;
      draw(bar.label, bar.fraction, 0, bar.text);
    },
    remove() {
      parts.forEach((part) => part.remove());
    },
  };
}

/** Says something now and then to people who listen instead of looking. */
function addVoice(parent) {
  const voice = add(parent, "div", "raylite-progress-voice");
  voice.setAttribute("role", "status");
  voice.setAttribute("aria-live", "polite");
  let spokenAt = -Infinity;
  return function speak(text, atOnce) {
    const now = performance.now();
    if ((atOnce || now - spokenAt >= SPEAK_EVERY_MS) && voice.textContent !== text) {
      voice.textContent = text;
      spokenAt = now;
    }
  };
}

/** One bar with all that is said of it; drawing gives that as a sentence. */
function buildBlock(el) {
  const root = add(el, "div", "raylite-progress");
  const head = add(root, "div", "raylite-progress-head");
  const title = add(head, "strong", "raylite-progress-title");
  const percent = add(head, "span", "raylite-progress-percent");
  const drawBar = addBar(root, "raylite-progress-main");
  const facts = add(root, "div", "raylite-progress-facts");
  const grid = add(root, "div", "raylite-progress-grid");
  const more = add(root, "div", "raylite-progress-facts");
  const note = add(root, "div", "raylite-progress-facts");
  const rows = [];
  return function draw(view) {
    const said = view.facts.join(" · ");
    root.dataset.phase = view.phase;
    title.textContent = view.title;
    percent.textContent = view.percent_text;
    facts.textContent = said;
    more.textContent = view.more;
    note.textContent = view.note;
    const spoken = `${view.percent_text} ${said}`.trim();
    drawBar(view.title || "Progress", view.fraction, view.failed_fraction, spoken, !view.percent_text);
    while (rows.length > view.bars.length) rows.pop().remove();
    while (rows.length < view.bars.length) rows.push(addRow(grid));
    view.bars.forEach((bar, index) => rows[index].draw(bar));
    return `${view.title} ${spoken}`;
  };
}

/** One block below the other, and one voice for all. */
function build(el) {
  const blocks = [];
  const places = [];
  const all = add(el, "div", "");
  const speak = addVoice(el);
  return function draw(view) {
    while (blocks.length > view.parts.length) {
      blocks.pop();
      places.pop().remove();
    }
    while (blocks.length < view.parts.length) {
      places.push(add(all, "div", ""));
      blocks.push(buildBlock(places[places.length - 1]));
    }
    const said = view.parts.map((part, index) => blocks[index](part));
    const moves = view.parts.some((part) => part.phase === "running");
    speak(said.join("; "), !moves);
  };
}

function render({ model, el }) {
  const draw = build(el);
  let frame = 0;
  const drawNewest = () => {
    frame = 0;
    draw(model.get("view"));
  };
  const onChange = () => {
    frame ||= requestAnimationFrame(drawNewest);
  };
  // The kernel is gone: what is shown is the last that was known.
  const onDead = () => el.classList.add("raylite-progress-stale");
  model.on("change:view", onChange);
  model.on("comm_live_update", onDead);
  drawNewest();
  return () => {
    cancelAnimationFrame(frame);
    model.off("change:view", onChange);
    model.off("comm_live_update", onDead);
  };
}

export default { render };
