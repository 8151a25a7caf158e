// The pages that payers see. Plain HTML without scripts: every button is a form.

import type { IncomingMessage, ServerResponse } from "node:http";
import { ACTIONS } from "./actions.ts";
import type { Books } from "./books.ts";
import { desk, payment } from "./desk.ts";
import { escaped } from "./escaped.ts";
import { type Form, parseForm } from "./form.ts";
import { Given } from "./given.ts";
import { Problem } from "./problem.ts";
import type { FakeStripe } from "./server.ts";

/** Shows a page, or does what its button says and goes back to the shop. */
export async function pages(
  fake: FakeStripe,
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
): Promise<void> {
  const [, kind = "", id = ""] = new URL(request.url ?? "/", "http://fake").pathname.split("/");
  const books = id === "" ? fake.books() : fake.everyBooks().find((one) => knows(one, id));
  if (books === undefined) {
    html(
      response,
      404,
      "Nothing is here",
      "<p>The fake Stripe has no such page. It forgets everything when it ends.</p>",
    );
    return;
  }
  if (request.method !== "POST") {
    html(response, 200, ...(kind === "" ? desk(fake.everyBooks()) : shown(books, kind, id)));
    return;
  }
  try {
    const { account, livemode } = books;
    const to = await fake.act((at) => press(at, kind, id, new Given(parseForm(body))), { account, livemode });
    response.writeHead(303, { location: to }).end();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    html(
      response,
      error.status,
      "It did not work",
      `<p class="no">${escaped(error.message)}</p><p><a href="">Back</a></p>`,
    );
  }
}

function knows(books: Books, id: string): boolean {
  const tables = [books.sessions, books.intents, books.setups, books.charges, books.invoices];
  return tables.some((table) => table.find(id) !== undefined);
}

function press(books: Books, kind: string, id: string, given: Given): string {
  const name = given.required("do");
  const allowed: Record<string, string[]> = {
    pay: ["pay", "expire"],
    authenticate: ["authenticate"],
    transfer: ["transfer"],
    payments: ["settle", "transfer", "refund", "dispute", "close_dispute", "warn_of_fraud"],
  };
  const action = allowed[kind]?.includes(name) ? ACTIONS[name] : undefined;
  if (action === undefined)
    throw new Problem(400, { type: "invalid_request_error", message: "This page has no such button." });
  const target: Form = kind === "pay" ? { session: id } : kind === "authenticate" ? { id } : { payment_intent: id };
  try {
    action(books, new Given({ ...given.form, ...target }));
  } catch (error) {
    // Who did not agree goes back to the shop like anybody else.
    if (!(error instanceof Problem) || given.text("agrees") !== "false") throw error;
  }
  return kind === "payments" ? `/payments/${id}` : goesTo(books, id);
}

/** Back to the shop when it is done; to the bank when that wants to be asked. */
function goesTo(books: Books, id: string): string {
  const session =
    books.sessions.find(id) ?? books.sessions.all().find((one) => one.payment_intent === id || one.setup_intent === id);
  const intent = books.intents.find((session?.payment_intent as string | null) ?? id);
  const setup = books.setups.find((session?.setup_intent as string | null) ?? id);
  if (session?.status === "complete")
    return (session.success_url ?? `/pay/${session.id}`).replaceAll("{CHECKOUT_SESSION_ID}", session.id);
  if (session?.status === "expired") return session.cancel_url ?? `/pay/${session.id}`;
  if (setup?.status === "requires_action") return `/authenticate/${setup.id}`;
  if (intent?.status === "requires_action") return `/authenticate/${intent.id}`;
  const back = books.returns.get(id);
  // A payer who was not confirmed tries again, where there is a page for it.
  if (back === undefined || session !== undefined)
    return session === undefined ? `/payments/${id}` : `/pay/${session.id}`;
  const to = new URL(back);
  const isPayment = intent !== undefined;
  to.searchParams.set(isPayment ? "payment_intent" : "setup_intent", id);
  to.searchParams.set("redirect_status", (intent ?? setup)?.status === "succeeded" ? "succeeded" : "failed");
  return to.href;
}

function shown(books: Books, kind: string, id: string): [title: string, body: string] {
  if (kind === "pay") return checkout(books, id);
  if (kind === "authenticate") return authentication(books, id);
  if (kind === "receipts") return receipt(books, id);
  if (kind === "payments" || kind === "transfer") return payment(books, id);
  return ["Invoice", `<pre>${escaped(JSON.stringify(books.invoices.get(id), null, 2))}</pre>`];
}

function checkout(books: Books, id: string): [string, string] {
  const session = books.sessions.get(id);
  if (session.status !== "open") return ["Checkout", `<p>This session is ${session.status}.</p>`];
  const { amount_total, currency, total_details } = session;
  const lines = (books.plans.get(id)?.lines ?? []).map(
    (line) => `<li>${line.quantity} × ${escaped(line.description ?? "")}: ${line.amount_total}</li>`,
  );
  const sum =
    session.mode === "setup"
      ? "<p>Save a card for later.</p>"
      : `<ul>${lines.join("")}</ul><p><b>${amount_total} ${currency?.toUpperCase()}</b> in its smallest unit, tax ${total_details?.amount_tax}, discount ${total_details?.amount_discount}</p>`;
  const code = session.allow_promotion_codes
    ? '<p><label>Promotion code <input name="promotion_code"></label></p>'
    : "";
  const cancel = session.cancel_url
    ? `<p><a href="${escaped(session.cancel_url)}">Back to the shop without paying</a></p>`
    : "";
  const buttons = METHODS.map(([value, text]) => `<button name="with" value="${value}">${text}</button>`).join("\n");
  const pay = `<form method="post"><input type="hidden" name="do" value="pay">${code}${buttons}</form>`;
  const expire = '<form method="post"><button name="do" value="expire">Let the session expire</button></form>';
  return ["Checkout", `${sum}${pay}${expire}${cancel}`];
}

const METHODS = [
  ["4242424242424242", "Pay by a card that works"],
  ["4000000000000002", "Pay by a card that is declined"],
  ["4000000000009995", "Pay by a card without funds"],
  ["4000002760003184", "Pay by a card whose bank asks (3-D Secure)"],
  ["4000000000000341", "Pay by a card that can be saved and then fails"],
  ["us_bank_account", "Pay by bank debit (takes days)"],
  ["customer_balance", "Pay by bank transfer"],
] as const;

function authentication(books: Books, id: string): [string, string] {
  const { status } = books.intents.find(id) ?? books.setups.get(id);
  if (status !== "requires_action") return ["Your bank", `<p>It is ${status}.</p>`];
  const button = (agrees: boolean, text: string) => `<button name="agrees" value="${agrees}">${text}</button>`;
  const form = `<form method="post"><input type="hidden" name="do" value="authenticate">${button(true, "It is me")}${button(false, "It is not me")}</form>`;
  return ["Your bank", `<p>Do you want to pay?</p>${form}`];
}

function receipt(books: Books, id: string): [string, string] {
  const { amount_captured, amount_refunded, currency, created, description } = books.charges.get(id);
  const when = new Date(created * 1000).toISOString();
  const facts = `${amount_captured} ${currency.toUpperCase()} in its smallest unit, on ${when}; refunded ${amount_refunded}.`;
  return ["Receipt", `<p>${escaped(description ?? "")}</p><p>${facts}</p>`];
}

function html(response: ServerResponse, status: number, title: string, body: string): void {
  const style =
    "body{font:16px/1.5 system-ui;max-width:34em;margin:2em auto;padding:0 1em}button{display:block;margin:.5em 0;padding:.5em 1em;font:inherit}.no{color:#a00}";
  const note = "<hr><p><small>A fake of Stripe, for tests. No money moves here.</small></p>";
  const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><style>${style}</style><h1>${title}</h1>${body}${note}</html>`;
  response.writeHead(status, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
  });
  response.end(page);
}
