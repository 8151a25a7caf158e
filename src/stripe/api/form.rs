//! The body of a request to Stripe: a form whose names have brackets for what is inside of what, such as
//! `line_items[0][price_data][currency]`.

use form_urlencoded::Serializer;

/// Names and values in the order in which they were set.
///
/// The order matters: Stripe compares a request that is sent again with the first one, and the same
/// values always make the same text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form(Vec<(String, String)>);

impl Form {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One value by its full name.
    #[must_use]
    pub fn set(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.0.push((name.into(), value.to_string()));
        self
    }

    /// The same where there is a value: an empty one would mean to take away what is there.
    #[must_use]
    pub fn set_some(self, name: impl Into<String>, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.set(name, value),
            None => self,
        }
    }

    /// `prefix[name]` for each of the values.
    #[must_use]
    pub fn set_all(self, prefix: &str, values: &[(&str, &str)]) -> Self {
        let set = |form: Self, (name, value): &(&str, &str)| form.set(within(prefix, name), value);
        values.iter().fold(self, set)
    }

    /// As it is sent; also the query of a question.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut serializer = Serializer::new(String::new());
        for (name, value) in &self.0 {
            serializer.append_pair(name, value);
        }
        serializer.finish()
    }
}

fn within(prefix: &str, name: &str) -> String {
    format!("{prefix}[{name}]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_inside_stands_in_brackets_and_everything_is_escaped() {
        let form = Form::new()
            .set("mode", "payment")
            .set("line_items[0][quantity]", 1)
            .set_some("absent", None::<&str>)
            .set_all("metadata", &[("a b", "ü&="), ("c", "100%")]);
        assert_eq!(
            form.encode(),
            "mode=payment&line_items%5B0%5D%5Bquantity%5D=1&metadata%5Ba+b%5D=%C3%BC%26%3D\
             &metadata%5Bc%5D=100%25"
        );
        assert_eq!(Form::new().encode(), "");
    }

    #[test]
    fn what_was_written_is_read_back() {
        let hostile = "a[b]&c=d+e %41\u{1F600}\r\n";
        let body = Form::new().set(hostile, hostile).encode();
        let read: Vec<_> = form_urlencoded::parse(body.as_bytes())
            .into_owned()
            .collect();
        assert_eq!(read, [(hostile.to_owned(), hostile.to_owned())]);
    }
}
