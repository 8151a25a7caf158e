//! How what an account's customers see looks: its name, its logo, its colours, where its links lead, and what
//! it calls things.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::wire::colour::Colour;
use crate::wire::json::{Errors, Object};
use crate::wire::problem::Problem;
use crate::wire::request::read;
use crate::wire::url;

/// Longest name of a brand, and longest label, in characters: each stands in one line of a card.
pub const MAX_NAME: usize = 80;

/// Most labels of one kind. All of them travel with each page.
pub const MAX_LABELS: usize = 100;

/// Least contrast of a text, in hundredths: WCAG AA.
const TEXT: u64 = 450;

/// Of the text that is most of the page, which also stands on tints of the accent, where it loses some.
const MAIN_TEXT: u64 = 700;

/// Of a field's frame.
const FRAME: u64 = 300;

/// `PUT /v1/accounts/self/branding`.
///
/// ```json
/// { "name": "Acme", "logo_url": "https://acme.example/logo.svg",
///   "light": { "accent": "#7a2e8e" }, "dark": { "accent": "#e3b0ef", "surface": "#1b1d21" },
///   "links": { "support_url": "https://acme.example/help" },
///   "labels": { "events": { "chat": "Chat" }, "agents": { "agent_7": "Research" } } }
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Branding {
    pub name: Option<String>,
    pub logo_url: Option<String>,
    /// On light screens.
    pub light: Palette,
    /// On dark ones.
    pub dark: Palette,
    pub links: Links,
    pub labels: Labels,
}

/// Colours, each as `#rrggbb`. What is absent is the portal's own.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Palette {
    /// Of buttons, links and bars.
    pub accent: Option<String>,
    /// Of the text on it.
    pub accent_contrast: Option<String>,
    /// Of cards.
    pub surface: Option<String>,
    pub text: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Links {
    pub support_url: Option<String>,
    pub terms_url: Option<String>,
    pub privacy_url: Option<String>,
    /// The way back from a page that no app has around it.
    pub home_url: Option<String>,
}

/// What people call what the API has codes for, by code.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Labels {
    pub assets: BTreeMap<String, String>,
    pub events: BTreeMap<String, String>,
    pub models: BTreeMap<String, String>,
    pub features: BTreeMap<String, String>,
    /// Agents or users, which events name as their `subject`.
    pub agents: BTreeMap<String, String>,
}

impl Branding {
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            Some(Self {
                name: object.text("name", MAX_NAME, errors),
                logo_url: url::secure(object, "logo_url", errors),
                light: palette(object, "light", &Defaults::LIGHT, errors),
                dark: palette(object, "dark", &Defaults::DARK, errors),
                links: links(object, errors),
                labels: labels(object, errors),
            })
        })
    }
}

fn links(object: &Object<'_>, errors: &mut Errors) -> Links {
    let Some(links) = object.object("links", errors) else {
        return Links::default();
    };
    Links {
        support_url: url::secure(&links, "support_url", errors),
        terms_url: url::secure(&links, "terms_url", errors),
        privacy_url: url::secure(&links, "privacy_url", errors),
        home_url: url::secure(&links, "home_url", errors),
    }
}

fn labels(object: &Object<'_>, errors: &mut Errors) -> Labels {
    let Some(labels) = object.object("labels", errors) else {
        return Labels::default();
    };
    let mut of = |name| labels.texts_by_name(name, MAX_LABELS, MAX_NAME, errors);
    Labels {
        assets: of("assets"),
        events: of("events"),
        models: of("models"),
        features: of("features"),
        agents: of("agents"),
    }
}

/// What the portal looks like where nothing is said: `www/portal/styles.ts`, which a test compares.
struct Defaults {
    accent: Colour,
    surface: Colour,
    sunken: Colour,
    text: Colour,
    /// Texts that no record changes, by what an error calls them.
    others: [(&'static str, Colour); 3],
    field: Colour,
}

impl Defaults {
    const LIGHT: Self = Self {
        accent: Colour::new(0x2b, 0x55, 0xd4),
        surface: Colour::new(0xff, 0xff, 0xff),
        sunken: Colour::new(0xf4, 0xf5, 0xf7),
        text: Colour::new(0x17, 0x18, 0x1c),
        others: [
            ("muted text", Colour::new(0x5a, 0x5f, 0x6b)),
            ("warnings", Colour::new(0xb3, 0x26, 0x1e)),
            ("added amounts", Colour::new(0x12, 0x70, 0x3c)),
        ],
        field: Colour::new(0x86, 0x8c, 0x98),
    };
    const DARK: Self = Self {
        accent: Colour::new(0x9c, 0xb8, 0xff),
        surface: Colour::new(0x1b, 0x1d, 0x21),
        sunken: Colour::new(0x24, 0x27, 0x2c),
        text: Colour::new(0xec, 0xed, 0xed),
        others: [
            ("muted text", Colour::new(0xa6, 0xab, 0xb5)),
            ("warnings", Colour::new(0xff, 0x9c, 0x94)),
            ("added amounts", Colour::new(0x7b, 0xd6, 0xa0)),
        ],
        field: Colour::new(0x77, 0x7d, 0x89),
    };
}

/// The colours of one kind of screen, each readable where it will stand.
fn palette(
    object: &Object<'_>,
    name: &'static str,
    defaults: &Defaults,
    errors: &mut Errors,
) -> Palette {
    let Some(given) = object.object(name, errors) else {
        return Palette::default();
    };
    let accent = colour(&given, "accent", errors);
    let contrast = colour(&given, "accent_contrast", errors);
    let surface = colour(&given, "surface", errors);
    let text = colour(&given, "text", errors);
    let (cards, accent_or) = (
        surface.unwrap_or(defaults.surface),
        accent.unwrap_or(defaults.accent),
    );
    // Said of the accent, which is what was chosen: what stands on it follows from it where nothing is said.
    let contrast = contrast.or_else(|| accent.map(readable_on));
    if let Some(contrast) = contrast {
        let path = given.path_of("accent_contrast");
        check(&path, contrast, "the accent", accent_or, TEXT, errors);
    }
    if let Some(text) = text {
        check(
            &given.path_of("text"),
            text,
            "the surface",
            cards,
            MAIN_TEXT,
            errors,
        );
    }
    if let Some(accent) = accent {
        let path = given.path_of("accent");
        check(&path, accent, "the surface", cards, TEXT, errors);
        check(
            &path,
            accent,
            "a sunken surface",
            defaults.sunken,
            TEXT,
            errors,
        );
    }
    if surface.is_some() {
        let path = given.path_of("surface");
        let mut under = |what: &str, on_it: Colour, least: u64| {
            check(&path, cards, what, on_it, least, errors);
        };
        // What the same request has chosen was looked at above.
        if text.is_none() {
            under("text", defaults.text, MAIN_TEXT);
        }
        if accent.is_none() {
            under("the accent", defaults.accent, TEXT);
        }
        for (what, on_it) in defaults.others {
            under(what, on_it, TEXT);
        }
        under("the frame of a field", defaults.field, FRAME);
    }
    let text_of = |colour: Option<Colour>| colour.map(|colour| colour.to_string());
    Palette {
        accent: text_of(accent),
        accent_contrast: text_of(contrast),
        surface: text_of(surface),
        text: text_of(text),
    }
}

/// White or black: one of them can be read on any colour.
fn readable_on(colour: Colour) -> Colour {
    let is_light = colour.contrast(Colour::BLACK) > colour.contrast(Colour::WHITE);
    if is_light {
        Colour::BLACK
    } else {
        Colour::WHITE
    }
}

fn colour(object: &Object<'_>, name: &'static str, errors: &mut Errors) -> Option<Colour> {
    let text = object.text(name, MAX_NAME, errors)?;
    let colour = Colour::parse(&text);
    if colour.is_none() {
        let sentence = "must be a colour such as #7a2e8e: # and six hexadecimal digits";
        errors.add(&object.path_of(name), sentence);
    }
    colour
}

/// Says how far a colour is from being readable, and what to do.
fn check(path: &str, colour: Colour, what: &str, other: Colour, least: u64, errors: &mut Errors) {
    let contrast = colour.contrast(other);
    if contrast >= least {
        return;
    }
    let ratio = |hundredths: u64| format!("{}.{:02}", hundredths / 100, hundredths % 100);
    errors.add(
        path,
        format!(
            "has a contrast of {} to 1 with {what} ({other}), and {} is needed to be read (WCAG AA): choose a \
             darker or a lighter colour",
            ratio(contrast),
            ratio(least),
        ),
    );
}
