// The post at its worst, by a seed. Everything here has happened to receivers of Stripe's events.

import type Stripe from "stripe";
import { DAY } from "./clock.ts";
import type { Json } from "./json.ts";
import { bodyOf, type Parcel, plainSend, type Send, wrap } from "./parcel.ts";
import { Seed } from "./seed.ts";
import { rollSecret } from "./state/account.ts";

export const TRICKS = [
  /** The same event again, later. */
  "duplicate",
  /** Several copies at the same moment. */
  "concurrent",
  /** Events of one batch in any order. */
  "reorder",
  /** A second event, with an id of its own, for one fact. */
  "two_ids",
  /** Between 301 seconds and two days late, signed when it is sent. */
  "late",
  /** An old capture, sent by somebody else: its signature is right and too old. */
  "replay",
  /** Never sent: the list of events alone knows it. */
  "never",
  /** In both forms at once, the thin one naming its twin. */
  "both_forms",
  /** In the thin form alone. */
  "thin",
  /** Beside it, an event of a type that nobody has heard of. */
  "unknown_type",
  /** Beside it, the same fact in the shape of a version that is not out yet. */
  "unknown_version",
  /** Beside it, a copy that says it is of the other side. */
  "wrong_mode",
  /** The secret is rolled; both sign for a day. */
  "rolled_secret",
  /** A signature that is not ours stands before the right one. */
  "garbage_signature",
  /** It arrives, and Stripe does not hear so: it comes again by the clock. */
  "ack_lost",
] as const;

export type Trick = (typeof TRICKS)[number];

export interface Mischief {
  seed: Seed;
  tricks: readonly Trick[];
  /** What a rolled secret becomes; a receiver has to know it before. */
  nextSecret?: string;
}

export function mischief(seed: number, tricks: readonly Trick[] = TRICKS, nextSecret?: string): Mischief {
  return { seed: new Seed(seed), tricks, ...(nextSecret === undefined ? {} : { nextSecret }) };
}

/** Requests in the order in which they are made; those of one batch are made at once. */
export function plan(given: Mischief, due: Parcel[], add: Add): Send[][] {
  const { seed, tricks } = given;
  const plays = (trick: Trick, oneIn = 3) => tricks.includes(trick) && seed.oneIn(oneIn);
  const batches: Send[][] = [];
  for (const parcel of due) {
    const isFirst = parcel.attempts === 0 && parcel.dueAt === parcel.firstAt;
    if (isFirst && plays("never", 6)) {
      parcel.state = "withheld";
      continue;
    }
    if (isFirst && plays("late", 4)) {
      parcel.dueAt += 301 + seed.below(2 * DAY);
      continue;
    }
    if (plays("rolled_secret", 12) && parcel.endpoint.secrets.length === 1) {
      rollSecret(parcel.books, parcel.endpoint, 24, given.nextSecret);
    }
    batches.push(...sendsOf(parcel, isFirst, plays, given, add));
  }
  return tricks.includes("reorder") ? seed.shuffled(batches) : batches;
}

type Add = (parcel: Parcel) => void;
type Plays = (trick: Trick, oneIn?: number) => boolean;

function sendsOf(parcel: Parcel, isFirst: boolean, plays: Plays, { seed }: Mischief, add: Add): Send[][] {
  const send = plainSend(parcel);
  if (isFirst && parcel.form === "snapshot" && plays("thin", 6)) {
    parcel.form = "thin";
    send.body = bodyOf(parcel);
    send.trick = "thin";
  }
  if (plays("garbage_signature")) Object.assign(send, { garbage: true, trick: "garbage_signature" });
  if (plays("ack_lost", 5)) Object.assign(send, { isAckLost: true, trick: "ack_lost" });
  const again = (trick: Trick, changes: Partial<Send> = {}): Send => ({
    ...send,
    counts: false,
    isAckLost: false,
    trick,
    ...changes,
  });
  const batches: Send[][] = [[send]];
  if (plays("concurrent")) batches[0] = [send, ...Array.from({ length: 1 + seed.below(4) }, () => again("concurrent"))];
  if (plays("duplicate")) batches.push([again("duplicate")]);
  if (plays("replay", 4)) batches.push([again("replay", { age: 301 + seed.below(DAY) })]);
  if (!isFirst) return batches;
  if (parcel.form === "snapshot") {
    if (plays("both_forms", 4)) batches.push([again("both_forms", { body: twin(parcel) })]);
    if (plays("unknown_version", 5))
      batches.push([again("unknown_version", { body: altered(parcel, { api_version: "2031-02-28.zinnia" }) })]);
    if (plays("unknown_type", 5))
      batches.push([again("unknown_type", { body: altered(parcel, { type: `${parcel.event.type}.reconsidered` }) })]);
    if (plays("wrong_mode", 5)) batches.push([again("wrong_mode", { body: wrongMode(parcel) })]);
  }
  if (plays("two_ids", 4)) add(secondEvent(parcel));
  return batches;
}

const other = (id: string, letter: string) => `${id}${letter}`;

/** The thin form of a parcel that goes as a snapshot as well. */
function twin(parcel: Parcel): string {
  const endpoint = { ...parcel.endpoint, form: "both" as const };
  return bodyOf({ ...parcel, endpoint, form: "thin" });
}

function altered({ event }: Parcel, changes: Json): string {
  return JSON.stringify({ ...event, id: other(event.id, "x"), ...changes }, null, 2);
}

function wrongMode({ event }: Parcel): string {
  const object = { ...(event.data.object as Json), livemode: !event.livemode };
  return JSON.stringify(
    { ...event, id: other(event.id, "m"), livemode: !event.livemode, data: { ...event.data, object } },
    null,
    2,
  );
}

function secondEvent({ books, endpoint, event, form }: Parcel): Parcel {
  const second = books.events.add({
    ...structuredClone(event),
    id: other(event.id, "b"),
    pending_webhooks: 1,
  } as Stripe.Event);
  // The first attempt of it is a later one of the fact, so that the tricks of a first one do not begin anew.
  return { ...wrap(books, endpoint, second, form), firstAt: books.now() - 1 };
}
