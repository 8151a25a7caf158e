// <scrip-activity>: what happened, row by row, and what each row is made of.

import { css, html, nothing, type TemplateResult } from "lit";
import { isPositive, isZero } from "./decimal.ts";
import type { EngineSource } from "./engine.ts";
import { type Content, define, Piece } from "./piece.ts";
import { usageOf, verified } from "./receipt.ts";
import type { PartName } from "./store.ts";
import type { Change, Entry, PriceOfFee, Receipt } from "./types.ts";
import { balanceBefore, csvOf } from "./view.ts";

interface Opened {
  receipt: Receipt;
  /** Whether it follows from its record; undefined where nobody can tell here. */
  isProven: boolean | undefined;
}

type Filter = "all" | "used" | "added";

const FIRST = 10;
const MORE = 25;

export class ScripActivity extends Piece {
  static override styles = [
    ...Piece.styles,
    css`
      :host {
        container-type: inline-size;
      }
      @container (max-width: 26rem) {
        .after {
          display: none;
        }
      }
    `,
  ];
  static override properties = {
    ...Piece.properties,
    filter: { state: true },
    holds: { state: true },
    shown: { state: true },
    busy: { state: true },
    receipts: { state: true },
    engine: {},
  };
  declare filter: Filter;
  declare holds: boolean;
  declare shown: number;
  declare busy: boolean;
  /** Those of the rows that were opened. */
  declare receipts: ReadonlyMap<number, Opened>;
  /** Where the engine is loaded from, to check receipts by the code that writes them. */
  declare engine: EngineSource | undefined;

  protected readonly needs: readonly PartName[] = ["entries"];

  constructor() {
    super();
    this.filter = "all";
    this.holds = false;
    this.shown = FIRST;
    this.busy = false;
    this.receipts = new Map();
  }

  protected override render(): Content {
    const content = this.loaded(this.data?.part("entries") ?? { state: "loading" }, (all) => this.#content(all), 6);
    if (content === nothing) return nothing;
    const any = (this.data?.value("entries") ?? []).some((one) => moves(one));
    return this.card("activity", this.say("activity"), content, any ? this.#filters() : nothing);
  }

  #filters(): TemplateResult {
    const choose = (event: Event) => {
      this.filter = (event.target as HTMLSelectElement).value as Filter;
      this.shown = FIRST;
    };
    const toggle = (event: Event) => {
      this.holds = (event.target as HTMLInputElement).checked;
    };
    return html`<div class="row small">
      <label class="row check"><input type="checkbox" .checked=${this.holds} @change=${toggle} /> ${this.say("activity.holds")}</label>
      <label class="sr" for="filter">${this.say("activity.filter")}</label>
      <select id="filter" part="field" class="narrow" @change=${choose}>
        ${(["all", "used", "added"] as const).map(
          (one) => html`<option value=${one} ?selected=${this.filter === one}>${this.say(`activity.${one}`)}</option>`,
        )}
      </select>
    </div>`;
  }

  #content(all: Entry[]): Content {
    const fits = all.filter((entry) => this.#fits(entry));
    if (fits.length === 0) {
      return html`<slot name="empty-activity"><p class="muted">${this.say("activity.none")}</p></slot>`;
    }
    const isMore = fits.length > this.shown || this.data?.older !== null;
    return html`<div class="lines" part="table">${fits.slice(0, this.shown).map((entry) => this.#entry(entry))}</div>
      <div class="row">
        ${isMore ? html`<button type="button" part="button" ?disabled=${this.busy} @click=${() => this.#more(fits.length)}>${this.say("activity.more")}</button>` : nothing}
        <button type="button" part="button" class="plain small" @click=${() => this.#csv(fits)}>${this.say("activity.csv")}</button>
      </div>`;
  }

  #fits(entry: Entry): boolean {
    if (!moves(entry)) return this.holds && entry.type.startsWith("hold_");
    const isAdded = (entry.changes ?? []).some((one) => isPositive(one.amount));
    return this.filter === "all" || (this.filter === "added") === isAdded;
  }

  #what(entry: Entry): string {
    const said = entry.what ?? sentence(entry.type);
    return this.words.known("what", said, said);
  }

  /** Who it was for, by what the platform calls that one; or what was said of it. */
  #note({ note = "", subject }: Entry): string {
    return note === subject ? this.words.label("agents", note) : note;
  }

  #entry(entry: Entry): TemplateResult {
    const changes = entry.changes ?? [];
    return html`<details class="entry" @toggle=${() => void this.#open(entry)}>
      <summary>
        <span>
          <span class="strong">${this.#what(entry)}</span>
          ${entry.note ? html`<span class="muted"> ${this.#note(entry)}</span>` : nothing}
          <span class="small muted when">${this.time(entry.at)}</span>
        </span>
        <span class="sums">
          ${changes.map((one) => this.#change(one))}
          ${changes.map((one) => this.#after(entry, one))}
        </span>
      </summary>
      ${this.#details(entry)}
    </details>`;
  }

  #change(one: Change): TemplateResult {
    const name = isPositive(one.amount) ? "plus strong" : "strong";
    return html`<span class="line">${this.amount(one.amount, one.asset, { sign: true, name })}</span>`;
  }

  #after(entry: Entry, one: Change): Content {
    const after = entry.balances.find((balance) => balance.account === one.account)?.balance;
    if (after === undefined) return nothing;
    return html`<span class="line small muted after">${this.say("activity.after", { amount: this.words.money(after, one.asset, { places: 2 }) })}</span>`;
  }

  /** A receipt is asked for when its row is opened, once. */
  async #open(entry: Entry): Promise<void> {
    if (this.receipts.has(entry.seq)) return;
    try {
      const receipt = await this.data?.client.call<Receipt>("GET", `wallet/entries/${entry.seq}/receipt`);
      if (receipt === undefined) return;
      const isProven = await verified(receipt, this.engine ?? this.data?.engine);
      this.receipts = new Map(this.receipts).set(entry.seq, { receipt, isProven });
    } catch {
      // What the entry itself says is shown all the same; the row asks again when it is opened again.
    }
  }

  #receipt(opened: Opened | undefined): Content {
    if (opened === undefined) return nothing;
    const { receipt, isProven } = opened;
    const grants = Object.values(this.data?.value("grants") ?? {}).flat();
    const payer = (id: string | undefined) => {
      const purpose = grants.find((one) => one.id === id)?.purpose;
      return id === undefined ? this.say("receipt.debt") : purpose ? this.words.known("purpose", purpose) : id;
    };
    const fee = (one: Receipt["fees"][number], place: number) => {
      const price = receipt.prices.find((known) => known.fee === place);
      const count = one.quantity ? this.words.exactCount(one.quantity) : one.price_id;
      return html`<div>
        <dt title=${one.price_id}>
          ${price?.price_name ?? count}
          ${price ? html`<span class="line small muted">${this.#sum(price, one.asset)}</span>` : nothing}
        </dt>
        <dd class="number">${this.words.exact(one.amount, one.asset)}</dd>
      </div>`;
    };
    const paid = (one: Receipt["paid_by"][number]) => html`<div>
      <dt>${payer(one.grant)}</dt>
      <dd class="number">${this.words.exact(one.amount, one.asset)}</dd>
    </div>`;
    const said = usageOf(receipt).map(
      ([name, value]) => html`<div><dt>${name}</dt><dd class="number">${value}</dd></div>`,
    );
    return html`
      ${said.length > 0 ? html`<dl class="pairs">${said}</dl>` : nothing}
      ${this.#group("receipt", receipt.fees.map(fee))} ${this.#group("receipt.paid", receipt.paid_by.map(paid))}
      <dl class="pairs">
        <div><dt>${this.say("receipt.hash")}</dt><dd class="mono" dir="ltr">${receipt.hash}</dd></div>
      </dl>
      ${isProven === true ? html`<p class="plus">${this.say("receipt.verified")}</p>` : nothing}
      ${isProven === false ? html`<p class="danger" role="alert">${this.say("receipt.wrong")}</p>` : nothing}
    `;
  }

  /** How many, at which rate, by which version of what the customer has: so that anybody can multiply. */
  #sum(price: PriceOfFee, asset: string): string {
    const money = (amount: string) => this.words.exact(amount, asset);
    const volume = price.priced_volume ?? price.input_volume;
    const many = volume === undefined ? undefined : this.words.exactCount(volume);
    const version = this.say("receipt.version", {
      product: price.product_code,
      version: String(price.product_version),
    });
    const parts = [
      price.unit_price === undefined ? undefined : this.say("receipt.each", { rate: money(price.unit_price) }),
    ];
    if (many !== undefined && price.volume_rate !== undefined) {
      const rate = money(price.volume_rate);
      const size = this.words.exactCount(price.package_size ?? "1");
      parts.push(this.say("receipt.rate", { many, rate, size }));
    } else parts.push(many);
    return [...parts.filter((part) => part !== undefined), version].join(" · ");
  }

  #group(key: "receipt" | "receipt.paid", rows: TemplateResult[]): Content {
    return rows.length === 0 ? nothing : html`<p class="strong">${this.say(key)}</p><dl class="pairs">${rows}</dl>`;
  }

  #details(entry: Entry): TemplateResult {
    const accounts = entry.balances.filter((one) => moves(entry) || !isZero(one.held));
    return html`<div class="tight small details"><dl class="pairs">
      ${accounts.map((one) => {
        const before = balanceBefore(entry, one.account) ?? one.balance;
        return html`${this.#pair("receipt.before", this.words.exact(before, one.asset))}
          ${(entry.changes ?? []).filter((change) => change.account === one.account).map((change) => this.#pair("activity.amount", this.words.exact(change.amount, change.asset)))}
          ${this.#pair("receipt.after", this.words.exact(one.balance, one.asset))}
          ${this.#pair("held", this.words.exact(one.held, one.asset))}`;
      })}
      ${this.#pair("activity.utc", this.words.utc(entry.at), "figures")} ${this.#pair("activity.seq", String(entry.seq))}
      </dl>
      ${this.#receipt(this.receipts.get(entry.seq))}
    </div>`;
  }

  #pair(key: Parameters<Piece["say"]>[0], value: string, name = "number"): TemplateResult {
    return html`<div><dt>${this.say(key)}</dt><dd class=${name}>${value}</dd></div>`;
  }

  async #more(here: number): Promise<void> {
    this.shown += MORE;
    if (here >= this.shown || this.data?.older === null) return;
    this.busy = true;
    try {
      await this.data?.moreEntries();
    } catch {
      // The button is still there, and so is what was shown.
    } finally {
      this.busy = false;
    }
  }

  #csv(entries: Entry[]): void {
    // The mark at the front tells spreadsheets that it is UTF-8.
    const url = URL.createObjectURL(new Blob(["\ufeff", csvOf(entries)], { type: "text/csv;charset=utf-8" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = "activity.csv";
    link.click();
    URL.revokeObjectURL(url);
  }
}

/** Whether a balance changed; a hold alone only puts money aside. */
const moves = (entry: Entry): boolean => (entry.changes ?? []).length > 0;

const sentence = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1).replaceAll("_", " ");

define("scrip-activity", ScripActivity);
