//! Lists in what programs send: read no further than needed to see that they are too long.

use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// Reads a list and keeps its first `MOST` elements and one more: enough to see that there are too
/// many. The others are passed over and cost no memory.
pub(super) fn and_one_more<'de, const MOST: usize, D, T>(from: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    from.deserialize_seq(Elements::<MOST, T>(PhantomData))
}

struct Elements<const MOST: usize, T>(PhantomData<T>);

impl<'de, const MOST: usize, T: Deserialize<'de>> Visitor<'de> for Elements<MOST, T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Vec<T>, A::Error> {
        let mut kept = Vec::new();
        while kept.len() <= MOST {
            match from.next_element()? {
                Some(element) => kept.push(element),
                None => return Ok(kept),
            }
        }
        while from.next_element::<IgnoredAny>()?.is_some() {}
        Ok(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<u8>, serde_json::Error> {
        and_one_more::<3, _, _>(&mut serde_json::Deserializer::from_str(text))
    }

    #[test]
    fn a_list_that_is_too_long_is_seen_to_be() {
        assert_eq!(read("[1,2,3]").unwrap(), [1, 2, 3]);
        assert_eq!(read("[1,2,3,4]").unwrap(), [1, 2, 3, 4]);
        assert_eq!(read("[1,2,3,4,5,\"x\",[{}]]").unwrap(), [1, 2, 3, 4]);
        assert!(read("[1,2,\"x\"]").is_err() && read("[1,2,3,4,5").is_err());
        assert_eq!(read("[]").unwrap(), [0; 0]);
    }
}
