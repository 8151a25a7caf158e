//! Top-ups that are paid at Stripe: what was sold is credited, once, whatever happens on the way and in
//! whatever order Stripe tells of it.

use scrip::engine::Amount;
use serde_json::{Value, json};

use crate::edge_cases::{path_of, text};
use crate::shop::{KEY, PAID, PLACE, Shop, completed, event, intent, succeeded};
use crate::stripe_double::Mishap;
use crate::workload::Dice;
use crate::world::{Asked, Fault, Lost, NOW, Sent, get, press, sent};

#[test]
fn a_top_up_is_paid_at_stripe_and_credits_what_it_sold() {
    let shop = Shop::new();
    let made = shop.top_up(json!({}));
    assert_eq!(made["redirect_url"], "https://checkout.stripe.example/cs_1");
    assert_eq!(made["credit"], json!({"asset": "USD", "amount": "20"}));
    let asked = shop.world.stripe.borrow().last_body();
    for (name, value) in [
        ("customer", "cus_1"),
        ("metadata[scrip_top_up_id]", text(&made, "id").as_str()),
        (
            "payment_intent_data[metadata][scrip_customer_id]",
            &shop.customer,
        ),
        ("payment_intent_data[setup_future_usage]", "off_session"),
        ("line_items[0][price_data][unit_amount]", "2000"),
    ] {
        assert_eq!(asked.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert_eq!(shop.read(&made)["status"], "initiated");
    let session = shop.pays(json!({}));
    assert_eq!(shop.hears(&completed(&session)), "credited");
    assert_eq!(shop.credits(), [PAID]);
    assert_eq!(shop.read(&made)["status"], "succeeded");
    // The map from the PaymentIntent to its wallet, by which refunds and disputes find it.
    let named = shop
        .world
        .rows("SELECT customer_id, credited_at FROM payment WHERE id = 'pi_1'");
    assert_eq!(named[0]["customer_id"], shop.customer.as_str());
    assert!(named[0]["credited_at"].is_string());
}

/// Each event may come first, last, twice, and long after the others.
#[test]
fn one_payment_is_one_credit_in_every_order_of_its_events() {
    let orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    for order in orders {
        let shop = Shop::new();
        let made = shop.top_up(json!({}));
        let session = shop.pays(json!({}));
        let ended = event("checkout.session.expired", "expired", &{
            let mut ended = session.clone();
            ended["status"] = "expired".into();
            ended["payment_status"] = "unpaid".into();
            ended
        });
        let events = [completed(&session), succeeded(&session), ended];
        for at in order.iter().chain(order.iter().rev()) {
            shop.hears(&events[*at]);
        }
        assert_eq!(shop.credits(), [PAID], "{order:?}");
        assert_eq!(shop.read(&made)["status"], "succeeded", "{order:?}");
        assert!(
            shop.world
                .rows("SELECT * FROM unmatched_payment")
                .is_empty()
        );
    }
}

/// A delayed method: the session completes unpaid, and days later it is paid or it is not.
#[test]
fn a_delayed_payment_is_pending_until_its_money_comes() {
    const SUCCEEDED: &str = "checkout.session.async_payment_succeeded";
    const FAILED: &str = "checkout.session.async_payment_failed";
    const COMPLETED: &str = "checkout.session.completed";
    for (order, status, credited) in [
        (&[COMPLETED][..], "pending", false),
        (&[COMPLETED, SUCCEEDED], "succeeded", true),
        (&[SUCCEEDED, COMPLETED], "succeeded", true),
        (&[COMPLETED, FAILED], "failed", false),
        (&[FAILED, COMPLETED], "failed", false),
        // What has come is a fact, whatever was said before.
        (&[FAILED, SUCCEEDED], "succeeded", true),
        (&[SUCCEEDED, FAILED], "succeeded", true),
    ] {
        let shop = Shop::new();
        shop.top_up(json!({}));
        let unpaid = shop.pays(json!({"payment_status": "unpaid"}));
        for kind in order {
            let mut session = unpaid.clone();
            if *kind == SUCCEEDED {
                session["payment_status"] = "paid".into();
            }
            shop.hears(&event(kind, kind, &session));
        }
        assert_eq!(shop.noted("status"), status, "{order:?}");
        assert_eq!(!shop.credits().is_empty(), credited, "{order:?}");
    }
}

/// Three days after its end a session may still be paid by what was begun before.
#[test]
fn a_payment_counts_long_after_the_link_has_ended() {
    let shop = Shop::new();
    let made = shop.top_up(json!({}));
    let unpaid = shop.pays(json!({"payment_status": "unpaid"}));
    shop.hears(&completed(&unpaid));
    shop.world.clock.set(NOW + 3 * 86_400_000);
    assert_eq!(shop.read(&made)["status"], "pending");
    shop.pays(json!({}));
    // Its event would be signed anew then; here the read asks for it.
    assert_eq!(shop.read(&made)["status"], "succeeded");
    assert_eq!(shop.credits(), [PAID]);
}

/// A bank transfer goes into the customer's cash balance at Stripe, perhaps in parts.
#[test]
fn a_bank_transfer_is_credited_when_it_is_complete() {
    let shop = Shop::new();
    shop.top_up(json!({}));
    let unpaid = shop.pays(json!({"payment_status": "unpaid"}));
    let part = intent(&unpaid, "requires_action");
    let transfer =
        json!({"id": "ccsbtxn_1", "object": "customer_cash_balance_transaction", "type": "funded"});
    let told = "customer_cash_balance_transaction.created";
    assert_eq!(
        shop.hears(&event(told, "t1", &transfer)),
        "ignored not_a_payment"
    );
    let partly = event("payment_intent.partially_funded", "part", &part);
    assert_eq!(shop.hears(&partly), "ignored not_paid_yet");
    assert_eq!(shop.noted("status"), "pending");
    assert_eq!(shop.credits(), [""; 0]);
    // Whose it will be is known before it is there.
    let named = "SELECT customer_id, credited_at FROM payment WHERE id = 'pi_1'";
    let named = shop.world.rows(named);
    assert_eq!(named[0]["customer_id"], shop.customer.as_str());
    assert_eq!(named[0]["credited_at"], Value::Null);
    let session = shop.pays(json!({}));
    assert_eq!(shop.hears(&succeeded(&session)), "credited");
    assert_eq!(shop.credits(), [PAID]);
}

/// What was sold is credited, what was paid is revenue: the rest is a promotion.
#[test]
fn a_discount_is_a_promotion_and_no_less_credit() {
    let details =
        |discount: i64| json!({"amount_discount": discount, "amount_shipping": 0, "amount_tax": 0});
    let credits = json!({"destination": {"asset": "CREDITS"}});
    for (ask, changes, expected) in [
        (
            json!({}),
            json!({"amount_total": 1_600, "total_details": details(400)}),
            vec![
                "stripe:pi:pi_1 16 default:USD paid paid 16",
                "stripe:pi:pi_1:promotion 4 default:USD promotion paid 0",
            ],
        ),
        (
            json!({}),
            json!({"amount_total": 0, "total_details": details(2_000), "payment_intent": null,
                "payment_status": "no_payment_required"}),
            vec!["stripe:cs:cs_1 20 default:USD promotion paid 0"],
        ),
        (
            credits.clone(),
            json!({"amount_total": 1_333, "total_details": details(667)}),
            vec![
                "stripe:pi:pi_1 1333 default:CREDITS paid paid 13.33",
                "stripe:pi:pi_1:promotion 667 default:CREDITS promotion paid 0",
            ],
        ),
        (
            credits,
            json!({}),
            vec!["stripe:pi:pi_1 2000 default:CREDITS paid paid 20"],
        ),
    ] {
        let shop = Shop::new();
        let mut ask = ask;
        ask["allow_promotion_codes"] = true.into();
        shop.top_up(ask);
        let session = shop.pays(changes);
        for event in [completed(&session), completed(&session)] {
            assert_eq!(shop.hears(&event), "credited");
        }
        assert_eq!(shop.credits(), expected);
        assert_eq!(shop.noted("status"), "succeeded");
    }
}

/// What a code took off was given with what was paid for, so it goes back with it: before the payment is told or
/// after it, by one refund or by two.
#[test]
fn a_refund_takes_its_part_of_all_that_a_top_up_gave() {
    for (comes_first, cents, left) in [
        (true, vec![800], "10"),
        (false, vec![800], "10"),
        (true, vec![1_600], "0"),
        (false, vec![800, 800], "0"),
    ] {
        let shop = Shop::new();
        shop.top_up(json!({"allow_promotion_codes": true}));
        let session =
            shop.pays(json!({"amount_total": 1_600, "total_details": {"amount_discount": 400}}));
        let refund = |(place, cents): (usize, &i64)| {
            let object = json!({"id": format!("re_{place}"), "object": "refund", "amount": cents,
                "currency": "usd", "status": "succeeded", "payment_intent": "pi_1"});
            event("refund.created", &format!("re_{place}"), &object)
        };
        let refunds: Vec<Sent> = cents.iter().enumerate().map(refund).collect();
        let told = |expected| {
            for refund in &refunds {
                assert_eq!(shop.hears(refund), expected);
            }
        };
        if comes_first {
            told("waiting payment_not_credited");
        }
        assert_eq!(shop.hears(&completed(&session)), "credited");
        told("claimed");
        let wallet = format!("/v1/customers/{}/wallet", shop.customer);
        let wallet = shop.world.get(&get(wallet), 200);
        assert_eq!(wallet["accounts"][0]["balance"], left, "{cents:?}");
        let entries = shop
            .world
            .entries(&format!("acc_default/test/{}", shop.customer));
        let losses = entries
            .iter()
            .filter(|one| one["fact"]["type"] == "payment_loss");
        assert_eq!(losses.count(), cents.len());
    }
}

/// Tax comes on top, shipping is no credit, and what the payer saw is not what we sold.
#[test]
fn tax_and_the_payers_own_currency_change_nothing() {
    for (changes, paid) in [
        (
            json!({"amount_total": 2_380, "total_details": {"amount_tax": 380}}),
            "23.8",
        ),
        (
            json!({"amount_total": 2_500, "total_details": {"amount_tax": 0, "amount_shipping": 500}}),
            "25",
        ),
        (
            json!({"presentment_details": {"presentment_amount": 2_740, "presentment_currency": "cad"}}),
            "20",
        ),
        (
            json!({"currency": "cad", "amount_subtotal": 2_740, "amount_total": 2_740,
                "currency_conversion": {"amount_subtotal": 2_000, "amount_total": 2_000, "fx_rate": "1.37",
                    "source_currency": "usd"}}),
            "20",
        ),
    ] {
        let shop = Shop::new();
        shop.top_up(json!({}));
        let session = shop.pays(changes.clone());
        assert_eq!(shop.hears(&completed(&session)), "credited", "{changes}");
        let expected = format!("stripe:pi:pi_1 20 default:USD paid paid {paid}");
        assert_eq!(shop.credits(), [expected], "{changes}");
    }
}

/// In the integers that Stripe counts a currency in, which are not those of ISO.
#[test]
fn amounts_are_sent_in_stripes_own_integers() {
    for (amount, currency, integer) in [
        ("500", "JPY", "500"),
        ("5000", "MGA", "5000"),
        ("5000", "ISK", "500000"),
        ("5.12", "KWD", "5120"),
        ("10.5", "USD", "1050"),
    ] {
        let shop = Shop::new();
        shop.top_up(json!({"amount": amount, "currency": currency}));
        let asked = shop.world.stripe.borrow().last_body();
        assert_eq!(
            asked["line_items[0][price_data][unit_amount]"], integer,
            "{currency}"
        );
        let session = shop.pays(json!({}));
        assert_eq!(shop.hears(&completed(&session)), "credited");
        let expected = format!("stripe:pi:pi_1 {amount} default:{currency} paid paid {amount}");
        assert_eq!(shop.credits(), [expected]);
    }
}

/// Several top-ups, each paid, paid late, made cheaper or not paid at all; what Stripe says of them comes in
/// any order and any number of times, between reads and ways back. What was sold of the paid ones is
/// credited, and nothing else.
#[test]
fn any_stream_of_events_credits_what_was_sold() {
    for seed in 0..60 {
        let mut dice = Dice(seed);
        let shop = Shop::new();
        let (mut stream, mut sold, mut paid) = (Vec::new(), 0, 0);
        for number in 1..=3_i64 {
            let amount = 1_000 + number * 7;
            let ask = shop.ask(json!({"amount": format!("{}.{:02}", amount / 100, amount % 100)}));
            let made = shop.world.get(&ask.once(&format!("k{number}")), 201);
            let session = format!("cs_{number}");
            let pays = |changes: Value| shop.world.stripe.borrow_mut().pay(&session, &changes);
            let discount = [0, 100, 200][dice.pick(3)];
            let tax = [0, 100][dice.pick(2)];
            let total = amount - discount + tax;
            let details =
                json!({"amount_discount": discount, "amount_tax": tax, "amount_shipping": 0});
            let changes = json!({"amount_total": total, "total_details": details});
            let mut unpaid = changes.clone();
            unpaid["payment_status"] = "unpaid".into();
            let waiting = pays(unpaid);
            let mut events = vec![
                completed(&waiting),
                event(
                    "payment_intent.processing",
                    "p",
                    &intent(&waiting, "processing"),
                ),
                event("checkout.session.async_payment_failed", "f", &waiting),
            ];
            if dice.below(4) > 0 {
                let now = pays(changes);
                let late = "checkout.session.async_payment_succeeded";
                events.extend([completed(&now), succeeded(&now), event(late, "s", &now)]);
                sold += amount;
                paid += total;
            }
            events.push(get(format!("/v1/top-ups/{}", text(&made, "id"))));
            stream.extend(events);
        }
        // Once each, so that every payment is told of; then some of them again.
        for at in (1..stream.len()).rev() {
            stream.swap(at, dice.pick(at + 1));
        }
        let again: Vec<_> = (0..6)
            .map(|_| stream[dice.pick(stream.len())].clone())
            .collect();
        for sent in stream.iter().chain(&again) {
            shop.world.get(sent, 200);
        }
        let (mut credited, mut revenue) = (Amount::ZERO, Amount::ZERO);
        for credit in shop.credits() {
            let parts: Vec<&str> = credit.split(' ').collect();
            credited = credited.saturating_plus(Amount::parse(parts[1]).expect("an amount"));
            revenue = revenue.saturating_plus(Amount::parse(parts[5]).expect("an amount"));
        }
        let cents = |cents: i64| {
            Amount::parse(&format!("{}.{:02}", cents / 100, cents % 100)).expect("an amount")
        };
        assert_eq!(
            (credited, revenue),
            (cents(sold), cents(paid)),
            "seed {seed}"
        );
    }
}

/// Whoever may write metadata at Stripe can name any top-up. Only its own session, for its own amount, pays.
#[test]
fn a_payment_that_contradicts_its_top_up_is_kept_for_somebody_to_look_at() {
    for (changes, told) in [
        (json!({"id": "cs_other"}), "unmatched contradictory"),
        (
            json!({"amount_subtotal": 100, "amount_total": 100}),
            "unmatched contradictory",
        ),
        (json!({"currency": "jpy"}), "unmatched contradictory"),
        (
            json!({"metadata": {"scrip_top_up_id": "top_nobody"}}),
            "unmatched unknown_top_up",
        ),
        (json!({"livemode": true}), "unmatched wrong_mode"),
        (
            json!({"amount_subtotal": "much"}),
            "unmatched unreadable_object",
        ),
    ] {
        let shop = Shop::new();
        shop.top_up(json!({}));
        let session = shop.pays(changes);
        assert_eq!(shop.hears(&completed(&session)), told);
        assert_eq!(shop.credits(), [""; 0]);
        assert_eq!(shop.noted("sale"), Value::Null);
        // Sent again for three days, it is kept once.
        shop.hears(&completed(&session));
        let kept = shop.world.rows("SELECT payment FROM unmatched_payment");
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[0]["payment"], "pi_1");
    }
}

/// A simulated top-up is paid on its page only.
#[test]
fn an_event_pays_for_no_simulated_top_up_and_a_button_for_none_at_stripe() {
    let shop = Shop::new();
    shop.world.get(&sent("DELETE", PLACE, Value::Null), 204);
    let simulated = shop.top_up(json!({}));
    let session = json!({"id": "cs_1", "object": "checkout.session", "status": "complete", "mode": "payment",
        "payment_status": "paid", "payment_intent": "pi_1", "currency": "usd", "amount_subtotal": 2_000,
        "amount_total": 2_000, "metadata": {"scrip_top_up_id": simulated["id"]}});
    assert_eq!(shop.hears(&completed(&session)), "unmatched unknown_top_up");

    let shop = Shop::new();
    shop.top_up(json!({}));
    let asked = shop.world.stripe.borrow().bodies.last().expect("a request")["success_url"].clone();
    let page = path_of(asked.strip_suffix("?paid=yes").expect("the way back"));
    for action in [
        "pay", "decline", "delay", "settle", "fail", "refund", "cancel",
    ] {
        let reply = shop.world.one(&press(page.as_str(), action));
        let to = (reply.status, reply.body.as_str());
        assert!(
            action == "cancel" || to == (303, "https://checkout.stripe.example/cs_1"),
            "{to:?}"
        );
        assert_eq!(shop.noted("status"), "initiated");
    }
    assert_eq!(shop.credits(), [""; 0]);
}

// Whoever does not answer.

/// The customer and the session are made once, whatever happens to the answers.
#[test]
fn an_answer_of_stripes_that_is_lost_is_asked_for_again() {
    use Mishap::{Cut, Lost, Status, Unheard, Wait};
    for path in ["/v1/customers", "/v1/checkout/sessions"] {
        for mishap in [
            Lost,
            Unheard,
            Cut,
            Status(500),
            Status(503),
            Wait(429, 2),
            Wait(429, 0),
        ] {
            for times in 1..=4 {
                let shop = Shop::new();
                let ask = shop.ask(json!({}));
                shop.world.stripe.borrow_mut().mishaps = vec![(path, mishap); times];
                let first = shop.world.one(&ask);
                // Three times are asked by one call.
                assert_eq!(
                    first.status,
                    if times < 3 { 201 } else { 503 },
                    "{mishap:?} {times}"
                );
                let again = shop.world.get(&ask, 201);
                assert_eq!(
                    again["redirect_url"],
                    "https://checkout.stripe.example/cs_1"
                );
                let stripe = shop.world.stripe.borrow();
                assert_eq!((stripe.customers.len(), stripe.sessions.len()), (1, 1));
                drop(stripe);
                assert_eq!(shop.world.rows("SELECT * FROM top_up").len(), 1);
            }
        }
    }
}

#[test]
fn stripes_own_time_to_wait_is_kept() {
    let shop = Shop::new();
    let wait = |seconds| vec![("/v1/checkout", Mishap::Wait(429, seconds))];
    shop.world.stripe.borrow_mut().mishaps = wait(3);
    shop.top_up(json!({}));
    assert_eq!(*shop.world.paused.borrow(), [3_000]);
    // Longer than anybody waits here: the caller is told.
    let shop = Shop::new();
    shop.world.stripe.borrow_mut().mishaps = wait(60);
    let reply = shop.world.one(&shop.ask(json!({})));
    assert_eq!((reply.status, reply.retry_after), (503, Some(60)));
    assert!(shop.world.paused.borrow().is_empty());
}

/// A refusal is told in Stripe's own words, and nothing is credited or promised by it.
#[test]
fn what_stripe_refuses_is_told_and_not_tried_again() {
    let shop = Shop::new();
    let refused = shop.world.get(&shop.ask(json!({"amount": "0.3"})), 422);
    assert_eq!(refused["code"], "processor_refused");
    assert_eq!(refused["retryable"], false);
    let detail = refused["detail"].as_str().expect("a detail");
    assert!(detail.contains("at least 50 cents"), "{detail}");
    shop.world.stripe.borrow_mut().keys.clear();
    let asked = shop.world.stripe.borrow().asked.len();
    let ask = shop.ask(json!({})).once("k2");
    let refused = shop.world.get(&ask, 422);
    let detail = refused["detail"].as_str().expect("a detail");
    assert!(detail.contains("refused the key"), "{detail}");
    assert_eq!(shop.world.stripe.borrow().asked.len(), asked + 1);
    assert!(!detail.contains(KEY));
}

#[test]
fn the_same_request_is_the_same_session_whoever_comes_at_the_same_time() {
    for seed in 0..40 {
        let shop = Shop::new();
        let ask = shop.ask(json!({}));
        let replies = shop.world.race(&[ask.clone(), ask.clone(), ask], seed);
        for reply in &replies {
            assert_eq!(reply.status, 201, "seed {seed}: {}", reply.body);
            assert!(reply.body.contains("https://checkout.stripe.example/cs_1"));
        }
        let stripe = shop.world.stripe.borrow();
        assert_eq!(
            (stripe.customers.len(), stripe.sessions.len()),
            (1, 1),
            "seed {seed}"
        );
    }
}

/// Somebody has deleted the customer at Stripe: another one is made, once, and pays from then on.
#[test]
fn a_customer_that_is_gone_at_stripe_is_made_again() {
    let shop = Shop::new();
    shop.top_up(json!({}));
    shop.world.stripe.borrow_mut().gone = vec!["cus_1".to_owned()];
    let ask = shop.ask(json!({})).once("k2");
    shop.world.stripe.borrow_mut().mishaps = vec![("/v1/customers", Mishap::Unheard); 3];
    assert_eq!(shop.world.one(&ask).status, 503);
    let made = shop.world.get(&ask, 201);
    assert_eq!(made["redirect_url"], "https://checkout.stripe.example/cs_2");
    shop.world.get(&shop.ask(json!({})).once("k3"), 201);
    assert_eq!(shop.world.stripe.borrow().customers.len(), 2);
    let known = shop.world.rows("SELECT id FROM stripe_customer");
    assert_eq!(known.len(), 1);
    assert_eq!(known[0]["id"], "cus_2");
    // Where it is gone again and again, Stripe's word is passed on.
    shop.world.stripe.borrow_mut().gone = vec!["cus_2".to_owned(), "cus_3".to_owned()];
    let refused = shop.world.get(&shop.ask(json!({})).once("k4"), 422);
    assert_eq!(refused["code"], "processor_refused");
}

/// The settings may change between a lost answer and the next try: the row says what was asked.
#[test]
fn a_session_is_asked_for_as_it_was_whatever_has_changed_since() {
    let shop = Shop::new();
    let ask = shop.ask(json!({}));
    shop.world.stripe.borrow_mut().mishaps = vec![("/v1/checkout", Mishap::Unheard); 3];
    assert_eq!(shop.world.one(&ask).status, 503);
    let changed = json!({"automatic_tax": true, "save_payment_method": false});
    shop.world.get(&sent("PUT", PLACE, changed), 200);
    shop.world.clock.set(NOW + 600_000);
    shop.world.get(&ask, 201);
    assert_eq!(shop.world.stripe.borrow().sessions.len(), 1);
    // A day later Stripe has forgotten which session it was, so it is not asked for another one.
    let shop = Shop::new();
    let ask = shop.ask(json!({}));
    shop.world.stripe.borrow_mut().mishaps = vec![("/v1/checkout", Mishap::Unheard); 3];
    assert_eq!(shop.world.one(&ask).status, 503);
    shop.world.clock.set(NOW + 24 * 3_600_000);
    assert_eq!(shop.world.get(&ask, 409)["code"], "wrong_state");
    assert_eq!(shop.world.stripe.borrow().sessions.len(), 1);
}

/// Each question of the directory and of the wallet is lost once, and so is each answer, while the event comes.
#[test]
fn an_event_that_is_interrupted_anywhere_is_credited_once_when_it_comes_again() {
    let details = json!({"amount_discount": 400, "amount_tax": 0});
    for asked in [Asked::Directory, Asked::Wallet] {
        for place in 0.. {
            let mut reached = false;
            for lost in [Lost::Question, Lost::Answer] {
                for by_intent in [false, true] {
                    let shop = Shop::new();
                    shop.top_up(json!({"allow_promotion_codes": true}));
                    let session =
                        shop.pays(json!({"amount_total": 1_600, "total_details": details}));
                    let event = if by_intent {
                        succeeded(&session)
                    } else {
                        completed(&session)
                    };
                    shop.world.break_at(Fault { asked, place, lost });
                    reached |= shop.world.one(&event).status == 503;
                    shop.world.mend();
                    assert_eq!(shop.hears(&event), "credited");
                    assert_eq!(shop.credits().len(), 2, "{asked:?} {place} {lost:?}");
                    assert_eq!(shop.noted("status"), "succeeded");
                }
            }
            if !reached {
                assert!(place > 0, "nothing was lost");
                break;
            }
        }
    }
}

// The way back.

fn page_of(shop: &Shop) -> String {
    let stripe = shop.world.stripe.borrow();
    let body = stripe
        .bodies
        .iter()
        .find_map(|body| body.get("success_url"));
    path_of(body.expect("a session"))
}

#[test]
fn who_comes_back_is_credited_before_the_event() {
    let shop = Shop::new();
    shop.top_up(json!({}));
    let session = shop.pays(json!({}));
    let back = shop.world.one(&get(page_of(&shop)));
    assert_eq!(
        (back.status, back.body.as_str()),
        (303, "https://shop.example/thanks")
    );
    assert_eq!(shop.credits(), [PAID]);
    assert_eq!(shop.hears(&completed(&session)), "credited");
    assert_eq!(shop.hears(&succeeded(&session)), "credited");
    assert_eq!(shop.credits(), [PAID]);
    // Stripe need not answer: the customer goes on all the same.
    let shop = Shop::new();
    shop.top_up(json!({}));
    shop.pays(json!({}));
    shop.world.stripe.borrow_mut().mishaps = vec![("/v1/checkout", Mishap::Lost)];
    let back = shop.world.one(&get(page_of(&shop)));
    assert_eq!(
        (back.status, back.body.as_str()),
        (303, "https://shop.example/thanks")
    );
    assert_eq!(shop.credits(), [""; 0]);
}

#[test]
fn who_turns_back_goes_to_the_failure_url_and_may_come_again() {
    let shop = Shop::new();
    shop.top_up(json!({}));
    let page = page_of(&shop);
    let turned = page.replace("paid=yes", "paid=no");
    let back = shop.world.one(&get(turned));
    assert_eq!(
        (back.status, back.body.as_str()),
        (303, "https://shop.example/sorry")
    );
    let plain = page.split_once('?').expect("a query").0;
    let again = shop.world.one(&get(plain));
    assert_eq!(
        (again.status, again.body.as_str()),
        (303, "https://checkout.stripe.example/cs_1")
    );
}

#[test]
fn the_event_and_the_way_back_race_and_credit_once() {
    for seed in 0..60 {
        let shop = Shop::new();
        let made = shop.top_up(json!({}));
        let session = shop.pays(json!({}));
        let read = get(format!("/v1/top-ups/{}", text(&made, "id")));
        let all = [
            completed(&session),
            succeeded(&session),
            get(page_of(&shop)),
            read,
        ];
        let statuses = shop
            .world
            .race(&all, seed)
            .iter()
            .map(|one| one.status)
            .collect::<Vec<_>>();
        assert_eq!(statuses, [200, 200, 303, 200], "seed {seed}");
        assert_eq!(shop.credits(), [PAID], "seed {seed}");
        assert_eq!(shop.noted("status"), "succeeded", "seed {seed}");
    }
}

// Ending.

#[test]
fn a_top_up_that_is_ended_is_ended_at_stripe() {
    let shop = Shop::new();
    let made = shop.top_up(json!({}));
    let end = sent(
        "DELETE",
        format!("/v1/top-ups/{}", text(&made, "id")),
        Value::Null,
    );
    shop.world.stripe.borrow_mut().mishaps = vec![("/v1/checkout", Mishap::Lost); 3];
    assert_eq!(shop.world.one(&end).status, 503);
    assert_eq!(shop.read(&made)["status"], "initiated");
    for _ in 0..2 {
        shop.world.get(&end, 204);
        assert_eq!(
            shop.world.stripe.borrow().sessions["cs_1"]["status"],
            "expired"
        );
    }
    assert_eq!(shop.read(&made)["status"], "expired");
    // Somebody was faster, and has paid.
    let shop = Shop::new();
    shop.top_up(json!({}));
    shop.pays(json!({}));
    assert_eq!(shop.world.get(&end, 409)["code"], "wrong_state");
    assert_eq!(shop.credits(), [PAID]);
}

#[test]
fn credit_ends_when_it_was_said_or_set_and_never_otherwise() {
    let ends = |shop: &Shop, changes| shop.top_up(changes)["credit_expires_at"].clone();
    let (plain, set) = (Shop::new(), Shop::with(json!({"credit_expires_days": 30})));
    assert_eq!(ends(&plain, json!({})), Value::Null);
    assert_eq!(ends(&set, json!({})), "2026-10-21T14:13:20Z");
    let said = json!({"credit_expires_at": "2027-01-01T00:00:00Z"});
    assert_eq!(
        ends(&Shop::with(json!({"credit_expires_days": 30})), said),
        "2027-01-01T00:00:00Z"
    );
    // A page at Stripe lives longer than such credit.
    let soon = json!({"credit_expires_at": "2026-09-21T14:30:00Z"});
    let refused = Shop::new();
    let refused = refused.world.get(&refused.ask(soon), 422);
    assert!(
        refused["errors"]["credit_expires_at"].is_array(),
        "{refused}"
    );
}

// What is shown and what is ended.

#[test]
fn a_receipt_is_shown_as_far_as_stripe_tells_it() {
    let shop = Shop::new();
    let made = shop.top_up(json!({}));
    assert_eq!(shop.read(&made)["receipt"], Value::Null);
    let session = shop.pays(json!({"amount_total": 2_380, "total_details": {"amount_tax": 380}}));
    shop.hears(&completed(&session));
    let receipt = shop.read(&made)["receipt"].clone();
    let bare =
        json!({"amount": "23.8", "tax": "3.8", "currency": "USD", "url": null, "number": null});
    assert_eq!(receipt, bare);
    let charge =
        json!({"receipt_url": "https://pay.stripe.example/r", "receipt_number": "1234-5678"});
    shop.pays(json!({"payment_intent": {"id": "pi_1", "latest_charge": charge}}));
    let receipt = shop.read(&made)["receipt"].clone();
    assert_eq!(
        (&receipt["url"], &receipt["number"]),
        (&json!("https://pay.stripe.example/r"), &json!("1234-5678"))
    );
    // Known from now on: Stripe is asked no more.
    let asked = shop.world.stripe.borrow().asked.len();
    assert_eq!(shop.read(&made)["receipt"], receipt);
    assert_eq!(shop.world.stripe.borrow().asked.len(), asked);
    assert_eq!(
        shop.credits(),
        ["stripe:pi:pi_1 20 default:USD paid paid 23.8"]
    );
}

/// Whoever revokes a customer's links ends the pages at Stripe as well.
#[test]
fn links_that_are_revoked_end_at_stripe() {
    let shop = Shop::new();
    let made = shop.top_up(json!({}));
    let path = format!("/v1/customers/{}/payment-links", shop.customer);
    let revoke = sent("DELETE", path, Value::Null);
    shop.world.stripe.borrow_mut().mishaps = vec![("/v1/checkout", Mishap::Lost); 3];
    assert_eq!(shop.world.one(&revoke).status, 503);
    shop.world.get(&revoke, 204);
    assert_eq!(
        shop.world.stripe.borrow().sessions["cs_1"]["status"],
        "expired"
    );
    assert_eq!(shop.read(&made)["status"], "expired");
}
