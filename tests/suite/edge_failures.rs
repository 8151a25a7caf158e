//! Somebody does not answer: the directory or a wallet, at any question of any route. The caller is told
//! 503, and the same call again finishes what was begun: everything is as if nothing had happened.

use crate::difference::{Blur, difference};
use crate::edge_cases::{Case, Stage};
use crate::world::{Asked, Fault, Lost, Memory};

/// What a route asks, and what it leaves behind, when everybody answers.
struct Undisturbed {
    questions: usize,
    body: String,
    everything: Vec<String>,
}

fn undisturbed(stage: &Stage, case: &Case, asked: Asked, blur: &Blur) -> Undisturbed {
    let world = stage.world.copy();
    let reply = world.one(&case.sent);
    Undisturbed {
        questions: world.questions(asked),
        body: blur.text(&reply.body),
        everything: blur.lines(&world.everything()),
    }
}

/// The world after a call in which a question was lost.
fn disturbed(stage: &Stage, case: &Case, fault: Fault) -> Memory {
    let world = stage.world.copy();
    world.break_at(fault);
    let reply = world.one(&case.sent);
    let said = format!("{} with {fault:?}: {}", case.name(), reply.body);
    assert_eq!(reply.status, 503, "{said}");
    let is_page = reply.body.starts_with("<!DOCTYPE html>");
    assert!(
        is_page || reply.body.contains("\"retryable\":true"),
        "{said}"
    );
    world.mend();
    world
}

fn check(stage: &Stage, case: &Case, asked: Asked, blur: &Blur) -> usize {
    let expected = undisturbed(stage, case, asked, blur);
    for place in 0..expected.questions {
        for lost in [Lost::Question, Lost::Answer] {
            let fault = Fault { asked, place, lost };
            let world = disturbed(stage, case, fault);
            let reply = world.one(&case.sent);
            let said = format!("{} again after {fault:?}: {}", case.name(), reply.body);
            let happened = lost == Lost::Answer && reply.status != case.status;
            let status = if happened { case.again } else { case.status };
            assert_eq!(reply.status, status, "{said}");
            if !happened {
                assert_eq!(blur.text(&reply.body), expected.body, "{said}");
            }
            if !case.makes_another {
                let left = difference(&expected.everything, &blur.lines(&world.everything()));
                assert!(
                    left.is_empty(),
                    "{said}
{left}"
                );
            }
        }
    }
    expected.questions
}

/// All routes, with how many questions each has asked.
fn all(asked: Asked) -> Vec<(String, usize)> {
    let stage = Stage::new();
    let blur = Blur::since(&stage.world.everything());
    let cases = stage.cases();
    let counted = cases
        .iter()
        .map(|case| (case.name(), check(&stage, case, asked, &blur)));
    counted.collect()
}

#[test]
fn a_directory_that_does_not_answer_is_a_503_and_the_same_call_again_finishes_it() {
    // These need no key and look nothing up.
    let silent = [
        "GET /healthz",
        "HEAD /healthz",
        "GET /v1/meta",
        "HEAD /v1/meta",
        "GET /v1/openapi.json",
    ];
    for (route, questions) in all(Asked::Directory) {
        assert_eq!(questions == 0, silent.contains(&route.as_str()), "{route}");
    }
}

#[test]
fn a_wallet_that_does_not_answer_is_a_503_and_the_same_call_again_finishes_it() {
    let asked: Vec<String> = all(Asked::Wallet)
        .into_iter()
        .filter(|(_, questions)| *questions > 0)
        .map(|(route, _)| route)
        .collect();
    // Were none asked, nothing would have been tried.
    for route in [
        "POST /v1/authorize",
        "POST /v1/customers",
        "PATCH /v1/customers/{id}",
        "POST /v1/customers/{id}/subscriptions",
        "POST /pay/{token}",
        "POST /v1/customers/{id}/codes/redeem",
        "POST /stripe/webhook",
        "POST /inbound/{endpoint}",
        "POST /v1/unmatched-payments/{event}/assign",
        "GET /portal",
    ] {
        assert!(asked.iter().any(|one| one == route), "{route}");
    }
    assert!(asked.len() > 35, "{asked:?}");
}
