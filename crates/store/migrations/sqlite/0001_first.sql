-- The first schema. The PostgreSQL file beside it has the same tables, columns and nullability.
-- What each column is for, who sees it and when it dies: docs/privacy.md.

create table units (
  code text not null,
  name text not null,
  parent text,
  valid_from integer not null,
  valid_until integer,
  primary key (code, valid_from)
) strict;

create table settings (
  unit text not null,
  name text not null,
  value text not null,
  primary key (unit, name)
) strict;

create table counters (
  name text not null primary key,
  value integer not null
) strict;

create table holders (
  id blob not null primary key,
  phone_hash blob unique,
  browser_hash blob unique,
  sealed blob not null,
  verified integer not null,
  seen integer not null,
  unit_path text not null,
  tapped_on integer,
  created_at integer not null,
  merged_into blob
) strict;
create index holders_merged on holders (merged_into) where merged_into is not null;

-- By what proven people are found: keyed hashes of numbers, phones and folded names, cut to 64 bits.
create table holder_keys (
  key integer not null,
  holder_id blob not null,
  primary key (key, holder_id)
) strict, without rowid;

-- Numbers of papers that an office has looked at: each is one person's.
create table proven_numbers (
  hash blob not null primary key,
  holder_id blob not null
) strict;
create index proven_numbers_by_holder on proven_numbers (holder_id);

create table cards (
  id blob not null primary key,
  holder_id blob not null,
  status_index integer not null unique,
  kind text not null check (kind in ('paper', 'plastic', 'electronic')),
  state text not null check (state in ('requested', 'verified', 'printed', 'active', 'suspended', 'revoked', 'replaced')),
  issued_at integer not null,
  expires_at integer not null,
  ended_at integer,
  changed integer not null
) strict;
create index cards_by_change on cards (changed);
create index cards_by_holder on cards (holder_id);
create unique index cards_in_use on cards (holder_id, kind) where state = 'active';
create unique index cards_waiting on cards (holder_id, kind) where state = 'verified';

-- What was done to a card, in order, by whom and when.
create table card_steps (
  card_id blob not null,
  n integer not null,
  step text not null check (step in ('request', 'verification', 'printing', 'hand_over', 'suspension', 'resumption', 'revocation', 'replacement')),
  reason text not null check (reason in ('none', 'lost', 'damaged', 'misprinted', 'details', 'withdrawn', 'found', 'merged')),
  actor text not null,
  taken_at integer not null,
  primary key (card_id, n)
) strict, without rowid;
create index card_steps_by_actor on card_steps (actor, taken_at);

-- Cards that were printed as one job, and their order in it. A batch is numbered within its unit and year.
create table batches (
  id blob not null primary key,
  unit_path text not null,
  year integer not null,
  number integer not null,
  layout text not null check (layout in ('plastic', 'sheet', 'folded', 'letter')),
  cards integer not null,
  of_batch blob,
  reason text not null check (reason in ('none', 'lost', 'damaged', 'misprinted', 'details', 'withdrawn', 'found', 'merged')),
  actor text not null,
  created_at integer not null
) strict;
create index batches_by_unit on batches (unit_path, id);
create index batches_by_time on batches (created_at);

create table batch_cards (
  batch_id blob not null,
  place integer not null,
  card_id blob not null unique,
  primary key (batch_id, place)
) strict, without rowid;

-- What the bearers of cards may do, for a time. Those of a list were issued together.
create table permits (
  id blob not null primary key,
  holder_id blob not null,
  kind text not null check (kind in ('duty', 'goods', 'market', 'delivery', 'medical', 'shift')),
  from_day integer not null,
  until_day integer not null,
  hours text not null,
  days text not null,
  place text not null,
  unit_path text not null,
  issued_by text not null,
  issuer text not null,
  list_id blob not null,
  created_at integer not null,
  ended_at integer,
  ended_by text,
  end_reason text check (end_reason in ('mistake', 'not_needed', 'measures', 'misuse'))
) strict;
create index permits_by_holder on permits (holder_id, until_day);
create index permits_by_unit on permits (unit_path, id);
create index permits_by_day on permits (until_day);
create unique index permits_once on permits (list_id, holder_id);

-- Which permit the venues of a unit demand. Of no person.
create table permit_demands (
  id blob not null primary key,
  unit text not null,
  place text not null,
  kind text check (kind in ('duty', 'goods', 'market', 'delivery', 'medical', 'shift')),
  from_day integer not null,
  lacking text not null check (lacking in ('refer', 'refuse'))
) strict;
create index permit_demands_by_unit on permit_demands (unit, id);

-- Records that were made or changed and not yet compared with others; and how far all of them were gone through.
create table match_jobs (
  holder_id blob not null primary key,
  n integer not null
) strict;

create table match_walk (
  name text not null primary key,
  after_id blob not null
) strict;

-- Pairs of records that may be one person's, the smaller id first. One that is kept apart stays, so that it is not proposed again.
create table matches (
  one blob not null,
  other blob not null,
  degree text not null check (degree in ('likely', 'possible', 'none')),
  rank integer not null,
  state text not null check (state in ('open', 'asked', 'apart', 'merged')),
  reason text not null check (reason in ('none', 'papers', 'call', 'colleague', 'above')),
  claimed_at integer,
  proven_at integer,
  actor text,
  decided_at integer,
  found_at integer not null,
  primary key (one, other)
) strict, without rowid;
create index matches_by_other on matches (other);

-- A pair in the queue of each unit over one of the two: the strongest first, of decided ones the newest.
create table match_places (
  unit text not null,
  state text not null check (state in ('open', 'asked', 'apart', 'merged')),
  rank integer not null,
  one blob not null,
  other blob not null,
  primary key (unit, state, rank, one, other)
) strict, without rowid;
create index match_places_by_pair on match_places (one, other);

-- Two records made one, until that can no longer be undone; `sealed` says what both were before.
create table merges (
  id blob not null primary key,
  kept blob not null,
  gone blob not null,
  n integer not null,
  sealed blob not null,
  actor text not null,
  merged_at integer not null,
  undone_at integer,
  undone_by text
) strict;
create index merges_by_kept on merges (kept, n);
create index merges_by_gone on merges (gone, n);
create index merges_by_time on merges (merged_at);

-- What a merge carried from one record to the other.
create table merge_rows (
  merge_id blob not null,
  kind text not null check (kind in ('card', 'stilled', 'declaration', 'draft', 'identity', 'number', 'permit', 'request', 'cared', 'carer', 'venue', 'record', 'apart', 'tie', 'closed')),
  row_id blob not null,
  was text,
  primary key (merge_id, kind, row_id)
) strict, without rowid;

-- What holders ask offices for, sealed, and the answers. One of a kind at a time, but for members of families.
create table requests (
  id blob not null primary key,
  holder_id blob not null,
  kind text not null check (kind in ('card', 'correction', 'member')),
  state text not null check (state in ('open', 'done', 'refused')),
  reason text not null check (reason in ('none', 'papers', 'otherwise', 'has_card', 'elsewhere', 'not_theirs', 'twice')),
  sealed blob not null,
  card_id blob,
  created_at integer not null,
  answered_at integer
) strict;
create index requests_by_holder on requests (holder_id);
create index requests_open on requests (created_at) where state = 'open';
create unique index requests_at_once on requests (holder_id, kind) where state = 'open' and kind <> 'member';

-- Whom a holder cares for: people without a phone. `alone`: no office has seen the person, and the person has not agreed.
create table members (
  guardian_id blob not null,
  member_id blob not null,
  relation text not null check (relation in ('child', 'parent', 'grandparent', 'spouse', 'other')),
  added_at integer not null,
  alone integer not null,
  primary key (guardian_id, member_id)
) strict, without rowid;
create index members_by_member on members (member_id);

-- Lists of people that offices bring in, sealed, until they are done with: how each is read, the file, and the rows not taken.
create table imports (
  id blob not null primary key,
  unit_path text not null,
  done integer not null,
  plan blob not null,
  file blob,
  rest blob,
  created_at integer not null
) strict;
create index imports_by_unit on imports (unit_path, created_at);
create index imports_by_time on imports (created_at);

create table phone_keys (
  id blob not null primary key,
  card_id blob not null,
  key_hash blob not null unique,
  session_hash blob not null,
  created_at integer not null,
  expires_at integer not null,
  ended_at integer
) strict;
create index phone_keys_by_card on phone_keys (card_id);
create index phone_keys_by_session on phone_keys (session_hash);

create table declarations (
  id blob not null primary key,
  holder_id blob not null,
  kind text not null check (kind in ('general', 'domestic_travel', 'entry')),
  declared_at integer not null,
  valid_until integer not null,
  concern integer not null,
  consent_version integer not null,
  by_another integer not null,
  at_venue blob,
  sealed blob not null
) strict;
create index declarations_by_holder on declarations (holder_id, declared_at, valid_until, concern);
create index declarations_by_time on declarations (declared_at);

-- Declarations begun and not sent: of the holder's own, when `about` is all zeros, or of a member of the family.
create table drafts (
  id blob not null primary key,
  holder_id blob not null,
  about blob not null,
  kind text not null check (kind in ('general', 'domestic_travel', 'entry')),
  sealed blob not null,
  saved_at integer not null
) strict;
create unique index drafts_of_holder on drafts (holder_id, about, kind);
create index drafts_by_member on drafts (about);
create index drafts_by_time on drafts (saved_at);

create table identities (
  hash blob not null primary key,
  kind text not null check (kind in ('cccd', 'bhyt', 'national')),
  holder_id blob not null,
  name_typed integer not null,
  sealed blob not null,
  added_at integer not null
) strict;
create index identities_by_holder on identities (holder_id);

create table venues (
  id blob not null primary key,
  owner_id blob not null,
  name text not null,
  folded text not null,
  kind text not null check (kind in ('agency', 'hospital', 'pharmacy', 'school', 'factory', 'office', 'market', 'market_stall', 'supermarket', 'shop', 'restaurant', 'cafe', 'hotel', 'station', 'vehicle', 'worship', 'sport', 'entertainment', 'event', 'road_checkpoint', 'residence', 'other')),
  unit_path text not null,
  address text not null,
  expected_daily integer not null,
  capacity integer,
  full_policy text not null check (full_policy in ('warn', 'refuse')),
  hours text not null,
  created_at integer not null,
  closed_at integer,
  suspended_at integer
) strict;
create index venues_by_owner on venues (owner_id);
create index venues_by_unit on venues (unit_path, folded, id);

create table checkpoints (
  id blob not null primary key,
  venue_id blob not null,
  name text not null,
  code text not null unique,
  poster_version integer not null,
  opened_on integer,
  created_at integer not null,
  closed_at integer
) strict;
create index checkpoints_by_venue on checkpoints (venue_id, created_at);

create table poster_removals (
  venue_id blob not null primary key,
  removed_at integer not null,
  photo blob
) strict;

create table attendants (
  venue_id blob not null,
  phone_hash blob not null,
  sealed blob not null,
  added_at integer not null,
  primary key (venue_id, phone_hash)
) strict;
create index attendants_by_phone on attendants (phone_hash);

-- Whom owners invited to own a venue beside its founding owner; `holder_id` is who said yes.
create table co_owners (
  id blob not null primary key,
  venue_id blob not null,
  phone_hash blob not null,
  sealed blob not null,
  invited_at integer not null,
  expires_at integer not null,
  holder_id blob,
  joined_at integer
) strict;
create unique index co_owners_by_venue on co_owners (venue_id, phone_hash);
create index co_owners_by_phone on co_owners (phone_hash);
create index co_owners_by_holder on co_owners (holder_id);

-- Of which rules offices reminded a venue's owners.
create table venue_reminders (
  id blob not null primary key,
  venue_id blob not null,
  reason text not null check (reason in ('not_recording', 'crowded', 'precautions', 'barred', 'other')),
  unit text not null,
  actor text not null,
  reminded_at integer not null
) strict;
create index venue_reminders_by_venue on venue_reminders (venue_id, reminded_at);

-- When offices let nobody enter a venue, why, what its owners said to that, and what they were answered. One of an office at a time.
create table venue_suspensions (
  id blob not null primary key,
  venue_id blob not null,
  reason text not null check (reason in ('not_recording', 'crowded', 'precautions', 'barred', 'other')),
  sealed blob not null,
  unit text not null,
  actor text not null,
  suspended_at integer not null,
  appeal blob,
  appealed_at integer,
  answer blob,
  answered_at integer,
  lifted_at integer,
  answered_by text
) strict;
create index venue_suspensions_by_venue on venue_suspensions (venue_id, suspended_at);
create unique index venue_suspended on venue_suspensions (venue_id, unit) where lifted_at is null;
create index venue_appeals on venue_suspensions (appealed_at) where appealed_at is not null and answered_at is null;

-- Permits that a venue's owners ask for, for their workers; `granted` says of each of them whether it was.
create table permit_requests (
  id blob not null primary key,
  venue_id blob not null,
  state text not null check (state in ('open', 'done', 'refused')),
  reason text not null check (reason in ('none', 'not_needed', 'measures', 'papers', 'too_much')),
  workers integer not null,
  sealed blob not null,
  granted blob,
  list_id blob,
  created_at integer not null,
  answered_at integer,
  answered_by text
) strict;
create index permit_requests_by_venue on permit_requests (venue_id, created_at);
create index permit_requests_open on permit_requests (created_at) where state = 'open';
create index permit_requests_by_list on permit_requests (list_id);

create table devices (
  id blob not null primary key,
  venue_id blob not null,
  checkpoint_id blob not null,
  name text not null,
  token_hash blob not null unique,
  created_at integer not null,
  last_seen_at integer,
  revoked_at integer,
  skew_ms integer,
  seq_highest integer not null,
  seq_count integer not null,
  lost_at integer,
  two_places_at integer
) strict;
create index devices_by_venue on devices (venue_id, created_at);

-- Never edited. `holder` is a day-pseudonym: it says nothing once the day's key is destroyed.
create table scans (
  day integer not null,
  venue_id blob not null,
  id blob not null,
  checkpoint_id blob not null,
  device_id blob,
  holder blob,
  direction text not null check (direction in ('in', 'out')),
  way text not null check (way in ('poster', 'card', 'device', 'typed', 'paper')),
  assurance text not null check (assurance in ('low', 'medium', 'high')),
  decision text not null check (decision in ('admit', 'refer', 'refuse')),
  reasons text not null,
  companions integer not null,
  confirms blob,
  policy integer not null,
  content blob not null,
  door text check (door in ('admit', 'refer', 'refuse')),
  skew integer,
  settled text check (settled in ('dated', 'accepted')),
  primary key (day, venue_id, id)
) strict, without rowid;
create index scans_by_holder on scans (day, holder, id);

-- Scans that the log may not take as they are, until the owner settles them; `sealed` is null once that is done, or its time over.
create table asides (
  venue_id blob not null,
  id blob not null,
  checkpoint_id blob not null,
  device_id blob not null,
  reason text not null check (reason in ('future', 'too_old', 'lost_device')),
  received_at integer not null,
  claimed_at integer not null,
  skew integer,
  moved integer,
  settled text check (settled in ('dated', 'accepted')),
  sealed blob,
  primary key (venue_id, id)
) strict;
create index asides_by_device on asides (device_id);
create index asides_waiting on asides (device_id) where sealed is not null;
create index asides_by_time on asides (received_at);
create index asides_to_record on asides (venue_id, id) where moved is not null;

-- Hours in which more people took a poster's code than can have stood before it.
create table surges (
  venue_id blob not null,
  checkpoint_id blob not null,
  first_id blob not null,
  end_id blob not null,
  count integer not null,
  state text not null check (state in ('open', 'confirmed', 'rejected')),
  decided_at integer,
  primary key (venue_id, checkpoint_id, first_id)
) strict;

create table presences (
  venue_id blob not null,
  holder blob not null,
  day integer not null,
  since integer,
  companions integer not null,
  last_id blob not null,
  last_direction text not null check (last_direction in ('in', 'out')),
  last_decision text not null check (last_decision in ('admit', 'refer', 'refuse')),
  last_reasons text not null,
  primary key (venue_id, holder)
) strict, without rowid;

create table officers (
  id blob not null primary key,
  login text not null unique,
  name text not null,
  role text not null check (role in ('commune_officer', 'inspector', 'health_officer', 'province_officer', 'national_officer', 'auditor')),
  unit_path text not null,
  password_hash text,
  totp blob,
  totp_step integer not null,
  suspended integer not null,
  created_at integer not null
) strict;
create index officers_by_unit on officers (unit_path, login);

create table invitations (
  token_hash blob not null primary key,
  officer_id blob not null,
  expires_at integer not null
) strict;
create index invitations_by_officer on invitations (officer_id);

create table sessions (
  token_hash blob not null primary key,
  holder_id blob,
  officer_id blob,
  expires_at integer not null
) strict;
create index sessions_by_holder on sessions (holder_id);
create index sessions_by_officer on sessions (officer_id);

create table otps (
  id blob not null primary key,
  phone_hash blob not null,
  purpose text not null check (purpose in ('sign_in', 'register_venue', 'gate', 'lost', 'member', 'member_own', 'spoken', 'join', 'part')),
  sealed blob not null,
  tries_left integer not null,
  created_at integer not null,
  expires_at integer not null,
  used_at integer
) strict;
create index otps_by_phone on otps (phone_hash, created_at);

-- Durable limits: how often a key (a hash) was used in a window.
create table rates (
  key blob not null,
  window_start integer not null,
  count integer not null,
  primary key (key, window_start)
) strict;

create table audit_entries (
  id blob not null primary key,
  actor text not null,
  action text not null,
  purpose text not null,
  unit_path text not null,
  detail text not null,
  subjects integer not null
) strict;
create index audit_entries_by_unit on audit_entries (unit_path, id);

-- Whose data an entry was about. About visits: by day-pseudonym (`day` set), dying with the day.
create table audit_subjects (
  entry_id blob not null,
  subject blob not null,
  day integer,
  primary key (entry_id, subject)
) strict;
create index audit_subjects_by_subject on audit_subjects (subject);
create index audit_subjects_by_day on audit_subjects (day);
