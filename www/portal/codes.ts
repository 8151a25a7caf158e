// <scrip-redeem>: a code, what it gives, and then its credit.

import { html, nothing, type TemplateResult } from "lit";
import { Problem } from "./client.ts";
import { type Content, define, Piece } from "./piece.ts";
import type { PartName } from "./store.ts";
import type { CodePreview } from "./types.ts";

export class ScripRedeem extends Piece {
  static override properties = {
    ...Piece.properties,
    code: { state: true },
    preview: { state: true },
    told: { state: true },
    wrong: { state: true },
    busy: { state: true },
  };
  declare code: string;
  declare preview: CodePreview | undefined;
  declare told: string;
  declare wrong: string;
  declare busy: boolean;

  protected readonly needs: readonly PartName[] = [];

  constructor() {
    super();
    this.code = "";
    this.told = "";
    this.wrong = "";
    this.busy = false;
  }

  protected override render(): Content {
    const store = this.data;
    if (store?.value("wallet") === undefined || !store.may("topup")) return nothing;
    return this.card("codes", this.say("codes"), this.preview ? this.#offer(this.preview) : this.#form());
  }

  #form(): TemplateResult {
    const input = (event: Event) => {
      this.code = (event.target as HTMLInputElement).value;
      this.wrong = "";
      this.told = "";
    };
    return html`<form class="stack" novalidate @submit=${this.#look}>
      <div class="tight">
        <label for="code">${this.say("codes.code")}</label>
        <input id="code" part="field" dir="ltr" autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="40"
          placeholder="XXXX-XXXX-XXXX-XXXX" .value=${this.code} aria-invalid=${this.wrong ? "true" : "false"}
          aria-describedby="code-note" @input=${input} />
        <p id="code-note" class="small ${this.wrong ? "danger" : "plus"}" role=${this.wrong ? "alert" : "status"}>
          ${this.wrong || this.told || nothing}
        </p>
      </div>
      <div><button part="button" ?disabled=${this.busy || !this.data?.writable}>${this.say("codes.preview")}</button></div>
    </form>`;
  }

  #offer(preview: CodePreview): TemplateResult {
    const has = preview.status === "redeemed";
    const back = () => {
      this.preview = undefined;
    };
    return html`<div class="stack">
      <div class="tight" role="status">
        <p class="strong">${this.say("codes.gives", { amount: this.words.money(preview.amount, preview.asset) })}</p>
        ${preview.description ? html`<p class="muted">${preview.description}</p>` : nothing}
        ${preview.expires_at ? html`<p class="small muted">${this.say("codes.until", { when: this.words.when(preview.expires_at) })}</p>` : nothing}
        ${has ? html`<p>${this.say("codes.have")}</p>` : nothing}
        ${this.wrong ? html`<p class="danger small" role="alert">${this.wrong}</p>` : nothing}
      </div>
      <div class="row">
        ${
          has
            ? nothing
            : html`<button class="primary" type="button" part="button" ?disabled=${this.busy || !this.data?.writable} @click=${this.#redeem}>
                ${this.say("codes.redeem")}
              </button>`
        }
        <button class="plain" type="button" part="button" @click=${back}>${this.say("recharge.cancel")}</button>
      </div>
    </div>`;
  }

  #look = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (this.code.trim() === "" || this.busy) return;
    await this.#ask(async (code) => {
      this.preview = await this.data?.client.call<CodePreview>("POST", "codes/preview", { body: { code } });
    });
  };

  #redeem = async (): Promise<void> => {
    await this.#ask(async (code) => {
      const given = await this.data?.client.call<CodePreview>("POST", "codes/redeem", { body: { code } });
      if (given) this.told = this.say("codes.done", { amount: this.words.money(given.amount, given.asset) });
      this.preview = undefined;
      this.code = "";
      await this.data?.again();
    });
  };

  async #ask(work: (code: string) => Promise<void>): Promise<void> {
    this.busy = true;
    this.wrong = "";
    try {
      await work(this.code.trim());
    } catch (error) {
      const isUnknown = error instanceof Problem && error.code === "code_not_redeemable";
      this.wrong = isUnknown ? this.say("codes.unknown") : this.reason(error);
    } finally {
      this.busy = false;
    }
  }
}

define("scrip-redeem", ScripRedeem);
