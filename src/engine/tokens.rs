//! The tokens of one reply of a model, told apart so that each is counted once.
//!
//! A vendor says how many tokens went in and came out, and how many of those were read from a cache, were
//! audio or were spent on reasoning. What a price multiplies must not overlap, so the parts are taken out
//! of their total here, and what remains is a part of its own. A part that is larger than what it is
//! taken from is impossible, and never cut down to fit.

/// Kinds of content, as far as prices tell them apart. A document counts as text.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ByModality {
    pub audio: u64,
    pub image: u64,
    pub video: u64,
}

impl ByModality {
    fn total(self) -> Option<u64> {
        self.audio.checked_add(self.image)?.checked_add(self.video)
    }
}

/// How long a cache keeps what was written. Vendors differ, so each lifetime is a unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ByLifetime {
    pub minutes_5: u64,
    pub minutes_30: u64,
    pub hours_1: u64,
    pub hours_12: u64,
}

impl ByLifetime {
    fn total(self) -> Option<u64> {
        let minutes = self.minutes_5.checked_add(self.minutes_30)?;
        let hours = self.hours_1.checked_add(self.hours_12)?;
        minutes.checked_add(hours)
    }
}

/// What went in: everything below lies inside of `total`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Input {
    pub total: u64,
    pub by: ByModality,
    /// Read from a cache.
    pub read: u64,
    /// The same by kind of content, where the vendor says so.
    pub read_by: Option<ByModality>,
    /// Written to a cache.
    pub write: u64,
    pub write_by: ByLifetime,
}

/// What came out: everything below lies inside of `total`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Output {
    pub total: u64,
    pub by: ByModality,
    pub reasoning: u64,
}

/// Why counts cannot be true.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Impossible {
    /// More was read from a cache and written to one than went in.
    Cached,
    /// More of some kinds of content than there is in all.
    Modalities,
    /// More was read of a kind of content than there is of it.
    ReadModalities,
    /// More was written for some lifetimes than was written.
    Lifetimes,
    /// More was spent on reasoning than came out.
    Reasoning,
    /// Beyond what can be counted.
    Overflow,
}

/// A part's name, and how many tokens it has.
pub type Part = (&'static str, u64);

/// Text, image, video and audio, in the order in which tokens are thought to be cached when the vendor
/// does not say: so that audio, which costs most, is the last that is thought to be cheap.
type Pools = [u64; 4];

impl Input {
    /// The parts that make up the total, and the total itself.
    ///
    /// # Errors
    /// Why the counts cannot be true.
    pub fn parts(self) -> Result<Vec<Part>, Impossible> {
        let others = self.by.total().ok_or(Impossible::Overflow)?;
        let text = less(self.total, others).ok_or(Impossible::Modalities)?;
        let cached = self.read.checked_add(self.write);
        let cached = cached.ok_or(Impossible::Overflow)?;
        less(self.total, cached).ok_or(Impossible::Cached)?;
        let all = [text, self.by.image, self.by.video, self.by.audio];
        let (read, rest) = match self.read_by {
            Some(by) => told(all, self.read, by)?,
            // The vendor tells both apart, but not both at once. What does not fit into the text must lie in
            // the rest, because it fits into all of it.
            None => taken(all, self.read),
        };
        // Writes have no kinds in any vendor's usage, so they are text as far as there is some.
        let (_, fresh) = taken(rest, self.write);
        let lasting = self.write_by.total().ok_or(Impossible::Overflow)?;
        let write = less(self.write, lasting).ok_or(Impossible::Lifetimes)?;
        let [text, image, video, audio] = fresh;
        let [read_text, read_image, read_video, read_audio] = read;
        Ok(vec![
            ("input_tokens", self.total),
            ("uncached_tokens", text),
            ("uncached_image_tokens", image),
            ("uncached_video_tokens", video),
            ("uncached_audio_tokens", audio),
            ("cache_read_tokens", read_text),
            ("cache_read_image_tokens", read_image),
            ("cache_read_video_tokens", read_video),
            ("cache_read_audio_tokens", read_audio),
            ("cache_write_tokens", write),
            ("cache_write_5m_tokens", self.write_by.minutes_5),
            ("cache_write_30m_tokens", self.write_by.minutes_30),
            ("cache_write_1h_tokens", self.write_by.hours_1),
            ("cache_write_12h_tokens", self.write_by.hours_12),
        ])
    }
}

impl Output {
    /// The parts that make up the total, and the total itself.
    ///
    /// # Errors
    /// Why the counts cannot be true.
    pub fn parts(self) -> Result<Vec<Part>, Impossible> {
        let others = self.by.total().ok_or(Impossible::Overflow)?;
        let rest = less(self.total, others).ok_or(Impossible::Modalities)?;
        let text = less(rest, self.reasoning).ok_or(Impossible::Reasoning)?;
        Ok(vec![
            ("output_tokens", self.total),
            ("text_output_tokens", text),
            ("reasoning_tokens", self.reasoning),
            ("image_output_tokens", self.by.image),
            ("video_output_tokens", self.by.video),
            ("audio_output_tokens", self.by.audio),
        ])
    }
}

const fn less(all: u64, part: u64) -> Option<u64> {
    all.checked_sub(part)
}

/// What was read of each kind as the vendor says, and what is left of each.
fn told(all: Pools, read: u64, by: ByModality) -> Result<(Pools, Pools), Impossible> {
    let others = by.total().ok_or(Impossible::Overflow)?;
    let text = less(read, others).ok_or(Impossible::ReadModalities)?;
    let parts = [text, by.image, by.video, by.audio];
    let mut rest = all;
    for (left, part) in rest.iter_mut().zip(parts) {
        *left = less(*left, part).ok_or(Impossible::ReadModalities)?;
    }
    Ok((parts, rest))
}

/// Takes so many out of the pools in their order: what was taken of each, and what is left of each.
fn taken(pools: Pools, count: u64) -> (Pools, Pools) {
    let (mut parts, mut rest, mut wanted) = (Pools::default(), pools, count);
    for (part, left) in parts.iter_mut().zip(rest.iter_mut()) {
        // It never takes more than there is: the caller has seen that all of it fits.
        *part = wanted.min(*left);
        *left = left.saturating_sub(*part);
        wanted = wanted.saturating_sub(*part);
    }
    (parts, rest)
}
