//! Which form a usage object has: by its fields first, and by its vendor where two forms look alike.

use crate::wire::json::Errors;

use super::fields::{Fields, Told};
use super::reply::Reply;
use super::{anthropic, gemini, openai, others, sdk};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Chat,
    Responses,
    Duration,
    Anthropic,
    Gemini,
    Interaction,
    SdkNested,
    SdkFlat,
    SdkEmbedding,
    Bedrock,
    Cohere,
    Gateway,
}

/// Reads usage of whatever form.
pub(super) fn read(told: &Told<'_>, provider: &str, errors: &mut Errors) -> Option<Reply> {
    let shape = recognized(&told.usage, provider);
    let Some(shape) = shape else {
        let sentence = "has no count that is known; send the usage object of the vendor as it is, \
                        and where there is none, do not send zero";
        told.usage.refuse(sentence, errors);
        return None;
    };
    if matches!(shape, Shape::SdkNested | Shape::SdkFlat) && told.usage.is_object("raw") {
        let raw = Told::within(told.usage.object("raw", errors)?);
        // A sum of steps keeps none, and some providers keep only a sum: then the merged counts must do.
        if let Some(own) = recognized(&raw.usage, provider)
            && !matches!(own, Shape::SdkNested)
            && is_whole(&raw.usage, own)
        {
            return Some(by_shape(&raw, own, provider, errors));
        }
    }
    Some(by_shape(told, shape, provider, errors))
}

fn by_shape(told: &Told<'_>, shape: Shape, provider: &str, errors: &mut Errors) -> Reply {
    match shape {
        Shape::Chat => openai::chat(told, provider, errors),
        Shape::Responses => openai::responses(told, provider, errors),
        Shape::Duration => openai::duration(told, errors),
        Shape::Anthropic => anthropic::messages(told, errors),
        Shape::Gemini => gemini::content(told, errors),
        Shape::Interaction => gemini::interaction(told, errors),
        Shape::SdkNested => sdk::nested(told, errors),
        Shape::SdkFlat => sdk::flat(told, errors),
        Shape::SdkEmbedding => sdk::embedding(told, errors),
        Shape::Bedrock => others::bedrock(told, errors),
        Shape::Cohere => others::cohere(told, errors),
        Shape::Gateway => others::gateway(told, errors),
    }
}

/// Whether both sides are told, so that nothing is lost by believing it.
fn is_whole(usage: &Fields<'_>, shape: Shape) -> bool {
    let both: &[&'static str] = match shape {
        Shape::Chat => &["prompt_tokens", "completion_tokens"],
        Shape::Responses | Shape::Anthropic => &["input_tokens", "output_tokens"],
        Shape::Bedrock | Shape::SdkFlat => &["inputTokens", "outputTokens"],
        Shape::Gemini => &["promptTokenCount"],
        Shape::Interaction => &["total_input_tokens"],
        Shape::Cohere => &["billed_units"],
        _ => &[],
    };
    // One side alone would be charged as if the other were unknown, which the SDK's own counts may know.
    !both.is_empty() && both.iter().all(|name| usage.has(name))
}

fn recognized(usage: &Fields<'_>, provider: &str) -> Option<Shape> {
    // Names that only one vendor has come first, because they decide without knowing the vendor: routers
    // pass usage on under names of their own.
    if usage.has_any(&["promptTokenCount", "totalTokenCount"]) {
        return Some(Shape::Gemini);
    }
    if usage.has_any(&["total_input_tokens", "total_output_tokens"]) {
        return Some(Shape::Interaction);
    }
    if usage.has_any(&["prompt_tokens", "completion_tokens"]) {
        return Some(Shape::Chat);
    }
    if usage.has("billed_units") || usage.is_object("tokens") {
        return Some(Shape::Cohere);
    }
    if usage.has_any(&["input_tokens", "output_tokens"]) {
        let is_anthropic = is_anthropic(usage, provider);
        return Some(if is_anthropic {
            Shape::Anthropic
        } else {
            Shape::Responses
        });
    }
    // The nested form is told from the flat one by what stands in the field, since both have the same name.
    if usage.is_object("inputTokens") || usage.is_object("outputTokens") {
        return Some(Shape::SdkNested);
    }
    if usage.has_any(&["inputTokens", "outputTokens"]) {
        let is_bedrock = is_bedrock(usage, provider);
        return Some(if is_bedrock {
            Shape::Bedrock
        } else {
            Shape::SdkFlat
        });
    }
    by_one_field(usage)
}

fn by_one_field(usage: &Fields<'_>) -> Option<Shape> {
    // Before `seconds`, because only the type says that there is nothing else to count.
    if usage.word("type").as_deref() == Some("duration") {
        return Some(Shape::Duration);
    }
    if usage.has_any(&["totalCost", "promptTokens"]) {
        return Some(Shape::Gateway);
    }
    if usage.has("tokens") {
        return Some(Shape::SdkEmbedding);
    }
    let units = [
        "inputCharacters",
        "characters",
        "seconds",
        "inputAudioSeconds",
        "outputAudioSeconds",
    ];
    usage.has_any(&units).then_some(Shape::SdkFlat)
}

/// Both forms have the same two names. OpenAI's has details of both, Anthropic's counts the cache beside.
fn is_anthropic(usage: &Fields<'_>, provider: &str) -> bool {
    let openai = [
        "input_tokens_details",
        "input_token_details",
        "output_token_details",
        "total_tokens",
    ];
    let anthropic = [
        "cache_read_input_tokens",
        "cache_creation_input_tokens",
        "cache_creation",
        "server_tool_use",
        "iterations",
        "inference_geo",
        "speed",
    ];
    // Where both or neither are there, only the vendor's name is left. Without any count of a cache both
    // readings are the same, so a vendor that nobody knows is read rightly, too.
    match (usage.has_any(&openai), usage.has_any(&anthropic)) {
        (false, true) => true,
        (true, false) => false,
        _ => provider.contains("anthropic") || provider.contains("claude"),
    }
}

/// The same names again: the AI SDK counts the cache inside, Bedrock outside.
fn is_bedrock(usage: &Fields<'_>, provider: &str) -> bool {
    let bedrock = [
        "cacheReadInputTokens",
        "cacheWriteInputTokens",
        "cacheReadInputTokenCount",
        "cacheWriteInputTokenCount",
        "cacheDetails",
    ];
    let sdk = [
        "cachedInputTokens",
        "inputTokenDetails",
        "outputTokenDetails",
        "reasoningTokens",
        "raw",
    ];
    // A count of a cache is outside only here, so it decides without the vendor's name. An object without
    // one says the same in both forms.
    usage.has_any(&bedrock) || (provider.contains("bedrock") && !usage.has_any(&sdk))
}
