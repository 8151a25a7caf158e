"""Products and their versions."""

from decimal import Decimal

from corehttp.exceptions import ResourceExistsError, ResourceNotFoundError
from credytapi import models
from support import Conformance, operation, recurring_price, unique, unit_price, usage_price, volume_price


class Products(Conformance):
    def version(self, product_id, *prices, **more):
        return self.client.products.create_version(
            product_id, models.CreateProductVersionRequest(prices=list(prices), **more)
        )

    def change(self, product_id, version, **change):
        self.client.products.update_version(product_id, version, models.UpdateProductVersionRequest(**change))

    def fee(self, customer_id):
        """What one call costs this customer now."""
        before = self.available(customer_id)
        self.send(customer_id, self.event())
        return before - self.available(customer_id)

    @operation("POST /products")
    def test_post_products(self):
        """Version 1, published and the default at once, or a draft on request; again it is one product, 409 with
        other prices, 422 by field.
        """
        code = unique("product")
        body = models.CreateProductRequest(code=code, name="Calls", prices=[unit_price("call", "0.0419")], publish=True)
        created = self.client.products.create(body)
        self.assertRegex(created.id, r"^prp_")
        self.assertEqual((created.code, created.version, created.is_default), (code, 1, True))
        self.assertEqual(created.status, models.ProductVersionStatus.PUBLISHED)
        self.assertEqual(self.client.products.create(body).id, created.id)
        with self.assert_refused(409, ResourceExistsError, "already_exists"):
            self.client.products.create({**body, "prices": [unit_price("call", "1")]})
        self.assertEqual(self.product(publish=False).status, models.ProductVersionStatus.DRAFT)
        with self.assert_refused(422, code="validation_failed") as refused:
            self.client.products.create({"code": unique("product"), "prices": [unit_price("call", "-1")]})
        self.assertIsInstance(refused.model, models.ValidationProblem)
        self.assertEqual(set(refused.model.errors), {"name", "prices[0].pricing[0].values[0].unit_price"})

    @operation("GET /products")
    def test_get_products(self):
        """Lists by pages, and finds one by its code."""
        made = [self.product() for _ in range(2)]
        page = self.client.products.list(code=made[0].code)
        self.assertEqual([(one.id, one.code) for one in page.items_property], [(made[0].id, made[0].code)])
        self.assertEqual((page.total_count, page.offset), (1, 0))
        self.assertEqual(self.client.products.list(code="nowhere").items_property, [])
        everything = self.client.products.list(limit=1)
        self.assertEqual(len(everything.items_property), 1)
        self.assertGreaterEqual(everything.total_count, 2)

    @operation("GET /products/{id}")
    def test_get_product(self):
        """Shows what the default version offers as it was sent, and all versions, newest first."""
        product = self.product(volume_price("chat", "tokens", "2.50"), recurring_price("9.99"))
        self.version(product.id, unit_price("call", "1"))
        shown = self.client.products.get(product.id)
        self.assertEqual((shown.id, shown.code), (product.id, product.code))
        self.assertEqual([(one.version, one.status) for one in shown.versions], [(2, "draft"), (1, "published")])
        self.assertEqual(shown.default_version.version, 1)
        prices = {one["type"]: one for one in self.reply["default_version"]["prices"]}
        usage, fee = prices["usage_based"], prices["fixed"]
        self.assertEqual(usage["usage_calculation"]["volume_field"], "tokens")
        self.assertEqual(usage["billing_model"]["type"], "real_time")
        self.assert_amount(usage["pricing"][0]["values"][0]["volume_rate"], "2.5")
        self.assert_amount(usage["pricing"][0]["values"][0]["package_size"], "1000000")
        self.assertEqual(fee["billing_model"]["recurring"]["interval"], "month")
        self.assert_amount(fee["pricing"][0]["values"][0]["unit_price"], "9.99")
        with self.assert_refused(404, ResourceNotFoundError):
            self.client.products.get("prp_nowhere")

    @operation("DELETE /products/{id}")
    def test_delete_product(self):
        """Deletes what nobody has. What somebody has is archived: no more subscribers, and those that there are pay
        on.
        """
        unused = self.product()
        self.assertIsNone(self.client.products.delete(unused.id))
        with self.assert_refused(404, ResourceNotFoundError):
            self.client.products.get(unused.id)
        used = self.product()
        customer = self.customer(used.code, credit="10")
        self.client.products.delete(used.id)
        self.assertEqual(self.client.products.get(used.id).versions[0].status, "archived")
        self.assertEqual(self.fee(customer.id), Decimal("0.5"))
        with self.assert_refused(422):
            self.customer(used.code)

    @operation("POST /products/{id}")
    def test_post_version(self):
        """The next number, a draft unless published, never the default by itself; a name beside it is tolerated."""
        product = self.product()
        body = {"name": "Calls", **models.CreateProductVersionRequest(prices=[unit_price("call", "0.7")])}
        draft = self.client.products.create_version(product.id, body)
        self.assertEqual((draft.id, draft.code, draft.version), (product.id, product.code, 2))
        self.assertEqual((draft.status, draft.is_default), ("draft", False))
        published = self.version(product.id, unit_price("call", "0.9"), publish=True)
        self.assertEqual((published.version, published.status, published.is_default), (3, "published", False))
        self.assertEqual(self.fee(self.customer(product.code, credit="10").id), Decimal("0.5"))
        with self.assert_refused(404, ResourceNotFoundError):
            self.version("prp_nowhere", unit_price("call", "1"))

    @operation("GET /products/{id}/{version}")
    def test_get_version(self):
        """Shows each version with its own prices, whatever the default is."""
        product = self.product()
        self.version(product.id, unit_price("call", "0.7"))
        for version, price, status in [(1, "0.5", "published"), (2, "0.7", "draft")]:
            shown = self.client.products.get_version(product.id, version)
            self.assertEqual((shown.id, shown.code, shown.version), (product.id, product.code, version))
            self.assertEqual((shown.status, shown.is_default), (status, version == 1))
            self.assert_amount(self.reply["prices"][0]["pricing"][0]["values"][0]["unit_price"], price)
        with self.assert_refused(404, ResourceNotFoundError):
            self.client.products.get_version(product.id, 9)

    @operation("PATCH /products/{id}/{version}")
    def test_patch_version(self):
        """Publishing and making the default are for those to come: who has the old version goes on paying its price."""
        product = self.product()
        early = self.customer(product.code, credit="10")
        self.version(product.id, unit_price("call", "0.7"))
        with self.assert_refused(422):
            self.change(product.id, 2, make_default=True)
        self.change(product.id, 2, publish=True)
        self.assertEqual(self.fee(self.customer(product.code, credit="10").id), Decimal("0.5"))
        self.change(product.id, 2, make_default=True)
        shown = self.client.products.get_version(product.id, 2)
        self.assertEqual((shown.status, shown.is_default), ("published", True))
        self.assertEqual(self.fee(self.customer(product.code, credit="10").id), Decimal("0.7"))
        self.assertEqual(self.fee(early.id), Decimal("0.5"))

    @operation("DELETE /products/{id}/{version}")
    def test_delete_version(self):
        """Deletes a version that nobody has, and archives one that somebody has, who keeps it."""
        product = self.product()
        self.version(product.id, unit_price("call", "0.7"), publish=True)
        self.version(product.id, unit_price("call", "0.9"))
        pinned = models.CustomerSubscriptionProduct(id=product.id, version=2)
        subscriptions = [models.CreateCustomerSubscription(products=[pinned])]
        customer = self.customer(subscriptions=subscriptions, credit="10")
        self.assertIsNone(self.client.products.archive_version(product.id, 3))
        with self.assert_refused(404, ResourceNotFoundError):
            self.client.products.get_version(product.id, 3)
        self.client.products.archive_version(product.id, 2)
        self.assertEqual(self.client.products.get_version(product.id, 2).status, "archived")
        self.assertEqual(self.fee(customer.id), Decimal("0.7"))
        with self.assert_refused(422):
            self.customer(subscriptions=subscriptions)

    @operation("POST /products/{id}/{version}/simulate-usage")
    def test_simulate_usage(self):
        """Gives the very fees that charging gives, warns where nothing matches, and records nothing."""
        priced = [
            models.DimensionalPrice(
                dimensions={"model": "large"},
                values_property=[models.PriceValue(volume_rate="10", package_size="1000")],
            ),
            models.DimensionalPrice(
                dimensions={"model": "*"}, values_property=[models.PriceValue(volume_rate="1", package_size="1000")]
            ),
        ]
        by_model = usage_price("chat", priced, "USD", usage_type="volume", volume_field="tokens", dimensions=["model"])
        product = self.product(by_model, unit_price("call", "0.5"))
        customer = self.customer(product.code, credit="10")
        large = self.event("chat", data={"model": "large", "tokens": 7})
        small = self.event("chat", data={"model": "small", "tokens": 7})
        nothing = self.event("nothing")
        body = models.SimulateUsageRequest(events=[large, small, self.event(), nothing])
        simulated = self.client.products.simulate_usage(product.id, 1, body)
        self.assertEqual(
            [Decimal(one.amount) for one in simulated.fees], [Decimal("0.07"), Decimal("0.007"), Decimal("0.5")]
        )
        self.assertEqual(simulated.fees[0].usage_id, large.id)
        self.assertEqual(simulated.fees[0].dimensions, {"model": "large"})
        self.assertTrue(simulated.warnings)
        self.assertEqual(self.available(customer.id), 10)
        self.send(customer.id, *body.events)
        charged = [fee for one in body.events for fee in self.recorded(one.id).fees]
        shown = [(Decimal(one.amount), one.price_id, one.currency) for one in charged]
        self.assertEqual(shown, [(Decimal(one.amount), one.price_id, one.currency) for one in simulated.fees])
        self.assertEqual(self.available(customer.id), 10 - sum(amount for amount, _, _ in shown))

    @operation("GET /products/{id}/subscribers")
    def test_get_subscribers(self):
        """Names everyone who has the product, with subscription, version and start, page by page."""
        product = self.product()
        customers = [self.customer(product.code, email="a@acme.example") for _ in range(3)]
        page = self.client.products.get_subscribers(product.id)
        self.assertEqual(page.total_count, 3)
        found = {one.customer_id: one for one in page.items_property}
        self.assertEqual(set(found), {one.id for one in customers})
        one = found[customers[0].id]
        self.assertEqual(one.subscription_id, customers[0].subscriptions[0].id)
        self.assertEqual((one.subscription_status, one.version, one.email), ("active", 1, "a@acme.example"))
        self.assertTrue(one.product_rate_plan_id and one.customer_name)
        self.assert_now(one.started_at)
        self.assertEqual(len(self.client.products.get_subscribers(product.id, limit=2, offset=2).items_property), 1)
        self.assertEqual(self.client.products.get_subscribers(self.product().id).total_count, 0)
