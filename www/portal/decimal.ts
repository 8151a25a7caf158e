// Amounts are decimal strings of at most 12 places. They are added and compared as whole numbers of the twelfth place, because
// a float cannot hold them.

const PLACES = 12;
const ONE = 10n ** BigInt(PLACES);

/** Throws for what is no amount: a figure that was misread must never be shown as another one. */
export function parse(text: string): bigint {
  const found = /^(-?)(\d{1,15})(?:\.(\d{1,12}))?$/.exec(text);
  if (!found) throw new RangeError(`"${text}" is not an amount.`);
  const [, sign, whole = "0", part = ""] = found;
  const value = BigInt(whole) * ONE + BigInt(part.padEnd(PLACES, "0"));
  return sign === "-" ? -value : value;
}

/** What a person has typed, with a comma or a point before the places; nothing where it is no amount above zero. */
export function typed(text: string): string | undefined {
  const plain = text.trim().replace(",", ".");
  if (!/^\d{1,12}(\.\d{1,12})?$/.test(plain)) return undefined;
  const value = parse(plain);
  return value > 0n ? format(value) : undefined;
}

export function format(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString().padStart(PLACES + 1, "0");
  const part = digits.slice(-PLACES).replace(/0+$/, "");
  return `${value < 0n ? "-" : ""}${digits.slice(0, -PLACES)}${part === "" ? "" : `.${part}`}`;
}

export const sum = (amounts: Iterable<string>): string => {
  let total = 0n;
  for (const one of amounts) total += parse(one);
  return format(total);
};

export const minus = (a: string, b: string): string => format(parse(a) - parse(b));
export const negated = (a: string): string => format(-parse(a));
export const isNegative = (a: string): boolean => parse(a) < 0n;
export const isPositive = (a: string): boolean => parse(a) > 0n;
export const isZero = (a: string): boolean => parse(a) === 0n;
export const compare = (a: string, b: string): number => {
  const difference = parse(a) - parse(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
};

/** How many hundredths `part` is of `whole`, from 0 to 100, for the length of a bar. */
export function percent(part: string, whole: string): number {
  const of = parse(whole);
  if (of <= 0n) return 0;
  const hundredths = (parse(part) * 100n) / of;
  return Number(hundredths < 0n ? 0n : hundredths > 100n ? 100n : hundredths);
}

/** `amount × count / per`, rounded down: for estimates only, never for what is owed. */
export const scaled = (amount: string, count: number, per: number): string =>
  format((parse(amount) * BigInt(Math.round(count))) / BigInt(Math.max(1, Math.round(per))));
