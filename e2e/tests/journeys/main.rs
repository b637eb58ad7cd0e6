//! Journeys in a real browser, in one program: it is linked once, and while one journey waits another walks.

mod desk;
mod devices;
mod family;
mod gate_day;
mod kiosk;
mod lost_card;
mod merges;
mod offline;
mod pages;
mod paper;
mod permits;
mod phone_code;
mod posters_off;
mod prints;
mod whole_loop;
mod without_phone;
