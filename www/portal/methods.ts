// <scrip-methods>: what can be charged. A card is added on the processor's own page, so that its number is never here.

import { html, nothing, type TemplateResult } from "lit";
import { type Content, define, openTab, Piece } from "./piece.ts";
import type { PartName } from "./store.ts";
import type { PaymentMethod } from "./types.ts";

const WATCH_MS = 1500;

export class ScripMethods extends Piece {
  static override properties = {
    ...Piece.properties,
    waits: { state: true },
    sure: { state: true },
    wrong: { state: true },
  };
  /** Where a method is being added, and how many there were. */
  declare waits: { url: string; before: number } | undefined;
  /** Which one was asked to be removed, and not yet confirmed. */
  declare sure: string;
  declare wrong: string;
  #watch: ReturnType<typeof setTimeout> | undefined;

  protected readonly needs: readonly PartName[] = ["methods"];

  constructor() {
    super();
    this.sure = "";
    this.wrong = "";
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#watch);
  }

  protected override noticed(): void {
    const methods = this.data?.value("methods");
    if (this.waits && methods && methods.length > this.waits.before) this.waits = undefined;
  }

  protected override render(): Content {
    const content = this.loaded(this.data?.part("methods") ?? { state: "loading" }, (methods) =>
      this.#content(methods),
    );
    return content === nothing ? nothing : this.card("methods", this.say("methods"), content);
  }

  #content(methods: PaymentMethod[]): TemplateResult {
    return html`<div class="stack">
      ${
        methods.length === 0
          ? html`<p class="muted">${this.say("methods.none")}</p>`
          : html`<ul class="lines">${methods.map((one) => this.#method(one))}</ul>`
      }
      ${this.wrong ? html`<p class="danger small" role="alert">${this.wrong}</p>` : nothing}
      ${this.waits ? this.#waiting(this.waits.url) : this.#add()}
    </div>`;
  }

  #add(): TemplateResult {
    return html`<div>
      <button type="button" part="button" ?disabled=${!this.data?.writable} @click=${this.#open}>${this.say("methods.add")}</button>
    </div>`;
  }

  #waiting(url: string): TemplateResult {
    return html`<div class="tight">
      <p role="status">${this.say("methods.waiting")}</p>
      <p><a class="button" part="button" target="_blank" rel="noopener noreferrer" href=${url}>${this.say("methods.add")}</a></p>
    </div>`;
  }

  #method(one: PaymentMethod): TemplateResult {
    const brand = one.brand.charAt(0).toUpperCase() + one.brand.slice(1);
    const year = String(one.exp_year);
    const values = { month: String(one.exp_month).padStart(2, "0"), year };
    return html`<li class="between">
      <div>
        <span class="strong">${brand} <span class="number" dir="ltr">•••• ${one.last4}</span></span>
        ${one.default ? html` <span class="tag accent">${this.say("methods.default")}</span>` : nothing}
        <p class="small muted">${one.name ? `${one.name}, ` : ""}${this.say("methods.expires", values)}</p>
      </div>
      <div class="row">
        ${one.default ? nothing : this.#button("methods.make_default", () => this.#choose(one))}
        ${
          this.sure === one.id
            ? this.#button("methods.remove.sure", () => this.#remove(one), "danger")
            : this.#button("methods.remove", () => this.#ask(one))
        }
      </div>
    </li>`;
  }

  #button(
    key: "methods.make_default" | "methods.remove" | "methods.remove.sure",
    act: () => void,
    name = "",
  ): TemplateResult {
    return html`<button type="button" class="plain small ${name}" part="button" ?disabled=${!this.data?.writable} @click=${act}>
      ${this.say(key)}
    </button>`;
  }

  #ask(one: PaymentMethod): void {
    this.sure = one.id;
    this.wrong = "";
  }

  #choose(one: PaymentMethod): void {
    void this.#change("PUT", `payment-methods/${one.id}/default`);
  }

  #remove(one: PaymentMethod): void {
    this.sure = "";
    void this.#change("DELETE", `payment-methods/${one.id}`);
  }

  async #change(method: string, path: string): Promise<void> {
    this.wrong = "";
    try {
      await this.data?.client.call(method, path);
      await this.data?.load("methods");
    } catch (error) {
      this.wrong = this.reason(error);
    }
  }

  #open = async (): Promise<void> => {
    const store = this.data;
    if (store === undefined) return;
    const tab = openTab();
    const back = `${store.client.endpoint || location.origin}/assets/return`;
    this.wrong = "";
    try {
      const body = { return_url: back, failure_url: back };
      const path = "payment-methods/sessions";
      const { redirect_url: url } = await store.client.call<{ redirect_url: string }>("POST", path, { body });
      tab.go(url);
      this.waits = { url, before: store.value("methods")?.length ?? 0 };
      this.#later();
    } catch (error) {
      tab.close();
      this.wrong = this.reason(error);
    }
  };

  #later(): void {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(async () => {
      if (!this.waits || !this.isConnected) return;
      await this.data?.load("methods");
      this.#later();
    }, WATCH_MS);
  }
}

define("scrip-methods", ScripMethods);
