use super::*;
use std::fs;
use std::path::Path;

fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}'))
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn every_catalogue_parses() {
    for (path, text) in LOCALES_FILES {
        text.parse::<toml::Table>()
            .unwrap_or_else(|error| panic!("{path}: {error}"));
    }
}

#[test]
fn both_languages_have_the_same_keys_and_placeholders() {
    for (key, vi) in VI.iter() {
        let en = EN
            .get(key)
            .unwrap_or_else(|| panic!("{key} has no English"));
        assert_eq!(placeholders(vi), placeholders(en), "{key}");
    }
    for (key, en) in EN.iter() {
        let plain = key
            .strip_suffix("_one")
            .filter(|plain| EN.contains_key(plain));
        let vi = VI
            .get(plain.unwrap_or(key))
            .unwrap_or_else(|| panic!("{key} has no Vietnamese"));
        assert_eq!(placeholders(vi), placeholders(en), "{key}");
    }
}

#[test]
fn words_are_calm() {
    for (key, text) in VI.iter().chain(EN.iter()) {
        assert!(
            !text.contains('!') && !text.contains("..."),
            "{key}: {text}"
        );
        assert_eq!(text.trim(), *text, "{key}");
    }
}

#[test]
fn every_key_that_is_used_has_words() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut unknown = Vec::new();
    for folder in ["src", "templates", "examples", "static/js"] {
        walk(&root.join(folder), &mut |path, text| {
            for key in keys(text).filter(|key| !VI.contains_key(key)) {
                unknown.push(format!(
                    "{}: {key}",
                    path.file_name().unwrap().to_string_lossy()
                ));
            }
        });
    }
    assert!(
        unknown.is_empty(),
        "keys without words:\n{}",
        unknown.join("\n")
    );
}

/// What `fill` is given by name, in one call; nothing where the values are made elsewhere.
fn given(call: &str) -> Option<BTreeSet<&str>> {
    let mut depth = 1;
    let end = call.find(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth == 0
    })?;
    let (_, values) = call[..end].split_once('[')?;
    let names = values.split("(\"").skip(1);
    Some(names.filter_map(|rest| rest.split('"').next()).collect())
}

/// What a script fills, each time that it changes.
const BY_SCRIPTS: [&str; 3] = ["app.live_at", "app.not_updated", "otp.wait"];

#[test]
fn every_placeholder_is_filled() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut seen, mut faults) = (0, Vec::new());
    for folder in ["src", "templates"] {
        walk(&root.join(folder), &mut |path, text| {
            for call in ["text", "fill", "count"] {
                for part in text.split(&format!("{call}(\"")).skip(1) {
                    let Some((key, rest)) = part.split_once('"') else {
                        continue;
                    };
                    let Some(words) = VI.get(key) else { continue };
                    let filled = match call {
                        "text" if BY_SCRIPTS.contains(&key) => None,
                        "text" => Some(BTreeSet::new()),
                        "count" => Some(BTreeSet::from(["n"])),
                        _ => given(rest),
                    };
                    seen += 1;
                    if filled.is_some_and(|filled| !placeholders(words).is_subset(&filled)) {
                        faults.push(format!("{}: {key}: {words}", path.display()));
                    }
                }
            }
        });
    }
    assert!(seen > 1000, "{seen}");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_key_is_used() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut whole, mut parts) = (BTreeSet::new(), BTreeSet::new());
    for folder in ["src", "templates", "static/js"] {
        walk(&root.join(folder), &mut |_, text| {
            for literal in literals(text) {
                if literal.contains('{') {
                    parts.insert(literal.to_owned());
                } else {
                    whole.insert(literal.to_owned());
                }
            }
        });
    }
    let used = |key: &str| whole.contains(key) || parts.iter().any(|parts| fits(key, parts));
    let unused: Vec<_> = VI.keys().filter(|key| !used(key)).collect();
    assert!(unused.is_empty(), "keys that nothing uses: {unused:?}");
}

#[test]
fn a_key_made_of_parts_is_told_from_others() {
    for parts in [
        "problem.{slug}.title",
        "problem.${slug}.title",
        "problem.{}.title",
    ] {
        assert!(fits("problem.not_found.title", parts), "{parts}");
        assert!(!fits("problem.not_found.detail", parts), "{parts}");
        assert!(!fits("problem.title", parts), "{parts}");
    }
}

/// Literals that look like keys, or like keys of which parts are filled in.
fn literals(text: &str) -> impl Iterator<Item = &str> {
    let between = |c: char| c.is_whitespace() || matches!(c, '"' | '`' | '\'');
    text.split(between)
        .filter(|literal| literal.contains('.') && literal.starts_with(char::is_lowercase))
}

/// Whether filling in the parts in braces can make the key.
fn fits(key: &str, parts: &str) -> bool {
    let mut fixed = parts.split('{').map(|part| {
        let after = part.split_once('}').map_or(part, |(_, after)| after);
        after.trim_end_matches('$')
    });
    let mut rest = fixed.next().and_then(|first| key.strip_prefix(first));
    for part in fixed {
        rest = rest.and_then(|rest| {
            let at = if part.is_empty() {
                Some(rest.len())
            } else {
                rest.find(part)
            };
            at.filter(|at| *at > 0).map(|at| &rest[at + part.len()..])
        });
    }
    rest == Some("")
}

#[test]
fn every_reason_has_words_and_no_other_word_is_kept() {
    use domain::scan::Reason;
    for locale in Locale::ALL {
        for reason in Reason::ALL {
            let key = format!("reasons.{reason}");
            assert!(locale.find(&key).is_some(), "{} {key}", locale.code());
        }
    }
    // What a newer server answers and this page does not know.
    let known = |key: &str| key == "other" || Reason::parse(key).is_some();
    let more: Vec<_> = VI
        .keys()
        .filter_map(|key| key.strip_prefix("reasons."))
        .filter(|key| !known(key))
        .collect();
    assert!(more.is_empty(), "{more:?}");
}

/// What stands in quotes after `text(`, `fill(` or `count(`, in Rust, templates and scripts.
fn keys(text: &str) -> impl Iterator<Item = &str> {
    let calls = ["text(\"", "fill(\"", "count(\"", "word(\""];
    calls.into_iter().flat_map(|call| {
        text.split(call)
            .skip(1)
            .filter_map(|part| part.split('"').next())
            .filter(|key| key.contains('.') && !key.contains(' '))
    })
}

fn walk(folder: &Path, see: &mut impl FnMut(&Path, &str)) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, see);
        } else if !path.to_string_lossy().ends_with("_tests.rs")
            && let Ok(text) = fs::read_to_string(&path)
        {
            see(&path, &text);
        }
    }
}

#[test]
fn numbers_are_written_as_each_language_does() {
    assert_eq!(Locale::Vi.number(1_234_567), "1.234.567");
    assert_eq!(Locale::En.number(-1234), "-1,234");
    assert_eq!(Locale::Vi.number(999), "999");
}

#[test]
fn days_and_spans_are_said_in_words() {
    let day = Day::parse("2026-11-21").unwrap();
    assert_eq!(Locale::Vi.long_day(day), "thứ Bảy, 21/11/2026");
    assert_eq!(Locale::En.long_day(day), "Saturday, 21/11/2026");
    assert_eq!(Locale::Vi.ago(180_000), "3 phút trước");
    assert_eq!(Locale::En.ago(60_000), "1 minute ago");
}

#[test]
fn placeholders_are_filled() {
    let text = Locale::Vi.fill("otp.sent", &[("phone", "09** *** 417"), ("n", "10")]);
    assert_eq!(
        text,
        "Đã gửi mã 6 số đến 09** *** 417. Mã có hiệu lực 10 phút."
    );
}

#[test]
fn a_missing_key_is_its_own_text() {
    let key = String::from("none.such");
    assert_eq!(Locale::En.text(&key), "none.such");
    assert_eq!(
        Locale::En.text(&key).as_ptr(),
        Locale::En.text(&key).as_ptr()
    );
}

#[test]
fn the_browser_says_which_language() {
    assert_eq!(Locale::accepted("en-GB,en;q=0.9,vi;q=0.8"), Locale::En);
    assert_eq!(Locale::accepted("fr-FR, vi;q=0.5"), Locale::Vi);
    assert_eq!(Locale::accepted(""), Locale::Vi);
}

/// Words that are said without a place for their number.
#[test]
fn numbers_in_words_are_those_of_the_rules() {
    let days = |length: std::time::Duration| length.as_secs() as i64 / 86_400;
    let said = [
        ("imports.refused_rows", crate::import::ROWS as i64),
        (
            "second_record.undo_note",
            days(domain::matching::OWN_UNDOING),
        ),
        (
            "second_record.err_nothing",
            days(domain::matching::OWN_UNDOING),
        ),
        (
            "suspensions.reminded",
            i64::from(domain::retention::SUSPENSION_DAYS),
        ),
        (
            "suspensions.appeal_hint",
            i64::from(domain::suspension::ANSWERED_WITHIN),
        ),
    ];
    for locale in Locale::ALL {
        for (key, number) in said {
            let (text, number) = (locale.text(key), locale.number(number));
            let mut words = text.split(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ','));
            let same = |word: &str| word.trim_end_matches(['.', ',']) == number;
            assert!(words.any(same), "{key}: {text}");
        }
    }
}
