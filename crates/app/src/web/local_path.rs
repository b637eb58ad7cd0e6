//! Where to go on after signing in: an address on this site, never on another.

/// The path, when it is one of this site's: it begins with one slash, and nothing in it can make
/// a browser read a host out of it.
pub fn parse(text: &str) -> Option<&str> {
    let plain = |c: char| c.is_ascii_graphic() && c != '\\';
    let local = text.starts_with('/') && !text.starts_with("//");
    (local && text.len() <= 500 && text.chars().all(plain)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn only_paths_of_this_site_pass() {
        for good in ["/", "/code", "/v/K7M24QX?lang=en", "/venues/7/scans?a=%2F"] {
            assert_eq!(parse(good), Some(good));
        }
        for bad in [
            "",
            "code",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\nb",
            "javascript:alert(1)",
            "/\t/evil.example",
            " /code",
            "/é",
            "\\\\evil.example",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        assert_eq!(parse(&format!("/{}", "a".repeat(600))), None);
    }
}
