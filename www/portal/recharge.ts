// <scrip-recharge>: the rule by which the wallet fills itself, as a sentence that it writes itself, and what saving it would do.

import { html, nothing, type TemplateResult } from "lit";
import { compare, isPositive, percent, typed } from "./decimal.ts";
import { type Content, define, Piece } from "./piece.ts";
import type { PartName } from "./store.ts";
import type { Attempt, PaymentMethod, Recharge, RechargePreview } from "./types.ts";

/** A question after each letter would be one too many. */
const PREVIEW_MS = 350;

interface Draft {
  enabled: boolean;
  threshold: string;
  mode: "target" | "amount";
  fill: string;
  monthly: string;
  method: string;
}

const NEW: Draft = { enabled: true, threshold: "10", mode: "target", fill: "50", monthly: "200", method: "" };

export class ScripRecharge extends Piece {
  static override properties = {
    ...Piece.properties,
    draft: { state: true },
    preview: { state: true },
    told: { state: true },
    wrong: { state: true },
    saving: { state: true },
  };
  declare draft: Draft | undefined;
  declare preview: RechargePreview | undefined;
  declare told: string;
  declare wrong: string;
  declare saving: boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  protected readonly needs: readonly PartName[] = ["recharge", "methods"];

  constructor() {
    super();
    this.told = "";
    this.wrong = "";
    this.saving = false;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  protected override render(): Content {
    const store = this.data;
    const content = this.loaded(store?.part("recharge") ?? { state: "loading" }, (rules) => this.#content(rules));
    return content === nothing ? nothing : this.card("recharge", this.say("recharge"), content, this.#tag());
  }

  #rule(): Recharge | undefined {
    return this.data?.value("recharge")?.find((one) => one.asset === this.#asset);
  }

  /** The money of the wallet: what else there is, is filled by nobody's card. */
  get #asset(): string {
    const rules = this.data?.value("recharge") ?? [];
    const accounts = this.data?.value("wallet")?.accounts ?? [];
    return rules[0]?.asset ?? accounts.find((one) => this.words.isCurrency(one.asset))?.asset ?? "USD";
  }

  #tag(): Content {
    const rule = this.#rule();
    return rule?.enabled ? html`<span class="tag accent">${this.say("recharge.on")}</span>` : nothing;
  }

  #content(_: Recharge[]): Content {
    const mayWrite = this.data?.may("recharge") === true;
    if (this.draft !== undefined && mayWrite) return this.#form(this.draft);
    return html`<div class="stack">
      ${this.#standing(this.#rule())}
      ${this.told ? html`<p class="plus small" role="status">${this.told}</p>` : nothing}
      ${mayWrite ? this.#edit() : nothing}
    </div>`;
  }

  #edit(): TemplateResult {
    const rule = this.#rule();
    return html`<div>
      <button type="button" part="button" ?disabled=${!this.data?.writable} @click=${() => this.#begin(rule)}>
        ${rule?.enabled ? this.say("recharge.edit") : this.say("recharge.toggle")}
      </button>
    </div>`;
  }

  #standing(rule: Recharge | undefined): TemplateResult {
    if (rule === undefined) return html`<p class="muted">${this.say("recharge.off")}</p>`;
    return html`
      <p class=${rule.enabled ? "" : "muted"}>${this.#state(rule)}</p>
      ${rule.enabled ? html`<p class="small muted">${this.#sentence(draftOf(rule), rule.cooldown)}</p>` : nothing}
      ${this.#month(rule)} ${this.#last(rule)}
    `;
  }

  #state(rule: Recharge): string {
    if (rule.charging) {
      return this.say("recharge.state.charging", { price: this.words.money(rule.charging.price, rule.currency) });
    }
    if (rule.state === "waiting" && rule.waits_until) {
      return this.say("recharge.state.waiting", { when: this.words.when(rule.waits_until) });
    }
    if (rule.state === "off") return this.words.known("recharge.off", rule.because ?? "", this.say("recharge.off"));
    return this.say("recharge.state.idle", { threshold: this.words.money(rule.threshold, rule.asset) });
  }

  #month(rule: Recharge): Content {
    const limit = rule.monthly_limit;
    if (!limit) return nothing;
    const values = {
      spent: this.words.money(rule.spent_this_month, rule.currency),
      limit: this.words.money(limit, rule.currency),
    };
    const part = percent(rule.spent_this_month, limit);
    return html`<div class="tight small">
      <div class="bar" part="chart" aria-hidden="true"><span .style=${`width:${part}%`}></span></div>
      <p class="muted">${this.say("recharge.used", values)}</p>
    </div>`;
  }

  #last(rule: Recharge): Content {
    const attempts = rule.attempts ?? (rule.last_attempt ? [rule.last_attempt] : []);
    if (attempts.length === 0) return nothing;
    return html`<div class="tight small">
      <p class="label" id="attempts">${this.say("recharge.attempts")}</p>
      <ul class="lines" aria-labelledby="attempts">${attempts.map((one, place) => this.#attempt(one, place === 0 ? rule : undefined))}</ul>
    </div>`;
  }

  /** What became of one, why, and what happens next; only of the newest there is something to do. */
  #attempt(one: Attempt, rule?: Recharge): TemplateResult {
    const isOpen = one.outcome === "declined" && one.code === "authentication_required";
    const reason = one.outcome === "declined" && !isOpen ? this.#reason(one) : "";
    const waits =
      rule?.enabled && one.retry_at ? this.say("recharge.retry", { when: this.words.when(one.retry_at) }) : "";
    const url = rule && one.redirect_url;
    return html`<li class="tight">
      <div class="between">
        <span><span class="number strong">${this.words.money(one.price, one.currency)}</span>
          ${this.words.known("result", isOpen ? (one.code ?? "") : one.outcome)}</span>
        <span class="muted">${this.time(one.ended_at)}</span>
      </div>
      ${reason || waits ? html`<p class="muted">${[reason, waits].filter((text) => text !== "").join(" ")}</p>` : nothing}
      ${
        url
          ? html`<div><a class="button" part="button" target="_blank" rel="noopener noreferrer" href=${url}
              >${this.say(isOpen ? "notice.confirm" : "recharge.by_hand")}</a></div>`
          : nothing
      }
    </li>`;
  }

  /** Why the bank said no, where it has said so in a word that people are told. */
  #reason({ code = "", decline_code: told = "" }: Attempt): string {
    return this.words.known("decline", told, this.words.known("decline", code, this.say("decline.card_declined")));
  }

  /** Written from the figures of the form, so that it is always about what will be saved. */
  #sentence(draft: Draft, cooldown: number): string {
    const asset = this.#asset;
    const currency = this.#rule()?.currency ?? asset;
    const money = (text: string, of = asset) => this.words.money(typed(text) ?? "0", of);
    const method = this.#methods().find((one) => one.id === draft.method);
    const limit = typed(draft.monthly);
    return this.say(`recharge.sentence.${draft.mode}`, {
      threshold: money(draft.threshold),
      target: money(draft.fill),
      amount: money(draft.fill),
      method: method ? this.#named(method) : this.say("recharge.method.default"),
      limit: limit ? this.say("recharge.sentence.limit", { limit: money(draft.monthly, currency) }) : "",
      cooldown: this.words.span(cooldown),
    });
  }

  #methods(): PaymentMethod[] {
    return this.data?.value("methods") ?? [];
  }

  #named({ brand, last4 }: PaymentMethod): string {
    return this.say("methods.card", { brand: brand.charAt(0).toUpperCase() + brand.slice(1), last4 });
  }

  #begin(rule: Recharge | undefined): void {
    this.told = "";
    this.wrong = "";
    this.preview = undefined;
    this.draft = rule ? { ...draftOf(rule), enabled: true } : NEW;
    this.#later();
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>("input")?.focus());
  }

  #form(draft: Draft): TemplateResult {
    const rule = this.#rule();
    const needs = this.data?.part("methods").state === "ready" && this.#methods().length === 0;
    const fault = this.#fault(draft);
    const busy = this.saving || needs || fault !== "" || !this.data?.writable;
    const charge = draft.enabled && this.preview?.would === "charge" ? this.preview.price : undefined;
    const price = charge && this.words.money(charge, this.preview?.currency ?? this.#asset);
    return html`<form class="stack" novalidate @submit=${this.#save}>
      ${rule?.enabled ? this.#toggle(draft) : nothing}
      ${draft.enabled ? this.#fields(draft) : nothing}
      <div class="tight small" aria-live="polite">
        ${draft.enabled && fault === "" ? html`<p>${this.#sentence(draft, rule?.cooldown ?? 600)}</p>` : nothing}
        ${draft.enabled && fault === "" && !needs ? html`<p class=${price ? "strong" : "muted"}>${this.#would(price)}</p>` : nothing}
      </div>
      ${needs && draft.enabled ? html`<p class="danger small">${this.say("recharge.needs")}</p>` : nothing}
      ${this.wrong || fault ? html`<p class="danger small" role="alert">${this.wrong || fault}</p>` : nothing}
      <div class="row">
        <button class="primary" part="button" ?disabled=${busy && draft.enabled}>
          ${price ? this.say("recharge.save.charge", { price }) : this.say("recharge.save")}
        </button>
        <button type="button" class="plain" part="button" @click=${this.#cancel}>${this.say("recharge.cancel")}</button>
      </div>
    </form>`;
  }

  #toggle(draft: Draft): TemplateResult {
    const change = (event: Event) => this.#change({ enabled: (event.target as HTMLInputElement).checked });
    return html`<label class="row check">
      <input type="checkbox" .checked=${draft.enabled} @change=${change} /> ${this.say("recharge.toggle")}
    </label>`;
  }

  #fields(draft: Draft): TemplateResult {
    const mode = (event: Event) => this.#change({ mode: (event.target as HTMLSelectElement).value as Draft["mode"] });
    const method = (event: Event) => this.#change({ method: (event.target as HTMLSelectElement).value });
    const methods = this.#methods();
    return html`
      ${this.#field("threshold", this.say("recharge.below"), draft.threshold)}
      <div class="tight">
        <label for="mode">${this.say("recharge.mode")}</label>
        <select id="mode" part="field" @change=${mode}>
          ${(["target", "amount"] as const).map(
            (one) =>
              html`<option value=${one} ?selected=${draft.mode === one}>${this.say(`recharge.mode.${one}`)}</option>`,
          )}
        </select>
      </div>
      ${this.#field("fill", this.say(draft.mode === "target" ? "recharge.to" : "recharge.add"), draft.fill)}
      ${this.#field("monthly", this.say("recharge.monthly"), draft.monthly)}
      ${
        methods.length > 1
          ? html`<div class="tight">
              <label for="method">${this.say("recharge.method")}</label>
              <select id="method" part="field" @change=${method}>
                <option value="" ?selected=${draft.method === ""}>${this.say("recharge.method.default")}</option>
                ${methods.map((one) => html`<option value=${one.id} ?selected=${draft.method === one.id}>${this.#named(one)}</option>`)}
              </select>
            </div>`
          : nothing
      }
    `;
  }

  #field(name: "threshold" | "fill" | "monthly", label: string, value: string): TemplateResult {
    const input = (event: Event) => this.#change({ [name]: (event.target as HTMLInputElement).value });
    return html`<div class="tight">
      <label for=${name}>${label}</label>
      <div class="affix">
        <input id=${name} part="field" inputmode="decimal" autocomplete="off" maxlength="20" .value=${value} @input=${input} />
        <span aria-hidden="true">${this.words.unit(this.#asset)}</span>
      </div>
    </div>`;
  }

  #fault(draft: Draft): string {
    if (!draft.enabled) return "";
    const [threshold, fill] = [typed(draft.threshold) ?? "0", typed(draft.fill)];
    const isZero = /^0*([.,]0*)?$/.test(draft.threshold.trim());
    const isMonthly = draft.monthly.trim() === "" || typed(draft.monthly) !== undefined;
    if (fill === undefined || !isMonthly || (!isZero && typed(draft.threshold) === undefined))
      return this.say("topup.wrong");
    return draft.mode === "target" && compare(fill, threshold) <= 0 ? this.say("recharge.target.low") : "";
  }

  #would(price: string | undefined): string {
    if (price) return this.say("recharge.now", { price });
    const { preview } = this;
    if (preview?.would === "wait" && preview.waits_until) {
      return this.say("recharge.wait", { when: this.words.when(preview.waits_until) });
    }
    return preview === undefined ? "" : this.say("recharge.nothing");
  }

  #change(change: Partial<Draft>): void {
    if (this.draft === undefined) return;
    this.draft = { ...this.draft, ...change };
    this.wrong = "";
    this.#later();
  }

  #later(): void {
    clearTimeout(this.#timer);
    // What was told is of other figures: a price that no longer holds must not stand on the button.
    this.preview = undefined;
    this.#asked += 1;
    this.#timer = setTimeout(() => void this.#ask(), PREVIEW_MS);
  }

  #body(draft: Draft): object {
    const rule = this.#rule();
    const monthly = typed(draft.monthly);
    return {
      threshold: typed(draft.threshold) ?? "0",
      [draft.mode]: typed(draft.fill),
      ...(monthly ? { monthly_limit: monthly } : {}),
      ...(draft.method ? { payment_method: draft.method } : {}),
      // What is not on this page stays as it was.
      ...(rule?.daily_limit ? { daily_limit: rule.daily_limit } : {}),
      ...(rule ? { cooldown: rule.cooldown } : {}),
      ...(rule && rule.currency !== rule.asset ? { currency: rule.currency } : {}),
      ...(draft.enabled ? {} : { enabled: false }),
    };
  }

  async #ask(): Promise<void> {
    const { draft } = this;
    if (draft === undefined || !draft.enabled || this.#fault(draft) !== "") return;
    const asked = this.#asked;
    try {
      const path = `wallet/recharge/${encodeURIComponent(this.#asset)}/preview`;
      const preview = await this.data?.client.call<RechargePreview>("POST", path, { body: this.#body(draft) });
      if (asked === this.#asked) this.preview = preview;
    } catch (error) {
      if (asked === this.#asked) this.wrong = this.reason(error);
    }
  }

  #save = async (event: Event): Promise<void> => {
    event.preventDefault();
    const { draft } = this;
    const store = this.data;
    if (draft === undefined || store === undefined || this.saving || this.#fault(draft) !== "") return;
    this.saving = true;
    try {
      await store.client.call("PUT", `wallet/recharge/${encodeURIComponent(this.#asset)}`, { body: this.#body(draft) });
      this.draft = undefined;
      this.told = this.say("recharge.saved");
      await store.again();
    } catch (error) {
      this.wrong = this.reason(error);
    } finally {
      this.saving = false;
    }
  };

  #cancel = (): void => {
    clearTimeout(this.#timer);
    this.draft = undefined;
    this.wrong = "";
  };
}

function draftOf(rule: Recharge): Draft {
  return {
    enabled: rule.enabled,
    threshold: rule.threshold,
    mode: rule.target === undefined ? "amount" : "target",
    fill: rule.target ?? rule.amount ?? "",
    monthly: rule.monthly_limit && isPositive(rule.monthly_limit) ? rule.monthly_limit : "",
    method: rule.payment_method ?? "",
  };
}

define("scrip-recharge", ScripRecharge);
