"""Stripe's own library for Python goes through the fake, and reads what it has sent.

FAKE_URL says where the fake is. The standard input is a list of events as they were received, with their signatures. A line of
JSON tells of each check how it went.
"""

import json
import os
import sys
import traceback
import urllib.parse
import urllib.request

import stripe

URL = os.environ["FAKE_URL"]
SECRET = os.environ["FAKE_SECRET"]
RECEIVED = json.load(sys.stdin)

stripe.max_network_retries = 0
client = stripe.StripeClient("sk_test_of_python", base_addresses={"api": URL}, max_network_retries=0)
v1 = client.v1


def control(command, **fields):
    """What a payer or a bank does; the fake's own way of saying it."""
    data = urllib.parse.urlencode(fields).encode()
    with urllib.request.urlopen(f"{URL}/_fake/{command}", data=data, timeout=60) as reply:
        return json.load(reply)


def refused(call, kind):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"not refused with {kind.__name__}")


def same(actual, wanted):
    assert actual == wanted, f"{actual!r} instead of {wanted!r}"


def saved(card="pm_card_visa"):
    customer = v1.customers.create({"email": "payer@example.com", "metadata": {"a": "b"}})
    method = v1.payment_methods.attach(card, {"customer": customer.id})
    return customer, method


def charge(customer, method, options=None, **more):
    params = {"amount": 2500, "currency": "usd", "customer": customer.id, "payment_method": method.id}
    return v1.payment_intents.create({**params, "off_session": True, "confirm": True, **more}, options or {})


def check_a_charge_of_a_saved_card():
    customer, method = saved()
    intent = charge(customer, method, metadata={"order": "1"}, expand=["latest_charge.balance_transaction"])
    same((intent.status, intent.amount_received, intent.metadata["order"]), ("succeeded", 2500, "1"))
    same(intent.latest_charge.balance_transaction.net, 2500 - 103)
    same(v1.payment_intents.retrieve(intent.id).latest_charge, intent.latest_charge.id)


def check_declines_carry_the_intent():
    for card, code in (
        ("pm_card_authenticationRequired", "authentication_required"),
        ("pm_card_chargeCustomerFail", "card_declined"),
    ):
        customer, method = saved(card)
        error = refused(lambda: charge(customer, method), stripe.CardError)
        same((error.http_status, error.code), (402, code))
        same(error.error.payment_intent["status"], "requires_payment_method")


def check_errors_have_their_classes():
    error = refused(lambda: v1.payment_intents.create({"currency": "usd"}), stripe.InvalidRequestError)
    same((error.http_status, error.code, error.param), (400, "parameter_missing", "amount"))
    refused(lambda: v1.payment_intents.retrieve("pi_none"), stripe.InvalidRequestError)
    other = stripe.StripeClient("pk_no_key", base_addresses={"api": URL})
    refused(lambda: other.v1.balance.retrieve(), stripe.AuthenticationError)
    control("faults", kind="rate_limit", path="/v1/balance")
    same(refused(lambda: v1.balance.retrieve(), stripe.RateLimitError).headers["retry-after"], "1")


def check_an_idempotency_key():
    customer, method = saved()
    options = {"idempotency_key": f"python-{customer.id}"}
    one, other = charge(customer, method, options), charge(customer, method, options)
    same(one.id, other.id)
    refused(lambda: charge(customer, method, options, description="other"), stripe.IdempotencyError)


def check_a_reply_that_is_lost_after_the_charge():
    customer, method = saved()
    control("faults", kind="reply_lost", path="/v1/payment_intents")
    options = {"idempotency_key": f"lost-{customer.id}"}
    refused(lambda: charge(customer, method, options), stripe.APIConnectionError)
    same(charge(customer, method, options).status, "succeeded")
    same(len(v1.charges.list({"customer": customer.id}).data), 1)


def check_checkout_from_session_to_refund():
    customer, _ = saved()
    session = v1.checkout.sessions.create(
        {
            "mode": "payment",
            "customer": customer.id,
            "client_reference_id": "topup_1",
            "line_items": [
                {"price_data": {"currency": "usd", "unit_amount": 500, "product_data": {"name": "Credit"}}, "quantity": 3}
            ],
            "payment_intent_data": {"setup_future_usage": "off_session", "metadata": {"topup": "1"}},
            "metadata": {"topup": "1"},
            "success_url": "https://shop.example/done",
        }
    )
    control("pay", session=session.id)
    paid = v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent", "line_items"]})
    same((paid.payment_status, paid.amount_total, paid.payment_intent.metadata["topup"]), ("paid", 1500, "1"))
    same(paid.line_items.data[0].quantity, 3)
    refund = v1.refunds.create({"payment_intent": paid.payment_intent.id, "amount": 400})
    same((refund.status, refund.amount), ("succeeded", 400))
    control("dispute", payment_intent=paid.payment_intent.id, amount=1100)
    dispute = v1.disputes.list({"payment_intent": paid.payment_intent.id}).data[0]
    same((dispute.status, dispute.amount), ("needs_response", 1100))
    control("close_dispute", dispute=dispute.id, status="lost")
    same(v1.disputes.retrieve(dispute.id).status, "lost")


def check_a_card_is_set_up():
    customer = v1.customers.create({})
    setup = v1.setup_intents.create({"customer": customer.id, "payment_method": "pm_card_visa", "confirm": True})
    same((setup.status, setup.usage), ("succeeded", "off_session"))
    same([one.id for one in v1.payment_methods.list({"customer": customer.id}).data], [setup.payment_method])


def check_a_subscription_and_its_invoice():
    customer, method = saved()
    product = v1.products.create({"name": "Plan"})
    price = v1.prices.create(
        {"product": product.id, "currency": "usd", "unit_amount": 900, "recurring": {"interval": "month"}}
    )
    subscription = v1.subscriptions.create(
        {
            "customer": customer.id,
            "items": [{"price": price.id}],
            "default_payment_method": method.id,
            "expand": ["latest_invoice.payments"],
        }
    )
    invoice = subscription.latest_invoice
    same((subscription.status, invoice.status, invoice.amount_paid), ("active", "paid", 900))
    same(invoice.parent.subscription_details.subscription, subscription.id)
    same(invoice.payments.data[0].status, "paid")
    same(v1.subscriptions.cancel(subscription.id).status, "canceled")


def check_lists_are_walked_by_themselves():
    customer, method = saved()
    made = [charge(customer, method, amount=1000 + number).amount for number in range(5)]
    found = v1.payment_intents.list({"customer": customer.id, "limit": 2}).auto_paging_iter()
    same([intent.amount for intent in found], made[::-1])


def check_every_snapshot_is_verified_and_parsed():
    snapshots = [one for one in RECEIVED if one["object"] == "event"]
    assert len(snapshots) > 20, len(snapshots)
    for one in snapshots:
        event = stripe.Webhook.construct_event(one["body"], one["signature"], SECRET)
        same(event.type, json.loads(one["body"])["type"])
        assert event.data.object.object, "the object was parsed"
        same(client.construct_event(one["body"], one["signature"], SECRET).id, event.id)


def check_every_thin_event_is_verified_parsed_and_followed():
    thin = [one for one in RECEIVED if one["object"] == "v2.core.event"]
    assert len(thin) > 5, len(thin)
    for one in thin:
        event = client.parse_event_notification(one["body"], one["signature"], SECRET)
        if getattr(event, "related_object", None) is not None:
            same(event.fetch_related_object().id, event.related_object.id)


def check_forgeries_are_refused():
    one = RECEIVED[0]
    for body, signature, secret in (
        (one["body"] + " ", one["signature"], SECRET),
        (one["body"], one["signature"].replace("v1=", "v1=0"), SECRET),
        (one["body"], one["signature"], "whsec_other"),
    ):
        refused(lambda: stripe.Webhook.construct_event(body, signature, secret), stripe.SignatureVerificationError)


def told(name, check):
    problem = None
    try:
        check()
    except Exception:
        problem = traceback.format_exc()
    print(json.dumps({"name": name, "problem": problem}), flush=True)


for name, check in list(globals().items()):
    if name.startswith("check_"):
        told(name.removeprefix("check_").replace("_", " "), check)
