// What time it is in the demo, and moving it on: the evening, when borrowers are reminded, need not be waited for.

import { get, post } from "./api.js";
import { el } from "./dom.js";
import { runAhead } from "./words.js";

const MOVES = [
  ["Next morning", { to: "morning" }],
  ["Next evening", { to: "evening" }],
  ["A week on", { to: "evening", days: 6 }],
];

export class Hours {
  // `told` whenever the hour is known, `moved` when it went on by more than itself.
  constructor(root, announce, { told, moved }) {
    this.announce = announce;
    this.told = told;
    this.moved = moved;
    this.when = el("b", {});
    this.said = el("p", { class: "passed" }, "What is due until then is done on the way: reminders, penalties, promises judged.");
    this.keys = MOVES.map(([label, wish]) => el("button", { type: "button", onclick: () => this.move(wish) }, label));
    root.append(el("p", {}, "It is ", this.when), el("div", { class: "keys" }, this.keys), this.said);
  }

  async look() {
    this.show(await get("/sandbox/clock"));
  }

  show(seen) {
    runAhead(Date.parse(seen.now));
    this.when.textContent = seen.local;
    this.told();
  }

  async move(wish) {
    this.keys.forEach((key) => (key.disabled = true));
    this.said.textContent = "Time passes …";
    try {
      this.show(await post("/sandbox/clock", wish));
      this.said.textContent = `It is ${this.when.textContent}. Look into the phones and the office's chat.`;
      this.moved();
    } catch (error) {
      this.said.textContent = error.message;
    }
    this.keys.forEach((key) => (key.disabled = false));
    this.announce(this.said.textContent);
  }
}
