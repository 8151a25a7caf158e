// The npm package: packed, installed and loaded as its users do, against a real server.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server as HttpServer } from "node:http";
import { createRequire, registerHooks } from "node:module";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import type * as Scrip from "../../npm/index.d.ts";
import { root, wrangler } from "../../scripts/project.ts";
import { parse } from "../../www/portal/decimal.ts";
import {
  type Api,
  api,
  createChatCustomer,
  credit,
  expectStatus,
  type Json,
  RECENTLY,
  uniqueId,
} from "./support/api.ts";
import { freshFolder, removeFolder } from "./support/folder.ts";
import { type FreshServer, freshServer } from "./support/fresh.ts";
import { installPackage } from "./support/package.ts";
import { toldUsage, usageRows } from "./support/usage.ts";

type Package = typeof Scrip;

const FILES = [
  "LICENSE-APACHE",
  "LICENSE-MIT",
  "README.md",
  "THIRD-PARTY-NOTICES.txt",
  "agents.d.ts",
  "agents.js",
  "ai.d.ts",
  "ai.js",
  "api.d.ts",
  "browser.js",
  "client.d.ts",
  "client.js",
  "face.js",
  "hono.d.ts",
  "hono.js",
  "index.d.ts",
  "meter.d.ts",
  "meter.js",
  "node.js",
  "package.json",
  "portal.d.ts",
  "portal.js",
  "routes.d.ts",
  "scrip.js",
  "scrip_bg.wasm",
  "sse.d.ts",
  "sse.js",
  "workerd.js",
];

const EXPORTS = [
  "affordable",
  "estimate",
  "explain",
  "foldEntries",
  "foldMoves",
  "formatAmount",
  "init",
  "normalizeUsage",
  "simulate",
  "verifyEntries",
  "verifyReceipt",
];

let server: FreshServer;
let client: Api;
/** A project that has installed the package. */
let project: string;
let packed: string[];
let scrip: Package;

before(async () => {
  server = await freshServer();
  client = api(server);
  project = freshFolder();
  packed = await installPackage(project);
  scrip = await import(pathToFileURL(script("node.mjs", `export * from "scrip-wallet";`)).href);
});

after(async () => {
  await server.end();
  removeFolder(project);
});

/** Writes a script of the project. */
function script(name: string, text: string): string {
  const file = join(project, name);
  writeFileSync(file, text);
  return file;
}

/** All entries of a wallet, page by page, newest first. */
async function allEntries(customer: string, limit = 100): Promise<Scrip.EntryItem[]> {
  const items: Scrip.EntryItem[] = [];
  let cursor = "";
  do {
    const path = `/v1/customers/${customer}/wallet/entries?limit=${limit}${cursor}`;
    const page = expectStatus(await client.get(path), 200);
    items.push(...page.items);
    cursor = page.next === null ? "" : `&cursor=${page.next}`;
  } while (cursor !== "");
  return items;
}

/** What the server says of the wallet, in the shape of a folded one. */
async function served(customer: string): Promise<Json> {
  const wallet = expectStatus(await client.get(`/v1/customers/${customer}/wallet`), 200);
  const holds = expectStatus(await client.get(`/v1/customers/${customer}/wallet/holds`), 200);
  return { ...wallet, holds: holds.items };
}

function chat(input: number, output: number) {
  return { event_type: "chat", data: { input_tokens: input, output_tokens: output } };
}

async function authorize(customer: string, ask: object): Promise<Json> {
  const body = { id: uniqueId("auth"), customer_id: customer, ...ask };
  return expectStatus(await client.post("/v1/authorize", body), 200);
}

/** A wallet with some of everything: two assets, gifts, debt, holds in every state. */
async function livedInWallet(): Promise<string> {
  const { id } = await createChatCustomer(client, "20");
  const wallet = `/v1/customers/${id}/wallet`;
  const gift = { transaction_id: uniqueId("gift"), asset: "USD", amount: "0.000000000001", reason: "gift" };
  expectStatus(await client.post(`${wallet}/adjustments`, { ...gift, expires_at: "2100-01-01T00:00:00Z" }), 201);
  expectStatus(await client.post("/v1/assets", { code: "GEM", name: "Gems", precision: 0 }), 201);
  const gems = { transaction_id: uniqueId("debt"), asset: "GEM", amount: "7" };
  expectStatus(await client.post(`${wallet}/charges`, gems), 201);
  const open = await authorize(id, { events: [chat(14_050, 1_000)], subject: "run_7" });
  const extended = await authorize(id, { asset: "USD", amount: "1.25", expires_in: 600 });
  const more = { id: uniqueId("more"), asset: "USD", amount: "0.75", expires_in: 900 };
  expectStatus(await client.post(`/v1/holds/${extended.hold.id}/extend`, more), 200);
  const partly = { id: uniqueId("part"), amount: "0.333333333333", final: false };
  expectStatus(await client.post(`/v1/holds/${extended.hold.id}/capture`, partly), 200);
  const captured = await authorize(id, { events: [chat(374, 1_024)] });
  expectStatus(await client.post(`/v1/holds/${captured.hold.id}/capture`, { events: [chat(374, 44)] }), 200);
  const released = await authorize(id, { asset: "USD", amount: "3" });
  expectStatus(await client.post(`/v1/holds/${released.hold.id}/release`), 200);
  const event = { id: uniqueId("event"), occurred_at: RECENTLY, ...chat(91, 16) };
  expectStatus(await client.post("/v1/events", { customer_id: id, events: [event] }), 204);
  assert.equal(open.decision, "approved");
  return id;
}

test("the package holds its files and no others", () => {
  // What lies under `server` is looked at by npx.test.ts.
  assert.deepEqual(packed.filter((file) => !file.startsWith("server/")).sort(), FILES);
});

/** The direct dependencies of the crate that a feature does not leave out, and all that the lock file knows. */
function dependencies(): { direct: string[]; locked: Set<string> } {
  const manifest = readFileSync(join(root, "Cargo.toml"), "utf8");
  const table = manifest.split("\n[dependencies]\n")[1]?.split("\n[")[0] ?? "";
  const always = table.split("\n").filter((line) => /^[a-z]/.test(line) && !line.includes("optional = true"));
  const lock = readFileSync(join(root, "Cargo.lock"), "utf8").matchAll(/name = "(.*)"\nversion = "(.*)"/g);
  return {
    direct: always.map((line) => line.split(/[ =.]/)[0] ?? ""),
    locked: new Set([...lock].map(([, name, version]) => `${name} ${version}`)),
  };
}

test("the notices name every crate that is compiled in, with the texts of its licences", () => {
  const noticesOf: [string, string][] = [
    ["npm", join(project, "node_modules/scrip-wallet/THIRD-PARTY-NOTICES.txt")],
    ["worker", join(root, "build/worker/THIRD-PARTY-NOTICES.txt")],
    ["npm", join(root, "www/assets/engine-notices.txt")],
  ];
  for (const [feature, file] of noticesOf) {
    const text = readFileSync(file, "utf8");
    const [list = ""] = text.split("=".repeat(80));
    const named = [...list.matchAll(/^([a-z]\S*) (\d\S*)$/gim)].map(([, name, version]) => `${name} ${version}`);
    const { direct, locked } = dependencies();
    assert.ok(direct.length > 5 && named.length > direct.length, `${direct} ${named}`);
    for (const one of named) assert.ok(locked.has(one), `${feature}: ${one} is not what is locked`);
    for (const one of direct)
      assert.ok(
        named.some((name) => name.startsWith(`${one} `)),
        `${feature}: ${one}`,
      );
    for (const said of ["Permission is hereby granted", "Apache License", "Redistribution and use"]) {
      assert.ok(text.includes(said), `${feature}: ${said}`);
    }
  }
});

describe("foldEntries", () => {
  let customer: string;
  let entries: Scrip.EntryItem[];

  before(async () => {
    customer = await livedInWallet();
    entries = await allEntries(customer, 4);
  });

  test("a wallet's entries fold to exactly the server's balances and open holds", async () => {
    const wallet = scrip.foldEntries(entries);
    assert.deepEqual(wallet, await served(customer));
    assert.equal(wallet.holds.length, 2);
    assert.equal(wallet.holds[1]?.amounts[0]?.captured, "0.333333333333");
    const gems = wallet.accounts.find(({ asset }) => asset === "GEM");
    assert.equal(gems?.balance, "-7");
  });

  test("the order of the entries does not matter, and pages may overlap", () => {
    const folded = scrip.foldEntries(entries);
    assert.deepEqual(scrip.foldEntries(entries.toReversed()), folded);
    assert.deepEqual(scrip.foldEntries([...entries.slice(5), ...entries.slice(0, 9)]), folded);
  });

  test("only record and hash are read", () => {
    const bare = entries.map(({ record, hash }) => ({ record, hash }));
    assert.deepEqual(scrip.foldEntries(bare), scrip.foldEntries(entries));
  });

  test("nothing folds to an empty wallet", () => {
    assert.deepEqual(scrip.foldEntries([]), { customer_id: "", accounts: [], seq: 0, holds: [] });
  });

  test("expiry is judged at the time of the last entry, unless another is given in any of three forms", async () => {
    const { id } = await createChatCustomer(client, "1");
    const { hold } = await authorize(id, { asset: "USD", amount: "0.4", expires_in: 3600 });
    const before = await allEntries(id);
    assert.deepEqual(scrip.foldEntries(before).holds, (await served(id)).holds, "still open");
    const expiry = new Date(hold.expires_at);
    const open = (at: string | number | Date) => scrip.foldEntries(before, at).holds.length;
    assert.equal(open(expiry.getTime() - 1), 1);
    assert.equal(open(hold.expires_at), 0, "at its instant it is over");
    assert.equal(open(expiry), 0);
    assert.equal(open(expiry.getTime()), 0);

    await server.advance(3_600_000);
    const { accounts } = await served(id);
    assert.deepEqual(scrip.foldEntries(before, new Date(Date.now() + 3_600_000)).accounts, accounts);
    assert.equal(accounts[0].available, "1");
  });

  test("a part of a history, or one that contradicts itself, is an error and never a wrong balance", () => {
    const first = entries.at(-1) as Scrip.EntryItem;
    const cases: [Scrip.EntryItem[], string][] = [
      [entries.slice(0, -1), "entries must be the whole history: entry 1 is missing"],
      [entries.toSpliced(3, 1), `entries must be the whole history: entry ${entries.length - 3} is missing`],
      [[...entries, { ...first, hash: "0".repeat(64) }], "entries have two different entries 1"],
    ];
    for (const [history, message] of cases)
      assertThrows(() => scrip.foldEntries(history), "validation_failed", message);
  });

  test("what is not a history is an error that says so", () => {
    const cases: [unknown, RegExp][] = [
      [undefined, /^entries cannot be read: /],
      ["[]", /^entries cannot be read: /],
      [[{ hash: "" }], /^entries cannot be read: .*record/],
      [[{ record: "{}", hash: "" }], /^entries\[0\]\.record cannot be read: /],
      [[{ record: "", hash: "" }], /^entries\[0\]\.record cannot be read: /],
      [[{ record: entries[0]?.record.replace('"v":1', '"v":2'), hash: "" }], /unknown format 2/],
    ];
    for (const [history, message] of cases) {
      assertThrows(() => scrip.foldEntries(history as Scrip.EntryItem[]), "validation_failed", message);
    }
    for (const at of ["yesterday", Number.NaN, new Date("")]) {
      assertThrows(() => scrip.foldEntries(entries, at), "validation_failed", /^at must be a Date, milliseconds/);
    }
  });
});

describe("verifyEntries", () => {
  let entries: Scrip.EntryItem[];

  before(async () => {
    entries = await allEntries(await livedInWallet());
  });

  test("an untouched history is valid, and its last hash is what other code computes", () => {
    let hash = "0".repeat(64);
    for (const { record } of entries.toReversed()) {
      hash = createHash("sha256").update(hash).update(record).digest("hex");
    }
    assert.deepEqual(scrip.verifyEntries(entries), { valid: true, seq: entries.length, hash, broken_at: null });
  });

  test("a changed digit is found at its entry", () => {
    const place = entries.findIndex(({ record }) => record.includes('"0.75"'));
    assert.ok(place >= 0);
    const forged = entries.with(place, {
      record: entries[place]?.record.replace('"0.75"', '"0.74"') ?? "",
      hash: entries[place]?.hash ?? "",
    });
    const { valid, broken_at } = scrip.verifyEntries(forged);
    assert.deepEqual({ valid, broken_at }, { valid: false, broken_at: entries.length - place });
  });

  test("a record with a hash of its own is found at the entry behind it", () => {
    const place = 4;
    const before = entries[place + 1]?.hash ?? "";
    const record = entries[place]?.record.replace(/"at":(\d+)/, (_, at) => `"at":${Number(at) + 1}`) ?? "";
    const hash = createHash("sha256").update(before).update(record).digest("hex");
    const { valid, broken_at } = scrip.verifyEntries(entries.with(place, { record, hash }));
    assert.deepEqual({ valid, broken_at }, { valid: false, broken_at: entries.length - place + 1 });
  });
});

describe("estimate", () => {
  const price = (event_type: string, usage_type: string, asset: string, value: object, volume_field?: string) => ({
    name: `${event_type} by ${usage_type}`,
    type: "usage_based",
    billing_model: { type: "real_time" },
    usage_calculation: { event_type, usage_type, ...(volume_field && { volume_field }) },
    pricing: [{ asset, values: [value] }],
  });
  const sent = [
    price("image", "unit", "USD", { unit_price: "0.04" }),
    price("tokens", "volume", "USD", { volume_rate: "2.50", package_size: "1000000" }, "input_tokens"),
    price("tokens", "volume", "USD", { volume_rate: "0.00013", package_size: "1000000" }, "cached_tokens"),
    price("call", "unit_and_volume", "USD", { unit_price: "0.01", volume_rate: "1", package_size: "3" }, "seconds"),
    price("train", "volume", "CENT", { volume_rate: "0.005" }, "steps"),
    {
      ...price("search", "volume", "USD", {}, "queries"),
      pricing_model: "tiered",
      tiering: { basis: "volume", period: "monthly" },
      pricing: [{ asset: "USD", values: [{ up_to: "10", volume_rate: "0" }, { volume_rate: "0.02" }] }],
    },
    {
      ...price("search", "unit", "USD", {}),
      usage_calculation: { event_type: "search", usage_type: "unit", billable_dimensions: ["index"] },
      pricing: [{ asset: "USD", values: [{ dimensions: { index: "large" }, values: [{ unit_price: "0.5" }] }] }],
    },
  ];
  const questions: Record<string, Scrip.UsageEvent[]> = {
    "a price per event": [{ event_type: "image" }],
    "two prices for one event": [{ event_type: "tokens", data: { input_tokens: 374, cached_tokens: 1 } }],
    "a rate that does not divide evenly": [{ event_type: "call", data: { seconds: 1 } }],
    "a fraction, and a decimal string": [
      { event_type: "call", data: { seconds: 0.1 } },
      { event_type: "call", data: { seconds: "0.1" } },
    ],
    "a fee rounded half to even to the asset's precision": [
      { event_type: "train", data: { steps: 1 } },
      { event_type: "train", data: { steps: 3 } },
    ],
    "an event without price, and one without its volume": [
      { event_type: "unheard_of", data: { note: "free", beta: true, nothing: null } },
      { event_type: "tokens", data: { input_tokens: 5 } },
    ],
    "tiers, rows, and a row that is not there": [
      { event_type: "search", data: { queries: 8, index: "large" } },
      { event_type: "search", data: { queries: 7, index: "small" } },
    ],
    "a BigInt as large as an amount can be": [{ event_type: "tokens", data: { cached_tokens: 999_999_999_999_999n } }],
  };
  let customer: string;
  let prices: Scrip.Price[];

  before(async () => {
    expectStatus(await client.post("/v1/assets", { code: "USD", name: "US dollar" }), 201);
    expectStatus(await client.post("/v1/assets", { code: "CENT", name: "To the cent", precision: 2 }), 201);
    const created = await client.post("/v1/products", { code: "all", name: "All", publish: true, prices: sent });
    const product = expectStatus(await client.get(`/v1/products/${expectStatus(created, 201).id}`), 200);
    prices = product.default_version.prices;
    const subscriptions = [{ products: [{ code: "all" }] }];
    const body = { name: "Acme", external_id: uniqueId("customer"), subscriptions };
    customer = expectStatus(await client.post("/v1/customers", body), 201).id;
    await credit(client, customer, "1000000");
    await credit(client, customer, "1000000", "CENT");
  });

  /** The prices as the product shows them, with the precision of their asset. */
  const known = () => prices.map((one) => (one.pricing[0]?.asset === "CENT" ? { ...one, precision: 2 } : one));

  for (const [name, events] of Object.entries(questions)) {
    test(`${name}: the fees, sums and warnings are those of authorize`, async () => {
      const text = JSON.stringify({ id: uniqueId("auth"), customer_id: customer, events }, (_, value) =>
        typeof value === "bigint" ? value.toString() : value,
      );
      let answer = expectStatus(await client.post("/v1/authorize", text), 200);
      if (answer.decision === "denied") {
        // What no price knows is not admitted. Once it has happened, it is recorded with the same fees and warnings.
        assert.equal(answer.code, "price_missing");
        const happened = events.map((event) => ({ id: uniqueId("event"), occurred_at: RECENTLY, ...event }));
        const body = JSON.stringify({ customer_id: customer, events: happened }, (_, value) =>
          typeof value === "bigint" ? value.toString() : value,
        );
        const prefer = { headers: { prefer: "return=representation" } };
        answer = expectStatus(await client.post("/v1/events", body, prefer), 200);
      }
      const estimate = scrip.estimate(events, known());
      const shown = ({ event: _, ...fee }: Scrip.Fee) => fee;
      const own = ["id", "product_id", "product_code", "product_version", "usage_id"];
      const fees = answer.fees.map((fee: Json) => {
        return Object.fromEntries(Object.entries(fee).filter(([field]) => !own.includes(field)));
      });
      assert.deepEqual(estimate.fees.map(shown), fees);
      if (answer.hold) assert.deepEqual(estimate.totals, answer.hold.amounts);
      assert.deepEqual(estimate.warnings, answer.warnings ?? []);
    });
  }

  test("known amounts: a third to the twelfth decimal, half a cent to the even one", () => {
    const amounts = (...events: Scrip.UsageEvent[]) => scrip.estimate(events, known()).fees.map(({ amount }) => amount);
    assert.deepEqual(amounts({ event_type: "call", data: { seconds: 1 } }), ["0.343333333333"]);
    const train = (steps: number) => ({ event_type: "train", data: { steps } });
    assert.deepEqual(amounts(train(1), train(2), train(3)), ["0", "0.01", "0.02"]);
  });

  test("a fee says which event it is for", () => {
    const { fees } = scrip.estimate([{ event_type: "nothing" }, { event_type: "image" }], known());
    assert.deepEqual(
      fees.map(({ event }) => event),
      [1],
    );
  });

  test("without a precision fees keep twelve decimals, and prices need no id", () => {
    const estimate = scrip.estimate([{ event_type: "train", data: { steps: 1 } }], sent);
    assert.equal(estimate.fees[0]?.amount, "0.005");
    assert.equal(estimate.fees[0]?.price_id, "prices[4]");
  });

  test("bad usage has the code that the API answers with, and the message names the field", async () => {
    const cases: [object[], string][] = [
      [[{ event_type: "tokens", data: { input_tokens: "many" } }], "events[0].data.input_tokens"],
      [[{ event_type: "tokens", data: { input_tokens: -1 } }], "events[0].data.input_tokens"],
      [[{ event_type: "image" }, { data: {} }], "events[1].event_type"],
      [[{ event_type: "tokens", data: { input_tokens: { deep: 1 } } }], "events[0].data.input_tokens"],
      [[{ event_type: "tokens", data: { input_tokens: 1e15 } }], "events[0].data.input_tokens"],
      [[], "events"],
    ];
    for (const [events, field] of cases) {
      const body = { id: uniqueId("auth"), customer_id: customer, events };
      const problem = expectStatus(await client.post("/v1/authorize", body), 422);
      const [sentence] = problem.errors[field] ?? [];
      assertThrows(() => scrip.estimate(events as Scrip.UsageEvent[], known()), problem.code, `${field} ${sentence}`);
    }
  });

  test("bad prices are refused by field", () => {
    const usable = price("image", "unit", "USD", { unit_price: "1" });
    const cases: [unknown, string][] = [
      [undefined, "prices is required"],
      [{}, "prices must be a list"],
      [[price("a", "unit", "USD", {})], "prices[0].pricing[0].values[0].unit_price is required"],
      [
        [price("a", "cheap", "USD", {})],
        "prices[0].usage_calculation.usage_type must be one of unit, volume, unit_and_volume",
      ],
      [[{ ...usable, precision: 13 }], "prices[0].precision must be a precision from 0 to 12"],
      [[{ ...usable, precision: 0.5 }], "prices[0] must have a text as id and 0 to 12 as precision"],
      [
        [
          { ...usable, id: "p" },
          { ...usable, id: "p" },
        ],
        "prices[1].id is given twice",
      ],
    ];
    for (const [prices, message] of cases) {
      const run = () => scrip.estimate([{ event_type: "image" }], prices as Scrip.Price[]);
      assertThrows(run, "validation_failed", message);
    }
  });
});

describe("what a wallet would do, asked away from the server", () => {
  let customer: string;
  let entries: Scrip.EntryItem[];

  before(async () => {
    customer = await livedInWallet();
    entries = await allEntries(customer);
  });

  test("what is affordable passes at the server, and one more is denied as foretold", async () => {
    const event = { event_type: "chat", data: { input_tokens: 9 } };
    const { volume, limited_by, totals } = scrip.affordable({ entries, event, field: "output_tokens" });
    const ask = (output: bigint) => authorize(customer, { events: [chat(9, Number(output))] });
    const denied = await ask(BigInt(volume ?? "0") + 1n);
    // The address for top-ups is the deployment's.
    assert.deepEqual({ ...limited_by, topup_url: null }, { ...denied, topup_url: null });
    assert.deepEqual(scrip.explain({ denial: denied as Scrip.Denial }).words[0], denied.detail);
    const { decision, hold } = await ask(BigInt(volume ?? "0"));
    assert.equal(decision, "approved");
    assert.deepEqual(hold.amounts, totals);
    expectStatus(await client.post(`/v1/holds/${hold.id}/release`), 200);
  });

  test("what is simulated is what the server then charges, and how the wallet then stands", async () => {
    const known = await allEntries(customer);
    const events = [chat(1_200, 30), chat(11, 250)].map((event) => ({ ...event, occurred_at: RECENTLY }));
    const simulated = scrip.simulate({ entries: known, events });
    assert.equal(simulated.denial, null);
    const body = { customer_id: customer, events: events.map((event) => ({ ...event, id: uniqueId("event") })) };
    const reply = await client.post("/v1/events", body, { headers: { prefer: "return=representation" } });
    const charged = expectStatus(reply, 200).fees.map(({ amount }: Json) => amount);
    assert.deepEqual(
      simulated.fees.map(({ amount }) => amount),
      charged,
    );
    const { accounts } = await served(customer);
    assert.deepEqual(simulated.wallet?.accounts, accounts);
    const paid = simulated.entries.map(({ event, paid_by }) => [event, paid_by.length > 0]);
    assert.deepEqual(paid, [
      [0, true],
      [1, true],
    ]);
  });

  test("a balance is explained by rows that add up, and a receipt by the words of its entry", async () => {
    const { accounts } = await served(customer);
    const all = await allEntries(customer);
    for (const { id, balance } of accounts) {
      const told = scrip.explain({ entries: all, account: id });
      assert.equal(told.balance, balance);
      assert.equal(
        told.rows.reduce((sum, { amount }) => sum + parse(amount), 0n),
        parse(balance),
        id,
      );
    }
    const path = `/v1/customers/${customer}/wallet/entries/${all.length}/receipt`;
    const receipt = expectStatus(await client.get(path), 200) as Scrip.Receipt;
    const { words } = scrip.explain({ entries: all, entry: all.length });
    assert.deepEqual(scrip.explain({ receipt }).words, words);
    assert.match(words.join(" "), /11 input_tokens at 2\.5 per 1000000/);
  });

  test("what a socket tells first folds to what the server shows", async () => {
    const snapshot = expectStatus(await client.get(`/v1/customers/${customer}/wallet/live`), 200);
    const { accounts, holds, seq, differs_at } = scrip.foldMoves(snapshot.state, [], snapshot.at);
    const { accounts: own, holds: ownHolds, seq: ownSeq } = await served(customer);
    assert.deepEqual(
      { accounts, holds, seq, differs_at },
      { accounts: own, holds: ownHolds, seq: ownSeq, differs_at: null },
    );
    const gap = [{ v: 1, seq: seq + 2, at: 0, op: "", request: "", fact: { type: "hold_expired", hold: 1 } }];
    assertThrows(() => scrip.foldMoves(snapshot.state, gap), "validation_failed", /entry \d+ is missing/);
    for (const none of ["0", null, undefined]) {
      const run = () => scrip.foldMoves(none as string, []);
      assertThrows(run, "validation_failed", "state is of another version of Scrip");
    }
    const { state } = snapshot;
    assertThrows(() => scrip.foldMoves(state, {} as []), "validation_failed", /^moves cannot be read/);
  });

  test("a question that cannot be answered names the field at fault", () => {
    const event = { event_type: "chat" };
    assertThrows(
      () => scrip.affordable({ event, field: "output_tokens" }),
      "validation_failed",
      /^entries is required/,
    );
    assertThrows(
      () => scrip.affordable({ entries, event, field: "outputs" }),
      "validation_failed",
      "field is multiplied by no price of event_type chat",
    );
    assertThrows(() => scrip.explain({ entries, entry: 0 }), "validation_failed", /^entry must be from 1 to/);
    assertThrows(() => scrip.simulate({ entries, events: [] }), "validation_failed", /^events must have at least one/);
  });
});

describe("normalizeUsage", () => {
  const rows = usageRows();

  test("every row of the vectors comes out of WebAssembly as it stands there", () => {
    assert.ok(rows.length >= 60, `${rows.length} rows`);
    for (const row of rows) assert.deepEqual(toldUsage(row, scrip.normalizeUsage), row.expected, row.name);
  });

  test("a fraction keeps its digits, and a cost is a text", () => {
    const [seconds] = scrip.normalizeUsage({
      provider: "openai",
      model: "whisper-1",
      raw: { type: "duration", seconds: 9.5 },
    });
    assert.equal(seconds?.data.seconds, 9.5);
    const usage = { prompt_tokens: 1, completion_tokens: 1, cost: 0.0095 };
    const [routed] = scrip.normalizeUsage({ provider: "openrouter", model: "gpt-5", raw: { usage } });
    assert.equal(routed?.costs?.[0]?.amount, "0.0095");
  });
});

describe("formatAmount", () => {
  const cases: [string, Scrip.FormatOptions | undefined, string][] = [
    ["5", undefined, "5"],
    ["0.000125", undefined, "0.000125"],
    ["12.5000", undefined, "12.5"],
    ["-0", undefined, "0"],
    ["5", { places: 2 }, "5.00"],
    ["12.5", { places: 2 }, "12.50"],
    ["0.000125", { places: 2 }, "0.000125"],
    ["0.005", { places: 2 }, "0.005"],
    ["1", { places: 12 }, "1.000000000000"],
    ["0.000125", { symbol: "$" }, "$0.000125"],
    ["-3.208675", { symbol: "$", places: 2 }, "-$3.208675"],
    ["-7", { code: "GEM" }, "-7 GEM"],
    ["5", { symbol: "$", code: "USD", places: 2 }, "$5.00 USD"],
    ["5", { symbol: "", code: "" }, "5"],
    ["1234567.5", { places: 2 }, "1234567.50"],
    ["1234567.5", { places: 2, locale: "en-US", symbol: "$" }, "$1,234,567.50"],
    ["1234567.5", { places: 2, locale: "de-DE", code: "EUR" }, "1.234.567,50 EUR"],
    ["-1234567.000000000001", { locale: "en-IN" }, "-12,34,567.000000000001"],
    ["999999999999999.999999999999", { locale: "en-US" }, "999,999,999,999,999.999999999999"],
    ["999999999999999.999999999999", undefined, "999999999999999.999999999999"],
  ];
  for (const [amount, options, text] of cases) {
    test(`${amount} ${options ? JSON.stringify(options) : "as it is"} → ${text}`, () => {
      assert.equal(scrip.formatAmount(amount, options), text);
    });
  }

  test("an amount is a decimal string, never a number", () => {
    for (const amount of [5, 5n, null, undefined, {}]) {
      const run = () => scrip.formatAmount(amount as unknown as string);
      assertThrows(run, "validation_failed", "amount must be a string, never a number");
    }
    for (const amount of ["", "+1", "1e3", ".5", "5.", "1,000", "NaN", "0.0000000000001", "1000000000000000"]) {
      assertThrows(() => scrip.formatAmount(amount), "validation_failed", /^amount must /);
    }
  });

  test("options out of their range are errors", () => {
    const run = (options: object) => () => scrip.formatAmount("1", options);
    assertThrows(run({ places: 13 }), "validation_failed", "places must be a whole number from 0 to 12");
    assertThrows(run({ places: -1 }), "validation_failed", /^options cannot be read: /);
    assertThrows(run({ locale: "no such language" }), "validation_failed", /^locale must be a language tag/);
  });
});

/** Asserts an error as the package documents it. */
function assertThrows(run: () => unknown, code: string, message: string | RegExp): void {
  assert.throws(run, (error: Scrip.ScripError) => {
    assert.ok(error instanceof Error);
    assert.equal(error.code, code, error.message);
    if (typeof message === "string") assert.equal(error.message, message);
    else assert.match(error.message, message);
    assert.ok(Object.keys(error.errors ?? {}).length > 0, "the fields at fault are listed");
    return true;
  });
}

describe("it loads where its users are", () => {
  /** Some calls whose results every platform must agree on. */
  async function sample(loaded: Package, entries: Scrip.EntryItem[]): Promise<unknown> {
    const price = { usage_calculation: { event_type: "image", usage_type: "unit" } };
    const priced = { ...price, pricing: [{ asset: "USD", values: [{ unit_price: "0.04" }] }] };
    return [
      loaded.foldEntries(entries),
      loaded.verifyEntries(entries),
      loaded.estimate([{ event_type: "image" }], [priced]),
      loaded.formatAmount("-1234.5", { places: 2, locale: "en-US", symbol: "$" }),
      loaded.normalizeUsage({ provider: "openai", model: "m", raw: { prompt_tokens: 3, completion_tokens: 4 } }),
      loaded.simulate({ entries, events: [{ event_type: "chat", data: { input_tokens: 100, output_tokens: 10 } }] }),
      loaded.affordable({ entries, event: { event_type: "chat", data: { input_tokens: 7 } }, field: "output_tokens" }),
      loaded.explain({ entries, account: "default:USD" }),
      loaded.explain({ entries, entry: entries.length }),
    ];
  }
  let entries: Scrip.EntryItem[];
  let expected: unknown;

  before(async () => {
    entries = await allEntries(await livedInWallet());
    expected = await sample(scrip, entries);
  });

  test("in Node by import, with nothing to wait for", async () => {
    assert.deepEqual(Object.keys(scrip).sort(), EXPORTS);
    await scrip.init();
    await scrip.init();
    assert.deepEqual(await sample(scrip, entries), expected);
  });

  test("in Node by require", async () => {
    const required: Package = createRequire(join(project, "user.cjs"))("scrip-wallet");
    assert.deepEqual(await sample(required, entries), expected);
  });

  test("in a browser bundle: fetched once by init(), and refused before it", async () => {
    const bundle = await bundleFor("browser", ["browser"]);
    await withWebServer(bundle, async (url, requests) => {
      const page: Package = await import(`${url}/app.js`);
      assert.deepEqual(Object.keys(page).sort(), EXPORTS);
      const early = { code: "not_initialized", message: "scrip-wallet is not loaded yet; await init() first." };
      assert.throws(() => page.formatAmount("1"), early);
      await assert.rejects(page.init(`${url}/missing.wasm`), "a module that is not there");
      assert.throws(() => page.formatAmount("1"), early);
      await Promise.all([page.init(), page.init()]);
      await page.init();
      assert.deepEqual(await sample(page, entries), expected);
      assert.deepEqual(requests, ["/missing.wasm", "/scrip_bg.wasm"]);
    });
  });

  test("in a Worker's bundle, where the module is imported", async () => {
    const text = `import * as scrip from "scrip-wallet";
      const sample = ${sample.toString()};
      export default { async fetch(request) { return Response.json(await sample(scrip, await request.json())); } };`;
    const bundle = await bundleFor("worker", ["workerd", "worker", "browser"], text);
    const runtime = new Miniflare({
      host: "127.0.0.1",
      port: 0,
      cf: false,
      telemetry: { enabled: false },
      workers: [
        {
          config: {
            name: "user",
            compatibilityDate: wrangler.compatibility_date,
            manifest: {
              mainModule: "app.js",
              modules: {
                "app.js": { type: "esm" as const, contents: readFileSync(join(bundle, "app.js"), "utf8") },
                "scrip_bg.wasm": {
                  type: "wasm" as const,
                  contents: new Uint8Array(readFileSync(join(bundle, "scrip_bg.wasm"))),
                },
              },
            },
          },
        },
      ],
    });
    try {
      const response = await fetch(await runtime.ready, { method: "POST", body: JSON.stringify(entries) });
      assert.deepEqual(await response.json(), expected);
    } finally {
      await runtime.dispose();
    }
  });

  test("what needs no engine loads without it, in Node and in a bundle", async () => {
    const names: Record<string, string[]> = {
      agents: ["RootRequests", "keepRecovering"],
      ai: ["Scrip", "ScripDenied", "ScripProblem", "metered", "meteredStream"],
      client: ["Scrip", "ScripProblem", "captureCall"],
      hono: ["scrip"],
      sse: ["MeteredCall", "Scrip", "ScripDenied", "ScripProblem", "deniedResponse", "meterResponse"],
    };
    for (const [name, exported] of Object.entries(names)) {
      const text = `export * from "scrip-wallet/${name}";`;
      const loaded = await import(pathToFileURL(script(`${name}.mjs`, text)).href);
      assert.deepEqual(Object.keys(loaded).sort(), exported, name);
      const bundle = readFileSync(join(await bundleFor(`bundle-${name}`, ["browser"], text), "app.js"), "utf8");
      assert.ok(!bundle.includes("WebAssembly"), name);
      const types = readFileSync(join(project, `node_modules/scrip-wallet/${name}.d.ts`), "utf8");
      assert.ok(!/from "\.\/\w+\.ts"/.test(types), `${name} names its neighbours as they are packed`);
    }
  });

  test("a bundle that calls none of it carries none of it", async () => {
    const bundle = await bundleFor("unused", ["browser"], `import { init } from "scrip-wallet"; console.log("hello");`);
    assert.equal(
      readFileSync(join(bundle, "app.js"), "utf8")
        .replace(/\/\/.*/g, "")
        .trim(),
      `console.log("hello");`,
    );
  });
});

/** Bundles a script for a platform; the module lies beside it, as bundlers put it. */
async function bundleFor(name: string, conditions: string[], text = `export * from "scrip-wallet";`): Promise<string> {
  const folder = join(project, name);
  mkdirSync(folder);
  await build({
    stdin: { contents: text, resolveDir: project },
    outfile: join(folder, "app.js"),
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    conditions,
    external: ["*.wasm"],
    logLevel: "error",
  });
  copyFileSync(join(project, "node_modules/scrip-wallet/scrip_bg.wasm"), join(folder, "scrip_bg.wasm"));
  return folder;
}

/**
 * Serves a folder, and lets this process import scripts from there as a browser does: their address is what they find
 * their other files by. `requests` are the paths that were fetched by HTTP.
 */
async function withWebServer(folder: string, use: (url: string, requests: string[]) => Promise<void>): Promise<void> {
  const requests: string[] = [];
  const web: HttpServer = createServer((request, response) => {
    const path = request.url ?? "";
    requests.push(path);
    const file = join(folder, path);
    if (!existsSync(file)) response.writeHead(404).end();
    else response.writeHead(200, { "content-type": "application/wasm" }).end(readFileSync(file));
  });
  web.listen(0, "127.0.0.1");
  await once(web, "listening");
  const url = `http://127.0.0.1:${(web.address() as { port: number }).port}`;
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      specifier.startsWith(url) ? { url: specifier, shortCircuit: true } : next(specifier, context),
    load: (from, context, next) =>
      from.startsWith(url)
        ? { format: "module", source: readFileSync(join(folder, from.slice(url.length))), shortCircuit: true }
        : next(from, context),
  });
  try {
    await use(url, requests);
  } finally {
    hooks.deregister();
    web.closeAllConnections();
    web.close();
  }
}
