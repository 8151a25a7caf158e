// <scrip-topup>: packs, another amount, what will be available afterwards, and the way to pay.

import { html, nothing, type TemplateResult } from "lit";
import { Problem } from "./client.ts";
import { isPositive, typed } from "./decimal.ts";
import { type Content, define, newKey, openTab, Piece } from "./piece.ts";
import type { PartName } from "./store.ts";
import type { Account, Packs, TopUp } from "./types.ts";
import { afterwards, boundsOf, type Offer, offerOf, offersOf, outside } from "./view.ts";

const WATCH_MS = 1500;
const OWN = "own";

type Step =
  | { name: "choose" }
  | { name: "asking" }
  | { name: "paying"; topUp: TopUp; offer: Offer }
  | { name: "ended"; topUp: TopUp };

export class ScripTopup extends Piece {
  static override properties = {
    ...Piece.properties,
    step: { state: true },
    choice: { state: true },
    wrong: { state: true },
  };
  declare step: Step;
  /** Which offer, or the customer's own amount. */
  declare choice: string;
  declare wrong: string;
  #typed = "";
  /** Of the call that is about to be made: pressed twice it is one top-up. */
  #key = newKey();
  #watch: ReturnType<typeof setTimeout> | undefined;

  protected readonly needs: readonly PartName[] = ["packs"];

  constructor() {
    super();
    this.step = { name: "choose" };
    this.choice = "0";
    this.wrong = "";
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#watch);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.step.name === "paying") void this.#look();
  }

  protected override render(): Content {
    const part = this.data?.part("packs") ?? { state: "loading" as const };
    const content = this.loaded(part, (packs) => this.#content(packs), 4);
    return content === nothing ? nothing : this.card("topup", this.say("topup"), content);
  }

  #content(packs: Packs): Content {
    const { step } = this;
    if (step.name === "paying") return this.#paying(step.topUp, step.offer);
    if (step.name === "ended") return this.#ended(step.topUp);
    return this.#form(packs);
  }

  #accounts(): Account[] {
    return this.data?.value("wallet")?.accounts ?? [];
  }

  #form(packs: Packs): TemplateResult {
    const currencies = this.#accounts()
      .map((one) => one.asset)
      .filter((asset) => this.words.isCurrency(asset));
    const { offers, currency } = offersOf(packs, currencies);
    const offer = this.#offer(packs, offers, currency);
    const busy = this.step.name === "asking" || !this.data?.writable;
    return html`<form class="stack" novalidate @submit=${(event: Event) => this.#submit(event, packs, offers, currency)}>
      <fieldset>
        <legend class="sr">${this.say("topup.pick")}</legend>
        <div class="chips">
          ${offers.map((one, place) => this.#chip(String(place), one))}
          ${this.#chip(OWN)}
        </div>
      </fieldset>
      ${this.choice === OWN ? this.#own(packs, currency) : nothing}
      ${offer ? this.#after(offer) : nothing}
      ${this.wrong && this.choice !== OWN ? html`<p class="danger small" role="alert">${this.wrong}</p>` : nothing}
      <button class="primary wide" part="button" ?disabled=${busy}>
        ${offer ? this.say("topup.pay", { amount: this.words.money(offer.amount, offer.currency) }) : this.say("topup")}
      </button>
    </form>`;
  }

  #chip(value: string, offer?: Offer): TemplateResult {
    const pick = () => {
      this.choice = value;
      this.#changed();
      if (value === OWN)
        void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>("#own")?.focus());
    };
    return html`<label class="chip ${offer ? "" : "whole"}">
      <input type="radio" name="offer" value=${value} .checked=${this.choice === value} @change=${pick} />
      ${
        offer
          ? html`<span class="strong number">${this.words.money(offer.amount, offer.currency)}</span>
              ${offer.name ? html`<span class="small muted">${offer.name}</span>` : nothing}
              ${offer.bonus ? html`<span class="small plus">+${this.words.money(offer.bonus, offer.asset)}</span>` : nothing}`
          : html`<span>${this.say("topup.own")}</span>`
      }
    </label>`;
  }

  #own(packs: Packs, currency: string): TemplateResult {
    const limits = this.#limits(packs, currency);
    const input = (event: Event) => {
      this.#typed = (event.target as HTMLInputElement).value;
      this.#changed();
      this.requestUpdate();
    };
    return html`<div class="tight">
      <label for="own">${this.say("topup.amount", { unit: currency })}</label>
      <div class="affix">
        <input id="own" part="field" inputmode="decimal" autocomplete="off" maxlength="20" .value=${this.#typed}
          aria-invalid=${this.wrong ? "true" : "false"} aria-describedby="own-note" @input=${input} />
        <span aria-hidden="true">${currency}</span>
      </div>
      <p id="own-note" class="small ${this.wrong ? "danger" : "muted"}" role=${this.wrong ? "alert" : nothing}>
        ${this.wrong || limits}
      </p>
    </div>`;
  }

  #limits(packs: Packs, currency: string): string {
    const { min, max } = boundsOf(packs, currency);
    const money = (amount: string) => this.words.money(amount, currency);
    if (min !== undefined && max !== undefined) return this.say("topup.between", { min: money(min), max: money(max) });
    if (min !== undefined) return this.say("topup.from", { min: money(min) });
    return max === undefined ? "" : this.say("topup.upto", { max: money(max) });
  }

  #after(offer: Offer): TemplateResult {
    const account = this.#accounts().find((one) => one.asset === offer.asset && one.name === "default");
    // What another asset costs is said by the server's rate: nothing is promised that it has not said.
    if (offer.asset !== offer.currency) return html``;
    const { available, covers } = afterwards(account, offer);
    return html`<div class="tight small" aria-live="polite">
      ${offer.bonus && !offer.pack ? html`<p class="plus">${this.say("topup.bonus", { amount: this.words.money(offer.bonus, offer.asset) })}</p>` : nothing}
      <p>${this.say("topup.after", { amount: this.words.money(available, offer.asset, { places: 2 }) })}</p>
      ${isPositive(covers) ? html`<p class="muted">${this.say("topup.debt", { amount: this.words.money(covers, offer.asset) })}</p>` : nothing}
    </div>`;
  }

  #offer(packs: Packs, offers: Offer[], currency: string): Offer | undefined {
    if (this.choice !== OWN) return offers[Number(this.choice)];
    const amount = typed(this.#typed);
    if (amount === undefined || outside(packs, currency, amount)) return undefined;
    return offerOf(packs, currency, amount);
  }

  /** Another choice is another purchase, so it gets a key of its own. */
  #changed(): void {
    this.wrong = "";
    this.#key = newKey();
  }

  #submit(event: Event, packs: Packs, offers: Offer[], currency: string): void {
    event.preventDefault();
    if (this.step.name !== "choose" || !this.data?.writable) return;
    const offer = this.#offer(packs, offers, currency);
    if (offer === undefined) {
      const isAmount = typed(this.#typed) !== undefined;
      this.wrong = isAmount
        ? this.say("topup.outside", { limits: this.#limits(packs, currency) })
        : this.say("topup.wrong");
      this.renderRoot.querySelector<HTMLElement>("#own")?.focus();
      return;
    }
    void this.#pay(offer);
  }

  async #pay(offer: Offer): Promise<void> {
    const store = this.data;
    if (store === undefined) return;
    const tab = openTab();
    this.step = { name: "asking" };
    this.wrong = "";
    const back = `${store.client.endpoint || location.origin}/assets/return`;
    const what = offer.pack === undefined ? { amount: offer.amount, currency: offer.currency } : { pack: offer.pack };
    const body = { customer_id: store.client.customer, ...what, return_url: back, failure_url: back };
    try {
      const topUp = await store.client.call<TopUp>("POST", "/v1/top-ups", { body, key: this.#key });
      if (topUp.redirect_url) tab.go(topUp.redirect_url);
      this.step = { name: "paying", topUp, offer };
      this.emit("topup", { id: topUp.id, status: topUp.status });
      this.#later();
    } catch (error) {
      tab.close();
      this.step = { name: "choose" };
      const isOff = error instanceof Problem && error.code === "payments_not_configured";
      this.wrong = isOff ? this.say("topup.unavailable") : this.reason(error);
      this.emit("error", { error });
    }
  }

  #later(): void {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => void this.#look(), WATCH_MS);
  }

  /** Looks what has become of it, until it is decided. */
  async #look(): Promise<void> {
    const { step } = this;
    const store = this.data;
    if (step.name !== "paying" || store === undefined || !this.isConnected) return;
    try {
      const topUp = await store.client.call<TopUp>("GET", `/v1/top-ups/${step.topUp.id}`);
      // Somebody may have chosen another amount meanwhile.
      if (this.step !== step) return;
      const ended = topUp.status !== "initiated" && topUp.status !== "pending";
      if (ended) return this.#end(topUp);
      if (topUp.status !== step.topUp.status) this.step = { ...step, topUp: { ...step.topUp, ...topUp } };
    } catch {
      // It is asked again: what was paid is not lost by a question that was.
    }
    this.#later();
  }

  #end(topUp: TopUp): void {
    this.#key = newKey();
    this.step = { name: "ended", topUp };
    this.emit("topup", { id: topUp.id, status: topUp.status });
    void this.data?.again();
  }

  #paying(topUp: TopUp, offer: Offer): TemplateResult {
    const isPending = topUp.status === "pending";
    return html`<div class="stack">
      <p class="strong number">${this.words.money(offer.amount, offer.currency)}</p>
      <p role="status">${this.say(isPending ? "topup.processing" : "topup.waiting")}</p>
      ${
        isPending
          ? nothing
          : html`<div class="row">
              <a class="button primary" part="button" target="_blank" rel="noopener noreferrer" href=${topUp.redirect_url ?? ""}
                >${this.say("topup.open")}</a>
              <button type="button" part="button" class="plain" @click=${this.#again}>${this.say("topup.cancel")}</button>
            </div>`
      }
    </div>`;
  }

  #ended(topUp: TopUp): TemplateResult {
    const { asset } = topUp.credit;
    const amounts = topUp.grants.filter((one) => one.asset === asset).map((one) => one.amount);
    const total = amounts.length > 0 ? amounts : [topUp.credit.amount];
    const sentence =
      topUp.status === "succeeded"
        ? this.say("topup.done", { amount: total.map((one) => this.words.money(one, asset)).join(" + ") })
        : this.say(topUp.status === "expired" ? "topup.expired" : "topup.failed");
    return html`<div class="stack">
      <p role="status" class=${topUp.status === "succeeded" ? "plus strong" : ""}>${sentence}</p>
      <div><button type="button" part="button" @click=${this.#again}>${this.say("topup.again")}</button></div>
    </div>`;
  }

  #again = (): void => {
    clearTimeout(this.#watch);
    this.#changed();
    this.step = { name: "choose" };
  };
}

define("scrip-topup", ScripTopup);
