// Errors with the status and the body that Stripe gives them.

import type Stripe from "stripe";
import type { Json } from "./json.ts";

export interface ProblemBody {
  type: "api_error" | "card_error" | "idempotency_error" | "invalid_request_error";
  message: string;
  code?: string;
  decline_code?: string;
  param?: string;
  charge?: string;
  payment_intent?: Stripe.PaymentIntent;
  payment_method?: Stripe.PaymentMethod;
  setup_intent?: Stripe.SetupIntent;
  doc_url?: string;
}

export class Problem extends Error {
  readonly status: number;
  readonly body: ProblemBody;
  readonly headers: Record<string, string>;
  /** Whether an idempotency key keeps it: a request that was never begun leaves nothing behind. */
  readonly isKept: boolean;

  constructor(status: number, body: ProblemBody, isKept = false, headers: Record<string, string> = {}) {
    super(body.message);
    this.status = status;
    this.body = body.code === undefined ? body : { ...body, doc_url: docs(body.code) };
    this.headers = headers;
    this.isKept = isKept;
  }

  json(): Json {
    return { error: this.body };
  }
}

const docs = (code: string) => `https://stripe.com/docs/error-codes/${code.replaceAll("_", "-")}`;

export function invalid(message: string, more: Partial<ProblemBody> = {}, status = 400): Problem {
  return new Problem(status, { type: "invalid_request_error", message, ...more });
}

/** The request was understood and begun; what is so then keeps it from going on. */
export function refused(message: string, more: Partial<ProblemBody> = {}): Problem {
  return new Problem(400, { type: "invalid_request_error", message, ...more }, true);
}

export const missing = (param: string) =>
  invalid(`Missing required param: ${param}.`, { code: "parameter_missing", param });

export const unknown = (param: string) =>
  invalid(`Received unknown parameter: ${param}`, { code: "parameter_unknown", param });

export function noSuch(kind: string, id: string, param = "id", status = 404, elsewhere = ""): Problem {
  return invalid(`No such ${kind}: '${id}'${elsewhere}`, { code: "resource_missing", param }, status);
}

export const unauthorized = (message: string) => invalid(message, {}, 401);

export function serverError(): Problem {
  const message = "An unknown error occurred in Stripe. (This one was asked for.)";
  return new Problem(500, { type: "api_error", message }, true);
}

export function rateLimited(retryAfter: number): Problem {
  const message =
    "Request rate limit exceeded. You can learn more about rate limits here https://stripe.com/docs/rate-limits.";
  const headers = { "retry-after": String(retryAfter), "stripe-should-retry": "true" };
  return new Problem(429, { type: "invalid_request_error", code: "rate_limit", message }, false, headers);
}
