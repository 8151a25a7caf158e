// The calls, as one table: method, path, what answers.

import type Stripe from "stripe";
import type { Books } from "./books.ts";
import type { Given } from "./given.ts";
import type { Json } from "./json.ts";
import { page, search } from "./lists.ts";
import { invalid, noSuch } from "./problem.ts";
import { account, balance, createEndpoint, deleteEndpoint, updateEndpoint } from "./state/account.ts";
import { cashBalance, fund } from "./state/cash.ts";
import * as catalogue from "./state/catalogue.ts";
import { createCustomer, deleteCustomer, updateCustomer } from "./state/customers.ts";
import { closeDispute, updateDispute } from "./state/disputes.ts";
import * as intents from "./state/intents.ts";
import * as invoices from "./state/invoices.ts";
import * as methods from "./state/methods.ts";
import * as refunds from "./state/refunds.ts";
import * as sessions from "./state/sessions.ts";
import * as setups from "./state/setups.ts";
import * as subscriptions from "./state/subscriptions.ts";
import type { Row, Table } from "./table.ts";

export interface Call {
  books: Books;
  given: Given;
  /** What the stars of the path stand for. */
  ids: string[];
  path: string;
}

type Answer = (call: Call, id: string, other: string) => Json;

export interface Route {
  method: "GET" | "POST" | "DELETE";
  path: string;
  answer: Answer;
}

const get = (path: string, answer: Answer): Route => ({ method: "GET", path, answer });
const post = (path: string, answer: Answer): Route => ({ method: "POST", path, answer });
const remove = (path: string, answer: Answer): Route => ({ method: "DELETE", path, answer });

const rowsOf = <T extends Row>(path: string, table: (books: Books) => Table<T>): Route =>
  get(`${path}/*`, ({ books }, id) => table(books).get(id));

/** A list that can be narrowed by some fields. */
const listOf = <T extends Row>(path: string, table: (books: Books) => Table<T>, filters: string[] = []): Route =>
  get(path, ({ books, given, path: url }) => {
    given.only([...PAGING, ...filters]);
    const wanted = (row: Json) =>
      filters.every((name) => !given.has(name) || String(valueAt(row, name)) === given.text(name));
    return page(given, table(books).all(), url, (row) => !(row as Json).deleted && wanted(row));
  });

const PAGING = ["limit", "starting_after", "ending_before", "created"];

/** Some filters are named otherwise than the field. */
const valueAt = (row: Json, name: string): Json =>
  name === "subscription" && row.parent ? row.parent.subscription_details?.subscription : row[name];

export const ROUTES: readonly Route[] = [
  post("/v1/customers", ({ books, given }) => createCustomer(books, given)),
  listOf("/v1/customers", (books) => books.customers, ["email", "test_clock"]),
  get("/v1/customers/search", ({ books, given, path }) => search(books, given, books.customers.all(), path)),
  rowsOf("/v1/customers", (books) => books.customers),
  post("/v1/customers/*", ({ books, given }, id) => updateCustomer(books, id, given)),
  remove("/v1/customers/*", ({ books }, id) => deleteCustomer(books, id)),
  get("/v1/customers/*/payment_methods", ({ books, given, path }, id) => methodsOf(books, given, path, id)),
  get("/v1/customers/*/payment_methods/*", ({ books }, _, method) => books.methods.get(method)),
  get("/v1/customers/*/cash_balance", ({ books }, id) => cashBalance(books, id)),
  get("/v1/customers/*/cash_balance_transactions", ({ books, given, path }, id) =>
    page(
      given,
      books.cashTransactions.all().filter((one) => one.customer === id),
      path,
    ),
  ),
  post("/v1/test_helpers/customers/*/fund_cash_balance", ({ books, given }, id) => {
    const transaction = fund(books, id, given);
    intents.applyCash(books, id, transaction.currency);
    return transaction;
  }),

  post("/v1/payment_methods", ({ books, given }) => methods.createMethod(books, given)),
  get("/v1/payment_methods", ({ books, given, path }) => methodsOf(books, given, path, given.text("customer"))),
  rowsOf("/v1/payment_methods", (books) => books.methods),
  post("/v1/payment_methods/*", ({ books, given }, id) => methods.updateMethod(books, id, given)),
  post("/v1/payment_methods/*/attach", ({ books, given }, id) =>
    methods.attach(books, methods.methodGiven(books, id), given.required("customer")),
  ),
  post("/v1/payment_methods/*/detach", ({ books }, id) => methods.detach(books, id)),

  post("/v1/payment_intents", ({ books, given }) => intents.createIntent(books, given)),
  listOf("/v1/payment_intents", (books) => books.intents, ["customer"]),
  get("/v1/payment_intents/search", ({ books, given, path }) => search(books, given, books.intents.all(), path)),
  rowsOf("/v1/payment_intents", (books) => books.intents),
  post("/v1/payment_intents/*", ({ books, given }, id) => intents.updateIntent(books, id, given)),
  post("/v1/payment_intents/*/confirm", ({ books, given }, id) => intents.confirmById(books, id, given)),
  post("/v1/payment_intents/*/cancel", ({ books, given }, id) => intents.cancelIntent(books, id, given)),
  post("/v1/payment_intents/*/capture", ({ books, given }, id) => intents.captureIntent(books, id, given)),

  post("/v1/setup_intents", ({ books, given }) => setups.createSetup(books, given)),
  listOf("/v1/setup_intents", (books) => books.setups, ["customer", "payment_method"]),
  rowsOf("/v1/setup_intents", (books) => books.setups),
  post("/v1/setup_intents/*/confirm", ({ books, given }, id) => setups.confirmSetupById(books, id, given)),
  post("/v1/setup_intents/*/cancel", ({ books }, id) => setups.cancelSetup(books, id)),

  post("/v1/checkout/sessions", ({ books, given }) => sessions.createSession(books, given)),
  listOf("/v1/checkout/sessions", (books) => books.sessions, ["customer", "payment_intent", "status", "subscription"]),
  rowsOf("/v1/checkout/sessions", (books) => books.sessions),
  post("/v1/checkout/sessions/*", ({ books, given }, id) => sessions.updateSession(books, id, given)),
  post("/v1/checkout/sessions/*/expire", ({ books }, id) => sessions.expireSession(books, id)),
  get("/v1/checkout/sessions/*/line_items", ({ books, given, path }, id) =>
    page(given, sessions.sessionLines(books, id), path),
  ),
  get("/v1/payment_pages/*", ({ books }, id) => sessions.paymentPage(books, id)),
  post("/v1/payment_pages/*/confirm", ({ books, given }, id) => sessions.confirmPage(books, id, given)),

  listOf("/v1/charges", (books) => books.charges, ["customer", "payment_intent"]),
  rowsOf("/v1/charges", (books) => books.charges),
  post("/v1/refunds", ({ books, given }) => refunds.createRefund(books, given)),
  listOf("/v1/refunds", (books) => books.refunds, ["charge", "payment_intent"]),
  rowsOf("/v1/refunds", (books) => books.refunds),
  post("/v1/refunds/*", ({ books, given }, id) => refunds.updateRefund(books, id, given)),
  post("/v1/refunds/*/cancel", ({ books }, id) => refunds.cancelRefund(books, id)),
  listOf("/v1/disputes", (books) => books.disputes, ["charge", "payment_intent"]),
  rowsOf("/v1/disputes", (books) => books.disputes),
  post("/v1/disputes/*", ({ books, given }, id) => updateDispute(books, id, given)),
  post("/v1/disputes/*/close", ({ books }, id) => closeDispute(books, id, "lost")),

  post("/v1/products", ({ books, given }) => catalogue.createProduct(books, given)),
  listOf("/v1/products", (books) => books.products, ["active"]),
  rowsOf("/v1/products", (books) => books.products),
  post("/v1/products/*", ({ books, given }, id) => catalogue.updateProduct(books, id, given)),
  remove("/v1/products/*", ({ books }, id) => catalogue.deleteProduct(books, id)),
  post("/v1/prices", ({ books, given }) => catalogue.createPrice(books, given)),
  listOf("/v1/prices", (books) => books.prices, ["active", "product", "currency", "type"]),
  rowsOf("/v1/prices", (books) => books.prices),
  post("/v1/prices/*", ({ books, given }, id) => catalogue.updatePrice(books, id, given)),
  post("/v1/coupons", ({ books, given }) => catalogue.createCoupon(books, given)),
  listOf("/v1/coupons", (books) => books.coupons),
  rowsOf("/v1/coupons", (books) => books.coupons),
  post("/v1/promotion_codes", ({ books, given }) => catalogue.createPromotionCode(books, given)),
  listOf("/v1/promotion_codes", (books) => books.promotionCodes, ["code", "active"]),
  rowsOf("/v1/promotion_codes", (books) => books.promotionCodes),

  post("/v1/subscriptions", ({ books, given }) => subscriptions.createSubscription(books, given)),
  listOf("/v1/subscriptions", (books) => books.subscriptions, ["customer", "status"]),
  rowsOf("/v1/subscriptions", (books) => books.subscriptions),
  post("/v1/subscriptions/*", ({ books, given }, id) => subscriptions.updateSubscription(books, id, given)),
  remove("/v1/subscriptions/*", ({ books }, id) => subscriptions.cancelSubscription(books, id)),
  post("/v1/invoiceitems", ({ books, given }) => invoices.createInvoiceItem(books, given)),
  post("/v1/invoices", ({ books, given }) => invoices.createInvoice(books, given)),
  listOf("/v1/invoices", (books) => books.invoices, ["customer", "subscription", "status"]),
  rowsOf("/v1/invoices", (books) => books.invoices),
  get("/v1/invoices/*/lines", ({ books, given, path }, id) => page(given, books.invoices.get(id).lines.data, path)),
  post("/v1/invoices/*/finalize", ({ books }, id) => invoices.finalize(books, books.invoices.get(id))),
  post("/v1/invoices/*/pay", ({ books, given }, id) => invoices.payInvoiceById(books, id, given)),
  post("/v1/invoices/*/void", ({ books }, id) => invoices.voidInvoice(books, id)),
  get("/v1/invoice_payments", ({ books, given, path }) => invoicePayments(books, given, path)),
  rowsOf("/v1/invoice_payments", (books) => books.invoicePayments),

  get("/v1/account", ({ books }) => account(books)),
  get("/v1/accounts/*", ({ books }, id) => {
    if (id !== books.account) throw noSuch("account", id);
    return account(books);
  }),
  get("/v1/balance", ({ books }) => balance(books)),
  listOf("/v1/balance_transactions", (books) => books.transactions, ["source", "type", "currency"]),
  rowsOf("/v1/balance_transactions", (books) => books.transactions),
  rowsOf("/v1/events", (books) => books.events),
  post("/v1/webhook_endpoints", ({ books, given }) => createEndpoint(books, given)),
  get("/v1/webhook_endpoints", ({ books, given, path }) =>
    page(
      given,
      [...books.endpoints.values()].map((one) => one.object),
      path,
    ),
  ),
  get("/v1/webhook_endpoints/*", ({ books }, id) => endpointOf(books, id).object),
  post("/v1/webhook_endpoints/*", ({ books, given }, id) => updateEndpoint(endpointOf(books, id), given)),
  remove("/v1/webhook_endpoints/*", ({ books }, id) => deleteEndpoint(books, endpointOf(books, id))),
];

function methodsOf(books: Books, given: Given, path: string, customer: string | undefined): Json {
  if (customer === undefined) throw invalid("You must specify a customer.", { param: "customer" });
  const type = given.text("type");
  const own = books.methods.all().filter((method) => method.customer === customer);
  return page(
    given,
    own.filter((method) => type === undefined || method.type === type),
    path,
  );
}

/** Stripe wants the kind beside the id of the payment that is asked for. */
function invoicePayments(books: Books, given: Given, path: string): Json {
  given.only([...PAGING, "invoice", "status", "payment"]);
  const payment = given.group("payment");
  payment.only(["type", "payment_intent"]);
  if (given.has("payment") && payment.required("type") !== "payment_intent") {
    throw invalid("Only payment_intent is known here.", { param: "payment[type]" });
  }
  const intent = given.has("payment") ? payment.required("payment_intent") : undefined;
  const fits = (one: Stripe.InvoicePayment) =>
    (!given.has("invoice") || one.invoice === given.text("invoice")) &&
    (!given.has("status") || one.status === given.text("status")) &&
    (intent === undefined || one.payment.payment_intent === intent);
  return page(given, books.invoicePayments.all(), path, fits);
}

function endpointOf(books: Books, id: string) {
  const endpoint = books.endpoints.get(id);
  if (endpoint === undefined) throw noSuch("webhook endpoint", id);
  return endpoint;
}

/** A star matches one step of the path; a path without a star goes before one with it. */
export function findRoute(
  method: string,
  path: string,
  routes: readonly Route[],
): { route: Route; ids: string[] } | undefined {
  const steps = path.split("/");
  let starred: { route: Route; ids: string[] } | undefined;
  for (const route of routes) {
    if (route.method !== method) continue;
    const wanted = route.path.split("/");
    if (wanted.length !== steps.length || !wanted.every((step, place) => step === "*" || step === steps[place]))
      continue;
    const ids = steps.filter((_, place) => wanted[place] === "*");
    if (ids.length === 0) return { route, ids };
    starred ??= { route, ids };
  }
  return starred;
}
