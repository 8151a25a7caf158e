// Stripe's idempotency keys: the first answer again, also when it was a 500, for a day.

import { DAY, type Seconds } from "./clock.ts";
import { Problem } from "./problem.ts";

export interface Answered {
  status: number;
  headers: Record<string, string>;
  body: string;
}

interface Kept {
  question: string;
  at: Seconds;
  /** Null while the first request is still under way. */
  answer: Answered | null;
  request: string;
}

export class Idempotency {
  private kept = new Map<string, Kept>();

  /** The answer of before, or null when the request is the first and has to be `keep`t or `forget`ten. */
  begin(key: string, question: string, request: string, now: Seconds): { answer: Answered; request: string } | null {
    const known = this.kept.get(key);
    if (known === undefined || now - known.at >= DAY) {
      this.kept.set(key, { question, at: now, answer: null, request });
      return null;
    }
    if (known.question !== question) {
      const message = `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${name(key)}' if you meant to execute a different request.`;
      throw new Problem(400, { type: "idempotency_error", message });
    }
    if (known.answer === null) {
      const message = `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${name(key)}.`;
      throw new Problem(409, { type: "idempotency_error", code: "idempotency_key_in_use", message });
    }
    return { answer: known.answer, request: known.request };
  }

  keep(key: string, answer: Answered): void {
    const known = this.kept.get(key);
    if (known !== undefined) known.answer = answer;
  }

  /** The request was never begun, so another may have the key. */
  forget(key: string): void {
    this.kept.delete(key);
  }
}

/** What the caller has sent, without the books that it is kept under. */
const name = (key: string) => key.slice(key.indexOf(" ") + 1);
