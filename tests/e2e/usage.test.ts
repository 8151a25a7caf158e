// The usage objects of vendors, sent by the TypeScript client to a real server: what it writes down is what the rows of
// tests/vectors/usage.txt say.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Scrip, ScripProblem } from "../../npm/src/client.ts";
import { type Api, api, createChatCustomer, expectStatus, type Json, LOCAL_KEY, RECENTLY } from "./support/api.ts";
import { type FreshServer, freshServer } from "./support/fresh.ts";
import { toldEvent, type UsageRow, usageRows } from "./support/usage.ts";

let server: FreshServer;
let client: Api;
let wallet: Scrip;

before(async () => {
  server = await freshServer();
  client = api(server);
  wallet = new Scrip({ key: LOCAL_KEY, baseUrl: server.url });
});

after(async () => {
  await server.end();
});

const isWrong = (row: UsageRow) => row.expected.some((line) => line.startsWith("!"));

const event = ({ provider, model, raw }: UsageRow, id: string) => ({
  id,
  event_type: "call",
  occurred_at: RECENTLY,
  usage: { provider, model, raw },
});

/** All events that a wallet has written down, the oldest first, in the words of the rows. */
async function written(customer: string): Promise<Json[]> {
  const events: Json[] = [];
  let cursor = "";
  do {
    const path = `/v1/customers/${customer}/wallet/entries?limit=100${cursor}`;
    const page = expectStatus(await client.get(path), 200);
    for (const { record } of page.items) {
      const found = /"event":/.test(record) ? JSON.parse(record) : undefined;
      const own = found && findEvent(found);
      if (own) events.unshift(own);
    }
    cursor = page.next === null ? "" : `&cursor=${page.next}`;
  } while (cursor !== "");
  return events;
}

/** The event in a row, wherever its fact has it. */
function findEvent(value: Json): Json {
  if (value === null || typeof value !== "object") return undefined;
  if (value.event?.event_type) return value.event;
  for (const inner of Object.values(value)) {
    const found = findEvent(inner);
    if (found) return found;
  }
  return undefined;
}

test("every usage that is possible is written down as its units", async () => {
  const { id: customer } = await createChatCustomer(client, "1");
  const rows = usageRows().filter((row) => !isWrong(row));
  assert.ok(rows.length > 50, `${rows.length} rows`);
  await wallet.events({ customer_id: customer, events: rows.map((row, place) => event(row, `row${place}`)) });
  const events = await written(customer);
  for (const [place, row] of rows.entries()) {
    const own = events.filter(({ id }) => id === `row${place}` || id.startsWith(`row${place}.`));
    const told = own.map(({ event_type, data, costs }) => {
      const [, ...kind] = event_type.split(".");
      // A stored number with a fraction is a text in a field of its own.
      const plain = Object.entries(data).map(([name, value]: [string, Json]) => [name, value.number ?? value]);
      return toldEvent(
        { ...(kind.length > 0 && { kind: kind.join(".") }), data: Object.fromEntries(plain), costs },
        row.model,
      );
    });
    assert.deepEqual(told, row.expected, row.name);
  }
});

test("every usage that is impossible or unknown is refused, and nothing is written", async () => {
  const { id: customer } = await createChatCustomer(client, "1");
  const before = (await written(customer)).length;
  for (const row of usageRows().filter(isWrong)) {
    const problem = await wallet
      .events({ customer_id: customer, events: [event(row, "wrong")] })
      .catch((error: unknown) => error);
    assert.ok(problem instanceof ScripProblem, row.name);
    assert.equal(problem.status, 422);
    const told = Object.entries(problem.errors).flatMap(([path, sentences]) =>
      sentences.map((sentence) => `! ${path.replace("events[0].usage.", "")} ${sentence}`),
    );
    assert.deepEqual(told, row.expected, row.name);
  }
  assert.equal((await written(customer)).length, before);
});
