// The one file that calls the API. It knows a token, and nothing about what is shown.

export type Scope = "read" | "topup" | "recharge" | "methods" | "authorize";

/** What `POST /v1/customers/{id}/tokens` answers; an app's own server hands it on as it is. */
export interface Token {
  token: string;
  customer_id?: string;
  scopes?: readonly Scope[];
}

export type FetchToken = () => Promise<Token | string>;

/** What the API said no to, or why it said nothing. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string | undefined;
  readonly errors: Record<string, string[]>;

  constructor(
    status: number,
    body: { code?: string; detail?: string; request_id?: string; errors?: Problem["errors"] },
  ) {
    super(body.detail ?? "");
    this.status = status;
    this.code = body.code ?? (status === 0 ? "offline" : "unavailable");
    this.requestId = body.request_id;
    this.errors = body.errors ?? {};
  }

  /** Nobody answered, or somebody who will answer in a moment. */
  get passes(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  /** The first thing that is wrong with a form, in the server's words. */
  get reason(): string {
    return Object.values(this.errors)[0]?.[0] ?? this.message;
  }
}

/** No new token is to be had, so nothing more can be asked. */
export class Expired extends Problem {
  constructor() {
    super(401, { code: "token_expired" });
  }
}

export interface Options {
  body?: unknown;
  /** The same key makes the same call safe to send twice. */
  key?: string;
  signal?: AbortSignal;
}

export class Client {
  readonly endpoint: string;
  readonly #fetchToken: FetchToken;
  #customer: string;
  #token: Token | undefined;
  #asking: Promise<Token> | undefined;

  constructor(endpoint: string, fetchToken: FetchToken, customer = "") {
    this.endpoint = endpoint.replace(/\/+$/, "");
    this.#fetchToken = fetchToken;
    this.#customer = customer;
  }

  /** Whose wallet it is; known as soon as there is a token. */
  get customer(): string {
    return this.#token?.customer_id ?? this.#customer;
  }

  /** Whether the token may do something. A token that does not say is tried. */
  may(scope: Scope): boolean {
    return this.#token?.scopes?.includes(scope) ?? true;
  }

  /** The word that is good now; nothing before the first call. */
  get token(): string | undefined {
    return this.#token?.token;
  }

  async fresh(): Promise<Token> {
    if (this.#token) return this.#token;
    // One question for all who wait.
    this.#asking ??= this.#fetchToken()
      .then((given) => (typeof given === "string" ? { token: given } : given))
      .finally(() => {
        this.#asking = undefined;
      });
    try {
      this.#token = await this.#asking;
    } catch (error) {
      // A fetch that reached nobody throws a TypeError; whatever else is thrown says that there is no token.
      throw error instanceof TypeError ? new Problem(0, {}) : new Expired();
    }
    return this.#token;
  }

  /** `path` is of the customer where it does not begin with a slash. */
  async call<T>(method: string, path: string, options: Options = {}): Promise<T> {
    const first = await this.fresh();
    const reply = await this.#send(first, method, path, options);
    if (reply !== undefined && reply.status !== 401) return answered<T>(reply);
    if (reply === undefined && !(await this.#answers())) throw new Problem(0, {});
    // It ended: another one is fetched without a word, once. Somebody else may have done so meanwhile.
    if (this.#token === first) this.#token = undefined;
    const again = await this.#send(await this.fresh(), method, path, options);
    if (again === undefined) throw new Problem(0, {});
    if (again.status === 401) throw new Expired();
    return answered<T>(again);
  }

  /**
   * Whether the server is there, although a call failed. A page of another origin cannot read what was refused before its token was
   * looked at, or for a token that ended more than a day ago: it only sees that the call failed.
   */
  async #answers(): Promise<boolean> {
    try {
      await fetch(`${this.endpoint}/healthz`, { mode: "no-cors", credentials: "omit", cache: "no-store" });
      return true;
    } catch {
      return false;
    }
  }

  /** The reply, or nothing where nobody could be reached, or nobody whose words may be read. */
  async #send({ token }: Token, method: string, path: string, options: Options): Promise<Response | undefined> {
    const own = `/v1/customers/${encodeURIComponent(this.customer)}/${path}`;
    const headers: Record<string, string> = { authorization: `Bearer ${token}` };
    if (options.body !== undefined) headers["content-type"] = "application/json";
    if (options.key !== undefined) headers["idempotency-key"] = options.key;
    try {
      return await fetch(this.endpoint + (path.startsWith("/") ? path : own), {
        method,
        headers,
        body: options.body === undefined ? null : JSON.stringify(options.body),
        signal: options.signal ?? null,
        credentials: "omit",
        cache: "no-store",
      });
    } catch (error) {
      if (options.signal?.aborted) throw error;
      return undefined;
    }
  }
}

async function answered<T>(reply: Response): Promise<T> {
  const text = await reply.text();
  let body: unknown;
  try {
    body = text === "" ? undefined : JSON.parse(text);
  } catch {
    // Somebody in between has answered, in words that are not for the customer.
    throw new Problem(reply.ok ? 502 : reply.status, {});
  }
  if (!reply.ok) throw new Problem(reply.status, (body ?? {}) as object);
  return body as T;
}

/**
 * What an address brings in its fragment becomes a token, once. The fragment is erased first, so that it is in no history and
 * in no picture of the screen.
 */
export function fromFragment(endpoint: string): FetchToken | undefined {
  const word = new URLSearchParams(location.hash.slice(1)).get("token");
  if (word === null) return undefined;
  history.replaceState(history.state, "", location.pathname + location.search);
  let used = false;
  return async () => {
    if (used) throw new Expired();
    used = true;
    const reply = await fetch(`${endpoint.replace(/\/+$/, "")}/v1/tokens/exchange`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ link_token: word }),
      credentials: "omit",
    });
    return answered<Token>(reply);
  };
}
