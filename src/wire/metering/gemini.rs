//! Gemini, by `generateContent` and by Interactions. Cached tokens lie inside of the prompt; thoughts and the
//! prompts of tools lie outside of both sides.

use crate::engine::tokens::{ByModality, Input, Output};
use crate::wire::json::Errors;

use super::fields::{Fields, Told};
use super::reply::{Counts, Reply};

/// The names of one API.
struct Names {
    prompt: &'static str,
    tools: &'static str,
    cached: &'static str,
    answer: &'static str,
    thoughts: &'static str,
    total: &'static str,
    /// Lists by kind of content, in the order of the first four.
    by: [&'static str; 4],
    /// What counts in such a list.
    count: &'static str,
}

const CONTENT: Names = Names {
    prompt: "promptTokenCount",
    tools: "toolUsePromptTokenCount",
    cached: "cachedContentTokenCount",
    answer: "candidatesTokenCount",
    thoughts: "thoughtsTokenCount",
    total: "totalTokenCount",
    by: [
        "promptTokensDetails",
        "toolUsePromptTokensDetails",
        "cacheTokensDetails",
        "candidatesTokensDetails",
    ],
    count: "tokenCount",
};

const INTERACTIONS: Names = Names {
    prompt: "total_input_tokens",
    tools: "total_tool_use_tokens",
    cached: "total_cached_tokens",
    answer: "total_output_tokens",
    thoughts: "total_thought_tokens",
    total: "total_tokens",
    by: [
        "input_tokens_by_modality",
        "tool_use_tokens_by_modality",
        "cached_tokens_by_modality",
        "output_tokens_by_modality",
    ],
    count: "tokens",
};

/// `usageMetadata`.
pub(super) fn content(told: &Told<'_>, errors: &mut Errors) -> Reply {
    read(told, &CONTENT, errors)
}

/// The usage of an interaction, with the searches that it was grounded on.
pub(super) fn interaction(told: &Told<'_>, errors: &mut Errors) -> Reply {
    let mut reply = read(told, &INTERACTIONS, errors);
    for tool in told.usage.objects("grounding_tool_count", errors) {
        let name = tool.word("type").or_else(|| tool.word("name"));
        let count = tool.first(&["count", "num_requests"], errors);
        match name {
            Some(name) => reply.requests(&format!("grounding.{name}"), "requests", count),
            None => tool.refuse("must say its type", errors),
        }
    }
    reply
}

fn read(told: &Told<'_>, names: &Names, errors: &mut Errors) -> Reply {
    let usage = &told.usage;
    let count = |name: &'static str, errors: &mut Errors| usage.count(name, errors);
    let [prompts, tools, cached, answers] = names.by;
    let tool_tokens = count(names.tools, errors).unwrap_or(0);
    // Absent is not the same as empty: without the list nobody knows which kind was cached, so the text
    // is thought to be.
    let read_by = usage
        .has(cached)
        .then(|| by_modality(usage, cached, names, errors));
    let input = count(names.prompt, errors).map(|prompt| Input {
        total: prompt.saturating_add(tool_tokens),
        by: both(
            by_modality(usage, prompts, names, errors),
            by_modality(usage, tools, names, errors),
        ),
        read: count(names.cached, errors).unwrap_or(0),
        read_by,
        ..Input::default()
    });
    let thoughts = count(names.thoughts, errors).unwrap_or(0);
    let total = count(names.total, errors);
    // An answer that was blocked has no count of its own, and only the total says that it is none.
    let rest = total
        .zip(input)
        .and_then(|(total, input)| total.checked_sub(input.total.saturating_add(thoughts)));
    // Without a total the answer stays unknown: it could be blocked, and it could be lost.
    let answer = count(names.answer, errors).or(rest);
    let output = answer.map(|answer| Output {
        total: answer.saturating_add(thoughts),
        by: by_modality(usage, answers, names, errors),
        reasoning: thoughts,
    });
    let mut reply = Reply {
        counts: Counts { input, output },
        ..Reply::default()
    };
    reply.counts.check(usage, names.total, errors);
    for (name, field) in [("traffic", "trafficType"), ("service_tier", "serviceTier")] {
        reply.word(name, told.word(field));
    }
    // The interactions write it as their other fields, so one of both is there.
    if !usage.has("serviceTier") {
        reply.word("service_tier", told.word("service_tier"));
    }
    reply
}

fn by_modality(
    usage: &Fields<'_>,
    list: &'static str,
    names: &Names,
    errors: &mut Errors,
) -> ByModality {
    let mut by = ByModality::default();
    for item in usage.objects(list, errors) {
        let count = item.count(names.count, errors).unwrap_or(0);
        let of = match item.word("modality").as_deref() {
            Some("audio") => &mut by.audio,
            Some("image") => &mut by.image,
            Some("video") => &mut by.video,
            // Text is what is left, and documents are priced as text.
            _ => continue,
        };
        *of = of.saturating_add(count);
    }
    by
}

const fn both(one: ByModality, other: ByModality) -> ByModality {
    ByModality {
        audio: one.audio.saturating_add(other.audio),
        image: one.image.saturating_add(other.image),
        video: one.video.saturating_add(other.video),
    }
}
