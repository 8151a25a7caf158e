// The elements of the portal. Importing this module defines them; it is for browsers only.

/** What `POST /v1/customers/{id}/tokens` answers; your own server hands it on as it is. */
export interface Token {
  token: string;
  customer_id?: string;
  scopes?: readonly ("read" | "topup" | "recharge" | "methods" | "authorize")[];
}

/** Brings a token of the customer who is signed in; asked again whenever one has ended. */
export type FetchToken = () => Promise<Token | string>;

/** What the API said no to; `status` is 0 where nobody answered. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string | undefined;
  readonly errors: Record<string, string[]>;
}

/** What an address brings in its fragment, as a token, once; the fragment is erased. */
export function fromFragment(endpoint: string): FetchToken | undefined;

/** What every element of the portal has. */
export interface PieceElement extends HTMLElement {
  /** Where the API is: the origin of the deployment. */
  endpoint: string;
  /** Whose wallet it is, where the token does not say. */
  customer: string;
  /** The page's language where nothing is said. */
  locale: string | undefined;
  theme: "light" | "dark" | undefined;
  /** Of the cards' headings, from 1 to 6. */
  headingLevel: number;
  /** What the asset that is no currency is called. */
  unitName: string | undefined;
  /** Sentences of your own, by their keys. */
  messages: Record<string, string | Partial<Record<Intl.LDMLPluralRule, string>>> | undefined;
  units: Record<string, { label?: string; symbol?: string }> | undefined;
  fetchToken: FetchToken | undefined;
}

/** Folds balances and checks receipts by the code of the server: the module `scrip-wallet` is one. */
export interface Engine {
  init?(): Promise<void>;
  // biome-ignore lint/suspicious/noExplicitAny: whoever implements it says what it takes.
  verifyReceipt?(receipt: any): { valid: boolean };
  // biome-ignore lint/suspicious/noExplicitAny: likewise.
  foldMoves?(state: string, moves: readonly any[], at: Date): any;
}

/** `<scrip-portal>` */
export class ScripPortal extends HTMLElement implements PieceElement {
  endpoint: string;
  customer: string;
  locale: string | undefined;
  theme: "light" | "dark" | undefined;
  headingLevel: number;
  unitName: string | undefined;
  messages: PieceElement["messages"];
  units: PieceElement["units"];
  fetchToken: FetchToken | undefined;
  /** Which cards are shown, by their names; all of them where nothing is said. */
  sections: string | undefined;
  supportUrl: string | undefined;
  termsUrl: string | undefined;
  privacyUrl: string | undefined;
  /**
   * The address of the engine, or `() => import("scrip-wallet")`: `assets/engine.js` of the deployment, unless said otherwise. It is loaded
   * once there is something to fold, or when the first receipt is opened. With `none` the page does without it.
   */
  engine: string | (() => Promise<Engine>) | undefined;
  /** How far the engine has folded: for how many entries it agreed with the server, and how often not. Nothing without the engine. */
  readonly folded: { seq: number; agreed: number; differed: number } | undefined;
}

declare global {
  interface HTMLElementTagNameMap {
    "scrip-portal": ScripPortal;
    "scrip-balance": PieceElement & { asset: string | undefined };
    "scrip-low-notice": PieceElement;
    "scrip-topup": PieceElement;
    "scrip-usage-meter": PieceElement & { budget: string | undefined };
    "scrip-overview": PieceElement;
    "scrip-running": PieceElement;
    "scrip-activity": PieceElement;
    "scrip-usage": PieceElement;
    "scrip-credits": PieceElement;
    "scrip-recharge": PieceElement;
    "scrip-methods": PieceElement;
    "scrip-payments": PieceElement;
    "scrip-redeem": PieceElement;
    "scrip-limits": PieceElement;
  }

  interface HTMLElementEventMap {
    "scrip:topup": CustomEvent<{ id: string; status: string }>;
    "scrip:depleted": CustomEvent<{ kind: "empty" | "overdrawn" }>;
    /** How the platform wants it to look, as `GET /v1/accounts/self/branding` answers. */
    "scrip:branding": CustomEvent<{
      name: string | null;
      logo_url: string | null;
      links: Record<string, string | null>;
    }>;
    "scrip:error": CustomEvent<{ error: unknown }>;
  }
}
