// Signed events on their way, tried for three days of the fake's clock, unless a test wants them otherwise.

import { createHmac } from "node:crypto";
import type Stripe from "stripe";
import type { Books, Endpoint } from "./books.ts";
import { type Clock, HOUR, MINUTE, type Seconds } from "./clock.ts";
import { isWanted } from "./events.ts";
import type { Json } from "./json.ts";
import { type Mischief, plan } from "./mischief.ts";
import { type Parcel, plainSend, type Send, wrap } from "./parcel.ts";
import { liveSecrets } from "./state/account.ts";

/** What was sent, and what came back; 0 when nothing did. */
export interface Sent {
  event: string;
  type: string;
  form: "snapshot" | "thin";
  url: string;
  status: number;
  reply: string;
  trick: string | null;
  at: Seconds;
  body: string;
  signature: string;
}

/** Between one attempt and the next; the real ones are not published. After three days it is given up. */
const GAPS: readonly Seconds[] = [5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR];
const LAST_GAP: Seconds = 12 * HOUR;
const GIVE_UP_AFTER: Seconds = 72 * HOUR;

/** A receiver that says nothing for so long has not received. */
const PATIENCE_MS = 20_000;

export class Delivery {
  parcels: Parcel[] = [];
  sent: Sent[] = [];
  /** Held events wait for `run`. */
  isHeld = false;
  mischief: Mischief | null = null;
  /** The time that signatures carry, where it is not the fake's own: a receiver may live at another. */
  signedAt: (() => Seconds) | null = null;
  /** How many requests were under way at once, at most. */
  most = 0;
  private underWay = 0;
  private clock: Clock;
  private running: Promise<void> = Promise.resolve();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Wraps an event for every endpoint that wants it; `platform` has those for connected accounts. */
  add(books: Books, event: Stripe.Event, platform: Books): void {
    for (const endpoint of platform.endpoints.values()) {
      if (!isWanted(endpoint, event, books.isConnected)) continue;
      const forms = endpoint.form === "both" ? (["snapshot", "thin"] as const) : ([endpoint.form] as const);
      for (const form of forms) this.parcels.push(wrap(books, endpoint, event, form));
    }
    event.pending_webhooks = this.parcels.filter((parcel) => parcel.event === event).length;
  }

  /** Sends all that is due, and ends when nothing is. Calls of it wait for each other. */
  run(): Promise<void> {
    this.running = this.running.then(() => this.runAlone());
    return this.running;
  }

  private async runAlone(): Promise<void> {
    for (let due = this.due(); due.length > 0; due = this.due()) {
      for (const batch of this.batches(due)) await Promise.all(batch.map((send) => this.post(send)));
    }
  }

  private due(): Parcel[] {
    const now = this.clock.now();
    return this.parcels.filter((parcel) => parcel.state === "waiting" && parcel.dueAt <= now);
  }

  private batches(due: Parcel[]): Send[][] {
    return this.mischief === null
      ? due.map((parcel) => [plainSend(parcel)])
      : plan(this.mischief, due, (parcel) => this.parcels.push(parcel));
  }

  /** When the next attempt is due; undefined when nothing waits. */
  nextDue(): Seconds | undefined {
    const times = this.parcels.filter((parcel) => parcel.state === "waiting").map((parcel) => parcel.dueAt);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** As the button in the dashboard: one more attempt, whose success does not end the others. */
  async resend(event: string): Promise<void> {
    for (const parcel of this.parcels.filter((one) => one.event.id === event)) {
      await this.post({ ...plainSend(parcel), counts: false });
    }
  }

  /** What no call has caused: it is not listed, and not tried again. */
  sendOther(books: Books, endpoint: Endpoint, event: Json): Promise<void> {
    const send = { ...plainSend(wrap(books, endpoint, event, "snapshot")), counts: false };
    send.parcel.form = event.object === "event" ? "snapshot" : "thin";
    return this.post(send);
  }

  isDelivered(event: Stripe.Event): boolean {
    return this.parcels.filter((parcel) => parcel.event === event).every((parcel) => parcel.state === "delivered");
  }

  private async post(send: Send): Promise<void> {
    const { parcel } = send;
    const { object } = parcel.endpoint;
    const now = this.signedAt?.() ?? this.clock.now();
    const secrets = liveSecrets(parcel.endpoint, this.clock.now());
    const signature = signatureHeader(
      send.body,
      send.garbage ? ["whsec_of_somebody_else", ...secrets] : secrets,
      now - send.age,
      !parcel.books.livemode,
    );
    const headers = {
      "content-type": "application/json; charset=utf-8",
      "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
      "stripe-signature": signature,
    };
    this.underWay += 1;
    this.most = Math.max(this.most, this.underWay);
    const { status, reply } = await deliver(object.url, headers, send.body);
    this.underWay -= 1;
    const { id, type } = JSON.parse(send.body);
    const { form } = parcel;
    this.sent.push({
      event: id,
      type,
      form,
      url: object.url,
      status,
      reply,
      trick: send.trick,
      at: this.clock.now(),
      body: send.body,
      signature,
    });
    if (send.counts) this.note(parcel, status >= 200 && status < 300 && !send.isAckLost);
  }

  private note(parcel: Parcel, isDelivered: boolean): void {
    const now = this.clock.now();
    parcel.attempts += 1;
    if (isDelivered) {
      parcel.state = "delivered";
      parcel.event.pending_webhooks -= 1;
      return;
    }
    parcel.dueAt = now + (GAPS[parcel.attempts - 1] ?? LAST_GAP);
    if (parcel.dueAt - parcel.firstAt > GIVE_UP_AFTER) parcel.state = "given_up";
  }
}

/** One v1 for every secret that lives; test events carry the fake scheme v0 as well. */
export function signatureHeader(body: string, secrets: string[], at: Seconds, isTest: boolean): string {
  const mac = (secret: string) => createHmac("sha256", secret).update(`${at}.${body}`).digest("hex");
  const signatures = secrets.map((secret) => `v1=${mac(secret)}`);
  if (isTest) signatures.push(`v0=${mac("v0")}`);
  return [`t=${at}`, ...signatures].join(",");
}

async function deliver(
  url: string,
  headers: Record<string, string>,
  body: string,
): Promise<{ status: number; reply: string }> {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
    return { status: response.status, reply: await response.text() };
  } catch (error) {
    return { status: 0, reply: String((error as Json).cause ?? error) };
  }
}
