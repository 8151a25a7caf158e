// What is to be told of a wallet, apart from how it looks: pure, and tested by itself.

import { compare, isNegative, isPositive, isZero, minus, negated, parse, percent, scaled, sum } from "./decimal.ts";
import type { Account, Budget, BudgetValue, Entry, Grant, Packs, Payment, Recharge, Wallet } from "./types.ts";

const DAY = 86_400;

/** How fast an account is spent, from the entries that are here. Nothing before there is a day of them. */
export interface Pace {
  /** Spent per day. */
  perDay: string;
  /** For how many seconds what is available lasts. */
  seconds: number;
}

const changesOf = (entry: Entry) => entry.changes ?? [];

/** By how much an entry changed one account. */
export function amountOf(entry: Entry, account: string): string {
  return sum(
    changesOf(entry)
      .filter((one) => one.account === account)
      .map((one) => one.amount),
  );
}

/** Usage and charges; what expires or is taken back was spent by nobody. */
const SPENT = new Set(["usage_recorded", "hold_captured", "usage_priced", "minimum_charged", "reversed"]);

export function isSpending(entry: Entry): boolean {
  return SPENT.has(entry.type) || (entry.type === "debited" && entry.what === "Charge");
}

/** Whether an entry is only of a call: no payment, no rule and no refund is another one because of it. */
export const isQuiet = (entry: Entry): boolean => SPENT.has(entry.type) || entry.type.startsWith("hold_");

/** How much of a payment went back to its payer. */
export function returned({ receipt, amount, refunds, disputes }: Payment): "all" | "some" | "none" {
  const back = sum([
    ...refunds.filter((one) => one.status === "succeeded").map((one) => one.amount),
    ...disputes.filter((one) => one.status === "lost").map((one) => one.amount),
  ]);
  if (!isPositive(back)) return "none";
  return compare(back, receipt?.amount ?? amount) < 0 ? "some" : "all";
}

/** What was spent of an account in these entries, above zero. */
export function spent(entries: readonly Entry[], account: string): string {
  return negated(sum(entries.filter(isSpending).map((entry) => amountOf(entry, account))));
}

export function paceOf(account: Account, entries: readonly Entry[], at: Date, allHere: boolean): Pace | undefined {
  const week = at.getTime() - 7 * DAY * 1000;
  const recent = entries.filter((entry) => Date.parse(entry.at) >= week);
  const oldest = recent.at(-1);
  if (oldest === undefined) return undefined;
  // What is older than what is here is not known, so the span is that of what is.
  const isWholeWeek = !allHere && recent.length < entries.length;
  const from = isWholeWeek ? week : Date.parse(oldest.at);
  const seconds = Math.round((at.getTime() - from) / 1000);
  const used = spent(recent, account.id);
  if (seconds < DAY || !isPositive(used) || !isPositive(account.available)) return undefined;
  const left = (parse(account.available) * BigInt(seconds)) / parse(used);
  return { perDay: scaled(used, DAY, seconds), seconds: Number(left) };
}

/** What was spent since midnight of UTC; nothing where the entries here do not reach so far. */
export function spentToday(
  account: Account,
  entries: readonly Entry[],
  at: Date,
  allHere: boolean,
): string | undefined {
  const midnight = Date.parse(`${at.toISOString().slice(0, 10)}T00:00:00Z`);
  const reaches = allHere || entries.some((entry) => Date.parse(entry.at) < midnight);
  if (!reaches) return undefined;
  return spent(
    entries.filter((entry) => Date.parse(entry.at) >= midnight),
    account.id,
  );
}

export const restrictedOf = (account: Account): string => sum(account.restricted.map((one) => one.amount));

/** The credit that ends soonest, all that ends in that moment. */
export function endingNext(grants: readonly Grant[], at: Date): { amount: string; at: string } | undefined {
  const live = grants.filter((one) => isLive(one, at) && one.expires_at !== null && isPositive(one.available));
  const ends = live.map((one) => one.expires_at as string).sort((a, b) => Date.parse(a) - Date.parse(b));
  const [end] = ends;
  if (end === undefined) return undefined;
  return { amount: sum(live.filter((one) => one.expires_at === end).map((one) => one.available)), at: end };
}

export function isLive(grant: Grant, at: Date): boolean {
  const ended = grant.expires_at !== null && Date.parse(grant.expires_at) <= at.getTime();
  return !ended && !grant.voided && (isPositive(grant.available) || isPositive(grant.held));
}

export type Notice =
  | { kind: "recharge.action"; url: string }
  | { kind: "recharge.failed"; url?: string }
  | { kind: "frozen"; cause: string }
  | { kind: "overdrawn"; amount: string; asset: string }
  | { kind: "empty" }
  | { kind: "full" }
  | { kind: "low"; amount: string; asset: string; seconds: number }
  | { kind: "expiring"; amount: string; asset: string; at: string };

export interface Told {
  wallet: Wallet;
  recharge?: readonly Recharge[] | undefined;
  pace?: ((account: Account) => Pace | undefined) | undefined;
  ending?: ((account: Account) => { amount: string; at: string } | undefined) | undefined;
}

const LOW_SECONDS = 3 * DAY;
const ENDING_SECONDS = 7 * DAY;
const ENDING_PERCENT = 5;

/** One notice at most: the most pressing thing that somebody can do something about. */
export function noticeOf({ wallet, recharge = [], pace, ending }: Told, at: Date): Notice | undefined {
  const failed = recharge.find((one) => one.enabled && one.last_attempt?.outcome === "declined");
  const { redirect_url: url, code } = failed?.last_attempt ?? {};
  // Who can confirm it at the bank need not pay it by hand.
  if (url !== undefined && code === "authentication_required") return { kind: "recharge.action", url };
  const [freeze] = wallet.freezes ?? [];
  if (freeze !== undefined) return { kind: "frozen", cause: freeze.cause };
  if (failed !== undefined) return { kind: "recharge.failed", ...(url === undefined ? {} : { url }) };
  const below = wallet.accounts.find((one) => isNegative(one.balance));
  if (below !== undefined) return { kind: "overdrawn", amount: negated(below.balance), asset: below.asset };
  if (wallet.accounts.length > 0 && wallet.accounts.every(isUsedUp)) {
    // Held money comes back by itself: nobody need pay for that.
    return wallet.accounts.some((one) => isPositive(one.held)) ? { kind: "full" } : { kind: "empty" };
  }
  return lowOf(wallet, pace) ?? endingOf(wallet, ending, at);
}

function lowOf(wallet: Wallet, pace: Told["pace"]): Notice | undefined {
  for (const account of wallet.accounts) {
    const lasts = pace?.(account);
    if (lasts === undefined || lasts.seconds >= LOW_SECONDS) continue;
    return { kind: "low", amount: account.available, asset: account.asset, seconds: lasts.seconds };
  }
  return undefined;
}

function endingOf(wallet: Wallet, ending: Told["ending"], at: Date): Notice | undefined {
  for (const account of wallet.accounts) {
    const next = ending?.(account);
    if (next === undefined || Date.parse(next.at) - at.getTime() > ENDING_SECONDS * 1000) continue;
    // A rest of no weight would be a notice for nothing.
    if (percent(next.amount, account.balance) < ENDING_PERCENT) continue;
    return { kind: "expiring", amount: next.amount, asset: account.asset, at: next.at };
  }
  return undefined;
}

/** Whether no call could be paid from an account. */
function isUsedUp(account: Account): boolean {
  const left = sum([account.available, account.overdraft]);
  return !isPositive(left) && !isPositive(restrictedOf(account));
}

export interface Offer {
  /** How the API knows it; nothing for an amount that the customer types. */
  pack?: string;
  name?: string;
  amount: string;
  currency: string;
  asset: string;
  bonus?: string;
}

/** What a side offers that has set nothing: round amounts of a currency. */
const PRESETS = ["10", "25", "50", "100"];

/** What can be bought with one press, and in which currency another amount is paid. */
export function offersOf(packs: Packs, currencies: readonly string[]): { offers: Offer[]; currency: string } {
  const [first] = packs.free_amounts;
  const currency = first?.currency ?? currencies[0] ?? packs.packs[0]?.currency ?? "USD";
  const offers: Offer[] = packs.packs.map(({ code, bonus, ...pack }) => ({
    ...pack,
    pack: code,
    ...(bonus ? { bonus } : {}),
  }));
  if (offers.length > 0) return { offers, currency };
  const inside = PRESETS.filter((amount) => outside(packs, currency, amount) === undefined);
  return { offers: inside.map((amount) => offerOf(packs, currency, amount)), currency };
}

/** An amount that was typed, with the gift that it earns. */
export function offerOf(packs: Packs, currency: string, amount: string): Offer {
  const steps = packs.bonuses.filter((one) => one.currency === currency && compare(one.from, amount) <= 0);
  const best = steps.sort((a, b) => compare(b.from, a.from))[0];
  return { amount, currency, asset: currency, ...(best && best.asset === currency ? { bonus: best.bonus } : {}) };
}

/** The bounds of a currency, where the amount is outside of them. */
export function outside(packs: Packs, currency: string, amount: string): { min?: string; max?: string } | undefined {
  const bounds = boundsOf(packs, currency);
  const isLess = bounds.min !== undefined && compare(amount, bounds.min) < 0;
  const isMore = bounds.max !== undefined && compare(amount, bounds.max) > 0;
  return isLess || isMore ? bounds : undefined;
}

export function boundsOf(packs: Packs, currency: string): { min?: string; max?: string } {
  const found = packs.free_amounts.find((one) => one.currency === currency);
  return { ...(found?.min ? { min: found.min } : {}), ...(found?.max ? { max: found.max } : {}) };
}

/** What will be available after a purchase, and how much of it an overdraft takes first. */
export function afterwards(account: Account | undefined, offer: Offer): { available: string; covers: string } {
  const available = account?.available ?? "0";
  const bought = sum([offer.amount, offer.bonus ?? "0"]);
  const owed = isNegative(available) ? negated(available) : "0";
  const covers = compare(owed, bought) < 0 ? owed : bought;
  return { available: sum([available, bought]), covers };
}

/** An entry, and how much of it is what the reader asks about. */
export interface PartOfEntry {
  entry: Entry;
  amount: string;
}

/** The rows that made a grant what it is, newest first. */
export function rowsOfGrant(entries: readonly Entry[], grant: string): PartOfEntry[] {
  const parts = (entry: Entry) => (entry.grants ?? []).filter((one) => one.grant === grant);
  const rows = entries.map((entry) => ({ entry, amount: sum(parts(entry).map((one) => one.amount)) }));
  return rows.filter(({ amount }) => !isZero(amount));
}

/** What of an entry a limit may look at, where a customer sees it. */
const SEEN = { subject: "subject", event_type: "event_type", model: "model" } as const;

/** Whether a limit counts an entry; nothing where that is not to be seen. */
function counts({ match = {}, each }: Budget, value: string | undefined, entry: Entry): boolean | undefined {
  const { event_type: event, data = {}, ...other } = match;
  const { model, ...fields } = data;
  if (Object.keys(other).length > 0 || Object.keys(fields).length > 0) return undefined;
  const key = each == null ? undefined : SEEN[each as keyof typeof SEEN];
  if (each != null && key === undefined) return undefined;
  const wanted = [
    [event, entry.event_type],
    [model, entry.model],
    [key && value, key && entry[key]],
  ];
  return wanted.every(([asked, is]) => asked === undefined || asked === is);
}

/**
 * The rows that a limit has counted: the newest of its window that add up to what it says. It counts from when it was made, so the
 * window alone does not tell which they are. None where no rows here add up to it: older ones are missing, or it looks at what a
 * customer does not see.
 */
export function rowsOfBudget(entries: readonly Entry[], budget: Budget, one: Partial<BudgetValue> = {}): PartOfEntry[] {
  const spent = one.spent ?? budget.spent ?? "0";
  const from = Date.parse(budget.window_started_at ?? "") || 0;
  const rows: PartOfEntry[] = [];
  let total = "0";
  for (const entry of entries) {
    if (compare(total, spent) >= 0 || Date.parse(entry.at) < from) break;
    const isCounted = isSpending(entry) && counts(budget, one.value, entry);
    if (isCounted === undefined) return [];
    const own = changesOf(entry).filter((change) => change.asset === budget.asset);
    const amount = sum(own.map((change) => change.amount));
    if (!isCounted || isZero(amount)) continue;
    rows.push({ entry, amount });
    total = minus(total, amount);
  }
  return compare(total, spent) === 0 ? rows : [];
}

const HOUR_PARTS = 12;
const HOUR_PART_MS = 300_000;

/** What was spent of an account in the last hour, in parts of five minutes, the oldest first. */
export function lastHour(entries: readonly Entry[], account: string, at: Date): string[] {
  const began = at.getTime() - HOUR_PARTS * HOUR_PART_MS;
  const parts = Array.from({ length: HOUR_PARTS }, (): Entry[] => []);
  for (const entry of entries) {
    // What happens right now belongs to the last part; what is older than an hour to none.
    const place = Math.floor((Date.parse(entry.at) - began) / HOUR_PART_MS);
    parts[Math.min(place, HOUR_PARTS - 1)]?.push(entry);
  }
  return parts.map((part) => spent(part, account));
}

export type Dimension = "note" | "model" | "event" | "day";

export interface Share {
  name: string;
  amount: string;
  count: number;
}

/** What was spent of an account, by who or what spent it: the most first. */
export function shares(entries: readonly Entry[], account: string, by: Dimension): Share[] {
  const found = new Map<string, Share>();
  for (const entry of entries.filter(isSpending)) {
    const amount = negated(amountOf(entry, account));
    if (isZero(amount)) continue;
    const name = nameOf(entry, by);
    const share = found.get(name) ?? { name, amount: "0", count: 0 };
    found.set(name, { name, amount: sum([share.amount, amount]), count: share.count + 1 });
  }
  const all = [...found.values()];
  // Days stand in their order, everything else by its size.
  return by === "day"
    ? all.sort((a, b) => b.name.localeCompare(a.name))
    : all.sort((a, b) => compare(b.amount, a.amount));
}

/** The rows that a share is the sum of, newest first. */
export function rowsOf(entries: readonly Entry[], account: string, by: Dimension, name: string): PartOfEntry[] {
  const spent = entries.filter((entry) => isSpending(entry) && nameOf(entry, by) === name);
  const rows = spent.map((entry) => ({ entry, amount: amountOf(entry, account) }));
  return rows.filter(({ amount }) => !isZero(amount));
}

function nameOf(entry: Entry, by: Dimension): string {
  switch (by) {
    case "note":
      return entry.subject ?? entry.note ?? "";
    case "model":
      return entry.model ?? "";
    case "event":
      return entry.event_type ?? "";
    case "day":
      return entry.at.slice(0, 10);
  }
}

export const balanceBefore = (entry: Entry, account: string): string | undefined => {
  const after = entry.balances.find((one) => one.account === account)?.balance;
  return after === undefined ? undefined : minus(after, amountOf(entry, account));
};

/** The rows as a file for a spreadsheet. */
export function csvOf(entries: readonly Entry[]): string {
  const rows = entries.flatMap((entry) =>
    (changesOf(entry).length > 0 ? changesOf(entry) : [{ asset: "", amount: "", account: "" }]).map((change) => [
      String(entry.seq),
      entry.at,
      entry.what ?? entry.type,
      entry.note ?? "",
      change.amount,
      change.asset,
      entry.balances.find((one) => one.account === change.account)?.balance ?? "",
    ]),
  );
  const head = ["entry", "at", "what", "note", "amount", "asset", "balance"];
  return `${[head, ...rows].map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

/** A spreadsheet computes what begins with these signs, so text that does is kept from it. */
function cell(text: string): string {
  const isAmount = /^-?\d+(\.\d+)?$/.test(text);
  const safe = !isAmount && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
