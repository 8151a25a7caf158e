// The test cards of Stripe's page, and what each of them does.

export interface Decline {
  code: string;
  decline_code: string;
  message: string;
}

export interface TestCard {
  number: string;
  /** What stands after `pm_card_` and `tok_`. */
  names: string[];
  brand: string;
  /** Asks for the customer: always, or only until it was set up with them. */
  authentication?: "always" | "unless_set_up";
  /** Refuses to be charged. */
  charge?: Decline;
  /** Refuses even to be attached. */
  attach?: Decline;
  /** The charge succeeds and is disputed at once; an inquiry moves no money. */
  dispute?: { reason: string; isInquiry: boolean };
  /** A refund of it is first pending, or fails after it had succeeded. */
  refund?: "pending" | "fails";
}

function decline(decline_code: string, message = "Your card was declined.", code = "card_declined"): Decline {
  return { code, decline_code, message };
}

const GENERIC = decline("generic_decline");

/** What a card that wants its owner answers when nobody is there. */
export const AUTHENTICATION_REQUIRED: Decline = {
  code: "authentication_required",
  decline_code: "authentication_required",
  message: "Your card was declined. This transaction requires authentication.",
};

const INSUFFICIENT = decline("insufficient_funds", "Your card has insufficient funds.");
const expired = decline("expired_card", "Your card has expired.", "expired_card");
const badCvc = decline("incorrect_cvc", "Your card's security code is incorrect.", "incorrect_cvc");
const processing = decline("processing_error", "An error occurred while processing your card.", "processing_error");

export const TEST_CARDS: readonly TestCard[] = [
  { number: "4242424242424242", names: ["visa"], brand: "visa" },
  { number: "5555555555554444", names: ["mastercard"], brand: "mastercard" },
  { number: "378282246310005", names: ["amex"], brand: "amex" },
  { number: "4000002760003184", names: ["authenticationRequired"], brand: "visa", authentication: "always" },
  {
    number: "4000000000003220",
    names: ["threeDSecure2Required", "threeDSecureRequired"],
    brand: "visa",
    authentication: "always",
  },
  {
    number: "4000002500003155",
    names: ["authenticationRequiredOnSetup"],
    brand: "visa",
    authentication: "unless_set_up",
  },
  {
    number: "4000008260003178",
    names: ["authenticationRequiredChargeDeclinedInsufficientFunds"],
    brand: "visa",
    authentication: "always",
    charge: INSUFFICIENT,
  },
  { number: "4000000000000341", names: ["chargeCustomerFail"], brand: "visa", charge: GENERIC },
  {
    number: "4000000000000002",
    names: ["chargeDeclined", "visa_chargeDeclined"],
    brand: "visa",
    charge: GENERIC,
    attach: GENERIC,
  },
  {
    number: "4000000000009995",
    names: ["chargeDeclinedInsufficientFunds", "visa_chargeDeclinedInsufficientFunds"],
    brand: "visa",
    charge: INSUFFICIENT,
    attach: INSUFFICIENT,
  },
  {
    number: "4000000000009987",
    names: ["chargeDeclinedLostCard", "visa_chargeDeclinedLostCard"],
    brand: "visa",
    charge: decline("lost_card"),
    attach: decline("lost_card"),
  },
  {
    number: "4000000000009979",
    names: ["chargeDeclinedStolenCard", "visa_chargeDeclinedStolenCard"],
    brand: "visa",
    charge: decline("stolen_card"),
    attach: decline("stolen_card"),
  },
  { number: "4000000000000069", names: ["chargeDeclinedExpiredCard"], brand: "visa", charge: expired, attach: expired },
  { number: "4000000000000127", names: ["chargeDeclinedIncorrectCvc"], brand: "visa", charge: badCvc, attach: badCvc },
  {
    number: "4000000000000119",
    names: ["chargeDeclinedProcessingError"],
    brand: "visa",
    charge: processing,
    attach: processing,
  },
  {
    number: "4100000000000019",
    names: ["chargeDeclinedFraudulent", "radarBlock"],
    brand: "visa",
    charge: decline("fraudulent"),
  },
  {
    number: "4000000000000259",
    names: ["createDispute"],
    brand: "visa",
    dispute: { reason: "fraudulent", isInquiry: false },
  },
  {
    number: "4000000000002685",
    names: ["createDisputeProductNotReceived"],
    brand: "visa",
    dispute: { reason: "product_not_received", isInquiry: false },
  },
  {
    number: "4000000000001976",
    names: ["createDisputeInquiry"],
    brand: "visa",
    dispute: { reason: "fraudulent", isInquiry: true },
  },
  { number: "4000000000007726", names: ["pendingRefund"], brand: "visa", refund: "pending" },
  { number: "4000000000005126", names: ["refundFail"], brand: "visa", refund: "fails" },
];

export function cardByNumber(number: string): TestCard | undefined {
  return TEST_CARDS.find((card) => card.number === number.replaceAll(" ", ""));
}

/** `pm_card_visa` and `tok_visa` name the same card. */
export function cardByName(name: string): TestCard | undefined {
  const plain = name.replace(/^(pm_card_|tok_)/, "");
  return plain === name ? undefined : TEST_CARDS.find((card) => card.names.includes(plain));
}
