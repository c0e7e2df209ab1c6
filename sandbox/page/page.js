// Brings the parts together: who is chosen, what the feed says, and who is told of it.

import { follow, get } from "./api.js";
import { Chat } from "./chat.js";
import { el } from "./dom.js";
import { Hours } from "./hours.js";
import { Balances, Journal } from "./ledger.js";
import { Mail } from "./mail.js";
import { Moods } from "./moods.js";
import { People } from "./people.js";
import { Phone } from "./phone.js";
import { Steps } from "./steps.js";
import { amount } from "./words.js";

const WORLD_AGAIN_MS = 600;
const PEEK_MS = 7000;

const by = (id) => document.getElementById(id);
const LINK = {
  live: ["live", "Live"],
  asking: ["asking", "Asking every second or two"],
  lost: ["lost", "The server does not answer"],
};

function announce(text) {
  by("announcer").textContent = text;
}

function showLink(state) {
  const [name, words] = LINK[state];
  if (by("link").textContent === words) return;
  by("link").className = `link ${name}`;
  by("link").textContent = words;
}

const steps = new Steps(by("steps"));
const balances = new Balances(by("balances"));
const journal = new Journal(by("journal"));
const mail = new Mail(by("mail"));
const phone = new Phone(by("phone"), { announce, did: (step) => steps.did(step) });
const chat = new Chat(by("chat"), announce);
const hours = new Hours(by("hours"), announce, {
  told: () => phone.tick(),
  moved: () => loadWorld().catch(() => showLink("lost")),
});
const people = new People(by("people"), by("who"), pickUp);
let stopFollowing = () => {};
let organisations = [];
let worldTimer = 0;
let peekTimer = 0;

function organisationOf(person) {
  return organisations.find((each) => each.name === person.organisation) ?? organisations[0];
}

function pickUp(person) {
  const organisation = organisationOf(person);
  by("organisation").textContent = `${organisation.name}, ${organisation.currency}. Paybill ${organisation.shortcode}.`;
  phone.belongTo(person, { code: organisation.ussd_code, shortcode: organisation.shortcode, currency: organisation.currency });
  steps.show(organisation.ussd_code);
  announce(`You hold the phone of ${person.name}. ${person.about}`);
  stopFollowing();
  stopFollowing = follow(person.msisdn, { phone: (view) => phone.show(view), news: hear, link: showLink });
}

function hear(news) {
  if (news.events.length) {
    mail.look();
    hours.look().catch(() => showLink("lost"));
  }
  balances.show(news.totals);
  const fresh = journal.show(news);
  if (!fresh.length) return;
  balances.stamp();
  peek(fresh.at(-1));
  clearTimeout(worldTimer); // what people owe has changed with it
  worldTimer = setTimeout(() => loadWorld().catch(() => showLink("lost")), WORLD_AGAIN_MS);
}

// On a small screen the ledger is below the phone: its newest line shows at the lower edge for a while.
function peek(entry) {
  const moved = entry.lines.filter((line) => line.side === "debit").reduce((sum, line) => sum + line.minor, 0);
  const bar = by("peek");
  bar.replaceChildren(el("b", {}, `${entry.title} ${amount(moved, entry.decimals)}`), el("span", {}, "See the ledger"));
  bar.hidden = false;
  clearTimeout(peekTimer);
  peekTimer = setTimeout(() => (bar.hidden = true), PEEK_MS);
}

async function loadWorld() {
  const world = await get("/sandbox/world");
  organisations = world.organisations;
  people.show(world.people);
  chat.people(organisations);
}

async function open() {
  try {
    await loadWorld();
    await mail.look();
    await hours.look();
    new Moods(by("moods"), announce).show(await get("/sandbox/providers"));
  } catch (error) {
    showLink("lost");
    announce(error.message);
    setTimeout(open, 3000);
  }
}

new IntersectionObserver(([ledger]) => {
  if (ledger.isIntersecting) by("peek").hidden = true;
}, { threshold: 0.15 }).observe(by("journal"));

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) hours.look().catch(() => showLink("lost")); // another browser may have moved it on
});

open();
