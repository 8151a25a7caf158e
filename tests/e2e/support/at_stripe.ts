// A server that is connected to a fake Stripe, whose events come to it.

import type { ServerOptions } from "../../../scripts/server.ts";
import { type FakeStripe, startFakeStripe } from "../../stripe/server.ts";
import { expectStatus } from "./api.ts";
import { LastingServer } from "./lasting.ts";

/** The key by which the fake knows the account. */
export const KEY = "sk_test_abcdefgh1234";

export interface Connected {
  fake: FakeStripe;
  lasting: LastingServer;
}

export async function connectedServer(options: Pick<ServerOptions, "build"> = {}): Promise<Connected> {
  const fake = await startFakeStripe();
  const lasting = await LastingServer.start({ ...options, vars: { STRIPE_API_URL: fake.url } });
  // However late an event is sent, it is signed then, by the server's time.
  fake.delivery.signedAt = () => Math.floor(lasting.now() / 1000);
  // Links stay where they are, also when the server starts again.
  await lasting.change({ port: lasting.server.port });
  fake.addWebhook({ url: `${lasting.server.url}/stripe/webhook`, secret: "whsec_local" });
  const place = "/v1/accounts/self/processors/stripe";
  expectStatus(await lasting.client.send("PUT", place, { secret_key: KEY }), 200);
  return { fake, lasting };
}
