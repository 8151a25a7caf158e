// What every element of ours has: a store, words, and the states that each card goes through.

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { literal, type StaticValue, html as staticHtml } from "lit/static-html.js";
import { type FetchToken, fromFragment, Problem } from "./client.ts";
import type { Catalogue, MessageKey } from "./messages.ts";
import { type Part, type PartName, type Store, storeOf } from "./store.ts";
import { styles } from "./styles.ts";
import type { Branding } from "./types.ts";
import { type Units, type Values, Words } from "./words.ts";

const HEADINGS: readonly StaticValue[] = [literal`h1`, literal`h2`, literal`h3`, literal`h4`, literal`h5`, literal`h6`];

/** After so long a skeleton says that something is wrong. */
export const SLOW_MS = 8000;

export type Content = TemplateResult | typeof nothing | string;

/** What parts of ours are called from outside, also through the elements within elements. */
export const PARTS = "card, button, balance, chart, table, notice, field";

const sheets = new WeakMap<Branding, CSSStyleSheet>();

/** The platform's colours, as properties that the styles ask for. A sheet of its own, because a policy may forbid other styles. */
function sheetOf(branding: Branding): CSSStyleSheet {
  const known = sheets.get(branding);
  if (known) return known;
  const rules = (["light", "dark"] as const).flatMap((kind) =>
    Object.entries(branding[kind] ?? {})
      // Whatever else a server may say stands in no style sheet.
      .filter(([, colour]) => /^#[0-9a-f]{6}$/i.test(String(colour)))
      .map(([name, colour]) => `--${kind}-${name.replaceAll("_", "-")}:${colour};`),
  );
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`:host{${rules.join("")}}`);
  sheets.set(branding, sheet);
  return sheet;
}

export abstract class Piece extends LitElement {
  static override styles = [styles];
  static override properties = {
    endpoint: {},
    customer: {},
    locale: {},
    theme: { reflect: true },
    headingLevel: { attribute: "heading-level", type: Number },
    unitName: { attribute: "unit-name" },
    messages: { attribute: false },
    units: { attribute: false },
    fetchToken: { attribute: false },
    store: { attribute: false },
    quiet: { attribute: false },
  };

  /** Where the API is: the origin of the deployment. */
  declare endpoint: string;
  declare customer: string;
  declare locale: string | undefined;
  declare theme: "light" | "dark" | undefined;
  /** Of the cards' headings, so that ours fit among those of the page. */
  declare headingLevel: number;
  /** What the asset that is no currency is called. */
  declare unitName: string | undefined;
  declare messages: Partial<Catalogue> | undefined;
  declare units: Units | undefined;
  /** Brings a token of the customer who is signed in; asked again whenever one has ended. */
  declare fetchToken: FetchToken | undefined;
  /** Given by an element around this one, so that both ask once. */
  declare store: Store | undefined;

  /** Another card on the page says it where nothing comes at all; this one only waits. */
  declare quiet: boolean | undefined;

  /** Which parts of the wallet are shown, beside the wallet itself. */
  protected abstract readonly needs: readonly PartName[];

  words = new Words();
  #used: Store | undefined;
  #release: (() => void) | undefined;
  #slow: ReturnType<typeof setTimeout> | undefined;
  #fragment: FetchToken | undefined;
  #branding: Branding | undefined;
  #sheet: CSSStyleSheet | undefined;

  constructor() {
    super();
    this.endpoint = "";
    this.customer = "";
    this.headingLevel = 2;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#attach();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#detach();
  }

  protected override willUpdate(changed: PropertyValues): void {
    const names = ["locale", "messages", "units", "unitName"];
    if (!this.hasUpdated || names.some((name) => changed.has(name))) this.words = new Words(this.settings);
    if (["endpoint", "customer", "fetchToken", "store"].some((name) => changed.has(name))) this.#attach();
  }

  /** A card that shows nothing takes no place either. */
  protected override updated(): void {
    this.hidden = this.renderRoot.firstElementChild === null;
  }

  protected get settings() {
    // The page's own language comes before the browser's: a German page with an English card would look broken.
    const locale = this.locale || document.documentElement.lang || navigator.language;
    return { locale, messages: this.messages, units: this.#namedUnits(), branding: this.#branding };
  }

  /** `unit-name` is for the usual case: money beside one unit of the app's own. */
  #namedUnits(): Units | undefined {
    const { unitName } = this;
    if (unitName === undefined) return this.units;
    return new Proxy(this.units ?? {}, { get: (own, asset) => own[String(asset)] ?? { label: unitName } });
  }

  #attach(): void {
    if (!this.isConnected) return;
    const store = this.store ?? this.#ownStore();
    if (store === this.#used) return;
    this.#detach();
    this.#used = store;
    if (store === undefined) return;
    store.addEventListener("change", this.#changed);
    // Somebody else on the page may have asked before.
    this.#dress();
    this.#release = store.use(this.needs);
    this.#slow = setTimeout(() => this.requestUpdate(), SLOW_MS);
    this.requestUpdate();
  }

  #ownStore(): Store | undefined {
    this.#fragment ??= this.fetchToken === undefined ? fromFragment(this.endpoint) : undefined;
    const fetchToken = this.fetchToken ?? this.#fragment;
    return fetchToken && storeOf(this.endpoint || location.origin, fetchToken, this.customer);
  }

  #detach(): void {
    this.#used?.removeEventListener("change", this.#changed);
    this.#release?.();
    clearTimeout(this.#slow);
    this.#used = undefined;
    this.#release = undefined;
  }

  #changed = (): void => {
    this.#dress();
    this.noticed();
    this.requestUpdate();
  };

  /** Puts on what the platform has set, once it is known. */
  #dress(): void {
    const branding = this.#used?.value("branding");
    if (branding === undefined || branding === this.#branding) return;
    this.#branding = branding;
    this.words = new Words(this.settings);
    const root = this.shadowRoot;
    const sheet = sheetOf(branding);
    if (root) root.adoptedStyleSheets = [...root.adoptedStyleSheets.filter((one) => one !== this.#sheet), sheet];
    this.#sheet = sheet;
    this.branded(branding);
  }

  /** What else an element does with it. */
  protected branded(_: Branding): void {}

  get branding(): Branding | undefined {
    return this.#branding;
  }

  /** What an element does when the store has something new, beside drawing it. */
  protected noticed(): void {}

  get data(): Store | undefined {
    return this.#used;
  }

  say(key: MessageKey, values?: Values): string {
    return this.words.say(key, values);
  }

  /** What the app may react to. */
  emit(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(`scrip:${name}`, { detail, bubbles: true, composed: true }));
  }

  /** A card's heading, of the level that the app has said. */
  heading(text: string, id?: string): TemplateResult {
    const level = Math.min(6, Math.max(1, this.headingLevel));
    const tag = HEADINGS[level - 1] as StaticValue;
    return staticHtml`<${tag} class="heading" id=${id ?? nothing}>${text}</${tag}>` as TemplateResult;
  }

  card(id: string, title: string, content: Content, aside: Content = nothing): TemplateResult {
    return html`<section class="card" part="card" aria-labelledby=${id} dir=${this.words.direction}>
      <div class="between">${this.heading(title, id)}${aside}</div>
      ${content}
    </section>`;
  }

  /** A part in whatever state it is; nothing where the token may not see it. */
  loaded<T>(part: Part<T>, show: (value: T) => Content, lines = 3): Content {
    if (part.state === "absent") return nothing;
    if (part.value !== undefined) return show(part.value);
    if (part.state === "failed") return this.failure(part.problem);
    const store = this.data;
    if (store?.connection === "expired") return html`<p class="muted">${this.say("failed")}</p>`;
    const isSlow = store !== undefined && Date.now() - store.began >= SLOW_MS;
    const isSaid = this.quiet && store?.value("wallet") === undefined;
    if (isSlow && !isSaid) return this.failure(undefined, this.say("failed.slow"));
    return html`<div class="skeleton" role="status">
      <span class="sr">${this.say("loading")}</span>${Array.from({ length: lines }, () => html`<i></i>`)}
    </div>`;
  }

  /** What failed, in a sentence, and the one thing to do about it. */
  failure(problem?: Problem, sentence = this.say("failed")): TemplateResult {
    const id = problem?.requestId;
    return html`<div class="tight" role="alert">
      <p>${problem?.status === 0 ? this.say("offline") : sentence}</p>
      ${id ? html`<p class="small muted">${this.say("failed.request", { id })}</p>` : nothing}
      <div><button type="button" part="button" @click=${() => void this.data?.again()}>${this.say("retry")}</button></div>
    </div>`;
  }

  /** Why the API said no, in the reader's language where the reason is a known one. */
  reason(error: unknown): string {
    if (!(error instanceof Problem)) return this.say("error.unavailable");
    if (error.passes && error.status !== 429)
      return this.say(error.status === 0 ? "error.offline" : "error.unavailable");
    return this.words.known("error", error.code, error.reason || this.say("error.unavailable"));
  }

  /** An amount, with its full value for who points at it or copies it. */
  amount(
    value: string,
    asset: string,
    options: { sign?: boolean; places?: number; name?: string } = {},
  ): TemplateResult {
    return html`<span class="number ${options.name ?? ""}" title=${this.words.exact(value, asset)}
      >${this.words.money(value, asset, options)}</span
    >`;
  }

  time(at: string, text = this.words.moment(at)): TemplateResult {
    return html`<time datetime=${at} title=${this.words.utc(at)}>${text}</time>`;
  }
}

/** Opens a page of somebody else in the press of a button: later a browser would not let it. */
export function openTab(): { go(url: string): void; close(): void } {
  const tab = window.open("", "_blank");
  return {
    go(url) {
      if (tab === null) return;
      tab.opener = null;
      tab.location.replace(url);
    },
    close() {
      tab?.close();
    },
  };
}

/** A key for a call that may be pressed twice. */
export const newKey = (): string => crypto.randomUUID();

export function define(name: string, element: CustomElementConstructor): void {
  // A page may load the script twice.
  if (!customElements.get(name)) customElements.define(name, element);
}
