//! The AI SDK, which has its own form for the usage of all vendors: nested since its third version, flat
//! before and in its results. It merges what vendors tell apart, so their own usage in `raw` comes first.

use crate::engine::tokens::{ByModality, Input, Output};
use crate::wire::json::Errors;

use super::fields::{Fields, Told};
use super::reply::{Counts, Reply};

/// `inputTokens: { total, noCache, cacheRead, cacheWrite }`.
pub(super) fn nested(told: &Told<'_>, errors: &mut Errors) -> Reply {
    let side = |name: &'static str, errors: &mut Errors| {
        let usage = &told.usage;
        usage.object(name, errors)
    };
    let inputs = side("inputTokens", errors);
    let input = inputs.and_then(|inputs| {
        let total = inputs.count("total", errors);
        let parts = ["noCache", "cacheRead", "cacheWrite"];
        input(&inputs, total, parts, errors)
    });
    let outputs = side("outputTokens", errors);
    let output = outputs.and_then(|outputs| {
        let total = outputs.count("total", errors);
        output(&outputs, total, ["text", "reasoning"], errors)
    });
    Reply {
        counts: Counts { input, output },
        ..Reply::default()
    }
}

/// `inputTokens: 12`, with `inputTokenDetails` or with `cachedInputTokens` beside.
pub(super) fn flat(told: &Told<'_>, errors: &mut Errors) -> Reply {
    let usage = &told.usage;
    let total = usage.count("inputTokens", errors);
    let details = usage.object("inputTokenDetails", errors);
    let input = match details {
        Some(details) => {
            let parts = ["noCacheTokens", "cacheReadTokens", "cacheWriteTokens"];
            input(&details, total, parts, errors)
        }
        None => total.map(|total| cached_inside(usage, total, errors)),
    };
    let total = usage.count("outputTokens", errors);
    let details = usage.object("outputTokenDetails", errors);
    let output = match details {
        Some(details) => output(&details, total, ["textTokens", "reasoningTokens"], errors),
        None => total.map(|total| Output {
            total,
            reasoning: usage.count("reasoningTokens", errors).unwrap_or(0),
            by: ByModality {
                audio: usage.count("outputAudioTokens", errors).unwrap_or(0),
                ..ByModality::default()
            },
        }),
    };
    let mut reply = Reply {
        counts: Counts { input, output },
        ..Reply::default()
    };
    reply.counts.check(usage, "totalTokens", errors);
    units(&mut reply, usage, errors);
    reply
}

/// An embedding: `tokens`, all of which went in.
pub(super) fn embedding(told: &Told<'_>, errors: &mut Errors) -> Reply {
    let total = told.usage.count("tokens", errors);
    let input = total.map(|total| Input {
        total,
        ..Input::default()
    });
    Reply {
        counts: Counts {
            input,
            output: None,
        },
        ..Reply::default()
    }
}

/// Characters and seconds of speech.
pub(super) fn units(reply: &mut Reply, usage: &Fields<'_>, errors: &mut Errors) {
    for (name, kind) in [("inputCharacters", "speech"), ("characters", "speech")] {
        let count = usage.count(name, errors);
        reply.requests(kind, "characters", count);
    }
    for (name, kind) in [
        ("seconds", "audio"),
        ("inputAudioSeconds", "audio"),
        ("outputAudioSeconds", "audio_output"),
    ] {
        let seconds = usage.amount(name, errors);
        reply.units(kind, "seconds", seconds.map(|(seconds, _)| seconds));
    }
}

/// Of a conversation in realtime, or of an old version.
fn cached_inside(usage: &Fields<'_>, total: u64, errors: &mut Errors) -> Input {
    let mut count = |name: &'static str| usage.count(name, errors);
    let audio = count("inputAudioTokens").unwrap_or(0);
    let cached_audio = count("cachedInputAudioTokens");
    let cached_text = count("cachedInputTextTokens");
    let by_kind = cached_audio.or(cached_text).is_some();
    let sum = cached_audio
        .unwrap_or(0)
        .saturating_add(cached_text.unwrap_or(0));
    Input {
        total,
        by: ByModality {
            // What was read of it is a part of it, also where the whole is not told.
            audio: audio.max(cached_audio.unwrap_or(0)),
            ..ByModality::default()
        },
        read: count("cachedInputTokens").unwrap_or(sum),
        read_by: by_kind.then(|| ByModality {
            audio: cached_audio.unwrap_or(0),
            ..ByModality::default()
        }),
        ..Input::default()
    }
}

/// The input by its parts; where the total is not known but all parts are, it is their sum.
fn input(
    parts: &Fields<'_>,
    total: Option<u64>,
    [fresh, read, write]: [&'static str; 3],
    errors: &mut Errors,
) -> Option<Input> {
    let mut count = |name: &'static str| parts.count(name, errors);
    let (fresh, read, write) = (count(fresh), count(read), count(write));
    let (known_read, known_write) = (read.unwrap_or(0), write.unwrap_or(0));
    let sum = fresh.map(|fresh| fresh.saturating_add(known_read).saturating_add(known_write));
    // The SDK computes one from the other, so a difference means that a provider counted twice.
    contradiction(parts, total, sum, errors);
    Some(Input {
        total: total.or(sum)?,
        read: known_read,
        write: known_write,
        ..Input::default()
    })
}

fn output(
    parts: &Fields<'_>,
    total: Option<u64>,
    [text, reasoning]: [&'static str; 2],
    errors: &mut Errors,
) -> Option<Output> {
    let text = parts.count(text, errors);
    let reasoning = parts.count(reasoning, errors).unwrap_or(0);
    let sum = text.map(|text| text.saturating_add(reasoning));
    contradiction(parts, total, sum, errors);
    Some(Output {
        total: total.or(sum)?,
        reasoning,
        ..Output::default()
    })
}

fn contradiction(parts: &Fields<'_>, total: Option<u64>, sum: Option<u64>, errors: &mut Errors) {
    if let (Some(total), Some(sum)) = (total, sum)
        && total != sum
    {
        parts.refuse(
            &format!("are {total} in all, and {sum} by their parts"),
            errors,
        );
    }
}
