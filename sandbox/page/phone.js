// The feature phone. The server knows what arrived (USSD screen, messages, PIN prompts); this file knows which of it is
// on the small screen, what has been typed, and what each key does there. A mode is a function that draws the screen and
// says what the soft keys do; pressing anything changes the state and draws again.

import { phonePath, post } from "./api.js";
import { el, icon } from "./dom.js";
import { clock, day, isToday, local, plainAmount, symbol } from "./words.js";

const KEYS = [
  ["1", ""], ["2", "abc"], ["3", "def"],
  ["4", "ghi"], ["5", "jkl"], ["6", "mno"],
  ["7", "pqrs"], ["8", "tuv"], ["9", "wxyz"],
  ["*", ""], ["0", "+"], ["#", ""],
];
const PIN_LENGTH = 4;
const NOTICE_MS = 2600;

export class Phone {
  // `announce` speaks to screen readers, `did` hears of "dialled", "answered" and "paid".
  constructor(root, { announce, did }) {
    this.root = root;
    this.announce = announce;
    this.did = did;
    this.code = "";
    this.read = new Set();
    this.build();
    addEventListener("keydown", (event) => this.typedOnKeyboard(event));
    setInterval(() => this.tick(), 10_000);
  }

  // --- whose it is, and what the server says -------------------------------------------------------------------------

  belongTo(person, { code, shortcode, currency }) {
    this.person = person;
    this.code = code;
    this.shortcode = shortcode;
    this.symbol = symbol(currency);
    this.view = { screen: { text: "", open: false }, sms: [], prompts: [] };
    this.seenPrompts = new Set();
    this.heard = null;
    this.go("home");
  }

  // Everything that arrives comes through here, from the feed and from the answers to our own acts.
  show(view) {
    const before = this.view;
    this.view = view;
    const fresh = view.prompts.filter((prompt) => !this.seenPrompts.has(prompt.id));
    const gone = this.mode === "prompt" && !view.prompts.some((prompt) => prompt.id === this.prompt.id);
    const text = this.heard !== null && view.sms.length > this.heard;
    this.heard = view.sms.length;
    // A prompt comes over everything but an open dialogue and another prompt, as on a real phone.
    const busy = this.mode === "prompt" || this.mode === "waiting" || (this.mode === "ussd" && view.screen.open);
    if (gone) this.notice("The request timed out. Nothing was paid.");
    else if (fresh.length && !busy) this.ask(fresh[0]);
    else if (text && ["home", "alert", "sent", "notice"].includes(this.mode)) this.go("alert");
    else if (view.screen.open && this.mode === "home" && !before.screen.text) this.go("ussd");
    else if (this.mode === "ussd" && view.screen.text !== before.screen.text) this.go("ussd");
    else this.drawStatus();
    if (this.mode === "messages") this.draw();
  }

  ask(prompt) {
    this.prompt = prompt;
    this.seenPrompts.add(prompt.id);
    this.go("prompt");
  }

  get unread() {
    return this.view.sms.filter((sms) => !this.read.has(this.nameOf(sms))).length;
  }

  nameOf = (sms) => `${this.person.msisdn}/${sms.at}/${sms.text}`;

  // --- acts ----------------------------------------------------------------------------------------------------------

  async dial(code) {
    this.go("waiting");
    await this.act("dial", { code }, "ussd");
    this.did("dialled");
  }

  async reply() {
    const input = this.typed;
    this.go("waiting");
    await this.act("key", { input }, "ussd");
    this.did("answered");
  }

  async decide(answer) {
    const { id } = this.prompt;
    this.go(answer === "pin" ? "sent" : "home");
    await this.act("prompt", { id, answer });
    if (answer === "pin") this.did("paid");
    if (answer === "ignore") this.notice("You looked away. The request will time out.");
  }

  async payBill() {
    const { shortcode, account, amount } = this.bill;
    this.go("sent");
    await this.act("paybill", { shortcode, account, amount });
    this.did("paid");
  }

  // Do something over the network, as a phone does: the screen waits, and a failure is said on the screen.
  async act(path, body, then) {
    const { msisdn } = this.person;
    try {
      const view = await post(phonePath(msisdn, path), body);
      if (this.person.msisdn !== msisdn) return; // another phone was picked up meanwhile
      this.view = view;
      if (then) this.go(then);
      this.show(view);
    } catch (error) {
      if (this.person.msisdn === msisdn) this.notice(error.message);
    }
  }

  notice(text) {
    this.said = text;
    this.go("notice");
    clearTimeout(this.noticeTimer);
    this.noticeTimer = setTimeout(() => this.mode === "notice" && this.go("home"), NOTICE_MS);
  }

  // --- moving about --------------------------------------------------------------------------------------------------

  go(mode) {
    this.mode = mode;
    this.typed = "";
    this.at = 0;
    this.draw();
    this.announce(this.lcd.innerText.replace(/\n+/g, ". "));
  }

  home() {
    const waiting = this.view.prompts.find((prompt) => !this.seenPrompts.has(prompt.id));
    if (waiting) this.ask(waiting);
    else this.go("home");
  }

  press(key) {
    if (this.mode === "home" || this.mode === "alert" || this.mode === "notice") this.go("dialler");
    const room = this.screen.typing;
    if (room && this.typed.length < room) {
      this.typed += key;
      this.refill();
    } else if (this.screen.choose) this.screen.choose(Number(key));
  }

  erase() {
    if (!this.screen.typing) return;
    this.typed = this.typed.slice(0, -1);
    if (!this.typed && this.mode === "dialler") this.go("home");
    else this.refill();
  }

  move(step) {
    if (this.screen.items) {
      this.at = (this.at + step + this.screen.items) % this.screen.items;
      this.draw();
    } else this.body.scrollBy({ top: step * 40 });
  }

  // The green key: call from the home screen, otherwise whatever the left soft key says.
  call() {
    if (this.mode === "home") this.dial(this.code);
    else this.soft("left");
  }

  // The soft keys do what the screen says above them. Once something is typed, the right one takes it back.
  soft(side) {
    if (side === "right" && this.typed && this.screen.typing) this.erase();
    else this.screen[side]?.[1]();
  }

  // The red key leaves everything, as it does on every phone.
  end() {
    if (this.mode === "prompt") return this.decide("cancel");
    if (this.view?.screen.open) this.act("end", {}); // the network hears of it: else it would hold back the PIN prompt
    this.home();
  }

  typedOnKeyboard(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const { target, key } = event;
    const onPhone = this.root.contains(target) || target === document.body;
    if (!onPhone) return; // keys elsewhere on the page belong to what has the focus there
    const inField = target instanceof HTMLInputElement;
    const onButton = target instanceof HTMLButtonElement;
    const light = (name) => this.light(name);
    if (key === "Enter" && !onButton) light("call"), this.call();
    else if (key === "Escape") light("end"), this.end();
    else if (key === "ArrowDown") this.move(1);
    else if (key === "ArrowUp") this.move(-1);
    else if (inField) return; // the field itself takes the rest
    else if (key === "Backspace") this.erase();
    else if (/^[0-9*#]$/.test(key)) light(key), this.press(key);
    else if (/^[\p{L} .,'/+-]$/u.test(key) && this.screen.typing && this.screen.letters) this.press(key);
    else return;
    event.preventDefault();
  }

  light(name) {
    const key = this.root.querySelector(`[data-key="${CSS.escape(name)}"]`);
    key?.classList.add("down");
    setTimeout(() => key?.classList.remove("down"), 120);
  }

  // --- drawing -------------------------------------------------------------------------------------------------------

  build() {
    // Pressing a key with a finger or the mouse leaves the focus where it was, so Enter stays the green key.
    const button = (name, label, content, act, className = "") =>
      el("button", {
        type: "button",
        class: `key ${className}`,
        "data-key": name,
        "aria-label": label,
        onclick: act,
        onpointerdown: (event) => {
          event.preventDefault();
          if (document.activeElement?.tagName !== "INPUT") this.root.focus({ preventScroll: true });
        },
      }, content);

    this.status = el("div", { class: "lcd-status" });
    this.body = el("div", { class: "lcd-body" });
    this.foot = el("div", { class: "lcd-foot" });
    this.left = el("button", { type: "button", class: "lcd-soft", tabindex: "-1", onclick: () => this.soft("left") });
    this.right = el("button", { type: "button", class: "lcd-soft", tabindex: "-1", onclick: () => this.soft("right") });
    this.lcd = el("div", { class: "lcd" }, this.status, this.body, this.foot, el("div", { class: "lcd-softs" }, this.left, this.right));
    this.softLeft = button("left", "Left soft key", el("i"), () => this.soft("left"), "soft");
    this.softRight = button("right", "Right soft key", el("i"), () => this.soft("right"), "soft");

    this.root.replaceChildren(
      el("div", { class: "shell" },
        el("div", { class: "face" },
          el("div", { class: "earpiece", "aria-hidden": "true" }),
          el("div", { class: "glass" }, this.lcd),
          el("p", { class: "brand", "aria-hidden": "true" }, "karani"),
          el("div", { class: "nav" },
            this.softLeft,
            el("div", { class: "rocker" },
              button("up", "Up", "", () => this.move(-1), "up"),
              button("down", "Down", "", () => this.move(1), "downward"),
            ),
            this.softRight,
            button("call", "Call or confirm", icon("call"), () => this.call(), "call"),
            button("end", "End", icon("end"), () => this.end(), "end"),
          ),
          el("div", { class: "pad" },
            KEYS.map(([digit, letters]) =>
              button(digit, digit === "*" ? "Star" : digit === "#" ? "Hash" : digit,
                [el("b", {}, digit), letters && el("span", { "aria-hidden": "true" }, letters)], () => this.press(digit)),
            ),
          ),
        ),
      ),
      el("p", { class: "keys-hint" }, "Your keyboard works too: digits, * and #, Enter to call or send, Esc to end."),
    );
  }

  draw() {
    const held = this.lcd.contains(document.activeElement);
    this.screen = this[`draw_${this.mode}`]();
    this.body.className = `lcd-body ${this.mode}`;
    this.body.replaceChildren(...this.screen.content.filter(Boolean));
    this.foot.replaceChildren(...[this.screen.foot].filter(Boolean));
    if (held) this.root.focus({ preventScroll: true }); // what had the focus is gone from the screen
    this.fit();
    this.drawStatus();
    this.refill();
    this.body.scrollTop = 0;
    this.body.querySelector(".chosen")?.scrollIntoView({ block: "nearest" });
    // A keyboard and a mouse: typing goes straight into the reply. On a touch screen that would raise its own keyboard.
    if (this.field && matchMedia("(hover: hover) and (pointer: fine)").matches && this.root.contains(document.activeElement)) {
      this.field.focus({ preventScroll: true });
    }
  }

  // A USSD page is shown whole: smaller letters before scrolling, as small phones do.
  fit() {
    const text = this.body.querySelector(".text");
    for (const size of text ? ["", "smaller", "smallest"] : []) {
      text.className = `text ${size}`;
      if (this.body.scrollHeight <= this.body.clientHeight) break;
    }
  }

  // The hour has moved: by itself, or by the demo's button. It stands large on the home screen.
  tick() {
    this.drawStatus();
    const time = this.body.querySelector(".time");
    if (time) time.textContent = clock();
  }

  drawStatus() {
    if (!this.view) return;
    const unread = this.unread;
    this.status.replaceChildren(
      icon("signal", "glyph"),
      el("span", {}, "Tausi"),
      unread ? el("span", { class: "badge" }, icon("mail", "glyph"), el("span", { class: "unseen" }, "Unread messages: "), String(unread)) : "",
      el("span", { class: "push" }, this.mode === "home" ? "" : clock()),
      icon("battery", "glyph"),
    );
  }

  drawSofts() {
    const right = this.typed && this.screen.typing ? "Clear" : this.screen.right?.[0];
    for (const [words, node, key] of [[this.screen.left?.[0], this.left, this.softLeft], [right, this.right, this.softRight]]) {
      node.textContent = words ?? "";
      node.disabled = !words;
      key.setAttribute("aria-label", words ? `Soft key: ${words}` : "Soft key, nothing to do");
    }
  }

  // Show what has been typed, wherever this screen shows it.
  refill() {
    this.drawSofts();
    const field = this.field;
    if (field && field.value !== this.typed) field.value = this.typed;
    const shown = this.body.querySelector(".typed");
    if (shown) shown.textContent = this.typed;
    const dots = this.body.querySelector(".pin");
    if (dots) {
      dots.setAttribute("aria-label", `PIN: ${this.typed.length} of ${PIN_LENGTH} digits`);
      [...dots.children].forEach((dot, nth) => dot.classList.toggle("on", nth < this.typed.length));
    }
  }

  get field() {
    return this.lcd.querySelector("input");
  }

  entry(label, { most = 60, mode = "text", hint = "" } = {}) {
    return el("label", { class: "entry" },
      el("span", { class: hint ? "" : "unseen" }, label),
      el("input", {
        maxlength: most, inputmode: mode, autocomplete: "off", autocapitalize: "characters", spellcheck: "false",
        enterkeyhint: "send", oninput: (event) => {
          this.typed = event.target.value;
          this.drawSofts();
        },
      }),
    );
  }

  draw_home() {
    return {
      content: [
        el("p", { class: "time" }, clock()),
        el("p", { class: "owner" }, this.person.name),
        el("p", { class: "number" }, local(this.person.msisdn)),
        el("button", { type: "button", class: "chip", onclick: () => this.dial(this.code) }, `Dial ${this.code}`),
      ],
      left: ["M-PESA", () => this.go("mpesa")],
      right: [this.unread ? `Messages ${this.unread}` : "Messages", () => this.go("messages")],
    };
  }

  draw_dialler() {
    return {
      content: [el("p", { class: "typed", role: "status" })],
      typing: 30,
      left: ["Call", () => this.typed && this.dial(this.typed)],
      right: ["Clear", () => this.erase()],
    };
  }

  draw_waiting() {
    return { content: [el("p", { class: "mid" }, "USSD code running", el("span", { class: "dots", "aria-hidden": "true" }))] };
  }

  draw_ussd() {
    const { text, open } = this.view.screen;
    return {
      content: [el("p", { class: "text" }, text)],
      foot: open && this.entry("Your reply", { most: 160 }),
      typing: open ? 160 : 0,
      letters: true,
      left: open ? ["Send", () => this.reply()] : ["OK", () => this.home()],
      right: open ? ["Cancel", () => this.end()] : null,
    };
  }

  draw_prompt() {
    const { payee, amount, currency, reference } = this.prompt;
    return {
      content: [
        el("div", { class: "sheet", role: "group", "aria-label": "M-PESA asks for your PIN" },
          el("p", { class: "title" }, "M-PESA"),
          el("p", { class: "text" }, `Pay ${symbol(currency)} ${plainAmount(amount)} to ${payee}, account ${reference}?`),
          this.pin(),
          el("button", { type: "button", class: "quiet", onclick: () => this.decide("ignore") }, "Look away, answer nothing"),
        ),
      ],
      typing: PIN_LENGTH,
      left: ["Pay", () => this.typed.length === PIN_LENGTH && this.decide("pin")],
      right: ["Cancel", () => this.decide("cancel")],
    };
  }

  pin() {
    return el("div", { class: "ask-pin" },
      el("span", {}, "Enter PIN (any 4 digits)"),
      el("span", { class: "pin", role: "img" }, Array.from({ length: PIN_LENGTH }, () => el("i"))),
    );
  }

  draw_sent() {
    return { content: [el("p", { class: "mid" }, "Sent. Wait for the message.")], left: ["OK", () => this.home()] };
  }

  draw_notice() {
    return { content: [el("p", { class: "mid" }, this.said)], left: ["OK", () => this.home()] };
  }

  draw_alert() {
    const newest = this.view.sms.at(-1);
    return {
      content: [
        el("p", { class: "mid" }, icon("mail", "big"), el("br"), `Message from ${newest.from}`),
      ],
      left: ["Read", () => this.open(newest)],
      right: ["Later", () => this.home()],
    };
  }

  draw_messages() {
    const list = [...this.view.sms].reverse();
    if (!list.length) {
      return { content: [el("p", { class: "mid" }, "No messages yet.")], right: ["Back", () => this.home()] };
    }
    return {
      content: [
        el("ul", { class: "rows" }, list.map((sms, nth) =>
          el("li", {}, el("button", {
            type: "button", class: `row ${nth === this.at ? "chosen" : ""} ${this.read.has(this.nameOf(sms)) ? "" : "fresh"}`,
            onclick: () => this.open(sms),
          }, el("b", {}, sms.from), el("span", {}, isToday(sms.at) ? clock(new Date(sms.at)) : day(sms.at)), el("em", {}, sms.text))),
        )),
      ],
      items: list.length,
      left: ["Open", () => this.open(list[this.at])],
      right: ["Back", () => this.home()],
    };
  }

  open(sms) {
    this.read.add(this.nameOf(sms));
    this.message = sms;
    this.go("message");
  }

  draw_message() {
    const { from, text, at } = this.message;
    return {
      content: [el("p", { class: "from" }, `${from}  ${clock(new Date(at))}`), el("p", { class: "text" }, text)],
      left: ["Messages", () => this.go("messages")],
      right: ["Back", () => this.home()],
    };
  }

  // --- the provider's own menu: pay bill, one question a screen --------------------------------------------------------

  draw_mpesa() {
    const rows = [
      ["Pay bill", () => this.startBill()],
      ["Messages", () => this.go("messages")],
    ];
    return {
      content: [
        el("p", { class: "title" }, "M-PESA"),
        el("ul", { class: "rows" }, rows.map(([label, act], nth) =>
          el("li", {}, el("button", { type: "button", class: `row ${nth === this.at ? "chosen" : ""}`, onclick: act }, `${nth + 1} ${label}`)),
        )),
      ],
      items: rows.length,
      choose: (digit) => rows[digit - 1]?.[1](),
      left: ["Select", () => rows[this.at][1]()],
      right: ["Back", () => this.home()],
    };
  }

  startBill() {
    this.bill = {};
    this.go("billShortcode");
    this.typed = this.shortcode;
    this.refill();
  }

  draw_billShortcode() {
    return this.question("Business number", { most: 10, mode: "numeric" }, "shortcode", "billAccount", "mpesa");
  }

  draw_billAccount() {
    const choices = this.person.references ?? [];
    const screen = this.question("Account number", { most: 20 }, "account", "billAmount", "billShortcode");
    screen.letters = true;
    screen.content.push(
      choices.length > 0 && el("div", { class: "chips" }, choices.map((reference) =>
        el("button", {
          type: "button", class: "chip small",
          onclick: () => {
            this.typed = reference;
            this.refill();
          },
        }, reference),
      )),
    );
    return screen;
  }

  draw_billAmount() {
    return this.question(`Amount, ${this.symbol}`, { most: 7, mode: "numeric" }, "amount", "billPin", "billAccount");
  }

  draw_billPin() {
    const { shortcode, account, amount } = this.bill;
    return {
      content: [
        el("p", { class: "title" }, "Pay bill"),
        el("p", { class: "text" }, `${this.symbol} ${plainAmount(amount)} to ${shortcode}, account ${account || "(none)"}`),
        this.pin(),
      ],
      typing: PIN_LENGTH,
      left: ["Pay", () => this.typed.length === PIN_LENGTH && this.payBill()],
      right: ["Back", () => this.go("billAmount")],
    };
  }

  question(label, options, name, next, back) {
    const onwards = () => {
      if (!this.typed.trim() && name !== "account") return;
      this.bill[name] = this.typed.trim();
      this.go(next);
    };
    return {
      content: [el("p", { class: "title" }, "Pay bill"), this.entry(label, { ...options, hint: label })],
      typing: options.most,
      left: ["Next", onwards],
      right: ["Back", () => this.go(back)],
    };
  }
}
