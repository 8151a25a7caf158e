// Products, prices, coupons and promotion codes.

import { Stripe } from "stripe";
import type { Books } from "../books.ts";
import type { Given } from "../given.ts";
import type { Json } from "../json.ts";
import { invalid, missing, refused } from "../problem.ts";
import { currencyGiven } from "./intents.ts";

const PRODUCT: (keyof Stripe.ProductCreateParams)[] = [
  "active",
  "default_price_data",
  "description",
  "id",
  "images",
  "marketing_features",
  "metadata",
  "name",
  "package_dimensions",
  "shippable",
  "statement_descriptor",
  "tax_code",
  "tax_details",
  "type",
  "unit_label",
  "url",
];

export function createProduct(books: Books, given: Given): Stripe.Product {
  given.only(PRODUCT);
  const product = addProduct(books, given);
  const price = given.group("default_price_data");
  if (given.has("default_price_data")) product.default_price = addPrice(books, price, product.id).id;
  books.emit("product.created", product);
  return product;
}

function addProduct(books: Books, given: Given): Stripe.Product {
  return books.products.add({
    id: given.text("id") ?? books.newId("prod"),
    object: "product",
    active: given.boolean("active") ?? true,
    created: books.now(),
    default_price: null,
    description: given.orNull("description"),
    images: given.texts("images"),
    livemode: books.livemode,
    marketing_features: [],
    metadata: given.metadata(),
    name: given.required("name"),
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: given.orNull("tax_code"),
    tax_details: null,
    type: "service",
    unit_label: null,
    updated: books.now(),
    url: null,
  });
}

const PRICE: (keyof Stripe.PriceCreateParams)[] = [
  "active",
  "billing_scheme",
  "currency",
  "currency_options",
  "custom_unit_amount",
  "lookup_key",
  "metadata",
  "nickname",
  "product",
  "product_data",
  "recurring",
  "tax_behavior",
  "tiers",
  "tiers_mode",
  "transfer_lookup_key",
  "transform_quantity",
  "unit_amount",
  "unit_amount_decimal",
];

export function createPrice(books: Books, given: Given): Stripe.Price {
  given.only(PRICE);
  const price = priceGiven(books, given);
  books.emit("price.created", price);
  return price;
}

/** A price as it stands in its own call, in a line of a session, or in an item of a subscription. */
export function priceGiven(books: Books, given: Given): Stripe.Price {
  const named = given.text("product");
  if (named !== undefined) return addPrice(books, given, books.products.get(named, "product").id);
  if (!given.has("product_data")) throw missing("product");
  return addPrice(books, given, addProduct(books, given.group("product_data")).id);
}

function addPrice(books: Books, given: Given, product: string): Stripe.Price {
  const currency = currencyGiven(given);
  const amount = given.integer("unit_amount") ?? Number(given.text("unit_amount_decimal") ?? Number.NaN);
  if (Number.isNaN(amount)) throw missing("unit_amount");
  if (amount < 0) throw invalid("Invalid non-negative integer", { param: "unit_amount" });
  return books.prices.add({
    id: books.newId("price"),
    object: "price",
    active: true,
    billing_scheme: "per_unit",
    created: books.now(),
    currency,
    custom_unit_amount: null,
    livemode: books.livemode,
    lookup_key: given.orNull("lookup_key"),
    metadata: given.metadata(),
    nickname: given.orNull("nickname"),
    product,
    recurring: recurringGiven(given),
    tax_behavior: given.oneOf("tax_behavior", ["exclusive", "inclusive", "unspecified"]) ?? "unspecified",
    tiers_mode: null,
    transform_quantity: null,
    type: given.has("recurring") ? "recurring" : "one_time",
    unit_amount: amount,
    unit_amount_decimal: Stripe.Decimal.from(String(amount)),
  });
}

function recurringGiven(given: Given): Stripe.Price.Recurring | null {
  if (!given.has("recurring")) return null;
  const recurring = given.group("recurring");
  const interval = recurring.oneOf("interval", ["day", "week", "month", "year"]);
  if (interval === undefined) throw missing("recurring[interval]");
  const interval_count = recurring.integer("interval_count") ?? 1;
  return { interval, interval_count, meter: null, trial_period_days: null, usage_type: "licensed" };
}

export function updateProduct(books: Books, id: string, given: Given): Stripe.Product {
  const product = books.products.get(id);
  const changes: Partial<Stripe.Product> = { metadata: given.metadata(product.metadata) };
  if (given.has("name")) changes.name = given.required("name");
  if (given.has("active")) changes.active = given.boolean("active") ?? true;
  books.change("product.updated", product, changes);
  return product;
}

export function deleteProduct(books: Books, id: string): Json {
  const product = books.products.get(id);
  if (books.prices.all().some((price) => price.product === id)) {
    throw refused("This product cannot be deleted because it has one or more user-created prices.");
  }
  books.products.remove(id);
  books.emit("product.deleted", product);
  return { id, object: "product", deleted: true };
}

export function updatePrice(books: Books, id: string, given: Given): Stripe.Price {
  const price = books.prices.get(id);
  const changes: Partial<Stripe.Price> = { metadata: given.metadata(price.metadata) };
  if (given.has("active")) changes.active = given.boolean("active") ?? true;
  books.change("price.updated", price, changes);
  return price;
}

export function createCoupon(books: Books, given: Given): Stripe.Coupon {
  const percent = given.text("percent_off");
  const amount = given.integer("amount_off");
  if ((percent === undefined) === (amount === undefined)) {
    throw invalid("You must pass exactly one of `percent_off` or `amount_off`.", { param: "percent_off" });
  }
  const percent_off = percent === undefined ? null : Number(percent);
  if (percent_off !== null && !(percent_off > 0 && percent_off <= 100)) {
    throw invalid("Invalid percentage", { param: "percent_off" });
  }
  const coupon = books.coupons.add({
    id: given.text("id") ?? books.newId("co").slice(-8),
    object: "coupon",
    amount_off: amount ?? null,
    created: books.now(),
    currency: amount === undefined ? null : currencyGiven(given),
    duration: given.oneOf("duration", ["once", "forever", "repeating"]) ?? "once",
    duration_in_months: given.integer("duration_in_months") ?? null,
    livemode: books.livemode,
    max_redemptions: given.integer("max_redemptions") ?? null,
    metadata: given.metadata(),
    name: given.orNull("name"),
    percent_off,
    redeem_by: given.integer("redeem_by") ?? null,
    times_redeemed: 0,
    valid: true,
  });
  books.emit("coupon.created", coupon);
  return coupon;
}

export function createPromotionCode(books: Books, given: Given): Stripe.PromotionCode {
  // Versions before clover name the coupon by itself.
  const named = given.text("coupon") ?? given.group("promotion").required("coupon");
  const coupon = books.coupons.get(named, "promotion[coupon]").id;
  const id = books.newId("promo");
  const promotionCode = books.promotionCodes.add({
    id,
    object: "promotion_code",
    active: given.boolean("active") ?? true,
    code: given.text("code") ?? id.slice(-8).toUpperCase(),
    created: books.now(),
    customer: given.orNull("customer"),
    customer_account: null,
    expires_at: given.integer("expires_at") ?? null,
    livemode: books.livemode,
    max_redemptions: given.integer("max_redemptions") ?? null,
    metadata: given.metadata(),
    promotion: { coupon, type: "coupon" },
    restrictions: { first_time_transaction: false, minimum_amount: null, minimum_amount_currency: null },
    times_redeemed: 0,
  });
  books.emit("promotion_code.created", promotionCode);
  return promotionCode;
}

/** A code as a customer types it, or its id. */
export function promotionCodeGiven(books: Books, text: string): Stripe.PromotionCode {
  const codes = books.promotionCodes.all();
  const found = codes.find(
    ({ id, code, active }) => active && (id === text || code === text.toUpperCase() || code === text),
  );
  if (found === undefined)
    throw invalid("This code is invalid.", { param: "promotion_code", code: "resource_missing" });
  return found;
}

/** What a coupon takes off. */
export function discountOf(coupon: Stripe.Coupon, subtotal: number): number {
  const { percent_off, amount_off } = coupon;
  return Math.min(subtotal, percent_off === null ? (amount_off ?? 0) : Math.round((subtotal * percent_off) / 100));
}
