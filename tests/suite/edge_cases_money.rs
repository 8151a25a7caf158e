//! The routes by which money comes in and goes back, as cases of [`edge_cases`](crate::edge_cases).

use serde_json::{Value, json};

use crate::edge_cases::{Case, Stage, case, top_up_of, with_urls};

impl Stage {
    pub fn refunds(&self) -> Vec<Case> {
        let one = [self.customer.as_str()];
        let refund = json!({"payment_id": "wire_1", "amount": "1"});
        let freeze = json!({"frozen": true});
        vec![
            case(
                "POST",
                "/v1/customers/{id}/wallet/refunds",
                &one,
                refund,
                201,
            ),
            case("PUT", "/v1/customers/{id}/wallet/freeze", &one, freeze, 200),
        ]
    }

    /// The id of a recharge.
    fn recharge(&self) -> String {
        self.customer.replace("cust_", "rch_") + "_000000000007"
    }

    /// The simulated processor has charged it.
    pub fn charge_recharge(&self) {
        let id = self.recharge();
        let sql = format!(
            "INSERT INTO simulated_charge SELECT account_id, mode, '{id}', id, 'pi_sim', 'ok', '50', 'USD', 'succeeded', \
             NULL, NULL, 1, 1 FROM customer WHERE id = '{}'",
            self.customer
        );
        self.world.rows(sql.leak());
    }

    pub fn recharges(&self) -> Vec<Case> {
        let one = [self.customer.as_str()];
        let recharge = self.recharge();
        let [credits, dollars] = ["CREDITS", "USD"].map(|asset| [one[0], asset]);
        let none = || Value::Null;
        let rule = || json!({"threshold": "200", "target": "500", "monthly_limit": "900"});
        const RULE: &str = "/v1/customers/{id}/wallet/recharge/{asset}";
        const PREVIEW: &str = "/v1/customers/{id}/wallet/recharge/{asset}/preview";
        vec![
            case(
                "GET",
                "/v1/customers/{id}/wallet/recharge",
                &one,
                none(),
                200,
            ),
            case("GET", RULE, &credits, none(), 200),
            case(
                "GET",
                "/v1/customers/{id}/wallet/recharge/{asset}/attempts",
                &credits,
                none(),
                200,
            ),
            case("PUT", RULE, &dollars, rule(), 200),
            case("POST", PREVIEW, &dollars, rule(), 200),
            case("GET", "/v1/recharges/{id}", &[&recharge], none(), 200),
            case(
                "GET",
                "/v1/customers/{id}/payments",
                &[&self.customer],
                none(),
                200,
            ),
        ]
    }

    pub fn money(&self) -> Vec<Case> {
        let (pending, session) = ([self.pending.as_str()], [self.session.as_str()]);
        let none = || Value::Null;
        let link = with_urls(json!({"customer_id": self.customer}));
        let links = case("POST", "/v1/billing-portal/sessions", &[], link, 200);
        let customer = self.customer.as_str();
        const METHODS: &str = "/v1/customers/{id}/payment-methods";
        vec![
            case("POST", "/v1/top-ups", &[], top_up_of(&self.customer), 201),
            case("GET", "/v1/top-ups/{id}", &pending, none(), 200),
            case("DELETE", "/v1/top-ups/{id}", &[&self.top_up], none(), 204),
            // Each call ends the links that there are, also those that the one before has made.
            Case {
                makes_another: true,
                ..case(
                    "DELETE",
                    "/v1/customers/{id}/payment-links",
                    &[&self.customer],
                    none(),
                    204,
                )
            },
            case("GET", METHODS, &[customer], none(), 200),
            case("POST", METHODS, &[customer], json!({"card": "ok"}), 201),
            case(
                "POST",
                "/v1/customers/{id}/payment-methods/sessions",
                &[customer],
                with_urls(json!({})),
                201,
            ),
            case(
                "PUT",
                "/v1/customers/{id}/payment-methods/{payment_method}/default",
                &[customer, &self.cards[0]],
                none(),
                204,
            ),
            case(
                "POST",
                "/v1/customers/{id}/payment-methods/{payment_method}/simulate",
                &[customer, &self.cards[0]],
                json!({"event": "updated"}),
                204,
            ),
            case(
                "DELETE",
                "/v1/customers/{id}/payment-methods/{payment_method}",
                &[customer, &self.cards[0]],
                none(),
                204,
            ),
            // Its token is shown once and stored as a hash, so each call makes a link of its own.
            Case {
                makes_another: true,
                ..links
            },
            case(
                "DELETE",
                "/v1/billing-portal/sessions/{id}",
                &session,
                none(),
                204,
            ),
        ]
    }

    pub fn tokens(&self) -> Vec<Case> {
        let (customer, token) = (self.customer.as_str(), self.more.token.as_str());
        let new =
            json!({"scopes": ["topup", "authorize"], "allowed_origins": ["https://app.example"]});
        const TOKEN: &str = "/v1/customers/{id}/tokens/{token}";
        const REFRESH: &str = "/v1/customers/{id}/tokens/{token}/refresh";
        let given = json!({"link_token": self.more.link_token});
        // A token is shown once and stored as a hash, so each call makes another one.
        let another = |case| Case {
            makes_another: true,
            ..case
        };
        vec![
            case(
                "GET",
                "/v1/customers/{id}/wallet/live",
                &[customer],
                Value::Null,
                200,
            ),
            case(
                "GET",
                "/v1/customers/{id}/wallet/entries/{entry}/receipt",
                &[customer, "1"],
                Value::Null,
                200,
            ),
            another(case(
                "POST",
                "/v1/customers/{id}/tokens",
                &[customer],
                new,
                201,
            )),
            another(case("POST", REFRESH, &[customer, token], Value::Null, 201)),
            case("DELETE", TOKEN, &[customer, token], Value::Null, 204),
            case("POST", "/v1/tokens/exchange", &[], given, 201).again(404),
        ]
    }
}
