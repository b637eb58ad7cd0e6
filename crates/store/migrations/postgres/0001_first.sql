-- The first schema. The SQLite file beside it has the same tables, columns and nullability.
-- What each column is for, who sees it and when it dies: docs/privacy.md.

create table units (
  code text collate "C" not null,
  name text not null,
  parent text,
  valid_from integer not null,
  valid_until integer,
  primary key (code, valid_from)
);

create table settings (
  unit text not null,
  name text not null,
  value text not null,
  primary key (unit, name)
);

create table counters (
  name text not null primary key,
  value bigint not null
);

create table holders (
  id uuid not null primary key,
  phone_hash bytea unique,
  browser_hash bytea unique,
  sealed bytea not null,
  verified boolean not null,
  seen boolean not null,
  unit_path text collate "C" not null,
  tapped_on integer,
  created_at bigint not null,
  merged_into uuid
);
create index holders_merged on holders (merged_into) where merged_into is not null;

-- By what proven people are found: keyed hashes of numbers, phones and folded names, cut to 64 bits.
create table holder_keys (
  key bigint not null,
  holder_id uuid not null,
  primary key (key, holder_id)
);

-- Numbers of papers that an office has looked at: each is one person's.
create table proven_numbers (
  hash bytea not null primary key,
  holder_id uuid not null
);
create index proven_numbers_by_holder on proven_numbers (holder_id);

create table cards (
  id bytea not null primary key,
  holder_id uuid not null,
  status_index bigint not null unique,
  kind text not null check (kind in ('paper', 'plastic', 'electronic')),
  state text not null check (state in ('requested', 'verified', 'printed', 'active', 'suspended', 'revoked', 'replaced')),
  issued_at bigint not null,
  expires_at bigint not null,
  ended_at bigint,
  changed bigint not null
);
create index cards_by_change on cards (changed);
create index cards_by_holder on cards (holder_id);
create unique index cards_in_use on cards (holder_id, kind) where state = 'active';
create unique index cards_waiting on cards (holder_id, kind) where state = 'verified';

-- What was done to a card, in order, by whom and when.
create table card_steps (
  card_id bytea not null,
  n integer not null,
  step text not null check (step in ('request', 'verification', 'printing', 'hand_over', 'suspension', 'resumption', 'revocation', 'replacement')),
  reason text not null check (reason in ('none', 'lost', 'damaged', 'misprinted', 'details', 'withdrawn', 'found', 'merged')),
  actor text not null,
  taken_at bigint not null,
  primary key (card_id, n)
);
create index card_steps_by_actor on card_steps (actor, taken_at);

-- Cards that were printed as one job, and their order in it. A batch is numbered within its unit and year.
create table batches (
  id uuid not null primary key,
  unit_path text collate "C" not null,
  year integer not null,
  number bigint not null,
  layout text not null check (layout in ('plastic', 'sheet', 'folded', 'letter')),
  cards bigint not null,
  of_batch uuid,
  reason text not null check (reason in ('none', 'lost', 'damaged', 'misprinted', 'details', 'withdrawn', 'found', 'merged')),
  actor text not null,
  created_at bigint not null
);
create index batches_by_unit on batches (unit_path, id);
create index batches_by_time on batches (created_at);

create table batch_cards (
  batch_id uuid not null,
  place integer not null,
  card_id bytea not null unique,
  primary key (batch_id, place)
);

-- What the bearers of cards may do, for a time. Those of a list were issued together.
create table permits (
  id uuid not null primary key,
  holder_id uuid not null,
  kind text not null check (kind in ('duty', 'goods', 'market', 'delivery', 'medical', 'shift')),
  from_day integer not null,
  until_day integer not null,
  hours text not null,
  days text not null,
  place text not null,
  unit_path text collate "C" not null,
  issued_by text not null,
  issuer text not null,
  list_id uuid not null,
  created_at bigint not null,
  ended_at bigint,
  ended_by text,
  end_reason text check (end_reason in ('mistake', 'not_needed', 'measures', 'misuse'))
);
create index permits_by_holder on permits (holder_id, until_day);
create index permits_by_unit on permits (unit_path, id);
create index permits_by_day on permits (until_day);
create unique index permits_once on permits (list_id, holder_id);

-- Which permit the venues of a unit demand. Of no person.
create table permit_demands (
  id uuid not null primary key,
  unit text not null,
  place text not null,
  kind text check (kind in ('duty', 'goods', 'market', 'delivery', 'medical', 'shift')),
  from_day integer not null,
  lacking text not null check (lacking in ('refer', 'refuse'))
);
create index permit_demands_by_unit on permit_demands (unit, id);

-- Records that were made or changed and not yet compared with others; and how far all of them were gone through.
create table match_jobs (
  holder_id uuid not null primary key,
  n integer not null
);

create table match_walk (
  name text not null primary key,
  after_id uuid not null
);

-- Pairs of records that may be one person's, the smaller id first. One that is kept apart stays, so that it is not proposed again.
create table matches (
  one uuid not null,
  other uuid not null,
  degree text not null check (degree in ('likely', 'possible', 'none')),
  rank bigint not null,
  state text not null check (state in ('open', 'asked', 'apart', 'merged')),
  reason text not null check (reason in ('none', 'papers', 'call', 'colleague', 'above')),
  claimed_at bigint,
  proven_at bigint,
  actor text,
  decided_at bigint,
  found_at bigint not null,
  primary key (one, other)
);
create index matches_by_other on matches (other);

-- A pair in the queue of each unit over one of the two: the strongest first, of decided ones the newest.
create table match_places (
  unit text collate "C" not null,
  state text not null check (state in ('open', 'asked', 'apart', 'merged')),
  rank bigint not null,
  one uuid not null,
  other uuid not null,
  primary key (unit, state, rank, one, other)
);
create index match_places_by_pair on match_places (one, other);

-- Two records made one, until that can no longer be undone; `sealed` says what both were before.
create table merges (
  id uuid not null primary key,
  kept uuid not null,
  gone uuid not null,
  n bigint not null,
  sealed bytea not null,
  actor text not null,
  merged_at bigint not null,
  undone_at bigint,
  undone_by text
);
create index merges_by_kept on merges (kept, n);
create index merges_by_gone on merges (gone, n);
create index merges_by_time on merges (merged_at);

-- What a merge carried from one record to the other.
create table merge_rows (
  merge_id uuid not null,
  kind text not null check (kind in ('card', 'stilled', 'declaration', 'draft', 'identity', 'number', 'permit', 'request', 'cared', 'carer', 'venue', 'record', 'apart', 'tie', 'closed')),
  row_id bytea not null,
  was text,
  primary key (merge_id, kind, row_id)
);

-- What holders ask offices for, sealed, and the answers. One of a kind at a time, but for members of families.
create table requests (
  id uuid not null primary key,
  holder_id uuid not null,
  kind text not null check (kind in ('card', 'correction', 'member')),
  state text not null check (state in ('open', 'done', 'refused')),
  reason text not null check (reason in ('none', 'papers', 'otherwise', 'has_card', 'elsewhere', 'not_theirs', 'twice')),
  sealed bytea not null,
  card_id bytea,
  created_at bigint not null,
  answered_at bigint
);
create index requests_by_holder on requests (holder_id);
create index requests_open on requests (created_at) where state = 'open';
create unique index requests_at_once on requests (holder_id, kind) where state = 'open' and kind <> 'member';

-- Whom a holder cares for: people without a phone. `alone`: no office has seen the person, and the person has not agreed.
create table members (
  guardian_id uuid not null,
  member_id uuid not null,
  relation text not null check (relation in ('child', 'parent', 'grandparent', 'spouse', 'other')),
  added_at bigint not null,
  alone boolean not null,
  primary key (guardian_id, member_id)
);
create index members_by_member on members (member_id);

-- Lists of people that offices bring in, sealed, until they are done with: how each is read, the file, and the rows not taken.
create table imports (
  id uuid not null primary key,
  unit_path text collate "C" not null,
  done boolean not null,
  plan bytea not null,
  file bytea,
  rest bytea,
  created_at bigint not null
);
create index imports_by_unit on imports (unit_path, created_at);
create index imports_by_time on imports (created_at);

create table phone_keys (
  id uuid not null primary key,
  card_id bytea not null,
  key_hash bytea not null unique,
  session_hash bytea not null,
  created_at bigint not null,
  expires_at bigint not null,
  ended_at bigint
);
create index phone_keys_by_card on phone_keys (card_id);
create index phone_keys_by_session on phone_keys (session_hash);

create table declarations (
  id uuid not null primary key,
  holder_id uuid not null,
  kind text not null check (kind in ('general', 'domestic_travel', 'entry')),
  declared_at bigint not null,
  valid_until bigint not null,
  concern boolean not null,
  consent_version integer not null,
  by_another boolean not null,
  at_venue uuid,
  sealed bytea not null
);
create index declarations_by_holder on declarations (holder_id, declared_at, valid_until, concern);
create index declarations_by_time on declarations (declared_at);

-- Declarations begun and not sent: of the holder's own, when `about` is all zeros, or of a member of the family.
create table drafts (
  id uuid not null primary key,
  holder_id uuid not null,
  about uuid not null,
  kind text not null check (kind in ('general', 'domestic_travel', 'entry')),
  sealed bytea not null,
  saved_at bigint not null
);
create unique index drafts_of_holder on drafts (holder_id, about, kind);
create index drafts_by_member on drafts (about);
create index drafts_by_time on drafts (saved_at);

create table identities (
  hash bytea not null primary key,
  kind text not null check (kind in ('cccd', 'bhyt', 'national')),
  holder_id uuid not null,
  name_typed boolean not null,
  sealed bytea not null,
  added_at bigint not null
);
create index identities_by_holder on identities (holder_id);

create table venues (
  id uuid not null primary key,
  owner_id uuid not null,
  name text not null,
  folded text collate "C" not null,
  kind text not null check (kind in ('agency', 'hospital', 'pharmacy', 'school', 'factory', 'office', 'market', 'market_stall', 'supermarket', 'shop', 'restaurant', 'cafe', 'hotel', 'station', 'vehicle', 'worship', 'sport', 'entertainment', 'event', 'road_checkpoint', 'residence', 'other')),
  unit_path text collate "C" not null,
  address text not null,
  expected_daily integer not null,
  capacity integer,
  full_policy text not null check (full_policy in ('warn', 'refuse')),
  hours text not null,
  created_at bigint not null,
  closed_at bigint,
  suspended_at bigint
);
create index venues_by_owner on venues (owner_id);
create index venues_by_unit on venues (unit_path, folded, id);

create table checkpoints (
  id uuid not null primary key,
  venue_id uuid not null,
  name text not null,
  code text collate "C" not null unique,
  poster_version integer not null,
  opened_on integer,
  created_at bigint not null,
  closed_at bigint
);
create index checkpoints_by_venue on checkpoints (venue_id, created_at);

create table poster_removals (
  venue_id uuid not null primary key,
  removed_at bigint not null,
  photo bytea
);

create table attendants (
  venue_id uuid not null,
  phone_hash bytea not null,
  sealed bytea not null,
  added_at bigint not null,
  primary key (venue_id, phone_hash)
);
create index attendants_by_phone on attendants (phone_hash);

-- Whom owners invited to own a venue beside its founding owner; `holder_id` is who said yes.
create table co_owners (
  id uuid not null primary key,
  venue_id uuid not null,
  phone_hash bytea not null,
  sealed bytea not null,
  invited_at bigint not null,
  expires_at bigint not null,
  holder_id uuid,
  joined_at bigint
);
create unique index co_owners_by_venue on co_owners (venue_id, phone_hash);
create index co_owners_by_phone on co_owners (phone_hash);
create index co_owners_by_holder on co_owners (holder_id);

-- Of which rules offices reminded a venue's owners.
create table venue_reminders (
  id uuid not null primary key,
  venue_id uuid not null,
  reason text not null check (reason in ('not_recording', 'crowded', 'precautions', 'barred', 'other')),
  unit text not null,
  actor text not null,
  reminded_at bigint not null
);
create index venue_reminders_by_venue on venue_reminders (venue_id, reminded_at);

-- When offices let nobody enter a venue, why, what its owners said to that, and what they were answered. One of an office at a time.
create table venue_suspensions (
  id uuid not null primary key,
  venue_id uuid not null,
  reason text not null check (reason in ('not_recording', 'crowded', 'precautions', 'barred', 'other')),
  sealed bytea not null,
  unit text not null,
  actor text not null,
  suspended_at bigint not null,
  appeal bytea,
  appealed_at bigint,
  answer bytea,
  answered_at bigint,
  lifted_at bigint,
  answered_by text
);
create index venue_suspensions_by_venue on venue_suspensions (venue_id, suspended_at);
create unique index venue_suspended on venue_suspensions (venue_id, unit) where lifted_at is null;
create index venue_appeals on venue_suspensions (appealed_at) where appealed_at is not null and answered_at is null;

-- Permits that a venue's owners ask for, for their workers; `granted` says of each of them whether it was.
create table permit_requests (
  id uuid not null primary key,
  venue_id uuid not null,
  state text not null check (state in ('open', 'done', 'refused')),
  reason text not null check (reason in ('none', 'not_needed', 'measures', 'papers', 'too_much')),
  workers integer not null,
  sealed bytea not null,
  granted bytea,
  list_id uuid,
  created_at bigint not null,
  answered_at bigint,
  answered_by text
);
create index permit_requests_by_venue on permit_requests (venue_id, created_at);
create index permit_requests_open on permit_requests (created_at) where state = 'open';
create index permit_requests_by_list on permit_requests (list_id);

create table devices (
  id uuid not null primary key,
  venue_id uuid not null,
  checkpoint_id uuid not null,
  name text not null,
  token_hash bytea not null unique,
  created_at bigint not null,
  last_seen_at bigint,
  revoked_at bigint,
  skew_ms integer,
  seq_highest bigint not null,
  seq_count bigint not null,
  lost_at bigint,
  two_places_at bigint
);
create index devices_by_venue on devices (venue_id, created_at);

-- Never edited. `holder` is a day-pseudonym: it says nothing once the day's key is destroyed.
create table scans (
  day integer not null,
  venue_id uuid not null,
  id uuid not null,
  checkpoint_id uuid not null,
  device_id uuid,
  holder uuid,
  direction text not null check (direction in ('in', 'out')),
  way text not null check (way in ('poster', 'card', 'device', 'typed', 'paper')),
  assurance text not null check (assurance in ('low', 'medium', 'high')),
  decision text not null check (decision in ('admit', 'refer', 'refuse')),
  reasons text not null,
  companions integer not null,
  confirms uuid,
  policy integer not null,
  content bytea not null,
  door text check (door in ('admit', 'refer', 'refuse')),
  skew integer,
  settled text check (settled in ('dated', 'accepted')),
  primary key (day, venue_id, id)
) partition by range (day);
create index scans_by_holder on scans (day, holder, id);

-- Scans that the log may not take as they are, until the owner settles them; `sealed` is null once that is done, or its time over.
create table asides (
  venue_id uuid not null,
  id uuid not null,
  checkpoint_id uuid not null,
  device_id uuid not null,
  reason text not null check (reason in ('future', 'too_old', 'lost_device')),
  received_at bigint not null,
  claimed_at bigint not null,
  skew bigint,
  moved bigint,
  settled text check (settled in ('dated', 'accepted')),
  sealed bytea,
  primary key (venue_id, id)
);
create index asides_by_device on asides (device_id);
create index asides_waiting on asides (device_id) where sealed is not null;
create index asides_by_time on asides (received_at);
create index asides_to_record on asides (venue_id, id) where moved is not null;

-- Hours in which more people took a poster's code than can have stood before it.
create table surges (
  venue_id uuid not null,
  checkpoint_id uuid not null,
  first_id uuid not null,
  end_id uuid not null,
  count bigint not null,
  state text not null check (state in ('open', 'confirmed', 'rejected')),
  decided_at bigint,
  primary key (venue_id, checkpoint_id, first_id)
);

create table presences (
  venue_id uuid not null,
  holder uuid not null,
  day integer not null,
  since bigint,
  companions integer not null,
  last_id uuid not null,
  last_direction text not null check (last_direction in ('in', 'out')),
  last_decision text not null check (last_decision in ('admit', 'refer', 'refuse')),
  last_reasons text not null,
  primary key (venue_id, holder)
);

create table officers (
  id uuid not null primary key,
  login text collate "C" not null unique,
  name text not null,
  role text not null check (role in ('commune_officer', 'inspector', 'health_officer', 'province_officer', 'national_officer', 'auditor')),
  unit_path text collate "C" not null,
  password_hash text,
  totp bytea,
  totp_step bigint not null,
  suspended boolean not null,
  created_at bigint not null
);
create index officers_by_unit on officers (unit_path, login);

create table invitations (
  token_hash bytea not null primary key,
  officer_id uuid not null,
  expires_at bigint not null
);
create index invitations_by_officer on invitations (officer_id);

create table sessions (
  token_hash bytea not null primary key,
  holder_id uuid,
  officer_id uuid,
  expires_at bigint not null
);
create index sessions_by_holder on sessions (holder_id);
create index sessions_by_officer on sessions (officer_id);

create table otps (
  id uuid not null primary key,
  phone_hash bytea not null,
  purpose text not null check (purpose in ('sign_in', 'register_venue', 'gate', 'lost', 'member', 'member_own', 'spoken', 'join', 'part')),
  sealed bytea not null,
  tries_left integer not null,
  created_at bigint not null,
  expires_at bigint not null,
  used_at bigint
);
create index otps_by_phone on otps (phone_hash, created_at);

-- Durable limits: how often a key (a hash) was used in a window.
create table rates (
  key bytea not null,
  window_start bigint not null,
  count integer not null,
  primary key (key, window_start)
);

create table audit_entries (
  id uuid not null primary key,
  actor text not null,
  action text not null,
  purpose text not null,
  unit_path text collate "C" not null,
  detail text not null,
  subjects integer not null
);
create index audit_entries_by_unit on audit_entries (unit_path, id);

-- Whose data an entry was about. About visits: by day-pseudonym (`day` set), dying with the day.
create table audit_subjects (
  entry_id uuid not null,
  subject uuid not null,
  day integer,
  primary key (entry_id, subject)
);
create index audit_subjects_by_subject on audit_subjects (subject);
create index audit_subjects_by_day on audit_subjects (day);
