// One event on its way, and one request that carries it.

import type Stripe from "stripe";
import type { Books, Endpoint } from "./books.ts";
import type { Seconds } from "./clock.ts";
import { thin } from "./events.ts";

/** One event on its way to one endpoint, in one form. */
export interface Parcel {
  books: Books;
  endpoint: Endpoint;
  event: Stripe.Event;
  form: "snapshot" | "thin";
  state: "waiting" | "delivered" | "given_up" | "withheld";
  attempts: number;
  firstAt: Seconds;
  dueAt: Seconds;
}

/** One request. */
export interface Send {
  parcel: Parcel;
  body: string;
  /** How old its signature is, in seconds. */
  age: number;
  /** Whether its answer decides about the parcel. */
  counts: boolean;
  isAckLost: boolean;
  garbage: boolean;
  trick: string | null;
}

export function bodyOf({ event, form, endpoint }: Parcel): string {
  // Stripe sends indented JSON, and the signature is over just these bytes.
  return JSON.stringify(form === "thin" ? thin(event, endpoint.form === "both") : event, null, 2);
}

export function plainSend(parcel: Parcel): Send {
  return { parcel, body: bodyOf(parcel), age: 0, counts: true, isAckLost: false, garbage: false, trick: null };
}

export function wrap(books: Books, endpoint: Endpoint, event: Stripe.Event, form: Parcel["form"]): Parcel {
  const at = books.now();
  return { books, endpoint, event, form, state: "waiting", attempts: 0, firstAt: at, dueAt: at };
}
