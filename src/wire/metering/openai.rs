//! OpenAI and the many that answer in its form: Azure, Mistral, DeepSeek, xAI, Groq, Alibaba, Workers AI,
//! OpenRouter. Cached tokens lie inside the input, reasoning and rejected predictions inside the output.

use crate::engine::tokens::{ByLifetime, ByModality, Input, Output};
use crate::engine::{Amount, Quantity};
use crate::wire::json::Errors;

use super::fields::{Fields, Told};
use super::reply::{Aside, Counts, Model, Reply};

/// Chat Completions: `prompt_tokens`, `completion_tokens`.
pub(super) fn chat(told: &Told<'_>, provider: &str, errors: &mut Errors) -> Reply {
    let usage = &told.usage;
    let details = usage.first_object(&["prompt_tokens_details", "prompt_token_details"], errors);
    let own = ["cached_tokens"];
    let inside = |names: &[&'static str], errors: &mut Errors| {
        details
            .as_ref()
            .and_then(|details| details.first(names, errors))
    };
    let top = [
        "num_cached_tokens",
        "prompt_cache_hit_tokens",
        "cached_tokens",
    ];
    let read = inside(&own, errors).or_else(|| usage.first(&top, errors));
    let written = ["cache_write_tokens", "cache_creation_input_tokens"];
    let write = inside(&written, errors).or_else(|| usage.first(&written, errors));
    // A vendor that says nothing of a cache has none, so these are zero and not unknown; only a total can
    // be unknown.
    let input = usage.count("prompt_tokens", errors).map(|total| Input {
        total: with_cached(total, read, provider),
        by: modalities(details.as_ref(), errors),
        read: read.unwrap_or(0),
        write: write.unwrap_or(0),
        ..Input::default()
    });
    let output_details = usage.object("completion_tokens_details", errors);
    let output = output(
        usage,
        "completion_tokens",
        output_details.as_ref(),
        provider,
        input,
        errors,
    );
    let mut reply = Reply {
        counts: Counts { input, output },
        ..Reply::default()
    };
    reply.counts.check(usage, "total_tokens", errors);
    beside(&mut reply, told, errors);
    let kind = details
        .as_ref()
        .and_then(|details| details.word("cache_type"));
    reply.word("cache_type", kind.or_else(|| usage.word("cache_type")));
    // Beside the tokens and never instead of them: Mistral bills both.
    let seconds = usage.amount("prompt_audio_seconds", errors);
    reply.units("audio", "seconds", seconds.map(|(seconds, _)| seconds));
    reply
}

/// Responses, images, transcriptions, realtime: `input_tokens`, `output_tokens`.
pub(super) fn responses(told: &Told<'_>, provider: &str, errors: &mut Errors) -> Reply {
    let usage = &told.usage;
    let mut reply = Reply {
        counts: tokens(usage, provider, errors),
        ..Reply::default()
    };
    reply.counts.check(usage, "total_tokens", errors);
    beside(&mut reply, told, errors);
    // Some replies have them beside usage and some within, so both are looked at.
    for around in [&told.beside, usage] {
        asides(&mut reply, around, provider, errors);
    }
    reply
}

/// A transcription that is measured in seconds.
pub(super) fn duration(told: &Told<'_>, errors: &mut Errors) -> Reply {
    let mut reply = Reply::default();
    let seconds = told.usage.amount("seconds", errors);
    reply.units("audio", "seconds", seconds.map(|(seconds, _)| seconds));
    reply
}

fn tokens(usage: &Fields<'_>, provider: &str, errors: &mut Errors) -> Counts {
    let details = usage.first_object(&["input_tokens_details", "input_token_details"], errors);
    let details = details.as_ref();
    let count = |name: &'static str, errors: &mut Errors| {
        details.and_then(|details| details.count(name, errors))
    };
    let read = count("cached_tokens", errors);
    let read_by = details.and_then(|details| details.object("cached_tokens_details", errors));
    let lifetimes =
        details.and_then(|details| details.object("cache_write_tokens_details", errors));
    let mut lifetime = |name: &'static str| {
        let lifetimes = lifetimes.as_ref();
        lifetimes.and_then(|lifetimes| lifetimes.count(name, errors))
    };
    let write_by = ByLifetime {
        minutes_30: lifetime("ttl_30m_tokens").unwrap_or(0),
        hours_12: lifetime("ttl_12h_tokens").unwrap_or(0),
        ..ByLifetime::default()
    };
    let input = usage.count("input_tokens", errors).map(|total| Input {
        total: with_cached(total, read, provider),
        by: modalities(details, errors),
        read: read.unwrap_or(0),
        read_by: read_by
            .as_ref()
            .map(|by| modalities(Some(by), &mut *errors)),
        write: count("cache_write_tokens", errors).unwrap_or(0),
        write_by,
    });
    let output_details =
        usage.first_object(&["output_tokens_details", "output_token_details"], errors);
    let output = output(
        usage,
        "output_tokens",
        output_details.as_ref(),
        provider,
        input,
        errors,
    );
    Counts { input, output }
}

/// xAI counts cached tokens outside of the input where there are more of them than of those; everywhere
/// else that is impossible.
fn with_cached(total: u64, read: Option<u64>, provider: &str) -> u64 {
    let outside = read.filter(|read| is_xai(provider) && *read > total);
    total.saturating_add(outside.unwrap_or(0))
}

fn is_xai(provider: &str) -> bool {
    provider.starts_with("xai") || provider.starts_with("x-ai")
}

fn output(
    usage: &Fields<'_>,
    name: &'static str,
    details: Option<&Fields<'_>>,
    provider: &str,
    input: Option<Input>,
    errors: &mut Errors,
) -> Option<Output> {
    let reasoning = details.and_then(|details| details.count("reasoning_tokens", errors));
    let reasoning = reasoning.unwrap_or(0);
    let said = usage.count(name, errors)?;
    // xAI's chats do not count reasoning as output, and only their total tells that from those that do.
    let outside = is_xai(provider) && reasoning > 0 && {
        let sum = input.map_or(0, |input| input.total);
        let all = sum.saturating_add(said).saturating_add(reasoning);
        usage.count("total_tokens", errors) == Some(all)
    };
    let total = if outside {
        said.saturating_add(reasoning)
    } else {
        said
    };
    let by = modalities(details, errors);
    Some(Output {
        total,
        by,
        reasoning,
    })
}

fn modalities(details: Option<&Fields<'_>>, errors: &mut Errors) -> ByModality {
    let mut count = |name: &'static str| {
        let count = details.and_then(|details| details.count(name, errors));
        count.unwrap_or(0)
    };
    ByModality {
        audio: count("audio_tokens"),
        image: count("image_tokens"),
        video: count("video_tokens"),
    }
}

/// The tier that the reply was served in, and what the vendor says that it cost.
fn beside(reply: &mut Reply, told: &Told<'_>, errors: &mut Errors) {
    let usage = &told.usage;
    reply.word("service_tier", told.word("service_tier"));
    reply.cost("reported", usage.amount("cost", errors));
    if usage.is_true("is_byok") {
        // The router asks its own fee only; the rest is asked by the vendor whose key it is.
        let details = usage.object("cost_details", errors);
        let upstream =
            details.and_then(|details| details.amount("upstream_inference_cost", errors));
        reply.cost("upstream", upstream);
    }
    if let Some((ticks, _)) = usage.amount("cost_in_usd_ticks", errors) {
        // Ten thousand million ticks are one US dollar.
        let dollar = Amount::parse("0.0000000001").ok().and_then(Quantity::new);
        let cost = dollar
            .zip(Quantity::new(ticks))
            .and_then(|(tick, ticks)| ticked(tick, ticks));
        reply.cost("reported", cost);
    }
}

fn ticked(tick: Quantity, ticks: Quantity) -> Option<(Amount, bool)> {
    let product = tick.get().get().checked_mul(ticks.get().get())?;
    Amount::parse_rounded(&product.to_string()).ok()
}

/// What tools and other models did for the reply.
fn asides(reply: &mut Reply, around: &Fields<'_>, provider: &str, errors: &mut Errors) {
    if let Some(tools) = around.object("tool_usage", errors) {
        let searches = tools.object("web_search", errors);
        let searches = searches.and_then(|one| one.count("num_requests", errors));
        reply.requests("web_search", "requests", searches);
        aside(reply, "image_gen", &tools, provider, errors);
    }
    aside(reply, "svg_usage", around, provider, errors);
}

fn aside(
    reply: &mut Reply,
    name: &'static str,
    around: &Fields<'_>,
    provider: &str,
    errors: &mut Errors,
) {
    let Some(usage) = around.object(name, errors) else {
        return;
    };
    // A drawing says its reasoning without details, since it has no other kinds of output.
    let mut counts = tokens(&usage, provider, errors);
    let reasoning = usage.count("reasoning_tokens", errors);
    if let (Some(output), Some(reasoning)) = (counts.output.as_mut(), reasoning) {
        output.reasoning = reasoning;
    }
    reply.asides.push(Aside {
        part: if name == "svg_usage" { "svg" } else { name },
        model: Model::named(usage.text("model")),
        counts,
    });
}
