//! Anthropic's Messages. Tokens read from a cache and written to one lie outside of `input_tokens`, thinking
//! inside of the output.

use crate::engine::tokens::{ByLifetime, Input, Output};
use crate::wire::json::Errors;

use super::fields::{Fields, Told};
use super::reply::{Aside, Counts, Model, Reply};

/// A reply, with the iterations that its totals leave out.
pub(super) fn messages(told: &Told<'_>, errors: &mut Errors) -> Reply {
    let usage = &told.usage;
    let mut reply = Reply {
        counts: counts(usage, errors),
        ..Reply::default()
    };
    for name in ["service_tier", "speed"] {
        reply.word(name, told.word(name));
    }
    reply.word("geo", told.word("inference_geo"));
    if let Some(tools) = usage.object("server_tool_use", errors) {
        let searches = tools.count("web_search_requests", errors);
        reply.requests("web_search", "requests", searches);
        let fetches = tools.count("web_fetch_requests", errors);
        reply.requests("web_fetch", "requests", fetches);
    }
    let credit = told.usage.first_object(&["fallback_credit"], errors);
    reply.word(
        "fallback_credit",
        credit.and_then(|credit| credit.word("status")),
    );
    iterations(&mut reply, usage, errors);
    reply
}

fn iterations(reply: &mut Reply, usage: &Fields<'_>, errors: &mut Errors) {
    let items = usage.objects("iterations", errors);
    let kind = |item: &Fields<'_>| item.word("type").unwrap_or_default();
    let fallback = items.iter().find(|item| kind(item) == "fallback_message");
    reply.fallback = fallback.map(|fallback| Model::named(fallback.text("model")));
    // Each is a call of its own to a model, so each is an event: prices by the size of a prompt would
    // otherwise see one prompt that nobody has sent.
    for item in &items {
        let (part, model) = match kind(item).as_str() {
            // Not in the totals, and done by the model that was asked for.
            "compaction" => ("compaction", Model::Asked),
            "advisor_message" => ("advisor", Model::named(item.text("model"))),
            // The totals are then those of the answer that was served, and this is the try that was not.
            "message" if fallback.is_some() => ("blocked", Model::Asked),
            // These make up the totals.
            "message" | "fallback_message" => continue,
            other => {
                let sentence =
                    format!("is {other:?}, which is not known, and its tokens may count");
                errors.add(&item.path_of("type"), sentence);
                continue;
            }
        };
        // It ran, so it cost something, and what is not told must not pass for nothing.
        let counts = counts(item, errors);
        if counts.total().is_none() {
            item.refuse("has no count that is known", errors);
        }
        if matches!(model, Model::Unknown) {
            let sentence = "is required, since it has its own price";
            errors.add(&item.path_of("model"), sentence);
        }
        reply.asides.push(Aside {
            part,
            model,
            counts,
        });
    }
}

fn counts(usage: &Fields<'_>, errors: &mut Errors) -> Counts {
    let read = usage.count("cache_read_input_tokens", errors).unwrap_or(0);
    let split = usage.object("cache_creation", errors);
    let mut lifetime = |name: &'static str| {
        let split = split.as_ref();
        split
            .and_then(|split| split.count(name, errors))
            .unwrap_or(0)
    };
    let write_by = ByLifetime {
        minutes_5: lifetime("ephemeral_5m_input_tokens"),
        hours_1: lifetime("ephemeral_1h_input_tokens"),
        ..ByLifetime::default()
    };
    // Older replies have only the sum and newer ones only the split, so either alone is enough. Where both
    // are there, the parts could be more than their sum, which the engine refuses.
    let by_lifetime = write_by.minutes_5.saturating_add(write_by.hours_1);
    let write = usage.count("cache_creation_input_tokens", errors);
    let write = write.unwrap_or(by_lifetime);
    let input = usage.count("input_tokens", errors).map(|fresh| Input {
        total: fresh.saturating_add(read).saturating_add(write),
        read,
        write,
        write_by,
        ..Input::default()
    });
    let details = usage.object("output_tokens_details", errors);
    let thinking = details.and_then(|details| details.count("thinking_tokens", errors));
    let output = usage.count("output_tokens", errors).map(|total| Output {
        total,
        reasoning: thinking.unwrap_or(0),
        ..Output::default()
    });
    Counts { input, output }
}
