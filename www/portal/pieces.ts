// The small pieces, for a corner of an app: what is available, a word when it is low, and how far a limit is used.

import { html, nothing, type TemplateResult } from "lit";
import { isPositive, percent, sum } from "./decimal.ts";
import { type Content, define, Piece } from "./piece.ts";
import type { PartName } from "./store.ts";
import type { Account, Budget } from "./types.ts";
import { endingNext, type Notice, noticeOf, paceOf } from "./view.ts";

/** <scrip-balance asset="USD">: what is available, inline. */
export class ScripBalance extends Piece {
  static override properties = { ...Piece.properties, asset: {} };
  declare asset: string | undefined;
  protected readonly needs: readonly PartName[] = [];

  protected override render(): Content {
    const accounts = this.data?.value("wallet")?.accounts ?? [];
    const account = accounts.find((one) => this.asset === undefined || one.asset === this.asset);
    if (account === undefined) return html`<span class="muted" part="balance">–</span>`;
    const isOld = this.data?.connection !== "live";
    return html`<span part="balance" class="strong ${isOld ? "muted" : ""}" dir=${this.words.direction}>${this.amount(account.available, account.asset, { places: 2 })}</span>`;
  }
}

/** What a notice says, in words. */
export function sentenceOf(piece: Piece, notice: Notice): string {
  const { words } = piece;
  switch (notice.kind) {
    case "frozen":
      return piece.say(notice.cause === "manual" ? "notice.frozen" : "notice.frozen.dispute");
    case "overdrawn":
      return piece.say("notice.overdrawn", { amount: words.money(notice.amount, notice.asset) });
    case "low":
      return piece.say("notice.low", {
        amount: words.money(notice.amount, notice.asset, { places: 2 }),
        span: words.span(notice.seconds),
      });
    case "expiring":
      return piece.say("notice.expiring", {
        amount: words.money(notice.amount, notice.asset),
        when: words.when(notice.at),
      });
    default:
      return piece.say(`notice.${notice.kind}`);
  }
}

/** The one notice of a wallet, by what is known of it now. */
export function noticeNow(piece: Piece): Notice | undefined {
  const store = piece.data;
  const wallet = store?.value("wallet");
  if (store === undefined || wallet === undefined) return undefined;
  const entries = store.value("entries");
  const grants = store.value("grants");
  const at = store.now();
  return noticeOf(
    {
      wallet,
      recharge: store.value("recharge"),
      pace: entries && ((account: Account) => paceOf(account, entries, at, store.older === null)),
      ending: grants && ((account: Account) => endingNext(grants[account.id] ?? [], at)),
    },
    at,
  );
}

/** <scrip-low-notice>: nothing, until there is something to say. */
export class ScripLowNotice extends Piece {
  protected readonly needs: readonly PartName[] = ["entries", "grants", "recharge"];
  #told = "";

  protected override noticed(): void {
    const kind = noticeNow(this)?.kind ?? "";
    if (kind === this.#told) return;
    this.#told = kind;
    if (kind === "empty" || kind === "overdrawn") this.emit("depleted", { kind });
  }

  protected override render(): Content {
    const notice = noticeNow(this);
    if (notice === undefined) return nothing;
    return html`<div class="notice" part="notice" role="status" dir=${this.words.direction}>
      <p>${sentenceOf(this, notice)}</p>
      ${this.#way(notice) ?? html`<slot></slot>`}
    </div>`;
  }

  /** What can be done about it at once. */
  #way(notice: Notice): TemplateResult | undefined {
    const url = "url" in notice ? notice.url : undefined;
    if (url === undefined) return undefined;
    const text = this.say(notice.kind === "recharge.action" ? "notice.confirm" : "recharge.by_hand");
    return html`<a class="button" part="button" target="_blank" rel="noopener noreferrer" href=${url}>${text}</a>`;
  }
}

/** A limit for each of something is told by what people call that. */
function named({ words }: Piece, { each }: Budget, value: string): string {
  const kinds = { subject: "agents", event_type: "events", model: "models", feature: "features" } as const;
  return each !== undefined && each in kinds ? words.label(kinds[each as keyof typeof kinds], value) : value;
}

/** One limit: a bar for the eye, and the same in words. */
export function meterOf(
  piece: Piece,
  budget: Budget,
  value?: { value?: string; spent: string; held: string },
): TemplateResult {
  const { words } = piece;
  const used = sum([value?.spent ?? budget.spent ?? "0", value?.held ?? budget.held ?? "0"]);
  const part = percent(used, budget.limit);
  const values = { used: words.money(used, budget.asset), limit: words.money(budget.limit, budget.asset) };
  return html`<div class="tight">
    <div class="between">
      <span class="strong">${value?.value === undefined ? (budget.name ?? budget.code) : named(piece, budget, value.value)}</span>
      <span class="small figures">${piece.say("limits.used", values)}</span>
    </div>
    <div class="bar" part="chart" aria-hidden="true"><span class=${part >= 100 ? "over" : ""} .style=${`width:${part}%`}></span></div>
    ${part >= 100 ? html`<span class="small danger">${piece.say("limits.over")}</span>` : nothing}
  </div>`;
}

/** <scrip-usage-meter budget="daily">: how far a limit is used; the first one where none is named. */
export class ScripUsageMeter extends Piece {
  static override properties = { ...Piece.properties, budget: {} };
  declare budget: string | undefined;
  protected readonly needs: readonly PartName[] = ["budgets"];

  protected override render(): Content {
    return this.loaded(
      this.data?.part("budgets") ?? { state: "loading" },
      (budgets) => {
        const found = budgets.find((one) => this.budget === undefined || one.code === this.budget);
        if (found === undefined || !isPositive(found.limit)) return nothing;
        return html`<div dir=${this.words.direction}>${meterOf(this, found)}</div>`;
      },
      1,
    );
  }
}

define("scrip-balance", ScripBalance);
define("scrip-low-notice", ScripLowNotice);
define("scrip-usage-meter", ScripUsageMeter);
