// How figures, times and sentences are written in the reader's language. Amounts reach Intl as strings, which it reads exactly.

import { compare, isNegative, isZero, negated, parse } from "./decimal.ts";
import { type Catalogue, catalogues, type MessageKey } from "./messages.ts";
import type { Branding, LabelKind } from "./types.ts";

export type Values = Record<string, string | number>;

/** What an asset that is no currency is called, by its code. */
export type Units = Record<string, { label?: string; symbol?: string }>;

export interface Settings {
  locale?: string | undefined;
  messages?: Partial<Catalogue> | undefined;
  units?: Units | undefined;
  /** What the platform calls things; what the page says comes before it. */
  branding?: Pick<Branding, "labels" | "units"> | undefined;
}

const RIGHT_TO_LEFT = /^(ar|fa|he|ps|ur|yi)\b/i;
const SMALLEST = "0.000001";

export class Words {
  readonly locale: string;
  readonly direction: "ltr" | "rtl";
  #catalogue: Catalogue;
  #own: Partial<Catalogue>;
  #units: Units;
  #labels: Partial<Branding["labels"]>;
  #currencies = new Set(Intl.supportedValuesOf("currency"));

  constructor({ locale, messages, units, branding }: Settings = {}) {
    const wanted = locale || "en";
    const language = wanted.split("-")[0]?.toLowerCase() ?? "en";
    const known = Object.hasOwn(catalogues, language);
    // Sentences and figures are of one language: an English sentence with German figures would be read wrongly.
    this.locale = known || messages ? wanted : "en";
    this.#catalogue = known ? (catalogues[language as keyof typeof catalogues] as Catalogue) : catalogues.en;
    this.#own = messages ?? {};
    this.#units = withOthers(units ?? {}, branding?.units ?? {});
    this.#labels = branding?.labels ?? {};
    this.direction = RIGHT_TO_LEFT.test(this.locale) ? "rtl" : "ltr";
  }

  /** A sentence; `{name}` stands for a value, and `n` chooses the plural. */
  say(key: MessageKey, values: Values = {}): string {
    const found = this.#own[key] ?? this.#catalogue[key];
    const text = typeof found === "string" ? found : this.#plural(found, values.n);
    return text.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = values[name];
      const written = typeof value === "number" ? new Intl.NumberFormat(this.locale).format(value) : (value ?? "");
      // In a sentence from right to left a figure is an island: else its currency and its sign would change sides.
      return this.direction === "rtl" ? `\u2068${written}\u2069` : written;
    });
  }

  #plural(forms: Partial<Record<Intl.LDMLPluralRule, string>>, n: string | number | undefined): string {
    const rule = new Intl.PluralRules(this.locale).select(Number(n ?? 0));
    return forms[rule] ?? forms.other ?? "";
  }

  /** A word of the API, such as `hold_expired`, in this language; what a later server says stays readable. */
  known(prefix: string, word: string, otherwise?: string): string {
    const key = `${prefix}.${word}`;
    if (key in this.#catalogue) return this.say(key as MessageKey);
    return otherwise ?? word.replaceAll("_", " ");
  }

  /** What people call something that the API has a code for; without a label the code itself, so that it can be read. */
  label(kind: LabelKind, code: string): string {
    const given = this.#labels[kind];
    if (given !== undefined && Object.hasOwn(given, code)) return given[code] as string;
    // Events and features are named by the platform's programmers; agents and models by ids that mean what they are.
    return kind === "events" || kind === "features" ? readable(code) : code;
  }

  isCurrency(asset: string): boolean {
    return this.#currencies.has(asset);
  }

  /** The unit's own name, to stand beside a field. */
  unit(asset: string): string {
    return this.#units[asset]?.label ?? this.#units[asset]?.symbol ?? asset;
  }

  /** An amount to read: 2 to 6 places, and never nothing for something. */
  money(amount: string, asset: string, { sign = false, places }: { sign?: boolean; places?: number } = {}): string {
    const size = isNegative(amount) ? negated(amount) : amount;
    // Below what six places can show, it is said to be less, so that no charge looks free.
    if (!isZero(amount) && compare(size, SMALLEST) < 0) {
      return `< ${this.#write(isNegative(amount) ? negated(SMALLEST) : SMALLEST, asset, sign, 6)}`;
    }
    return this.#write(amount, asset, sign, places ?? this.#places(size));
  }

  /** The whole value with every place, for who wants to check it. */
  exact(amount: string, asset: string): string {
    return this.#write(amount, asset, false, 12);
  }

  #places(size: string): number {
    return parse(size) < 10n ** 12n ? 6 : 4;
  }

  #write(amount: string, asset: string, sign: boolean, most: number): string {
    const signDisplay = sign ? "exceptZero" : "auto";
    // Cut and not rounded up: nobody reads that more is available than is.
    const cut = { signDisplay, maximumFractionDigits: most, roundingMode: "trunc" } as const;
    if (this.isCurrency(asset)) {
      const plain = new Intl.NumberFormat(this.locale, { style: "currency", currency: asset });
      const least = Math.min(plain.resolvedOptions().minimumFractionDigits ?? 2, most);
      return this.#formatted({ ...cut, style: "currency", currency: asset, minimumFractionDigits: least }, amount);
    }
    const number = this.#formatted(cut, amount);
    const unit = this.#units[asset];
    if (unit?.symbol !== undefined) return `${unit.symbol}${number}`;
    // A space that does not break keeps a number with its unit.
    return `${number}\u00a0${this.unit(asset)}`;
  }

  #formatted(options: Intl.NumberFormatOptions & { roundingMode?: string }, amount: string): string {
    const format = new Intl.NumberFormat(this.locale, options as Intl.NumberFormatOptions);
    // A string and not a number: Intl reads its digits one by one.
    // A minus as long as a plus: a hyphen is easily overlooked before a figure. Marks of direction are in their place in a
    // running text only; here each figure stands by itself.
    return format
      .format(amount as `${number}`)
      .replace("-", "\u2212")
      .replace(/[\u061c\u200e\u200f]/g, "");
  }

  /** A count with all its digits, in groups. */
  exactCount(text: string): string {
    return new Intl.NumberFormat(this.locale, { maximumFractionDigits: 12 }).format(text as `${number}`);
  }

  /** A moment in the reader's own zone. */
  when(at: string | Date): string {
    return new Intl.DateTimeFormat(this.locale, { dateStyle: "medium", timeStyle: "short" }).format(new Date(at));
  }

  /** The same in a list: what was today is told by the time alone. */
  moment(at: string, now = new Date()): string {
    const moment = new Date(at);
    if (moment.toDateString() !== now.toDateString()) return this.when(moment);
    return new Intl.DateTimeFormat(this.locale, { timeStyle: "short" }).format(moment);
  }

  clock(at: Date): string {
    return new Intl.DateTimeFormat(this.locale, { timeStyle: "medium" }).format(at);
  }

  day(at: string | Date, utc = false): string {
    const zone = utc ? { timeZone: "UTC" } : {};
    return new Intl.DateTimeFormat(this.locale, { dateStyle: "medium", ...zone }).format(new Date(at));
  }

  /** The same moment in UTC, which the other side of a complaint reads. */
  utc(at: string | Date): string {
    const style = { dateStyle: "medium", timeStyle: "medium", timeZone: "UTC" } as const;
    return `${new Intl.DateTimeFormat(this.locale, style).format(new Date(at))} UTC`;
  }

  /** A length of time in its largest unit: 12 s, 5 min, 3 days. */
  span(seconds: number): string {
    const [size, unit] =
      seconds < 90
        ? [1, "second"]
        : seconds < 5400
          ? [60, "minute"]
          : seconds < 129_600
            ? [3600, "hour"]
            : [86_400, "day"];
    const value = Math.max(0, Math.round(seconds / Number(size)));
    const style = unit === "day" ? "long" : "short";
    return new Intl.NumberFormat(this.locale, { style: "unit", unit: String(unit), unitDisplay: style }).format(value);
  }
}

/** `image.generated_hd` as a person would write it. */
function readable(code: string): string {
  const text = code.replace(/[_.:/]+/g, " ").trim();
  return text === "" ? code : text.charAt(0).toUpperCase() + text.slice(1);
}

/** The page's units, and the platform's for all others. A currency is written as its readers write it. */
function withOthers(own: Units, others: Branding["units"]): Units {
  return new Proxy(own, {
    get(units, asset) {
      const known = units[String(asset)];
      if (known !== undefined || !Object.hasOwn(others, asset)) return known;
      const { label, symbol } = others[String(asset)] ?? {};
      return { ...(label ? { label } : {}), ...(symbol ? { symbol } : {}) };
    },
  });
}
