//! The methods of a transaction: each is tried on both databases and asks for a proof.

use super::{files, no_fault};
use std::collections::BTreeSet;

/// Every public method of a transaction: its name, its arguments, and the file it is in.
fn methods_of_tx() -> Vec<(String, String, String)> {
    let mut methods = Vec::new();
    for file in files("crates/store/src") {
        for block in file.text.split("\nimpl Tx {").skip(1) {
            let block = block.split("\n}\n").next().unwrap();
            for head in block.split("\n    pub async fn ").skip(1) {
                let name = head.split(['(', '<']).next().unwrap().to_owned();
                let arguments = head.split("-> ").next().unwrap().to_owned();
                methods.push((name, arguments, file.path.clone()));
            }
        }
    }
    assert!(methods.len() > 60, "only {} were found", methods.len());
    methods
}

#[test]
fn every_method_of_the_store_is_tried_on_both_databases() {
    // What `on_both!` runs, and the helpers it calls; tests of one database are left out.
    let tests = files("crates/store/tests/it");
    let items = tests.iter().flat_map(|file| file.text.split("\n}\n"));
    let both = items.filter(|item| !item.contains("#[test]") && !item.contains("#[tokio::test"));
    let code = both
        .flat_map(str::lines)
        .map(|line| line.split("//").next());
    let code = code.map(Option::unwrap_or_default).collect::<Vec<_>>();
    let code = code.join("\n");
    let called = |name: &str| {
        [format!(".{name}("), format!(".{name}::<")]
            .iter()
            .any(|call| code.contains(call))
    };
    let untried = methods_of_tx()
        .into_iter()
        .filter(|method| !called(&method.0));
    no_fault(untried.map(|(name, _, path)| {
        format!("{path}: Tx::{name} is not called by a test of both databases")
    }));
}

/// What the store answers without a proof: see ARCHITECTURE.md.
const WITHOUT_PROOF: [(&str, &[&str]); 7] = [
    ("the unit of work itself", &["commit", "rollback"]),
    (
        "who is asking: found by what only they can show",
        &[
            "session",
            "end_session",
            "begin_session",
            "holder_of_phone",
            "holders_naming_phone",
            "joined_by_phone",
            "holder_of_browser",
            "device_by_token",
            "devices_heard",
            "officer_credentials",
            "spend_totp_step",
            "invitation",
            "accept_invitation",
            "add_holder",
        ],
    ),
    (
        "in which scope the policy is asked: ids and units",
        &[
            "holder_scope",
            "card_scope",
            "venue_scope",
            "pair_scope",
            "merge_scope",
            "member_scope",
            "request_scope",
        ],
    ),
    (
        "codes and limits, known by hashes alone",
        &[
            "otp_wait",
            "add_otp",
            "check_otp",
            "within",
            "within_all",
            "spent",
        ],
    ),
    (
        "public: on a poster, on a form, in the status list, which office an officer holds",
        &[
            "venue",
            "checkpoint",
            "checkpoint_by_code",
            "posters_end",
            "poster_opened",
            "checkpoints",
            "units",
            "demands_over",
            "add_units",
            "unit_settings",
            "served_unit",
            "is_demonstration",
            "card_states",
            "cards_changed_since",
            "free_places",
            "cards_version",
            "office_of",
        ],
    ),
    (
        "set-up, by a link that works until somebody holds an office",
        &["set_up_wanted", "set_up_open", "open_set_up", "set_up"],
    ),
    (
        "the program's own: erasing, the list that all gates share, and planting into an empty database",
        &[
            "cards_to_ask",
            "cards_missing",
            "cards_printed_in",
            "signatures_compared",
            "note_compared",
            "compare_anew",
            "card_places",
            "lost_places",
            "unknown_signatures",
            "any_device",
            "asides_to_record",
            "asides_recorded",
            "find_surges",
            "note_surges",
            "walk_matches",
            "find_matches",
            "note_matches",
            "erase_merges",
            "erase_asides",
            "erase_imports",
            "erase_requests",
            "erase_surges",
            "erase_declarations",
            "erase_sessions",
            "erase_otps",
            "erase_phone_keys",
            "erase_rates",
            "erase_invitations",
            "is_vacant",
            "mark_demonstration",
            "plant_holders",
            "plant_records",
            "plant_index",
            "plant_cards",
            "plant_declarations",
            "plant_venues",
            "plant_officers",
            "plant_office",
            "outcome",
        ],
    ),
];

#[test]
fn the_store_asks_for_a_proof_wherever_it_is_not_named_here() {
    let methods = methods_of_tx();
    let named: BTreeSet<&str> = WITHOUT_PROOF
        .iter()
        .flat_map(|(_, names)| names.iter().copied())
        .collect();
    let asks = |arguments: &str| arguments.contains("&Authorized<");
    let bare = methods
        .iter()
        .filter(|(name, arguments, _)| !asks(arguments) && !named.contains(name.as_str()));
    no_fault(bare.map(|(name, _, path)| format!("{path}: Tx::{name} asks for no proof")));
    let idle = named.iter().filter(|named| {
        let method = methods.iter().find(|(name, ..)| name == *named);
        method.is_none_or(|(_, arguments, _)| asks(arguments))
    });
    no_fault(idle.map(|name| format!("Tx::{name} is named here, and need not be")));
    let ignored = methods
        .iter()
        .filter(|(_, arguments, _)| arguments.contains("_who:"));
    no_fault(ignored.map(|(name, _, path)| format!("{path}: Tx::{name} ignores its proof")));
}
