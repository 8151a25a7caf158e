// Customers. One that was deleted is still answered, as no more than its id.

import type Stripe from "stripe";
import type { Books } from "../books.ts";
import type { Given } from "../given.ts";
import type { Json } from "../json.ts";
import { attach, methodGiven } from "./methods.ts";

const PARAMETERS: (keyof Stripe.CustomerCreateParams)[] = [
  "address",
  "balance",
  "business_name",
  "cash_balance",
  "description",
  "email",
  "individual_name",
  "invoice_prefix",
  "invoice_settings",
  "metadata",
  "name",
  "next_invoice_sequence",
  "payment_method",
  "phone",
  "preferred_locales",
  "shipping",
  "source",
  "tax",
  "tax_exempt",
  "tax_id_data",
  "test_clock",
  "validate",
];

export function createCustomer(books: Books, given: Given): Stripe.Customer {
  given.only(PARAMETERS);
  const id = books.newId("cus");
  const customer = books.customers.add({
    id,
    object: "customer",
    address: addressGiven(given),
    balance: given.integer("balance") ?? 0,
    created: books.now(),
    currency: null,
    default_source: null,
    delinquent: false,
    description: given.orNull("description"),
    discount: null,
    email: given.orNull("email"),
    invoice_prefix: id.slice(-8).toUpperCase(),
    invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
    livemode: books.livemode,
    metadata: given.metadata(),
    name: given.orNull("name"),
    next_invoice_sequence: 1,
    phone: given.orNull("phone"),
    preferred_locales: given.texts("preferred_locales"),
    shipping: null,
    tax_exempt: "none",
    test_clock: null,
  });
  books.emit("customer.created", customer);
  const method = given.text("payment_method");
  if (method !== undefined) attach(books, methodGiven(books, method), id);
  setDefault(books, customer, given, method);
  return customer;
}

export function updateCustomer(books: Books, id: string, given: Given): Stripe.Customer {
  given.only([...PARAMETERS, "default_source"]);
  const customer = books.customers.get(id);
  const changes: Partial<Stripe.Customer> = { metadata: given.metadata(customer.metadata) };
  for (const name of ["description", "email", "name", "phone"] as const) {
    if (given.has(name)) changes[name] = given.orNull(name);
  }
  if (given.has("address")) changes.address = addressGiven(given);
  books.change("customer.updated", customer, changes);
  setDefault(books, customer, given);
  return customer;
}

export function deleteCustomer(books: Books, id: string): Json {
  const customer = books.customers.get(id);
  for (const method of books.methods.all()) {
    if (method.customer === id) books.change("payment_method.detached", method, { customer: null });
  }
  books.emit("customer.deleted", customer);
  const rest = { id, object: "customer" as const, deleted: true };
  books.customers.add(rest as unknown as Stripe.Customer);
  return rest;
}

/** A method named by a test name gets an id of its own, so the second name may mean what the first has made. */
function setDefault(books: Books, customer: Stripe.Customer, given: Given, attached?: string): void {
  const wanted = given.group("invoice_settings").text("default_payment_method");
  if (wanted === undefined) return;
  const own = books.methods.all().filter((method) => method.customer === customer.id);
  const method = wanted === attached ? own.at(-1) : books.methods.find(wanted);
  const set = method ?? attach(books, methodGiven(books, wanted), customer.id);
  const invoice_settings = { ...customer.invoice_settings, default_payment_method: set.id };
  books.change("customer.updated", customer, { invoice_settings });
}

export function addressGiven(given: Given): Stripe.Address | null {
  if (!given.has("address") || given.form.address === "") return null;
  const address = given.group("address");
  return {
    city: address.orNull("city"),
    country: address.orNull("country"),
    line1: address.orNull("line1"),
    line2: address.orNull("line2"),
    postal_code: address.orNull("postal_code"),
    state: address.orNull("state"),
  };
}
