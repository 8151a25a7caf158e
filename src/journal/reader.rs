//! Reads the JSON that this program has written itself: rows, snapshots, offers and calls.
//!
//! Such text is right or damaged, and nobody corrects it by a message, so an error says nothing and
//! weighs nothing; requests are read by `wire::json`, which says everything. Objects are read by
//! name alone.

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

/// The text is not what was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unreadable;

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stored text cannot be read")
    }
}

impl std::error::Error for Unreadable {}

impl Error for Unreadable {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// The value that was written down as this text.
///
/// # Errors
/// When the text is not such a value.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Unreadable> {
    let mut reader = Reader { rest: text };
    let value = T::deserialize(&mut reader)?;
    match reader.next() {
        None => Ok(value),
        Some(_) => Err(Unreadable),
    }
}

/// What is still to be read.
struct Reader<'de> {
    rest: &'de str,
}

impl<'de> Reader<'de> {
    /// The next byte that is no space.
    fn next(&mut self) -> Option<u8> {
        let first = self.rest.as_bytes().first().copied();
        if first.is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.rest = self.rest.trim_ascii_start();
            return self.rest.as_bytes().first().copied();
        }
        first
    }

    fn pass(&mut self, sign: &str) -> Result<(), Unreadable> {
        self.next();
        self.rest = self.rest.strip_prefix(sign).ok_or(Unreadable)?;
        Ok(())
    }

    /// Everything up to here, which is then behind.
    fn cut(&mut self, at: usize) -> Result<&'de str, Unreadable> {
        let (part, rest) = self.rest.split_at_checked(at).ok_or(Unreadable)?;
        self.rest = rest;
        Ok(part)
    }

    fn string(&mut self) -> Result<Cow<'de, str>, Unreadable> {
        self.next();
        let inside = self.rest.strip_prefix('"').ok_or(Unreadable)?;
        let (mut escapes, mut escaped) = (false, false);
        for (at, byte) in inside.bytes().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => (escapes, escaped) = (true, true),
                b'"' if escapes => {
                    let quoted = self.cut(at.saturating_add(2))?;
                    let text = serde_json::from_str(quoted).map_err(|_| Unreadable)?;
                    return Ok(Cow::Owned(text));
                }
                b'"' => {
                    self.rest = inside;
                    let text = self.cut(at)?;
                    self.pass("\"")?;
                    return Ok(Cow::Borrowed(text));
                }
                _ => {}
            }
        }
        Err(Unreadable)
    }

    /// A whole number; one that is a key stands in quotes.
    fn whole(&mut self) -> Result<i128, Unreadable> {
        let quoted = self.next() == Some(b'"');
        if quoted {
            self.pass("\"")?;
        }
        let digits = |byte: &u8| byte.is_ascii_digit() || *byte == b'-';
        let length = self.rest.bytes().take_while(|byte| digits(byte)).count();
        let number = self.cut(length)?.parse().map_err(|_| Unreadable)?;
        if quoted {
            self.pass("\"")?;
        }
        Ok(number)
    }

    fn flag(&mut self) -> Result<bool, Unreadable> {
        let flag = self.next() == Some(b't');
        self.pass(if flag { "true" } else { "false" })?;
        Ok(flag)
    }

    /// Whether there is another member or item before the end.
    fn more(&mut self, end: u8, first: &mut bool) -> Result<bool, Unreadable> {
        if self.next() == Some(end) {
            return Ok(false);
        }
        if !std::mem::take(first) {
            self.pass(",")?;
        }
        Ok(true)
    }

    /// Passes over a value that has no meaning to this version.
    fn skip(&mut self) -> Result<(), Unreadable> {
        let mut depth = 0_usize;
        loop {
            match self.next().ok_or(Unreadable)? {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => {
                    depth = depth.saturating_add(1);
                    self.cut(1)?;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1).ok_or(Unreadable)?;
                    self.cut(1)?;
                }
                b',' | b':' if depth > 0 => {
                    self.cut(1)?;
                }
                _ => {
                    let end = self.rest.find([',', '}', ']', ':']);
                    self.cut(end.unwrap_or(self.rest.len()))?;
                }
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }
}

/// Methods for the kinds of whole numbers, which are all written alike.
macro_rules! whole_numbers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
            visit_whole(self.whole()?, visitor)
        })*
    };
}

fn visit_whole<'de, V: Visitor<'de>>(number: i128, visitor: V) -> Result<V::Value, Unreadable> {
    if let Ok(number) = u64::try_from(number) {
        return visitor.visit_u64(number);
    }
    visitor.visit_i64(i64::try_from(number).map_err(|_| Unreadable)?)
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Unreadable;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self.next() {
            Some(b'"') => self.deserialize_str(visitor),
            Some(b'{') => self.deserialize_map(visitor),
            Some(b'[') => self.deserialize_seq(visitor),
            Some(b't' | b'f') => self.deserialize_bool(visitor),
            Some(b'n') => self.deserialize_unit(visitor),
            _ => self.deserialize_i64(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_bool(self.flag()?)
    }

    whole_numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self.string()? {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_str(&self.string()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        if self.next() == Some(b'n') {
            self.pass("null")?;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.pass("null")?;
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.pass("[")?;
        let list = visitor.visit_seq(Parts::of(self))?;
        self.pass("]")?;
        Ok(list)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.pass("{")?;
        let map = visitor.visit_map(Parts::of(self))?;
        self.pass("}")?;
        Ok(map)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        self.deserialize_map(visitor)
    }

    /// `"word"`, or `{"word": …}` when the variant has fields.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        if self.next() != Some(b'{') {
            return visitor.visit_enum(Variant {
                reader: self,
                fields: false,
            });
        }
        self.pass("{")?;
        let variant = visitor.visit_enum(Variant {
            reader: self,
            fields: true,
        })?;
        self.pass("}")?;
        Ok(variant)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.skip()?;
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        f32 f64 char bytes byte_buf unit_struct tuple_struct
    }
}

/// The members of an object, or the items of a list.
struct Parts<'a, 'de> {
    reader: &'a mut Reader<'de>,
    first: bool,
}

impl<'a, 'de> Parts<'a, 'de> {
    const fn of(reader: &'a mut Reader<'de>) -> Self {
        Self {
            reader,
            first: true,
        }
    }
}

impl<'de> MapAccess<'de> for Parts<'_, 'de> {
    type Error = Unreadable;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Unreadable> {
        if !self.reader.more(b'}', &mut self.first)? {
            return Ok(None);
        }
        seed.deserialize(&mut *self.reader).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<S::Value, Unreadable> {
        self.reader.pass(":")?;
        seed.deserialize(&mut *self.reader)
    }
}

impl<'de> SeqAccess<'de> for Parts<'_, 'de> {
    type Error = Unreadable;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Unreadable> {
        if !self.reader.more(b']', &mut self.first)? {
            return Ok(None);
        }
        seed.deserialize(&mut *self.reader).map(Some)
    }
}

struct Variant<'a, 'de> {
    reader: &'a mut Reader<'de>,
    fields: bool,
}

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = Unreadable;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self), Unreadable> {
        let variant = seed.deserialize(&mut *self.reader)?;
        if self.fields {
            self.reader.pass(":")?;
        }
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = Unreadable;

    fn unit_variant(self) -> Result<(), Unreadable> {
        if self.fields {
            return Err(Unreadable);
        }
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<S::Value, Unreadable> {
        seed.deserialize(self.reader)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Unreadable> {
        self.reader.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        self.reader.deserialize_map(visitor)
    }
}
