//! The ways to other pages, for each kind of reader: one page that lists them all.

use super::page::Nav;
use domain::role::{Actor, OfficerRole};

/// The navigation of whoever is reading.
pub fn for_actor(actor: Option<&Actor>) -> Nav {
    match actor {
        Some(Actor::Holder(_)) => Nav::default()
            .with("/code", "nav.code", "code")
            .with("/declarations", "nav.declare", "doc")
            .with("/visits", "nav.visits", "pin")
            .with("/venues", "nav.venues", "door"),
        Some(Actor::Officer {
            role: OfficerRole::Auditor,
            ..
        }) => Nav::default().with("/audit", "nav.audit", "list"),
        Some(Actor::Officer { role, .. }) if !role.administers() => {
            let nav = Nav::default().with("/office", "nav.office", "chart");
            if *role == OfficerRole::Inspector {
                nav.with("/office/venues", "nav.office_venues", "door")
                    .over("/office/posters".to_owned())
            } else {
                nav
            }
        }
        Some(Actor::Officer { .. }) => Nav::default()
            .with("/office", "nav.office", "chart")
            .with("/office/venues", "nav.office_venues", "door")
            .over("/office/posters".to_owned())
            .with("/office/desk", "nav.desk", "user")
            .over("/office/imports".to_owned())
            .with("/office/people", "nav.people", "search")
            .over("/office/requests".to_owned())
            .over("/office/matches".to_owned())
            .over("/office/cards".to_owned())
            .with("/office/permits", "nav.permits", "doc")
            .with("/office/batches", "nav.batches", "print")
            .with("/office/officers", "nav.officers", "users")
            .with("/office/settings", "nav.settings", "settings"),
        _ => Nav::default(),
    }
}
