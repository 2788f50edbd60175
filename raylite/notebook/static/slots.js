// Draws a live picture inside the HTML that its cell keeps.
//
// The cell never holds the widget itself: a notebook that is opened again, without the kernel that
// drew it, would show an error in its place. It holds the picture as plain HTML, in an element with
// an attribute that names the widget, and as long as there is a kernel the live one covers it.

const ATTRIBUTE = "data-raylite-slot";
const PROSE = "jp-RenderedHTMLCommon";
const SHARED = Symbol.for("raylite.slots");

/** One observer for all pictures of a page, though each brings its own copy of this text. */
function shared() {
  if (globalThis[SHARED]) return globalThis[SHARED];
  const looks = new Set();
  // What happens inside of a picture is its own affair, and happens often.
  const isOutside = ({ target }) => !target.closest?.(`[${ATTRIBUTE}]`);
  const observer = new MutationObserver((records) => {
    if (records.some(isOutside)) looks.forEach((look) => look());
  });
  observer.observe(document.body, { childList: true, subtree: true });
  globalThis[SHARED] = looks;
  return looks;
}

/** Keeps Jupyter's style for texts with headings and tables off; gives what undoes that. */
function freed(place) {
  const text = place.closest(`.${PROSE}`);
  text?.classList.remove(PROSE);
  return () => text?.classList.add(PROSE);
}

/** What anywidget calls when the widget is made, whether or not it is shown anywhere. */
export function inSlots(render) {
  return function initialize({ model }) {
    const name = model.get("slot");
    if (!name) return undefined;
    const mounted = new Map();
    const look = () => {
      for (const [place, close] of mounted) {
        if (place.isConnected) continue;
        close();
        mounted.delete(place);
      }
      for (const place of document.querySelectorAll(`[${ATTRIBUTE}="${name}"]`)) {
        if (mounted.has(place)) continue;
        const el = document.createElement("div");
        const letGo = freed(place);
        place.replaceChildren(el);
        const close = render({ model, el });
        mounted.set(place, () => {
          close();
          letGo();
        });
      }
    };
    shared().add(look);
    look();
    return () => {
      shared().delete(look);
      for (const [place, close] of mounted) {
        close();
        place.inert = true; // It may stay as a picture; nobody hears its buttons any more.
      }
    };
  };
}
