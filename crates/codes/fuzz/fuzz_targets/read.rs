//! Any text, as a scanner would hand it over.
#![no_main]

use codes::Keyring;
use domain::time::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let reading = codes::report(&text, &Keyring::default(), Timestamp::from_seconds(0));
    assert!(!reading.verified, "an empty keyring vouches for nothing");
    let _ = codes::read(&text);
});
