// Numbers and times as people read them. Amounts arrive as whole minor units and stay whole: no fractions are computed.

const grouped = (digits) => digits.replace(/\B(?=(\d{3})+$)/g, ",");

export function amount(minor, decimals) {
  const digits = String(Math.abs(minor)).padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const coins = decimals ? `.${digits.slice(-decimals)}` : "";
  return `${minor < 0 ? "−" : ""}${grouped(whole)}${coins}`;
}

const SYMBOLS = { KES: "KSh", TZS: "TSh", UGX: "USh" };

export const symbol = (currency) => SYMBOLS[currency] ?? currency;

// "KSh 19,950": coins are left out where there are none, as in speech.
export function money(minor, currency, decimals) {
  return `${symbol(currency)} ${amount(minor, decimals).replace(/\.0+$/, "")}`;
}

// What a prompt asks for, as the provider wrote it: "19950" or "19950.00".
export const plainAmount = (text) => String(text).replace(/\.0+$/, "").replace(/^\d+/, grouped);

export const local = (msisdn) => msisdn.replace(/^254(\d{3})(\d{3})(\d{3})$/, "0$1 $2 $3");

let ahead = 0;

// The demo's clock may have been moved on: `now` is its hour, in milliseconds.
export function runAhead(now) {
  ahead = now - Date.now();
}

const here = () => new Date(Date.now() + ahead);

// The phones and the office are in Nairobi, wherever their visitor is: a reminder of the evening comes in the evening.
const timeZone = "Africa/Nairobi";

export const clock = (when = here()) =>
  when.toLocaleTimeString("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" });

export const seconds = (when) => new Date(when).toLocaleTimeString("en-GB", { timeZone });

export function day(when) {
  return new Date(when).toLocaleDateString("en-GB", { timeZone, weekday: "short", day: "numeric", month: "short" });
}

export const isToday = (when) => day(when) === day(here());
