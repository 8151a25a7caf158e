// A top-up at Stripe, and the runtime killed at every step of it while Stripe's answers go wrong in every way. Whoever calls sends
// the same call again, as anybody does who was not answered. What was really charged is the fake's truth.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { openDirectory } from "../../scripts/persist.ts";
import type { Planned } from "../stripe/faults.ts";
import type { FakeStripe } from "../stripe/server.ts";
import { expectStatus, type Json, type Reply, uniqueId } from "./support/api.ts";
import { connectedServer } from "./support/at_stripe.ts";
import { readJournal } from "./support/chain.ts";
import type { LastingServer } from "./support/lasting.ts";
import { eventually } from "./support/patience.ts";

const SESSIONS = "/v1/checkout/sessions";
const THANKS = "https://shop.example/thanks";

let fake: FakeStripe;
let lasting: LastingServer;

before(async () => {
  ({ fake, lasting } = await connectedServer({ build: "faults" }));
});

after(async () => {
  await lasting?.end();
  await fake?.close();
});

/** Where the build of faults stops; during the call it is the fake that does not answer. */
const POINTS = {
  "before the journal": "fault:panic-before-journal",
  "after the journal": "fault:stall-after-journal",
  "during the call": "",
  "after the call": "fault:stall-after-call",
  "before the credit": "fault:stall-before-credit",
} as const;

type Point = keyof typeof POINTS;

const AT = { path: SESSIONS, times: 3 };

/** What goes wrong with Stripe once the server is back. */
const FAULTS: Record<string, Planned | undefined> = {
  none: undefined,
  "never arrives": { kind: "cut", ...AT },
  "reply lost": { kind: "reply_lost", ...AT },
  "reply cut off": { kind: "reply_cut", ...AT },
  500: { kind: "error_before", ...AT },
  429: { kind: "rate_limit", retry_after: 1, ...AT },
};

/** The same call however often it is sent under a key. */
function begin(customer: string, point: Point, key = customer): Promise<Reply> {
  const body = {
    customer_id: customer,
    amount: "20",
    currency: "USD",
    metadata: { stops: POINTS[point] || "nowhere" },
    return_url: THANKS,
    failure_url: "https://shop.example/sorry",
  };
  return lasting.client.post("/v1/top-ups", body, { headers: { "idempotency-key": key } });
}

/** Pays at Stripe's page; the way back. */
async function pay(link: string): Promise<string> {
  const body = new URLSearchParams({ do: "pay", with: "4242424242424242" });
  const reply = await fetch(link, { method: "POST", body, redirect: "manual" });
  assert.equal(reply.status, 303, await reply.text());
  return String(reply.headers.get("location"));
}

/** Comes back from Stripe; where that leads, if anywhere. */
async function comeBack(address: string): Promise<string | null> {
  const reply = await fetch(address, { redirect: "manual" });
  await reply.arrayBuffer();
  return reply.headers.get("location");
}

function rows(sql: string, customer: string): Json[] {
  const database = openDirectory(lasting.persist);
  try {
    return database.prepare(sql).all(customer) as Json[];
  } finally {
    database.close();
  }
}

const isInJournal = (customer: string) => rows("SELECT id FROM top_up WHERE customer_id = ?", customer).length > 0;

const isPaid = (customer: string) =>
  rows("SELECT id FROM top_up WHERE customer_id = ? AND sale IS NOT NULL", customer).length > 0;

const credits = (customer: string) =>
  readJournal(lasting.persist, customer).filter(({ entry }) => JSON.parse(entry).fact.type === "credited").length;

const answered = () => fake.asked.filter(({ path, status }) => path === SESSIONS && status === 200).length;

const calls = () => fake.asked.filter(({ method, path }) => method === "POST" && path === SESSIONS).length;

/** What was charged for a customer of ours. */
function charges(customer: string): number {
  const { entries } = fake.truth({ metadata: { scrip_customer_id: customer } });
  return entries.filter(({ movement }) => movement === "captured").length;
}

/** Brings a top-up to a point and kills the server there. The way back of one that is paid already. */
async function killAt(customer: string, point: Point): Promise<string | undefined> {
  if (point === "before the journal") {
    expectStatus(await begin(customer, point), 500);
    await lasting.kill();
    assert.ok(!isInJournal(customer));
    return undefined;
  }
  if (point === "before the credit") {
    const back = await pay(expectStatus(await begin(customer, point), 201).redirect_url);
    const lost = comeBack(back).catch(() => null);
    await eventually(() => isPaid(customer), "what was paid is noted");
    await lasting.kill();
    await lost;
    return back;
  }
  if (point === "during the call") fake.fail({ kind: "slow", method: "POST", path: SESSIONS });
  const [wereCalls, wereAnswered] = [calls(), answered()];
  const lost = begin(customer, point).catch(() => null);
  if (point === "after the journal") await eventually(() => isInJournal(customer), "it is in the journal");
  if (point === "during the call") await eventually(() => calls() > wereCalls, "Stripe is asked");
  if (point === "after the call") await eventually(() => answered() > wereAnswered, "Stripe has answered");
  await lasting.kill();
  await lost;
  return undefined;
}

/** Sends the same call until it is answered; pays, and comes back. How often it was sent. */
async function finish(customer: string, point: Point): Promise<number> {
  let reply = await begin(customer, point);
  let sent = 1;
  for (; reply.status === 503 && sent < 3; sent += 1) reply = await begin(customer, point);
  if (reply.status === 503) {
    // Stripe repeats a 500 to its key for a day, so this is another top-up, and the first one is never paid.
    fake.faults.clear();
    reply = await begin(customer, point, uniqueId("again"));
    sent += 1;
  }
  fake.faults.clear();
  assert.equal(await comeBack(await pay(expectStatus(reply, 201).redirect_url)), THANKS);
  return sent;
}

describe("a SIGKILL at every step of a top-up, whatever Stripe answers", () => {
  const figures: object[] = [];

  before(() => {
    // Without any event: the way back alone has to do.
    fake.delivery.isHeld = true;
  });

  after(() => console.table(figures));

  for (const point of Object.keys(POINTS) as Point[]) {
    for (const [fault, planned] of Object.entries(FAULTS)) {
      it(`${point}, ${fault}: one charge, one credit`, { timeout: 600_000 }, async () => {
        const body = { name: "Ada", external_id: uniqueId("customer") };
        const customer: string = expectStatus(await lasting.client.post("/v1/customers", body), 201).id;
        const back = await killAt(customer, point);
        assert.equal(credits(customer), 0);
        fake.faults.clear();
        if (planned) fake.fail(planned);
        await lasting.changeBuild("release");
        // What is paid is noted with the answer that said so, so that Stripe is not asked a second time.
        const sent = back === undefined ? await finish(customer, point) : 1;
        if (back !== undefined) assert.equal(await comeBack(back), THANKS);
        fake.faults.clear();
        figures.push({ point, fault, sent, charges: charges(customer), credits: credits(customer) });
        assert.deepEqual({ charges: charges(customer), credits: credits(customer) }, { charges: 1, credits: 1 });
        await lasting.changeBuild("faults");
      });
    }
  }

  it("and the events that come at last change nothing", async () => {
    await lasting.changeBuild("release");
    const all = rows("SELECT DISTINCT customer_id AS id FROM top_up WHERE processor <> ?", "simulated");
    assert.equal(all.length, Object.keys(POINTS).length * Object.keys(FAULTS).length);
    fake.delivery.isHeld = false;
    await fake.settled();
    for (const { id } of all) assert.equal(credits(String(id)), 1);
  });
});
