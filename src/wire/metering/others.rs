//! Vendors with forms of their own: Bedrock, Cohere, and what Vercel's gateway says of a call later.

use crate::engine::tokens::{ByLifetime, Input, Output};
use crate::wire::json::Errors;

use super::fields::Told;
use super::reply::{Counts, Reply};

/// Bedrock's Converse. Tokens of the cache lie outside of the input.
pub(super) fn bedrock(told: &Told<'_>, errors: &mut Errors) -> Reply {
    let usage = &told.usage;
    let reads = ["cacheReadInputTokens", "cacheReadInputTokenCount"];
    let read = usage.first(&reads, errors).unwrap_or(0);
    let writes = ["cacheWriteInputTokens", "cacheWriteInputTokenCount"];
    let write = usage.first(&writes, errors).unwrap_or(0);
    let mut write_by = ByLifetime::default();
    for detail in usage.objects("cacheDetails", errors) {
        let count = detail.count("inputTokens", errors).unwrap_or(0);
        let of = match detail.word("ttl").as_deref() {
            Some("5m") => &mut write_by.minutes_5,
            Some("1h") => &mut write_by.hours_1,
            // Another lifetime has no unit of its own, so it stays with those of which none is told.
            _ => continue,
        };
        *of = of.saturating_add(count);
    }
    let input = usage.count("inputTokens", errors).map(|fresh| Input {
        total: fresh.saturating_add(read).saturating_add(write),
        read,
        write,
        write_by,
        ..Input::default()
    });
    let output = usage.count("outputTokens", errors).map(|total| Output {
        total,
        ..Output::default()
    });
    let mut reply = Reply {
        counts: Counts { input, output },
        ..Reply::default()
    };
    reply.counts.check(usage, "totalTokens", errors);
    reply.word("service_tier", told.word("serviceTier"));
    reply
}

/// Cohere says what it has counted and what it bills; the second is what costs.
pub(super) fn cohere(told: &Told<'_>, errors: &mut Errors) -> Reply {
    let usage = &told.usage;
    // Never both: what is counted has a hidden prompt of Cohere's own in it, which costs nothing.
    let billed = usage.first_object(&["billed_units", "tokens"], errors);
    let mut reply = Reply::default();
    let Some(billed) = billed else {
        return reply;
    };
    let input_names = ["input_tokens", "input"];
    let read = usage.count("cached_tokens", errors).unwrap_or(0);
    let input = billed.first(&input_names, errors).map(|total| Input {
        total,
        read,
        ..Input::default()
    });
    let output_names = ["output_tokens", "output"];
    let output = billed.first(&output_names, errors).map(|total| Output {
        total,
        ..Output::default()
    });
    reply.counts = Counts { input, output };
    for (name, kind) in [
        ("search_units", "search"),
        ("classifications", "classification"),
        ("images", "image"),
    ] {
        let count = billed.count(name, errors);
        reply.requests(kind, "units", count);
    }
    reply
}

/// `getGenerationInfo` of Vercel's gateway: its costs are costs, and never the price.
pub(super) fn gateway(told: &Told<'_>, errors: &mut Errors) -> Reply {
    let usage = &told.usage;
    let mut count = |name: &'static str| usage.count(name, errors);
    let (read, write) = (count("cachedTokens"), count("cacheCreationTokens"));
    let input = count("promptTokens").map(|total| Input {
        total,
        read: read.unwrap_or(0),
        write: write.unwrap_or(0),
        ..Input::default()
    });
    let reasoning = count("reasoningTokens").unwrap_or(0);
    let output = count("completionTokens").map(|total| Output {
        total,
        reasoning,
        ..Output::default()
    });
    let searches = count("billableWebSearchCalls");
    let mut reply = Reply {
        counts: Counts { input, output },
        ..Reply::default()
    };
    reply.requests("web_search", "requests", searches);
    reply.cost("reported", usage.amount("totalCost", errors));
    if usage.is_true("isByok") {
        let upstream = usage.amount("upstreamInferenceCost", errors);
        reply.cost("upstream", upstream);
    }
    reply
}
