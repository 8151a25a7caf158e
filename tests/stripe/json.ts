// JSON of which nothing is known before it is looked at.

// biome-ignore lint/suspicious/noExplicitAny: a reply or a parameter is unknown until somebody has looked at it.
export type Json = any;

/** A copy as it is on the wire: Stripe's decimals become texts. */
export const plain = (value: Json): Json => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));
