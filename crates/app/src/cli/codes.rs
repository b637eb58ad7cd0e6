//! `vaora codes read`.

use super::words::told;
use crate::clock::Clock;
use anyhow::Context as _;
use codes::Keyring;
use codes::report;
use domain::time::Timestamp;
use std::io::{self, BufRead, BufReader, BufWriter, Read as _, Write};
use std::path::Path;

/// The longest line that is looked at; no square holds more than 7,089 digits.
const LONGEST: u64 = 64 * 1024;

/// Answers every line of standard input.
pub(super) fn read(keys: Option<&Path>, at: Option<&str>) -> anyhow::Result<()> {
    let keyring = match keys {
        Some(file) => keyring(file)?,
        None => Keyring::default(),
    };
    let at = match at {
        Some(text) => time(text).ok_or_else(|| told("cli.at_wrong", &[("text", &text)]))?,
        None => Clock::System.now(),
    };
    match answer(io::stdin().lock(), io::stdout().lock(), &keyring, at) {
        // Whoever read the answers has heard enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("standard input"),
    }
}

fn keyring(file: &Path) -> anyhow::Result<Keyring> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("--keys {}", file.display()))?;
    Keyring::from_file_text(&text, None)
        .map_err(|_| told("cli.no_key_list", &[("file", &file.display())]))
}

fn time(text: &str) -> Option<Timestamp> {
    let millis = text.parse::<i64>().map(Timestamp::from_millis).ok();
    millis.or_else(|| Timestamp::parse_rfc3339(text))
}

fn answer(
    input: impl io::Read,
    output: impl Write,
    keyring: &Keyring,
    at: Timestamp,
) -> io::Result<()> {
    let mut input = BufReader::new(input);
    let mut output = BufWriter::new(output);
    let mut line = Vec::new();
    loop {
        line.clear();
        input.by_ref().take(LONGEST).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return output.flush();
        }
        if line.pop_if(|byte| *byte == b'\n').is_none() && line.len() as u64 == LONGEST {
            line.clear();
            input.skip_until(b'\n')?;
        }
        line.pop_if(|byte| *byte == b'\r');
        let reading = report(&String::from_utf8_lossy(&line), keyring, at);
        serde_json::to_writer(&mut output, &reading)?;
        output.write_all(b"\n")?;
        // Somebody may be typing, or waiting at a pipe.
        if input.buffer().is_empty() {
            output.flush()?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(input: &[u8]) -> Vec<String> {
        let mut output = Vec::new();
        let at = Timestamp::from_millis(0);
        answer(input, &mut output, &Keyring::default(), at).expect("answers");
        let text = String::from_utf8(output).expect("text");
        let value = |line| serde_json::from_str::<serde_json::Value>(line).expect("JSON");
        text.lines()
            .map(|line| value(line)["kind"].to_string())
            .collect()
    }

    #[test]
    fn every_line_has_one_answer() {
        assert!(kinds(b"").is_empty());
        assert_eq!(kinds(b"\n").len(), 1);
        assert_eq!(kinds(b"a\n\r\n\xff\xfe\n\0\nlast").len(), 5);
        let long = [vec![b'7'; 3 * LONGEST as usize], b"\nx\n".to_vec()].concat();
        assert_eq!(kinds(&long), ["\"unknown\"", "\"unknown\""]);
        let just = [vec![b'7'; LONGEST as usize - 1], b"\nx\n".to_vec()].concat();
        assert_eq!(kinds(&just).len(), 2);
        let exactly = [vec![b'7'; LONGEST as usize], b"\nx\n".to_vec()].concat();
        assert_eq!(kinds(&exactly).len(), 2);
        assert_eq!(kinds(&vec![b'7'; LONGEST as usize]).len(), 1);
    }

    #[test]
    fn times_are_written_in_two_ways() {
        assert_eq!(time("1000"), Some(Timestamp::from_millis(1000)));
        assert_eq!(
            time("1970-01-01T07:00:01+07:00"),
            Some(Timestamp::from_millis(1000))
        );
        assert_eq!(time("yesterday"), None);
    }
}
