// The life-cycle card of an actor by itself. The dashboard shows it, too.

import { buildCard } from "./card_picture.js";
import { liveView } from "./dom.js";

export default liveView("card", buildCard);
