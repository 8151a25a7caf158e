//! Enums that say in a field which variant they are: `{"type": "hold_released", "hold": 4}`.
//!
//! What serde derives for them first reads everything into a tree and then reads that tree, with a
//! second copy of the code of every type inside. Here the field with the word is always the first
//! one, as it is written, so that the rest can be read as it comes.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, IgnoredAny, IntoDeserializer, MapAccess,
    VariantAccess, Visitor,
};

/// Declares an enum whose variants are told apart by the field that is named first.
macro_rules! tagged {
    ($tag:literal, $name:literal, $(#[$about:meta])* pub enum $enum:ident { $($variants:tt)* }) => {
        $(#[$about])*
        #[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
        #[serde(tag = $tag, rename_all = "snake_case")]
        pub enum $enum { $($variants)* }

        const _: () = {
            #[derive(serde::Deserialize)]
            #[serde(remote = $name, rename_all = "snake_case")]
            enum Written { $($variants)* }

            impl<'de> serde::Deserialize<'de> for $enum {
                fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                    Written::deserialize(super::tagged::Tagged { tag: $tag, from })
                }
            }
        };
    };
}

pub(super) use tagged;

/// Shows a map whose first field is a word as the variant of that word.
pub(super) struct Tagged<D> {
    pub tag: &'static str,
    pub from: D,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Tagged<D> {
    type Error = D::Error;

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let tag = self.tag;
        self.from.deserialize_map(Members { tag, visitor })
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, D::Error> {
        Err(Error::custom("only an enum has a tag"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct Members<V> {
    tag: &'static str,
    visitor: V,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Members<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object that begins with `{}`", self.tag)
    }

    fn visit_map<M: MapAccess<'de>>(self, mut fields: M) -> Result<V::Value, M::Error> {
        if fields.next_key_seed(Is(self.tag))? != Some(true) {
            return Err(Error::missing_field(self.tag));
        }
        let word = fields.next_value()?;
        self.visitor.visit_enum(Variant { word, fields })
    }
}

/// Whether a key is this one.
struct Is(&'static str);

impl<'de> DeserializeSeed<'de> for Is {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, key: D) -> Result<bool, D::Error> {
        key.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Is {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<bool, E> {
        Ok(key == self.0)
    }
}

struct Variant<M> {
    word: String,
    fields: M,
}

impl<'de, M: MapAccess<'de>> EnumAccess<'de> for Variant<M> {
    type Error = M::Error;
    type Variant = Fields<'de, M>;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self::Variant), M::Error> {
        let variant = seed.deserialize(self.word.as_str().into_deserializer())?;
        Ok((variant, Fields(self.fields, PhantomData)))
    }
}

/// What is left of the map behind the word.
struct Fields<'de, M>(M, PhantomData<&'de ()>);

impl<'de, M: MapAccess<'de>> VariantAccess<'de> for Fields<'de, M> {
    type Error = M::Error;

    fn unit_variant(mut self) -> Result<(), M::Error> {
        while self.0.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, M::Error> {
        seed.deserialize(MapAccessDeserializer::new(self.0))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, M::Error> {
        Err(Error::custom("a tuple has no names"))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, M::Error> {
        visitor.visit_map(self.0)
    }
}
