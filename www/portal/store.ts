// What is known of one wallet, kept fresh. Elements that show the same wallet share one store, so that a page with five of them
// asks once. A part is loaded when somebody shows it, and each loads and fails alone.

import { Client, Expired, type FetchToken, Problem, type Scope } from "./client.ts";
import type { EngineSource, Folded } from "./engine.ts";
import { Fold, type Move } from "./fold.ts";
import type {
  Attempt,
  Branding,
  Budget,
  Entry,
  Grant,
  Hold,
  Packs,
  Page,
  Payment,
  PaymentMethod,
  Recharge,
  Wallet,
} from "./types.ts";
import { isQuiet } from "./view.ts";

export interface Parts {
  wallet: Wallet;
  holds: Hold[];
  entries: Entry[];
  grants: Record<string, Grant[]>;
  recharge: Recharge[];
  methods: PaymentMethod[];
  packs: Packs;
  budgets: Budget[];
  branding: Branding;
  payments: Payment[];
}

export type PartName = keyof Parts;

/** `absent` is what the token may not see: it is not shown at all. */
export type Part<T> =
  | { state: "loading"; value?: T }
  | { state: "ready"; value: T }
  | { state: "failed"; problem: Problem; value?: T }
  | { state: "absent"; value?: undefined };

/** What the socket says. */
interface Message {
  type: string;
  at?: string;
  after?: number;
  seq: number;
  items?: Entry[];
  /** Of the first message: where a fold begins. */
  state?: string | null;
  /** What a fold needs of each of the items. */
  moves?: Move[];
}

export type Connection = "connecting" | "live" | "lost" | "expired";

/** How often it is asked whether anything has changed; one small answer, as `seq` says it all. */
const POLL_MS = 2000;
/** The same while a socket tells by itself: only for what the socket may have lost. */
const POLL_MS_WATCHED = 30_000;
/** What follows from new entries is asked for so long after them, however many calls there are in a second. */
const REST_MS = 1000;
/** And while calls go on and on so rarely at last: balances, holds and entries are told meanwhile, and only grants and limits lag. */
const REST_MS_MAX = 5000;
const BACK_OFF_MS_MAX = 15_000;
const PAGE = 100;
const PAYMENTS = 10;
/** Which of the parts change with the journal. */
const OF_JOURNAL: readonly PartName[] = ["holds", "entries", "grants", "budgets"];
/** Which of these a socket and the engine tell. */
const OF_SOCKET: readonly PartName[] = ["holds", "entries"];
/** And which of them only where something else happened than a call, of which there may be many in a second. */
const OF_MONEY: readonly PartName[] = ["recharge", "payments"];
const SCOPES: Partial<Record<PartName, Scope>> = { methods: "methods", packs: "topup" };

export class Store extends EventTarget {
  readonly client: Client;
  connection: Connection = "connecting";
  updated: Date | undefined;
  /** When the first question was asked and not yet answered: after a while it is said that it takes long. */
  readonly began = Date.now();
  /** Where older entries begin; null when all are here. */
  older: string | null = null;
  /** The same for payments. */
  olderPayments: string | null = null;
  #parts: { [P in PartName]?: Part<Parts[P]> } = {};
  #wanted = new Set<PartName>();
  #users = 0;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = true;
  #loading = new Map<PartName, Promise<void>>();
  #socket: WebSocket | undefined;
  #sockets = 0;
  #resting: ReturnType<typeof setTimeout> | undefined;
  /** When it will have rested; how long it last did; and since which entry nothing was asked. */
  #due = 0;
  #rest = 0;
  #since: { seq: number; isQuiet: boolean } | undefined;
  /** Where the engine is; it is loaded once a socket has told what there is to fold. */
  engine: EngineSource;
  readonly fold = new Fold(
    () => new Date(Date.now() + this.#ahead),
    (folded) => this.#show(folded),
    () => this.#rewatch(),
  );
  /** By how much the server's clock is ahead of ours: what lapses does so by the server's. */
  #ahead = 0;

  constructor(client: Client) {
    super();
    this.client = client;
    this.engine = `${client.endpoint || location.origin}/assets/engine.js`;
  }

  part<P extends PartName>(name: P): Part<Parts[P]> {
    return (this.#parts[name] as Part<Parts[P]> | undefined) ?? { state: "loading" };
  }

  value<P extends PartName>(name: P): Parts[P] | undefined {
    return this.part(name).value as Parts[P] | undefined;
  }

  may(scope: Scope): boolean {
    return this.client.may(scope);
  }

  /** Whether anything can be sent: otherwise a form keeps what was typed and waits. */
  get writable(): boolean {
    return this.connection !== "expired";
  }

  /** The time, as far as it is known: no entry is later, so a clock here that is slow does not make credit look as if it were to come. */
  now(): Date {
    const last = this.value("entries")?.[0]?.at;
    return new Date(Math.max(Date.now(), last === undefined ? 0 : Date.parse(last)));
  }

  /** Begins to keep these parts fresh, and says how to end it. */
  use(names: readonly PartName[]): () => void {
    for (const name of ["wallet", ...names] as PartName[]) {
      if (this.#wanted.has(name)) continue;
      this.#wanted.add(name);
      if (!this.#stopped && name !== "wallet") void this.load(name);
    }
    this.#users += 1;
    if (this.#users === 1) this.#start();
    return () => {
      this.#users -= 1;
      if (this.#users === 0) this.#stop();
    };
  }

  #start(): void {
    this.#stopped = false;
    document.addEventListener("visibilitychange", this.#seen);
    addEventListener("online", this.#seen);
    addEventListener("offline", this.#gone);
    // Beside the wallet and not after it, so that figures do not stand in one colour and then in another.
    void this.load("branding");
    void this.#poll();
  }

  #stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#resting);
    // Else what is shown again later would wait for a pause that has no end.
    this.#resting = this.#since = undefined;
    this.#unwatch();
    document.removeEventListener("visibilitychange", this.#seen);
    removeEventListener("online", this.#seen);
    removeEventListener("offline", this.#gone);
  }

  /** A page that comes to the front is asked at once; one that is hidden asks nothing. */
  #seen = (): void => {
    if (document.visibilityState === "visible") void this.#poll();
    else this.#unwatch();
  };

  /** The browser knows before any question fails. */
  #gone = (): void => {
    this.#unwatch();
    if (this.connection !== "expired") this.#connect("lost");
    this.#later();
  };

  async #poll(isDue = false): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#stopped || document.visibilityState === "hidden" || this.connection === "expired") return;
    const before = this.value("wallet")?.seq;
    try {
      await this.#loadWallet();
      this.#failures = 0;
      this.#connect("live");
      const changed = isDue || this.value("wallet")?.seq !== before;
      if (changed) await this.#refresh(before);
      this.#watch();
    } catch (error) {
      this.#failed(error);
    }
    this.#later();
  }

  #later(): void {
    // Two polls may meet: the later one sets the timer.
    clearTimeout(this.#timer);
    if (this.#stopped || this.connection === "expired") return;
    this.#timer = setTimeout(() => void this.#poll(), this.#pause());
  }

  #pause(): number {
    if (this.#failures === 0) return this.watched ? POLL_MS_WATCHED : POLL_MS;
    // With chance in it, so that not all pages come back in the same moment.
    return Math.min(BACK_OFF_MS_MAX, POLL_MS * 1.6 ** this.#failures) * (0.6 + Math.random() * 0.4);
  }

  /** Whether a socket tells what happens. */
  get watched(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /**
   * Watches the wallet, where the server lets it be watched. It is asked all the same until the socket is open, and whenever it is
   * not: so a proxy that lets no socket through costs nothing but the speed.
   */
  #watch(): void {
    const { token } = this.client;
    if (this.#socket !== undefined || token === undefined || this.#stopped) return;
    // Each try that fails makes the next one rarer: the polls go on, so nothing is lost by it.
    if (this.#sockets > 0 && Math.random() > 0.6 ** this.#sockets) return;
    this.#sockets += 1;
    const url = `${this.client.endpoint || location.origin}/v1/customers/${encodeURIComponent(this.client.customer)}/wallet/live`;
    // A browser can set no header here; the word stands among the protocols, and never in the address.
    const socket = new WebSocket(url.replace(/^http/, "ws"), ["scrip.v1", token]);
    this.#socket = socket;
    socket.onopen = () => {
      this.#sockets = 0;
      this.#later();
      this.#changed();
    };
    socket.onmessage = ({ data }) => this.#hear(String(data));
    socket.onclose = () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.fold.stop();
      this.#changed();
      void this.#poll();
    };
  }

  /** Another socket begins with how it stands now. The end of this one is not waited for: it may take a minute. */
  #rewatch(): void {
    this.#unwatch();
    void this.#poll();
  }

  #unwatch(): void {
    this.fold.stop();
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }

  /** What the socket says. Whoever has missed something asks again; what is known already is passed over. */
  #hear(text: string): void {
    const message = JSON.parse(text) as Message;
    this.#hearEntries(message);
    // Behind what is said, so that the engine has the last word where it is there.
    if (message.type === "snapshot") {
      this.#ahead = Date.parse(message.at ?? "") - Date.now() || 0;
      void this.fold.begin(message.state, this.engine);
    } else if (message.type === "entries") this.fold.go(message.moves ?? []);
    // Too much at once was told by nobody: another socket begins with how it stands, after this one has had its end, because a
    // wallet that is as busy as that says so again at once.
    else if (this.fold.active) this.#socket?.close();
  }

  #hearEntries(message: Message): void {
    const wallet = this.value("wallet");
    if (wallet === undefined || message.seq <= wallet.seq) return;
    if (message.type !== "entries" || (message.after ?? 0) > wallet.seq) {
      void this.#poll();
      return;
    }
    const items = (message.items ?? []).filter((entry) => entry.seq > wallet.seq);
    this.#apply(wallet, message.seq, items);
    this.#follow({ seq: wallet.seq, isQuiet: items.every(isQuiet) });
  }

  /** Grants, limits and payments follow from entries, and are told by no socket. */
  #follow(news: { seq: number; isQuiet: boolean }): void {
    const before = this.#since ?? news;
    this.#since = { seq: before.seq, isQuiet: before.isQuiet && news.isQuiet };
    const isBusy = news.isQuiet && this.#due + REST_MS_MAX > Date.now();
    const wait = isBusy ? Math.min(REST_MS_MAX, 2 * this.#rest) : REST_MS;
    const due = Date.now() + wait;
    if (this.#resting !== undefined && this.#due <= due) return;
    clearTimeout(this.#resting);
    [this.#due, this.#rest] = [due, wait];
    this.#resting = setTimeout(() => {
      const { seq, isQuiet } = this.#since ?? before;
      this.#resting = this.#since = undefined;
      // A freeze, a payment or a new account changes more than the engine folds.
      void (isQuiet && this.fold.active ? this.#refresh(seq, true) : this.#poll(true));
    }, wait);
  }

  #apply(wallet: Wallet, seq: number, items: Entry[]): void {
    const accounts = wallet.accounts.map((account) => {
      const after = items
        .flatMap((entry) => entry.balances)
        .filter((one) => one.account === account.id)
        .at(-1);
      return after ? { ...account, balance: after.balance, held: after.held, available: after.available } : account;
    });
    this.updated = new Date();
    const entries = this.part("entries");
    if (entries.state === "ready") {
      const newer = [...items].reverse().filter((entry) => entry.seq > (entries.value[0]?.seq ?? 0));
      (this.#parts as Record<PartName, unknown>).entries = { state: "ready", value: [...newer, ...entries.value] };
    }
    this.#set("wallet", { state: "ready", value: { ...wallet, accounts, seq } });
  }

  /** What the engine has folded. Of a moment that is past already nothing is shown. */
  #show({ seq, accounts, holds }: Folded): void {
    const wallet = this.value("wallet");
    if (wallet === undefined || seq < wallet.seq) return;
    if (this.part("holds").state === "ready") {
      (this.#parts as Record<PartName, unknown>).holds = { state: "ready", value: holds.slice(0, PAGE) };
    }
    this.#set("wallet", { state: "ready", value: { ...wallet, accounts, seq } });
  }

  async #loadWallet(): Promise<void> {
    const wallet = await this.client.call<Wallet>("GET", "wallet");
    const known = this.value("wallet");
    // An answer that was overtaken on its way says less than is known.
    if (known && known.customer_id === wallet.customer_id && wallet.seq < known.seq) return;
    this.updated = new Date();
    this.#set("wallet", { state: "ready", value: wallet });
    this.fold.compare(wallet.seq, wallet.accounts);
  }

  /** Loads what has changed since an entry; all of it where none is known. What socket and engine have told is here already. */
  async #refresh(before?: number, isTold = false): Promise<void> {
    const first = before === undefined;
    const isHere = (name: PartName) => isTold && OF_SOCKET.includes(name) && this.part(name).state === "ready";
    const isDue = (name: PartName) => first || (OF_JOURNAL.includes(name) && !isHere(name));
    const names = [...this.#wanted].filter((name) => name !== "wallet" && isDue(name));
    await Promise.all(names.map((name) => this.load(name)));
    if (first) return;
    const news = this.value("entries")?.filter((entry) => entry.seq > before);
    // Who shows no entries cannot tell, and asks.
    if (news?.every(isQuiet)) return;
    await Promise.all(OF_MONEY.filter((name) => this.#wanted.has(name)).map((name) => this.load(name)));
  }

  #failed(error: unknown): void {
    if (error instanceof Expired) {
      this.expire();
      return;
    }
    const problem = error instanceof Problem ? error : new Problem(0, {});
    this.#failures += 1;
    if (this.value("wallet") === undefined && !(problem.status === 0 && this.#failures < 3)) {
      this.#set("wallet", { state: "failed", problem });
    }
    this.#connect("lost");
  }

  expire(): void {
    clearTimeout(this.#timer);
    this.#unwatch();
    this.#connect("expired");
  }

  #connect(connection: Connection): void {
    if (this.connection === connection) return;
    this.connection = connection;
    this.#changed();
  }

  /** Asks for everything again, also after a token has ended. */
  async again(): Promise<void> {
    this.#failures = 0;
    if (this.connection === "expired") this.connection = "connecting";
    for (const name of this.#wanted) if (this.part(name).state === "failed") this.#set(name, { state: "loading" });
    await this.#poll();
    await this.#refresh();
  }

  /** Loads one part; what is shown of it stays until the new one is there. */
  load(name: PartName): Promise<void> {
    // A second question while one is under way is answered after it, because the first may have been too early.
    const before = this.#loading.get(name) ?? Promise.resolve();
    const next = before.then(() => this.#load(name));
    this.#loading.set(name, next);
    return next.finally(() => {
      if (this.#loading.get(name) === next) this.#loading.delete(name);
    });
  }

  async #load(name: PartName): Promise<void> {
    const value = this.value(name);
    const scope = SCOPES[name];
    try {
      await this.client.fresh();
      if (scope !== undefined && !this.may(scope)) return this.#set(name, { state: "absent" });
      const found = await this.#ask(name);
      this.#set(name, { state: "ready", value: found } as Part<Parts[typeof name]>);
    } catch (error) {
      if (error instanceof Expired) return this.expire();
      const problem = error instanceof Problem ? error : new Problem(0, {});
      // Who may not see it is shown nothing; who sees an older answer keeps it while the server rests.
      if (problem.status === 403) return this.#set(name, { state: "absent" });
      if (value !== undefined && problem.passes) return;
      this.#set(name, { state: "failed", problem });
    }
  }

  async #ask(name: PartName): Promise<Parts[PartName]> {
    const list = async <T>(path: string): Promise<T[]> => (await this.client.call<Page<T>>("GET", path)).items;
    switch (name) {
      case "wallet":
        return this.client.call<Wallet>("GET", "wallet");
      case "holds":
        return list<Hold>(`wallet/holds?limit=${PAGE}`);
      case "entries":
        return this.#entries();
      case "grants":
        return this.#grants();
      case "recharge":
        return this.#recharge();
      case "payments":
        return this.#payments();
      case "methods":
        return list<PaymentMethod>("payment-methods");
      case "packs":
        return this.client.call<Packs>("GET", "/v1/accounts/self/packs");
      case "budgets":
        return this.#budgets();
      case "branding":
        return this.client.call<Branding>("GET", "/v1/accounts/self/branding");
    }
  }

  /** The newest entries before those that are known; a gap between the two is never papered over. */
  async #entries(): Promise<Entry[]> {
    const page = await this.client.call<Page<Entry>>("GET", `wallet/entries?limit=${PAGE}`);
    const known = this.value("entries") ?? [];
    const last = page.items.at(-1)?.seq ?? 0;
    const meets = known.length > 0 && known[0] !== undefined && last <= known[0].seq + 1;
    if (!meets) {
      this.older = page.next ?? null;
      return page.items;
    }
    return [...page.items, ...known.filter((entry) => entry.seq < last)];
  }

  async moreEntries(): Promise<void> {
    const known = this.value("entries");
    if (this.older === null || known === undefined) return;
    const page = await this.client.call<Page<Entry>>("GET", `wallet/entries?limit=${PAGE}&cursor=${this.older}`);
    this.older = page.next ?? null;
    const last = known.at(-1)?.seq ?? Number.POSITIVE_INFINITY;
    this.#set("entries", { state: "ready", value: [...known, ...page.items.filter((entry) => entry.seq < last)] });
  }

  /** Each rule, with what became of its last attempts; the newest of them says where it can be paid or confirmed. */
  async #recharge(): Promise<Recharge[]> {
    const { items } = await this.client.call<Page<Recharge>>("GET", "wallet/recharge");
    const whole = async (rule: Recharge): Promise<Recharge> => {
      if (!rule.last_attempt) return rule;
      const path = `wallet/recharge/${encodeURIComponent(rule.asset)}/attempts`;
      const attempts = (await this.client.call<Page<Attempt>>("GET", path)).items;
      const { last_attempt: last } = rule;
      return { ...rule, attempts, last_attempt: attempts.find((one) => one.id === last.id) ?? last };
    };
    return Promise.all(items.map(whole));
  }

  async #payments(): Promise<Payment[]> {
    const page = await this.client.call<Page<Payment>>("GET", `payments?limit=${PAYMENTS}`);
    this.olderPayments = page.next ?? null;
    return page.items;
  }

  async morePayments(): Promise<void> {
    const known = this.value("payments");
    if (this.olderPayments === null || known === undefined) return;
    const page = await this.client.call<Page<Payment>>(
      "GET",
      `payments?limit=${PAYMENTS}&cursor=${this.olderPayments}`,
    );
    this.olderPayments = page.next ?? null;
    this.#set("payments", { state: "ready", value: [...known, ...page.items] });
  }

  async #grants(): Promise<Record<string, Grant[]>> {
    // Which accounts there are may not be known yet: without them all credit would look as if there were none.
    const { accounts } = this.value("wallet") ?? (await this.client.call<Wallet>("GET", "wallet"));
    const pages = accounts.map(async ({ id }) => {
      const path = `wallet/${encodeURIComponent(id)}/grants?limit=${PAGE}`;
      return [id, (await this.client.call<Page<Grant>>("GET", path)).items] as const;
    });
    return Object.fromEntries(await Promise.all(pages));
  }

  /** A budget that tells values apart says them only where it alone is read. */
  async #budgets(): Promise<Budget[]> {
    const { items } = await this.client.call<Page<Budget>>("GET", "wallet/budgets");
    const whole = (one: Budget) => this.client.call<Budget>("GET", `wallet/budgets/${encodeURIComponent(one.code)}`);
    return Promise.all(items.map((one) => (one.each ? whole(one) : one)));
  }

  #set<P extends PartName>(name: P, part: Part<Parts[P]>): void {
    (this.#parts as Record<PartName, unknown>)[name] = part;
    this.#changed();
  }

  #changed(): void {
    this.dispatchEvent(new Event("change"));
  }
}

const stores = new Map<string, { store: Store; fetchToken: FetchToken }>();

/** The store of a wallet. Whoever brings the same way to a token is of the same customer. */
export function storeOf(endpoint: string, fetchToken: FetchToken, customer = ""): Store {
  const key = `${endpoint} ${customer}`;
  const known = stores.get(key);
  if (known && known.fetchToken === fetchToken) return known.store;
  const store = new Store(new Client(endpoint, fetchToken, customer));
  stores.set(key, { store, fetchToken });
  return store;
}
