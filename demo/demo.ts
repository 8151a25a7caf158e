// `make demo`: a prepaid wallet meets the traffic of a real LLM service, until Ctrl-C.
//
//   CALLS    how many calls of the trace: a number, or all 19,366 with CALLS=all (default 2000)
//   PORT     where the server listens; 0 takes any free port (default 8787)
//   PERSIST  a new or empty folder for all data (default .scrip/demo, made fresh each time)
//   EXIT     with EXIT=1 the demo ends after its last step instead of leaving the server running
//
// It ends with 1 when a step fails, above all when the wallet and the trace disagree by as little as a digit.

import { existsSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Stripe from "stripe";
import { refuseLiveSecret } from "../scripts/local.ts";
import { lockFolder, storageFolder } from "../scripts/persist.ts";
import { root } from "../scripts/project.ts";
import { type Server, startServer } from "../scripts/server.ts";
import { Client, type Decision, KEY, type Settled, type Wallet } from "./client.ts";
import { bad, count, good, heading, Progress, row, text, title } from "./screen.ts";
import { type Call, decimal, leftAfter, readTrace, steps, thirdInCents } from "./trace.ts";

const DOLLARS = 100n;
const CALLS_AT_ONCE = 16;
/** What each call may generate at most; the longest answer of the trace has 1,000 tokens. */
const MAX_TOKENS = 1024;
/** When nothing settles for so long, nothing more will come back from holds. */
const RUN_DRY_MS = 5_000;
const RACERS = 50;
const WINNERS = 3;
/** What a local server verifies events with. */
const STRIPE_SECRET = "whsec_local";

let server: Server | undefined;

function fail(message: string): never {
  server?.kill();
  console.error(`${server ? "\n" : ""}scrip: ${message}`);
  process.exit(1);
}

// Every acknowledged write is on the disk already, so the runtime can be ended at once.
function end(): never {
  server?.kill();
  process.exit(0);
}

function settings(): { calls: Call[]; port: number; persist: string; isDefaultFolder: boolean } {
  const trace = readTrace();
  const CALLS = process.env.CALLS || "2000";
  const PORT = process.env.PORT || "8787";
  const { PERSIST } = process.env;
  const calls = CALLS === "all" ? trace.length : Number(CALLS);
  if (!Number.isInteger(calls) || calls < 1 || calls > trace.length) {
    fail(`CALLS must be all, or a number from 1 to ${trace.length}, not '${CALLS}'.`);
  }
  const port = Number(PORT);
  if (!/^\d+$/.test(PORT) || port > 65_535) fail(`PORT must be a number from 0 to 65535, not '${PORT}'.`);
  const persist = PERSIST || join(root, ".scrip", "demo");
  return { calls: trace.slice(0, calls), port, persist, isDefaultFolder: !PERSIST };
}

/** The demo begins with an empty wallet. Only its own folder is emptied for that, and never under a running server. */
async function makeFresh(persist: string, isDefaultFolder: boolean): Promise<void> {
  const lock = await lockFolder(persist);
  const data = storageFolder(persist);
  if (isDefaultFolder) rmSync(data, { recursive: true, force: true });
  lock.release();
  if (existsSync(data)) fail(`${persist} has data already; name a new folder with PERSIST.`);
}

// The steps.

interface Customer {
  id: string;
  external_id: string;
}

/** 1. An asset, a product with two prices, and a customer who subscribes to it. */
async function openWallet(client: Client): Promise<Customer> {
  await client.post("/v1/assets", { code: "USD", name: "US dollar", symbol: "$" });
  const price = (name: string, field: string, rate: string) => ({
    name,
    type: "usage_based",
    billing_model: { type: "real_time" },
    usage_calculation: { event_type: "chat", usage_type: "volume", volume_field: field },
    pricing: [{ asset: "USD", values: [{ volume_rate: rate, package_size: "1000000" }] }],
  });
  await client.post("/v1/products", {
    code: "chat",
    name: "Chat",
    publish: true,
    prices: [price("Input", "input_tokens", "2.50"), price("Output", "output_tokens", "10.00")],
  });
  const external_id = "acme";
  const { id } = await client.post<{ id: string }>("/v1/customers", {
    name: "Acme",
    external_id,
    subscriptions: [{ products: [{ code: "chat" }] }],
  });

  row("asset", "USD", "exact to the twelfth decimal");
  row("product", "chat", "2.50 USD per million input tokens, 10.00 USD per million output tokens");
  row("customer", external_id, id);
  return { id, external_id };
}

/** 2. What Stripe sends when somebody has paid: signed, and credited once. */
async function topUp(client: Client, customer: Customer): Promise<void> {
  const event = {
    id: "evt_demo_1",
    object: "event",
    type: "checkout.session.completed",
    created: Math.floor(Date.now() / 1000),
    livemode: false,
    data: {
      object: {
        id: "cs_test_demo_1",
        object: "checkout.session",
        mode: "payment",
        payment_status: "paid",
        payment_intent: "pi_demo_1",
        livemode: false,
        currency: "usd",
        amount_total: Number(DOLLARS) * 100,
        total_details: { amount_tax: 0, amount_shipping: 0, amount_discount: 0 },
        metadata: { scrip_customer_external_id: customer.external_id },
      },
    },
  };
  const payload = JSON.stringify(event);
  const stripe = new Stripe("sk_test_unused");
  const signature = stripe.webhooks.generateTestHeaderString({ payload, secret: STRIPE_SECRET });
  const { outcome } = await client.deliver<{ outcome: string }>(payload, signature);
  if (outcome !== "credited") fail(`The payment was ${outcome}, not credited.`);

  row("event", event.type, "signed by Stripe's own library");
  row("balance", `${(await usd(client, customer)).balance} USD`);
}

async function usd(client: Client, customer: Customer): Promise<Wallet["accounts"][number] & { seq: number }> {
  const wallet = await client.get<Wallet>(`/v1/customers/${customer.id}/wallet`);
  const account = wallet.accounts.find(({ id }) => id === "default:USD");
  if (!account) fail("The wallet has no account in USD.");
  return { ...account, seq: wallet.seq };
}

/** 3. The calls of the trace, several at a time. */
async function runTraffic(client: Client, customer: Customer, calls: Call[]): Promise<void> {
  text(`${count(calls.length)} calls of a real LLM service, ${CALLS_AT_ONCE} at a time. Each is authorized for its input and at most
${count(MAX_TOKENS)} output tokens before it runs, and charged for the tokens that it really generated.`);
  const progress = new Progress(calls.length);
  let denied = 0;
  let lastSettledAt = performance.now();

  const authorize = async (id: string, events: object[]) => {
    for (;;) {
      const question = { id, customer_external_id: customer.external_id, events };
      const answer = await client.post<Decision>("/v1/authorize", question);
      if (answer.decision === "approved") return answer.hold;
      if (performance.now() - lastSettledAt > RUN_DRY_MS) fail(`The money ran out at ${id}: ${answer.detail}`);
      // The calls that are running hold more than they will use. A refusal consumed nothing, so the same question is
      // asked again when some of them may be done.
      denied += 1;
      await sleep(10);
    }
  };

  const run = async (id: string, call: Call) => {
    const usage = (output: number) => [
      { event_type: "chat", data: { input_tokens: call.input, output_tokens: output } },
    ];
    const hold = await authorize(id, usage(MAX_TOKENS));
    // Here the model would run, with max_tokens set to what was authorized.
    const settled = await client.post<Settled>(`/v1/holds/${hold.id}/capture`, { events: usage(call.output) });
    lastSettledAt = performance.now();
    progress.step(`balance ${settled.balances[0]?.balance.padEnd(10)} USD`);
  };

  // All lanes take from one list.
  const waiting = calls.entries();
  const lane = async () => {
    for (const [place, call] of waiting) await run(`call_${place + 1}`, call);
  };
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, lane));

  row(
    "took",
    `${progress.seconds.toFixed(1)} s`,
    `${count(progress.perSecond)} calls/s, an authorization and a capture each`,
  );
  row("denied", count(denied), denied > 0 ? "asked again once other calls had settled" : "");
}

/** 4. The wallet against the file, to the last digit. */
async function compare(client: Client, customer: Customer, calls: Call[]): Promise<bigint> {
  const expected = decimal(leftAfter(DOLLARS, calls));
  const { balance, seq } = await usd(client, customer);
  row("expected", `${expected} USD`, "summed from the file, without the wallet");
  row("wallet", `${balance} USD  ${balance === expected ? good("equal") : bad("NOT EQUAL")}`);
  row("journal", `${count(seq)} entries`, "one for each operation; the balance is their sum");
  if (balance !== expected) fail(`The wallet has ${balance} USD where ${expected} USD must be left.`);
  return steps(balance);
}

/** 5. Many at once ask for a third of what is left, and three thirds is all there is. */
async function race(client: Client, customer: Customer, left: bigint): Promise<Decision> {
  const amount = decimal(thirdInCents(left));
  const ask = (_: unknown, place: number) =>
    client.post<Decision>("/v1/authorize", {
      id: `race_${place + 1}`,
      customer_external_id: customer.external_id,
      asset: "USD",
      amount,
    });
  text(`${RACERS} authorizations at the same moment, each for ${amount} USD, a third of what is left.`);
  const answers = await Promise.all(Array.from({ length: RACERS }, ask));
  const approved = answers.filter(({ decision }) => decision === "approved");
  const denied = answers.filter(({ decision }) => decision === "denied");
  row("approved", count(approved.length));
  row("denied", count(denied.length));
  const exact = approved.length === WINNERS && denied.length === RACERS - WINNERS;
  if (!exact) fail(`${approved.length} of ${RACERS} were approved; exactly ${WINNERS} must be.`);
  return denied[0] as Decision;
}

/** 6. What a denied caller is told, and where everything can be looked up. */
function showDenied(denied: Decision): void {
  text("An answer, not an error: status 200, so that no client library repeats it by itself.");
  text(JSON.stringify(denied, null, 2));
}

/** A link to the wallet as its customer sees it. It opens once, for an hour. */
async function portalLink(client: Client, customer: Customer): Promise<string> {
  const page = `${client.url}/assets/portal`;
  const scopes = ["read", "topup", "recharge", "methods"];
  const asked = { scopes, allowed_origins: [client.url], ttl_seconds: 3600, link: page };
  return (await client.post<{ link: string }>(`/v1/customers/${customer.id}/tokens`, asked)).link;
}

async function showPlaces(client: Client, customer: Customer, persist: string): Promise<void> {
  const wallet = `${client.url}/v1/customers/${customer.id}/wallet`;
  console.log();
  title("Where to look next");
  row("wallet", wallet);
  row("entries", `${wallet}/entries`);
  row("holds", `${wallet}/holds`);
  row("key", KEY, "accepted by this local server only");
  row("data", relative(process.cwd(), persist) || persist);
  row("portal", await portalLink(client, customer), "opens once");
  row("try", `curl -H 'Authorization: Bearer ${KEY}' '${wallet}/entries?limit=3'`);
}

async function main(): Promise<void> {
  const { calls, port, persist, isDefaultFolder } = settings();
  refuseLiveSecret({ ...process.env, ENVIRONMENT: "local" });
  await makeFresh(persist, isDefaultFolder);
  server = await startServer({ port, persist, build: "dev" });
  const client = new Client(server.url);

  title("Scrip: real LLM traffic against a prepaid wallet");
  row("server", server.url);
  heading(1, "A wallet");
  const customer = await openWallet(client);
  heading(2, "Money arrives");
  await topUp(client, customer);
  heading(3, "Traffic");
  await runTraffic(client, customer, calls);
  heading(4, "To the last digit");
  const left = await compare(client, customer, calls);
  heading(5, "A race");
  const denied = await race(client, customer, left);
  heading(6, "What a denied caller gets");
  showDenied(denied);
  await showPlaces(client, customer, persist);

  if (process.env.EXIT === "1") end();
  console.log(`\nThe server runs on at ${server.url} until Ctrl-C.`);
}

process.once("SIGINT", end);
process.once("SIGTERM", end);
process.once("SIGHUP", end);
// Nobody reads any more, as in `make demo | head`.
process.stdout.once("error", end);

if (process.env.MAKELEVEL !== undefined) {
  // A make that is killed outright passes no signal on.
  const make = process.ppid;
  setInterval(() => process.ppid === make || end(), 500).unref();
}

try {
  await main();
} catch (error) {
  fail((error as Error).message);
}
