// "Now break it": how the pretend providers behave from now on.

import { post } from "./api.js";
import { el } from "./dom.js";

const NAMES = {
  mpesa: "M-Pesa", africastalking: "SMS and USSD", twilio: "SMS, second way", telegram: "Telegram", smtp: "Mail",
};

const MOODS = [
  ["fine", "Fine", {}, "All is well: answers come at once, each message once."],
  ["slow", "Slow", { latency_ms: 3000 }, "Every answer takes three seconds."],
  ["twice", "Twice", { doubled: 1 }, "Every callback arrives two times. Pay, and see it credited once."],
  ["late", "Late", { late: 1, late_s: 20 }, "Callbacks come twenty seconds after they should. The money still lands where it belongs."],
  ["lost", "Lost", { lost: 1 }, "Callbacks never come. Karani asks the provider what became of the payment."],
  ["down", "Down", { down: true }, "The provider answers nothing. Messages wait in the outbox until it is back."],
];

export class Moods {
  constructor(root, announce) {
    this.root = root;
    this.announce = announce;
  }

  show(present) {
    const said = el("p", { class: "said" }, "Choose how a provider behaves, then pay again.");
    const rows = Object.entries(present).map(([name, mood]) =>
      el("fieldset", { class: "mood" },
        el("legend", {}, NAMES[name] ?? name),
        el("div", { class: "choices" }, MOODS.map(([key, label, change, words]) =>
          el("label", {},
            el("input", {
              type: "radio", name: `mood-${name}`, value: key, checked: nameOf(mood) === key,
              onchange: () => this.change(name, change, words, said),
            }),
            el("span", {}, label),
          ),
        )),
      ),
    );
    this.root.append(...rows, said);
  }

  async change(name, mood, words, said) {
    try {
      await post(`/sandbox/providers/${name}/mood`, mood);
      said.textContent = `${NAMES[name] ?? name}: ${words}`;
    } catch (error) {
      said.textContent = error.message;
    }
    this.announce(said.textContent);
  }
}

// Which of the buttons a provider's present mood is; scripts may have set one that is none of them.
function nameOf(mood) {
  const set = ["latency_ms", "doubled", "late", "lost", "down"].filter((name) => mood[name]);
  if (!set.length) return "fine";
  return MOODS.find(([, , change]) => set.length === 1 && set[0] in change)?.[0];
}
