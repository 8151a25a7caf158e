"""Usage: recorded, priced, listed."""

from datetime import timedelta
from decimal import Decimal

from corehttp.exceptions import HttpResponseError, ResourceNotFoundError
from credytapi import models
from support import Conformance, later, operation, today, unique, unit_price, volume_price


class Events(Conformance):
    @operation("POST /events")
    def test_post_events(self):
        """A batch takes exactly its fees, once however often it is sent; a bad event is named and nothing of its
        batch is recorded.
        """
        product = self.product(volume_price("chat", "tokens", "2.50"), unit_price("call", "0.1"))
        customer = self.customer(product.code, credit="10")
        events = [self.event("chat", data={"tokens": 374}), self.event("call"), self.event("call")]
        usage = models.UsageRequest(customer_id=customer.id, events=events)
        for _ in range(2):
            self.assertIsNone(self.client.events.send_usage(usage))
            self.assertEqual(self.available(customer.id), Decimal("9.799065"))
        bad = [self.event("call"), self.event("chat", data={"tokens": "many"})]
        with self.assert_refused(422, HttpResponseError, "usage_not_a_number") as refused:
            self.client.events.send_usage(models.UsageRequest(customer_id=customer.id, events=bad))
        self.assertIn("events[1]", str(refused.problem))
        self.assertEqual(self.available(customer.id), Decimal("9.799065"))
        with self.assert_refused(422, HttpResponseError, "operation_id_reused"):
            self.send(customer.id, models.UsageEvent({**events[1], "event_type": "other"}))
        self.send(customer.id, self.event("unknown"))
        self.assertEqual(self.available(customer.id), Decimal("9.799065"))
        with self.assert_refused(404, ResourceNotFoundError, "wallet_not_found"):
            self.client.events.send_usage(models.UsageRequest(customer_external_id=unique("nobody"), events=events))

    @operation("GET /events")
    def test_get_events(self):
        """Last received first; every filter leaves exactly what it says."""
        product = self.product(unit_price("call", "0.5"))
        customer = self.customer(product.code, credit="10")
        external = self.client.customers.get(customer.id).external_id
        yesterday = later(days=-1)
        call = self.event("call", subject="run 1", description="A call")
        free = self.event("free", subject="run 2")
        old = self.event("call", subject="run 2", occurred_at=yesterday)
        for event in (call, free, old):
            self.send(customer.id, event)

        def listed(**filters):
            page = self.client.events.list(customer_id=customer.id, **filters)
            return [one.id for one in page.items_property]

        self.eventually(lambda: self.assertEqual(listed(), [old.id, free.id, call.id]))
        self.assertEqual(listed(subject="run 2"), [old.id, free.id])
        self.assertEqual(listed(event_types="free,other"), [free.id])
        self.assertEqual(listed(event_types="free,call"), [old.id, free.id, call.id])
        self.assertEqual(listed(has_fees=True), [old.id, call.id])
        self.assertEqual(listed(has_fees=False), [free.id])
        self.assertEqual(listed(event_id=call.id), [call.id])
        self.assertEqual(listed(period_from=today()), [free.id, call.id])
        self.assertEqual(listed(period_to=yesterday.date()), [old.id])
        self.assertEqual(listed(period_from=yesterday.date(), period_to=today()), [old.id, free.id, call.id])
        page = self.client.events.list(customer_external_id=external, limit=1, offset=2)
        self.assertEqual((page.total_count, page.limit, page.offset), (3, 1, 2))
        (one,) = page.items_property
        self.assertEqual((one.id, one.customer_id, one.external_id), (call.id, customer.id, external))
        self.assertEqual((one.event_type, one.subject, one.description), ("call", "run 1", "A call"))
        self.assertEqual((one.has_fees, one.fee_currency), (True, "USD"))
        self.assert_amount(one.total_fees, "0.5")
        self.assert_now(one.created_at)

    @operation("GET /events/{id}")
    def test_get_event(self):
        """The event as it was sent, its fees with the arithmetic behind each, and what it earned after its costs."""
        product = self.product(volume_price("chat", "tokens", "2.50", name="Tokens"))
        customer = self.customer(product.code, credit="10")
        occurred = later(minutes=-5) + timedelta(microseconds=123456)
        cost = models.CostData(id="c1", vendor_external_id="model-host", category="inference", amount="0.0003")
        event = self.event(
            "chat",
            subject="run 7",
            occurred_at=occurred,
            data={"tokens": 374, "model": "large", "cached": True},
            costs=[cost],
        )
        self.send(customer.id, event)
        shown = self.recorded(event.id)
        self.assertEqual((shown.id, shown.event_type, shown.subject), (event.id, "chat", "run 7"))
        self.assertEqual((shown.customer_id, shown.occurred_at), (customer.id, occurred))
        self.assert_now(shown.created_at)
        self.assertEqual(self.reply["data"], {"tokens": 374, "model": "large", "cached": True})
        (fee,) = shown.fees
        self.assertEqual((fee.product_id, fee.product_code, fee.product_version), (product.id, product.code, 1))
        self.assertEqual(
            (fee.price_name, fee.currency, fee.usage_type, fee.volume_field), ("Tokens", "USD", "volume", "tokens")
        )
        self.assert_amount(fee.amount, "0.000935")
        maths = [Decimal(part) for part in (fee.input_volume, fee.volume_rate, fee.package_size)]
        self.assertEqual(maths, [374, Decimal("2.5"), 1000000])
        self.assertTrue(fee.id and fee.price_id)
        (shown_cost,) = shown.costs
        self.assertEqual((shown_cost.id, shown_cost.category, shown_cost.currency), ("c1", "inference", "USD"))
        self.assert_amount(shown_cost.amount, "0.0003")
        self.assert_amount(shown.stats.gross_revenue, "0.000935")
        self.assert_amount(shown.stats.total_costs, "0.0003")
        self.assert_amount(shown.stats.net_revenue, "0.000635")
        self.assert_amount(shown.stats.margin, "67.91")
        with self.assert_refused(404, ResourceNotFoundError, "not_found"):
            self.client.events.get("nowhere")
