// <scrip-overview>: how much can be spent, what is held, how long it lasts. Each figure opens into what it is made of.

import { css, html, nothing, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { isNegative, isPositive, isZero, percent } from "./decimal.ts";
import { type Content, define, Piece } from "./piece.ts";
import type { PartName } from "./store.ts";
import type { Account } from "./types.ts";
import { endingNext, paceOf, restrictedOf, spentToday } from "./view.ts";

/** Which card shows what each figure is made of. */
const LEADS = {
  held: "running",
  restricted: "credits",
  total: "credits",
  overdraft: "limits",
  runway: "usage",
  "spent.today": "activity",
  expiring: "credits",
} as const;

/** A screen reader is told of a new balance so often at most: it is told in sentences, and calls come by the second. */
const TOLD_MS = 15_000;

export class ScripOverview extends Piece {
  static override styles = [
    ...Piece.styles,
    css`
      .headline {
        display: block;
        font-size: clamp(2.125rem, 7cqi, 2.875rem);
        font-weight: 680;
        line-height: 1.1;
        letter-spacing: -0.025em;
      }
      .state {
        display: inline-flex;
        gap: 0.4rem;
        align-items: center;
      }
      .dot {
        flex: none;
        width: 0.5rem;
        height: 0.5rem;
        border: 1px solid transparent;
        border-radius: 50%;
        background: var(--muted);
      }
      .live .dot {
        background: var(--success);
      }
      /* Figures of before stay, and are told from those of now; still easy to read. */
      .old .headline {
        color: var(--muted);
      }
      .account + .account {
        padding-top: var(--gap);
        border-top: 1px solid var(--border);
      }
      :host {
        container-type: inline-size;
      }
    `,
  ];

  static override properties = { ...Piece.properties, sections: { attribute: false } };
  /** The cards beside this one, to which its figures lead; none where it stands alone. */
  declare sections: readonly string[] | undefined;

  protected readonly needs: readonly PartName[] = ["entries", "grants"];
  /** What stood here last, by account, and whether it has ever changed: the first figure of all is no news. */
  #before = new Map<string, { value: string; moved: boolean }>();
  #told = "";
  #toldAt = 0;

  protected override render(): Content {
    const store = this.data;
    const content = this.loaded(store?.part("wallet") ?? { state: "loading" }, (wallet) =>
      wallet.accounts.length === 0
        ? html`<p class="muted">${this.say("credits.none")}</p>`
        : html`<div class="stack ${store?.connection === "live" ? "" : "old"}">${wallet.accounts.map((one) => this.#account(one))}</div>`,
    );
    const isFirst = store?.value("wallet") === undefined && store?.part("wallet").state !== "failed";
    return this.card(
      "overview",
      this.say("title"),
      isFirst && !this.#isSlow ? this.#skeleton() : content,
      this.#state(),
    );
  }

  get #isSlow(): boolean {
    const store = this.data;
    return store !== undefined && (store.connection === "expired" || Date.now() - store.began >= 8000);
  }

  /** Of the size of what will stand here, so that nothing jumps. */
  #skeleton(): TemplateResult {
    return html`<div class="skeleton" role="status"><span class="sr">${this.say("loading")}</span>
      <i class="tall"></i><i></i><i></i><i></i></div>`;
  }

  #state(): Content {
    const store = this.data;
    if (store === undefined || store.updated === undefined) return nothing;
    const isLive = store.connection === "live";
    const text = isLive
      ? this.say(store.watched ? "live" : "live.polled")
      : store.connection === "lost"
        ? this.say("lost", { time: this.words.clock(store.updated) })
        : "";
    return html`<span class="state small muted ${isLive ? "live" : ""}" part="status">
      ${text ? html`<span class="dot" aria-hidden="true"></span>${text}` : nothing}
      <span class="sr" role="status" aria-live="polite">${this.#announced()}</span>
    </span>`;
  }

  #announced(): string {
    const [account] = this.data?.value("wallet")?.accounts ?? [];
    if (account === undefined) return "";
    const sentence = `${this.say("available")}: ${this.words.money(account.available, account.asset, { places: 2 })}`;
    const state = this.data?.connection ?? "";
    if (Date.now() - this.#toldAt >= TOLD_MS && sentence !== this.#told) {
      this.#told = sentence;
      this.#toldAt = Date.now();
    }
    return state === "lost" ? this.say("offline") : this.#told;
  }

  #account(account: Account): TemplateResult {
    const { asset } = account;
    const several = (this.data?.value("wallet")?.accounts.length ?? 0) > 1;
    const label = several ? this.say("available.of", { asset: this.words.unit(asset) }) : this.say("available");
    const named = account.name === "default" ? label : `${label} (${account.name})`;
    // Whole cents are enough to read; what is below one is not hidden, or it would look like nothing.
    const places = isZero(account.available) || !isSmall(account.available) ? { places: 2 } : {};
    return html`<div class="stack account">
      <div>
        <p class="muted">${named}</p>
        <p part="balance" class="headline ${isNegative(account.available) ? "danger" : ""}" data-account=${account.id}>
          ${keyed(account.available, this.amount(account.available, asset, { ...places, name: this.#moved(account) }))}
        </p>
      </div>
      ${this.#bar(account)} ${this.#facts(account)} ${this.#explained(account)}
    </div>`;
  }

  /** The figure is made anew when it changes, and only then: so it lights up once, however often the card is drawn. */
  #moved({ id, available }: Account): string {
    const known = this.#before.get(id) ?? { value: available, moved: false };
    const moved = known.moved || known.value !== available;
    this.#before.set(id, { value: available, moved });
    return moved ? "changed" : "";
  }

  #bar(account: Account): Content {
    if (!isPositive(account.balance)) return nothing;
    const [held, restricted] = [
      percent(account.held, account.balance),
      percent(restrictedOf(account), account.balance),
    ];
    const available = Math.max(0, 100 - held - restricted);
    return html`<div class="bar" part="chart" aria-hidden="true">
      <span .style=${`width:${available}%`}></span>
      ${held > 0 ? html`<span class="held" .style=${`width:${held}%`}></span>` : nothing}
      ${restricted > 0 ? html`<span class="restricted" .style=${`width:${restricted}%`}></span>` : nothing}
    </div>`;
  }

  #facts(account: Account): TemplateResult {
    const { asset } = account;
    const money = (value: string) => this.amount(value, asset);
    const at = this.data?.now() ?? new Date();
    const entries = this.data?.value("entries") ?? [];
    const allHere = this.data?.older === null && this.data.part("entries").state === "ready";
    const pace = paceOf(account, entries, at, allHere);
    const today = entries.length > 0 ? spentToday(account, entries, at, allHere) : undefined;
    const ending = endingNext(this.data?.value("grants")?.[account.id] ?? [], at);
    const restricted = restrictedOf(account);
    return html`<dl class="facts">
      ${this.#fact("held", money(account.held))}
      ${isZero(restricted) ? nothing : this.#fact("restricted", money(restricted))}
      ${this.#fact("total", money(account.balance))}
      ${isZero(account.overdraft) ? nothing : this.#fact("overdraft", money(account.overdraft))}
      ${pace ? this.#fact("runway", this.say("runway.about", { span: this.words.span(pace.seconds) })) : nothing}
      ${today && isPositive(today) ? this.#fact("spent.today", money(today), "UTC") : nothing}
      ${ending ? this.#fact("expiring", money(ending.amount), this.time(ending.at)) : nothing}
    </dl>`;
  }

  /** A figure leads to the card that shows what it is made of, where there is one. */
  #fact(key: keyof typeof LEADS, value: TemplateResult | string, note: TemplateResult | string = ""): TemplateResult {
    const section = LEADS[key];
    const lead = () =>
      this.dispatchEvent(new CustomEvent("scrip-lead", { detail: section, bubbles: true, composed: true }));
    const figure = this.sections?.includes(section)
      ? html`<button type="button" class="figure" @click=${lead}>${value}</button>`
      : value;
    return html`<div>
      <dt>${this.say(key)}</dt>
      <dd>${figure}${note ? html`<span class="small muted">${note}</span>` : nothing}</dd>
    </div>`;
  }

  /** Every term is one that the reader finds below, in the rows that made it. */
  #explained(account: Account): TemplateResult {
    const exact = (value: string) => this.words.exact(value, account.asset);
    const restricted = restrictedOf(account);
    const values = {
      total: exact(account.balance),
      held: exact(account.held),
      restricted: exact(restricted),
      available: exact(account.available),
    };
    const grants = (this.data?.value("grants")?.[account.id] ?? []).filter(
      (one) => isPositive(one.available) || isPositive(one.held),
    );
    return html`<details class="fold small">
      <summary>${this.say("explain")}</summary>
      <div class="tight">
        <p>${this.say(isZero(restricted) ? "explain.plain" : "explain.equals", values)}</p>
        <dl class="pairs">
          ${grants.map(
            (one) => html`<div>
              <dt>${this.words.known("purpose", one.purpose)}, ${one.expires_at ? this.say("credits.until", { when: this.words.when(one.expires_at) }) : this.say("credits.never")}</dt>
              <dd class="number">${exact(one.available)}${isPositive(one.held) ? html` + ${exact(one.held)}` : nothing}</dd>
            </div>`,
          )}
        </dl>
      </div>
    </details>`;
  }
}

/** Below one unit. */
const isSmall = (amount: string): boolean => /^-?0(\.|$)/.test(amount);

define("scrip-overview", ScripOverview);
