// The cash balance of a customer: what came by bank transfer, and waits for something to pay.

import type Stripe from "stripe";
import type { Books } from "../books.ts";
import type { Given } from "../given.ts";
import { invalid } from "../problem.ts";

type Changed = Partial<Stripe.CustomerCashBalanceTransaction> & Pick<Stripe.CustomerCashBalanceTransaction, "type">;

export function cashBalance(books: Books, customer: string): Stripe.CashBalance {
  books.customers.get(customer);
  const available = books.cash.get(customer);
  return {
    object: "cash_balance",
    available: available === undefined ? null : { ...available },
    customer,
    customer_account: null,
    livemode: books.livemode,
    settings: { reconciliation_mode: "automatic", using_merchant_default: true },
  };
}

/** As the real test helper: somebody has sent money to the customer's account number. */
export function fund(books: Books, customer: string, given: Given): Stripe.CustomerCashBalanceTransaction {
  if (books.livemode) throw invalid("This is a test helper; it works with a test mode key only.");
  books.customers.get(customer);
  const amount = given.requiredInteger("amount");
  const currency = given.required("currency").toLowerCase();
  if (amount < 1) throw invalid("Invalid positive integer", { param: "amount" });
  const bank_transfer = { reference: given.orNull("reference"), type: "us_bank_transfer" };
  const funded = { bank_transfer: bank_transfer as Stripe.CustomerCashBalanceTransaction.Funded["bank_transfer"] };
  const transaction = change(books, customer, currency, amount, { type: "funded", funded });
  books.emit("cash_balance.funds_available", cashBalance(books, customer));
  return transaction;
}

/** Takes what there is towards a payment; answers what is still missing. */
export function takeCash(books: Books, intent: Stripe.PaymentIntent, wanted: number): number {
  const customer = intent.customer as string;
  const taken = Math.min(books.cash.get(customer)?.[intent.currency] ?? 0, wanted);
  if (taken > 0) {
    const applied_to_payment = { payment_intent: intent.id };
    change(books, customer, intent.currency, -taken, { type: "applied_to_payment", applied_to_payment });
  }
  return wanted - taken;
}

function change(books: Books, customer: string, currency: string, amount: number, more: Changed) {
  const balance = books.cash.get(customer) ?? {};
  balance[currency] = (balance[currency] ?? 0) + amount;
  books.cash.set(customer, balance);
  const transaction = books.cashTransactions.add({
    id: books.newId("ccsbtxn"),
    object: "customer_cash_balance_transaction",
    created: books.now(),
    currency,
    customer,
    customer_account: null,
    ending_balance: balance[currency],
    livemode: books.livemode,
    net_amount: amount,
    ...more,
  });
  books.emit("customer_cash_balance_transaction.created", transaction);
  return transaction;
}
