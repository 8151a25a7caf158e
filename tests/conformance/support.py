"""What the tests of the conformance run share: the client, what came back in its own bytes, and things to work with."""

import base64
import functools
import hashlib
import hmac
import json
import os
import re
import time
import unittest
import urllib.parse
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import requests
from corehttp.credentials import ServiceKeyCredential
from corehttp.exceptions import HttpResponseError
from corehttp.transport.requests import RequestsTransport
from credytapi import CredytApiClient, models

URL = os.environ.get("SCRIP_URL", "http://127.0.0.1:8787").rstrip("/")
KEY = os.environ.get("SCRIP_KEY", "sk_test_local")

# What Credyt counts; every other number is an amount, and those are text.
COUNTS = {
    *("total_count", "limit", "offset", "version", "product_version", "precision", "priority", "status", "seq"),
    *("duration_count", "interval_count", "active_subscription_count"),
}
# What the caller has sent comes back as it was sent.
ECHOES = {"data", "metadata"}
DECIMAL = re.compile(r"-?(0|[1-9]\d*)(\.\d*[1-9])?")


class Exchange:
    """A request of the client and its answer, before the client has made models of it."""

    def __init__(self, request, response):
        self.method = request.method
        self.path = urllib.parse.urlsplit(request.url).path
        self.sent = request.content
        self.status = response.status_code
        self.headers = response.headers
        self.text = response.text()

    @property
    def body(self):
        return json.loads(self.text, parse_float=Decimal) if self.text else None


class Recorder(RequestsTransport):
    """The client's own transport; it only remembers what went through it."""

    def __init__(self):
        super().__init__()
        self.exchanges = []

    def send(self, request, **kwargs):
        response = super().send(request, **kwargs)
        self.exchanges.append(Exchange(request, response))
        return response


def operation(name):
    """Marks the one test of an operation: it fails unless it makes that call with success."""

    def mark(test):
        @functools.wraps(test)
        def checked(case):
            test(case)
            case.assert_called(name)

        checked.operation = name
        return checked

    return mark


class Conformance(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.recorder = Recorder()
        self.client = self.connect()

    def connect(self, key=KEY, **options):
        """The client as its users make it; the retries are its own, but a failed test need not wait for them."""
        options = {"transport": self.recorder, "retry_total": 0, **options}
        client = CredytApiClient(ServiceKeyCredential(key), endpoint=f"{URL}/v1", **options)
        self.addCleanup(client.close)
        return client

    @property
    def wallets(self):
        return self.client.wallets.customer_wallet_ops

    @property
    def vendors(self):
        return self.client.vendors.vendors_ops

    @property
    def webhooks(self):
        return self.client.webhooks.webhooks

    @property
    def reply(self):
        """The newest answer, as it came."""
        return self.recorder.exchanges[-1].body

    # What is asserted.

    def assert_called(self, name):
        method, path = name.split(" ")
        pattern = re.compile(re.sub(r"\{\w+\}", "[^/]+", f"{urllib.parse.urlsplit(URL).path}/v1{path}"))
        made = [one for one in self.recorder.exchanges if one.method == method and pattern.fullmatch(one.path)]
        self.assertTrue(any(one.status < 300 for one in made), f"{name} was not called with success")
        for one in self.recorder.exchanges:
            if one.status < 300 and one.text:
                self.assert_amounts_are_text(one.body, f"{one.method} {one.path}")
            self.assertNotIn("retry-after", one.headers, "the client would send a refusal again")

    def assert_amounts_are_text(self, value, place):
        """The client turns a number such as 0.0419 into 0 where its model says int, so amounts are never numbers."""
        if isinstance(value, dict):
            for name, part in value.items():
                counted = name in COUNTS and isinstance(part, int)
                if name not in ECHOES and not counted:
                    self.assert_amounts_are_text(part, f"{place}: {name}")
        elif isinstance(value, list):
            for part in value:
                self.assert_amounts_are_text(part, place)
        elif not isinstance(value, bool):
            self.assertNotIsInstance(value, (int, Decimal), f"{place} is a number")

    def assert_amount(self, found, expected):
        """Exactly this amount: the client may have made an int or a Decimal of its text, but no float."""
        self.assertIsInstance(found, (str, int, Decimal))
        self.assertEqual(Decimal(found), Decimal(expected))

    def assert_refused(self, status, kind=HttpResponseError, code=None):
        """The client raises its own exception for this status, and the problem inside has this code."""
        return Refused(self, status, kind, code)

    def assert_now(self, moment):
        self.assertLess(abs(datetime.now(timezone.utc) - moment), timedelta(minutes=1))

    def eventually(self, check, seconds=15):
        """Lists and reports may follow a wallet by moments: asks until the check holds."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                return check()
            except (AssertionError, HttpResponseError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    # Things to work with.

    def asset(self, **more):
        code = unique("A").upper()
        self.client.assets.create(models.CreateAssetRequest(code=code, name=f"Asset {code}", **more))
        return code

    def product(self, *prices, publish=True, **more):
        code = unique("product")
        prices = prices or (unit_price("call", "0.5"),)
        body = models.CreateProductRequest(
            code=code, name=f"Product {code}", prices=list(prices), publish=publish, **more
        )
        return self.client.products.create(body)

    def customer(self, *products, credit=None, **more):
        """A customer with these products, given by code, and paid credit in USD."""
        name = unique("customer")
        subscribed = [models.CustomerSubscriptionProduct(code=code) for code in products]
        if subscribed:
            more.setdefault("subscriptions", [models.CreateCustomerSubscription(products=subscribed)])
        more = {"external_id": name, **more}
        customer = self.client.customers.create(models.CreateCustomerRequest(name=f"Customer {name}", **more))
        if credit is not None:
            self.adjust(customer.id, credit)
        return customer

    def adjust(self, customer_id, amount, asset="USD", reason="external_topup", **more):
        body = models.CreateAdjustmentRequest(
            transaction_id=unique("transaction"), asset=asset, amount=amount, reason=reason, **more
        )
        return self.wallets.create_adjustment(customer_id, body)

    def event(self, event_type="call", **more):
        more = {"occurred_at": datetime.now(timezone.utc), **more}
        return models.UsageEvent(id=unique("event"), event_type=event_type, **more)

    def send(self, customer_id, *events):
        self.client.events.send_usage(models.UsageRequest(customer_id=customer_id, events=list(events)))
        return events[0].id

    def recorded(self, event_id):
        """An event by its id alone; who does not name the customer is told within moments."""
        return self.eventually(lambda: self.client.events.get(event_id))

    def available(self, customer_id, account="default:USD"):
        return Decimal(self.wallets.get_account(customer_id, account).available)


class Refused:
    def __init__(self, case, status, kind, code):
        self.case, self.status, self.kind, self.code = case, status, kind, code

    def __enter__(self):
        return self

    def __exit__(self, _, error, __):
        self.case.assertIsInstance(error, self.kind, "it was not refused")
        self.case.assertEqual(error.status_code, self.status)
        problem = self.case.reply
        self.case.assertEqual(problem["status"], self.status)
        if self.code is not None:
            self.case.assertEqual(problem["code"], self.code)
        self.problem, self.model = problem, error.model
        return True


RUN = f"{int(time.time() * 1000):x}"
made = 0


def unique(prefix):
    """An id that nothing else in this or another run uses."""
    global made
    made += 1
    return f"{prefix}_{RUN}_{made}"


def later(**span):
    """A moment from now, in whole seconds, as it comes back."""
    return (datetime.now(timezone.utc) + timedelta(**span)).replace(microsecond=0)


def today():
    return datetime.now(timezone.utc).date()


# Prices, with amounts as text: the client writes numbers through a float.


def unit_price(event_type, amount, asset="USD", **more):
    return usage_price(event_type, [models.PriceValue(unit_price=amount)], asset, usage_type="unit", **more)


def volume_price(event_type, field, rate, package="1000000", asset="USD", **more):
    values = [models.PriceValue(volume_rate=rate, package_size=package)]
    return usage_price(event_type, values, asset, usage_type="volume", volume_field=field, **more)


def usage_price(event_type, values, asset, name="Usage", dimensions=None, volume_field=None, usage_type="unit", **more):
    calculation = models.UsageCalculation(event_type=event_type, usage_type=usage_type)
    if volume_field is not None:
        calculation.volume_field = volume_field
    if dimensions is not None:
        calculation.billable_dimensions = dimensions
    return models.UsageBasedPrice(
        name=name,
        usage_calculation=calculation,
        billing_model=models.RealTimeBilling(),
        pricing=[models.UsageBasedAssetPricing(asset=asset, values_property=values)],
        **more,
    )


def recurring_price(amount, interval="month", name="Fee", asset="USD"):
    recurring = models.RecurringBillingRecurring(interval=interval)
    return models.FixedPrice(
        name=name,
        billing_model=models.RecurringBilling(recurring=recurring),
        pricing=[models.FixedAssetPricing(asset=asset, values_property=[models.FixedPriceValue(unit_price=amount)])],
        collection=models.BalanceCollection(timing="in_advance"),
    )


# A browser, as far as the pages need one.


class Page(HTMLParser):
    """A page as a person gets it: its text, and its form. A redirection is shown, not followed, unless it sets a cookie."""

    def __init__(self, url, data=None):
        super().__init__()
        self.words, self.buttons, self.fields, self.action = [], [], {}, None
        method = "GET" if data is None else "POST"
        response = requests.request(method, url, data=data, allow_redirects=False, timeout=30)
        if "set-cookie" in response.headers:
            # A link that opens once: a browser goes on with the cookie that it is given.
            url = urllib.parse.urljoin(url, response.headers["location"])
            response = requests.get(url, cookies=response.cookies.get_dict(), allow_redirects=False, timeout=30)
        self.url, self.status, self.headers, self.html = url, response.status_code, response.headers, response.text
        self.feed(self.html)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            self.action = given.get("action") or ""
        elif tag == "input" and "name" in given:
            self.fields[given["name"]] = given.get("value") or ""
        elif tag == "button":
            self.buttons.append(given)

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())

    def press(self, value):
        """Sends the form by the button of this value, as a browser does."""
        button = next((one for one in self.buttons if one.get("value") == value), None)
        if self.action is None or button is None:
            raise AssertionError(f"The page has no button {value}: {self.text}")
        return Page(urllib.parse.urljoin(self.url, self.action), {**self.fields, button["name"]: value})


# Who receives webhooks.


class Receiver:
    """A server that takes deliveries and keeps them; it answers with the status that it is told."""

    def __init__(self, status=204):
        receiver = self
        self.deliveries, self.status = [], status

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.deliveries.append((self.path, self.headers, body))
                self.send_response(receiver.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def standard_signature(secret, headers, body):
    """What Standard Webhooks 1.0.0 says that the signature is."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def credyt_signature(secret, headers, body):
    """What Credyt says that the signature is: over the time and the body, under the secret as it is written."""
    stamp = dict(part.split("=", 1) for part in headers["credyt-signature"].split(","))["t"]
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v0={digest}"
