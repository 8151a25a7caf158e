// A wallet that is watched while its object sleeps, dies, or has forgotten everything: sockets stay where the platform keeps
// them, and whoever has lost one is told the rest, each entry once.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createChatCustomer, expectStatus, uniqueId } from "./support/api.ts";
import { walletName } from "./support/chain.ts";
import { journal } from "./support/fresh.ts";
import { LastingServer } from "./support/lasting.ts";
import { eventually } from "./support/patience.ts";
import { freePort } from "./support/processes.ts";
import { allConnected, allKnow, StayingPage, Watcher, walletOf } from "./support/watcher.ts";

const WAKEFUL = { "main.js": readFileSync(join(import.meta.dirname, "support/wakeful.js"), "utf8") };

let lasting: LastingServer;

before(async () => {
  lasting = await LastingServer.start({ port: await freePort(), modules: WAKEFUL });
});

after(() => lasting?.end());

async function newToken(customer: string): Promise<string> {
  const asked = { scopes: ["read"], ttl_seconds: 3600 };
  return expectStatus(await lasting.client.post(`/v1/customers/${customer}/tokens`, asked), 201).token;
}

async function spend(customer: string): Promise<void> {
  const ask = { id: uniqueId("w"), customer_id: customer, asset: "USD", amount: "0.01" };
  expectStatus(await lasting.client.post("/v1/authorize", ask), 200);
}

/** How often any wallet's object has come into memory. */
const wakings = () => lasting.server.logs.filter((line) => line.includes("a wallet wakes")).length;

/** Puts the object out of memory as the platform does with one that is idle, and keeps its sockets. */
const hibernate = (customer: string) =>
  lasting.server.miniflare.unsafeEvictDurableObject("scrip", "WalletObject", {
    name: walletName(customer),
    webSockets: "hibernate",
  });

describe("a wallet whose object is put out of memory", () => {
  test("keeps its sockets, and each hears the next entry and nothing twice", async () => {
    const { id } = await createChatCustomer(lasting.client, "100");
    const token = await newToken(id);
    const watchers = Array.from({ length: 20 }, () => new Watcher(lasting.server, id, { token }));
    await allConnected(watchers);
    const first = (await walletOf(lasting.client, id)).seq;
    for (let round = 1; round <= 5; round += 1) {
      const before = wakings();
      await hibernate(id);
      await spend(id);
      assert.equal(wakings(), before + 1, "it was out of memory, and the call has woken it");
      await allKnow(lasting.client, id, watchers);
    }
    const all = Array.from({ length: 5 }, (_, place) => first + 1 + place);
    for (const watcher of watchers) {
      assert.deepEqual(watcher.seen, all);
      assert.equal(watcher.closed, undefined);
      watcher.socket.close();
    }
  });

  test("is not woken by who asks whether the socket is alive", async () => {
    const { id } = await createChatCustomer(lasting.client, "100");
    const watcher = new Watcher(lasting.server, id, { token: await newToken(id) });
    await allConnected([watcher]);
    await hibernate(id);
    const before = wakings();
    for (let round = 1; round <= 3; round += 1) {
      watcher.socket.send("ping");
      await eventually(() => watcher.pongs === round, "it is answered");
    }
    assert.equal(wakings(), before, "the platform has answered, and the wallet slept");
    await spend(id);
    assert.equal(wakings(), before + 1, "a call does wake it");
    await allKnow(lasting.client, id, [watcher]);
    watcher.socket.close();
  });
});

describe("a page that stays, while the server is killed in the middle of its work and starts again", () => {
  test("is told each entry once, and what it was told is what the journal has", async () => {
    const { id } = await createChatCustomer(lasting.client, "1000");
    const pages: StayingPage[] = [];
    for (let place = 0; place < 3; place += 1) {
      pages.push(new StayingPage(lasting.server, id, await newToken(id)));
    }
    await eventually(() => pages.every(({ seq }) => seq > 0), "all are connected");
    const first = Math.max(...pages.map(({ seq }) => seq));
    for (let round = 1; round <= 3; round += 1) {
      let answered = 0;
      const caller = async () => {
        for (;;) {
          // Whoever is cut off learns nothing, and stops.
          const isOver = await spend(id).then(
            () => false,
            () => true,
          );
          if (isOver) return;
          answered += 1;
        }
      };
      const callers = [1, 2, 3, 4].map(caller);
      await eventually(() => answered >= 40, "calls were answered", 1);
      await lasting.kill();
      await Promise.all(callers);
      await lasting.start();
      await eventually(() => pages.every(({ connected }) => connected > round), "all are connected again");
    }
    await spend(id);
    const { seq } = await walletOf(lasting.client, id);
    await eventually(() => pages.every((page) => page.seq === seq), "all know the last entry");
    const rows = journal(lasting.persist, id).filter((row) => row.seq > first);
    assert.ok(rows.length > 100, `${rows.length} entries`);
    for (const page of pages) {
      const told = page.items.filter((item) => item.seq > first);
      assert.deepEqual(
        told.map((item) => item.seq),
        rows.map((row) => row.seq),
      );
      page.end();
    }
    assert.ok(
      pages.some(({ refetched }) => refetched > 0),
      "something was missed, and was asked for",
    );
  });
});
