// Pages of a list, and what `expand` puts in the place of an id.

import type { Books } from "./books.ts";
import type { Given } from "./given.ts";
import { type Json, plain } from "./json.ts";
import { invalid, noSuch } from "./problem.ts";
import type { Row } from "./table.ts";

/**
 * The newest first, as Stripe lists everything. `rows` are all there are, the oldest first: the row that a page begins
 * beside need not be one of those that are wanted.
 */
export function page<T extends Row>(
  given: Given,
  rows: T[],
  url: string,
  isWanted: (row: T) => boolean = () => true,
): Json {
  const newest = rows.toReversed();
  const wanted = (some: T[]) => some.filter((row) => isWanted(row) && isIn(given, row.created ?? 0));
  const limit = given.integer("limit") ?? 10;
  if (limit < 1 || limit > 100) throw invalid("Invalid integer: limit must be between 1 and 100", { param: "limit" });
  const [after, before] = [given.text("starting_after"), given.text("ending_before")];
  if (after !== undefined && before !== undefined) {
    throw invalid("You cannot parameterize both starting_after and ending_before.", { param: "starting_after" });
  }
  const place = (id: string, param: string) => {
    const found = newest.findIndex((row) => row.id === id);
    if (found < 0) throw noSuch("object", id, param, 400);
    return found;
  };
  if (before !== undefined) {
    // What is newer than the one named, and next to it.
    const newer = wanted(newest.slice(0, place(before, "ending_before")));
    return { object: "list", data: newer.slice(-limit), has_more: newer.length > limit, url };
  }
  const rest = wanted(after === undefined ? newest : newest.slice(place(after, "starting_after") + 1));
  return { object: "list", data: rest.slice(0, limit), has_more: rest.length > limit, url };
}

/** `created=1` or `created[gte]=1`. */
function isIn(given: Given, created: number): boolean {
  if (!given.has("created")) return true;
  if (typeof given.form.created === "string") return created === given.integer("created");
  const range = given.group("created");
  range.only(["gt", "gte", "lt", "lte"]);
  const bound = (name: string, otherwise: number) => range.integer(name) ?? otherwise;
  return (
    created > bound("gt", -1) &&
    created >= bound("gte", 0) &&
    created < bound("lt", Number.POSITIVE_INFINITY) &&
    created <= bound("lte", Number.POSITIVE_INFINITY)
  );
}

/** `metadata['name']:'value' AND customer:'cus_…'`, of which every part must be so. */
export function search<T extends Row>(books: Books, given: Given, rows: T[], url: string): Json {
  const query = given.required("query");
  const parts = query.split(/\s+AND\s+/i).map((part) => {
    const [, name, key, value] = /^(\w+)(?:\[["']([^"']+)["']\])?:["']([^"']*)["']$/.exec(part.trim()) ?? [];
    if (name === undefined) throw invalid(`We were unable to parse your search query: ${part}`, { param: "query" });
    return { name, key, value };
  });
  // Stripe's index is behind what it searches, so nobody may rely on it for what has just happened.
  const indexed = rows.filter((row) => (row.created ?? 0) <= books.now() - SEARCH_LAG);
  const isMeant = (row: Json) =>
    parts.every(({ name, key, value }) => (key === undefined ? row[name] : row[name]?.[key]) === value);
  return { object: "search_result", data: indexed.filter(isMeant).reverse(), has_more: false, next_page: null, url };
}

/** In seconds; Stripe says "less than a minute" for most of the time. */
export const SEARCH_LAG = 60;

/** A copy of an answer with the objects in it that were asked for. */
export function expanded(books: Books, answer: Json, paths: string[]): Json {
  const copy = plain(answer);
  for (const path of paths) {
    if (path.split(".").length > 4)
      throw invalid("You cannot expand more than 4 levels of a property.", { param: "expand" });
    expand(books, copy, path.split("."), path);
  }
  return copy;
}

function expand(books: Books, at: Json, [name = "", ...rest]: string[], whole: string): void {
  if (Array.isArray(at)) {
    for (const one of at) expand(books, one, [name, ...rest], whole);
    return;
  }
  if (at === null || typeof at !== "object") return;
  const value = at[name];
  if (typeof value === "string") at[name] = plain(lookUp(books, value) ?? value);
  else if (value === undefined) {
    const included = include(books, at, name);
    if (included === undefined) throw invalid(`This property cannot be expanded (${whole}).`, { param: "expand" });
    at[name] = plain(included);
  }
  if (rest.length > 0) expand(books, at[name], rest, whole);
}

function lookUp(books: Books, id: string): Json {
  const tables = [
    books.customers,
    books.methods,
    books.intents,
    books.setups,
    books.sessions,
    books.charges,
    books.refunds,
    books.disputes,
    books.transactions,
    books.products,
    books.prices,
    books.coupons,
    books.promotionCodes,
    books.subscriptions,
    books.invoices,
  ];
  for (const table of tables) {
    const found = table.find(id);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Lists that are left out unless somebody asks. */
function include(books: Books, { object, id }: Json, name: string): Json {
  const list = (data: Json[], url: string) => ({ object: "list", data, has_more: false, url });
  switch (`${object}.${name}`) {
    case "checkout.session.line_items":
      return list(books.plans.get(id)?.lines ?? [], `/v1/checkout/sessions/${id}/line_items`);
    case "charge.refunds":
      return list(
        books.refunds
          .all()
          .filter((refund) => refund.charge === id)
          .reverse(),
        `/v1/charges/${id}/refunds`,
      );
    case "invoice.payments":
      return list(
        books.invoicePayments.all().filter((payment) => payment.invoice === id),
        "/v1/invoice_payments",
      );
    case "customer.subscriptions":
      return list(
        books.subscriptions
          .all()
          .filter((one) => one.customer === id)
          .reverse(),
        `/v1/customers/${id}/subscriptions`,
      );
    case "customer.sources":
      return list([], `/v1/customers/${id}/sources`);
    case "customer.cash_balance":
    case "customer.tax":
    case "invoice.confirmation_secret":
      return null;
    default:
      return undefined;
  }
}
