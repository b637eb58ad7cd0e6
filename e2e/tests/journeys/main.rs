//! Journeys in a real browser, in one program: it is linked once, and while one journey waits another walks.

mod desk;
mod devices;
mod gate_day;
mod kiosk;
mod offline;
mod pages;
mod paper;
mod phone_code;
mod prints;
mod whole_loop;
