//! The native tests: scenario tables, properties, a simulation, and the edge over a world in memory.
//!
//! | file | proves |
//! |---|---|
//! | `scenarios/*.txt` | the rules of money, in cases that a product owner can read |
//! | `suite/scenario.rs` | the grammar of those cases |
//! | `suite/scenarios.rs`, `scenario_commands.rs`, `scenario_observed.rs`, `scenario_subscriptions.rs` | plays them |
//! | `suite/audit.rs`, `audit_budgets.rs`, `audit_copies.rs`, `audit_losses.rs`, `audit_revenue.rs`, `audit_reversals.rs`, `audit_subscriptions.rs`, `audit_unpriced.rs` | the laws that hold after every step of every test |
//! | `suite/asked.rs` | what tests ask of a wallet |
//! | `suite/properties.rs`, `arbitrary.rs`, `arbitrary_catalogue.rs`, `arbitrary_subscriptions.rs` | the laws under arbitrary and absurd commands |
//! | `suite/histories.rs` | the same laws over 400,000 commands that mix plans, moves, holds, captures and lapses |
//! | `suite/subscriptions.rs` | that periods happen once each, whenever the alarm rings, and proration |
//! | `suite/asleep.rs` | that a wallet which slept for years is caught up in bounded turns |
//! | `suite/plans.rs` | that no sequence of plan commands makes money or credit |
//! | `suite/paylinks.rs` | that a payment link asks for what is missing, and that it is enough |
//! | `suite/simulation.rs`, `workload.rs` | every outcome, against an independent naive wallet |
//! | `suite/model.rs`, `model_requests.rs`, `model_prices.rs`, `model_estimates.rs`, `model_budgets.rs` | that wallet |
//! | `suite/rounding.rs` | fees and caps, against schoolbook arithmetic |
//! | `suite/prices.rs` | the laws of tiers, caps and simulations; entries from before there were models |
//! | `suite/offline.rs` | that what the npm package foresees, affords and explains is what the wallet does |
//! | `suite/folding.rs` | that a customer's fold comes to the wallet, without what a customer may not see |
//! | `suite/price_requests.rs` | what a request may say of a price, and how it is told what is wrong |
//! | `suite/vectors.rs` | figures of other projects, where the rule is the same |
//! | `suite/amounts.rs` | what is an amount, and what is not |
//! | `suite/usage.rs`, `suite/edge_usage.rs` | that the usage object of every vendor becomes its units, and a call is charged by them |
//! | `suite/consumption.rs` | the order of grants, each tie-breaker by name |
//! | `suite/refusals.rs` | that every refusal is documented, ordered and tested |
//! | `suite/docs.rs` | that the documents name every route, code and limit |
//! | `suite/openapi.rs`, `openapi_bodies.rs`, `described.rs`, `promised.rs` | that the description of the API is what the code says, of calls, bodies and replies |
//! | `suite/probed.rs`, `bodies.rs`, `field_words.rs` | asks the API what a body may have; bodies with every field; what each means |
//! | `suite/budgets.rs` | what a budget's request says, and what replies say of it |
//! | `suite/world.rs`, `world_sent.rs` | everything outside the edge, in memory; who goes on is decided by a seed |
//! | `suite/edge_branding.rs` | that a branding record can be read on the screen, and is the own account's |
//! | `suite/edge_payments.rs` | that the list of payments has each once, with what went back |
//! | `suite/invoiced_histories.rs` | plans that invoices pay, mixed with use, moves, refunds and disputes |
//! | `suite/edge_cases.rs` | that every route answers; the table that the next two walk |
//! | `suite/edge_thin.rs` | that thin events are kept, fetched and credited once; versions of Stripe's API |
//! | `suite/edge_recovery.rs` | that what Stripe could not deliver is found, in bounded calls, and credited once |
//! | `suite/edge_reconciliation.rs` | that what does not agree with Stripe is listed, and mended once by one call |
//! | `suite/edge_streams.rs` | that any stream of payments, refunds and disputes comes to the truth |
//! | `suite/edge_claims.rs` | that refunds and disputes are told once, in any order, before and after their payment |
//! | `suite/edge_refunds.rs` | what a caller may refund, and what freezes a wallet |
//! | `suite/edge_processors.rs` | that a key of Stripe's is tried, sealed and never shown; packs, limits and bonuses |
//! | `suite/shop.rs` | a shop whose payments are taken at Stripe |
//! | `suite/edge_checkout.rs`, `stripe_double.rs` | that a top-up paid at Stripe credits what it sold, once, whatever happens on the way; a Stripe in memory |
//! | `suite/edge_charges.rs`, `stripe_charges.rs` | that what Stripe charges for a recharge is credited once, whatever is lost; cards that are kept there |
//! | `suite/edge_kills.rs` | that whoever is killed anywhere between a debit and its recharge charges once and credits once |
//! | `suite/signed.rs` | what processors tell, signed as each of them signs |
//! | `suite/edge_failures.rs` | that whoever does not answer, the same call again finishes it |
//! | `suite/edge_keys.rs` | that a key may do what the table of routes says, while it is valid |
//! | `suite/edge_links.rs` | that links come from the configuration, keep no secret at rest, and end |
//! | `suite/edge_lists.rs` | that the pages of a list are the list, and quotas hold whoever comes at the same time |
//! | `suite/edge_paths.rs` | that a path reaches its own route; that both ways to a wallet are the same |
//! | `suite/edge_prices.rs` | that tiers go on with versions, data comes back as sent, purchases give no more |
//! | `suite/edge_pricings.rs` | that usage is priced later with what was not known, and what becomes of a pricing |
//! | `suite/edge_races.rs` | that what happens once happens once, whoever comes at the same time |
//! | `suite/edge_stripe.rs` | that a signed event fills the wallets of its secret's side and no others, and what becomes of the rest |
//! | `suite/losses.rs` | what arbitrary refunds and disputes find of a payment in its rows |
//! | `suite/stripe_shapes.rs` | that every shape of an event that Stripe has sent since 2013 is answered |
//! | `suite/edge_webhooks.rs` | that deliveries go out all at once, and each outcome is noted |
//! | `suite/external_id.rs` | that a wallet answers to the name its customer has now |
//! | `suite/rows.rs` | that a row is read and written back to the byte, whatever it says |
//! | `suite/chain.rs` | that a row cannot be changed unnoticed |
//! | `suite/unpriced.rs` | that what is priced later costs what it would have cost |
//! | `suite/storage.rs` | that the journal's storages obey the same laws |
//! | `suite/weights.rs` | that every limit holds in bytes, and what a wake needs of memory |
//! | `suite/copies.rs` | that a subscription which has ended keeps no prices, and replies stay as they were |
//! | `suite/vectors_holds.rs` | that cases from elsewhere come out as they say |

#[path = "suite/amounts.rs"]
mod amounts;
#[path = "suite/arbitrary.rs"]
mod arbitrary;
#[path = "suite/arbitrary_catalogue.rs"]
mod arbitrary_catalogue;
#[path = "suite/arbitrary_recharges.rs"]
mod arbitrary_recharges;
#[path = "suite/arbitrary_subscriptions.rs"]
mod arbitrary_subscriptions;
#[path = "suite/asked.rs"]
mod asked;
#[path = "suite/asleep.rs"]
mod asleep;
#[path = "suite/audit.rs"]
mod audit;
#[path = "suite/audit_budgets.rs"]
mod audit_budgets;
#[path = "suite/audit_copies.rs"]
mod audit_copies;
#[path = "suite/audit_losses.rs"]
mod audit_losses;
#[path = "suite/audit_minimums.rs"]
mod audit_minimums;
#[path = "suite/audit_recharges.rs"]
mod audit_recharges;
#[path = "suite/audit_revenue.rs"]
mod audit_revenue;
#[path = "suite/audit_reversals.rs"]
mod audit_reversals;
#[path = "suite/audit_subscriptions.rs"]
mod audit_subscriptions;
#[path = "suite/audit_unpriced.rs"]
mod audit_unpriced;
#[path = "suite/bodies.rs"]
mod bodies;
#[path = "suite/budgets.rs"]
mod budgets;
#[path = "suite/chain.rs"]
mod chain;
#[path = "suite/consumption.rs"]
mod consumption;
#[path = "suite/copies.rs"]
mod copies;
#[path = "suite/described.rs"]
mod described;
#[path = "suite/difference.rs"]
mod difference;
#[path = "suite/docs.rs"]
mod docs;
#[path = "suite/edge_audience.rs"]
mod edge_audience;
#[path = "suite/edge_branding.rs"]
mod edge_branding;
#[path = "suite/edge_cases.rs"]
mod edge_cases;
#[path = "suite/edge_cases_money.rs"]
mod edge_cases_money;
#[path = "suite/edge_charges.rs"]
mod edge_charges;
#[path = "suite/edge_checkout.rs"]
mod edge_checkout;
#[path = "suite/edge_claims.rs"]
mod edge_claims;
#[path = "suite/edge_codes.rs"]
mod edge_codes;
#[path = "suite/edge_failures.rs"]
mod edge_failures;
#[path = "suite/edge_inbound.rs"]
mod edge_inbound;
#[path = "suite/edge_keys.rs"]
mod edge_keys;
#[path = "suite/edge_kills.rs"]
mod edge_kills;
#[path = "suite/edge_links.rs"]
mod edge_links;
#[path = "suite/edge_lists.rs"]
mod edge_lists;
#[path = "suite/edge_live.rs"]
mod edge_live;
#[path = "suite/edge_mpp.rs"]
mod edge_mpp;
#[path = "suite/edge_mpp_stripe.rs"]
mod edge_mpp_stripe;
#[path = "suite/edge_paths.rs"]
mod edge_paths;
#[path = "suite/edge_payments.rs"]
mod edge_payments;
#[path = "suite/edge_plan_refunds.rs"]
mod edge_plan_refunds;
#[path = "suite/edge_plans.rs"]
mod edge_plans;
#[path = "suite/edge_prices.rs"]
mod edge_prices;
#[path = "suite/edge_pricings.rs"]
mod edge_pricings;
#[path = "suite/edge_processors.rs"]
mod edge_processors;
#[path = "suite/edge_races.rs"]
mod edge_races;
#[path = "suite/edge_recharge.rs"]
mod edge_recharge;
#[path = "suite/edge_reconciliation.rs"]
mod edge_reconciliation;
#[path = "suite/edge_recovery.rs"]
mod edge_recovery;
#[path = "suite/edge_refunds.rs"]
mod edge_refunds;
#[path = "suite/edge_simulated.rs"]
mod edge_simulated;
#[path = "suite/edge_streams.rs"]
mod edge_streams;
#[path = "suite/edge_stripe.rs"]
mod edge_stripe;
#[path = "suite/edge_stripe_refunds.rs"]
mod edge_stripe_refunds;
#[path = "suite/edge_thin.rs"]
mod edge_thin;
#[path = "suite/edge_tokens.rs"]
mod edge_tokens;
#[path = "suite/edge_usage.rs"]
mod edge_usage;
#[path = "suite/edge_webhooks.rs"]
mod edge_webhooks;
#[path = "suite/external_id.rs"]
mod external_id;
#[path = "suite/field_words.rs"]
mod field_words;
#[path = "suite/folding.rs"]
mod folding;
#[path = "suite/former_refunds.rs"]
mod former_refunds;
#[path = "suite/histories.rs"]
mod histories;
#[path = "suite/invoiced_histories.rs"]
mod invoiced_histories;
#[path = "suite/losses.rs"]
mod losses;
#[path = "suite/model.rs"]
mod model;
#[path = "suite/model_budgets.rs"]
mod model_budgets;
#[path = "suite/model_catalogue.rs"]
mod model_catalogue;
#[path = "suite/model_estimates.rs"]
mod model_estimates;
#[path = "suite/model_periods.rs"]
mod model_periods;
#[path = "suite/model_prices.rs"]
mod model_prices;
#[path = "suite/model_requests.rs"]
mod model_requests;
#[path = "suite/offline.rs"]
mod offline;
#[path = "suite/openapi.rs"]
mod openapi;
#[path = "suite/openapi_bodies.rs"]
mod openapi_bodies;
#[path = "suite/paylinks.rs"]
mod paylinks;
#[path = "suite/plans.rs"]
mod plans;
#[path = "suite/price_requests.rs"]
mod price_requests;
#[path = "suite/prices.rs"]
mod prices;
#[path = "suite/probed.rs"]
mod probed;
#[path = "suite/promised.rs"]
mod promised;
#[path = "suite/properties.rs"]
mod properties;
#[path = "suite/receipts.rs"]
mod receipts;
#[path = "suite/refusals.rs"]
mod refusals;
#[path = "suite/rounding.rs"]
mod rounding;
#[path = "suite/rows.rs"]
mod rows;
#[path = "suite/scenario.rs"]
mod scenario;
#[path = "suite/scenario_commands.rs"]
mod scenario_commands;
#[path = "suite/scenario_observed.rs"]
mod scenario_observed;
#[path = "suite/scenario_recharges.rs"]
mod scenario_recharges;
#[path = "suite/scenario_subscriptions.rs"]
mod scenario_subscriptions;
#[path = "suite/scenarios.rs"]
mod scenarios;
#[path = "suite/shop.rs"]
mod shop;
#[path = "suite/signed.rs"]
mod signed;
#[path = "suite/simulation.rs"]
mod simulation;
#[path = "suite/stats.rs"]
mod stats;
#[path = "suite/storage.rs"]
mod storage;
#[path = "suite/stripe_charges.rs"]
mod stripe_charges;
#[path = "suite/stripe_double.rs"]
mod stripe_double;
#[path = "suite/stripe_plans.rs"]
mod stripe_plans;
#[path = "suite/stripe_shapes.rs"]
mod stripe_shapes;
#[path = "suite/subscriptions.rs"]
mod subscriptions;
#[path = "suite/unpriced.rs"]
mod unpriced;
#[path = "suite/usage.rs"]
mod usage;
#[path = "suite/vectors.rs"]
mod vectors;
#[path = "suite/vectors_holds.rs"]
mod vectors_holds;
#[path = "suite/weights.rs"]
mod weights;
#[path = "suite/workload.rs"]
mod workload;
#[path = "suite/workload_prices.rs"]
mod workload_prices;
#[path = "suite/world.rs"]
mod world;
#[path = "suite/world_sent.rs"]
mod world_sent;
