// <scrip-payments>: what was paid, each with its receipt and with what went back of it.

import { html, nothing, type TemplateResult } from "lit";
import { isPositive } from "./decimal.ts";
import { type Content, define, openTab, Piece } from "./piece.ts";
import type { PartName } from "./store.ts";
import type { Payment } from "./types.ts";
import { returned } from "./view.ts";

export class ScripPayments extends Piece {
  static override properties = { ...Piece.properties, busy: { state: true }, wrong: { state: true } };
  /** Which receipt is being asked for. */
  declare busy: string;
  /** Whose receipt there is not. */
  declare wrong: string;

  protected readonly needs: readonly PartName[] = ["payments"];

  constructor() {
    super();
    this.busy = "";
    this.wrong = "";
  }

  protected override render(): Content {
    const part = this.data?.part("payments") ?? { state: "loading" as const };
    const content = this.loaded(part, (payments) => this.#content(payments));
    return content === nothing ? nothing : this.card("payments", this.say("payments"), content);
  }

  #content(payments: Payment[]): Content {
    if (payments.length === 0) return html`<p class="muted">${this.say("payments.none")}</p>`;
    const more = () => void this.data?.morePayments().catch(() => undefined);
    return html`<div class="lines" part="table">${payments.map((one) => this.#payment(one))}</div>
      ${this.data?.olderPayments == null ? nothing : html`<div><button type="button" part="button" @click=${more}>${this.say("activity.more")}</button></div>`}`;
  }

  #payment(one: Payment): TemplateResult {
    return html`<details class="entry">
      <summary>
        <span>
          <span class="strong">${this.say(`payments.${one.kind}`)}</span>
          ${one.payment_method ? html`<span class="muted">${this.#method(one.payment_method)}</span>` : nothing}
          <span class="small muted when">${this.time(one.at)}</span>
        </span>
        <span class="sums">
          ${this.amount(one.receipt?.amount ?? one.amount, one.receipt?.currency ?? one.currency, { name: "strong line" })}
          ${this.#state(one)}
        </span>
      </summary>
      ${this.#details(one)}
    </details>`;
  }

  #method({ brand, last4 }: { brand: string; last4: string }): string {
    return this.say("methods.card", { brand: brand.charAt(0).toUpperCase() + brand.slice(1), last4 });
  }

  /** One word for how it stands: what went back is more pressing than that it came. */
  #state(one: Payment): TemplateResult {
    const open = one.disputes.some((dispute) => dispute.status === "open");
    const back = returned(one);
    const key = open
      ? "payments.disputed"
      : back === "all"
        ? "payments.refunded"
        : back === "some"
          ? "payments.partly"
          : (`payments.${one.status}` as const);
    return html`<span class="tag ${one.status === "failed" || open ? "" : "accent"}">${this.say(key)}</span>`;
  }

  #details(one: Payment): TemplateResult {
    const { receipt, credit } = one;
    const money = (amount: string, currency = one.currency) => this.words.exact(amount, currency);
    const pairs: [string, string][] = [[this.say("payments.price"), money(one.amount)]];
    if (receipt) {
      pairs.push([this.say("payments.tax"), money(receipt.tax, receipt.currency)]);
      if (isPositive(receipt.tax)) pairs.push([this.say("payments.total"), money(receipt.amount, receipt.currency)]);
    }
    if (credit) pairs.push([this.say("payments.credit"), this.words.exact(credit.amount, credit.asset)]);
    for (const refund of one.refunds) {
      const key = refund.status === "failed" ? "payments.refund.failed" : "payments.refund";
      pairs.push([this.say(key), money(refund.amount)]);
    }
    for (const dispute of one.disputes) {
      pairs.push([this.say(`payments.dispute.${dispute.status}`), money(dispute.amount)]);
    }
    if (receipt?.number) pairs.push([this.say("payments.number"), receipt.number]);
    if (one.entry !== null) pairs.push([this.say("activity.seq"), String(one.entry)]);
    return html`<div class="tight small details">
      <dl class="pairs">${pairs.map(([name, value]) => html`<div><dt>${name}</dt><dd class="number">${value}</dd></div>`)}
        <div><dt>${this.say("activity.utc")}</dt><dd class="figures">${this.words.utc(one.at)}</dd></div>
      </dl>
      ${this.#link(one)}
    </div>`;
  }

  /** The processor's own receipt. Where its address is not known yet, it is asked for when somebody wants it. */
  #link(one: Payment): Content {
    const url = one.receipt?.url;
    if (url && /^https?:\/\//i.test(url)) {
      return html`<div><a class="button" part="button" target="_blank" rel="noopener noreferrer" href=${url}>${this.say("payments.receipt")}</a></div>`;
    }
    const mayAsk = one.kind === "recharge" || (one.kind === "top_up" && this.data?.may("topup") === true);
    if (!one.receipt || one.processor !== "stripe" || !mayAsk) return nothing;
    return html`<div>
      <button type="button" part="button" ?disabled=${this.busy === one.id} @click=${() => void this.#ask(one)}>${this.say("payments.receipt")}</button>
      ${this.wrong === one.id ? html`<p role="status">${this.say("payments.receipt.none")}</p>` : nothing}
    </div>`;
  }

  async #ask({ id, kind }: Payment): Promise<void> {
    const tab = openTab();
    this.busy = id;
    this.wrong = "";
    try {
      const path = `/v1/${kind === "recharge" ? "recharges" : "top-ups"}/${id}`;
      const found = await this.data?.client.call<{ receipt: { url: string | null } | null }>("GET", path);
      const url = found?.receipt?.url;
      if (!url) throw new Error("There is none yet.");
      tab.go(url);
    } catch {
      tab.close();
      this.wrong = id;
    } finally {
      this.busy = "";
    }
  }
}

define("scrip-payments", ScripPayments);
