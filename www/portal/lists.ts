// <scrip-running>, <scrip-credits>, <scrip-usage>, <scrip-limits>: the lists that the figures open into.

import { html, nothing, type TemplateResult } from "lit";
import { compare, isPositive, percent, sum } from "./decimal.ts";
import { type Content, define, Piece } from "./piece.ts";
import { meterOf } from "./pieces.ts";
import type { PartName } from "./store.ts";
import type { Account, Budget, BudgetValue, Entry, Grant, Hold } from "./types.ts";
import {
  type Dimension,
  isLive,
  isSpending,
  lastHour,
  type PartOfEntry,
  rowsOf,
  rowsOfBudget,
  rowsOfGrant,
  type Share,
  shares,
} from "./view.ts";

const HOLDS_MOST = 20;
const SHARES_MOST = 8;
const ROWS_MOST = 20;

/** The rows that a figure is made of, each with its part of it. */
function rowsIn(piece: Piece, rows: readonly PartOfEntry[], asset: string, about: (entry: Entry) => string): Content {
  const row = ({ entry, amount }: PartOfEntry) => html`<div>
    <dt>${piece.time(entry.at)} ${about(entry)}</dt>
    <dd class="number">${piece.words.exact(amount, asset)}</dd>
  </div>`;
  return html`<div class="tight small details">
    <dl class="pairs">${rows.slice(0, ROWS_MOST).map(row)}</dl>
    ${rows.length > ROWS_MOST ? html`<p class="muted">${piece.say("usage.more", { n: rows.length - ROWS_MOST })}</p>` : nothing}
  </div>`;
}

/** Whose work an entry was, by what the platform calls that one; or what was said of it. */
const whoOf = ({ words }: Piece, { subject, note }: Entry): string =>
  subject === undefined ? (note ?? "") : words.label("agents", subject);

/** From when on the entries are here, where older ones are not. */
function sinceOf(piece: Piece): Content {
  const oldest = piece.data?.value("entries")?.at(-1);
  if (oldest === undefined || piece.data?.older === null) return nothing;
  return html`<p class="small muted">${piece.say("usage.since", { when: piece.words.when(oldest.at) })}</p>`;
}

/** Calls that run now, and what is put aside for each; and what was spent in the last hour. */
export class ScripRunning extends Piece {
  protected readonly needs: readonly PartName[] = ["holds", "entries"];
  #timer: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    // The times tick; nothing is asked for it.
    this.#timer = setInterval(() => {
      if ((this.data?.value("holds") ?? []).length > 0) this.requestUpdate();
    }, 1000);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  protected override render(): Content {
    const content = this.loaded(this.data?.part("holds") ?? { state: "loading" }, (holds) => this.#content(holds), 2);
    if (content === nothing) return nothing;
    const count = this.data?.value("holds")?.length ?? 0;
    return this.card(
      "running",
      this.say("running"),
      content,
      count > 0 ? html`<span class="tag accent number">${count}</span>` : nothing,
    );
  }

  #content(holds: Hold[]): Content {
    const spent = (this.data?.value("wallet")?.accounts ?? []).map((account) => this.#lastHour(account));
    if (holds.length === 0) return html`<p class="muted">${this.say("running.none")}</p>${spent}`;
    return html`<ul class="lines">${holds.slice(0, HOLDS_MOST).map((hold) => this.#hold(hold))}</ul>${spent}`;
  }

  /** A sum in words; the chart beside it says nothing else. */
  #lastHour({ id, asset }: Account): Content {
    const parts = lastHour(this.data?.value("entries") ?? [], id, this.data?.now() ?? new Date());
    const total = sum(parts);
    if (!isPositive(total)) return nothing;
    const most = parts.reduce((a, b) => (compare(a, b) < 0 ? b : a));
    return html`<div class="between hour">
      <span class="small muted">${this.say("running.hour")}</span>
      <span class="row">
        <span class="spark" part="chart" aria-hidden="true">${parts.map((one) => html`<span .style=${`height:${percent(one, most)}%`}></span>`)}</span>
        ${this.amount(total, asset, { name: "strong" })}
      </span>
    </div>`;
  }

  #hold(hold: Hold): TemplateResult {
    const now = (this.data?.now() ?? new Date()).getTime();
    const since = this.say("running.since", { span: this.words.span((now - Date.parse(hold.authorized_at)) / 1000) });
    const left = (Date.parse(hold.expires_at) - now) / 1000;
    return html`<li class="between">
      <div>
        <span class="strong">${hold.subject === undefined ? this.say("running.unnamed") : this.words.label("agents", hold.subject)}</span>
        <p class="small muted">${since}${left > 0 ? `, ${this.say("running.ends", { span: this.words.span(left) })}` : ""}</p>
      </div>
      <div class="tight">
        ${hold.amounts.map((one) =>
          isPositive(one.captured)
            ? html`<span class="figures">${this.say("running.spent", { spent: this.words.money(one.captured, one.asset), held: this.words.money(one.authorized, one.asset) })}</span>`
            : this.amount(one.amount, one.asset, { name: "strong" }),
        )}
      </div>
    </li>`;
  }
}

/** Credit in the order in which it is spent; what is over is folded away, and never gone. */
export class ScripCredits extends Piece {
  protected readonly needs: readonly PartName[] = ["grants", "entries"];

  protected override render(): Content {
    const part = this.data?.part("grants") ?? { state: "loading" as const };
    const content = this.loaded(part, (grants) => this.#content(grants));
    return content === nothing ? nothing : this.card("credits", this.say("credits"), content);
  }

  #content(grants: Record<string, Grant[]>): Content {
    const accounts = (this.data?.value("wallet")?.accounts ?? []).filter((one) => (grants[one.id] ?? []).length > 0);
    if (accounts.length === 0) return html`<p class="muted">${this.say("credits.none")}</p>`;
    return html`<p class="small muted">${this.say("credits.order")}</p>
      ${accounts.map((one) => this.#account(one, grants[one.id] ?? [], accounts.length > 1))}`;
  }

  #account(account: Account, grants: Grant[], isNamed: boolean): TemplateResult {
    const now = this.data?.now() ?? new Date();
    const live = grants.filter((one) => isLive(one, now));
    const over = grants.filter((one) => !isLive(one, now));
    const next = live.find((one) => isPositive(one.available) && Date.parse(one.effective_at) <= now.getTime());
    return html`<div class="stack">
      ${isNamed ? html`<p class="label">${this.words.unit(account.asset)}</p>` : nothing}
      <ol class="lines">${live.map((one) => this.#grant(one, account.asset, one === next))}</ol>
      ${
        over.length > 0
          ? html`<details class="fold small"><summary>${this.say("credits.used", { n: over.length })}</summary>
              <ol class="lines">${over.map((one) => this.#over(one, account.asset))}</ol></details>`
          : nothing
      }
    </div>`;
  }

  #grant(one: Grant, asset: string, isNext: boolean): TemplateResult {
    const left = { left: this.words.money(one.available, asset), original: this.words.money(one.original, asset) };
    const terms = [
      Date.parse(one.effective_at) > (this.data?.now() ?? new Date()).getTime()
        ? this.say("credits.from", { when: this.words.when(one.effective_at) })
        : "",
      one.expires_at ? this.say("credits.until", { when: this.words.when(one.expires_at) }) : this.say("credits.never"),
      isPositive(one.held) ? this.say("credits.held", { amount: this.words.money(one.held, asset) }) : "",
    ].filter((text) => text !== "");
    const part = percent(sum([one.available, one.held]), one.original);
    return html`<li><details class="entry">
      <summary>
        <span class="tight">
          <span><span class="strong">${this.words.known("purpose", one.purpose)}</span>
            ${isNext ? html` <span class="tag accent">${this.say("credits.next")}</span>` : nothing}</span>
          <span class="bar" part="chart" aria-hidden="true"><span .style=${`width:${part}%`}></span></span>
          <span class="small muted">${terms.join(", ")}</span>
        </span>
        <span class="sums figures">${this.say("credits.left", left)}</span>
      </summary>
      ${this.#rows(one, asset)}
    </details></li>`;
  }

  /** What it came in with, and what was paid by it: together they are what is left. */
  #rows(one: Grant, asset: string): Content {
    const about = (entry: Entry) => {
      const what = entry.what ?? entry.type;
      return [this.words.known("what", what, what), whoOf(this, entry)].filter((text) => text !== "").join(", ");
    };
    const rows = rowsOfGrant(this.data?.value("entries") ?? [], one.id);
    return html`${rows.length > 0 ? rowsIn(this, rows, asset, about) : nothing}${sinceOf(this)}`;
  }

  #over(one: Grant, asset: string): TemplateResult {
    const isExpired =
      one.expires_at !== null && Date.parse(one.expires_at) <= (this.data?.now() ?? new Date()).getTime();
    return html`<li><details class="entry muted">
      <summary>
        <span>${this.words.known("purpose", one.purpose)}, ${this.say(isExpired ? "credits.expired" : "credits.consumed")}</span>
        <span class="sums number">${this.words.money(one.original, asset)}</span>
      </summary>
      ${this.#rows(one, asset)}
    </details></li>`;
  }
}

const BY: readonly Dimension[] = ["note", "model", "event", "day"];
const LABELS = { note: "agents", model: "models", event: "events" } as const;

/** Where the credits went, by who or what spent them. */
export class ScripUsage extends Piece {
  static override properties = { ...Piece.properties, by: {}, account: { state: true } };
  declare by: Dimension;
  declare account: string;
  protected readonly needs: readonly PartName[] = ["entries"];

  constructor() {
    super();
    this.by = "note";
    this.account = "";
  }

  protected override render(): Content {
    const content = this.loaded(this.data?.part("entries") ?? { state: "loading" }, (entries) =>
      this.#content(entries),
    );
    return content === nothing ? nothing : this.card("usage", this.say("usage"), content, this.#choice());
  }

  /** Only what the rows say: a choice that shows one nameless bar would be none. */
  #dimensions(): Dimension[] {
    const entries = (this.data?.value("entries") ?? []).filter(isSpending);
    return BY.filter((by) =>
      by === "model" ? entries.some((one) => one.model) : by === "event" ? entries.some((one) => one.event_type) : true,
    );
  }

  #choice(): Content {
    if (!(this.data?.value("entries") ?? []).some(isSpending)) return nothing;
    const choose = (event: Event) => {
      this.by = (event.target as HTMLSelectElement).value as Dimension;
    };
    return html`<div class="row small">
      <label for="by">${this.say("usage.by")}</label>
      <select id="by" part="field" class="narrow" @change=${choose}>
        ${this.#dimensions().map((one) => html`<option value=${one} ?selected=${this.by === one}>${this.say(`usage.by.${one}`)}</option>`)}
      </select>
    </div>`;
  }

  #content(entries: Entry[]): Content {
    const accounts = (this.data?.value("wallet")?.accounts ?? []).filter(
      (one) => shares(entries, one.id, this.by).length > 0,
    );
    if (accounts.length === 0) return html`<p class="muted">${this.say("usage.none")}</p>`;
    return html`${accounts.map((one) => this.#table(one, shares(entries, one.id, this.by), accounts.length > 1))}
      ${sinceOf(this)}`;
  }

  /** A list that is its own chart: the bar repeats what the row says in words. */
  #table(account: Account, all: Share[], isNamed: boolean): TemplateResult {
    const total = sum(all.map((one) => one.amount));
    const shown = all.slice(0, SHARES_MOST);
    return html`<div class="tight">
      ${isNamed ? html`<p class="label">${this.words.unit(account.asset)}</p>` : nothing}
      <div class="lines" part="table">${shown.map((one) => this.#share(one, account, total))}</div>
    </div>`;
  }

  #share(one: Share, account: Account, total: string): TemplateResult {
    const { asset } = account;
    const part = percent(one.amount, total);
    const named = () =>
      this.by === "day" ? `${this.words.day(one.name, true)} UTC` : this.words.label(LABELS[this.by], one.name);
    const name = one.name === "" ? this.say("usage.other") : named();
    return html`<details class="entry">
      <summary>
        <span class="tight">
          <span class="strong">${name}</span>
          <span class="bar" part="chart" aria-hidden="true"><span .style=${`width:${part}%`}></span></span>
          <span class="small muted">${this.say("usage.calls", { n: one.count })}, ${this.say("usage.share", { share: part })}</span>
        </span>
        <span class="sums">${this.amount(one.amount, asset)}</span>
      </summary>
      ${this.#rows(one, account)}
    </details>`;
  }

  /** What a row was, beside what all rows of its share have in common. */
  #about(entry: Entry): string {
    const { words } = this;
    const { event_type: event, model } = entry;
    const parts = [
      this.by === "note" ? "" : whoOf(this, entry),
      event && this.by !== "event" ? words.label("events", event) : "",
      model && this.by !== "model" ? words.label("models", model) : "",
    ];
    return parts.filter((text) => text !== "").join(", ");
  }

  /** The rows that a share is the sum of. */
  #rows(one: Share, { id, asset }: Account): Content {
    const rows = rowsOf(this.data?.value("entries") ?? [], id, this.by, one.name);
    return rowsIn(this, rows, asset, (entry) => this.#about(entry));
  }
}

/** Budgets: what may be spent within a time, by whom. */
export class ScripLimits extends Piece {
  protected readonly needs: readonly PartName[] = ["budgets", "entries"];

  protected override render(): Content {
    const content = this.loaded(
      this.data?.part("budgets") ?? { state: "loading" },
      (budgets) => this.#content(budgets),
      2,
    );
    return content === nothing ? nothing : this.card("limits", this.say("limits"), content);
  }

  #content(budgets: Budget[]): Content {
    if (budgets.length === 0) return html`<p class="muted">${this.say("limits.none")}</p>`;
    return html`<ul class="lines">${budgets.map((one) => this.#budget(one))}</ul>`;
  }

  #budget(one: Budget): TemplateResult {
    const about = [
      one.each ? this.say("limits.each", { each: one.each === "subject" ? this.say("usage.by.note") : one.each }) : "",
      this.words.known("window", one.window),
      one.window_ends_at ? this.say("limits.until", { when: this.words.when(one.window_ends_at) }) : "",
      one.on_exceeded === "warn" ? this.say("limits.warns") : "",
    ].filter((text) => text !== "");
    const values = one.values?.items ?? [];
    const isPlain = one.window === "call" || (one.each !== undefined && one.each !== null);
    return html`<li class="tight">
      ${isPlain ? html`<div class="between"><span class="strong">${one.name ?? one.code}</span>${this.amount(one.limit, one.asset)}</div>` : this.#meter(one)}
      <p class="small muted">${about.join(", ")}</p>
      ${values.map((value) => this.#meter(one, value))}
    </li>`;
  }

  /** How far it is used, and the rows that add up to that. */
  #meter(one: Budget, value?: BudgetValue): TemplateResult {
    const rows = rowsOfBudget(this.data?.value("entries") ?? [], one, value);
    return html`${meterOf(this, one, value)}
      ${
        rows.length > 0
          ? html`<details class="fold small"><summary>${this.say("explain")}</summary>${rowsIn(this, rows, one.asset, (entry) => whoOf(this, entry))}</details>`
          : nothing
      }`;
  }
}

define("scrip-running", ScripRunning);
define("scrip-credits", ScripCredits);
define("scrip-usage", ScripUsage);
define("scrip-limits", ScripLimits);
