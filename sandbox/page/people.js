// "Whose phone is this?": index cards of people worth trying. On small screens one line, which opens into the cards.

import { el, icon, memory } from "./dom.js";
import { money } from "./words.js";

function standing({ owed, credit, currency, decimals }) {
  if (owed) return `owes ${money(owed, currency, decimals)}`;
  if (credit) return `${money(credit, currency, decimals)} in credit`;
  return "owes nothing";
}

export class People {
  constructor(list, toggle, chosen) {
    this.list = list;
    this.toggle = toggle;
    this.chosen = chosen;
    toggle.addEventListener("click", () => this.unfold(toggle.getAttribute("aria-expanded") !== "true"));
  }

  get current() {
    return this.people.find((person) => person.msisdn === this.msisdn);
  }

  show(people) {
    this.people = people;
    const first = this.msisdn === undefined;
    if (first) {
      const remembered = memory.get("phone");
      this.msisdn = people.some((person) => person.msisdn === remembered) ? remembered : people[0]?.msisdn;
    }
    this.draw();
    if (first && this.current) this.chosen(this.current);
  }

  pick(person) {
    this.unfold(false);
    if (person.msisdn === this.msisdn) return;
    this.msisdn = person.msisdn;
    memory.set("phone", person.msisdn);
    this.draw();
    this.chosen(person);
  }

  unfold(open) {
    this.toggle.setAttribute("aria-expanded", String(open));
  }

  draw() {
    const holding = this.list.contains(document.activeElement) ? document.activeElement.dataset.msisdn : null;
    this.list.replaceChildren(...this.people.map((person) =>
      el("li", {},
        el("button", {
          type: "button", class: "card", "data-msisdn": person.msisdn,
          "aria-pressed": String(person.msisdn === this.msisdn), onclick: () => this.pick(person),
        },
          el("span", { class: "name" }, person.name),
          el("span", { class: "owed" }, person.references.length ? standing(person) : ""),
          el("span", { class: "about" }, person.about),
        ),
      ),
    ));
    if (holding) this.list.querySelector(`[data-msisdn="${holding}"]`)?.focus();
    const { current } = this;
    if (!current) return;
    this.toggle.replaceChildren(
      el("span", { class: "name" }, current.name),
      el("span", { class: "owed" }, current.references.length ? standing(current) : "not in the books"),
      icon("down"),
    );
    this.toggle.setAttribute("aria-label", `${current.name}, ${standing(current)}. Pick up another phone.`);
  }
}
