// Events in the shapes of Stripe's versions from 2013 to 2026, sent and signed by the fake: Stripe's library reads all of them.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { root } from "../../scripts/project.ts";
import type { Endpoint } from "./books.ts";
import type { Json } from "./json.ts";
import { type Scene, SECRET, scene } from "./support.ts";

const { cases } = JSON.parse(readFileSync(join(root, "tests/vectors/stripe_shapes.json"), "utf8"));

describe("an event of", () => {
  let at: Scene;

  before(async () => {
    at = await scene();
  });

  after(() => at.end());

  for (const { name, event } of cases as { name: string; event: Json }[]) {
    test(name, async () => {
      const [endpoint] = [...at.fake.books().endpoints.values()] as [Endpoint];
      await at.fake.send(endpoint, event);
      const { body, signature } = at.receiver.received.at(-1) as { body: string; signature: string };
      assert.deepEqual(JSON.parse(body), event);
      const isThin = event.object === "v2.core.event";
      const read: Json = isThin
        ? at.stripe.parseEventNotification(body, signature, SECRET)
        : at.stripe.webhooks.constructEvent(body, signature, SECRET);
      assert.equal(read.type, event.type);
    });
  }

  test("those times is not listed: nothing here has happened", () => {
    assert.deepEqual(at.fake.events(), []);
    assert.deepEqual(at.fake.truth().entries, []);
  });
});
