// The control API, for tests in other processes and for people: /_fake/…, without a key, on this machine only.

import type { IncomingMessage, ServerResponse } from "node:http";
import { ACTIONS } from "./actions.ts";
import { FAULTS, type Planned } from "./faults.ts";
import { type Form, parseForm, type Value } from "./form.ts";
import { Given } from "./given.ts";
import { answered, problemOf } from "./http.ts";
import { type Json, plain } from "./json.ts";
import { TRICKS, type Trick } from "./mischief.ts";
import { invalid, missing, noSuch } from "./problem.ts";
import type { FakeStripe, Side } from "./server.ts";

type Command = (fake: FakeStripe, given: Given, side: Side) => Json | Promise<Json>;

/** By method and name. */
export const COMMANDS: Record<string, Command> = {
  "GET truth": (fake, given, side) => {
    const metadata = given.metadata();
    const which = { customer: given.text("customer"), intent: given.text("intent") };
    const said = Object.fromEntries(Object.entries(which).filter(([, value]) => value !== undefined));
    const truth = fake.truth({ ...said, metadata }, side);
    const sums = Object.fromEntries(truth.currencies().map((currency) => [currency, truth.sums(currency)]));
    return { sums, charged_twice: truth.chargedTwice("intent"), entries: truth.entries };
  },
  "GET calls": (fake) => fake.asked,
  "GET deliveries": (fake) => fake.delivery.sent,
  "POST faults": (fake, given) => {
    fake.fail(faultGiven(given));
    return { remaining: fake.faults.remaining() };
  },
  "DELETE faults": (fake) => {
    fake.faults.clear();
    return {};
  },
  "POST release": (fake) => {
    fake.faults.release();
    return {};
  },
  "POST clock": async (fake, given) => {
    await fake.advance(given.requiredInteger("advance"));
    return { now: fake.clock.now() };
  },
  "POST webhooks": (fake, given, side) => {
    const form = given.oneOf("form", ["snapshot", "thin", "both"]) ?? "snapshot";
    const [secret, events] = [given.text("secret"), given.texts("events")];
    const more = { ...(secret === undefined ? {} : { secret }), ...(events.length === 0 ? {} : { events }) };
    const made = fake.addWebhook(
      { url: given.required("url"), form, isConnect: given.boolean("connect") ?? false, ...more },
      side,
    );
    return { ...made.object, secret: made.secrets[0]?.secret };
  },
  "POST roll_secret": (fake, given, side) => {
    const endpoint = fake.books(side).endpoints.get(given.required("endpoint"));
    if (endpoint === undefined) throw noSuch("webhook endpoint", given.required("endpoint"));
    return { secret: fake.rollSecret(endpoint, given.integer("hours"), given.text("secret"), side) };
  },
  "POST delivery": (fake, given) => {
    fake.delivery.isHeld = given.boolean("held") ?? fake.delivery.isHeld;
    const seed = given.integer("seed");
    const tricks = given.texts("tricks");
    const unknown = tricks.find((trick) => !(TRICKS as readonly string[]).includes(trick));
    if (unknown !== undefined) throw invalid(`No such trick: ${unknown}. There are: ${TRICKS.join(", ")}.`);
    if (given.has("seed")) fake.misbehave(seed ?? null, tricks.length === 0 ? TRICKS : (tricks as Trick[]));
    return { held: fake.delivery.isHeld, seed: seed ?? null };
  },
  "POST deliver": async (fake, given) => {
    await (given.boolean("all") ? fake.deliverAll() : fake.delivery.run());
    return { sent: fake.delivery.sent.length };
  },
  "POST resend": async (fake, given) => {
    await fake.delivery.resend(given.required("event"));
    return {};
  },
};

export async function control(
  fake: FakeStripe,
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
): Promise<void> {
  const { status, headers, body: text } = await answer(fake, request, body).catch(problemOf);
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(text);
}

async function answer(fake: FakeStripe, request: IncomingMessage, body: string) {
  const url = new URL(request.url ?? "/", "http://fake");
  const name = url.pathname.replace("/_fake/", "");
  const form = { ...parseForm(url.search.slice(1)), ...formOf(request, body) };
  const given = new Given(form);
  const account = given.text("account");
  const side = { ...(account === undefined ? {} : { account }), livemode: given.boolean("livemode") ?? false };
  const command = COMMANDS[`${request.method} ${name}`];
  if (command !== undefined) return answered(200, plain(await command(fake, given, side)));
  const action = ACTIONS[name];
  if (action === undefined || request.method !== "POST") throw noSuch("command", name);
  return answered(200, plain(await fake.act((books) => action(books, given), side)));
}

/** JSON or a form; the leaves of both are texts from here on. */
function formOf(request: IncomingMessage, body: string): Form {
  if (!(request.headers["content-type"] ?? "").includes("json")) return parseForm(body);
  try {
    return body === "" ? {} : (textual(JSON.parse(body)) as Form);
  } catch {
    throw invalid("The body is no JSON.");
  }
}

function textual(value: Json): Value {
  if (Array.isArray(value)) return value.map(textual);
  if (value === null || typeof value !== "object") return String(value ?? "");
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, textual(inner)]));
}

/** JSON and forms say numbers differently, so each is read by its name. */
function faultGiven(given: Given): Planned {
  const kind = given.oneOf("kind", FAULTS);
  if (kind === undefined) throw missing("kind");
  const numbers = ["times", "skip", "retry_after", "seconds"].map((name) => [name, given.integer(name)]);
  const texts = ["method", "path", "decline_code"].map((name) => [name, given.text(name)]);
  const said = [...numbers, ...texts].filter(([, value]) => value !== undefined);
  return { kind, ...Object.fromEntries(said) };
}
