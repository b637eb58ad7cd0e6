//! Printed pages, read back the way a phone and a person read them.
