// What the tests of the fake share: a receiver of webhooks, and Stripe's own library pointed at the fake.

import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import Stripe from "stripe";
import type { Json } from "./json.ts";
import { type FakeStripe, type Options, startFakeStripe } from "./server.ts";

export const SECRET = "whsec_receiver";
export const KEY = "sk_test_of_a_test";

/** One request to a receiver. */
export interface Received {
  body: string;
  signature: string;
  event: Json;
}

export class Receiver {
  readonly received: Received[] = [];
  /** What it answers, one after the other; 200 when there is nothing left. */
  readonly answers: number[] = [];
  private server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk) => chunks.push(chunk));
      request.on("end", () => {
        const body = Buffer.concat(chunks).toString("utf8");
        this.received.push({ body, signature: String(request.headers["stripe-signature"]), event: JSON.parse(body) });
        response.writeHead(this.answers.shift() ?? 200).end("{}");
      });
    }).listen(0, "127.0.0.1");
  }

  async ready(): Promise<this> {
    if (!this.server.listening) await once(this.server, "listening");
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/webhook`;
  }

  types(): string[] {
    return this.received.map(({ event }) => event.type);
  }

  of(type: string): Json[] {
    return this.received.filter(({ event }) => event.type === type).map(({ event }) => event);
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** Stripe's library, whose own retries are off so that a test sees every answer. */
export function client(fake: FakeStripe, key = KEY, more: object = {}): Stripe {
  const { port } = fake;
  return new Stripe(key, {
    host: "127.0.0.1",
    port,
    protocol: "http",
    maxNetworkRetries: 0,
    telemetry: false,
    ...more,
  });
}

export interface Scene {
  fake: FakeStripe;
  stripe: Stripe;
  receiver: Receiver;
  end: () => Promise<void>;
}

/** A fake, a receiver of all its events, and a client. */
export async function scene(options: Options & { form?: "snapshot" | "thin" | "both" } = {}): Promise<Scene> {
  const receiver = await new Receiver().ready();
  const { form = "snapshot", ...rest } = options;
  const fake = await startFakeStripe({ webhooks: [{ url: receiver.url, secret: SECRET, form }], ...rest });
  const end = async () => {
    await fake.close();
    receiver.close();
  };
  return { fake, stripe: client(fake), receiver, end };
}

/** What a call is refused with. */
export async function refusal(call: Promise<unknown>): Promise<Json> {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error("The call was not refused.");
}
