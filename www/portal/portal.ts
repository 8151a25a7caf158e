// <scrip-portal>: all of it, in one element. Import this file, or load it as a script; nothing else is needed.

import "./activity.ts";
import "./codes.ts";
import "./lists.ts";
import "./methods.ts";
import "./overview.ts";
import "./payments.ts";
import "./pieces.ts";
import "./recharge.ts";
import "./topup.ts";

import { css, html, nothing, type TemplateResult } from "lit";
import { literal, type StaticValue, html as staticHtml } from "lit/static-html.js";
import type { EngineSource } from "./engine.ts";
import type { Told } from "./fold.ts";
import { type Content, define, PARTS, Piece } from "./piece.ts";
import type { PartName } from "./store.ts";
import type { Branding } from "./types.ts";

export { Client, type FetchToken, fromFragment, Problem, type Scope, type Token } from "./client.ts";
export { Piece } from "./piece.ts";
export { Store, storeOf } from "./store.ts";
export * as view from "./view.ts";
export { Words } from "./words.ts";

const TAGS: Record<string, StaticValue> = {
  overview: literal`scrip-overview`,
  topup: literal`scrip-topup`,
  running: literal`scrip-running`,
  activity: literal`scrip-activity`,
  usage: literal`scrip-usage`,
  credits: literal`scrip-credits`,
  recharge: literal`scrip-recharge`,
  methods: literal`scrip-methods`,
  payments: literal`scrip-payments`,
  redeem: literal`scrip-redeem`,
  limits: literal`scrip-limits`,
};

const MAIN = ["running", "activity", "usage", "credits", "payments"];
const SIDE = ["recharge", "methods", "redeem", "limits"];

export class ScripPortal extends Piece {
  static override properties = {
    ...Piece.properties,
    sections: {},
    supportUrl: { attribute: "support-url" },
    termsUrl: { attribute: "terms-url" },
    privacyUrl: { attribute: "privacy-url" },
    engine: {},
  };
  static override styles = [
    ...Piece.styles,
    css`
      :host {
        container-type: inline-size;
        color-scheme: inherit;
      }
      .all {
        display: grid;
        gap: var(--gap);
        min-width: 0;
      }
      .columns,
      .top {
        display: grid;
        gap: var(--gap);
        align-items: start;
        min-width: 0;
      }
      .column {
        display: grid;
        gap: var(--gap);
        align-content: start;
        min-width: 0;
      }
      @container (min-width: 52rem) {
        .columns.two,
        .top.two {
          grid-template-columns: minmax(0, 1fr) minmax(18rem, 22rem);
        }
        .top.two {
          align-items: stretch;
        }
      }
      footer {
        display: flex;
        flex-wrap: wrap;
        gap: 0.5rem 1.5rem;
      }
      footer a {
        color: var(--muted);
      }
      .expired {
        position: sticky;
        top: 0.5rem;
        z-index: 1;
      }
    `,
  ];

  /** Which cards are shown, by their names, and no others; all of them where nothing is said. */
  declare sections: string | undefined;
  declare supportUrl: string | undefined;
  declare termsUrl: string | undefined;
  declare privacyUrl: string | undefined;
  /**
   * Where the engine is loaded from, which folds the balances and checks receipts by the code that writes them: the deployment's own, unless
   * said otherwise; `none` for a page that does without.
   */
  declare engine: EngineSource | undefined;

  protected readonly needs: readonly PartName[] = [];

  /** How far the engine has folded the wallet, and whether it agreed with the server; nothing where it has not. */
  get folded(): Told | undefined {
    return this.data?.fold.told;
  }

  protected override updated(): void {
    super.updated();
    if (this.data && this.engine !== undefined) this.data.engine = this.engine;
  }

  #has(name: string): boolean {
    const { sections } = this;
    return sections === undefined || sections.split(/\s+/).includes(name);
  }

  get #shown(): string[] {
    return Object.keys(TAGS).filter((name) => this.#has(name));
  }

  /** A figure leads to the card that shows what it is made of; also the focus does, so that a keyboard goes on from there. */
  #lead = ({ detail }: CustomEvent<string>): void => {
    const heading = this.renderRoot
      .querySelector<Piece>(`#scrip-${detail}`)
      ?.renderRoot.querySelector<HTMLElement>(".heading");
    if (!heading) return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    const smooth = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    heading.scrollIntoView({ block: "start", behavior: smooth ? "smooth" : "auto" });
  };

  protected override render(): Content {
    const [main, side] = [MAIN, SIDE].map((names) => names.filter((name) => this.#has(name)));
    const top = ["overview", "topup"].filter((name) => this.#has(name));
    return html`<div class="all" @scrip-lead=${this.#lead} dir=${this.words.direction} lang=${this.words.locale}>
      <slot name="logo"></slot>
      <slot name="header"></slot>
      ${this.data?.connection === "expired" ? this.#expired() : this.#notice()}
      ${top.length > 0 ? html`<div class="top ${this.#shows("topup") && top.length > 1 ? "two" : ""}">${top.map((name) => this.#section(name))}</div>` : nothing}
      <div class="columns ${main?.length && side?.length ? "two" : ""}">
        ${[main, side].map((names) => (names?.length ? html`<div class="column">${names.map((name) => this.#section(name))}</div>` : nothing))}
      </div>
      ${this.#footer()}
    </div>`;
  }

  /** The page around may want to look the same. */
  protected override branded(branding: Branding): void {
    this.emit("branding", branding);
  }

  /** A link of the page's own, or of the platform's record; only of the web, so that none of them can run here. */
  #link(own: string | undefined, known: string | null | undefined): string | undefined {
    return own ?? (known && /^https:\/\//i.test(known) ? known : undefined);
  }

  get #support(): string | undefined {
    return this.#link(this.supportUrl, this.branding?.links.support_url);
  }

  /** What the token may not see leaves no hole where it would stand. */
  #shows(part: "topup"): boolean {
    return this.data?.part("packs").state !== "absent" && (this.data?.may(part) ?? true);
  }

  #expired(): TemplateResult {
    return html`<div class="notice expired" part="notice" role="alert">
      <p>${this.say("expired")}</p>
      <button type="button" part="button" @click=${() => location.reload()}>${this.say("reload")}</button>
    </div>`;
  }

  #notice(): TemplateResult {
    const supportUrl = this.#support;
    const isFrozen = (this.data?.value("wallet")?.freezes ?? []).length > 0;
    const support = html`<a class="button" part="button" href=${supportUrl ?? ""} target="_blank" rel="noopener noreferrer">${this.say("support")}</a>`;
    return html`<scrip-low-notice .store=${this.data} .locale=${this.locale} .messages=${this.messages} .units=${this.units}
      .unitName=${this.unitName} exportparts=${PARTS}>${isFrozen && supportUrl ? support : nothing}</scrip-low-notice>`;
  }

  #section(name: string): Content {
    const tag = TAGS[name];
    if (tag === undefined) return nothing;
    const id = `scrip-${name}`;
    const empty = html`<slot name="empty-activity" slot="empty-activity"><p>${this.say("activity.none")}</p></slot>`;
    return staticHtml`<${tag} id=${id} .sections=${this.#shown} .store=${this.data} .locale=${this.locale} .messages=${this.messages} .units=${this.units}
      .unitName=${this.unitName} .headingLevel=${this.headingLevel} .engine=${this.engine}
      .quiet=${name !== this.#shown[0]} exportparts=${PARTS}
      >${name === "activity" ? empty : nothing}</${tag}>` as TemplateResult;
  }

  #footer(): TemplateResult {
    const links = [
      [this.#link(this.termsUrl, this.branding?.links.terms_url), this.say("terms")],
      [this.#link(this.privacyUrl, this.branding?.links.privacy_url), this.say("privacy")],
      [this.#support, this.say("support")],
    ] as const;
    return html`<footer class="small">
      ${links.map(([url, text]) => (url ? html`<a href=${url} target="_blank" rel="noopener noreferrer">${text}</a>` : nothing))}
      <slot name="footer"></slot>
    </footer>`;
  }
}

define("scrip-portal", ScripPortal);
