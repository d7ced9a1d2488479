-- Handbook, parties, the register of rights, cases with their history, fees, certificates and ratings.
CREATE TABLE registry.handbook_version (
  type_code text NOT NULL,
  version integer NOT NULL,
  name text NOT NULL,
  valid_from date NOT NULL,
  sha256 text NOT NULL,
  body text NOT NULL,
  published_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (type_code, version),
  UNIQUE (type_code, valid_from),
  CONSTRAINT handbook_version_type_code_check CHECK (type_code ~ '^[a-z][a-z0-9_]*$'),
  CONSTRAINT handbook_version_version_check CHECK (version > 0),
  CONSTRAINT handbook_version_sha256_check CHECK (sha256 ~ '^[0-9a-f]{64}$')
);
COMMENT ON TABLE registry.handbook_version IS 'Published entries of the handbook (登记手册), never changed; a case stores the version it was accepted under';
COMMENT ON COLUMN registry.handbook_version.type_code IS 'Business type';
COMMENT ON COLUMN registry.handbook_version.version IS 'Version of the entry, from 1';
COMMENT ON COLUMN registry.handbook_version.name IS 'Name in Chinese';
COMMENT ON COLUMN registry.handbook_version.valid_from IS 'First day on which cases are accepted under it';
COMMENT ON COLUMN registry.handbook_version.sha256 IS 'SHA-256 (hex) of the canonical JSON text';
COMMENT ON COLUMN registry.handbook_version.body IS 'Entry as canonical JSON: sorted keys, no spaces, UTF-8';
COMMENT ON COLUMN registry.handbook_version.published_at IS 'Instant of publication';
SELECT ref.make_append_only('registry.handbook_version');

CREATE TABLE registry.party (
  party_id bigint GENERATED ALWAYS AS IDENTITY,
  kind text NOT NULL,
  name text NOT NULL,
  id_type text NOT NULL,
  id_number text NOT NULL,
  id_masked text NOT NULL,
  id_hash bytea NOT NULL,
  phone text,
  county_code text,
  accept_office text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (party_id),
  CONSTRAINT party_kind_check CHECK (kind IN ('person', 'organisation')),
  CONSTRAINT party_name_check CHECK (length(name) BETWEEN 1 AND 200),
  CONSTRAINT party_id_type_check CHECK (id_type IN ('id_card', 'uscc', 'passport', 'hk_macau_taiwan', 'military', 'household', 'other')),
  CONSTRAINT party_id_hash_check CHECK (length(id_hash) = 32),
  CONSTRAINT party_county_code_check CHECK (county_code ~ '^[0-9]{6}$')
);
CREATE INDEX party_id_hash_idx ON registry.party (id_hash);
COMMENT ON TABLE registry.party IS 'People and organisations as they were entered in a case or register entry; never in map views';
COMMENT ON COLUMN registry.party.party_id IS 'Our key';
COMMENT ON COLUMN registry.party.kind IS 'person or organisation';
COMMENT ON COLUMN registry.party.name IS 'Name';
COMMENT ON COLUMN registry.party.id_type IS 'Kind of proof of identity (证件种类): id_card, uscc, passport, hk_macau_taiwan, military, household, other';
COMMENT ON COLUMN registry.party.id_number IS 'Number of the proof; shown masked';
COMMENT ON COLUMN registry.party.id_masked IS 'Number as it may be shown: first six and last four';
COMMENT ON COLUMN registry.party.id_hash IS 'HMAC-SHA256 of kind and number under the key of the settings, for equality search';
COMMENT ON COLUMN registry.party.phone IS 'Telephone; shown masked';
COMMENT ON COLUMN registry.party.county_code IS 'County of the case or entry (属地); null while undecided';
COMMENT ON COLUMN registry.party.accept_office IS 'Office that entered it (受理地)';
COMMENT ON COLUMN registry.party.created_at IS 'Instant of entry';
REVOKE UPDATE, DELETE, TRUNCATE ON registry.party FROM ":prefix_app";
GRANT UPDATE (county_code) ON registry.party TO ":prefix_app";

CREATE TABLE registry.unit_page (
  unit_code text NOT NULL,
  county_code text NOT NULL,
  last_seq integer NOT NULL DEFAULT 0,
  opened_at timestamptz NOT NULL,
  PRIMARY KEY (unit_code),
  CONSTRAINT unit_page_unit_code_check CHECK (unit_code ~ '^[0-9]{12}[GJZ][A-Z][0-9]{5}[FLQW][0-9]{8}$'),
  CONSTRAINT unit_page_county_code_check CHECK (county_code ~ '^[0-9]{6}$'),
  CONSTRAINT unit_page_last_seq_check CHECK (last_seq >= 0)
);
COMMENT ON TABLE registry.unit_page IS 'One page of the register (登记簿) a unit: the row that serialises entries';
COMMENT ON COLUMN registry.unit_page.unit_code IS 'Twenty-eight-character unit code (不动产单元代码)';
COMMENT ON COLUMN registry.unit_page.county_code IS 'County that keeps the page, six digits';
COMMENT ON COLUMN registry.unit_page.last_seq IS 'Number of the last entry';
COMMENT ON COLUMN registry.unit_page.opened_at IS 'Instant of the first entry';
REVOKE UPDATE, DELETE, TRUNCATE ON registry.unit_page FROM ":prefix_app";
GRANT UPDATE (last_seq) ON registry.unit_page TO ":prefix_app";

CREATE TABLE registry.rrr (
  rrr_id bigint GENERATED ALWAYS AS IDENTITY,
  unit_code text NOT NULL REFERENCES registry.unit_page,
  seq integer NOT NULL,
  parcel_code text NOT NULL,
  county_code text NOT NULL,
  accept_office text NOT NULL,
  kind text NOT NULL,
  right_type text NOT NULL,
  registration_type text NOT NULL,
  sharing text NOT NULL DEFAULT '0',
  on_rrr_id bigint REFERENCES registry.rrr,
  after_rrr_id bigint REFERENCES registry.rrr,
  case_no text,
  subtype text,
  transfer_ban boolean NOT NULL DEFAULT false,
  amount_fen bigint,
  area_m2 numeric(14,2),
  use_code text,
  term_from date,
  term_to date,
  cause text NOT NULL,
  note text,
  registered_at timestamptz NOT NULL,
  registered_by text NOT NULL,
  PRIMARY KEY (rrr_id),
  UNIQUE (unit_code, seq),
  CONSTRAINT rrr_kind_check CHECK (kind IN ('use_right', 'ownership', 'homestead', 'mortgage', 'seizure', 'notice', 'objection', 'easement', 'residence')),
  CONSTRAINT rrr_county_code_check CHECK (county_code ~ '^[0-9]{6}$'),
  CONSTRAINT rrr_seq_check CHECK (seq > 0),
  CONSTRAINT rrr_sharing_check CHECK (sharing IN ('0', '1', '2', '3')),
  CONSTRAINT rrr_amount_fen_check CHECK (amount_fen > 0),
  CONSTRAINT rrr_area_m2_check CHECK (area_m2 > 0),
  CONSTRAINT rrr_term_check CHECK (term_to >= term_from)
);
CREATE INDEX rrr_parcel_code_idx ON registry.rrr (parcel_code);
CREATE INDEX rrr_case_no_idx ON registry.rrr (case_no) WHERE case_no IS NOT NULL;
COMMENT ON TABLE registry.rrr IS 'Entries of the register: rights, restrictions, responsibilities; content never changes, an end is a row of rrr_end';
COMMENT ON COLUMN registry.rrr.rrr_id IS 'Our key';
COMMENT ON COLUMN registry.rrr.unit_code IS 'Unit';
COMMENT ON COLUMN registry.rrr.seq IS 'Number of the entry on the page, from 1 without gaps: the legal order';
COMMENT ON COLUMN registry.rrr.parcel_code IS 'Nineteen-character parcel code';
COMMENT ON COLUMN registry.rrr.county_code IS 'County that keeps the page, six digits';
COMMENT ON COLUMN registry.rrr.accept_office IS 'Office that accepted the case';
COMMENT ON COLUMN registry.rrr.kind IS 'use_right, ownership, homestead, mortgage, seizure, notice, objection, easement, residence';
COMMENT ON COLUMN registry.rrr.right_type IS 'Right type (QLLX) where the standard has one, otherwise empty';
COMMENT ON COLUMN registry.rrr.registration_type IS 'Registration type (DJLX): 100 first, 200 transfer, ...';
COMMENT ON COLUMN registry.rrr.sharing IS 'How it is held (GYFS): 0 alone, 1 jointly, 2 by shares, 3 other';
COMMENT ON COLUMN registry.rrr.on_rrr_id IS 'Right that a mortgage, notice or objection lies on';
COMMENT ON COLUMN registry.rrr.after_rrr_id IS 'Entry this one takes the place of';
COMMENT ON COLUMN registry.rrr.case_no IS 'Case that entered it; null for entries from court orders or old registers';
COMMENT ON COLUMN registry.rrr.subtype IS 'Kind of seizure (CFLX), notice (YGDJZL) or mortgage (DYFS)';
COMMENT ON COLUMN registry.rrr.transfer_ban IS 'Whether the mortgage forbids transfer (禁止转让约定)';
COMMENT ON COLUMN registry.rrr.amount_fen IS 'Secured claim in fen';
COMMENT ON COLUMN registry.rrr.area_m2 IS 'Area on the certificate, square metres';
COMMENT ON COLUMN registry.rrr.use_code IS 'Use (GB/T 21010) on the certificate';
COMMENT ON COLUMN registry.rrr.term_from IS 'First day of the term';
COMMENT ON COLUMN registry.rrr.term_to IS 'Last day of the term; a seizure is over after it';
COMMENT ON COLUMN registry.rrr.cause IS 'Cause of registration (登记原因)';
COMMENT ON COLUMN registry.rrr.note IS 'Annex (附记)';
COMMENT ON COLUMN registry.rrr.registered_at IS 'Instant of entry (登簿)';
COMMENT ON COLUMN registry.rrr.registered_by IS 'Sign-in name of the registrar';
SELECT ref.make_append_only('registry.rrr');

CREATE TABLE registry.rrr_holder (
  rrr_id bigint NOT NULL REFERENCES registry.rrr,
  seq smallint NOT NULL,
  party_id bigint NOT NULL REFERENCES registry.party,
  role text NOT NULL,
  share_num integer NOT NULL DEFAULT 1,
  share_den integer NOT NULL DEFAULT 1,
  PRIMARY KEY (rrr_id, seq),
  CONSTRAINT rrr_holder_share_check CHECK (share_num BETWEEN 1 AND share_den)
);
CREATE INDEX rrr_holder_party_id_idx ON registry.rrr_holder (party_id);
COMMENT ON TABLE registry.rrr_holder IS 'Who holds an entry, with exact shares';
COMMENT ON COLUMN registry.rrr_holder.rrr_id IS 'Entry';
COMMENT ON COLUMN registry.rrr_holder.seq IS 'Order on the page, from 1';
COMMENT ON COLUMN registry.rrr_holder.party_id IS 'Party';
COMMENT ON COLUMN registry.rrr_holder.role IS 'holder, mortgagor, mortgagee, obligor (e.g. whose right is seized), authority';
COMMENT ON COLUMN registry.rrr_holder.share_num IS 'Numerator of the share';
COMMENT ON COLUMN registry.rrr_holder.share_den IS 'Denominator of the share';
SELECT ref.make_append_only('registry.rrr_holder');

CREATE TABLE registry.rrr_end (
  rrr_id bigint NOT NULL REFERENCES registry.rrr,
  status text NOT NULL,
  by_rrr_id bigint REFERENCES registry.rrr,
  case_no text,
  cause text NOT NULL,
  ended_at timestamptz NOT NULL,
  ended_by text NOT NULL,
  PRIMARY KEY (rrr_id),
  CONSTRAINT rrr_end_status_check CHECK (status IN ('2', '3'))
);
COMMENT ON TABLE registry.rrr_end IS 'End of an entry: from then on it is history (QSZT 2) or ended (QSZT 3); at most one an entry';
COMMENT ON COLUMN registry.rrr_end.rrr_id IS 'Entry that ends';
COMMENT ON COLUMN registry.rrr_end.status IS 'QSZT: 2 history (superseded), 3 ended (cancelled)';
COMMENT ON COLUMN registry.rrr_end.by_rrr_id IS 'Entry that takes its place';
COMMENT ON COLUMN registry.rrr_end.case_no IS 'Case that ended it';
COMMENT ON COLUMN registry.rrr_end.cause IS 'Cause';
COMMENT ON COLUMN registry.rrr_end.ended_at IS 'Instant';
COMMENT ON COLUMN registry.rrr_end.ended_by IS 'Sign-in name of the registrar';
SELECT ref.make_append_only('registry.rrr_end');

CREATE TABLE registry.case (
  case_no text NOT NULL,
  type_code text NOT NULL,
  handbook_version integer NOT NULL,
  status text NOT NULL,
  node text NOT NULL,
  node_role text,
  node_office text,
  accept_office text NOT NULL REFERENCES registry.office,
  decide_office text REFERENCES registry.office,
  county_code text,
  decision_id bigint,
  unit_count integer NOT NULL,
  place geometry(Point,4547),
  applicant text NOT NULL,
  address text NOT NULL,
  accepted_by text NOT NULL,
  accepted_at timestamptz NOT NULL,
  accepted_on date NOT NULL,
  due_on date NOT NULL,
  node_since timestamptz NOT NULL,
  notice_to date,
  fee_total_fen bigint NOT NULL,
  pay_before text NOT NULL DEFAULT 'issue',
  paid_at timestamptz,
  order_no text,
  registered_at timestamptz,
  closed_at timestamptz,
  survey_id bigint,
  detail jsonb NOT NULL DEFAULT '{}',
  revision integer NOT NULL DEFAULT 1,
  PRIMARY KEY (case_no),
  CONSTRAINT case_case_no_check CHECK (case_no ~ '^YW[0-9]{14}$'),
  CONSTRAINT case_status_check CHECK (status IN ('draft', 'accepted', 'supplement', 'notice', 'review', 'registered', 'certified', 'issued', 'archived', 'refused', 'withdrawn', 'suspended')),
  CONSTRAINT case_county_code_check CHECK (county_code ~ '^[0-9]{6}$'),
  CONSTRAINT case_decided_check CHECK ((county_code IS NULL) = (decide_office IS NULL)),
  CONSTRAINT case_fee_total_fen_check CHECK (fee_total_fen >= 0),
  CONSTRAINT case_pay_before_check CHECK (pay_before IN ('issue', 'register'))
);
CREATE INDEX case_county_code_idx ON registry.case (county_code, accepted_at, case_no);
CREATE INDEX case_accept_office_idx ON registry.case (accept_office, accepted_at, case_no);
CREATE INDEX case_accepted_at_idx ON registry.case (accepted_at, case_no);
CREATE INDEX case_status_idx ON registry.case (status, accepted_at, case_no);
CREATE INDEX case_undecided_idx ON registry.case (accepted_at) WHERE county_code IS NULL;
CREATE INDEX case_waiting_idx ON registry.case (node_office, node_role, due_on) WHERE closed_at IS NULL;
CREATE INDEX idx_case_place ON registry.case USING gist (place);
COMMENT ON TABLE registry.case IS 'Cases (登记业务): accepted at any window, decided in the county of the parcel';
COMMENT ON COLUMN registry.case.case_no IS 'Case number (业务号), YW, day and serial';
COMMENT ON COLUMN registry.case.type_code IS 'Business type of the handbook';
COMMENT ON COLUMN registry.case.handbook_version IS 'Version of the entry it was accepted under';
COMMENT ON COLUMN registry.case.status IS 'State of the case';
COMMENT ON COLUMN registry.case.node IS 'Node of the handbook it stands at; the state itself when closed';
COMMENT ON COLUMN registry.case.node_role IS 'Role that acts at the node; null when closed';
COMMENT ON COLUMN registry.case.node_office IS 'Office that acts at the node; null when closed, or while the county is undecided';
COMMENT ON COLUMN registry.case.accept_office IS 'Office that accepted it (受理地)';
COMMENT ON COLUMN registry.case.decide_office IS 'Office that decides it; null while the county is undecided';
COMMENT ON COLUMN registry.case.county_code IS 'County of the parcel (属地), six digits; null while undecided';
COMMENT ON COLUMN registry.case.decision_id IS 'County decision in force for the case';
COMMENT ON COLUMN registry.case.unit_count IS 'Number of units';
COMMENT ON COLUMN registry.case.place IS 'Point of the first unit, EPSG:4547 (E, N) metres';
COMMENT ON COLUMN registry.case.applicant IS 'Name of the first applicant';
COMMENT ON COLUMN registry.case.address IS 'Address of the first unit';
COMMENT ON COLUMN registry.case.accepted_by IS 'Sign-in name of the clerk';
COMMENT ON COLUMN registry.case.accepted_at IS 'Instant of acceptance';
COMMENT ON COLUMN registry.case.accepted_on IS 'Day of acceptance, Asia/Shanghai; fees and limits follow it';
COMMENT ON COLUMN registry.case.due_on IS 'Last day of the promised limit, in working days';
COMMENT ON COLUMN registry.case.node_since IS 'Instant of arrival at the node';
COMMENT ON COLUMN registry.case.notice_to IS 'Last day of the public notice';
COMMENT ON COLUMN registry.case.fee_total_fen IS 'Sum of the fee lines, fen';
COMMENT ON COLUMN registry.case.pay_before IS 'Node that needs the payment: issue, or register when taxes are due';
COMMENT ON COLUMN registry.case.paid_at IS 'Instant of payment';
COMMENT ON COLUMN registry.case.order_no IS 'Paid order';
COMMENT ON COLUMN registry.case.registered_at IS 'Instant of entry in the register';
COMMENT ON COLUMN registry.case.closed_at IS 'Instant of the end';
COMMENT ON COLUMN registry.case.survey_id IS 'Survey it follows, if one';
COMMENT ON COLUMN registry.case.detail IS 'Facts stated: declares, certificates, amount_fen, term, cause';
COMMENT ON COLUMN registry.case.revision IS 'Rises with each change';
REVOKE UPDATE, DELETE, TRUNCATE ON registry.case FROM ":prefix_app";
GRANT UPDATE (status, node, node_role, node_office, decide_office, county_code, decision_id, due_on, node_since, notice_to, pay_before, paid_at, order_no, registered_at, closed_at, revision) ON registry.case TO ":prefix_app";

CREATE TABLE registry.case_unit (
  case_no text NOT NULL REFERENCES registry.case,
  seq integer NOT NULL,
  unit_code text NOT NULL,
  parcel_code text NOT NULL,
  kind text NOT NULL,
  housing boolean NOT NULL,
  use_code text,
  address text NOT NULL,
  area_m2 numeric(14,2),
  place geometry(Point,4547),
  decision_id bigint,
  PRIMARY KEY (case_no, seq),
  UNIQUE (case_no, unit_code),
  CONSTRAINT case_unit_unit_code_check CHECK (unit_code ~ '^[0-9]{12}[GJZ][A-Z][0-9]{5}[FLQW][0-9]{8}$')
);
CREATE INDEX case_unit_unit_code_idx ON registry.case_unit (unit_code);
CREATE INDEX case_unit_parcel_code_idx ON registry.case_unit (parcel_code);
COMMENT ON TABLE registry.case_unit IS 'Units a case is about';
COMMENT ON COLUMN registry.case_unit.case_no IS 'Case';
COMMENT ON COLUMN registry.case_unit.seq IS 'Order, from 1';
COMMENT ON COLUMN registry.case_unit.unit_code IS 'Twenty-eight-character unit code';
COMMENT ON COLUMN registry.case_unit.parcel_code IS 'Nineteen-character parcel code';
COMMENT ON COLUMN registry.case_unit.kind IS 'Fixture type: W bare land, F building, L forest, Q other';
COMMENT ON COLUMN registry.case_unit.housing IS 'Whether it is housing for the tariff';
COMMENT ON COLUMN registry.case_unit.use_code IS 'Use (GB/T 21010)';
COMMENT ON COLUMN registry.case_unit.address IS 'Address';
COMMENT ON COLUMN registry.case_unit.area_m2 IS 'Area, square metres';
COMMENT ON COLUMN registry.case_unit.place IS 'Point in the unit, EPSG:4547 (E, N) metres';
COMMENT ON COLUMN registry.case_unit.decision_id IS 'County decision of the unit';
REVOKE UPDATE, DELETE, TRUNCATE ON registry.case_unit FROM ":prefix_app";
GRANT UPDATE (decision_id) ON registry.case_unit TO ":prefix_app";

CREATE TABLE registry.case_party (
  case_no text NOT NULL REFERENCES registry.case,
  seq integer NOT NULL,
  party_id bigint NOT NULL REFERENCES registry.party,
  role text NOT NULL,
  share_num integer,
  share_den integer,
  PRIMARY KEY (case_no, seq),
  CONSTRAINT case_party_role_check CHECK (role IN ('holder', 'transferor', 'transferee', 'mortgagor', 'mortgagee', 'agent')),
  CONSTRAINT case_party_share_check CHECK (share_num BETWEEN 1 AND share_den)
);
CREATE INDEX case_party_party_id_idx ON registry.case_party (party_id);
COMMENT ON TABLE registry.case_party IS 'Applicants of a case and their roles';
COMMENT ON COLUMN registry.case_party.case_no IS 'Case';
COMMENT ON COLUMN registry.case_party.seq IS 'Order, from 1';
COMMENT ON COLUMN registry.case_party.party_id IS 'Party';
COMMENT ON COLUMN registry.case_party.role IS 'holder, transferor, transferee, mortgagor, mortgagee or agent';
COMMENT ON COLUMN registry.case_party.share_num IS 'Numerator of the share';
COMMENT ON COLUMN registry.case_party.share_den IS 'Denominator of the share';
SELECT ref.make_append_only('registry.case_party');

CREATE TABLE registry.case_event (
  event_id bigint GENERATED ALWAYS AS IDENTITY,
  case_no text NOT NULL REFERENCES registry.case,
  at timestamptz NOT NULL,
  action text NOT NULL,
  from_node text,
  to_node text NOT NULL,
  from_status text,
  to_status text NOT NULL,
  login text NOT NULL,
  office text,
  comment text,
  detail jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (event_id)
);
CREATE INDEX case_event_case_no_idx ON registry.case_event (case_no, event_id);
COMMENT ON TABLE registry.case_event IS 'What happened to a case, in order; append-only';
COMMENT ON COLUMN registry.case_event.event_id IS 'Our key, rising';
COMMENT ON COLUMN registry.case_event.case_no IS 'Case';
COMMENT ON COLUMN registry.case_event.at IS 'Instant';
COMMENT ON COLUMN registry.case_event.action IS 'Action of the handbook, or accept, material, paid, county, rating';
COMMENT ON COLUMN registry.case_event.from_node IS 'Node before';
COMMENT ON COLUMN registry.case_event.to_node IS 'Node after';
COMMENT ON COLUMN registry.case_event.from_status IS 'State before';
COMMENT ON COLUMN registry.case_event.to_status IS 'State after';
COMMENT ON COLUMN registry.case_event.login IS 'Who';
COMMENT ON COLUMN registry.case_event.office IS 'Office of who';
COMMENT ON COLUMN registry.case_event.comment IS 'Words';
COMMENT ON COLUMN registry.case_event.detail IS 'Further facts, without personal data';
SELECT ref.make_append_only('registry.case_event');

CREATE TABLE registry.material (
  material_id bigint GENERATED ALWAYS AS IDENTITY,
  case_no text NOT NULL REFERENCES registry.case,
  code text NOT NULL,
  name text NOT NULL,
  original boolean NOT NULL,
  copies smallint NOT NULL,
  shared_from text,
  file_sha256 text,
  file_name text,
  media_type text,
  size_bytes bigint,
  received_at timestamptz NOT NULL,
  received_by text NOT NULL,
  PRIMARY KEY (material_id),
  CONSTRAINT material_file_sha256_check CHECK (file_sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT material_copies_check CHECK (copies BETWEEN 0 AND 999)
);
CREATE INDEX material_case_no_idx ON registry.material (case_no);
COMMENT ON TABLE registry.material IS 'Materials received (收件), append-only; a file has its SHA-256';
COMMENT ON COLUMN registry.material.material_id IS 'Our key';
COMMENT ON COLUMN registry.material.case_no IS 'Case';
COMMENT ON COLUMN registry.material.code IS 'Material code of the handbook';
COMMENT ON COLUMN registry.material.name IS 'Name';
COMMENT ON COLUMN registry.material.original IS 'Whether the original was given';
COMMENT ON COLUMN registry.material.copies IS 'Number of copies';
COMMENT ON COLUMN registry.material.shared_from IS 'Source it was taken from instead of paper (共享获取)';
COMMENT ON COLUMN registry.material.file_sha256 IS 'SHA-256 (hex) of the stored file';
COMMENT ON COLUMN registry.material.file_name IS 'Name the file came with';
COMMENT ON COLUMN registry.material.media_type IS 'Media type by content';
COMMENT ON COLUMN registry.material.size_bytes IS 'Size in bytes';
COMMENT ON COLUMN registry.material.received_at IS 'Instant';
COMMENT ON COLUMN registry.material.received_by IS 'Sign-in name';
SELECT ref.make_append_only('registry.material');

CREATE TABLE registry.fee_line (
  case_no text NOT NULL REFERENCES registry.case,
  line_no integer NOT NULL,
  item_code text NOT NULL,
  name text NOT NULL,
  quantity integer NOT NULL,
  amount_fen bigint NOT NULL,
  rule_id text NOT NULL,
  reason text NOT NULL,
  payer_role text NOT NULL,
  payer_party_id bigint NOT NULL REFERENCES registry.party,
  unit_code text NOT NULL,
  parcel_code text NOT NULL,
  county_code text,
  accept_office text NOT NULL,
  PRIMARY KEY (case_no, line_no),
  CONSTRAINT fee_line_amount_fen_check CHECK (amount_fen >= 0),
  CONSTRAINT fee_line_quantity_check CHECK (quantity > 0),
  CONSTRAINT fee_line_county_code_check CHECK (county_code ~ '^[0-9]{6}$')
);
COMMENT ON TABLE registry.fee_line IS 'Fee assessed for a case (收费明细): one line a piece and rule';
COMMENT ON COLUMN registry.fee_line.case_no IS 'Case';
COMMENT ON COLUMN registry.fee_line.line_no IS 'Order, from 1';
COMMENT ON COLUMN registry.fee_line.item_code IS 'Item of the non-tax system';
COMMENT ON COLUMN registry.fee_line.name IS 'Name on the bill';
COMMENT ON COLUMN registry.fee_line.quantity IS 'Pieces or copies';
COMMENT ON COLUMN registry.fee_line.amount_fen IS 'Amount in fen';
COMMENT ON COLUMN registry.fee_line.rule_id IS 'Rule of the tariff';
COMMENT ON COLUMN registry.fee_line.reason IS 'Why this amount';
COMMENT ON COLUMN registry.fee_line.payer_role IS 'Role that pays';
COMMENT ON COLUMN registry.fee_line.payer_party_id IS 'Who pays';
COMMENT ON COLUMN registry.fee_line.unit_code IS 'Unit';
COMMENT ON COLUMN registry.fee_line.parcel_code IS 'Parcel';
COMMENT ON COLUMN registry.fee_line.county_code IS 'County of the parcel, six digits; null while undecided';
COMMENT ON COLUMN registry.fee_line.accept_office IS 'Office that accepted the case';
REVOKE UPDATE, DELETE, TRUNCATE ON registry.fee_line FROM ":prefix_app";
GRANT UPDATE (county_code) ON registry.fee_line TO ":prefix_app";

CREATE TABLE registry.certificate_serial (
  authority text NOT NULL,
  kind text NOT NULL,
  year integer NOT NULL,
  last_serial integer NOT NULL,
  PRIMARY KEY (authority, kind, year),
  CONSTRAINT certificate_serial_kind_check CHECK (kind IN ('right', 'proof')),
  CONSTRAINT certificate_serial_last_serial_check CHECK (last_serial BETWEEN 0 AND 9999999)
);
COMMENT ON TABLE registry.certificate_serial IS 'Last serial of certificates an authority, kind and year; numbers have no gaps';
COMMENT ON COLUMN registry.certificate_serial.authority IS 'Name in the number, such as 咸宁市';
COMMENT ON COLUMN registry.certificate_serial.kind IS 'right (不动产权) or proof (不动产证明)';
COMMENT ON COLUMN registry.certificate_serial.year IS 'Year in the number';
COMMENT ON COLUMN registry.certificate_serial.last_serial IS 'Last serial given';
REVOKE UPDATE, DELETE, TRUNCATE ON registry.certificate_serial FROM ":prefix_app";
GRANT UPDATE (last_serial) ON registry.certificate_serial TO ":prefix_app";

CREATE TABLE registry.certificate (
  certificate_no text NOT NULL,
  kind text NOT NULL,
  authority text NOT NULL,
  year integer NOT NULL,
  serial integer NOT NULL,
  case_no text NOT NULL REFERENCES registry.case,
  rrr_id bigint NOT NULL REFERENCES registry.rrr,
  unit_code text NOT NULL,
  copy_no smallint NOT NULL,
  check_code text NOT NULL,
  county_code text NOT NULL,
  accept_office text NOT NULL,
  issued_at timestamptz NOT NULL,
  PRIMARY KEY (certificate_no),
  UNIQUE (authority, kind, year, serial),
  UNIQUE (rrr_id, copy_no),
  CONSTRAINT certificate_kind_check CHECK (kind IN ('right', 'proof')),
  CONSTRAINT certificate_county_code_check CHECK (county_code ~ '^[0-9]{6}$'),
  CONSTRAINT certificate_serial_check CHECK (serial BETWEEN 1 AND 9999999),
  CONSTRAINT certificate_check_code_check CHECK (check_code ~ '^[0-9A-Z]{6}$')
);
CREATE INDEX certificate_case_no_idx ON registry.certificate (case_no);
CREATE INDEX certificate_unit_code_idx ON registry.certificate (unit_code);
COMMENT ON TABLE registry.certificate IS 'Certificates (不动产权证书) and proofs of registration (不动产登记证明), append-only';
COMMENT ON COLUMN registry.certificate.certificate_no IS 'Number, such as 鄂(2026)通山县不动产权第0000001号';
COMMENT ON COLUMN registry.certificate.kind IS 'right or proof';
COMMENT ON COLUMN registry.certificate.authority IS 'Name in the number';
COMMENT ON COLUMN registry.certificate.year IS 'Year in the number';
COMMENT ON COLUMN registry.certificate.serial IS 'Serial, from 1 each year';
COMMENT ON COLUMN registry.certificate.case_no IS 'Case';
COMMENT ON COLUMN registry.certificate.rrr_id IS 'Entry it states';
COMMENT ON COLUMN registry.certificate.unit_code IS 'Unit';
COMMENT ON COLUMN registry.certificate.copy_no IS 'Copy of the entry, from 1; co-owners may have one each';
COMMENT ON COLUMN registry.certificate.check_code IS 'Six random characters printed on it, for verification';
COMMENT ON COLUMN registry.certificate.county_code IS 'County, six digits';
COMMENT ON COLUMN registry.certificate.accept_office IS 'Office that accepted the case';
COMMENT ON COLUMN registry.certificate.issued_at IS 'Instant of entry in the register, the date on the certificate';
SELECT ref.make_append_only('registry.certificate');

CREATE TABLE registry.rating (
  case_no text NOT NULL REFERENCES registry.case,
  level smallint NOT NULL,
  tags text[] NOT NULL DEFAULT '{}',
  words text NOT NULL DEFAULT '',
  channel text NOT NULL,
  county_code text,
  accept_office text NOT NULL,
  rated_at timestamptz NOT NULL,
  PRIMARY KEY (case_no),
  CONSTRAINT rating_level_check CHECK (level BETWEEN 1 AND 5),
  CONSTRAINT rating_county_code_check CHECK (county_code ~ '^[0-9]{6}$')
);
COMMENT ON TABLE registry.rating IS 'Ratings of the service (好差评), one a case, append-only';
COMMENT ON COLUMN registry.rating.case_no IS 'Case';
COMMENT ON COLUMN registry.rating.level IS '5 very satisfied to 1 very dissatisfied; 1 and 2 are followed up';
COMMENT ON COLUMN registry.rating.tags IS 'Short remarks chosen';
COMMENT ON COLUMN registry.rating.words IS 'Free words';
COMMENT ON COLUMN registry.rating.channel IS 'window, site, app, kiosk, qr, sms or 12345';
COMMENT ON COLUMN registry.rating.county_code IS 'County of the case, six digits';
COMMENT ON COLUMN registry.rating.accept_office IS 'Office that accepted the case';
COMMENT ON COLUMN registry.rating.rated_at IS 'Instant';
SELECT ref.make_append_only('registry.rating');

CREATE SEQUENCE registry.case_serial;
COMMENT ON SEQUENCE registry.case_serial IS 'Serial in case numbers; gaps are allowed there';

CREATE VIEW registry.rrr_now WITH (security_invoker = true) AS
SELECT r.*, coalesce(e.status, '1') AS status, e.ended_at, e.by_rrr_id,
       e.rrr_id IS NULL AS live
FROM registry.rrr r LEFT JOIN registry.rrr_end e USING (rrr_id);
COMMENT ON VIEW registry.rrr_now IS 'Entries of the register with their present state (QSZT 1 live, 2 history, 3 ended)';

-- What a window of another county must know before it accepts a case: no persons, only kinds and hashes.
CREATE FUNCTION registry.unit_state(codes text[])
RETURNS TABLE (rrr_id bigint, unit_code text, parcel_code text, seq integer, kind text, right_type text,
               subtype text, transfer_ban boolean, term_to date, use_code text,
               holder_hashes bytea[], shares text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = registry, pg_temp AS $$
#variable_conflict use_column
DECLARE
  scope text := coalesce(current_setting('ningtu.scope', true), '');
BEGIN
  PERFORM set_config('ningtu.scope', 'all', true);
  RETURN QUERY
  SELECT r.rrr_id, r.unit_code, r.parcel_code, r.seq, r.kind, r.right_type, r.subtype, r.transfer_ban,
         r.term_to, r.use_code,
         ARRAY(SELECT p.id_hash FROM registry.rrr_holder h JOIN registry.party p USING (party_id)
               WHERE h.rrr_id = r.rrr_id AND h.role IN ('holder', 'mortgagee') ORDER BY h.seq),
         ARRAY(SELECT h.share_num || '/' || h.share_den FROM registry.rrr_holder h
               WHERE h.rrr_id = r.rrr_id AND h.role IN ('holder', 'mortgagee') ORDER BY h.seq)
  FROM registry.rrr r
  WHERE (r.unit_code = ANY (codes) OR r.parcel_code = ANY (codes))
    AND NOT EXISTS (SELECT FROM registry.rrr_end e WHERE e.rrr_id = r.rrr_id)
  ORDER BY r.unit_code, r.seq;
  PERFORM set_config('ningtu.scope', scope, true);
END $$;
COMMENT ON FUNCTION registry.unit_state(text[]) IS
  'Live entries of units (28 characters) and parcels (19), without names or numbers of persons';

CREATE FUNCTION registry.homesteads_of(hashes bytea[], county text)
RETURNS TABLE (unit_code text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = registry, pg_temp AS $$
#variable_conflict use_column
DECLARE
  scope text := coalesce(current_setting('ningtu.scope', true), '');
BEGIN
  PERFORM set_config('ningtu.scope', 'all', true);
  RETURN QUERY
  SELECT DISTINCT r.unit_code
  FROM registry.party p
  JOIN registry.rrr_holder h USING (party_id)
  JOIN registry.rrr r USING (rrr_id)
  WHERE p.id_hash = ANY (hashes) AND r.kind = 'homestead' AND r.county_code = county
    AND NOT EXISTS (SELECT FROM registry.rrr_end e WHERE e.rrr_id = r.rrr_id);
  PERFORM set_config('ningtu.scope', scope, true);
END $$;
COMMENT ON FUNCTION registry.homesteads_of(bytea[], text) IS
  'Units in a county with a live homestead right of parties with these search hashes (一户一宅)';

-- News of a county settled by two people travels up as a job; cases that waited for it go on.
CREATE FUNCTION registry.note_confirmation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO registry.job (kind, key, payload)
  VALUES ('settle_counties', 'settle_counties:' || NEW.decision_id, jsonb_build_object('decision_id', NEW.decision_id))
  ON CONFLICT (key) DO NOTHING;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION registry.note_confirmation() IS 'Trigger of spatial.county_confirmation: writes the job that settles waiting cases';
CREATE TRIGGER note_confirmation AFTER INSERT ON spatial.county_confirmation
  FOR EACH ROW EXECUTE FUNCTION registry.note_confirmation();

CREATE VIEW map.case_point AS
SELECT hashtextextended(c.case_no, 0) AS case_id,
       c.county_code, c.accept_office, c.status, c.type_code, c.accepted_on, c.place AS geom,
       c.closed_at IS NULL AND c.registered_at IS NULL AND c.due_on < (now() AT TIME ZONE 'Asia/Shanghai')::date AS overdue,
       greatest(0, coalesce((c.registered_at AT TIME ZONE 'Asia/Shanghai')::date,
                            (c.closed_at AT TIME ZONE 'Asia/Shanghai')::date,
                            (now() AT TIME ZONE 'Asia/Shanghai')::date) - c.accepted_on) AS waiting_days,
       c.closed_at IS NULL AND c.registered_at IS NULL AS open
FROM registry.case c
WHERE c.place IS NOT NULL;
COMMENT ON VIEW map.case_point IS 'Cases as points in EPSG:4547 (E, N) metres, without persons and case numbers';

CREATE VIEW map.cases AS
SELECT case_id, county_code, accept_office, status, type_code, accepted_on, overdue, waiting_days, open,
       st_transform(geom, 3857) AS geom_3857
FROM map.case_point;
COMMENT ON VIEW map.cases IS 'Cases as points for tiles, EPSG:3857 metres, without persons and case numbers';
