// The object's own storage obeys the laws of `src/journal/laws.rs`, which the storages of the native tests obey as well:
// in a build that only tests use, a wallet runs them over its SQLite.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createChatCustomer, expectStatus, uniqueId } from "./support/api.ts";
import { LastingServer } from "./support/lasting.ts";

describe("The storage of a wallet in the runtime", () => {
  let lasting: LastingServer;

  before(async () => {
    lasting = await LastingServer.start({ build: "faults" });
  });

  after(() => lasting?.end());

  it("obeys the same laws as those of the native tests", async () => {
    const { id } = await createChatCustomer(lasting.client, "1");
    const asked = { id: uniqueId("auth"), customer_id: id, asset: "USD", amount: "1", subject: "fault:journal-laws" };
    assert.deepEqual(expectStatus(await lasting.client.post("/v1/authorize", asked), 200), []);
  });
});
