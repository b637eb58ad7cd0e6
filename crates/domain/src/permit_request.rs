//! A request for permits: what a venue's owners ask the office of its commune for, for their workers.
//!
//! The owners learn which workers were granted a permit. Why another was not, whether nobody of that number lives there or
//! the office did not want it, is not said: so that lists of numbers tell nothing about who exists.

/// The most workers of one request: a choice of ours, as many as a clerk goes through at once.
pub const MOST_WORKERS: usize = 200;
/// The most requests of a venue that nobody has answered: a choice of ours.
pub const MOST_OPEN: i64 = 5;

text_enum! {
    /// Where a request for permits is.
    PermitRequestState {
        /// Nobody has answered yet.
        Open = "open",
        /// Permits were issued, to all or some.
        Done = "done",
        /// It was refused, with a reason.
        Refused = "refused",
    }
}

text_enum! {
    /// Why a request for permits was refused.
    PermitRefusal {
        /// It was not.
        None = "none",
        /// No permit is needed for that.
        NotNeeded = "not_needed",
        /// The measures do not allow it.
        Measures = "measures",
        /// Come to the office with the list and the papers.
        Papers = "papers",
        /// Ask for fewer people, days or hours.
        TooMuch = "too_much",
    }
}
