//! The venue posters of the old national system: recognised, so that a guard can explain them.

/// A venue of `tokhaiyte.vn`, whose posters outlived the system.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ForeignVenue {
    /// The group's id there: 24 hexadecimal digits, in lower case.
    pub group: String,
}

/// Parses `https://tokhaiyte.vn/?page=Group.checkin&groupId=<24 hex>`, parameters in any order.
pub fn parse(text: &str) -> Option<ForeignVenue> {
    let (scheme, rest) = text.split_once("://")?;
    let (host, rest) = rest.split_once('/')?;
    let (_, query) = rest.split_once('?')?;
    let host = host.to_ascii_lowercase();
    let known = matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https")
        && matches!(host.as_str(), "tokhaiyte.vn" | "www.tokhaiyte.vn");
    let parameter = |name: &str| {
        let query = query.split('#').next().unwrap_or_default();
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    let group = parameter("groupId").filter(|_| parameter("page") == Some("Group.checkin"))?;
    let whole = group.len() == 24 && group.bytes().all(|byte| byte.is_ascii_hexdigit());
    (known && whole).then(|| ForeignVenue {
        group: group.to_ascii_lowercase(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_poster_is_recognised_and_nothing_else() {
        let group = "60aaaaaaaaaaaaaaaaaaaaaa";
        for url in [
            format!("https://tokhaiyte.vn/?page=Group.checkin&groupId={group}"),
            format!(
                "HTTP://WWW.tokhaiyte.vn/?groupId={}&page=Group.checkin#top",
                group.to_uppercase()
            ),
        ] {
            assert_eq!(parse(&url).unwrap().group, group.to_lowercase());
        }
        for url in [
            format!("https://example.vn/?page=Group.checkin&groupId={group}"),
            format!("https://tokhaiyte.vn/?page=Group.list&groupId={group}"),
            format!("https://tokhaiyte.vn/?page=Group.checkin&groupId={group}0"),
            format!("ftp://tokhaiyte.vn/?page=Group.checkin&groupId={group}"),
        ] {
            assert_eq!(parse(&url), None, "{url}");
        }
    }
}
