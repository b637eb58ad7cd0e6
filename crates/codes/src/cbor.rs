//! The few shapes of CBOR that our formats use, in their one shortest form.
//!
//! The reader refuses every other way to write the same value (long integers, indefinite
//! lengths, trailing bytes), so that one content has exactly one text.

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;
const NULL: u8 = 0xf6;

/// Appends items in shortest form.
#[derive(Default)]
pub(crate) struct Writer(pub(crate) Vec<u8>);

impl Writer {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    pub(crate) fn integer(&mut self, value: i64) -> &mut Self {
        match u64::try_from(value) {
            Ok(value) => self.head(UNSIGNED, value),
            Err(_) => self.head(NEGATIVE, !value as u64),
        }
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.head(BYTES, bytes.len() as u64);
        self.0.extend_from_slice(bytes);
        self
    }

    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.head(TEXT, text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    pub(crate) fn array(&mut self, items: usize) -> &mut Self {
        self.head(ARRAY, items as u64)
    }

    pub(crate) fn map(&mut self, pairs: usize) -> &mut Self {
        self.head(MAP, pairs as u64)
    }

    pub(crate) fn tag(&mut self, tag: u64) -> &mut Self {
        self.head(TAG, tag)
    }

    pub(crate) fn null(&mut self) -> &mut Self {
        self.0.push(NULL);
        self
    }

    fn head(&mut self, major: u8, value: u64) -> &mut Self {
        let bytes = value.to_be_bytes();
        let (code, width) = match value {
            0..=23 => (value as u8, 0),
            24..=0xff => (24, 1),
            0x100..=0xffff => (25, 2),
            0x1_0000..=0xffff_ffff => (26, 4),
            _ => (27, 8),
        };
        self.0.push(major << 5 | code);
        self.0.extend_from_slice(&bytes[8 - width..]);
        self
    }
}

/// Takes items from the front of a slice; nothing when the next item is not the expected one.
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn integer(&mut self) -> Option<i64> {
        if self.0.first()? >> 5 == NEGATIVE {
            return i64::try_from(self.head(NEGATIVE)?).ok().map(|value| !value);
        }
        i64::try_from(self.head(UNSIGNED)?).ok()
    }

    /// The very integer that must stand here: a label of a map whose keys are known.
    pub(crate) fn label(&mut self, expected: i64) -> Option<&mut Self> {
        (self.integer()? == expected).then_some(self)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        u32::try_from(self.head(UNSIGNED)?).ok()
    }

    pub(crate) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.head(BYTES)?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    /// A text in UTF-8.
    pub(crate) fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.head(TEXT)?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(bytes).ok()
    }

    /// A byte string, or null where there is none.
    pub(crate) fn bytes_or_null(&mut self) -> Option<Option<&'a [u8]>> {
        match self.0.split_first()? {
            (&NULL, rest) => {
                self.0 = rest;
                Some(None)
            }
            _ => self.bytes().map(Some),
        }
    }

    pub(crate) fn fixed<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes()?.try_into().ok()
    }

    /// How many items the array that begins here has.
    pub(crate) fn any_array(&mut self) -> Option<usize> {
        usize::try_from(self.head(ARRAY)?).ok()
    }

    pub(crate) fn array(&mut self, items: u64) -> Option<()> {
        (self.head(ARRAY)? == items).then_some(())
    }

    pub(crate) fn map(&mut self, pairs: u64) -> Option<()> {
        (self.head(MAP)? == pairs).then_some(())
    }

    pub(crate) fn tag(&mut self, tag: u64) -> Option<()> {
        (self.head(TAG)? == tag).then_some(())
    }

    pub(crate) fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }

    fn head(&mut self, major: u8) -> Option<u64> {
        let (&first, rest) = self.0.split_first()?;
        let (width, least) = match first & 31 {
            24 => (1, 24),
            25 => (2, 0x100),
            26 => (4, 0x1_0000),
            27 => (8, 0x1_0000_0000),
            _ => (0, 0),
        };
        let (tail, rest) = rest.split_at_checked(width)?;
        let value = match first & 31 {
            small @ 0..=23 => u64::from(small),
            24..=27 => tail.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte)),
            _ => return None,
        };
        if first >> 5 != major || value < least {
            return None;
        }
        self.0 = rest;
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_have_one_form() {
        for value in [
            0,
            23,
            24,
            255,
            256,
            65_535,
            65_536,
            4_294_967_295,
            4_294_967_296,
            -1,
            -65_537,
        ] {
            let mut written = Writer::default();
            written.integer(value);
            assert_eq!(Reader(&written.0).integer(), Some(value));
        }
        for long in [
            "1817",
            "190017",
            "1900ff",
            "1a0000ffff",
            "1b00000000ffffffff",
            "1f",
            "1c",
            "3817",
        ] {
            let bytes = data_encoding::HEXLOWER.decode(long.as_bytes()).unwrap();
            assert_eq!(Reader(&bytes).integer(), None, "{long}");
        }
    }

    #[test]
    fn lengths_that_lie_are_refused() {
        assert_eq!(
            Reader(&[0x5b, 255, 255, 255, 255, 255, 255, 255, 255]).bytes(),
            None
        );
        assert_eq!(Reader(&[0x42, 1]).bytes(), None);
        assert_eq!(Reader(&[0x5f, 0x41, 1, 0xff]).bytes(), None);
    }
}
