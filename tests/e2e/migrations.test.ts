// A directory that an earlier version has made: it is moved, nothing of it is lost, and everything goes on.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { directoryFile } from "../../scripts/persist.ts";
import { root } from "../../scripts/project.ts";
import { startServer } from "../../scripts/server.ts";
import { api, expectStatus } from "./support/api.ts";
import { freshFolder, removeFolder } from "./support/folder.ts";

const EARLIER = ["0001_directory.sql", "0002_payment.sql", "0003_rates.sql"];

/** As the version before the catalogue grew has written it. */
function earlierDirectory(persist: string): void {
  const file = directoryFile(persist);
  mkdirSync(dirname(file), { recursive: true });
  const directory = new DatabaseSync(file);
  directory.exec(`CREATE TABLE d1_migrations(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE,
    applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)`);
  for (const name of EARLIER) {
    directory.exec(readFileSync(join(root, "migrations", name), "utf8"));
    directory.prepare("INSERT INTO d1_migrations(name) VALUES (?)").run(name);
  }
  const at = "2026-01-01T00:00:00Z";
  const basis = { unit: { unit_price: "1.5" } };
  const price = { id: "prc_old", name: "Call", event_type: "call", asset: { code: "USD", precision: 2 }, basis };
  const side = ["acc_default", "test"];
  directory
    .prepare("INSERT INTO product VALUES (?, ?, ?, ?, ?, 1, ?, ?)")
    .run("prp_old", ...side, "old", "Old", "digest", at);
  directory
    .prepare("INSERT INTO product_version VALUES (?, 1, 'published', ?, ?)")
    .run("prp_old", JSON.stringify([price]), at);
  directory
    .prepare("INSERT INTO customer VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?)")
    .run(...side, "cust_00000000000000000000000001", "old", "Old", null, '{"plan":"gold"}', "digest", at);
  directory.close();
}

test("a directory of before keeps its products and customers, and they go on", async () => {
  const persist = freshFolder();
  earlierDirectory(persist);
  const server = await startServer({ persist });
  try {
    const client = api(server);
    const product = expectStatus(await client.get("/v1/products/prp_old"), 200);
    const [shown] = product.default_version.prices;
    assert.deepEqual([shown.id, shown.pricing[0].values[0].unit_price], ["prc_old", "1.5"]);
    const next = { prices: [], publish: true };
    assert.equal(expectStatus(await client.post("/v1/products/prp_old", next), 201).version, 2);
    const { items } = expectStatus(await client.get("/v1/customers?external_id=old"), 200);
    assert.deepEqual([items[0].metadata, items[0].external_accounts], [{ plan: "gold" }, []]);

    const subscriptions = [{ products: [{ code: "old", version: 1 }] }];
    const { id } = expectStatus(await client.post("/v1/customers", { name: "New", subscriptions }), 201);
    const event = { id: "e", event_type: "call", occurred_at: new Date().toISOString() };
    const headers = { prefer: "return=representation" };
    const recorded = await client.post("/v1/events", { customer_id: id, events: [event] }, { headers });
    assert.equal(expectStatus(recorded, 200).fees[0].amount, "1.5");
  } finally {
    await server.stop();
    removeFolder(persist);
  }
});
