//! A member of a holder's family who has no phone: a child, a parent, somebody who is cared for.

/// How many people one holder may care for.
pub const MOST: i64 = 20;

text_enum! {
    /// What a member is to the holder who cares for them.
    Relation {
        /// Con.
        Child = "child",
        /// Cha, mẹ.
        Parent = "parent",
        /// Ông, bà.
        Grandparent = "grandparent",
        /// Vợ, chồng.
        Spouse = "spouse",
        /// Người khác.
        Other = "other",
    }
}
