//! Somebody whom owners put on a list of their venue, by name and phone: an attendant, or one who is to own it, too.

use super::field_errors::FieldErrors;
use super::locale::Locale;
use super::problem::Problem;
use domain::audit::Deed;
use domain::holder::PersonName;
use domain::ids::HolderId;
use domain::phone::Phone;
use domain::role::{Action, Authorized, Purpose, VenueScope};
use domain::time::Timestamp;
use serde::Deserialize;
use store::Tx;
use store::audit::Subject;

/// What was typed of a person.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ListedForm {
    pub(super) person: String,
    pub(super) phone: String,
}

impl ListedForm {
    /// Name and phone, or what is wrong with them.
    pub(super) fn read(
        &self,
        locale: Locale,
        errors: &mut FieldErrors,
    ) -> Option<(PersonName, Phone)> {
        let (name, phone) = (PersonName::parse(&self.person), Phone::parse(&self.phone));
        if name.is_err() {
            errors.add("person", locale.text("attendants.err_person"));
        }
        if phone.is_none() {
            errors.add("phone", locale.text("err.phone"));
        }
        Some((name.ok()?, phone?))
    }
}

/// A number as others on the list see it.
pub(super) fn masked(phone: &str) -> String {
    Phone::parse(phone).map_or_else(String::new, |phone| phone.masked())
}

/// Notes whose names on a list were shown; nobody's leave no entry.
pub(super) async fn looked<A: Action<VenueScope>>(
    tx: &mut Tx,
    who: &Authorized<A, VenueScope>,
    (deed, now): (Deed, Timestamp),
    seen: impl IntoIterator<Item = HolderId>,
) -> Result<(), Problem> {
    let subjects: Vec<Subject> = seen.into_iter().map(Subject::Holder).collect();
    if !subjects.is_empty() {
        let (unit, deed) = (&who.scope().unit, deed.to(who.scope().venue));
        tx.audit(who, unit, now, Purpose::VenueBoard, deed, &subjects)
            .await?;
    }
    Ok(())
}
