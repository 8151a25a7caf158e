// The calls of the demo, as a product would make them.

/** The key that a local server accepts without any configuration. */
export const KEY = "sk_test_local";

export interface Money {
  asset: string;
  amount: string;
}

export interface Balance {
  account: string;
  asset: string;
  balance: string;
  held: string;
  available: string;
}

export type Decision =
  | { decision: "approved"; hold: { id: string; expires_at: string }; balances: Balance[] }
  | { decision: "denied"; code: string; detail: string; required: Money[]; available: Money[]; shortfall: Money[] };

export interface Settled {
  hold: { id: string; status: string };
  captured: Money[];
  balances: Balance[];
}

export interface Wallet {
  accounts: { id: string; balance: string; held: string; available: string }[];
  seq: number;
}

export class Client {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  get<T>(path: string): Promise<T> {
    return this.#send<T>(path, { headers: { authorization: `Bearer ${KEY}` } });
  }

  post<T>(path: string, body: object): Promise<T> {
    return this.#send<T>(path, {
      method: "POST",
      headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  }

  /** Delivers an event as Stripe does: the signature speaks for it, not a key. */
  deliver<T>(payload: string, signature: string): Promise<T> {
    return this.#send<T>("/stripe/webhook", {
      method: "POST",
      headers: { "stripe-signature": signature, "content-type": "application/json" },
      body: payload,
    });
  }

  async #send<T>(path: string, init: RequestInit): Promise<T> {
    const response = await fetch(this.url + path, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${init.method ?? "GET"} ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text);
  }
}
