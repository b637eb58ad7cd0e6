//! An identity: what a paper says of who somebody is, as far as nobody has proven it.

text_enum! {
    /// The paper whose number it is. Each kind has numbers of its own.
    IdentityKind {
        /// A citizen's identity card: twelve digits.
        Cccd = "cccd",
        /// A health-insurance card: the ten digits of the social-insurance number.
        Bhyt = "bhyt",
        /// The national personal code of 2021: the id that its platform gave.
        National = "national",
    }
}
