// Usage events: what they cost, when they are too late, and how they are found again.

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, test } from "node:test";
import { directoryFile, openDirectory, walletFile } from "../../scripts/persist.ts";
import { hurryAlarm } from "./support/alarm.ts";
import {
  type Api,
  api,
  type ChatCustomer,
  createChatCustomer,
  credit,
  daysAgo,
  expectStatus,
  type Json,
  RECENTLY,
  uniqueId,
} from "./support/api.ts";
import { walletName } from "./support/chain.ts";
import { type FreshServer, freshServer, journal, rows } from "./support/fresh.ts";
import { LastingServer } from "./support/lasting.ts";
import { eventually } from "./support/patience.ts";

const represent = { headers: { prefer: "return=representation" } };

/** 400 tokens in and 100 out: 0.001 and 0.001 USD. */
const usage = (id: string, more: object = {}) => ({
  id,
  event_type: "chat",
  occurred_at: RECENTLY,
  data: { input_tokens: 400, output_tokens: 100 },
  ...more,
});

const record = async (client: Api, customer: string, ...events: object[]) =>
  expectStatus(await client.post("/v1/events", { customer_id: customer, events }), 204);

const idsOf = (page: Json): string[] => page.items.map((one: Json) => one.id);

let server: FreshServer;
let client: Api;

before(async () => {
  server = await freshServer();
  client = api(server);
});

after(() => server.end());

const list = async (query: string) => expectStatus(await client.get(`/v1/events?${query}`), 200);

describe("the costs of an event", () => {
  const costs = [
    {
      id: "c1",
      vendor_external_id: "openai",
      category: "inference",
      description: "The model",
      metadata: { model: "gpt-x", cached: true, tokens: 500, share: "0.5" },
      units: 3,
      unit_price: "0.0001",
      input_volume: "500",
      volume_rate: 1.5,
      package_size: 1e6,
      amount: "0.000125",
      currency: "USD",
    },
    { id: "c2", vendor_id: "vnd_1", amount: 1e-12 },
  ];

  test("come back as they were sent, exactly, with the event's stats", async () => {
    const { id } = await createChatCustomer(client, "5");
    const event = uniqueId("event");
    await record(client, id, usage(event, { costs }));
    const shown = expectStatus(await client.get(`/v1/events/${event}?customer_id=${id}`), 200);
    assert.deepEqual(shown.costs, [
      { ...costs[0], units: "3", volume_rate: "1.5", package_size: "1000000" },
      { id: "c2", vendor_id: "vnd_1", metadata: {}, amount: "0.000000000001", currency: "USD" },
    ]);
    assert.deepEqual(shown.stats, {
      gross_revenue: "0.002",
      total_costs: "0.000125000001",
      net_revenue: "0.001874999999",
      margin: "93.75",
      currency: "USD",
    });
    const [item] = (await list(`customer_id=${id}`)).items;
    assert.deepEqual(item.stats, shown.stats);
  });

  test("are a part of what the event's id stands for, however they are written", async () => {
    const { id } = await createChatCustomer(client, "5");
    const send = (cost: object) =>
      client.post("/v1/events", { customer_id: id, events: [usage("once", { costs: [cost] })] }, represent);
    const first = await send({ id: "c", vendor_id: "v", amount: "0.10" });
    expectStatus(first, 200);
    for (const amount of [0.1, "0.1", "0.100000"]) {
      const again = await send({ currency: "USD", amount, vendor_id: "v", id: "c", metadata: {} });
      assert.equal(again.headers.get("idempotent-replayed"), "true");
      assert.equal(again.text, first.text);
    }
    const other = await send({ id: "c", vendor_id: "v", amount: "0.11" });
    assert.equal(expectStatus(other, 422).code, "operation_id_reused");
    const none = await client.post("/v1/events", { customer_id: id, events: [usage("once")] });
    assert.equal(expectStatus(none, 422).code, "operation_id_reused");
  });

  test("charge nobody, and may be 100", async () => {
    const { id } = await createChatCustomer(client, "5");
    const many = Array.from({ length: 100 }, (_, place) => ({ id: `c${place}`, vendor_id: "v", amount: "7" }));
    await record(client, id, usage(uniqueId("event"), { costs: many }));
    const { balance } = expectStatus(await client.get(`/v1/customers/${id}/wallet/default:USD`), 200);
    assert.equal(balance, "4.998");
    const stats = expectStatus(await client.get(`/v1/customers/${id}/stats`), 200);
    assert.equal(stats.total_costs, "700");
  });
});

describe("an event that is late", () => {
  test("is refused after 30 days, named, and its id stays free", async () => {
    const { id } = await createChatCustomer(client, "5");
    const before = journal(server.persist, id).length;
    const batch = [usage("timely", { occurred_at: daysAgo(29) }), usage("late", { occurred_at: daysAgo(31) })];
    const refused = await client.post("/v1/events", { customer_id: id, events: batch });
    const problem = expectStatus(refused, 422);
    assert.equal(problem.code, "event_too_late");
    assert.equal(problem.retryable, true);
    assert.deepEqual(Object.keys(problem.errors), ["events[1].occurred_at"]);
    assert.match(problem.detail, /^events\[1\]: .* 30 days.*late_events_days.*Nothing of the batch was recorded\.$/);
    assert.equal(journal(server.persist, id).length, before);
    await record(client, id, usage("late"));
    await record(client, id, usage("timely", { occurred_at: daysAgo(29) }));
  });

  test("is recorded when the wallet's settings say so, and a setting is made once", async () => {
    const { id } = await createChatCustomer(client, "5");
    const path = `/v1/customers/${id}/wallet/settings`;
    assert.deepEqual(expectStatus(await client.get(path), 200), { late_events_days: 30 });
    const late = { customer_id: id, events: [usage("late", { occurred_at: daysAgo(100) })] };
    assert.equal(expectStatus(await client.post("/v1/events", late), 422).code, "event_too_late");

    const change = { id: "s1", late_events_days: 120 };
    const changed = await client.send("PUT", path, change);
    assert.deepEqual(expectStatus(changed, 200), { late_events_days: 120 });
    assert.equal(changed.headers.get("idempotent-replayed"), null);
    expectStatus(await client.post("/v1/events", late), 204);

    const headers = { "idempotency-key": "s2" };
    expectStatus(await client.send("PUT", path, { late_events_days: 0 }, { headers }), 200);
    const again = await client.send("PUT", path, change);
    assert.equal(again.headers.get("idempotent-replayed"), "true");
    assert.equal(again.text, changed.text, "the first answer, whatever the setting is now");
    assert.deepEqual(expectStatus(await client.get(path), 200), { late_events_days: 0 });
    const other = await client.send("PUT", path, { id: "s1", late_events_days: 7 });
    assert.equal(expectStatus(other, 422).code, "operation_id_reused");

    // What was recorded once is replayed, however late it would be now.
    const replayed = await client.post("/v1/events", late);
    expectStatus(replayed, 204);
    assert.equal(replayed.headers.get("idempotent-replayed"), "true");
  });

  test("or yet to come, is judged by the server's clock", async () => {
    const { id } = await createChatCustomer(client, "5");
    const soon = new Date(Date.now() + 240_000).toISOString();
    await record(client, id, usage("soon", { occurred_at: soon }));
    const later = { customer_id: id, events: [usage("later", { occurred_at: new Date(Date.now() + 3_600_000) })] };
    const problem = expectStatus(await client.post("/v1/events", later), 422);
    assert.equal(problem.code, "event_in_future");
    assert.deepEqual(Object.keys(problem.errors), ["events[0].occurred_at"]);
  });
});

describe("the list of events", () => {
  let one: ChatCustomer;
  let two: ChatCustomer;
  const prefix = uniqueId("list");

  before(async () => {
    one = await createChatCustomer(client, "5");
    two = await createChatCustomer(client, "5");
    await record(client, one.id, usage(`${prefix}_a`, { subject: prefix, occurred_at: daysAgo(3) }));
    await record(client, two.id, usage(`${prefix}_b`, { subject: prefix, occurred_at: daysAgo(2) }));
    await record(
      client,
      one.id,
      usage(`${prefix}_c`, { subject: prefix, event_type: "coffee", description: "Black", occurred_at: daysAgo(1) }),
      usage(`${prefix}_d`, { subject: prefix }),
    );
    // The lists of one customer bring all others up to date.
    for (const { id } of [one, two]) await list(`customer_id=${id}`);
  });

  test("has every field of an item", async () => {
    const { items, next, ...page } = await list(`subject=${prefix}&limit=2`);
    assert.deepEqual(page, { total_count: 4, limit: 2, offset: 0 });
    const behind = await list(`subject=${prefix}&limit=2&cursor=${next}`);
    assert.deepEqual([behind.items.length, behind.next, behind.total_count], [2, undefined, 4]);
    const [newest, unpriced] = items;
    const { created_at, ...rest } = newest;
    assert.match(created_at, /^\d{4}-\d\d-\d\dT.*Z$/);
    assert.deepEqual(rest, {
      id: `${prefix}_d`,
      customer_id: one.id,
      external_id: one.externalId,
      event_type: "chat",
      subject: prefix,
      description: null,
      occurred_at: RECENTLY,
      total_fees: "0.002",
      fee_currency: "USD",
      has_fees: true,
      fees: [{ asset: "USD", amount: "0.002" }],
      stats: { gross_revenue: "0.002", total_costs: "0", net_revenue: "0.002", margin: "100", currency: "USD" },
    });
    assert.equal(unpriced.id, `${prefix}_c`);
    assert.deepEqual(
      [unpriced.has_fees, unpriced.total_fees, unpriced.fee_currency, unpriced.fees, unpriced.stats],
      [false, null, null, [], null],
    );
    assert.equal(unpriced.description, "Black");
  });

  const day = (days: number) => daysAgo(days).slice(0, 10);
  const cases: [what: string, query: () => string, found: string][] = [
    ["last received first", () => `subject=${prefix}`, "d c b a"],
    ["page by page", () => `subject=${prefix}&limit=2&offset=1`, "c b"],
    ["past the end", () => `subject=${prefix}&offset=4`, ""],
    ["of one customer", () => `customer_id=${one.id}&subject=${prefix}`, "d c a"],
    ["of one external id", () => `customer_external_id=${two.externalId}`, "b"],
    ["under one id", () => `event_id=${prefix}_b`, "b"],
    ["under one id of another customer", () => `event_id=${prefix}_b&customer_id=${one.id}`, ""],
    ["of one type", () => `subject=${prefix}&event_types=coffee`, "c"],
    ["of some types", () => `subject=${prefix}&event_types=coffee,%20chat,tea`, "d c b a"],
    ["of a type that nobody used", () => `subject=${prefix}&event_types=tea`, ""],
    ["with fees", () => `subject=${prefix}&has_fees=true`, "d b a"],
    ["without fees", () => `subject=${prefix}&has_fees=false`, "c"],
    ["from a day on", () => `subject=${prefix}&period_from=${day(2)}`, "d c b"],
    ["until a day", () => `subject=${prefix}&period_to=${day(2)}`, "b a"],
    ["of one day", () => `subject=${prefix}&period_from=${day(2)}&period_to=${day(2)}`, "b"],
    ["from a moment on", () => `subject=${prefix}&period_from=${daysAgo(1)}`, "d c"],
    ["until a moment", () => `subject=${prefix}&period_to=${daysAgo(1)}`, "c b a"],
    ["of a customer that nobody is", () => `subject=${prefix}&customer_id=nobody`, ""],
    ["of an external id that nobody has", () => `subject=${prefix}&customer_external_id=nobody`, ""],
    ["of another subject", () => `subject=${prefix}x`, ""],
    ["of several filters at once", () => `subject=${prefix}&event_types=chat&has_fees=true&period_to=${day(3)}`, "a"],
  ];
  for (const [what, query, found] of cases) {
    test(`shows what it is asked for: ${what}`, async () => {
      const page = await list(query());
      const wanted = found.split(" ").filter(Boolean);
      assert.deepEqual(
        idsOf(page),
        wanted.map((letter) => `${prefix}_${letter}`),
      );
    });
  }

  test("of one customer has an event as soon as it was recorded", async () => {
    const { id, externalId } = await createChatCustomer(client, "5");
    for (let place = 0; place < 20; place += 1) {
      await record(client, id, usage(`now_${place}`));
      const query = place % 2 === 0 ? `customer_id=${id}` : `customer_external_id=${externalId}`;
      assert.equal(idsOf(await list(query))[0], `now_${place}`);
    }
  });

  test("has an event of anybody within moments", async () => {
    const { id } = await createChatCustomer(client, "5");
    const event = uniqueId("event");
    await record(client, id, usage(event));
    const found = async () => (await list(`event_id=${event}`)).total_count === 1;
    await eventually(found, "the event is found without naming its customer");
  });

  test("of a batch of 1,000 has each of them once", async () => {
    const { id } = await createChatCustomer(client, "5");
    const subject = "x".repeat(900);
    await record(client, id, ...Array.from({ length: 1000 }, (_, place) => usage(`b${place}`, { subject })));
    const seen = new Set<string>();
    for (let offset = 0; offset < 1000; offset += 100) {
      const page = await list(`customer_id=${id}&limit=100&offset=${offset}`);
      assert.equal(page.total_count, 1000);
      for (const event of idsOf(page)) seen.add(event);
    }
    assert.equal(seen.size, 1000);
  });
});

describe("captured usage", () => {
  test("is in the list, event by event, and is found under the id that it has there", async () => {
    const { id } = await createChatCustomer(client, "5");
    const ask = { id: "a", customer_id: id, asset: "USD", amount: "1", subject: "run_7" };
    const { hold } = expectStatus(await client.post("/v1/authorize", ask), 200);
    const costs = [{ id: "c", vendor_id: "v", amount: "0.001" }];
    const part = { id: "p", final: false, events: [{ ...usage("mine", { costs }), occurred_at: undefined }] };
    expectStatus(await client.post(`/v1/holds/${hold.id}/capture`, part), 200);
    const rest = { events: [usage("x", { subject: "own" }), { event_type: "coffee", occurred_at: daysAgo(400) }] };
    expectStatus(await client.post(`/v1/holds/${hold.id}/capture`, rest), 200);

    const { items, total_count } = await list(`customer_id=${id}`);
    assert.equal(total_count, 3);
    const told = items.map((one: Json) => [one.event_type, one.subject, one.total_fees, one.hold_id]);
    assert.deepEqual(told, [
      ["coffee", "run_7", null, hold.id],
      ["chat", "own", "0.002", hold.id],
      ["chat", "run_7", "0.002", hold.id],
    ]);
    const [coffee, , first] = items;
    assert.equal(coffee.occurred_at, daysAgo(400).replace(".000", ""), "a capture is never late");
    assert.equal(first.occurred_at, first.created_at);
    assert.match(first.id, /^evt_[0-9a-z]{26}_\d{12}_0$/);

    const shown = expectStatus(await client.get(`/v1/events/${first.id}`), 200);
    assert.equal(shown.id, first.id);
    assert.equal(shown.label, "mine");
    assert.equal(shown.subject, "run_7");
    assert.equal(shown.hold_id, hold.id);
    assert.deepEqual(shown.stats, first.stats);
    assert.equal(shown.stats.net_revenue, "0.001");
    assert.equal(shown.fees.length, 2);
    const unpriced = expectStatus(await client.get(`/v1/events/${coffee.id}`), 200);
    assert.deepEqual(unpriced.fees, []);
    assert.equal(unpriced.warnings.length, 1);
    assert.match(unpriced.warnings[0], /coffee/);
    assert.deepEqual(idsOf(await list(`event_id=${first.id}`)), [first.id]);
  });

  test("of an amount is no event", async () => {
    const { id } = await createChatCustomer(client, "5");
    const ask = { id: "a", customer_id: id, asset: "USD", amount: "1" };
    const { hold } = expectStatus(await client.post("/v1/authorize", ask), 200);
    expectStatus(await client.post(`/v1/holds/${hold.id}/capture`, { amount: "0.75" }), 200);
    assert.equal((await list(`customer_id=${id}`)).total_count, 0);
    assert.equal((await client.get(`/v1/customers/${id}/stats`)).body.gross_revenue, "0.75");
    const seq = String(journal(server.persist, id).length).padStart(12, "0");
    const none = `/v1/events/evt_${id.slice("cust_".length)}_${seq}_0`;
    expectStatus(await client.get(none), 404);
  });
});

describe("the fees of an event in several assets", () => {
  test("are shown by asset, the first one first", async () => {
    expectStatus(await client.post("/v1/assets", { code: "TOK", name: "Tokens", precision: 0 }), 201);
    const price = (asset: string, unit_price: string) => ({
      name: asset,
      type: "usage_based",
      usage_calculation: { event_type: "both", usage_type: "unit" },
      pricing: [{ asset, values: [{ unit_price }] }],
    });
    const code = uniqueId("product");
    const product = { code, name: code, publish: true, prices: [price("TOK", "3"), price("USD", "0.5")] };
    expectStatus(await client.post("/v1/products", product), 201);
    const body = { name: "Both", external_id: uniqueId("customer"), subscriptions: [{ products: [{ code }] }] };
    const { id } = expectStatus(await client.post("/v1/customers", body), 201);
    await record(client, id, usage("both", { event_type: "both" }));
    const [item] = (await list(`customer_id=${id}`)).items;
    assert.deepEqual([item.total_fees, item.fee_currency], ["3", "TOK"]);
    assert.deepEqual(item.fees, [
      { asset: "TOK", amount: "3" },
      { asset: "USD", amount: "0.5" },
    ]);
    assert.deepEqual([item.stats.gross_revenue, item.stats.currency], ["0.5", "USD"], "never added up");
  });
});

describe("the grants of an account", () => {
  test("are shown by when they begin and end", async () => {
    const { id } = await createChatCustomer(client);
    const path = `/v1/customers/${id}/wallet`;
    const ends = ["2031-01-01T00:00:00Z", "2031-06-30T12:00:00Z", undefined];
    for (const [place, expires_at] of ends.entries()) {
      const effective_at = `2030-0${place + 1}-15T10:00:00Z`;
      const gift = { transaction_id: `g${place}`, asset: "USD", amount: `${place + 1}`, reason: "gift" };
      expectStatus(await client.post(`${path}/adjustments`, { ...gift, effective_at, expires_at }), 201);
    }
    await credit(client, id, "4");
    for (const [query, amounts] of [
      ["", "1 2 3 4"],
      ["effective_from=2030-01-15&effective_to=2030-01-15", "1"],
      ["effective_from=2030-01-15T10:00:00.000Z", "1 2 3"],
      ["effective_from=2030-01-15T10:00:00.001Z", "2 3"],
      ["effective_to=2030-02-15T10:00:00Z", "1 2 4"],
      ["effective_to=2030-02-15T09:59:59Z", "1 4"],
      ["expired_from=2031-01-01", "1 2"],
      ["expired_to=2031-01-01", "1"],
      ["expired_from=2031-01-01T00:00:00.001Z&expired_to=2031-06-30", "2"],
      ["expired_from=2032-01-01", ""],
      ["purpose=paid", "4"],
      ["purpose=promotion&effective_from=2030-02-01&exclude_expired=true", "2 3"],
    ] as const) {
      const page = expectStatus(await client.get(`${path}/default:USD/grants?${query}`), 200);
      const shown = page.items.map((grant: Json) => grant.original).sort();
      assert.deepEqual(shown, amounts.split(" ").filter(Boolean), query);
      assert.equal(page.total_count, shown.length);
    }
  });
});

describe("a charge", () => {
  test("keeps how its amount came about", async () => {
    const { id } = await createChatCustomer(client, "5");
    const path = `/v1/customers/${id}/wallet`;
    const maths = { input_units: "3", unit_price: "0.1", input_volume: 1500, volume_rate: "0.2", package_size: "1000" };
    const charge = {
      transaction_id: "c1",
      asset: "USD",
      amount: "0.6",
      subject: "run_7",
      description: "Work",
      ...maths,
    };
    const first = await client.post(`${path}/charges`, charge);
    expectStatus(first, 201);
    const shown = expectStatus(await client.get(`${path}/transactions/c1`), 200);
    assert.deepEqual(
      Object.keys(maths).map((name) => shown[name]),
      ["3", "0.1", "1500", "0.2", "1000"],
    );
    assert.deepEqual([shown.type, shown.amount, shown.subject], ["fee", "-0.6", "run_7"]);
    const again = await client.post(`${path}/charges`, { ...charge, input_units: 3, amount: 0.6 });
    assert.equal(again.text, first.text);
    assert.equal(again.headers.get("idempotent-replayed"), "true");
    const other = await client.post(`${path}/charges`, { ...charge, input_units: 4 });
    assert.equal(expectStatus(other, 422).code, "operation_id_reused");
  });
});

describe("what a wallet tells the directory", () => {
  let lasting: LastingServer;

  before(async () => {
    lasting = await LastingServer.start();
  });

  after(() => lasting.end());

  const told = (customer: string) => {
    const sql = `SELECT seq, place, event_id, fees FROM usage WHERE customer_id = '${customer}' ORDER BY seq, place`;
    return rows(directoryFile(lasting.persist), sql);
  };

  const directory = (sql: string) => {
    const database = openDirectory(lasting.persist);
    database.exec(sql);
    database.close();
  };

  test("is neither lost nor doubled when the server is killed between the commit and the telling", async () => {
    const customer = await createChatCustomer(lasting.client, "5");
    for (let round = 0; round < 4; round += 1) {
      // The directory cannot be told until the server is dead.
      directory("ALTER TABLE usage RENAME TO lost_usage");
      await record(lasting.client, customer.id, ...Array.from({ length: 50 }, (_, n) => usage(`r${round}_${n}`)));
      await lasting.kill();
      directory("ALTER TABLE lost_usage RENAME TO usage");
      assert.equal(told(customer.id).length, round === 0 ? 0 : round * 50);
      if (round % 2 === 0) hurryAlarm(lasting.persist, customer.id);
      await lasting.start();
      if (round % 2 === 0) {
        // Nobody calls, and the alarm sees to it.
        const complete = () => told(customer.id).length === (round + 1) * 50;
        await eventually(complete, "the directory is told of all");
      } else {
        const page = await lasting.client.get(`/v1/events?customer_id=${customer.id}`);
        assert.equal(expectStatus(page, 200).total_count, (round + 1) * 50);
      }
    }
    const events = journal(lasting.persist, customer.id).filter((row) => row.op.startsWith("event:"));
    assert.deepEqual(
      told(customer.id).map((row) => [row.seq, row.event_id]),
      events.map((row) => [row.seq, row.op.slice("event:".length)]),
    );
  });

  test("is told again without a change when only the note of it is lost", async () => {
    const customer = await createChatCustomer(lasting.client, "5");
    await record(lasting.client, customer.id, usage("e1"), usage("e2"));
    const stats = async () =>
      expectStatus(await lasting.client.get(`/v1/customers/${customer.id}/stats`), 200).gross_revenue;
    assert.equal(await stats(), "0.004");
    const before = told(customer.id);
    await lasting.kill();
    changeWallet(customer, "DELETE FROM told");
    await lasting.start();
    await record(lasting.client, customer.id, usage("e3"));
    assert.equal(await stats(), "0.006");
    assert.deepEqual(told(customer.id).slice(0, 2), before);
    assert.equal(told(customer.id).length, 3);
  });

  test("is all of it where an earlier version told only the ids of events", async () => {
    const customer = await createChatCustomer(lasting.client, "5");
    await record(lasting.client, customer.id, usage("old"));
    await lasting.client.get(`/v1/events?customer_id=${customer.id}`);
    await lasting.kill();
    changeWallet(
      customer,
      "DROP TABLE told; CREATE TABLE shipped (one INTEGER PRIMARY KEY, seq INTEGER) STRICT; INSERT INTO shipped VALUES (1, 9)",
    );
    const directory = openDirectory(lasting.persist);
    directory.exec("DELETE FROM usage");
    directory.close();
    await lasting.start();
    const page = await lasting.client.get(`/v1/events?customer_id=${customer.id}`);
    assert.deepEqual(idsOf(expectStatus(page, 200)), ["old"]);
  });

  test("is kept while the directory cannot be told, and a list that would lack it fails", async () => {
    const customer = await createChatCustomer(lasting.client, "5");
    const rename = (from: string, to: string) => {
      const directory = openDirectory(lasting.persist);
      directory.exec(`ALTER TABLE ${from} RENAME TO ${to}`);
      directory.close();
    };
    rename("usage", "lost_usage");
    await record(lasting.client, customer.id, usage("patient"));
    const failed = await lasting.client.get(`/v1/events?customer_id=${customer.id}`);
    assert.equal(expectStatus(failed, 503).retryable, true);
    rename("lost_usage", "usage");
    const page = await lasting.client.get(`/v1/events?customer_id=${customer.id}`);
    assert.deepEqual(idsOf(expectStatus(page, 200)), ["patient"]);
  });

  function changeWallet(customer: ChatCustomer, sql: string): void {
    const database = new DatabaseSync(walletFile(lasting.persist, walletName(customer.id)));
    database.exec(sql);
    database.close();
  }
});
